"""Pixels at another size, and the limit on how large a result may become."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.operations.change import Pixels
from diptych.operations.premultiplied import AnyPixels, resampled

MAX_PIXELS = 300_000_000
"""Largest result, in pixels: as large as the largest source that is read (1.2 GB as RGBA)."""


def check_size(width: int, height: int) -> None:
    """Raises Unsupported when a result of width × height would be larger than MAX_PIXELS."""
    if width * height <= MAX_PIXELS:
        return
    megapixels = width * height / 1e6
    raise Unsupported(
        Bilingual(
            f"The result would be {width}x{height} pixels ({megapixels:.0f} megapixels).",
            f"结果将是 {width}x{height} 像素（{megapixels:.0f} 百万像素）。",
        ),
        Bilingual(
            f"Ask for at most {MAX_PIXELS // 1_000_000} megapixels.",
            f"请把尺寸控制在 {MAX_PIXELS // 1_000_000} 百万像素以内。",
        ),
    )


def resize_pixels(pixels: Pixels, width: int, height: int) -> Pixels:
    """H×W×C → height×width×C: pixel-area averaging where a side shrinks, Lanczos (8 taps) where it grows.

    Works on the encoded sRGB values, as nearly all editors do (linear light would be truer for down-scaled
    fine patterns but rings visibly in enlargements); alpha is premultiplied. Raises Unsupported above MAX_PIXELS.
    """
    check_size(width, height)
    old_height, old_width = pixels.shape[:2]
    if (width, height) == (old_width, old_height):
        return np.array(pixels, np.uint8)

    def resample(source: AnyPixels) -> AnyPixels:
        # One side at a time where they differ: INTER_AREA enlarges like nearest neighbour.
        shrunk = (min(width, old_width), min(height, old_height))
        if shrunk != (old_width, old_height):
            source = cv2.resize(source, shrunk, interpolation=cv2.INTER_AREA)
        if shrunk != (width, height):
            source = cv2.resize(source, (width, height), interpolation=cv2.INTER_LANCZOS4)
        return source

    return resampled(pixels, resample)
