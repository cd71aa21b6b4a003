"""Noise and JPEG's blocks taken off photographs by one blind network, in colour.

Blind in two halves, so that the strength can be seen and set (as in CBDNet, arXiv 1807.04686, and FBCNN, arXiv
2109.14573): a gauge reads how strong the damage is, and a U-Net that is told the strength (as planes, FFDNet, arXiv
1710.04026) takes it off. The U-Net works from half the picture's size down, on pixels that are unshuffled into
channels, and answers with what is to be taken away.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

STRIDE = 8
"""Both sides of the input must be multiples of it."""
SIGMA, LOSS = 50.0, 100.0
"""What 1 means in `strengths`: noise of 50 levels, JPEG of quality 100 - 100."""


@dataclass(frozen=True)
class CleanerConfig:
    widths: tuple[int, int, int] = (32, 64, 96)
    """Channels at 1/2, 1/4 and 1/8 of the input."""
    depths: tuple[int, int, int] = (1, 2, 3)
    """Residual blocks at each of them, on the way down and up."""
    gauge: int = 24

    @property
    def reach(self) -> int:
        """How far, in pixels, an output pixel's sources lie at most: each 3×3 layer reaches one cell of its size."""
        half, quarter, eighth = self.depths
        return 2 * (2 + 4 * half) + 4 * (1 + 4 * quarter) + 8 * (1 + 2 * eighth) + STRIDE


class Block(nn.Module):
    """x + conv(relu(conv(x)))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x)))


def blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(count)))


class Gauge(nn.Module):
    """Pictures B×3×H×W in 0..1, at least 64 pixels a side → strengths B×2: sigma / 50 and (100 - quality) / 100.

    Its first layer keeps the size and its position in JPEG's grid of eight: what is damaged shows in the finest detail.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.detail = nn.Conv2d(12, width, 3, padding=1)
        self.grid = nn.Conv2d(width, 2 * width, 4, stride=4)
        self.mixed = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.head = nn.Linear(4 * width, 2)

    def forward(self, pictures: Tensor) -> Tensor:
        x = F.relu(self.detail(F.pixel_unshuffle(pictures - 0.5, 2)))
        x = F.relu(self.mixed(F.relu(self.grid(x))))
        # The least of the places as well as their mean: texture looks like noise, noise is everywhere.
        calm = -F.max_pool2d(-F.avg_pool2d(x, 2), 4, stride=2)
        return self.head(torch.cat([x.mean((2, 3)), calm.mean((2, 3))], dim=1))


class Cleaner(nn.Module):
    """Pictures B×3×H×W in 0..1 (H, W multiples of STRIDE) and strengths B×2, as `Gauge` gives them → B×3×H×W, clean."""

    def __init__(self, config: CleanerConfig) -> None:
        super().__init__()
        self.config = config
        half, quarter, eighth = config.widths
        at_half, at_quarter, at_eighth = config.depths
        self.head = nn.Conv2d(12 + 2, half, 3, padding=1)
        self.down_half = blocks(half, at_half)
        self.to_quarter = nn.Conv2d(half, quarter, 2, stride=2)
        self.down_quarter = blocks(quarter, at_quarter)
        self.to_eighth = nn.Conv2d(quarter, eighth, 2, stride=2)
        self.bottom = blocks(eighth, at_eighth)
        self.from_eighth = nn.Conv2d(eighth, 4 * quarter, 1)
        self.up_quarter = blocks(quarter, at_quarter)
        self.from_quarter = nn.Conv2d(quarter, 4 * half, 1)
        self.up_half = blocks(half, at_half)
        self.tail = nn.Conv2d(half, 12, 3, padding=1)
        self.gauge = Gauge(config.gauge)

    def forward(self, pictures: Tensor, strengths: Tensor) -> Tensor:
        cells = F.pixel_unshuffle(pictures - 0.5, 2)
        told = strengths[:, :, None, None].expand(-1, -1, cells.shape[2], cells.shape[3])
        half = self.down_half(self.head(torch.cat([cells, told.to(cells.dtype)], dim=1)))
        quarter = self.down_quarter(self.to_quarter(half))
        bottom = self.bottom(self.to_eighth(quarter))
        quarter = self.up_quarter(quarter + F.pixel_shuffle(self.from_eighth(bottom), 2))
        half = self.up_half(half + F.pixel_shuffle(self.from_quarter(quarter), 2))
        return pictures - F.pixel_shuffle(self.tail(half).float(), 2)
