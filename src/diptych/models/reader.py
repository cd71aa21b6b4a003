"""The reader: an eye that writes the scene graph of a picture, and a language model that speaks about scene graphs.

The eye says for each patch whether a thing stands there, and which. What it saw becomes tokens, and one causal
transformer continues them: it describes, answers and asks, turns words into a scene, and an instruction into edits:
p(y | x, t) = p(y | s, t) with s = argmax p(s | x). So what was seen can be shown, and corrected, before a word is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.blocks import Attention, FeedForward, RMSNorm


@dataclass(frozen=True)
class EyeConfig:
    nouns: int
    colors: int = 10
    sizes: int = 3
    places: int = 12
    times: int = 3
    weathers: int = 4
    points: int = 4
    """Places in a patch of 16 pixels where a centre can be: the grid of 8 pixels."""
    widths: tuple[int, int, int] = (48, 96, 192)
    width: int = 256
    depth: int = 3
    heads: int = 4
    patches: int = 64

    @property
    def patch_heads(self) -> tuple[int, ...]:
        """Values a patch: presence of a centre, which point, noun, colour, size."""
        return 1, self.points, self.nouns, self.colors, self.sizes

    @property
    def scene_heads(self) -> tuple[int, ...]:
        return self.places, self.times, self.weathers


class ConvBlock(nn.Module):
    """x + conv(gelu(conv(x))) with group norm first; the last convolution starts at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(width // 16, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.gelu(self.first(self.norm(x))))


class Block(nn.Module):
    """Attention and feed-forward, each on the norm of the stream."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(width)
        self.attention = Attention(width, heads)
        self.feed_norm = RMSNorm(width)
        self.feed = FeedForward(width)

    def forward(
        self, x: Tensor, bias: Tensor | None = None, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        mixed, memory = self.attention(self.attention_norm(x), bias, past)
        x = x + mixed
        return x + self.feed(self.feed_norm(x)), memory


class Eye(nn.Module):
    """Pictures B×3×128×128 in -1..1 → patches B×64×sum(patch_heads) and background B×sum(scene_heads), all logits.

    Convolutions down to patches of 16 pixels (they learn sooner than linear patches, arXiv 2106.14881), then attention
    among the patches.
    """

    def __init__(self, config: EyeConfig) -> None:
        super().__init__()
        self.config = config
        fine, middle, coarse = config.widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, fine, 4, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(fine, middle, 4, stride=2, padding=1),
            ConvBlock(middle),
            nn.Conv2d(middle, coarse, 4, stride=2, padding=1),
            ConvBlock(coarse),
            ConvBlock(coarse),
            nn.Conv2d(coarse, config.width, 4, stride=2, padding=1),
        )
        self.position_embed = nn.Parameter(torch.randn(config.patches, config.width) * 0.02)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.depth))
        self.last_norm = RMSNorm(config.width)
        self.patch_head = nn.Linear(config.width, sum(config.patch_heads))
        self.scene_head = nn.Linear(config.width, sum(config.scene_heads))

    def see(self, pictures: Tensor) -> Tensor:
        """The patches as the last block leaves them, B×64×width: all that is known of the picture."""
        x = self.stem(pictures).flatten(2).mT + self.position_embed
        for block in self.blocks:
            x, _ = block(x)
        return self.last_norm(x)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        patches = self.see(pictures)
        return self.patch_head(patches), self.scene_head(patches.mean(1))


AT_ONCE = 24
"""Tokens that one position can hold: their embeddings add up. A thing of a scene is one position, with what it is, its
colour, its place, and the words for them, so that a question finds it by the very words it asks with. Text has one
token a position; PAD, which adds nothing, fills up."""
PAD = 0


@dataclass(frozen=True)
class ReaderConfig:
    vocabulary: int
    width: int = 256
    depth: int = 6
    heads: int = 4
    longest: int = 192
    """Most tokens of a scene and one piece of text about it."""


class Reader(nn.Module):
    """A causal transformer over tokens of scenes, edits and both languages."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embed = nn.Embedding(config.vocabulary, config.width)
        self.position_embed = nn.Embedding(config.longest, config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.depth))
        self.last_norm = RMSNorm(config.width)
        nn.init.normal_(self.token_embed.weight, std=0.05)
        nn.init.normal_(self.position_embed.weight, std=0.02)

    def embed(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """B×T×AT_ONCE and B×T → B×T×width."""
        return self.held(tokens) + self.position_embed(positions)

    def held(self, tokens: Tensor) -> Tensor:
        """…×N tokens that share a position → …×width."""
        # Masked, not a zero row of the table: as an output the row of PAD learns like any other.
        return (self.token_embed(tokens) * (tokens != PAD)[..., None]).sum(-2)

    def logits(self, x: Tensor) -> Tensor:
        """…×width → …×vocabulary, through the transposed embedding."""
        return F.linear(self.last_norm(x), self.token_embed.weight) * (8 / self.config.width**0.5)

    def forward(self, scenes: Tensor, tokens: Tensor, positions: Tensor, segments: Tensor, learned: Tensor) -> Tensor:
        """Logits N×vocabulary at the N positions where `learned` (B×T bool) is true, for packed lessons.

        `scenes` B×S×AT_ONCE int64 is what the first S positions hold; `tokens`, `positions`, `segments` B×T int64, with
        PAD for tokens where the scene is. Segment 0 is the scene, others are lessons about it, which don't see each
        other; lessons with negative numbers don't see the scene.
        """
        x = self.embed(tokens[..., None], positions)
        first = scenes.shape[1]
        x = torch.cat([x[:, :first] + self.held(scenes), x[:, first:]], dim=1)
        bias = packed_bias(segments).to(x.dtype)
        for block in self.blocks:
            x, _ = block(x, bias)
        return self.logits(x[learned])

    def extend(
        self, tokens: Tensor, positions: Tensor, past: list[tuple[Tensor, Tensor]]
    ) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Logits of the last token, and `past`, keys and values of each block, with `tokens` (B×T×AT_ONCE) added."""
        x = self.embed(tokens, positions)
        length, before = tokens.shape[1], past[0][0].shape[2]
        total = torch.arange(before + length, device=tokens.device)
        bias = torch.where(total[None, :] <= total[before:, None], 0.0, -1e4)[None, None]
        memory = []
        for block, pair in zip(self.blocks, past, strict=True):
            x, grown = block(x, bias, pair)
            memory.append(grown)
        return self.logits(x[:, -1:])[:, 0], memory


def packed_bias(segments: Tensor) -> Tensor:
    """B×1×T×T additive mask: each token sees its own segment up to itself, and, unless its segment is negative, the
    scene."""
    order = torch.arange(segments.shape[1], device=segments.device)
    own = segments[:, :, None] == segments[:, None, :]
    scene = (segments[:, :, None] >= 0) & (segments[:, None, :] == 0)
    seen = (own | scene) & (order[:, None] >= order[None, :])
    return torch.where(seen, 0.0, -1e4)[:, None]
