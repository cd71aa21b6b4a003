"""The checker, from renders only (with blur, noise and shifts of brightness, so that style isn't mistaken for content).

    diptych train checker --setting cpu

cpu: 30 minutes on one core. The weights that ship came in two steps (docs/models.md); a run from nothing with this
setting, and the gpu setting, have not been measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.checker import CELL, Checker, CheckerConfig
from diptych.training.data import to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.world.layout import background_row, things_rows
from diptych.world.render import render
from diptych.world.scene import SIDE, sample_scene

SETTINGS = {
    "cpu": Settings(
        steps=200_000, batch=32, lr=1e-3, muon_lr=3e-3, warmup=100, cooldown=0.4, minutes=30, ema=0.998, save_every=1000
    ),
    "gpu": Settings(
        steps=20_000, batch=256, lr=1.5e-3, muon_lr=4e-3, warmup=300, cooldown=0.4, ema=0.999, save_every=5000
    ),
    "toy": Settings(steps=60, batch=8, lr=2e-3, muon_lr=4e-3, warmup=10, ema=0.9, save_every=60, log_every=20),
}


@dataclass
class CheckerTask:
    known: Sequence[str]
    font: Path
    config: CheckerConfig
    name: str = "checker"

    def build(self) -> nn.Module:
        return Checker(self.config).to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """`cells` B×16×16×4 int64: present, noun, colour, size; `background` B×3 from 0."""
        cells = np.zeros((size, SIDE // CELL, SIDE // CELL, 4), np.int64)
        backgrounds = np.zeros((size, 3), np.int64)
        pictures = []
        for row in range(size):
            scene = sample_scene(rng, self.known, held_out=None)
            pictures.append(disturb(render(scene, self.font), rng))
            backgrounds[row] = background_row(scene.background)[:3] - 1
            for noun, color, side, x, y in things_rows(scene, self.known):
                if noun:
                    cells[row, y // CELL, x // CELL] = 1, noun - 1, color, side
        return {
            "pictures": to_tensor(pictures),
            "cells": torch.from_numpy(cells),
            "background": torch.from_numpy(backgrounds),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        cells, background = model(batch["pictures"].contiguous(memory_format=torch.channels_last))
        present, *heads = cells.float().split(self.config.cell_heads, dim=-1)
        true = batch["cells"]
        held = true[..., 0] == 1
        weight = torch.where(held, 8.0, 1.0)
        loss = F.binary_cross_entropy_with_logits(present[..., 0], true[..., 0].float(), weight=weight) * 8
        right = []
        for index, head in enumerate(heads, start=1):
            loss = loss + F.cross_entropy(head[held], true[..., index][held])
            right.append(head[held].argmax(-1) == true[..., index][held])
        for index, head in enumerate(background.float().split(self.config.scene_heads, dim=-1)):
            loss = loss + 0.3 * F.cross_entropy(head, batch["background"][:, index])
        found = ((present[..., 0] > 0) == held).all(2).all(1).float().mean()
        whole = torch.stack(right).all(0).float().mean()
        return loss, {"scenes_found": found.item(), "things_right": whole.item()}

    def samples(self, model: nn.Module) -> None:
        del model


def disturb(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of the pictures as they are; the others a little blurred, noisy, or lighter or darker."""
    if rng.random() < 0.5:
        return picture
    result = picture.astype(np.float32)
    if rng.random() < 0.6:
        result = cv2.GaussianBlur(result, (0, 0), float(rng.uniform(0.4, 1.1)))
    if rng.random() < 0.5:
        result = result + rng.standard_normal(result.shape).astype(np.float32) * float(rng.uniform(2, 8))
    if rng.random() < 0.5:
        result = (result - 128) * float(rng.uniform(0.92, 1.08)) + 128 + float(rng.uniform(-8, 8))
    return np.clip(result, 0, 255).astype(np.uint8)


def task(place: Place, font: Path) -> CheckerTask:
    small = {"widths": (16, 24, 32)} if place.setting == "toy" else {}
    return CheckerTask(place.known, font, CheckerConfig(nouns=len(place.known), **small))
