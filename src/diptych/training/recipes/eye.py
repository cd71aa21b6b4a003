"""The reader's eye: pictures to scene graphs.

    diptych train eye --setting cpu

cpu: 28 minutes on one core, 46 thousand pictures; 99.7 % of scenes read exactly. The gpu setting has not been measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.reader import Eye, EyeConfig
from diptych.training.data import to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.world.layout import background_row, things_rows
from diptych.world.render import render
from diptych.world.scene import SIDE, STEP, Scene, sample_scene

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=32, lr=1e-3, muon_lr=3e-3, warmup=100, cooldown=0.45, minutes=28, ema=0.998,
                    save_every=500),
    "gpu": Settings(steps=20_000, batch=256, lr=1.5e-3, muon_lr=4e-3, warmup=300, cooldown=0.45, ema=0.999,
                    save_every=5000),
    "toy": Settings(steps=60, batch=8, lr=2e-3, muon_lr=4e-3, warmup=10, ema=0.9, save_every=60, log_every=20),
}  # fmt: skip

PATCH = 16


def patch_targets(scene: Scene, known: Sequence[str]) -> np.ndarray:
    """64×5 int64: present, point, noun, colour, size of the thing whose centre is in each patch; zeros for none."""
    side = SIDE // PATCH
    patches = np.zeros((side, side, 5), np.int64)
    for noun, color, size, x, y in things_rows(scene, known):
        if noun:
            point = y % PATCH // STEP * 2 + x % PATCH // STEP
            patches[y // PATCH, x // PATCH] = 1, point, noun - 1, color, size
    return patches.reshape(-1, 5)


@dataclass
class EyeTask:
    known: Sequence[str]
    font: Path
    config: EyeConfig
    drawn: tuple[np.ndarray, Sequence[Scene]] | None = None
    """Pictures N×128×128×3 uint8 that the generator drew, and the scenes that it was told."""
    name: str = "eye"

    def build(self) -> nn.Module:
        return Eye(self.config).to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        pictures, patches, backgrounds = [], [], []
        for _ in range(size):
            if self.drawn is not None and rng.random() < 0.5:
                index = int(rng.integers(len(self.drawn[0])))
                picture, scene = self.drawn[0][index], self.drawn[1][index]
            else:
                scene = sample_scene(rng, self.known)
                picture = render(scene, self.font)
            pictures.append(picture)
            patches.append(patch_targets(scene, self.known))
            backgrounds.append(background_row(scene.background)[:3] - 1)
        return {
            "pictures": to_tensor(pictures),
            "patches": torch.from_numpy(np.stack(patches)),
            "background": torch.from_numpy(np.stack(backgrounds)),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropy of presence everywhere, of the rest where a thing is, and of the background."""
        patches, background = model(batch["pictures"].contiguous(memory_format=torch.channels_last))
        present, *heads = patches.float().split(self.config.patch_heads, dim=-1)
        true = batch["patches"]
        held = true[..., 0] == 1
        loss = F.binary_cross_entropy_with_logits(present[..., 0], held.float()) * 16
        right = [torch.ones_like(held[held])]
        for index, head in enumerate(heads, start=1):
            loss = loss + F.cross_entropy(head[held], true[..., index][held])
            right.append(head[held].argmax(-1) == true[..., index][held])
        where = torch.ones(len(held), dtype=torch.bool, device=held.device)
        for index, head in enumerate(background.float().split(self.config.scene_heads, dim=-1)):
            loss = loss + 0.3 * F.cross_entropy(head, batch["background"][:, index])
            where &= head.argmax(-1) == batch["background"][:, index]
        things = torch.ones_like(held)
        things[held] = torch.stack(right).all(0)
        scenes = (things & ((present[..., 0] > 0) == held)).all(1) & where
        return loss, {"scenes_right": scenes.float().mean().item(), "things_right": things[held].float().mean().item(),
                      "background_right": where.float().mean().item()}  # fmt: skip

    def samples(self, model: nn.Module) -> None:
        del model


def configured(place: Place) -> EyeConfig:
    wide = {"widths": (64, 128, 256), "width": 384, "depth": 6, "heads": 6} if place.setting == "gpu" else {}
    small = {"widths": (16, 16, 32), "width": 32, "depth": 1} if place.setting == "toy" else {}
    return EyeConfig(nouns=len(place.known), **wide, **small)


def task(place: Place, font: Path) -> EyeTask:
    return EyeTask(place.known, font, configured(place))
