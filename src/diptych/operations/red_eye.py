"""Red-eye: the flash lit the retina through the pupil. The pupil goes back to dark; its glint stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, TargetNotFound
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Change

_LARGEST, _SMALLEST = 0.03, 0.0025
"""Diameter of a pupil, as a share of the picture's shorter side."""


def calmed(picture: Picture, region: Region | None) -> Change:
    """Round red spots (inside the region, where one is given) get the mean of their green and blue.

    Raises TargetNotFound when there are none.
    """
    pupils = red_pupils(picture.rgb, None if region is None else region.mask > 0.5)
    if not pupils.any():
        raise TargetNotFound(
            Bilingual("No red eyes were found in the picture.", "画面中没有找到红眼。"),
            Bilingual(
                "Point at them: 'make the left eye darker', or give a region.",
                "请指明位置，例如“把左边的眼睛调暗”。",
            ),
        )
    edge = max(1.0, 0.001 * min(picture.width, picture.height))
    soft = Region(pupils.astype(np.float32), "red eyes").grow(round(2 * edge)).feather(edge)
    pixels = picture.pixels.copy()
    x0, y0, x1, y1 = soft.box
    view = pixels[y0:y1, x0:x1, :3].astype(np.float32)
    dark = 0.85 * view[:, :, 1:].mean(axis=2, keepdims=True)
    # Only red light is taken out: the glint, which is white, has as much green and blue as red.
    calm = np.minimum(view, dark + np.maximum(view[:, :, 1:].min(axis=2, keepdims=True) - 100.0, 0.0))
    pixels[y0:y1, x0:x1, :3] = np.rint(calm).astype(np.uint8)
    return Change(pixels, soft, "red-eye removal")


def red_pupils(rgb: NDArray[np.uint8], within: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """H×W bool: small round spots that are much redder than what surrounds them.

    Redness is R² / (G² + B² + 14) (Gaubatz and Ulichney, 2002): some 0.5 to 0.9 on skin, above 1.5 in a red pupil.
    """
    import cv2

    red, green, blue = (rgb[:, :, channel].astype(np.float32) for channel in range(3))
    redness = red**2 / (green**2 + blue**2 + 14.0)
    candidate = (redness > 1.5) & (red > 60)
    if within is not None:
        candidate &= within
    count, labels, stats, _ = cv2.connectedComponentsWithStats(candidate.astype(np.uint8), connectivity=8)
    shorter = min(rgb.shape[:2])
    found = np.zeros(rgb.shape[:2], bool)
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[label])
        size = max(width, height)
        is_round = min(width, height) > 0.6 * size and area > 0.5 * width * height
        if not (is_round and max(3.0, _SMALLEST * shorter) <= size <= _LARGEST * shorter):
            continue
        ring = np.s_[max(y - size, 0) : y + height + size, max(x - size, 0) : x + width + size]
        around = redness[ring][labels[ring] != label]
        if float(np.median(around)) < 0.5 * float(np.median(redness[labels == label])):
            found |= labels == label
    return np.asarray(cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0)
