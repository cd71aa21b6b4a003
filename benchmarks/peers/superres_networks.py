"""The networks that super-resolution is compared with: what was published of them, and their shapes, to be timed.

The shapes are written anew from the papers and hold random weights, on which speed does not depend. As in their papers,
ESPCN and FSRCNN enlarge Y alone, the others R, G, B.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

Scores = dict[str, tuple[float, float | None]]

PUBLISHED: dict[str, dict[str, Scores]] = {
    "bicubic": {
        "x2": {"Set5": (33.66, 0.9299), "Set14": (30.24, 0.8688)},
        "x3": {"Set5": (30.39, 0.8682), "Set14": (27.55, 0.7742)},
        "x4": {"Set5": (28.42, 0.8104), "Set14": (26.00, 0.7027)},
    },
    "ESPCN": {
        "x2": {"Set5": (36.83, 0.9564), "Set14": (32.40, 0.9096)},
        "x3": {"Set5": (33.13, None), "Set14": (29.49, None)},
        "x4": {"Set5": (30.90, None), "Set14": (27.73, None)},
    },
    "FSRCNN": {
        "x2": {"Set5": (37.00, 0.9558), "Set14": (32.63, 0.9088)},
        "x3": {"Set5": (33.16, 0.9140), "Set14": (29.43, 0.8242)},
        "x4": {"Set5": (30.71, 0.8657), "Set14": (27.59, 0.7535)},
    },
    "SAFMN": {
        "x2": {"Set5": (38.00, 0.9605), "Set14": (33.54, 0.9177)},
        "x3": {"Set5": (34.34, 0.9267), "Set14": (30.33, 0.8418)},
        "x4": {"Set5": (32.18, 0.8948), "Set14": (28.60, 0.7813)},
    },
    "IMDN": {
        "x2": {"Set5": (38.00, 0.9605), "Set14": (33.63, 0.9177)},
        "x3": {"Set5": (34.36, 0.9270), "Set14": (30.32, 0.8417)},
        "x4": {"Set5": (32.21, 0.8948), "Set14": (28.58, 0.7811)},
    },
    "EDSR-baseline": {
        "x2": {"Set5": (37.99, 0.9604), "Set14": (33.57, 0.9175)},
        "x3": {"Set5": (34.37, 0.9270), "Set14": (30.28, 0.8417)},
        "x4": {"Set5": (32.09, 0.8938), "Set14": (28.58, 0.7813)},
    },
}
"""(PSNR in dB, SSIM or None) on Y. All learned from DIV2K or DF2K, 800 and 3,450 photographs of 2K, but for ESPCN
(ImageNet) and FSRCNN (T91 and General-100)."""
SOURCES = {
    "bicubic": "as quoted by VDSR, arXiv 1511.04587",
    "ESPCN": "arXiv 1609.05158 (x3, x4; PSNR only); as quoted by ECBSR, ACM Multimedia 2021 (x2)",
    "FSRCNN": "as quoted by IMDN, arXiv 1909.11856",
    "SAFMN": "arXiv 2302.13800",
    "IMDN": "arXiv 1909.11856",
    "EDSR-baseline": "as quoted by SAFMN, arXiv 2302.13800",
}


def exported(name: str, factor: int, side: int, folder: Path) -> Path:
    """An ONNX file in `folder`: the network for pictures of side×side."""
    model = NETWORKS[name](factor).eval()
    picture = torch.rand(1, channels(name), side, side)
    path = folder / f"{name}.onnx"
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own insides, in both ways
        program = torch.onnx.export(model, (picture,), input_names=["pictures"], dynamo=True, verbose=False)
    assert program is not None
    program.optimize()
    program.save(str(path))
    return path


def channels(name: str) -> int:
    return 1 if name in ("ESPCN", "FSRCNN") else 3


def parameters(name: str, factor: int) -> int:
    return sum(values.numel() for values in NETWORKS[name](factor).parameters())


def conv(inside: int, outside: int, side: int = 3, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, side, padding=side // 2, groups=groups)


def espcn(factor: int) -> nn.Module:
    """Shi et al. 2016, arXiv 1609.05158."""
    return nn.Sequential(
        conv(1, 64, 5), nn.Tanh(), conv(64, 32), nn.Tanh(), conv(32, factor**2), nn.PixelShuffle(factor)
    )  # fmt: skip


def fsrcnn(factor: int) -> nn.Module:
    """Dong et al. 2016, arXiv 1608.00367: d = 56, s = 12, m = 4."""
    mapping = [layer for _ in range(4) for layer in (conv(12, 12), nn.PReLU(12))]
    return nn.Sequential(
        conv(1, 56, 5), nn.PReLU(56), conv(56, 12, 1), nn.PReLU(12), *mapping, conv(12, 56, 1), nn.PReLU(56),
        nn.ConvTranspose2d(56, 1, 9, stride=factor, padding=4, output_padding=factor - 1),
    )  # fmt: skip


class Safmn(nn.Module):
    """Sun et al. 2023, arXiv 2302.13800: 8 blocks of 36 channels. Sides must be multiples of 8."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.head = conv(3, 36)
        self.blocks = nn.Sequential(*(SafmnBlock(36) for _ in range(8)))
        self.tail = nn.Sequential(conv(36, 3 * factor**2), nn.PixelShuffle(factor))

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.head(pictures)
        return self.tail(self.blocks(x) + x)


class SafmnBlock(nn.Module):
    """Modulated by what is seen at four scales, then mixed over the channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(ChannelNorm(width) for _ in range(2))
        self.scales = nn.ModuleList(conv(width // 4, width // 4, groups=width // 4) for _ in range(4))
        self.gathered = conv(width, width, 1)
        self.mixed = nn.Sequential(conv(width, 2 * width), nn.GELU(), conv(2 * width, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norms[0](x)
        seen = []
        for level, (part, layer) in enumerate(zip(normed.chunk(4, dim=1), self.scales, strict=True)):
            small = F.max_pool2d(part, 2**level) if level else part
            seen.append(F.interpolate(layer(small), scale_factor=2.0**level) if level else layer(small))
        x = F.gelu(self.gathered(torch.cat(seen, dim=1))) * normed + x
        return self.mixed(self.norms[1](x)) + x


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each pixel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(width, 1, 1)), nn.Parameter(torch.zeros(width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean(1, keepdim=True)
        return self.scale * x / torch.sqrt((x * x).mean(1, keepdim=True) + 1e-6) + self.shift


class Imdn(nn.Module):
    """Hui et al. 2019, arXiv 1909.11856: 6 blocks of 64 channels."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.head = conv(3, 64)
        self.blocks = nn.ModuleList(ImdnBlock(64) for _ in range(6))
        self.gathered = nn.Sequential(conv(6 * 64, 64, 1), nn.LeakyReLU(0.05), conv(64, 64))
        self.tail = nn.Sequential(conv(64, 3 * factor**2), nn.PixelShuffle(factor))

    def forward(self, pictures: Tensor) -> Tensor:
        first = x = self.head(pictures)
        found = []
        for block in self.blocks:
            x = block(x)
            found.append(x)
        return self.tail(self.gathered(torch.cat(found, dim=1)) + first)


class ImdnBlock(nn.Module):
    """Each of four layers keeps a quarter of its channels; the kept ones are weighted by their contrast and mixed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.kept = width // 4
        rest = width - self.kept
        outside = (width, width, width, self.kept)
        self.layers = nn.ModuleList(conv(width if i == 0 else rest, outside[i]) for i in range(4))
        self.weight = nn.Sequential(conv(width, width // 16, 1), nn.ReLU(), conv(width // 16, width, 1), nn.Sigmoid())
        self.mixed = conv(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept, rest = [], x
        for layer in self.layers[:3]:
            made = F.leaky_relu(layer(rest), 0.05)
            kept.append(made[:, : self.kept])
            rest = made[:, self.kept :]
        whole = torch.cat([*kept, self.layers[3](rest)], dim=1)
        mean = whole.mean((2, 3), keepdim=True)
        contrast = torch.sqrt(((whole - mean) ** 2).mean((2, 3), keepdim=True))
        return self.mixed(whole * self.weight(contrast + mean)) + x


class Edsr(nn.Module):
    """Lim et al. 2017, arXiv 1707.02921, the baseline: 16 blocks of 64 channels."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.head = conv(3, 64)
        self.blocks = nn.ModuleList(nn.Sequential(conv(64, 64), nn.ReLU(), conv(64, 64)) for _ in range(16))
        self.last = conv(64, 64)
        steps = (2, 2) if factor == 4 else (factor,)
        larger = [layer for step in steps for layer in (conv(64, 64 * step**2), nn.PixelShuffle(step))]
        self.tail = nn.Sequential(*larger, conv(64, 3))

    def forward(self, pictures: Tensor) -> Tensor:
        first = x = self.head(pictures)
        for block in self.blocks:
            x = x + block(x)
        return self.tail(self.last(x) + first)


NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "ESPCN": espcn, "FSRCNN": fsrcnn, "SAFMN": Safmn, "IMDN": Imdn, "EDSR-baseline": Edsr,
}  # fmt: skip
