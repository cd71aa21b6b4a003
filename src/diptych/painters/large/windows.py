"""The part of a picture that a model sees, and the size that it sees it at.

Models were trained at one size. What is to be painted is seen with its surroundings, at the number of pixels that the
model knows; the result is brought back to the picture's own size. Large pictures are enlarged in tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Box

Pixels = NDArray[np.uint8]

_AROUND = 0.5
"""How much of a region's longer side is seen around it: what is put in must fit its surroundings."""


@dataclass(frozen=True)
class Window:
    """`box` (x0, y0, x1, y1) of the picture, seen at `width` × `height`."""

    box: Box
    width: int
    height: int


def window_around(region: Box | None, frame: tuple[int, int], side: int, multiple: int) -> Window:
    """What a model that knows side × side pixels sees of a picture (`frame` is height, width) for a region's box; the
    whole picture for None. Sides of the working size are multiples of `multiple`."""
    height, width = frame
    if region is None:
        box = (0, 0, width, height)
    else:
        x0, y0, x1, y1 = region
        around = max(x1 - x0, y1 - y0) * _AROUND
        least = min(side, width, height)  # a small thing is seen at least at the picture's own size
        x0, x1 = _stretch(x0 - around, x1 + around, least, width)
        y0, y1 = _stretch(y0 - around, y1 + around, least, height)
        box = (x0, y0, x1, y1)
    return Window(box, *working_size(box[2] - box[0], box[3] - box[1], side, multiple))


def _stretch(start: float, end: float, least: int, limit: int) -> tuple[int, int]:
    """start..end widened about its middle to `least` and moved to lie within 0..limit."""
    lacking = max(least - (end - start), 0.0)
    first, length = round(start - lacking / 2), min(round(end - start + lacking), limit)
    first = min(max(first, 0), limit - length)
    return first, first + length


def working_size(width: int, height: int, side: int, multiple: int) -> tuple[int, int]:
    """(width, height) of about side² pixels in the shape of width × height, in multiples of `multiple`."""
    scale = side / (width * height) ** 0.5
    return (
        max(round(width * scale / multiple), 1) * multiple,
        max(round(height * scale / multiple), 1) * multiple,
    )


def enlarged(pixels: Pixels, factor: int, tile: int, overlap: int, paint: Callable[[Pixels, int], Pixels]) -> Pixels:
    """H×W×3 uint8 → H·factor × W·factor × 3, by `paint` (tile, its number → the tile enlarged).

    Tiles overlap, and in the overlap one fades into the next.
    """
    height, width = pixels.shape[:2]
    total = np.zeros((height * factor, width * factor, 3), np.float32)
    weight = np.zeros((height * factor, width * factor, 1), np.float32)
    for number, (x, y) in enumerate(_corners(width, height, tile, overlap)):
        part = pixels[y : y + tile, x : x + tile]
        share = _fading(part.shape[0] * factor, overlap * factor)[:, None] * _fading(
            part.shape[1] * factor, overlap * factor
        )
        place = np.s_[y * factor : (y + part.shape[0]) * factor, x * factor : (x + part.shape[1]) * factor]
        total[place] += paint(part, number) * share[:, :, None]
        weight[place] += share[:, :, None]
    return np.asarray(np.rint(total / weight), np.uint8)


def _corners(width: int, height: int, tile: int, overlap: int) -> Iterator[tuple[int, int]]:
    for y in _starts(height, tile, overlap):
        for x in _starts(width, tile, overlap):
            yield x, y


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    if length <= tile:
        return [0]
    return [*range(0, length - tile, tile - overlap), length - tile]


def _fading(length: int, overlap: int) -> NDArray[np.float32]:
    """1 in the middle, falling towards both ends over `overlap`, nowhere 0."""
    distance = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1.0
    return np.asarray(np.minimum(distance / max(overlap, 1), 1.0), np.float32)
