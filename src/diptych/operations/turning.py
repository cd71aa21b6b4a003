"""Turning a whole frame, and turning only what a region shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.operations.change import Change, Pixels
from diptych.operations.premultiplied import AnyPixels, resampled
from diptych.operations.window import widened
from diptych.runtime import Weights

Matrix = NDArray[np.float64]
"""2×3: target pixel centre → source pixel centre."""

_QUARTERS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turn_frame(pixels: Pixels, degrees: float) -> Pixels:
    """H×W×C turned clockwise. Multiples of 90 move pixels without changing any.

    At other angles the result is the largest upright rectangle inside the turned frame, so it has no empty
    corners; it is sampled once, bicubically.
    """
    quarters, rest = divmod(degrees, 90.0)
    if math.isclose(rest, 0.0, abs_tol=1e-9):
        turn = int(quarters) % 4
        return pixels.copy() if turn == 0 else np.ascontiguousarray(cv2.rotate(pixels, _QUARTERS[turn]), np.uint8)
    height, width = pixels.shape[:2]
    new_width, new_height = inner_size(width, height, degrees)
    matrix = _clockwise(degrees, ((new_width - 1) / 2, (new_height - 1) / 2), ((width - 1) / 2, (height - 1) / 2))
    return resampled(pixels, lambda source: _sampled(source, matrix, new_width, new_height))


def inner_size(width: int, height: int, degrees: float) -> tuple[int, int]:
    """(width, height) of the largest upright rectangle inside a width × height frame turned by `degrees`.

    With long side l, short side s: where s <= 2 sin cos l the rectangle touches only the long sides and is
    limited by s; else all four, and the two equations w cos + h sin = W, w sin + h cos = H give it.
    """
    sin, cos = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    long, short = max(width, height), min(width, height)
    if short <= 2.0 * sin * cos * long or math.isclose(sin, cos):
        half = 0.5 * short
        inner = (half / sin, half / cos) if width >= height else (half / cos, half / sin)
    else:
        denominator = cos * cos - sin * sin
        inner = ((width * cos - height * sin) / denominator, (height * cos - width * sin) / denominator)
    return (max(int(inner[0]), 1), max(int(inner[1]), 1))


def turn_region(picture: Picture, region: Region, degrees: float, weights: Weights) -> Change:
    """Only what the region shows turns, clockwise about the middle of its box; what it leaves free is filled."""

    def turn(source: AnyPixels, box: Box) -> AnyPixels:
        middle = ((box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2)
        return _sampled(source, _clockwise(degrees, middle, middle), source.shape[1], source.shape[0])

    return _move_content(picture, region, turn, weights)


def flip_region(picture: Picture, region: Region, axis: str, weights: Weights) -> Change:
    """Only what the region shows is mirrored, within its box; what it leaves free is filled."""
    code = 1 if axis == "horizontal" else 0

    def mirror(source: AnyPixels, box: Box) -> AnyPixels:
        x0, y0, x1, y1 = box
        result = np.zeros_like(source)
        inside = np.ascontiguousarray(source[y0:y1, x0:x1])
        result[y0:y1, x0:x1] = cv2.flip(inside, code).reshape(inside.shape)
        return result

    return _move_content(picture, region, mirror, weights)


Move = Callable[[AnyPixels, Box], AnyPixels]
"""(H×W or H×W×C, the content's box in it) → the same shape with the content moved."""


def _move_content(picture: Picture, region: Region, move: Move, weights: Weights) -> Change:
    """Cut the region's content out, `move` it, fill what it left free, and lay it over.

    Works in a window around the region that has room for its box in any direction, and ground to fill from.
    """
    pixels: Pixels = picture.pixels.copy()
    if region.is_empty:
        return Change(pixels, touched=region)
    x0, y0, x1, y1 = region.box
    left, top, right, bottom = widened(region.box, max(x1 - x0, y1 - y0) // 2 + 64, picture.width, picture.height)
    seen = pixels[top:bottom, left:right]
    mask = region.mask[top:bottom, left:right]
    box = (x0 - left, y0 - top, x1 - left, y1 - top)
    moved = np.clip(np.asarray(move(mask, box), np.float32), 0.0, 1.0)
    content = resampled(seen, lambda source: move(source, box))
    near = cv2.dilate((mask > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    ground, name = seen.copy(), "diptych"
    if ((mask > 0) & (moved < 1)).any() and not np.array_equal(moved, mask):
        from diptych.operations.inpaint import engine, fill

        # The whole object and its soft rim are hidden from the fill, or it would be copied back out of itself.
        ground[:, :, :3] = fill(np.ascontiguousarray(seen[:, :, :3]), near.astype(bool), weights=weights)
        name = engine(weights, "learned")
    weight = moved[:, :, None]
    touched = np.maximum(near, moved > 0).astype(np.float32)
    mixed = np.rint(content * weight + ground * (1.0 - weight)).astype(np.uint8)
    pixels[top:bottom, left:right] = np.where(touched[:, :, None] > 0, mixed, seen)
    whole = np.zeros_like(region.mask)
    whole[top:bottom, left:right] = touched
    return Change(pixels, touched=replace(region, mask=whole), engine=name)


def _clockwise(degrees: float, target: tuple[float, float], source: tuple[float, float]) -> Matrix:
    """Target → source: turn back (counter-clockwise on screen, y down) about the two middles."""
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = np.array(source) - turn @ np.array(target)
    return np.column_stack([turn, shift])


def _sampled(source: AnyPixels, matrix: Matrix, width: int, height: int) -> AnyPixels:
    """`source` at `matrix` of each target pixel, bicubic; beyond its edge masks are 0 and colours go on."""
    border = cv2.BORDER_CONSTANT if source.ndim == 2 else cv2.BORDER_REPLICATE
    interpolation = cv2.INTER_LINEAR if source.ndim == 2 else cv2.INTER_CUBIC
    sampled: AnyPixels = cv2.warpAffine(
        source, matrix, (width, height), flags=interpolation | cv2.WARP_INVERSE_MAP, borderMode=border
    )
    return sampled
