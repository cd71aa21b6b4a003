"""Small picture files that differ."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from diptych.core.picture import Picture


def save(path: Path, seed: int, size: tuple[int, int] = (80, 100)) -> None:
    """A picture of `size` (height, width) that no other seed's is nearly the same as."""
    rough = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Picture(cv2.resize(rough, size[::-1], interpolation=cv2.INTER_CUBIC)).save(path)
