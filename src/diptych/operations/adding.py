"""Bringing things in without a generative engine: figures, weather and light, stickers."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from diptych.core.errors import Bilingual, NoFont, Unsupported, shorten
from diptych.core.operation import Add, Border, Length
from diptych.core.picture import Picture
from diptych.core.ports import StickerPainter
from diptych.core.region import Box, Region
from diptych.core.target import Place, Thing
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.cutout import over, paste
from diptych.operations.drawing import can_draw, encloses, figure, figures
from diptych.operations.placing import Point, anchored, around, beside, calm_place, row_beside
from diptych.operations.resampling import resize_pixels
from diptych.operations.stickers import sticker
from diptych.operations.wearing import WORN, worn
from diptych.operations.weather import can_overlay, overlay, overlays

_SIZES = {"tiny": 0.08, "small": 0.14, "little": 0.14, "big": 0.42, "large": 0.42, "huge": 0.6, "giant": 0.7}
"""Height of a new thing, as a share of the shorter side, by what is said about it."""

_USUAL_SIZE = 0.26
_LINE_SIZE = 0.012
_BANNER_SIZE = 0.12

_IN_THE_SKY = frozenset(
    ["sun", "moon", "full moon", "crescent moon", "cloud", "star", "bird", "airplane", "helicopter", "ufo", "balloon",
     "kite", "lightning", "shooting star", "dragon", "butterfly", "planet", "rocket"]
)  # fmt: skip


def added(picture: Picture, operation: Add, region: Region | None, context: Context) -> Change:
    """The thing on the picture: at its place, on or beside its target, else where it hides least."""
    thing = operation.thing
    if thing.noun in ("border", "frame") and "picture" not in thing.attributes:
        return _framed(picture, thing, region, context)
    if can_overlay(thing.noun):
        return _overlaid(picture, operation, region, context)
    if region is not None and not region.is_empty:
        fixed = _fitted_to(picture, operation, region, context)
        if fixed is not None:
            return fixed
    height = _height(thing, picture, region)
    pieces, engine = drawn(thing, height, context)
    corners = _corners(picture, operation, region, (pieces.shape[1], pieces.shape[0]))
    return placed(picture, pieces, corners, thing, engine)


def _fitted_to(picture: Picture, operation: Add, region: Region, context: Context) -> Change | None:
    """What takes its size and place from its target: a line around it, or a thing that is worn; None for the rest."""
    thing = operation.thing
    relation = thing.relation or (operation.target.relation if operation.target else None)
    kind = relation.kind if relation else "on"
    if encloses(thing.noun) and kind in ("around", "on", "of") and "filled" not in thing.attributes:
        x0, y0, x1, y1 = around(region.box, (picture.width, picture.height))
        if thing.noun in ("circle", "square"):
            side = round((1.1 if thing.noun == "circle" else 1.0) * max(x1 - x0, y1 - y0))
            x0, y0 = (x0 + x1 - side) // 2, (y0 + y1 - side) // 2
            x1, y1 = x0 + side, y0 + side
        stroke = max(round(_STROKE * min(picture.width, picture.height)), 2)
        return placed(picture, figure(thing, y1 - y0, x1 - x0, stroke), [(x0, y0)], thing, "drawing")
    if kind not in ("on", "of", "in", "with", "above"):
        return None
    piece, engine = drawn(thing, 64, context) if thing.noun in WORN else (None, "")
    if piece is None:
        return None
    box = worn(thing.noun, region, piece.shape[1] / piece.shape[0])
    if box is None:
        return None
    piece, engine = drawn(thing, box[3] - box[1], context)
    return placed(picture, piece, [(box[0], box[1])], thing, engine)


def room_for(picture: Picture, operation: Add, region: Region | None) -> Box:
    """(x0, y0, x1, y1) of where the thing would go, as wide as it is high, for a painter that makes it there."""
    side = round(_height(operation.thing, picture, region) * _ROOM)
    side = max(min(side, picture.width, picture.height), 1)
    corners = _corners(picture, operation, region, (side, side))
    x0, y0 = min(x for x, _ in corners), min(y for _, y in corners)
    x0, y0 = min(max(x0, 0), picture.width - side), min(max(y0, 0), picture.height - side)
    x1, y1 = max(x for x, _ in corners) + side, max(y for _, y in corners) + side
    return x0, y0, min(max(x1, x0 + side), picture.width), min(max(y1, y0 + side), picture.height)


_ROOM = 1.5
"""A painter is given more room than a sticker takes: a thing that is painted has a shadow, and its own proportions."""

_STROKE = 0.009
"""Width of a line drawn around a thing, as a share of the picture's shorter side."""

_BORDER_WIDTHS = {"thin": 0.015, "narrow": 0.015, "small": 0.02, "thick": 0.08, "wide": 0.08, "big": 0.08}
"""Share of the shorter side, by what is said about the border."""


def _framed(picture: Picture, thing: Thing, region: Region | None, context: Context) -> Change:
    """A border around the whole picture, or a line around a thing in it."""
    share = next((_BORDER_WIDTHS[said] for said in thing.attributes if said in _BORDER_WIDTHS), None)
    color = thing.color or "#ffffff"
    if region is None:
        from diptych.operations.frame import border

        width = Length(share=share) if share is not None else Length(share=0.04)
        return border(picture, Border(width=width, color=color), None, context)
    thickness = max(round((share or 0.015) * min(picture.width, picture.height)), 1)
    x0, y0, x1, y1 = region.box
    outer = Region.from_box(
        (x0 - thickness, y0 - thickness, x1 + thickness, y1 + thickness), picture.height, picture.width
    )
    line = outer & ~Region.from_box(region.box, picture.height, picture.width)
    pixels = picture.pixels.copy()
    pixels[line.mask > 0, :3] = [int(color[index : index + 2], 16) for index in (1, 3, 5)]
    if picture.has_alpha:
        pixels[line.mask > 0, 3] = 255
    return Change(pixels, line, "drawing")


def drawn(thing: Thing, height: int, context: Context) -> tuple[Pixels, str]:
    """(H×W×4 uint8 of the thing, the engine that drew it). Raises Unsupported when nothing here can.

    A sticker is the emoji of a font, which is sharp at any size, or where there is none what a painter draws as one.
    """
    if can_draw(thing.noun):
        return figure(thing, height), "drawing"
    missing: NoFont | None = None
    try:
        made = sticker(thing, height)
    except NoFont as error:
        made, missing = None, error
    made = made or _painted(thing, height, context)
    if made is None:
        if missing is not None:
            raise missing
        refuse(thing)
    pixels, source = made
    return pixels, f"sticker: {source}"


def _painted(thing: Thing, height: int, context: Context) -> tuple[Pixels, str] | None:
    """The thing from the first painter that makes stickers and knows it, `height` pixels high; and its name."""
    for painter in context.painters:
        if isinstance(painter, StickerPainter):
            pixels = painter.sticker(thing)
            if pixels is not None:
                width = max(round(pixels.shape[1] * height / pixels.shape[0]), 1)
                return resize_pixels(pixels, width, max(height, 1)), painter.name
    return None


def fitted(thing: Thing, box: Box, context: Context) -> tuple[Pixels, Point, str]:
    """The thing as large as fits into a box, standing on its lower edge: (pixels, top left corner, engine)."""
    x0, y0, x1, y1 = box
    pixels, engine = drawn(thing, y1 - y0, context)
    if pixels.shape[1] > x1 - x0:
        pixels, engine = drawn(thing, max(round((y1 - y0) * (x1 - x0) / pixels.shape[1]), 1), context)
    return pixels, ((x0 + x1 - pixels.shape[1]) // 2, y1 - pixels.shape[0]), engine


def placed(picture: Picture, piece: Pixels, corners: list[Point], thing: Thing, engine: str) -> Change:
    """The same piece pasted at each corner."""
    pixels = picture.pixels.copy()
    covered = np.zeros(pixels.shape[:2], np.float32)
    for x, y in corners:
        np.maximum(covered, paste(pixels, piece, x, y), out=covered)
    return Change(pixels, Region((covered > 0).astype(np.float32), thing.describe()), engine)


def refuse(thing: Thing) -> NoReturn:
    """Raises Unsupported that says what can be brought in without a painter."""
    known = ", ".join((*figures(), *overlays()))
    raise Unsupported(
        Bilingual(
            f"Nothing installed can paint “{shorten(thing.describe())}”: that takes a generative painter.",
            f"没有已安装的引擎能画出“{shorten(thing.describe())}”，这需要生成式绘图引擎。",
        ),
        Bilingual(
            f"Without one these can be added: {known}; text in quotes; and things that have an emoji, as stickers. "
            "Or paste it from a file: combine with a picture. A painter is attached with --painter MODEL.",
            f"没有绘图引擎时可以添加：{known}；加引号的文字；以及有表情符号的物体（作为贴纸）。也可以与另一张图片合成。"
            "用 --painter 模型 可接入绘图引擎。",
        ),
    )


def _height(thing: Thing, picture: Picture, region: Region | None) -> int:
    shorter = min(picture.width, picture.height)
    if thing.noun == "line":
        return max(round(_LINE_SIZE * shorter), 1)
    share = next((_SIZES[word] for word in thing.attributes if word in _SIZES), None)
    if region is not None and not region.is_empty and share is None:
        x0, y0, x1, y1 = region.box
        return max(round(0.7 * min(x1 - x0, y1 - y0)), 8)
    if share is None:
        share = _BANNER_SIZE if thing.noun == "banner" else _USUAL_SIZE
    if thing.count is not None and thing.count > 1:
        share *= max(0.35, 1.0 - 0.12 * (thing.count - 1))
    return max(round(share * shorter), 1)


def _corners(picture: Picture, operation: Add, region: Region | None, size: tuple[int, int]) -> list[Point]:
    """Top left corners of as many things as are wanted."""
    thing, frame = operation.thing, (picture.width, picture.height)
    if region is not None and not region.is_empty:
        relation = thing.relation or (operation.target.relation if operation.target else None)
        first = beside(relation.kind if relation else "on", size, region.box, frame)
    elif operation.place is not None:
        first = anchored(operation.place, size, frame)
    elif can_draw(thing.noun) and thing.noun not in ("star", "heart"):
        place: Place = "top" if thing.noun == "banner" else "center"
        first = anchored(place, size, frame)
    else:
        first = anchored(calm_place(picture.rgb, high=thing.noun in _IN_THE_SKY), size, frame)
    count = thing.count or 1
    if count == 1:
        return [first]
    x, y = first
    more = row_beside((x, y, x + size[0], y + size[1]), size, count - 1, frame)
    if more is None:
        more = _scattered(count - 1, first, size, frame)
    return [first, *more]


def _scattered(count: int, first: Point, size: tuple[int, int], frame: tuple[int, int]) -> list[Point]:
    """On a low-discrepancy sequence (R2: Roberts 2018), which keeps things apart without drawing lots."""
    free = (max(frame[0] - size[0], 1), max(frame[1] - size[1], 1))
    golden = 1.32471795724474602596
    return [
        (
            int((first[0] / free[0] + n / golden) % 1.0 * free[0]),
            int((first[1] / free[1] + n / golden**2) % 1.0 * free[1]),
        )
        for n in range(1, count + 1)
    ]


_PLACED_SHARE = 0.5
"""What a rainbow takes of each side of the frame when a corner is said for it."""


def _overlaid(picture: Picture, operation: Add, region: Region | None, context: Context) -> Change:
    """Weather or light over everything, or only over the target; a rainbow also at a place."""
    thing, place = operation.thing, operation.place
    if thing.noun == "rainbow" and place in ("top left", "top right", "left", "right", "bottom left", "bottom right"):
        size = round(_PLACED_SHARE * picture.width), round(_PLACED_SHARE * picture.height)
        layer = np.zeros((picture.height, picture.width, 4), np.uint8)
        x, y = anchored(place, size, (picture.width, picture.height))
        layer[y : y + size[1], x : x + size[0]] = overlay(thing.noun, *size, context.rng())
    else:
        layer = overlay(thing.noun, picture.width, picture.height, context.rng())
    if region is not None and not region.is_empty:
        layer[:, :, 3] = np.rint(layer[:, :, 3] * region.mask).astype(np.uint8)
    pixels = over(layer, picture.pixels)
    if picture.alpha is not None:
        pixels[:, :, 3] = picture.alpha
    touched = Region((layer[:, :, 3] > 0).astype(np.float32), thing.describe())
    return Change(pixels, touched, f"procedural {thing.noun}", seeded=True)
