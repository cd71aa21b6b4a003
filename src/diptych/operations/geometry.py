"""Geometry: crop, rotate, straighten, flip, resize.

About the whole picture these return a frame of a new size; rotate, straighten and flip with a region turn
only what the region shows.
"""

from __future__ import annotations

import cv2
import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported
from diptych.core.operation import Crop, Flip, Resize, Rotate, Straighten
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.coverage import ellipse
from diptych.operations.framing import kept_box
from diptych.operations.resampling import resize_pixels
from diptych.operations.tilt import measure_tilt
from diptych.operations.turning import flip_region, turn_frame, turn_region

LEVEL = 0.05
"""Degrees below which a picture counts as straight: at 4000 px that is a rise of 3.5 px over the whole width."""


def crop(picture: Picture, operation: Crop, region: Region | None, context: Context) -> Change:
    """Keep a box of the frame; see `framing.kept_box` for which.

    A target is kept with a margin of 8 % of its longer side. With nothing said at all, each side loses a
    tenth. `circle` (an ellipse when an aspect is said) makes what lies outside transparent, with a soft edge.
    """
    x0, y0, x1, y1 = kept_box(picture.pixels, operation, region)
    kept: Pixels = picture.pixels[y0:y1, x0:x1]  # a view: what comes next makes pixels of its own
    if operation.shape == "circle":
        kept = _with_alpha(kept, ellipse(x1 - x0, y1 - y0))
    return Change(kept)


def rotate(picture: Picture, operation: Rotate, region: Region | None, context: Context) -> Change:
    """Turn clockwise. Multiples of 90 degrees are lossless; other angles crop to the largest upright rectangle."""
    degrees = operation.degrees % 360.0
    if region is not None:
        return turn_region(picture, region, degrees, context.weights)
    return Change(turn_frame(picture.pixels, degrees))


def straighten(picture: Picture, operation: Straighten, region: Region | None, context: Context) -> Change:
    """Turn so that horizontal and vertical lines become so, by what `tilt.measure_tilt` finds when no angle is said.

    Raises Unsupported when no angle is said and the picture has no lines to measure it from.
    """
    degrees = operation.degrees
    if degrees is None:
        tilt = measure_tilt(_seen(picture, region))
        if tilt is None:
            raise Unsupported(
                Bilingual("No horizon or straight lines were found to level by.", "没有找到可供校正的地平线或直线。"),
                Bilingual(
                    "Say the angle, for example: rotate 2 degrees clockwise.",
                    "请直接说角度，例如：顺时针旋转2度。",
                ),
            )
        degrees = -tilt if abs(tilt) >= LEVEL else 0.0
    if region is not None:
        return turn_region(picture, region, degrees, context.weights)
    return Change(turn_frame(picture.pixels, degrees))


def flip(picture: Picture, operation: Flip, region: Region | None, context: Context) -> Change:
    """Mirror: `horizontal` swaps left and right, `vertical` top and bottom. Lossless."""
    if region is not None:
        return flip_region(picture, region, operation.axis, context.weights)
    code = 1 if operation.axis == "horizontal" else 0
    return Change(np.ascontiguousarray(cv2.flip(picture.pixels, code), dtype=np.uint8))


def resize(picture: Picture, operation: Resize, region: Region | None, context: Context) -> Change:
    """Another number of pixels. Raises InvalidPlan unless exactly one way is said, Unsupported above 300 megapixels."""
    width, height = _wanted_size(picture.width, picture.height, operation)
    kernels = []
    if width < picture.width or height < picture.height:
        kernels.append("area")
    if width > picture.width or height > picture.height:
        kernels.append("lanczos")
    return Change(resize_pixels(picture.pixels, width, height), engine=", ".join(kernels) or "unchanged")


def _wanted_size(width: int, height: int, operation: Resize) -> tuple[int, int]:
    ways = [name for name in ("factor", "longest", "shortest") if getattr(operation, name) is not None]
    sides = [name for name in ("width", "height") if getattr(operation, name) is not None]
    if len(ways) + bool(sides) != 1:
        said = ", ".join(ways + sides) or "nothing"
        raise InvalidPlan(
            Bilingual(f"A resize needs one way to say the size, got {said}.", f"缩放需要一种尺寸说法，得到：{said}。"),
            Bilingual(
                "Give width and/or height, or factor, or longest, or shortest.",
                "请给出宽和/或高、倍数、最长边、最短边中的一种。",
            ),
        )
    if operation.width is not None and operation.height is not None:
        return (operation.width, operation.height)
    scale = operation.factor or 1.0
    if operation.width is not None:
        scale = operation.width / width
    elif operation.height is not None:
        scale = operation.height / height
    elif operation.longest is not None:
        scale = operation.longest / max(width, height)
    elif operation.shortest is not None:
        scale = operation.shortest / min(width, height)
    return (max(round(width * scale), 1), max(round(height * scale), 1))


def _seen(picture: Picture, region: Region | None) -> Pixels:
    if region is None or region.is_empty:
        return picture.rgb
    x0, y0, x1, y1 = region.box
    return picture.rgb[y0:y1, x0:x1]


def _with_alpha(pixels: Pixels, coverage: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Pixels:
    """H×W×C → H×W×4, with alpha times `coverage` (H×W, 0..1)."""
    alpha = pixels[:, :, 3] if pixels.shape[2] == 4 else np.float32(255.0)
    shown = np.rint(coverage * alpha).astype(np.uint8)
    return np.dstack([pixels[:, :, :3], shown])
