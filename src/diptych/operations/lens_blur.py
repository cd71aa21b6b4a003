"""The background of a portrait taken with a wide aperture."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.operations.dither import round_dithered

Floats = NDArray[np.float32]

_LARGEST_DISC = 12
"""Radius in px at which the disc is convolved; larger ones on a picture reduced so far."""

_STRIP = 256


def lens_blur_around(pixels: Pixels, subject: Pixels, alpha: Floats, radius: float) -> Pixels:
    """H×W×3 uint8: what lies behind the subject, spread into discs of `radius` px as if the subject were not there.

    subject  H×W×3 uint8, its own colours (`cutout.foreground`)
    alpha    H×W in 0..1, how much of it shows

    A normalised convolution (Knutsson and Westin, 1993): each pixel is the disc's mean of the background B only,
    Σ w·B / Σ w with w = 1 - alpha and w·B = I - alpha·F. A plain blur would carry the subject's colours into a
    halo around it. In linear light, with bright pixels weighted by 1 + 15 Y⁴, since a lamp that clipped at 255 was
    far brighter than that.
    """
    height, width = pixels.shape[:2]
    shrink = max(1.0, radius / _LARGEST_DISC)
    size = (max(round(width / shrink), 1), max(round(height / shrink), 1))
    shown = np.rint(alpha * 255.0).astype(np.uint8)
    behind = np.uint8(255) - shown
    weighted = cv2.subtract(pixels, cv2.multiply(subject, cv2.merge([shown] * 3), scale=1 / 255))
    share = cv2.resize(behind, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    color = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA) / np.float32(255.0)
    color /= np.maximum(share, 1e-3)[:, :, None]
    # The rim of a mask is rarely exact: the pixels next to it have too much of the subject to be averaged.
    share = np.asarray(cv2.erode(share, np.ones((3, 3), np.uint8)), np.float32)
    small = _encoded(_disc_mean(np.asarray(np.power(np.minimum(color, 1.0), 2.2), np.float32), share, radius / shrink))
    result = np.empty_like(pixels)
    for top in range(0, height, _STRIP):
        rows = min(_STRIP, height - top)
        result[top : top + rows] = round_dithered(_enlarged(small, width, height, top, rows), top)
    return result


def _disc_mean(linear: Floats, share: Floats, radius: float) -> Floats:
    """Where the disc meets no background at all, deep inside the subject, the mean of a wide surrounding."""
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    weight = share * (1.0 + 15.0 * luminance**4)
    planes = np.dstack([linear * weight[:, :, None], weight])
    near = cv2.filter2D(planes, -1, _disc(radius), borderType=cv2.BORDER_REPLICATE)
    reach = 8 * math.ceil(radius) + 1
    far = cv2.blur(planes, (reach, reach), borderType=cv2.BORDER_REPLICATE)
    # The far mean takes over smoothly as the near one runs out of background.
    total = near + np.float32(0.002) * far + np.float32(1e-7)
    return np.asarray(total[:, :, :3] / total[:, :, 3:], np.float32)


def _encoded(linear: Floats) -> Floats:
    """Linear 0..1 → 0..255 with the plain power that `linear` was made with."""
    return np.asarray(np.power(np.clip(linear, 0.0, 1.0), 1 / 2.2) * 255.0, np.float32)


def _disc(radius: float) -> Floats:
    """Normalised, with an antialiased edge."""
    reach = math.ceil(radius)
    offset = np.arange(-reach, reach + 1, dtype=np.float32)
    covered = np.clip(radius + 0.5 - np.hypot(offset[:, None], offset[None, :]), 0.0, 1.0)
    return np.asarray(covered / covered.sum(), np.float32)


def _enlarged(small: Floats, width: int, height: int, top: int, rows: int) -> Floats:
    """Rows top.. of `small` enlarged to width × height, bilinear."""
    x = (np.arange(width, dtype=np.float32) + 0.5) * (small.shape[1] / width) - 0.5
    y = (np.arange(top, top + rows, dtype=np.float32) + 0.5) * (small.shape[0] / height) - 0.5
    grid_x, grid_y = np.meshgrid(x, y)
    enlarged = cv2.remap(small, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(enlarged, np.float32)
