"""Matting: how much each pixel belongs to the subject, and what people in the picture wear. One small U-Net, two heads.

U-Net (Ronneberger et al., arXiv 1505.04597) of residual convolutions, halved five times; at the bottom, where a cell is
32 pixels, attention lets each place see the whole picture. Both answers come at half of the input's size: the border is
drawn at full resolution afterwards, from the photo itself (`vision/matting.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.blocks import Attention, FeedForward, RMSNorm

GROUPS = (
    "hair", "skin", "top", "coat", "dress", "trousers", "skirt", "shoes", "bag", "hat", "glasses", "scarf", "belt",
    "other",
)  # fmt: skip
"""What a pixel of a person can be. 0 of the network's answer is none of them, 1 is hair, and so on."""


@dataclass(frozen=True)
class MattingConfig:
    groups: tuple[str, ...] = GROUPS
    widths: tuple[int, int, int, int, int] = (16, 48, 96, 128, 160)
    """Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input."""
    depth: int = 2
    heads: int = 4


STRIDE = 32
"""Both sides of the input must be multiples of it."""


class Conv(nn.Sequential):
    """Convolution, batch norm, SiLU. The norm becomes part of the convolution when the network is exported."""

    def __init__(self, inside: int, outside: int, stride: int = 1, side: int = 3) -> None:
        super().__init__(
            nn.Conv2d(inside, outside, side, stride, side // 2, bias=False), nn.BatchNorm2d(outside), nn.SiLU()
        )


class Residual(nn.Module):
    """x + conv(conv(x)); the second norm starts at zero, so that the block begins as nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Conv(width, width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(x + self.norm(self.second(self.first(x))))


class Survey(nn.Module):
    """Attention among all cells, B×C×h×w → the same. Where a cell lies is told by a depthwise convolution whose zero
    padding marks the frame (arXiv 2102.10882), so that any size will do."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.place = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.attention_norm = RMSNorm(width)
        self.attention = Attention(width, heads)
        self.feed_norm = RMSNorm(width)
        self.feed = FeedForward(width, ratio=2)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.place(x)
        rows, columns = x.shape[-2:]
        cells = x.flatten(2).mT
        mixed, _ = self.attention(self.attention_norm(cells))
        cells = cells + mixed
        cells = cells + self.feed(self.feed_norm(cells))
        return cells.mT.unflatten(-1, (rows, columns))


class Join(nn.Module):
    """Coarse features, enlarged to twice their size, with the fine ones of the way down."""

    def __init__(self, coarse: int, fine: int, outside: int) -> None:
        super().__init__()
        self.conv = Conv(coarse + fine, outside)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        coarse = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.conv(torch.cat([coarse, fine], dim=1))


class Matting(nn.Module):
    """Pictures B×3×H×W in -1..1, H and W multiples of STRIDE → alpha B×1×H/2×W/2 and groups B×(1+groups)×H/2×W/2,
    logits."""

    def __init__(self, config: MattingConfig) -> None:
        super().__init__()
        self.config = config
        half, quarter, eighth, sixteenth, bottom = config.widths
        self.at_half = Conv(3, half, stride=2, side=5)
        self.at_quarter = nn.Sequential(Conv(half, quarter, stride=2), Residual(quarter))
        self.at_eighth = nn.Sequential(Conv(quarter, eighth, stride=2), Residual(eighth), Residual(eighth))
        self.at_sixteenth = nn.Sequential(Conv(eighth, sixteenth, stride=2), Residual(sixteenth))
        self.bottom = nn.Sequential(
            Conv(sixteenth, bottom, stride=2), *(Survey(bottom, config.heads) for _ in range(config.depth))
        )
        self.to_sixteenth = Join(bottom, sixteenth, eighth)
        self.to_eighth = Join(eighth, eighth, 64)
        self.to_quarter = Join(64, quarter, 48)
        self.to_half = Join(48, half, 32)
        self.alpha_head = nn.Conv2d(32, 1, 3, padding=1)
        self.group_head = nn.Conv2d(32, 1 + len(config.groups), 3, padding=1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        half = self.at_half(pictures)
        quarter = self.at_quarter(half)
        eighth = self.at_eighth(quarter)
        sixteenth = self.at_sixteenth(eighth)
        x = self.to_sixteenth(self.bottom(sixteenth), sixteenth)
        x = self.to_eighth(x, eighth)
        x = self.to_quarter(x, quarter)
        x = self.to_half(x, half)
        return self.alpha_head(x), self.group_head(x)
