"""Premultiplied alpha: the only form in which pixels may be averaged.

Averaging straight colours lets the (meaningless) colour under transparent pixels bleed into visible ones;
premultiplied, each pixel weighs as much as it shows (Porter & Duff, 1984).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

Floats = NDArray[np.float32]
AnyPixels = NDArray[np.integer[Any] | np.floating[Any]]
"""H×W×C, uint8 straight or float32 premultiplied."""


def premultiply(pixels: Pixels) -> Floats:
    """H×W×4 uint8 straight → H×W×4 float32, colour times alpha, all in 0..255."""
    alpha = cv2.cvtColor(np.ascontiguousarray(pixels[:, :, 3]), cv2.COLOR_GRAY2RGB)
    color = cv2.multiply(np.ascontiguousarray(pixels[:, :, :3]), alpha, scale=1 / 255, dtype=cv2.CV_32F)
    return np.dstack([color, pixels[:, :, 3].astype(np.float32)])


def unpremultiply(pixels: Floats) -> Pixels:
    """H×W×4 float32 premultiplied (0..255) → H×W×4 uint8 straight; black where nothing shows."""
    alpha = np.clip(pixels[:, :, 3:], 0.0, 255.0)
    color = pixels[:, :, :3] * (255.0 / np.maximum(alpha, 1e-3))
    straight = np.dstack([np.where(alpha >= 0.5, color, 0.0), alpha])
    rounded: Pixels = np.rint(np.clip(straight, 0.0, 255.0)).astype(np.uint8)
    return rounded


def resampled(pixels: Pixels, resample: Callable[[AnyPixels], AnyPixels]) -> Pixels:
    """`pixels` through `resample`, which may move and average them: directly for RGB, premultiplied for RGBA.

    `resample` takes H×W×C uint8 or float32 and returns the same dtype, of any size.
    """
    if pixels.shape[2] == 3:
        return np.ascontiguousarray(resample(pixels), dtype=np.uint8)
    return unpremultiply(np.asarray(resample(premultiply(pixels)), dtype=np.float32))
