"""The border that a picture has: bars or a frame of one colour along its sides, as scans and prints have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Region

TOLERANCE = 14
"""8-bit levels that JPEG noise may move a border's pixels from its colour."""

WIDEST = 0.4
"""Share of the frame beyond which a plain strip is a background, not a border."""


def border_region(rgb: NDArray[np.uint8]) -> Region | None:
    """H×W×3 uint8 → the even strips along two sides and more, hard-edged, or None.

    A row or column belongs to the border while 98 % of it is within TOLERANCE of the outermost one's median colour.
    """
    height, width = rgb.shape[:2]
    top, bottom = _strip(rgb), _strip(rgb[::-1])
    across = rgb[top : height - bottom].swapaxes(0, 1)  # never empty: a strip is at most WIDEST of the height
    left, right = _strip(across), _strip(across[::-1])
    if sum(strip > 0 for strip in (top, bottom, left, right)) < 2:
        return None
    mask = np.ones((height, width), np.float32)
    mask[top : height - bottom, left : width - right] = 0.0
    return Region(mask, "border", 0.9)


def _strip(rows: NDArray[np.uint8]) -> int:
    """How many of the first rows have the colour of the very first."""
    color = np.median(rows[0], axis=0).astype(np.int16)
    for index in range(int(WIDEST * len(rows)) + 1):
        same = np.abs(rows[index].astype(np.int16) - color).max(axis=1) <= TOLERANCE
        if float(same.mean()) < 0.98:
            return index
    # No end to it: plain all the way in, so this side has a background and not a border.
    return 0
