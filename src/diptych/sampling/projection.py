"""Keeping a large picture true to the small one that it was made from: back-projection (Irani and Peleg, 1991)."""

from __future__ import annotations

import cv2
import numpy as np

ROUNDS = 12
"""Most corrections. The enlarged difference is smooth, so each brings it a good part of the way."""
AIM = 0.98
"""What each correction aims at, in times of the limit."""


def area_mean(large: np.ndarray, factor: int) -> np.ndarray:
    """H·factor × W·factor × C, any numbers → H×W×C float32: the mean of each factor × factor square."""
    height, width = (extent // factor for extent in large.shape[:2])
    if (height * factor, width * factor) != large.shape[:2]:
        raise ValueError(f"{large.shape[1]}×{large.shape[0]} pixels are no multiple of {factor}")
    return cv2.resize(large.astype(np.float32, copy=False), (width, height), interpolation=cv2.INTER_AREA)


def distance(large: np.ndarray, small: np.ndarray) -> float:
    """Mean absolute difference, in levels, of the area mean of `large` from `small`."""
    return float(np.abs(area_mean(large, len(large) // len(small)) - small).mean())


def project(large: np.ndarray, small: np.ndarray, limit: float) -> np.ndarray:
    """`large` (H·f × W·f × 3 float32, 0..255) changed as little as brings its area mean within `limit` levels of
    `small` (H×W×3), on average; uint8.

    All differences shrink alike, by as much as they have to: to cut the largest to a bound instead cost 0.8 dB, since
    these are where thin lines of the large picture lie between the pixels of the small one. Raises ValueError where
    `limit` isn't above 0 or the sizes don't fit.
    """
    if limit <= 0:
        raise ValueError(f"the limit is {limit}; it must be above 0")
    factor = len(large) // len(small)
    if large.shape[:2] != (factor * small.shape[0], factor * small.shape[1]):
        raise ValueError(f"{large.shape[:2]} is no multiple of {small.shape[:2]}")
    size = large.shape[1::-1]
    rounded = to_levels(large)
    for _ in range(ROUNDS):
        lacking = small - area_mean(rounded, factor)
        mean = float(np.abs(lacking).mean())
        if mean <= limit:
            break
        missing = cv2.resize(lacking * (1 - AIM * limit / mean), size, interpolation=cv2.INTER_CUBIC)
        large = np.clip(large + missing, 0, 255)
        rounded = to_levels(large)
    return rounded


def to_levels(large: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(large + 0.5, 0, 255), np.uint8)
