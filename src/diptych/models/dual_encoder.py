"""The dual encoder: pictures and sentences as points of one sphere, and a head that looks at a pair of them closely.

Contrastive learning of two towers (Radford et al., CLIP, arXiv 2103.00020; Zhai et al., SigLIP, arXiv 2303.15343). The
matching head attends from the words to the picture's patches (Li et al., ALBEF, arXiv 2107.07651): what a single point
can't hold, such as what is left of what, it still sees. The picture tower looks through the trunk of the reader's eye.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.blocks import FeedForward, RMSNorm, rms_norm
from diptych.models.reader import Block, Eye, EyeConfig

PAD = 0
"""The token that fills up short sentences; it is no word of any."""


@dataclass(frozen=True)
class DualEncoderConfig:
    eye: EyeConfig
    vocabulary: int
    joint: int = 256
    """Dimensions of the sphere's space."""
    width: int = 192
    """Of the text tower and the matching head."""
    depth: int = 4
    heads: int = 4
    matching_depth: int = 2
    longest: int = 96
    """Most tokens of a sentence; what is longer is cut off."""


class PictureTower(nn.Module):
    """Pictures → patches → a point. The trunk `eye` is told apart, so that it can be locked and its patches kept."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        width = config.eye.width
        self.eye = Eye(config.eye)
        self.block = Block(width, config.eye.heads)
        self.last_norm = RMSNorm(width)
        self.joint_head = nn.Linear(width, config.joint, bias=False)

    def forward(self, patches: Tensor) -> Tensor:
        """Patches B×N×W of the eye → unit vectors B×joint."""
        x, _ = self.block(patches)
        return F.normalize(self.joint_head(self.last_norm(x).mean(1)).float(), dim=-1)


class TextTower(nn.Module):
    """Sentences → words in their context → a point. Every token sees every other."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.token_embed = nn.Embedding(config.vocabulary, config.width)
        self.position_embed = nn.Embedding(config.longest, config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.depth))
        self.last_norm = RMSNorm(config.width)
        self.joint_head = nn.Linear(config.width, config.joint, bias=False)
        nn.init.normal_(self.token_embed.weight, std=0.05)
        nn.init.normal_(self.position_embed.weight, std=0.02)

    def words(self, tokens: Tensor) -> Tensor:
        """B×T int64, filled up with PAD → B×T×width."""
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embed(tokens) + self.position_embed(positions)
        bias = torch.where(tokens == PAD, -1e4, 0.0)[:, None, None, :]
        for block in self.blocks:
            x, _ = block(x, bias)
        return self.last_norm(x)

    def forward(self, words: Tensor, tokens: Tensor) -> Tensor:
        """Words in context, and which of them are there → unit vectors B×joint."""
        return F.normalize(self.joint_head(mean_of(words, tokens)).float(), dim=-1)


class Look(nn.Module):
    """Cross-attention from words B×T×D to patches B×N×D, then a feed-forward."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = RMSNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.q_gain = nn.Parameter(torch.ones(width // heads))
        self.k_gain = nn.Parameter(torch.ones(width // heads))
        self.feed_norm = RMSNorm(width)
        self.feed = FeedForward(width)

    def forward(self, words: Tensor, patches: Tensor) -> Tensor:
        q = self.query(self.norm(words)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = self.key_value(patches).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = rms_norm(q, self.q_gain), rms_norm(k, self.k_gain)
        seen = F.scaled_dot_product_attention(q, k.to(q.dtype), v.to(q.dtype))
        words = words + self.out(seen.transpose(1, 2).flatten(2))
        return words + self.feed(self.feed_norm(words))


class MatchingHead(nn.Module):
    """Do these words hold of this picture? Words B×T×width, patches B×N×W → logits B."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.narrow = nn.Linear(config.eye.width, config.width, bias=False)
        self.norm = RMSNorm(config.width)
        self.looks = nn.ModuleList(Look(config.width, config.heads) for _ in range(config.matching_depth))
        self.last_norm = RMSNorm(config.width)
        self.answer_head = nn.Linear(config.width, 1)

    def forward(self, words: Tensor, tokens: Tensor, patches: Tensor) -> Tensor:
        seen = self.norm(self.narrow(patches))
        for look in self.looks:
            words = look(words, seen)
        return self.answer_head(mean_of(self.last_norm(words), tokens))[:, 0]


class DualEncoder(nn.Module):
    """Both towers, the matching head, and the temperature and offset of their losses."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.picture = PictureTower(config)
        self.text = TextTower(config)
        self.matching = MatchingHead(config)
        self.log_scale = nn.Parameter(torch.tensor(2.7))
        """Logarithm of 1 / temperature."""
        self.offset = nn.Parameter(torch.tensor(-5.0))
        """Of the sigmoid loss alone: most pairs of a batch are none."""

    def forward(self, pictures: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures B×3×128×128 in -1..1 and tokens B×T → points B×joint of both, and logits B that they match."""
        patches, words = self.picture.eye.see(pictures), self.text.words(tokens)
        return self.picture(patches), self.text(words, tokens), self.matching(words, tokens, patches)


def mean_of(words: Tensor, tokens: Tensor) -> Tensor:
    """The mean of the words that are there, B×T×D → B×D."""
    there = (tokens != PAD)[..., None].to(words.dtype)
    return (words * there).sum(1) / there.sum(1).clamp(min=1)


def softmax_loss(similarity: Tensor, positives: Tensor) -> Tensor:
    """-log(exp f(x, y) / (exp f(x, y) + Σ over y' exp f(x, y'))), the mean over rows.

    `similarity` B×N is f, scaled by the temperature; `positives` B×N bool says which y belong to x. Where several do,
    each is set against those that don't; rows in which none does don't count.
    """
    others = torch.logsumexp(similarity.masked_fill(positives, -torch.inf), dim=1, keepdim=True)
    losses = torch.logaddexp(similarity, others) - similarity
    counts = positives.sum(1)
    each = (losses * positives).sum(1) / counts.clamp(min=1)
    return each[counts > 0].mean()


def sigmoid_loss(similarity: Tensor, positives: Tensor) -> Tensor:
    """SigLIP: each pair alone is right or wrong; -Σ log sigmoid(±f(x, y)) over all pairs, the mean over rows."""
    signs = torch.where(positives, 1.0, -1.0)
    return -F.logsigmoid(signs * similarity).sum(1).mean()


LOSSES = {"softmax": softmax_loss, "sigmoid": sigmoid_loss}
