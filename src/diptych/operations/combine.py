"""Two pictures in one: side by side, one above the other, in a grid, blended, or the cut-out of one in the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan
from diptych.core.operation import Combine
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.background import cover, kept_subject, scene_pixels
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.cutout import cut_out, paste
from diptych.operations.placing import anchored
from diptych.operations.resampling import check_size, resize_pixels

_LARGEST_SHARE = 0.85
"""How much of the other picture's height or width a pasted thing may take."""

_LARGEST_ENLARGEMENT = 2.5
"""A small thing stays small in a large picture rather than turn to mush."""


def combine(picture: Picture, operation: Combine, region: Region | None, context: Context) -> Change:
    """This picture (or the target in it) with another: a file, or a scene that has a formula.

    into     the target (else the main subject) is cut out and stands on the other picture's lower edge
    beside   this one left, the other right, heights matched
    above    this one above, widths matched
    grid     beside or above, whichever comes nearer to a square
    blend    half of each, the other one scaled to cover this one's frame
    Raises InvalidPicture when the file can't be read, Unsupported for scenes that take a painter, InvalidPlan when
    there is no second picture.
    """
    other = _other(picture, operation, context)
    if operation.layout == "into":
        return _into(picture, other, region, context)
    return _LAYOUTS[operation.layout](picture, other)


def _other(picture: Picture, operation: Combine, context: Context) -> Pixels:
    if operation.picture is not None:
        return Picture.open(context.folder / operation.picture).pixels
    if operation.scene is not None:
        return scene_pixels(operation.scene, picture.width, picture.height, context)
    raise InvalidPlan(
        Bilingual("The second picture isn't named.", "没有说明与哪张图片合成。"),
        Bilingual(
            "Name its file: 'put the dog into \"beach.jpg\"'.",
            "请写出文件名，例如“把狗合成到‘beach.jpg’里”。",
        ),
    )


def _into(picture: Picture, other: Pixels, region: Region | None, context: Context) -> Change:
    kept = kept_subject(picture, region, context)
    thing = cut_out(picture, kept)
    height, width = other.shape[:2]
    scale = min(_LARGEST_SHARE * height / thing.size[1], _LARGEST_SHARE * width / thing.size[0], _LARGEST_ENLARGEMENT)
    # What the first picture's lower edge cut off must stand on the new one's.
    cut_below = kept.box[3] == picture.height
    fitted = thing.resized(round(thing.size[0] * scale), round(thing.size[1] * scale))
    x, y = anchored("bottom", fitted.size, (width, height))
    pixels = other.copy()
    paste(pixels, fitted.pixels, x, height - fitted.size[1] if cut_below else y)
    return Change(pixels, engine="cut and paste")


def _beside(picture: Picture, other: Pixels) -> Change:
    height = picture.height
    scaled = _sized(other, round(other.shape[1] * height / other.shape[0]), height)
    return Change(_joined(picture.pixels, scaled, axis=1), engine="side by side")


def _above(picture: Picture, other: Pixels) -> Change:
    width = picture.width
    scaled = _sized(other, width, round(other.shape[0] * width / other.shape[1]))
    return Change(_joined(picture.pixels, scaled, axis=0), engine="one above the other")


def _grid(picture: Picture, other: Pixels) -> Change:
    aspect = picture.width / picture.height
    other_aspect = other.shape[1] / other.shape[0]
    side_by_side = aspect + other_aspect
    stacked = 1.0 / (1.0 / aspect + 1.0 / other_aspect)
    is_wide = abs(np.log(side_by_side)) <= abs(np.log(stacked))
    return _beside(picture, other) if is_wide else _above(picture, other)


def _blend(picture: Picture, other: Pixels) -> Change:
    covered = cover(other, picture.width, picture.height)
    pixels = picture.pixels.copy()
    mean = (picture.rgb.astype(np.uint16) + covered + 1) // 2
    pixels[:, :, :3] = mean.astype(np.uint8)
    return Change(pixels, engine="blend")


_LAYOUTS: Mapping[str, Callable[[Picture, Pixels], Change]] = {
    "beside": _beside,
    "above": _above,
    "grid": _grid,
    "blend": _blend,
}


def _sized(pixels: Pixels, width: int, height: int) -> Pixels:
    return resize_pixels(pixels, max(width, 1), max(height, 1))


def _joined(first: Pixels, second: Pixels, axis: int) -> Pixels:
    """Both along an axis; with alpha where either has it."""
    along = [pixels.shape[axis] for pixels in (first, second)]
    across = first.shape[1 - axis]
    check_size(sum(along), across)
    if first.shape[2] != second.shape[2]:
        first, second = (_opaque(pixels) if pixels.shape[2] == 3 else pixels for pixels in (first, second))
    return np.concatenate([first, second], axis=axis)


def _opaque(pixels: Pixels) -> Pixels:
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
