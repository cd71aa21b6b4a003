"""The checker: a convolutional detector that reads a picture back to a scene graph, independent of what it judges.

It shares no weights, data pool or code path with the reader, learns from renders only, and looks at every cell of 8
pixels: is the centre of a thing in it, and what is the thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.vae import Conv, ResBlock

CELL = 8


@dataclass(frozen=True)
class CheckerConfig:
    nouns: int
    colors: int = 10
    sizes: int = 3
    places: int = 12
    times: int = 3
    weathers: int = 4
    widths: tuple[int, int, int] = (32, 64, 144)

    @property
    def cell_heads(self) -> tuple[int, ...]:
        """Values a cell: presence, noun, colour, size."""
        return 1, self.nouns, self.colors, self.sizes

    @property
    def scene_heads(self) -> tuple[int, ...]:
        return self.places, self.times, self.weathers


class Checker(nn.Module):
    """Pictures B×3×H×W in -1..1 → cells B×(H/8)×(W/8)×sum(cell_heads) and background B×sum(scene_heads), all logits."""

    def __init__(self, config: CheckerConfig) -> None:
        super().__init__()
        self.config = config
        fine, middle, coarse = config.widths
        self.trunk = nn.Sequential(
            Conv(3, fine, side=4, stride=2),
            ResBlock(fine),
            Conv(fine, middle, side=4, stride=2),
            ResBlock(middle),
            ResBlock(middle),
            Conv(middle, coarse, side=4, stride=2),
            ResBlock(coarse),
            ResBlock(coarse),
            ResBlock(coarse),
        )
        self.widen = nn.Linear(coarse, 384)
        self.cell_head = nn.Linear(384, sum(config.cell_heads))
        self.scene_widen = nn.Linear(2 * coarse, 192)
        self.scene_head = nn.Linear(192, sum(config.scene_heads))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(pictures).permute(0, 2, 3, 1)
        cells = self.cell_head(F.gelu(self.widen(F.silu(features))))
        pooled = torch.cat([features.mean((1, 2)), features.amax((1, 2))], dim=-1)
        return cells, self.scene_head(F.gelu(self.scene_widen(pooled)))
