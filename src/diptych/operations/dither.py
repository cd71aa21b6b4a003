"""Rounding to 8 bits without banding."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

_TILE = 512


def round_dithered(values: NDArray[np.float32], first_row: int = 0) -> Pixels:
    """H×W×C float32 in 0..255 → uint8, rounded up or down by a fixed fine pattern.

    The mean over a few pixels keeps the fraction that plain rounding drops, so a slow gradient shows no
    steps; whole numbers stay exactly what they are. `first_row` continues the pattern when strips are rounded.
    """
    height, width = values.shape[:2]
    rows = (np.arange(first_row, first_row + height) % _TILE)[:, None]
    columns = (np.arange(width) % _TILE)[None, :]
    pattern = _interleaved_gradient_noise()[rows, columns][:, :, None]
    dithered: Pixels = np.clip(np.floor(values + pattern), 0, 255).astype(np.uint8)
    return dithered


@cache
def _interleaved_gradient_noise() -> NDArray[np.float32]:
    """Interleaved gradient noise (Jimenez, SIGGRAPH 2014): evenly spread over every 3×3 block, in (0, 1).

    noise = frac(52.9829189 · frac(0.06711056 x + 0.00583715 y)), kept off 0 and 1 so that whole numbers,
    whose float error is far below 1/500, never tip over.
    """
    y, x = np.mgrid[0:_TILE, 0:_TILE]
    noise = np.modf(52.9829189 * np.modf(0.06711056 * x + 0.00583715 * y)[0])[0]
    return np.asarray((0.002 + 0.996 * noise), np.float32)
