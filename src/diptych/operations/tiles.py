"""A picture worked on in tiles that overlap, so that its size costs time, not memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diptych.operations.change import Pixels


def tiled(
    pixels: Pixels, work: Callable[[Pixels], Pixels], *, side: int, reach: int, factor: int = 1, stride: int = 1
) -> Pixels:
    """H×W×3 uint8 → factor·H × factor·W × 3 uint8, what `work` makes of the whole, made tile by tile.

    work     h×w×3 → factor·h × factor·w × 3; an output pixel may depend on source pixels up to `reach` away. Then the
             result equals that of the whole, to the byte: a tile is seen with `reach` pixels around it, as far as the
             picture goes, and the frame lies where it lies.
    side     pixels of a tile's side, without what it overlaps
    stride   tiles, and what is seen of them, begin at multiples of it
    """
    height, width = pixels.shape[:2]
    margin = -(-reach // stride) * stride
    step = max(side // stride, 1) * stride
    if height <= step + margin and width <= step + margin:
        return work(pixels)
    result = np.empty((factor * height, factor * width, 3), np.uint8)
    for y in range(0, height, step):
        for x in range(0, width, step):
            top, left = max(y - margin, 0), max(x - margin, 0)
            bottom, right = min(y + step, height), min(x + step, width)
            seen = pixels[top : min(bottom + margin, height), left : min(right + margin, width)]
            made = work(np.ascontiguousarray(seen))
            result[factor * y : factor * bottom, factor * x : factor * right] = made[
                factor * (y - top) : factor * (bottom - top), factor * (x - left) : factor * (right - left)
            ]
    return result
