"""Taking things away: the hole that a thing leaves is filled; what is not a thing has a treatment of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from diptych.core.errors import Bilingual, TargetNotFound
from diptych.core.operation import Dehaze, Denoise, Remove, Sharpness, Vignette
from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.inpaint import Method, engine, fill
from diptych.operations.rim import with_rim
from diptych.runtime import Weights, shipped

Treatment = Callable[[Picture, Remove, Region | None, Context], Change]

_GROWTH = 0.008
"""How far a hole reaches beyond its region, as a share of the shorter side: masks are rarely generous, and a rim of
the thing left standing would be continued inwards by the filling."""


_RIM, _RIM_OF_THING = 0.03, 0.3
"""How far from the mask its rim may be: a share of the picture's shorter side, and of the thing's."""


def emptied(
    picture: Picture,
    region: Region,
    frame: tuple[int, int] | None = None,
    *,
    weights: Weights | None = None,
    method: Method = "learned",
) -> tuple[Pixels, Region]:
    """(pixels with the region, its rim and a little more filled, what was filled as a hard region).

    Where the picture is transparent around the thing, so is what takes its place. `frame` (height, width) is that of
    the picture of which `picture` is a window, None where it is no window. `weights`, `method`: as `inpaint.fill` takes
    them.
    """
    import cv2

    shorter = min(frame or (picture.height, picture.width))
    growth = 2 + round(_GROWTH * shorter)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * growth + 1, 2 * growth + 1))
    mask = region.mask > 0.05
    x0, y0, x1, y1 = region.box
    reach = max(min(_RIM * shorter, _RIM_OF_THING * min(x1 - x0, y1 - y0)), 3.0)
    hole = cv2.dilate(with_rim(picture.rgb, mask, reach).astype(np.uint8), disc) > 0
    if hole.all():
        hole = cv2.dilate(mask.astype(np.uint8), disc) > 0
    filled = fill(np.ascontiguousarray(picture.rgb), hole, weights=weights, method=method)
    if picture.alpha is not None:
        alpha = picture.alpha
        if (alpha[hole] < 255).any() or (alpha[~hole] < 255).any():
            alpha = fill(np.dstack([alpha] * 3), hole, method="classical")[:, :, 0]
        filled = np.dstack([filled, alpha])
    return filled, Region(hole.astype(np.float32), region.label, region.score)


def without(picture: Picture, region: Region, weights: Weights | None = None, method: Method = "learned") -> Change:
    """The picture without what the region shows. A small thing on a large picture is worked on in a window."""
    weights = weights or shipped()
    window = _surroundings(picture, region)
    if window is None:
        filled, hole = emptied(picture, region, weights=weights, method=method)
        return Change(filled, hole, engine(weights, method))
    left, top, right, bottom = window
    x0, y0, _, _ = region.box
    inner = Region.within(region.patch, x0 - left, y0 - top, bottom - top, right - left, region.label, region.score)
    part = picture.with_pixels(np.ascontiguousarray(picture.pixels[top:bottom, left:right]))
    filled, hole = emptied(part, inner, (picture.height, picture.width), weights=weights, method=method)
    x0, y0, _, _ = hole.box
    frame = (picture.height, picture.width)
    touched = Region.within(hole.patch, left + x0, top + y0, *frame, region.label, region.score)
    return Change(filled, touched, engine(weights, method), window=window)


def _surroundings(picture: Picture, region: Region) -> Box | None:
    """The box with room for the thing, its rim and the texture that `inpaint` looks at first; None: all of it."""
    x0, y0, x1, y1 = region.box
    room = round(3.5 * max(x1 - x0, y1 - y0)) + round(0.05 * min(picture.width, picture.height)) + 32
    box = (max(x0 - room, 0), max(y0 - room, 0), min(x1 + room, picture.width), min(y1 + room, picture.height))
    covers = (box[2] - box[0]) * (box[3] - box[1]) > 0.6 * picture.width * picture.height
    return None if covers else box


# ---- what is no thing ----------------------------------------------------------------------------------


def _clear_haze(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.filters import dehaze

    return dehaze(picture, Dehaze(target=operation.target, strength=0.85), region, context)


def _clear_noise(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.filters import denoise

    return denoise(picture, Denoise(target=operation.target), region, context)


def _clear_blur(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.filters import sharpness

    return sharpness(picture, Sharpness(target=operation.target, amount=0.7), region, context)


def _clear_vignette(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.filters import vignette

    return vignette(picture, Vignette(target=operation.target, amount=-0.4), region, context)


def _clear_red_eye(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.red_eye import calmed

    return calmed(picture, region)


def _clear_scratches(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.restoring import without_scratches

    if context.mask is not None and region is not None:
        return without(picture, region, context.weights, operation.fill)
    return without_scratches(picture, region, context, operation.fill)


def _clear_compression(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    from diptych.operations.filters import denoise

    return denoise(picture, Denoise(target=operation.target, kind="compression"), region, context)


def _trim_border(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    """Cut off rows and columns of one plain colour along the frame's sides."""
    x0, y0, x1, y1 = plain_border(picture.pixels)
    if (x1 - x0, y1 - y0) == (picture.width, picture.height):
        raise TargetNotFound(
            Bilingual("The picture has no plain border to remove.", "画面四周没有纯色边框可去除。"),
            Bilingual("Crop it instead: 'crop 5% off each side'.", "可以改用裁剪，例如“四边各裁掉5%”。"),
        )
    return Change(np.ascontiguousarray(picture.pixels[y0:y1, x0:x1]), engine="border trim")


def plain_border(pixels: Pixels) -> tuple[int, int, int, int]:
    """Box (x0, y0, x1, y1) inside the border: rows and columns whose levels all stay within 12 of the frame's corner.

    A side is given up at a third of the picture, which is no border any more.
    """
    height, width = pixels.shape[:2]
    edges = []
    for axis, length in ((0, height), (1, width)):
        lines = pixels if axis == 0 else pixels.swapaxes(0, 1)
        near = _plain_run(lines, range(length // 3))
        far = _plain_run(lines, range(length - 1, length - 1 - length // 3, -1))
        edges.append((near, length - far))
    (y0, y1), (x0, x1) = edges
    return x0, y0, x1, y1


def _plain_run(lines: Pixels, order: range) -> int:
    """How many lines, in this order, are of the first one's colour; 0 when they never end."""
    color = lines[order[0], 0].astype(np.int16) if len(order) else None
    for count, number in enumerate(order):
        if (np.abs(lines[number].astype(np.int16) - color) > 12).any():
            return count
    return 0


TREATMENTS: Mapping[str, Treatment] = {
    "haze": _clear_haze,
    "fog": _clear_haze,
    "noise": _clear_noise,
    "grain": _clear_noise,
    "hot pixel": _clear_noise,
    "artifact": _clear_compression,
    "scratch": _clear_scratches,
    "blur": _clear_blur,
    "vignette": _clear_vignette,
    "red-eye": _clear_red_eye,
    "border": _trim_border,
    "frame": _trim_border,
}
"""Canonical noun of the target → what removing it means. These need no region; a given one limits them."""
