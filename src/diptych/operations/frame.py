"""Changes to the frame around a picture: border, rounded corners, more canvas."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import AmbiguousTarget, TargetNotFound, Unsupported
from diptych.core.operation import Border, Extend, RoundCorners, Side
from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.core.target import Target
from diptych.operations.blurring import gaussian
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.coverage import rounded_rectangle
from diptych.operations.dither import round_dithered
from diptych.operations.grounding import ground
from diptych.operations.inpaint import engine
from diptych.operations.outpaint import continued, continued_sides, learned
from diptych.operations.premultiplied import Floats, premultiply, unpremultiply
from diptych.operations.resampling import check_size

Margins = tuple[int, int, int, int]
"""left, top, right, bottom, in pixels."""

Distances = NDArray[np.float32]
"""Pixels beyond the picture's edge, one value a row or column."""

_SOFTENED_AT = 2_000_000
_SOFTENING = 0.35
"""Blur (sigma, in pixels) per pixel of distance."""
_STRIP = 256

_SIDES: tuple[Side, ...] = ("left", "top", "right", "bottom")


def border(picture: Picture, operation: Border, region: Region | None, context: Context) -> Change:
    """An opaque frame of one colour: `width` on `sides` (all when empty), or as much as brings the picture to `aspect`.

    With an aspect, the two sides that need it share the padding, unless `sides` names one of them alone.
    Raises Unsupported above 300 megapixels.
    """
    if operation.aspect is not None:
        margins = _to_aspect(picture.width, picture.height, operation.aspect, operation.sides)
    else:
        width = operation.width.in_pixels(picture.width, picture.height)
        if operation.width.pixels is None:
            width = max(width, 1)
        chosen = operation.sides or _SIDES
        margins = tuple(width if side in chosen else 0 for side in _SIDES)  # type: ignore[assignment]
    left, top, right, bottom = margins
    check_size(picture.width + left + right, picture.height + top + bottom)
    red, green, blue = (int(operation.color[index : index + 2], 16) for index in (1, 3, 5))
    framed = cv2.copyMakeBorder(
        picture.pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(red, green, blue, 255)
    )
    return Change(np.ascontiguousarray(framed, dtype=np.uint8))


def round_corners(picture: Picture, operation: RoundCorners, region: Region | None, context: Context) -> Change:
    """Transparent outside quarter circles of `radius` (at most half the shorter side), with antialiased edges."""
    radius = min(operation.radius.in_pixels(picture.width, picture.height), min(picture.width, picture.height) / 2)
    coverage = rounded_rectangle(picture.width, picture.height, float(radius))
    alpha = np.float32(255.0) if picture.alpha is None else picture.alpha
    return Change(np.dstack([picture.rgb, np.rint(coverage * alpha).astype(np.uint8)]))


def extend(picture: Picture, operation: Extend, region: Region | None, context: Context) -> Change:
    """More canvas on `sides` (all when empty), `share` of the dimension each, filled from the picture itself.

    The picture goes on as the network sees it and with its own texture (`outpaint`), the subject left out; or, where a
    classical fill is asked for, with its texture alone. Where that can't be (much more canvas than picture, alpha;
    without the network also a side that the subject fills) the picture goes on mirrored, ever softer with distance so
    that nothing seems to stand there twice. None of them can finish an object; a generative painter can.
    Raises Unsupported above 300 megapixels.
    """
    mirrored, box = larger_canvas(picture, operation)
    left, top = box[:2]
    margins = (left, top, mirrored.shape[1] - box[2], mirrored.shape[0] - box[3])
    if picture.has_alpha or min(picture.width, picture.height) < _LEAST_TEXTURE:
        return Change(mirrored, engine="mirror-fill")
    subject = _subject(picture, context)
    textured = continued_sides(margins, subject, operation.fill)
    if not any(textured):
        return Change(mirrored, engine="mirror-fill")
    height, width = mirrored.shape[:2]
    filled = np.zeros((height, width), bool)
    for margin, part in zip(textured, _strips(box), strict=True):
        if margin:
            filled[part] = True
    for margin, part in zip(textured, _strips(box), strict=True):
        if not margin:
            filled[part] = False  # a corner goes with the side that is mirrored
    if operation.fill == "learned":
        result = learned(mirrored, box, filled, subject, context.weights, context.seed)
        name = engine(context.weights, "learned")
    else:
        result = continued(mirrored, box, filled, subject, context.seed)
        name = "exemplar outpainting"
    if result is None:
        return Change(mirrored, engine="mirror-fill")
    return Change(result, engine=name if textured == margins else f"{name}, mirror-fill", seeded=True)


def larger_canvas(picture: Picture, operation: Extend) -> tuple[Pixels, Box]:
    """The canvas that is asked for, mirrored beyond the picture's edges; (x0, y0, x1, y1) of the picture in it.

    Raises Unsupported above 300 megapixels.
    """
    chosen = operation.sides or _SIDES
    wide, high = max(round(operation.share * picture.width), 1), max(round(operation.share * picture.height), 1)
    left, right = (wide if side in chosen else 0 for side in ("left", "right"))
    top, bottom = (high if side in chosen else 0 for side in ("top", "bottom"))
    check_size(picture.width + left + right, picture.height + top + bottom)
    canvas = _mirrored(picture.pixels, (left, top, right, bottom))
    return canvas, (left, top, left + picture.width, top + picture.height)


_LEAST_TEXTURE = 48
"""Shorter side (px) below which a picture has no texture to speak of."""


def _strips(box: tuple[int, int, int, int]) -> tuple[tuple[slice, slice], ...]:
    x0, y0, x1, y1 = box
    return (np.s_[:, :x0], np.s_[:y0, :], np.s_[:, x1:], np.s_[y1:, :])


def _subject(picture: Picture, context: Context) -> NDArray[np.bool_]:
    """H×W bool: the main subject and a little around it, as far as one can be found."""
    nothing = np.zeros((picture.height, picture.width), bool)
    if context.grounder is None:
        return nothing
    try:
        found, _ = ground(picture, Target(noun="subject", quantifier="all"), context)
    except (TargetNotFound, AmbiguousTarget, Unsupported):
        return nothing
    margin = max(round(0.02 * min(picture.width, picture.height)), 2)
    grown = cv2.dilate((found.mask > 0.3).astype(np.uint8), np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    return np.asarray(grown > 0, bool)


def _to_aspect(width: int, height: int, aspect: float, sides: tuple[Side, ...]) -> Margins:
    wide = max(round(height * aspect) - width, 0)
    high = max(round(width / aspect) - height, 0)
    left, right = _shared(wide, "left" in sides, "right" in sides)
    top, bottom = _shared(high, "top" in sides, "bottom" in sides)
    return (left, top, right, bottom)


def _shared(extra: int, first: bool, second: bool) -> tuple[int, int]:
    if first != second:
        return (extra, 0) if first else (0, extra)
    return (extra // 2, extra - extra // 2)


def _mirrored(pixels: Pixels, margins: Margins) -> Pixels:
    """Mirror beyond the edges, softened more and more as distance from the picture grows.

    The softening is done on a picture of about two megapixels; the full-size mirror image shows only where the
    blur is still finer than that, and gives way to it over a few pixels.
    """
    left, top, right, bottom = margins
    height, width = pixels.shape[:2]
    # Around and around for as long as it takes: a mirror is at most as wide as the picture.
    columns, rows = _bounce(width, left, right), _bounce(height, top, bottom)
    aside, above = _outside(width, left, right), _outside(height, top, bottom)
    mirrored: Pixels = np.take(np.take(pixels, rows, axis=0), columns, axis=1)
    shrink = max(math.ceil(math.sqrt(mirrored.shape[0] * mirrored.shape[1] / _SOFTENED_AT)), 1)
    soft = _softened(mirrored, aside, above, shrink)
    for start in range(0, len(rows), _STRIP):
        strip = mirrored[start : start + _STRIP]
        far = _enlarged_rows(soft, start, strip.shape[0], len(columns), shrink)
        distance = np.maximum(above[start : start + _STRIP, None], aside[None, :])
        share = np.clip((distance - shrink) / (4.0 * shrink), 0.0, 1.0)[:, :, None].astype(np.float32)
        near = _premultiplied(strip)
        mixed = near + (far - near) * share
        mirrored[start : start + _STRIP] = unpremultiply(mixed) if strip.shape[2] == 4 else round_dithered(mixed, start)
    mirrored[top : top + height, left : left + width] = pixels
    return mirrored


def _softened(mirrored: Pixels, aside: Distances, above: Distances, shrink: int) -> Floats:
    """The picture `shrink` times smaller, blended towards blurs of 1, 2, 4, … pixels by the distance of each place."""
    height, width = mirrored.shape[:2]
    size = (-(-width // shrink), -(-height // shrink))
    small = _premultiplied(np.asarray(cv2.resize(mirrored, size, interpolation=cv2.INTER_AREA), np.uint8))
    across, down = aside[::shrink][: size[0]], above[::shrink][: size[1]]
    softness = _SOFTENING / shrink * np.maximum(down[:, None], across[None, :])
    soft, low, sigma = small, 0.0, 1.0
    while low < float(softness.max()):
        share = np.clip((softness - low) / (sigma - low), 0.0, 1.0)[:, :, None].astype(np.float32)
        soft = soft + (gaussian(small, sigma) - soft) * share
        low, sigma = sigma, 2 * sigma
    return soft


def _enlarged_rows(small: Floats, start: int, count: int, width: int, shrink: int) -> Floats:
    """Rows `start` … `start + count` of `small` enlarged `shrink` times."""
    if shrink == 1:
        return small[start : start + count]
    scale = 1.0 / shrink
    matrix = np.array([[scale, 0.0, 0.5 * scale - 0.5], [0.0, scale, (start + 0.5) * scale - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    rows = cv2.warpAffine(small, matrix, (width, count), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(rows, np.float32)


def _premultiplied(pixels: Pixels) -> Floats:
    return premultiply(pixels) if pixels.shape[2] == 4 else pixels.astype(np.float32)


def _bounce(length: int, before: int, after: int) -> NDArray[np.int64]:
    """Source index of each place along one side: 0..length-1 within, mirrored without repeating the edge beyond."""
    period = max(2 * (length - 1), 1)
    place = np.abs(np.arange(-before, length + after)) % period
    return np.minimum(place, period - place) if length > 1 else np.zeros_like(place)


def _outside(length: int, before: int, after: int) -> Distances:
    place = np.arange(-before, length + after)
    return np.maximum(np.maximum(-place, place - (length - 1)), 0).astype(np.float32)
