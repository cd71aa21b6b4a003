"""Removal: the network that fills a hole in a small picture.

    diptych train inpainter --setting cpu --data ../shared/data

Forty minutes on one core of two. Learns from DATA/photos, with holes shaped like the silhouettes of DATA/people and as
`training/holes.py` draws them. Held-out photographs and silhouettes (evaluation/held_out.py) are never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.inpainter import Inpainter, InpainterConfig
from diptych.training.data import sheet, to_pictures, to_tensor
from diptych.training.holes import Holes, silhouettes
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.training.reductions import photo_paths, read_rgb

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=16, lr=2e-3, warmup=100, cooldown=0.45, weight_decay=0.02, minutes=95,
                    ema=0.998, save_every=400, log_every=100),
    "gpu": Settings(steps=40_000, batch=64, lr=3e-3, warmup=300, cooldown=0.45, weight_decay=0.02, ema=0.999,
                    save_every=2000),
    "toy": Settings(steps=60, batch=4, lr=2e-3, warmup=5, ema=0.9, save_every=60, log_every=20),
}  # fmt: skip

FRAMES = ((128, 128), (192, 160), (160, 192))
"""Height and width of what is looked at: as in use, and smaller, at half the cost."""

SCALES = 4
"""Resolutions that are compared, each half of the one before."""
GRADIENTS = 0.3
"""Weight of the differences of neighbours."""


@dataclass
class InpainterTask:
    holes: Holes
    config: InpainterConfig
    frames: tuple[tuple[int, int], ...] = FRAMES
    name: str = "inpainter"

    def build(self) -> nn.Module:
        return Inpainter(self.config).to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """One frame a batch, four of five the smallest."""
        height, width = self.frames[0 if rng.random() < 0.7 else int(rng.integers(len(self.frames)))]
        drawn = [self.holes.sample(rng, height, width) for _ in range(size)]
        return {
            "pictures": to_tensor([picture for picture, _ in drawn]),
            "masks": torch.from_numpy(np.stack([hole for _, hole in drawn]))[:, None].float(),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        true, masks = batch["pictures"], batch["masks"]
        found = model(true.contiguous(memory_format=torch.channels_last), masks).float()
        error = (found - true) * masks
        with torch.no_grad():
            squares = (error / 2).square().mean(1, keepdim=True).sum((1, 2, 3)) / masks.sum((1, 2, 3))
            psnr = -10 * squares.clamp(min=1e-8).log10().mean()
        return hole_loss(error, masks), {"psnr": psnr.item()}

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Eight held-out photographs, 160×192, and holes of held-out people in them, to look at."""
        pictures = [cv2.resize(read_rgb(path), (192, 160), interpolation=cv2.INTER_AREA)
                    for path in photo_paths(self.holes.data, held_out=True)[:8]]  # fmt: skip
        people = Holes(self.holes.data)
        people.silhouettes = silhouettes(self.holes.data, held_out=True)
        holes = [people.silhouette(np.random.default_rng([7, at]), 160, 192) for at in range(len(pictures))]
        return np.stack(pictures), np.stack(holes)[..., None]

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        device = next(model.parameters()).device
        pictures, holes = self.shown
        masks = torch.from_numpy(holes[..., 0])[:, None].float()
        found = to_pictures(model(to_tensor(pictures).to(device), masks.to(device)))
        blank = np.where(holes, np.uint8(128), pictures)
        return sheet(np.concatenate([blank, np.where(holes, found, pictures), pictures]), len(pictures))


def hole_loss(error: Tensor, masks: Tensor) -> Tensor:
    """Mean absolute error in each hole, and of its means over 2×2, 4×4, 8×8, and of its differences between neighbours.

    error  B×3×H×W, zero outside of the hole;  masks  B×1×H×W
    Every hole counts alike, whatever its size. The coarser means hold the large structure that the median of fine
    texture would leave out.
    """
    total = GRADIENTS * sum(
        (error.diff(dim=axis).abs().mean(1).sum((1, 2)) / masks.sum((1, 2, 3))).mean() for axis in (2, 3)
    )
    for scale in range(SCALES):
        total = total + (error.abs().mean(1).sum((1, 2)) / masks.sum((1, 2, 3)).clamp(min=1)).mean()
        if scale < SCALES - 1:
            error, masks = F.avg_pool2d(error, 2), F.avg_pool2d(masks, 2)
    return total


def task(place: Place, font: Path) -> InpainterTask:
    holes = Holes(place.photos)
    if place.setting == "toy":
        return InpainterTask(holes, InpainterConfig((8, 16, 16, 16), depth=1), ((64, 64),))
    return InpainterTask(holes, InpainterConfig())
