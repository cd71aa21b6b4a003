"""MATLAB's bicubic `imresize`, to the byte: what the small pictures of super-resolution's benchmarks are made with."""

from __future__ import annotations

import numpy as np


def imresize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """H×W×C uint8 → height×width×C uint8 by Keys' kernel (a = -1/2), widened where a side shrinks (antialiasing).

    As it was when the benchmarks were made: rows are resized first and rounded to bytes, then columns; beyond the
    border the outermost pixels repeat. On the pairs of Set5 and Set14 it gives the small pictures without a difference.
    """
    rows = _resized(picture, height)
    return _resized(rows.swapaxes(0, 1), width).swapaxes(0, 1)


def _resized(picture: np.ndarray, length: int) -> np.ndarray:
    """Along the first axis."""
    old = picture.shape[0]
    shrink = min(length / old, 1.0)
    reach = 2.0 / shrink
    centers = (np.arange(length) + 0.5) * old / length - 0.5
    places = np.floor(centers - reach).astype(int)[:, None] + 1 + np.arange(int(np.ceil(2 * reach)) + 1)
    weights = _keys(shrink * (centers[:, None] - places))
    weights /= weights.sum(1, keepdims=True)
    places = places.clip(0, old - 1)
    levels = np.zeros((length, *picture.shape[1:]))
    for number in range(places.shape[1]):
        levels += weights[:, number, None, None] * picture[places[:, number]]
    return np.floor(levels.clip(0, 255) + 0.5).astype(np.uint8)


def _keys(x: np.ndarray) -> np.ndarray:
    """Keys, 1981: two cubics, zero from 2 on."""
    x = np.abs(x)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))
