"""Batches of pictures for the recipes: rendered scenes and photographs, pure in their random generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from diptych.core.errors import Bilingual, Unsupported
from diptych.world.render import render
from diptych.world.scene import SIDE, STEP, Scene, sample_scene


@dataclass
class Photos:
    """The photographs of DATA/photos, decoded once. Raises Unsupported if there are none."""

    data: Path

    @cached_property
    def pictures(self) -> list[np.ndarray]:
        paths = sorted((self.data / "photos").glob("*.jpg"))
        if not paths:
            raise Unsupported(
                Bilingual(
                    f"There are no photographs in {self.data / 'photos'}.", f"{self.data / 'photos'} 里没有照片。"
                ),
                Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
            )
        return [cv2.imread(str(path))[..., ::-1] for path in paths]

    def crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        """side×side×3 uint8: a random part of a random photo, at full or half size."""
        picture = self.pictures[int(rng.integers(len(self.pictures)))]
        span = min(side * int(rng.integers(1, 3)), *picture.shape[:2])
        y, x = (int(rng.integers(0, extent - span + 1)) for extent in picture.shape[:2])
        part = picture[y : y + span, x : x + span]
        return part if span == side else cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA)


@dataclass
class Scenes:
    """Rendered random scenes of the nouns `known`."""

    known: Sequence[str]
    font: Path
    held_out: bool | None = field(default=False)

    def scene(self, rng: np.random.Generator) -> Scene:
        return sample_scene(rng, self.known, held_out=self.held_out)

    def picture(self, rng: np.random.Generator) -> np.ndarray:
        return render(self.scene(rng), self.font)

    def crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        """side×side×3 uint8 on the grid of the latents, as all pictures are encoded; mostly of a thing and its
        surroundings, since backdrops are quickly learned."""
        scene = self.scene(rng)
        high = (SIDE - side) // STEP
        at = rng.integers(0, high + 1, 2) * STEP
        if rng.random() < 0.8:
            thing = scene.things[int(rng.integers(len(scene.things)))]
            near = np.array([thing.x, thing.y]) - side // 2 + rng.integers(-2, 3, 2) * STEP
            at = np.clip(near // STEP, 0, high) * STEP
        x, y = at
        return render(scene, self.font)[y : y + side, x : x + side]


def to_tensor(pictures: Sequence[np.ndarray] | np.ndarray) -> Tensor:
    """N pictures H×W×3 uint8 → N×3×H×W float32 in -1..1."""
    stacked = torch.from_numpy(np.ascontiguousarray(np.stack(list(pictures))))
    return stacked.permute(0, 3, 1, 2).float() / 127.5 - 1


def to_pictures(tensor: Tensor) -> np.ndarray:
    """N×3×H×W float in -1..1 → N×H×W×3 uint8."""
    scaled = ((tensor.detach().float().clamp(-1, 1) + 1) * 127.5).round()
    return scaled.permute(0, 2, 3, 1).byte().cpu().numpy()


def sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Contact sheet of N×H×W×3 uint8, two pixels apart."""
    rows = []
    blank = np.full_like(pictures[0], 255)
    for start in range(0, len(pictures), columns):
        row = list(pictures[start : start + columns])
        row += [blank] * (columns - len(row))
        rows.append(np.hstack([np.pad(p, ((1, 1), (1, 1), (0, 0)), constant_values=255) for p in row]))
    return np.vstack(rows)
