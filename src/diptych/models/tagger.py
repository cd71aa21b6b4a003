"""The tagger: which operations a stretch of an instruction asks for, and which of its words say what for.

Joint intent detection and slot filling (arXiv 1609.01454, 1902.10909) for both languages at once: a token is the sum of
its features (hashed pieces of the word and senses of the lexicon), so that words of one sense share what is learned.
The embedding is factorised (ALBERT, arXiv 1909.11942).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from diptych.models.blocks import RMSNorm
from diptych.models.reader import Block

FAR = -1e4
"""Added to the logits of what isn't attended to."""


@dataclass(frozen=True)
class TaggerConfig:
    """kinds: of operations, the order of the first output. tags: of words, "O", then "B-…" and "I-…" of each slot."""

    kinds: tuple[str, ...]
    tags: tuple[str, ...]
    rows: int = 6144
    narrow: int = 64
    width: int = 144
    depth: int = 4
    heads: int = 4
    longest: int = 96


class Tagger(nn.Module):
    """Tokens B×T×N (rows of the table of features, 0 = none; a token without any is padding) and `within` B×T (1 in the
    stretch that is asked about, 0 around it), both int64 → logits of kinds B×K, the same calibrated, directions B×3
    (none, up, down) and tags B×T×L.

    Calibrated are logits divided by a temperature, which alone learns from them, on sentences that nothing else learns
    from: their sigmoid is a probability (arXiv 1706.04599).
    """

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__()
        self.config = c = config
        self.feature_embed = nn.Embedding(c.rows, c.narrow)
        self.widen = nn.Linear(c.narrow, c.width)
        self.within_embed = nn.Embedding(2, c.width)
        self.position_embed = nn.Embedding(c.longest, c.width)
        self.blocks = nn.ModuleList(Block(c.width, c.heads) for _ in range(c.depth))
        self.last_norm = RMSNorm(c.width)
        self.attend_head = nn.Linear(c.width, 1)
        self.kind_head = nn.Linear(2 * c.width, len(c.kinds))
        self.direction_head = nn.Linear(2 * c.width, 3)
        self.tag_head = nn.Linear(c.width, len(c.tags))
        self.log_temperature = nn.Parameter(torch.zeros(1))
        nn.init.normal_(self.feature_embed.weight, std=0.3)
        nn.init.normal_(self.within_embed.weight, std=0.05)
        nn.init.normal_(self.position_embed.weight, std=0.02)

    def embed(self, tokens: Tensor, within: Tensor) -> Tensor:
        """B×T×N and B×T → B×T×width; features count less where there are many."""
        there = (tokens > 0)[..., None].float()
        total = (self.feature_embed(tokens) * there).sum(-2) / there.sum(-2).clamp(min=1.0).sqrt()
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        return self.widen(total) + self.within_embed(within) + self.position_embed(positions)

    def forward(self, tokens: Tensor, within: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        padding = torch.where((tokens > 0).any(-1), 0.0, FAR)
        x = self.embed(tokens, within)
        for block in self.blocks:
            x, _ = block(x, padding[:, None, None])
        x = self.last_norm(x)
        outside = torch.where(within > 0, 0.0, FAR)[..., None]
        shares = (self.attend_head(x) + outside).softmax(1)
        stretch = torch.cat([(shares * x).sum(1), (x + outside).amax(1)], dim=-1)
        kinds = self.kind_head(stretch)
        calibrated = kinds.detach() / self.log_temperature.exp()
        return kinds, calibrated, self.direction_head(stretch), self.tag_head(x)
