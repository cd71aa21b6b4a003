"""Moving, scaling and copying what a region shows: cut out, close the gap behind it, paste."""

from __future__ import annotations

import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported
from diptych.core.operation import Duplicate, Move, Scale
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.cutout import Cutout, cut_out, paste
from diptych.operations.grounding import ground
from diptych.operations.inpaint import Method, engine
from diptych.operations.placing import Point, anchored, beside, inside, row_beside
from diptych.operations.removal import emptied

_STEP = 0.1
"""How far a direction without a distance goes, as a share of the shorter side."""

_SMALLEST_COPY = 0.35


def moved(picture: Picture, operation: Move, region: Region, context: Context) -> Change:
    """The thing at its new place, and what was behind it filled in."""
    thing = cut_out(picture, region)
    return _pasted(picture, region, thing, _goal(picture, operation, region, context), context, operation.fill)


def scaled(picture: Picture, operation: Scale, region: Region, context: Context) -> Change:
    """Larger or smaller about the middle of its foot: things stand on something.

    A thing that the frame cuts off stays at that side, so that the cut never shows; one that would grow out of
    the frame moves in as far as it can, its top first.
    """
    x0, y0, x1, y1 = region.box
    thing = cut_out(picture, region)
    width, height = round(thing.size[0] * operation.factor), round(thing.size[1] * operation.factor)
    x, y = (x0 + x1 - width) // 2, y1 - height
    if (x0 == 0) != (x1 == picture.width):
        x = 0 if x0 == 0 else x1 - width
    if y0 == 0 and y1 < picture.height:
        y = 0
    corner = inside((x, y), (width, height), (picture.width, picture.height))
    return _pasted(picture, region, thing.resized(width, height), corner, context, operation.fill)


def duplicated(picture: Picture, operation: Duplicate, region: Region) -> Change:
    """Copies beside the thing (or from `place` on); smaller ones when the frame has no room for full ones."""
    thing = cut_out(picture, region)
    frame = (picture.width, picture.height)
    count, scale = operation.count, 1.0
    corners: list[Point] | None = None
    while corners is None and scale >= _SMALLEST_COPY:
        width, height = (max(round(side * scale), 1) for side in thing.size)
        if operation.place is None:
            corners = row_beside(region.box, (width, height), count, frame)
        else:
            x, y = anchored(operation.place, (width, height), frame)
            others = row_beside((x, y, x + width, y + height), (width, height), count - 1, frame)
            corners = None if others is None else [(x, y), *others]
        scale *= 0.85
    if corners is None:
        raise Unsupported(
            Bilingual(
                f"There is no room for {count} more of this beside it.",
                f"画面里放不下另外 {count} 个副本。",
            ),
            Bilingual("Ask for fewer copies, or make it smaller first.", "请减少份数，或先把它缩小。"),
        )
    copy = thing if (width, height) == thing.size else thing.resized(width, height)
    pixels = picture.pixels.copy()
    touched = np.zeros(pixels.shape[:2], np.float32)
    for x, y in corners:
        np.maximum(touched, paste(pixels, copy.pixels, x, y), out=touched)
    return Change(pixels, _hard(touched, region.label), "cut and paste")


def _goal(picture: Picture, operation: Move, region: Region, context: Context) -> Point:
    """The thing's new top left corner."""
    x0, y0, x1, y1 = region.box
    size, frame = (x1 - x0, y1 - y0), (picture.width, picture.height)
    if operation.to is not None:
        goal, _ = ground(picture, operation.to, context)
        kind = operation.to.relation.kind if operation.to.relation else "on"
        return beside(kind, size, goal.box, frame)
    if operation.place is not None:
        return anchored(operation.place, size, frame)
    if operation.direction is None:
        raise InvalidPlan(
            Bilingual("The move says neither a direction nor a place.", "移动没有说明方向或位置。"),
            Bilingual(
                "Say where to: 'move it to the left', 'to the top right'.",
                "请说明移到哪里，例如“往左移”、“移到右上角”。",
            ),
        )
    step = operation.distance.in_pixels(*frame) if operation.distance else round(_STEP * min(frame))
    dx, dy = {"left": (-step, 0), "right": (step, 0), "up": (0, -step), "down": (0, step)}[operation.direction]
    if operation.distance is not None:
        return x0 + dx, y0 + dy
    return inside((x0 + dx, y0 + dy), size, frame)


def _pasted(picture: Picture, region: Region, thing: Cutout, corner: Point, context: Context, method: Method) -> Change:
    """The picture without what the region shows, and the thing pasted at `corner`."""
    blank, hole = emptied(picture, region, weights=context.weights, method=method)
    pixels: Pixels = blank.copy()
    covered = paste(pixels, thing.pixels, *corner)
    name = f"cut and paste, {engine(context.weights, method)}"
    return Change(pixels, _hard(np.maximum(covered, hole.mask), region.label), name)


def _hard(mask: np.ndarray[tuple[int, ...], np.dtype[np.float32]], label: str) -> Region:
    """The pixels are composited already: wherever anything was laid, they are meant to be taken as they are."""
    return Region((mask > 0).astype(np.float32), label)
