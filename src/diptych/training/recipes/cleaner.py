"""Cleaning: noise and JPEG's blocks taken off photographs, whatever their strength.

    diptych train cleaner --setting cpu --data ../shared/data

Crops of photographs at several sizes, with noise of 3 to 55 levels, JPEG of quality 8 to 92, both, or nothing. The
held-out photographs (evaluation/held_out.py) are never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.evaluation.bicubic import imresize
from diptych.models.cleaner import LOSS, SIGMA, Cleaner, CleanerConfig
from diptych.training.data import sheet
from diptych.training.degrading import Damage, damaged, some_damage
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.training.recipes.superres import unit
from diptych.training.reductions import photo_paths, read_rgb

SETTINGS = {
    "cpu": Settings(steps=10**6, batch=16, lr=1.5e-3, warmup=300, cooldown=0.6, weight_decay=0.0, minutes=80, ema=0.999,
                    save_every=2000),
    "gpu": Settings(steps=100_000, batch=32, lr=1e-3, warmup=1000, cooldown=0.6, weight_decay=0.0, ema=0.9995,
                    save_every=10_000),
    "toy": Settings(steps=40, batch=2, lr=1e-3, warmup=5, ema=0.9, save_every=40, log_every=5),
}  # fmt: skip

SIDE = 80
FLOOR = 1e-4
"""Mean squared error, of pictures in 0..1, from which on (40 dB) less hardly counts: skies and walls would rule."""
GAUGED = 0.5
"""Weight of the gauge's error; it shares no parameter with the rest."""
GRID = 8
"""Of JPEG: pixels of a side of its blocks."""
SIZES = (1.0, 0.75, 0.55)


@dataclass
class CleanerTask:
    paths: Sequence[Path]
    config: CleanerConfig
    name: str = "cleaner"

    @cached_property
    def photos(self) -> list[np.ndarray]:
        """Each photograph at each of SIZES: the smaller, the freer it is of the noise and JPEG it came with."""
        photos = [read_rgb(path) for path in self.paths]
        return [
            photo if size == 1 else imresize(photo, *(round(side * size) for side in photo.shape[:2]))
            for photo in photos
            for size in SIZES
        ]

    def build(self) -> nn.Module:
        return Cleaner(self.config).to(memory_format=torch.channels_last)

    def crop(self, rng: np.random.Generator) -> np.ndarray:
        """SIDE + GRID pixels square, ×3 uint8, in one of eight positions."""
        side = SIDE + GRID
        photo = self.photos[int(rng.integers(len(self.photos)))]
        y, x = (int(rng.integers(0, extent - side + 1)) for extent in photo.shape[:2])
        part = np.rot90(photo[y : y + side, x : x + side], int(rng.integers(4)))
        return part[:, ::-1] if rng.integers(2) else part

    def pair(self, rng: np.random.Generator, damage: Damage) -> tuple[np.ndarray, np.ndarray]:
        """(clean, damaged), SIDE×SIDE×3 uint8. Half of them lie on JPEG's grid, half anywhere: photos get cropped."""
        clean = self.crop(rng)
        bad = damaged(clean, damage, rng)
        y, x = rng.integers(0, GRID, 2) if rng.random() < 0.5 else (0, 0)
        part = np.s_[y : y + SIDE, x : x + SIDE]
        return clean[part], bad[part]

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        damage = [some_damage(rng) for _ in range(size)]
        pairs = [self.pair(rng, what) for what in damage]
        return {
            "clean": unit([clean for clean, _ in pairs]),
            "pictures": unit([bad for _, bad in pairs]),
            "strengths": torch.tensor([strengths(what) for what in damage]),
            # The gauge will be a little wrong at use, so what is told is a little wrong in training.
            "error": torch.from_numpy(rng.normal(0, (0.02, 0.05), (size, 2)).astype(np.float32)),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        pictures = batch["pictures"].contiguous(memory_format=torch.channels_last)
        true = batch["strengths"]
        damage = (true > 0).any(1, keepdim=True)
        told = (true + batch["error"] * damage).clamp(min=0)
        made = model(pictures, told).float()
        read = model.gauge(pictures).float()
        error = (made - batch["clean"]).square().flatten(1).mean(1)
        # Decibels as the loss (NAFNet, arXiv 2204.04676): weak damage counts as much as strong.
        cleaned = (error + FLOOR).log().mean()
        scalars = {"psnr": (-10 * error.detach()[damage[:, 0]].clamp(min=1e-6).log10()).mean().item()}
        wrong = F.l1_loss(read, true, reduction="none").mean(0)
        scalars |= {"sigma_off": wrong[0].item() * SIGMA, "quality_off": wrong[1].item() * LOSS}
        return cleaned + GAUGED * wrong.sum(), scalars

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray, Tensor]:
        rng = np.random.default_rng(1)
        kinds = [Damage(15, None), Damage(25, None), Damage(50, None), Damage(0, 10), Damage(0, 30), Damage(10, 50)]
        pairs = [self.pair(rng, what) for what in kinds]
        return (
            np.stack([clean for clean, _ in pairs]),
            np.stack([bad for _, bad in pairs]),
            torch.tensor([strengths(what) for what in kinds]),
        )

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        clean, bad, told = self.shown
        device = next(model.parameters()).device
        made = model(unit(bad).to(device), told.to(device)).cpu()
        made = (made.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        return sheet(np.concatenate([bad, made, clean]), len(clean))


def strengths(damage: Damage) -> tuple[float, float]:
    """As the network is told them: sigma / 50, (100 - quality) / 100."""
    return damage.sigma / SIGMA, 0.0 if damage.quality is None else (100 - damage.quality) / LOSS


def task(place: Place, font: Path) -> CleanerTask:
    small = CleanerConfig(widths=(8, 8, 8), depths=(1, 1, 1), gauge=8)
    paths = photo_paths(place.photos, held_out=False)
    return CleanerTask(paths, small if place.setting == "toy" else CleanerConfig())
