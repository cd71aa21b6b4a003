"""One stage of the cascade: a picture and words → the same picture two or four times as large.

Imagen's super-resolution stages (arXiv 2205.11487, section 2.4 and appendix B.1), small: an efficient U-Net that works
on cells of pixels, is told how much noise its small picture carries (conditioning augmentation, arXiv 2106.15282), and
reads the words by cross-attention at its bottom. Two things differ. What is sampled is the detail, large minus
enlarged small, in units of its own spread: noise of spread one hides a detail of a tenth until the last tenth of the
time. And the finest level is told of time and noise by planes of numbers; only the lower ones are scaled and shifted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.blocks import rms_norm, sinusoid

SLOPE = 0.1
"""Of the leaky ReLU below zero."""
PAD = 0
"""The token that fills up short sentences; it is no word of any."""


@dataclass(frozen=True)
class CascadeConfig:
    factor: int = 4
    """How many times as large the picture becomes."""
    cell: int = 4
    """Pixels of the large picture in a side of a cell: cells are what the network works on."""
    widths: tuple[int, int, int] = (48, 64, 64)
    """Channels at 1, 1/2 and 1/4 of the cells."""
    down: tuple[int, int, int] = (1, 0, 1)
    """Blocks at each level on the way down; the last is the bottom."""
    up: tuple[int, int] = (2, 1)
    """Blocks on the way up, from the finest level."""
    heads: int = 4
    words: int = 192
    point: int = 256
    """Dimensions of the words in context and of the sentence's point."""
    condition: int = 64
    detail: float = 0.12
    """The unit of the detail, in pictures of -1..1."""


class Block(nn.Module):
    """x + conv(act(conv(x))), beginning as x alone; convolutions that run into each other without a norm between are
    what CPUs are fast at. B×C×H×W."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight, a=SLOPE)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.leaky_relu(self.first(x), SLOPE))


class Told(nn.Module):
    """Features scaled and shifted by a condition (FiLM, arXiv 1709.07871), beginning as they are."""

    def __init__(self, condition: int, width: int) -> None:
        super().__init__()
        self.film = nn.Linear(condition, 2 * width)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class Reading(nn.Module):
    """Cross-attention from cells B×C×h×w to words B×T×W and to a learned word that stands for none of them."""

    def __init__(self, config: CascadeConfig) -> None:
        super().__init__()
        width = config.widths[-1]
        self.heads = config.heads
        self.query = nn.Conv2d(width, width, 1, bias=False)
        self.key_value = nn.Linear(config.words, 2 * width, bias=False)
        self.no_word = nn.Parameter(torch.randn(1, 1, config.words) * 0.5)
        self.out = nn.Conv2d(width, width, 1, bias=False)
        self.q_gain = nn.Parameter(torch.ones(width // config.heads))
        self.k_gain = nn.Parameter(torch.ones(width // config.heads))
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor, words: Tensor, tokens: Tensor) -> Tensor:
        words = torch.cat([self.no_word.expand(len(words), -1, -1), words.to(self.no_word.dtype)], dim=1)
        bias = F.pad(torch.where(tokens == PAD, -1e4, 0.0), (1, 0))[:, None, None, :]
        q = self.query(x).flatten(2).unflatten(1, (self.heads, -1)).mT
        k, v = self.key_value(words).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = rms_norm(q, self.q_gain), rms_norm(k, self.k_gain)
        read = F.scaled_dot_product_attention(q, k.to(q.dtype), v.to(q.dtype), attn_mask=bias.to(q.dtype))
        return x + self.out(read.mT.flatten(1, 2).unflatten(2, (x.shape[2], x.shape[3])))


class Cascade(nn.Module):
    """Noisy detail, the small picture, time, noise level and words → clean detail (x-prediction)."""

    def __init__(self, config: CascadeConfig) -> None:
        super().__init__()
        self.config = config
        fine, middle, bottom = config.widths
        seen = 3 * config.cell**2 + 3 * (config.cell // config.factor) ** 2 + 2
        self.when = nn.Sequential(nn.Linear(64, config.condition), nn.SiLU())
        self.gist = nn.Linear(config.point, config.condition, bias=False)
        self.enter = nn.Conv2d(seen, fine, 3, padding=1)
        self.fine_down = blocks(fine, config.down[0])
        self.to_middle = nn.Conv2d(fine, middle, 3, stride=2, padding=1)
        self.middle_down = blocks(middle, config.down[1])
        self.to_bottom = nn.Conv2d(middle, bottom, 3, stride=2, padding=1)
        self.bottom_told = Told(config.condition, bottom)
        self.reading = Reading(config)
        self.bottom_blocks = blocks(bottom, config.down[2])
        self.from_bottom = nn.Conv2d(bottom, middle, 1)
        self.middle_told = Told(config.condition, middle)
        self.middle_up = blocks(middle, config.up[1])
        self.from_middle = nn.Conv2d(middle, fine, 1)
        self.fine_up = blocks(fine, config.up[0])
        self.exit = nn.Conv2d(fine, 3 * config.cell**2, 3, padding=1)
        nn.init.zeros_(self.exit.weight)
        nn.init.zeros_(self.exit.bias)

    def forward(
        self, noisy: Tensor, low: Tensor, time: Tensor, level: Tensor, words: Tensor, tokens: Tensor, point: Tensor
    ) -> Tensor:
        """B×3×H×W: the detail in units of `config.detail`, so that large = enlarged(low) + config.detail · it.

        `noisy` B×3×H×W = (1 - t) · detail + t · noise; `low` B×3×H/factor×W/factor in -1..1, with noise of
        `level` B (a standard deviation) added; `time` B in 0..1 (1 = all noise); `words` B×T×W in context, `tokens`
        B×T int64 (0 = no word), `point` B×D, all zero where nothing is said. H and W are multiples of 4 · cell.
        """
        config = self.config
        cells = F.pixel_unshuffle(noisy, config.cell)
        seen = F.pixel_unshuffle(low, config.cell // config.factor) if config.factor < config.cell else low
        planes = torch.stack([time, 4 * level], dim=1)[:, :, None, None].expand(-1, -1, *cells.shape[-2:])
        condition = torch.cat([sinusoid(time, 32, 4.0, 0.1), sinusoid(level, 32, 1.0, 0.02)], dim=-1)
        condition = self.when(condition.to(noisy.dtype)) + self.gist(point)

        fine = self.fine_down(self.enter(torch.cat([cells, seen, planes.to(cells.dtype)], dim=1)))
        middle = self.middle_down(self.to_middle(fine))
        x = self.bottom_told(self.to_bottom(middle), condition)
        x = self.bottom_blocks(self.reading(x, words, tokens))
        x = (middle + enlarged_twice(self.from_bottom(x))) * math.sqrt(0.5)
        x = self.middle_up(self.middle_told(x, condition))
        x = self.fine_up((fine + enlarged_twice(self.from_middle(x))) * math.sqrt(0.5))
        return F.pixel_shuffle(self.exit(x), config.cell)


def blocks(width: int, number: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(number)))


def enlarged_twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def enlarged(low: Tensor, factor: int) -> Tensor:
    """B×3×h×w → B×3×h·factor×w·factor, by cubic convolution, as OpenCV does it (a = -0.75)."""
    return F.interpolate(low.float(), scale_factor=float(factor), mode="bicubic", align_corners=False)
