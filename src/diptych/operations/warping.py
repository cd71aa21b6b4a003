"""Warps: pixels looked up elsewhere, by a smooth displacement. Backward maps, so there are no holes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, Unsupported
from diptych.core.operation import Warp
from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.premultiplied import AnyPixels, resampled
from diptych.operations.resampling import resize_pixels

Grid = NDArray[np.float32]
"""Coordinates from -1 to 1 over the box (its edges), x to the right, y down."""
Lookup = Callable[[Grid, Grid, float, bool], tuple[Grid, Grid]]
"""(x, y, amount, along x?) of a target point → (x, y) of its source."""

_STRIP = 256
_LONGEST = 32_766
"""cv2.remap addresses its source with 16-bit integers."""


def warp(picture: Picture, operation: Warp, region: Region | None, context: Context) -> Change:
    """Stretch, squeeze, wave, swirl, bulge, pinch, fisheye, perspective, or distort (a mix of waves).

    About the whole picture, stretch and squeeze change the frame's size along `axis` (None: horizontal), by the
    factor 1 + amount, or 1 / (1 + amount); all other kinds keep the frame and mirror what comes in from beyond it.
    With a region, its box and half as much around it are bent, fading to nothing at the rim, so that what lies
    about it gives way smoothly. Raises Unsupported for sides over 32,766 pixels.
    """
    if max(picture.width, picture.height) > _LONGEST:
        raise Unsupported(
            Bilingual(
                f"A picture of {picture.width}x{picture.height} pixels is too long to warp.",
                f"{picture.width}x{picture.height} 像素的画面过长，无法变形。",
            ),
            Bilingual(
                f"Resize it to at most {_LONGEST} pixels a side first.", f"请先缩小到每边不超过 {_LONGEST} 像素。"
            ),
        )
    horizontal = (operation.axis or _USUAL_AXIS.get(operation.kind, "horizontal")) == "horizontal"
    if region is not None:
        return _warp_region(picture, region, operation, horizontal)
    if operation.kind in ("stretch", "squeeze"):
        return Change(_rescaled(picture.pixels, operation, horizontal))
    lookup = _LOOKUPS[operation.kind]
    box = (0, 0, picture.width, picture.height)
    return Change(_looked_up(picture.pixels, box, lambda x, y: lookup(x, y, operation.amount, horizontal)))


_USUAL_AXIS: Mapping[str, str] = MappingProxyType({"perspective": "vertical"})


def _rescaled(pixels: Pixels, operation: Warp, horizontal: bool) -> Pixels:
    factor = _stretch_factor(operation)
    height, width = pixels.shape[:2]
    if horizontal:
        return resize_pixels(pixels, max(round(width * factor), 1), height)
    return resize_pixels(pixels, width, max(round(height * factor), 1))


def _stretch_factor(operation: Warp) -> float:
    grow = 1.0 + abs(operation.amount)
    return grow if (operation.kind == "stretch") == (operation.amount >= 0) else 1.0 / grow


def _warp_region(picture: Picture, region: Region, operation: Warp, horizontal: bool) -> Change:
    if region.is_empty:
        return Change(picture.pixels.copy(), touched=region)
    box = _with_surroundings(region.box, picture.width, picture.height)

    def faded(x: Grid, y: Grid) -> tuple[Grid, Grid]:
        if operation.kind in ("stretch", "squeeze"):
            source_x, source_y = _scaled_middle(x, y, _stretch_factor(operation), horizontal)
        else:
            source_x, source_y = _LOOKUPS[operation.kind](x, y, operation.amount, horizontal)
        # Full in the region's own box (|x|, |y| < 1/2 of the bent box), nothing at its rim.
        weight = _fade(x) * _fade(y)
        return x + (source_x - x) * weight, y + (source_y - y) * weight

    pixels: Pixels = picture.pixels.copy()
    x0, y0, x1, y1 = box
    pixels[y0:y1, x0:x1] = _looked_up(picture.pixels, box, faded)
    mask = np.zeros_like(region.mask)
    mask[y0:y1, x0:x1] = 1.0
    return Change(pixels, touched=replace(region, mask=mask))


def _with_surroundings(box: Box, width: int, height: int) -> Box:
    x0, y0, x1, y1 = box
    aside, above = (x1 - x0 + 1) // 2, (y1 - y0 + 1) // 2
    return (max(x0 - aside, 0), max(y0 - above, 0), min(x1 + aside, width), min(y1 + above, height))


def _fade(place: Grid) -> Grid:
    ramp = np.clip((1.0 - np.abs(place)) / 0.5, 0.0, 1.0)
    faded = np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), np.float32)
    return faded


def _looked_up(pixels: Pixels, box: Box, lookup: Callable[[Grid, Grid], tuple[Grid, Grid]]) -> Pixels:
    """The box of `pixels` with each pixel taken from where `lookup` says; bicubic, strip by strip."""
    x0, y0, x1, y1 = box
    half_width, half_height = (x1 - x0) / 2, (y1 - y0) / 2
    x = ((np.arange(x1 - x0, dtype=np.float32) + np.float32(0.5)) / np.float32(half_width) - 1)[None, :]
    y = ((np.arange(y1 - y0, dtype=np.float32) + np.float32(0.5)) / np.float32(half_height) - 1)[:, None]

    # cv2.remap never returns from mirroring a single row or column without its edge.
    border = cv2.BORDER_REPLICATE if min(pixels.shape[:2]) == 1 else cv2.BORDER_REFLECT_101

    def resample(source: AnyPixels) -> AnyPixels:
        result = np.empty((y1 - y0, x1 - x0, source.shape[2]), source.dtype)
        for top in range(0, y1 - y0, _STRIP):
            rows = np.broadcast_to(y[top : top + _STRIP], (len(y[top : top + _STRIP]), x.size))
            columns = np.broadcast_to(x, rows.shape)
            source_x, source_y = lookup(columns, rows)
            map_x = ((source_x + 1) * np.float32(half_width) + np.float32(x0 - 0.5)).astype(np.float32)
            map_y = ((source_y + 1) * np.float32(half_height) + np.float32(y0 - 0.5)).astype(np.float32)
            strip = cv2.remap(source, map_x, map_y, cv2.INTER_CUBIC, borderMode=border)
            result[top : top + _STRIP] = strip
        return result

    return resampled(pixels, resample)


def _scaled_middle(x: Grid, y: Grid, factor: float, horizontal: bool) -> tuple[Grid, Grid]:
    return (x / np.float32(factor), y) if horizontal else (x, y / np.float32(factor))


def _wave(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    """Three waves; `horizontal` shifts rows sideways, vertical shifts columns up and down."""
    reach = np.float32(0.12 * amount)
    if horizontal:
        return x + reach * np.sin(y * np.float32(3 * np.pi)), y
    return x, y + reach * np.sin(x * np.float32(3 * np.pi))


def _swirl(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    """Turned about the middle, by up to 2π · amount there (clockwise when positive), nothing at distance 1."""
    rest = np.clip(1.0 - np.hypot(x, y), 0.0, 1.0)
    angle = np.float32(-2 * np.pi * amount) * rest * rest
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def _bulge(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    """The middle larger, by up to 1 + 1.5 · amount; nothing changes at distance 1. Negative pinches."""
    rest = np.clip(1.0 - np.hypot(x, y), 0.0, 1.0)
    fall = rest * rest * (3.0 - 2.0 * rest)
    scale = np.asarray(1.0 / (1.0 + 1.5 * amount * fall) if amount >= 0 else 1.0 - 1.2 * amount * fall, np.float32)
    return x * scale, y * scale


def _pinch(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    return _bulge(x, y, -amount, horizontal)


def _fisheye(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    """Barrel distortion of the whole frame: source radius r (1 - k + k r²), with k = 0.6 · amount; corners stay."""
    k = np.float32(0.6 * amount)
    scale = 1 - k + k * (x * x + y * y) / 2
    return x * scale, y * scale


def _perspective(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    """Keystone: vertical leans the top away from the eye (negative: towards it), horizontal the left.

    A projective map of the frame onto itself along that axis; across it the near side is cut, none is left empty.
    """
    k = np.float32(0.5 * amount)
    depth = x if horizontal else y
    # (d + k) / (1 + k d) keeps -1 and 1; the far side shows its whole width, the near one (1 - k) / (1 + k) of it.
    scale = (1 - abs(k)) / (1 + k * depth)
    along = (depth + k) / (1 + k * depth)
    return (along, y * scale) if horizontal else (x * scale, along)


def _distort(x: Grid, y: Grid, amount: float, horizontal: bool) -> tuple[Grid, Grid]:
    """Uneven waves both ways, as in a bent mirror."""
    reach = np.float32(0.16 * amount)
    dx = np.sin(y * np.float32(4.1) + 0.7) * np.cos(x * np.float32(2.3)) + 0.4 * np.sin(y * np.float32(9.7) + x * 3)
    dy = np.sin(x * np.float32(3.7) + 1.9) * np.cos(y * np.float32(2.9)) + 0.4 * np.sin(x * np.float32(8.3) - y * 2)
    return x + reach * dx.astype(np.float32), y + reach * dy.astype(np.float32)


_LOOKUPS: Mapping[str, Lookup] = MappingProxyType({
    "wave": _wave,
    "swirl": _swirl,
    "bulge": _bulge,
    "pinch": _pinch,
    "fisheye": _fisheye,
    "perspective": _perspective,
    "distort": _distort,
})  # fmt: skip
