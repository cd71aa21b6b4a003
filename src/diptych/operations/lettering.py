"""Lettering on a picture: text at a place or on a target, a caption bar, a text or picture watermark.

Only the box of the ink is worked on, so a line on a 12-megapixel photo costs little more than the copy of its pixels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported, shorten
from diptych.core.operation import AddText, Caption, Length, Watermark
from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.core.target import Place
from diptych.operations.change import Change, Context
from diptych.operations.fonts import choose_fonts
from diptych.operations.frame_places import ANCHORS, PARTS
from diptych.operations.inking import Paint, blend, color_for, contrast, lay, luminance, reach, readable_on
from diptych.operations.typesetting import LEADING, Align, Ink, clean, draw, fit

TEXT_SIZE = Length(share=0.085)
CAPTION_SIZE = Length(share=0.045)
WATERMARK_SIZE = Length(share=0.05)
MARK_WIDTH = 0.18
"""Width of a picture watermark, as a share of the frame's."""
MARGIN = Length(share=0.04)
TILT = 30.0
"""Degrees by which tiled watermarks rise to the right."""
_FOCUS: Mapping[Place, tuple[float, float]] = {**ANCHORS, "edges": (0.5, 1.0), "background": (0.5, 0.5)}
"""Where the middle of the text wants to be, as shares of the frame; it is then pushed inside the margins."""
_LEAST_SIZE = 12
"""Pixels per em below which a default size does not start, however small the picture."""


@dataclass(frozen=True)
class Spot:
    """The box that a text must stay in, and where its middle wants to be (pixels)."""

    box: Box
    focus: tuple[float, float]

    @property
    def width(self) -> int:
        return max(self.box[2] - self.box[0], 0)

    @property
    def height(self) -> int:
        return max(self.box[3] - self.box[1], 0)

    def corner(self, width: int, height: int) -> tuple[int, int]:
        """Top left corner of something width × height as near to the focus as the box allows."""
        x = min(max(self.focus[0] - width / 2, self.box[0]), max(self.box[2] - width, self.box[0]))
        y = min(max(self.focus[1] - height / 2, self.box[1]), max(self.box[3] - height, self.box[1]))
        return round(x), round(y)


def add_text(picture: Picture, operation: AddText, region: Region | None, context: Context) -> Change:
    """Draw the text; touched is the ink itself and its outline.

    Raises NoFont, InvalidPlan (no text), Unsupported (the frame can't hold the text).
    """
    text = checked_text(operation.text)
    spot, size = _spot_for_text(picture, operation, region)
    ink, em = _set(text, size, spot, _alignment(operation.place))
    x, y = spot.corner(ink.width, ink.height)
    paint = Paint(operation.color, em, operation.strength)
    return _laid_once(picture, ink, x, y, paint, f"the text “{shorten(text, 40)}”")


def caption(picture: Picture, operation: Caption, region: Region | None, context: Context) -> Change:
    """The picture with a bar of the background colour above or below it; the frame grows by the bar.

    A colour that can't be told from the background gives way to white or black.
    """
    text = checked_text(operation.text)
    size = max(CAPTION_SIZE.in_pixels(picture.width, picture.height), _LEAST_SIZE)
    pad = round(0.7 * size)
    room = Spot((pad, 0, max(picture.width - pad, pad + 1), max(picture.height, 4 * size)), (0.0, 0.0))
    ink, em = _set(text, size, room, "center")
    lines = max(round((ink.height - em) / (LEADING * em)) + 1, 1)
    bar_height = round(LEADING * em * (lines - 1) + 1.15 * em) + 2 * pad
    bar = np.zeros((bar_height, picture.width, picture.pixels.shape[2]), np.uint8)
    bar[:, :, 3:] = 255
    blend(bar, operation.background, np.ones(bar.shape[:2], np.float32))
    color = operation.color
    if contrast(luminance(color), luminance(operation.background)) < 1.5:
        color = readable_on(operation.background)
    x, y = (picture.width - ink.width) // 2, (bar_height - ink.height) // 2
    lay(bar, ink, x, y, Paint(color, em, outlined=False))
    stack = (bar, picture.pixels) if operation.side == "top" else (picture.pixels, bar)
    return Change(np.vstack(stack))


def watermark(picture: Picture, operation: Watermark, region: Region | None, context: Context) -> Change:
    """Translucent text or a picture file (looked for in the context's folder), once or tiled over the frame."""
    if operation.picture is not None:
        ink, em, label = _mark_from_file(picture, operation, context), 0, operation.picture
    else:
        label = checked_text(operation.text or "")
        size = (operation.size or WATERMARK_SIZE).in_pixels(picture.width, picture.height)
        spot = _spot(picture, operation.place)
        ink, em = _set(label, size if operation.size else max(size, _LEAST_SIZE), spot, _alignment(operation.place))
    said = f"the watermark “{shorten(label, 40)}”"
    paint = Paint(operation.color, max(em, 1), operation.opacity, outlined=em > 0)
    if not operation.tiled:
        x, y = _spot(picture, operation.place).corner(ink.width, ink.height)
        return _laid_once(picture, ink, x, y, paint, said)
    if operation.color is None:
        frame = (0, 0, picture.width, picture.height)
        paint = Paint(color_for(picture.pixels, frame, em), paint.em, paint.opacity, paint.outlined)
    tile = _rotated(ink, TILT)
    pixels = picture.pixels.copy()
    laid = [lay(pixels, tile, x, y, paint) for x, y in _lattice(picture, ink, tile)]
    return Change(pixels, _touched(picture, laid, said))


def checked_text(text: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise InvalidPlan(
            Bilingual(f"There is no text to draw in “{shorten(text)}”.", f"“{shorten(text)}”里没有可以写上去的文字。"),
            Bilingual(
                "Put the words in quotation marks: add the text 'ACME'.", "请把文字放在引号里，例如：加上文字“ACME”。"
            ),
        )
    return cleaned


def _set(text: str, size: int, spot: Spot, align: Align) -> tuple[Ink, int]:
    """The ink of a text of at most `size` pixels per em, wrapped and shrunk into the spot, and its real size."""
    fonts = choose_fonts(text)
    fitted = fit(text, max(size, 1), spot.width, spot.height, fonts, smallest=min(8, max(size, 1)))
    if fitted is None:
        raise Unsupported(
            Bilingual(
                f"A text of {len(text)} characters (“{shorten(text, 40)}”) does not fit into"
                f" {spot.width}x{spot.height} pixels.",
                f"{len(text)} 个字符的文字（“{shorten(text, 40)}”）放不进 {spot.width}x{spot.height} 像素的位置。",
            ),
            Bilingual("Use a shorter text, or enlarge the picture first.", "请缩短文字，或先放大画面。"),
        )
    em, lines = fitted
    return draw(lines, em, fonts, align), em


def _spot_for_text(picture: Picture, operation: AddText, region: Region | None) -> tuple[Spot, int]:
    """Where the text goes, and the size to start from."""
    width, height = picture.width, picture.height
    normal = max(TEXT_SIZE.in_pixels(width, height), _LEAST_SIZE)
    said = None if operation.size is None else operation.size.in_pixels(width, height)
    if region is None or region.is_empty:
        return _spot(picture, operation.place or "bottom"), said or normal
    if operation.place in ("top", "bottom", "left", "right"):
        beside = _beside(picture, region.box, operation.place)
        if beside.height >= 1.3 * normal and beside.width >= 3 * normal:
            return beside, said or normal
    x0, y0, x1, y1 = region.box
    inset = round(0.08 * min(x1 - x0, y1 - y0))
    inside = _within((x0 + inset, y0 + inset, x1 - inset, y1 - inset), operation.place or "center")
    return inside, said or max(min(round(0.62 * (y1 - y0)), round(0.12 * min(width, height))), 8)


def _spot(picture: Picture, place: Place) -> Spot:
    """A place in the whole frame, inside the margins."""
    width, height = picture.width, picture.height
    left, top, right, bottom = PARTS.get(place, (0.0, 0.0, 1.0, 1.0))
    margin = MARGIN.in_pixels(width, height) // (2 if place == "edges" else 1)
    box = (
        max(round(left * width), margin),
        max(round(top * height), margin),
        min(round(right * width), width - margin),
        min(round(bottom * height), height - margin),
    )
    fx, fy = _FOCUS[place]
    return Spot(box, (fx * width, fy * height))


def _within(box: Box, place: Place) -> Spot:
    x0, y0, x1, y1 = box
    fx, fy = _FOCUS[place]
    return Spot(box, (x0 + fx * (x1 - x0), y0 + fy * (y1 - y0)))


def _beside(picture: Picture, box: Box, place: Place) -> Spot:
    """The room between a box and the frame on one side of it, the text as near to the box as a margin allows."""
    margin = MARGIN.in_pixels(picture.width, picture.height)
    gap = margin // 2
    x0, y0, x1, y1 = box
    right, bottom = picture.width - margin, picture.height - margin
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    if place == "top":
        return Spot((margin, margin, right, y0 - gap), (middle[0], y0))
    if place == "bottom":
        return Spot((margin, y1 + gap, right, bottom), (middle[0], y1))
    if place == "left":
        return Spot((margin, margin, x0 - gap, bottom), (x0, middle[1]))
    return Spot((x1 + gap, margin, right, bottom), (x1, middle[1]))


def _alignment(place: Place | None) -> Align:
    if place is None or "half" in place or "third" in place:
        return "center"
    return "left" if "left" in place else "right" if "right" in place else "center"


def _mark_from_file(picture: Picture, operation: Watermark, context: Context) -> Ink:
    """A picture file scaled to its share of the frame, as ink that brings its own colours."""
    mark = Picture.open(context.folder / (operation.picture or ""))
    width = operation.size.in_pixels(picture.width, picture.height) if operation.size else MARK_WIDTH * picture.width
    scale = min(max(width, 1) / mark.width, 0.5 * picture.height / mark.height, picture.width / mark.width)
    size = (max(round(mark.width * scale), 1), max(round(mark.height * scale), 1))
    alpha = mark.alpha if mark.alpha is not None else np.full((mark.height, mark.width), 255, np.uint8)
    weight = alpha.astype(np.float32) / 255.0
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    light = cv2.resize(mark.rgb.astype(np.float32) * weight[:, :, None], size, interpolation=smooth)
    weight = np.clip(cv2.resize(weight, size, interpolation=smooth), 0.0, 1.0)
    straight = light / np.maximum(weight, 1e-3)[:, :, None]
    stamps = np.rint(np.clip(np.dstack([straight, weight * 255.0]), 0, 255)).astype(np.uint8)
    return Ink(np.zeros(stamps.shape[:2], np.uint8), stamps, 0)


def _rotated(ink: Ink, degrees: float) -> Ink:
    """Counter-clockwise, in a box that holds it all."""
    turn = cv2.getRotationMatrix2D((ink.width / 2, ink.height / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (math.ceil(ink.width * cos + ink.height * sin), math.ceil(ink.width * sin + ink.height * cos))
    turn[:, 2] += (size[0] - ink.width) / 2, (size[1] - ink.height) / 2

    def rotate(layer: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(cv2.warpAffine(layer, turn, size, flags=cv2.INTER_LINEAR), np.uint8)

    if ink.stamps is None:
        return Ink(rotate(ink.coverage), None, 0)
    alpha = ink.stamps[:, :, 3]
    solid = cv2.inpaint(np.ascontiguousarray(ink.stamps[:, :, :3]), (alpha == 0).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return Ink(rotate(ink.coverage), np.dstack([rotate(np.asarray(solid, np.uint8)), rotate(alpha)]), 0)


def _lattice(picture: Picture, ink: Ink, tile: Ink) -> list[tuple[int, int]]:
    """Corners of tiles in tilted rows, every other row set off by half a step."""
    radians = math.radians(TILT)
    along, across = ink.width * 1.35 + 2 * ink.height, max(ink.height * 4.0, ink.width * 0.45)
    reach = math.hypot(picture.width, picture.height) / 2 + ink.width
    rows, columns = math.ceil(reach / across), math.ceil(reach / along)
    corners = []
    for row in range(-rows, rows + 1):
        for column in range(-columns, columns + 1):
            u, v = (column + 0.5 * (row % 2)) * along, row * across
            x = picture.width / 2 + u * math.cos(radians) + v * math.sin(radians) - tile.width / 2
            y = picture.height / 2 - u * math.sin(radians) + v * math.cos(radians) - tile.height / 2
            if -tile.width < x < picture.width and -tile.height < y < picture.height:
                corners.append((round(x), round(y)))
    return corners


def _laid_once(picture: Picture, ink: Ink, x: int, y: int, paint: Paint, label: str) -> Change:
    """The ink with its top left corner at (x, y), drawn on a copy of what lies under it alone."""
    pad = reach(paint)
    x0, x1 = (min(max(at, 0), picture.width) for at in (x - pad, x + ink.width + pad))
    y0, y1 = (min(max(at, 0), picture.height) for at in (y - pad, y + ink.height + pad))
    if x1 <= x0 or y1 <= y0:
        return Change(picture.pixels, Region(np.zeros((picture.height, picture.width), np.float32), label))
    window = picture.pixels[y0:y1, x0:x1].copy()
    (left, top, _, _), where = lay(window, ink, x - x0, y - y0, paint)
    mask = where.astype(np.float32)
    touched = Region.within(mask, x0 + left, y0 + top, picture.height, picture.width, label)
    return Change(window, touched, window=(x0, y0, x1, y1))


def _touched(picture: Picture, laid: list[tuple[Box, NDArray[np.bool_]]], label: str) -> Region:
    mask = np.zeros((picture.height, picture.width), np.float32)
    for (x0, y0, x1, y1), where in laid:
        view = mask[y0:y1, x0:x1]
        np.maximum(view, where, out=view)
    return Region(mask, label)
