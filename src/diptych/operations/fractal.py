"""Fractal value noise: what clouds, fog and smoke look like from afar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fractal_noise(
    width: int, height: int, rng: np.random.Generator, *, scale: float = 0.4, octaves: int = 6, stretch: float = 1.0
) -> NDArray[np.float32]:
    """H×W float32 in 0..1: octaves of smooth random values, each half as large and half as strong (1/f amplitude).

    scale    size of the largest blobs, as a share of the longer side
    stretch  how many times wider than high the blobs are
    """
    import cv2

    longer = max(width, height)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        blob = max(longer * scale / 2**octave, 1.0)
        rows, columns = max(round(height * stretch / blob), 1) + 3, max(round(width / blob), 1) + 3
        grid = rng.random((rows, columns), np.float32)
        # The grid is larger than the frame by a cell on each side: the border handling of resize stays outside.
        fine = cv2.resize(grid, None, fx=width / (columns - 3), fy=height / (rows - 3), interpolation=cv2.INTER_CUBIC)
        y, x = (fine.shape[0] - height) // 2, (fine.shape[1] - width) // 2
        total += fine[y : y + height, x : x + width] * np.float32(0.5**octave)
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)
