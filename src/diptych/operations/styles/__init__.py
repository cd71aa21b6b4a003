"""Restyling: a photo in the manner of a painting, a drawing, a print, a recording.

All of these are classical image processing, not generative: they keep the photo's composition and content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.core.operation import Restyle
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.styles import blocks, comic, drawing, film, light, looks, painting
from diptych.operations.styles.canvas import Paint, to_canvas, to_pixels
from diptych.operations.window import in_window, with_color


@dataclass(frozen=True)
class Style:
    """How a style paints, and whether it draws random numbers (textures, strokes) from the step's generator.

    `most` is the longest shorter side, in pixels, at which it is painted; larger pictures are painted at that and
    enlarged. Brush strokes and washes have no detail below that size, and cost grows with pixels.
    """

    paint: Paint
    random: bool = True
    most: int = 2000


STYLES: Mapping[str, Style] = MappingProxyType({
    "anime": Style(comic.anime, random=False, most=1800),
    "blueprint": Style(looks.blueprint, random=False),
    "cartoon": Style(comic.cartoon, random=False),
    "charcoal drawing": Style(drawing.charcoal),
    "cinematic": Style(looks.cinematic, random=False, most=4000),
    "colored pencil": Style(drawing.colored_pencil),
    "comic": Style(comic.comic, random=False),
    "cyanotype": Style(looks.cyanotype, random=False, most=4000),
    "cyberpunk": Style(light.cyberpunk, random=False, most=4000),
    "duotone": Style(looks.duotone, random=False, most=4000),
    "emboss": Style(drawing.emboss, random=False, most=4000),
    "film noir": Style(film.noir, most=4000),
    "film": Style(film.film, most=4000),
    "glitch": Style(light.glitch, most=4000),
    "golden hour": Style(looks.golden_hour, random=False, most=4000),
    "halftone": Style(comic.halftone, random=False, most=3000),
    "hdr": Style(looks.hdr, random=False, most=4000),
    "impressionist": Style(painting.impressionist),
    "ink wash": Style(painting.ink_wash),
    "japanese fresh": Style(looks.japanese_fresh, random=False, most=4000),
    "line art": Style(drawing.line_art, random=False),
    "lomo": Style(looks.lomo, random=False, most=4000),
    "low poly": Style(blocks.low_poly, most=3000),
    "moody": Style(looks.moody, random=False, most=4000),
    "mosaic": Style(blocks.mosaic, most=4000),
    "neon": Style(light.neon, random=False),
    "night vision": Style(looks.night_vision, most=3000),
    "oil painting": Style(painting.oil_painting, most=1150),
    "old photo": Style(film.old_photo, most=4000),
    "pencil sketch": Style(drawing.pencil_sketch),
    "pixel art": Style(blocks.pixel_art, random=False, most=4000),
    "pointillism": Style(blocks.pointillism),
    "pop art": Style(comic.pop_art, random=False),
    "soft focus": Style(looks.soft_focus, random=False, most=4000),
    "solarize": Style(looks.solarize, random=False, most=4000),
    "stained glass": Style(blocks.stained_glass),
    "thermal": Style(looks.thermal, random=False, most=3000),
    "tilt-shift": Style(looks.tilt_shift, random=False, most=4000),
    "vaporwave": Style(looks.vaporwave, random=False, most=3000),
    "vhs": Style(film.vhs, most=4000),
    "vintage": Style(film.vintage, most=4000),
    "watercolor": Style(painting.watercolor),
    "x-ray": Style(looks.x_ray, random=False, most=3000),
})  # fmt: skip
"""Canonical style names, lower case."""


def restyle(picture: Picture, operation: Restyle, region: Region | None, context: Context) -> Change:
    """Paint the picture, or the region's box of it, in a style of STYLES; `strength` mixes it with the photo.

    Stroke sizes go by the whole picture, so that a region and its surroundings match. Alpha stays.
    Raises Unsupported for a style that is none of STYLES.
    """
    style = STYLES.get(operation.style.strip().lower())
    if style is None:
        raise _unknown(operation.style)
    rng = context.rng()
    unit = min(picture.width, picture.height) / 1000

    def work(color: Pixels) -> Pixels:
        painted = _painted(color, style, unit, rng)
        if operation.strength >= 1.0:
            return painted
        mixed = np.asarray(cv2.addWeighted(painted, operation.strength, color, 1.0 - operation.strength, 0.0), np.uint8)
        return mixed

    pixels = in_window(picture, region, round(20 * unit), lambda part: with_color(part, work))
    return Change(pixels, engine=f"classical {operation.style.strip().lower()}", seeded=style.random)


def _painted(color: Pixels, style: Style, unit: float, rng: np.random.Generator) -> Pixels:
    """H×W×3 uint8 in, the same shape out; `unit` as in canvas.Paint."""
    height, width = color.shape[:2]
    shrink = min(1.0, style.most / (1000 * unit))
    # A kernel needs a few pixels to stand on: slivers are painted as part of a mirrored, wider strip.
    pad_y, pad_x = max(_LEAST - height, 0), max(_LEAST - width, 0)
    if pad_y or pad_x:
        color = np.asarray(cv2.copyMakeBorder(color, 0, pad_y, 0, pad_x, cv2.BORDER_REPLICATE), np.uint8)
    size = (max(round(color.shape[1] * shrink), _LEAST), max(round(color.shape[0] * shrink), _LEAST))
    small = color if shrink == 1.0 else np.asarray(cv2.resize(color, size, interpolation=cv2.INTER_AREA), np.uint8)
    painted = to_pixels(np.clip(style.paint(to_canvas(small), max(unit * shrink, 0.05), rng), 0.0, 1.0))
    if shrink < 1.0:
        size = (color.shape[1], color.shape[0])
        painted = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return np.ascontiguousarray(painted[:height, :width])


_LEAST = 16


def _unknown(style: str) -> Unsupported:
    names = ", ".join(STYLES)
    return Unsupported(
        Bilingual(
            f"No embedded engine can restyle as “{shorten(style)}”.", f"内置引擎不会“{shorten(style)}”这种风格。"
        ),
        Bilingual(
            f"Use one of: {names}; or attach a model that restyles by words: --painter MODEL.",
            f"可用的风格：{names}；或者接入能按文字改变风格的模型：--painter 模型。",
        ),
    )
