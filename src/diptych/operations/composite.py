"""Compositing: new pixels go in where a region lets them, and what differs is counted.

    mask 0   bytes of before, copied
    mask 1   bytes of after, copied
    between  mixed by the mask: colours directly where both alphas agree, premultiplied where they differ

Nothing that an operation computes can reach a pixel whose mask is 0, so "outside is byte-identical" holds by
construction; `changed_pixels` counts it all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Region
from diptych.operations.fuse import in_strips
from diptych.operations.window import widened

if TYPE_CHECKING:
    from diptych.operations.change import Pixels

# A mask value that moves no 8-bit value by half a level is none, and so is the lack of it.
NEGLIGIBLE = 1.0 / 512.0


def settle_edges(region: Region) -> Region:
    """Mask values too small to show become 0, those too near 1 become 1: the box gets tight, copies exact."""
    if region.is_empty:
        return region
    settled = _settled(region.patch.copy())
    if np.array_equal(settled, region.patch):
        return region
    x0, y0, _, _ = region.box
    return Region.within(settled, x0, y0, region.height, region.width, region.label, region.score)


def soften(region: Region) -> Region:
    """The region with an edge that does not show, as wide as 1/100 of the shorter side, 3 pixels at least.

    Two box filters make it a smooth ramp; they cost the same for any width. Works within the box and their reach.
    A region of the whole frame stays as it is.
    """
    import cv2

    if region.is_empty:
        return region
    reach = max(1, round(0.0025 * min(region.height, region.width)))
    x0, y0, x1, y1 = widened(region.box, 4 * reach, region.width, region.height)
    size = (2 * reach + 1, 2 * reach + 1)
    soft = region.mask[y0:y1, x0:x1]
    for _ in range(2):
        soft = np.asarray(cv2.boxFilter(soft, -1, size, borderType=cv2.BORDER_REPLICATE), np.float32)
    return Region.within(_settled(soft), x0, y0, region.height, region.width, region.label, region.score)


def composite(before: Pixels, after: Pixels, region: Region) -> Pixels:
    """`after` over `before` (H×W×3 or 4 uint8, straight alpha) where `region` is; new array.

    Where only one of them has alpha, the other counts as opaque.
    """
    x0, y0, x1, y1 = region.box
    return composite_box(before, after[y0:y1, x0:x1], region)


def composite_box(before: Pixels, new: Pixels, region: Region, *, in_place: bool = False) -> Pixels:
    """As `composite`, with the new pixels given only for the region's box. `in_place` writes into `before`."""
    if region.is_empty:
        return before if in_place else before.copy()
    if new.shape[2] == 4:
        before = with_alpha(before)
    elif before.shape[2] == 4:
        new = with_alpha(new)
    x0, y0, x1, y1 = region.box
    out: Pixels = before if in_place else before.copy()
    inner, mask = out[y0:y1, x0:x1], region.patch

    def blend(rows: slice) -> None:
        inner[rows] = _blended(inner[rows], new[rows], mask[rows])

    in_strips(blend, y1 - y0, max(1, x1 - x0))
    return out


def changed_pixels(before: Pixels, after: Pixels, region: Region | None = None) -> tuple[int, int]:
    """How many pixels differ (in any channel) inside the region (mask > 0) and outside it; None is everywhere."""
    import cv2

    if before.shape[2] != after.shape[2]:
        before, after = with_alpha(before), with_alpha(after)
    counts: list[tuple[int, int]] = []

    def count(rows: slice) -> None:
        differs = differing(before[rows], after[rows])
        total = cv2.countNonZero(differs)
        if region is None or not total:
            counts.append((total, 0))
            return
        outside = cv2.countNonZero(differs[region.mask[rows] == 0.0])
        counts.append((total - outside, outside))

    in_strips(count, before.shape[0], before.shape[1])
    return sum(inside for inside, _ in counts), sum(outside for _, outside in counts)


def count_differing(before: Pixels, after: Pixels) -> int:
    """How many pixels differ in any channel."""
    import cv2

    if before.size == 0:
        return 0
    if before.shape[2] != after.shape[2]:
        before, after = with_alpha(before), with_alpha(after)
    return int(cv2.countNonZero(differing(before, after)))


def differing(before: Pixels, after: Pixels) -> NDArray[np.uint8]:
    """H×W uint8, above 0 where the pixels differ in any channel."""
    import cv2

    return _any_channel(np.asarray(cv2.compare(before, after, cv2.CMP_NE), np.uint8))


def _any_channel(differs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """H×W×C of 0 and 255 → H×W, above 0 where any channel is. Every weight of a grey conversion is above 1/255."""
    import cv2

    rgb = np.asarray(cv2.cvtColor(differs[:, :, :3], cv2.COLOR_RGB2GRAY), np.uint8)
    return np.bitwise_or(rgb, differs[:, :, 3]) if differs.shape[2] == 4 else rgb


def with_alpha(pixels: Pixels) -> Pixels:
    """H×W×4; opaque where there was no alpha."""
    import cv2

    return pixels if pixels.shape[2] == 4 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), np.uint8)


def _settled(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """In place."""
    mask[mask < NEGLIGIBLE] = 0.0
    mask[mask > 1.0 - NEGLIGIBLE] = 1.0
    return mask


def _blended(before: Pixels, after: Pixels, mask: NDArray[np.float32]) -> Pixels:
    import cv2

    before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
    mixed = np.asarray(cv2.blendLinear(after, before, mask, 1.0 - mask), np.uint8)
    if before.shape[2] == 4:
        translucent = (mask > 0) & (mask < 1) & (before[:, :, 3] != after[:, :, 3])
        if translucent.any():
            mixed[translucent] = _premultiplied(before[translucent], after[translucent], mask[translucent])
    cv2.copyTo(before, (mask == 0.0).view(np.uint8), mixed)
    cv2.copyTo(after, (mask == 1.0).view(np.uint8), mixed)
    return mixed


def _premultiplied(before: Pixels, after: Pixels, mask: NDArray[np.float32]) -> Pixels:
    """(N, 4) straight alpha: α = (1 - m)·α₀ + m·α₁, colour = ((1 - m)·α₀·c₀ + m·α₁·c₁) / α."""
    weight_before = (1.0 - mask)[:, None] * before[:, 3:]
    weight_after = mask[:, None] * after[:, 3:]
    alpha = weight_before + weight_after
    color = (weight_before * before[:, :3] + weight_after * after[:, :3]) / np.maximum(alpha, 1e-6)
    return np.asarray(np.rint(np.concatenate([color, alpha], axis=1)), np.uint8)
