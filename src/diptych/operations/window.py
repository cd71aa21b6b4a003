"""Working in a window: an operation on a region computes the region's box and a margin, not the whole frame."""

from __future__ import annotations

from collections.abc import Callable

from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.operations.change import Pixels


def widened(box: Box, margin: int, width: int, height: int) -> Box:
    """`box` (x0, y0, x1, y1) with `margin` pixels more on each side, inside a frame of width × height."""
    x0, y0, x1, y1 = box
    return (max(x0 - margin, 0), max(y0 - margin, 0), min(x1 + margin, width), min(y1 + margin, height))


def in_window(
    picture: Picture, region: Region | None, margin: int, work: Callable[[Pixels], Pixels], grid: int = 1
) -> Pixels:
    """The picture's pixels with the region's box (None: the whole frame) replaced by what `work` makes of it.

    `work` sees the box with `margin` pixels around it, as far as the frame reaches (a filter's support), as
    H×W×C uint8, and returns the same shape; the margin of its result is dropped. What it sees begins at multiples of
    `grid`.
    """
    if region is None:
        return work(picture.pixels)
    pixels: Pixels = picture.pixels.copy()
    if region.is_empty:
        return pixels
    x0, y0, x1, y1 = region.box
    left, top, right, bottom = widened(region.box, margin, picture.width, picture.height)
    left, top = left // grid * grid, top // grid * grid
    result = work(picture.pixels[top:bottom, left:right])
    pixels[y0:y1, x0:x1] = result[y0 - top : y1 - top, x0 - left : x1 - left]
    return pixels


def with_color(pixels: Pixels, work: Callable[[Pixels], Pixels]) -> Pixels:
    """`work` on the H×W×3 colours; alpha, where there is one, stays as it is."""
    import numpy as np

    if pixels.shape[2] == 3:
        return work(pixels)
    color = work(np.ascontiguousarray(pixels[:, :, :3]))
    return np.dstack([color, pixels[:, :, 3]])
