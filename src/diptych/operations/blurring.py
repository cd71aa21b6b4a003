"""Four blurs: gaussian, bokeh (a lens out of focus), motion, zoom. Each H×W×C float32 → the same shape.

They average, so they are given premultiplied pixels where there is alpha (`filters.blur` does that).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

Average = Callable[[Floats], Floats]

_LARGEST_SIGMA = 6.0
_LARGEST_DISC = 12


def gaussian(pixels: Floats, sigma: float) -> Floats:
    """Gaussian of standard deviation `sigma` pixels.

    A wide one is done on a smaller picture, where the same kernel has a sigma of 3..6: shrinking by area and
    enlarging again add blurs of their own, small beside that (measured: at most 0.5 levels of difference).
    """
    if sigma <= 0.05:
        return pixels
    shrink = _shrink(sigma, _LARGEST_SIGMA)
    small = _shrunk(pixels, shrink)
    # Box of width f before (variance (f²-1)/12) and linear interpolation after (variance f²/6) blur too.
    own = ((shrink * shrink - 1) / 12 + shrink * shrink / 6) if shrink > 1 else 0.0
    rest = math.sqrt(max(sigma * sigma - own, 0.01)) / shrink
    blurred = cv2.GaussianBlur(
        small, (0, 0), rest, borderType=cv2.BORDER_REFLECT_101 if min(small.shape[:2]) > 1 else cv2.BORDER_REPLICATE
    )
    return _enlarged(np.asarray(blurred, np.float32), pixels)


def bokeh(pixels: Floats, radius: float) -> Floats:
    """A disc of `radius` pixels in linear light, in which highlights weigh more.

    A sensor clips the sun in a wave at 255 although it is a hundred times brighter; weighting each pixel by
    1 + 15 Y^4 (Y its linear luminance) gives highlights back some of what was clipped, so that they
    open into discs instead of going grey.
    """
    if radius < 0.5:
        return pixels
    shrink = _shrink(radius, _LARGEST_DISC)
    small = _shrunk(pixels, shrink)
    linear = np.power(small[:, :, :3] * np.float32(1 / 255), np.float32(2.2))
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    weight = (1.0 + 15.0 * luminance**4)[:, :, None]
    planes = np.concatenate([linear * weight, small[:, :, 3:] * weight, weight], axis=2)
    border = cv2.BORDER_REFLECT_101 if min(small.shape[:2]) > 1 else cv2.BORDER_REPLICATE
    summed = cv2.filter2D(planes, -1, _disc(radius / shrink), borderType=border)
    mean = summed[:, :, :-1] / np.maximum(summed[:, :, -1:], 1e-6)
    mean[:, :, :3] = np.power(np.maximum(mean[:, :, :3], 0.0), np.float32(1 / 2.2)) * 255.0
    return _enlarged(np.asarray(mean, np.float32), pixels)


def motion(pixels: Floats, length: float) -> Floats:
    """Moved sideways by `length` pixels while the shutter was open."""
    size = max(round(length) | 1, 1)
    blurred = np.asarray(cv2.blur(pixels, (size, 1), borderType=cv2.BORDER_REPLICATE), np.float32)
    return blurred


def zoom(pixels: Floats, reach: float) -> Floats:
    """Zoomed in by the factor 1 + `reach` while the shutter was open: streaks towards the middle.

    Six doublings: averaging a picture with itself enlarged by 1 + reach/2, that with itself enlarged by
    1 + reach/4, … gives the mean of 64 enlargements for the price of six.
    """
    height, width = pixels.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    streaks = pixels
    for step in range(1, 7):
        scale = 1.0 + reach / 2**step
        matrix = cv2.getRotationMatrix2D(middle, 0, scale)
        larger = cv2.warpAffine(streaks, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        streaks = np.asarray(cv2.addWeighted(streaks, 0.5, larger.reshape(streaks.shape), 0.5, 0), np.float32)
    return streaks


def _shrink(size: float, largest: float) -> int:
    """The smallest power of two that brings `size` down to `largest`."""
    return int(2 ** max(math.ceil(math.log2(size / largest)), 0))


def _shrunk(pixels: Floats, shrink: int) -> Floats:
    if shrink == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(-(-width // shrink), 1), max(-(-height // shrink), 1))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    return small


def _enlarged(small: Floats, like: Floats) -> Floats:
    height, width, channels = like.shape
    if small.shape[:2] == (height, width):
        return small.reshape(like.shape)
    large = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return large.reshape(height, width, channels)


def _disc(radius: float) -> Floats:
    """Normalised disc with an antialiased edge."""
    reach = math.ceil(radius)
    offset = np.arange(-reach, reach + 1, dtype=np.float32)
    covered = np.clip(radius + 0.5 - np.hypot(offset[:, None], offset[None, :]), 0.0, 1.0)
    kernel: Floats = (covered / covered.sum()).astype(np.float32)
    return kernel
