"""The picture generator and editor: a transformer that predicts clean latents from noisy ones and a layout.

A layout says for each thing what it is and where: it is the scene graph that the reader wrote from the words, so what
is drawn can be read, corrected and checked before a pixel exists. What a thing or a backdrop looks like is kept in
learned maps, one vector for each cell of latents that it covers; a small network per cell turns them into features
(`Painted`), and the transformer makes one picture of features and noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.blocks import Attention, FeedForward, RMSNorm, sinusoid

CELL = 8
"""Pixels a cell of latents."""
NEAREST = 2
"""So many things at most are told to one cell: the nearest."""
CODE_GAIN = 4.0
"""Adam moves all parameters by equal steps; a code is met in few batches, so its steps count more."""


@dataclass(frozen=True)
class DenoiserConfig:
    """`nouns`, `colors`, … are numbers of names; index 0 of each table is "none", which is also how words are dropped
    for classifier-free guidance."""

    nouns: int
    colors: int = 10
    sizes: int = 3
    places: int = 12
    times: int = 3
    weathers: int = 4
    variants: int = 12
    latent: int = 16
    side: int = 16
    patch: int = 2
    width: int = 256
    depth: int = 6
    heads: int = 4
    code: int = 32
    """Values that a cell of a thing or a backdrop is remembered by."""
    local: int = 96
    """Features of a cell."""
    reaches: tuple[int, ...] = (2, 3, 4)
    """How many cells a small, medium and big thing reaches from the one its centre is in, rim and shadow included."""


class Block(nn.Module):
    """Attention and feed-forward, each scaled, shifted and gated by the condition (adaLN-single, arXiv 2310.00426)."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.width)
        self.attention = Attention(config.width, config.heads)
        self.feed_norm = RMSNorm(config.width)
        self.feed = FeedForward(config.width)
        self.modulation_embed = nn.Parameter(torch.zeros(6, config.width))

    def forward(self, x: Tensor, modulation: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + self.modulation_embed).unsqueeze(2).unbind(1)
        mixed, _ = self.attention(self.attention_norm(x) * (1 + scale1) + shift1)
        x = x + gate1 * mixed
        return x + gate2 * self.feed(self.feed_norm(x) * (1 + scale2) + shift2)


class Painted(nn.Module):
    """A layout as features of cells: things B×K×5 (noun, colour, size, x, y; noun 0 = none) and background B×4 (place,
    time of day, weather, variant; 0 = not said) → B×S²×local.

    The maps are tables of vectors: for each noun and size a square of (2·reach + 1)² cells around its centre, for each
    place, time (the sky) and weather in each variant the whole canvas. A colour says how a thing's map is read.
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        squares = [(2 * reach + 1) ** 2 for reach in config.reaches]
        cells = config.side**2
        self.squares = sum(squares)
        self.thing_embed = nn.Embedding((config.nouns + 1) * self.squares, config.code)
        kinds = config.places + 1, config.times + 1, config.weathers + 1
        self.backdrop_embeds = nn.ModuleList(
            nn.Embedding(kind * (config.variants + 1) * cells, config.code // 2) for kind in kinds
        )
        self.thing_up = nn.Linear(config.code, 4 * config.local)
        self.color_embed = nn.Embedding(config.colors, 4 * config.local)
        self.backdrop_up = nn.Linear(3 * (config.code // 2), 4 * config.local)
        self.kind_embeds = nn.ModuleList(nn.Embedding(kind, 4 * config.local) for kind in kinds)
        self.down = nn.Linear(2 * config.local, config.local)
        y, x = torch.meshgrid(torch.arange(config.side), torch.arange(config.side), indexing="ij")
        self.register_buffer("x", x.flatten(), persistent=False)
        self.register_buffer("y", y.flatten(), persistent=False)
        self.register_buffer("cells", torch.arange(cells), persistent=False)
        self.register_buffer("reaches", torch.tensor(config.reaches), persistent=False)
        starts = torch.tensor([sum(squares[:index]) for index in range(len(squares))])
        self.register_buffer("starts", starts, persistent=False)
        for embedding in (self.thing_embed, *self.backdrop_embeds):
            nn.init.normal_(embedding.weight, std=0.3 / CODE_GAIN)
        for embedding in (self.color_embed, *self.kind_embeds):
            nn.init.normal_(embedding.weight, std=0.2)

    def forward(self, things: Tensor, background: Tensor) -> Tensor:
        return self.down(self.backdrop(background) + self.things(things))

    def things(self, things: Tensor) -> Tensor:
        """B×S²×(2·local): zero where no thing reaches."""
        noun, color, size, x, y = (column[..., None] for column in things.unbind(-1))
        reach = self.reaches[size]
        across, down = self.x - x // CELL, self.y - y // CELL
        far = torch.maximum(across.abs(), down.abs()) - reach
        far = torch.where((noun > 0) & (far <= 0), far, 1)
        at = noun * self.squares + self.starts[size] + (down + reach) * (2 * reach + 1) + across + reach
        nearest = far.topk(NEAREST, dim=1, largest=False).indices
        inside = far.gather(1, nearest) <= 0
        code = CODE_GAIN * self.thing_embed(torch.where(inside, at.gather(1, nearest), 0))
        told = gated(self.thing_up(code) + self.color_embed(color.expand_as(at).gather(1, nearest)))
        return (told * inside[..., None]).sum(1)

    def backdrop(self, background: Tensor) -> Tensor:
        """B×S²×(2·local)."""
        variants, cells = self.config.variants + 1, self.config.side**2
        kinds, variant = background[:, :3], background[:, 3:]
        at = ((kinds * variants + variant) * cells)[..., None] + self.cells
        codes = CODE_GAIN * torch.cat([embed(at[:, index]) for index, embed in enumerate(self.backdrop_embeds)], dim=-1)
        bias = torch.stack([embed(kinds[:, index]) for index, embed in enumerate(self.kind_embeds)]).sum(0)
        return gated(self.backdrop_up(codes) + bias[:, None])


def gated(x: Tensor) -> Tensor:
    """…×2D → …×D: one half opens the other (arXiv 2002.05202)."""
    gate, value = x.chunk(2, dim=-1)
    return F.silu(gate) * value


class Denoiser(nn.Module):
    """Noisy latents → clean latents (x-prediction), for drawing and, with a source and a mask, for editing."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        cells = config.side // config.patch
        seen = 2 * config.latent + 1 + config.local
        self.painted = Painted(config)
        # Noisy latents, the source's latents where they are to stay, the mask of what is to be painted, the layout.
        self.patch_embed = nn.Linear(seen * config.patch**2, config.width)
        self.position_embed = nn.Parameter(torch.randn(cells * cells, config.width) * 0.02)
        self.when = nn.Sequential(nn.Linear(64, config.width), nn.SiLU(), nn.Linear(config.width, config.width))
        self.modulate = nn.Sequential(nn.SiLU(), nn.Linear(config.width, 6 * config.width))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.last_norm = RMSNorm(config.width)
        self.last_modulate = nn.Linear(config.width, 2 * config.width)
        # Back to cells: what the patches agreed on, together with what each cell was told.
        self.spread = nn.Linear(config.width, config.local * config.patch**2)
        self.join = nn.Linear(config.local + seen, 2 * config.local)
        self.head = nn.Linear(2 * config.local, config.latent)
        for start_at_zero in (self.modulate[1], self.last_modulate, self.head):
            nn.init.zeros_(start_at_zero.weight)
            nn.init.zeros_(start_at_zero.bias)

    def forward(
        self, noisy: Tensor, time: Tensor, source: Tensor, mask: Tensor, things: Tensor, background: Tensor
    ) -> Tensor:
        """B×C×S×S prediction of the clean latents.

        `noisy` B×C×S×S = (1 - t) · clean + t · noise; `time` B in 0..1 (1 = all noise); `source` B×C×S×S, zero where
        `mask` B×1×S×S is 1 (to be painted); `things` B×K×5 int64; `background` B×4 int64 (place, time of day, weather,
        variant), each from 1, 0 = not said.
        """
        told = self.tell(noisy, source, mask, self.painted(things, background))
        x, condition = self.begin(told, time)
        modulation = self.modulate(condition).unflatten(-1, (6, -1))
        for block in self.blocks:
            x = block(x, modulation)
        return self.finish(x, condition, told)

    def tell(self, noisy: Tensor, source: Tensor, mask: Tensor, features: Tensor) -> Tensor:
        """All that is known of each cell, B×S²×seen."""
        return torch.cat([torch.cat([noisy, source, mask], dim=1).flatten(2).mT.to(features.dtype), features], dim=-1)

    def begin(self, told: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """Patches B×(S/p)²×width, and the condition B×width."""
        x = self.patch_embed(fold(told, self.config.patch, self.config.side)) + self.position_embed
        return x, self.when(sinusoid(time, 64, 4.0, 0.05).to(x.dtype))

    def finish(self, x: Tensor, condition: Tensor, told: Tensor) -> Tensor:
        """Patches → clean latents."""
        p, side = self.config.patch, self.config.side
        shift, scale = self.last_modulate(condition)[:, None].chunk(2, dim=-1)
        agreed = unfold(self.spread(self.last_norm(x) * (1 + scale) + shift), p, side)
        clean = self.head(F.gelu(self.join(torch.cat([agreed, told], dim=-1)), approximate="tanh"))
        return clean.mT.unflatten(2, (side, side))


def fold(cells: Tensor, patch: int, side: int) -> Tensor:
    """B×S²×C → B×(S/p)²×(p²·C)."""
    b, _, c = cells.shape
    n = side // patch
    return cells.reshape(b, n, patch, n, patch, c).transpose(2, 3).reshape(b, n * n, patch * patch * c)


def unfold(patches: Tensor, patch: int, side: int) -> Tensor:
    """B×(S/p)²×(p²·C) → B×S²×C."""
    b, _, values = patches.shape
    n = side // patch
    return patches.reshape(b, n, n, patch, patch, values // patch**2).transpose(2, 3).reshape(b, side * side, -1)
