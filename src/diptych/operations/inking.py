"""Laying ink on pixels: which colour reads best there, an outline only where it is needed, and the blend itself.

Contrast is WCAG 2.2's ratio (Y₁ + 0.05) / (Y₂ + 0.05) of relative luminances; 4.5 is its bound for text. Blending is
straight alpha, in encoded sRGB, as browsers and photo editors do: in linear light black letters come out thin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Box
from diptych.operations.change import Pixels
from diptych.operations.color_space import LUMINANCE, decode, hex_to_srgb, linear_pixels
from diptych.operations.typesetting import Ink

WHITE, BLACK = "#ffffff", "#000000"
READABLE = 4.5
"""The contrast ratio that text needs (WCAG 2.2, success criterion 1.4.3)."""
_WHITE_BIAS = 0.35
"""White is what people expect on photos, and over a ground that is dark here and bright there white with a dark rim
reads best: black must lack contrast in so much less of its area to be taken instead."""
_SPREAD = 2.5
"""An outline that is needed under 40 % of the letters goes around all of them: a rim that comes and goes is noise."""
_TRANSPARENT = 0.18
"""Luminance taken for what lies under a transparent pixel: nothing is known, so neither black nor white is safe."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Paint:
    """How ink is laid: `color` None is white or black, whichever reads better; `em` (pixels) scales the outline."""

    color: str | None
    em: int
    opacity: float = 1.0
    outlined: bool = True


def luminance(color: str) -> float:
    """Relative luminance Y of `#rrggbb`, 0..1."""
    return float(np.dot(LUMINANCE, decode(hex_to_srgb(color))))


def contrast(first: float, second: float) -> float:
    """WCAG contrast ratio of two relative luminances, 1..21."""
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def readable_on(background: str) -> str:
    """White or black, whichever contrasts more with `#rrggbb`."""
    under = luminance(background)
    return WHITE if contrast(1.0, under) >= contrast(0.0, under) else BLACK


def reach(paint: Paint) -> int:
    """How far, in pixels, an outline goes beyond the ink."""
    return max(round(0.2 * paint.em), 3) if paint.outlined else 0


def lay(pixels: Pixels, ink: Ink, x: int, y: int, paint: Paint) -> tuple[Box, NDArray[np.bool_]]:
    """Draw `ink` into `pixels` (H×W×3 or ×4, changed in place) with its top left corner at (x, y); it may stick out.

    Returns the box that was worked on and where in it pixels were touched (bool, of the box's size).
    """
    height, width = pixels.shape[:2]
    pad = reach(paint)
    box = (max(x - pad, 0), max(y - pad, 0), min(x + ink.width + pad, width), min(y + ink.height + pad, height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return (0, 0, 0, 0), np.zeros((0, 0), np.bool_)
    view = pixels[box[1] : box[3], box[0] : box[2]]
    window = np.s_[box[1] - y + pad : box[3] - y + pad, box[0] - x + pad : box[2] - x + pad]
    letters = np.pad(ink.coverage, pad)[window]
    stamps = None if ink.stamps is None else np.pad(ink.stamps, ((pad, pad), (pad, pad), (0, 0)))[window]
    under = _luminance_under(view, paint.em) if letters.any() else np.zeros(letters.shape, np.float32)
    color = paint.color or better_color(under, letters)
    touched = letters > 0
    if paint.outlined and letters.any():
        need = _need(under, color)
        typical = float(need[letters > 0].mean())
        beside = np.float32(1.0) - letters.astype(np.float32) / np.float32(255.0)
        alpha: Floats = _outline(letters, paint.em) * np.maximum(need, np.float32(min(_SPREAD * typical, 1.0))) * beside
        rim = _rim_color(color, under[letters > 0])
        alpha *= _visible(rim, under)
        alpha[alpha < 1 / 64] = 0.0
        # The rim of a translucent mark is firmer than the mark, or the mark would be lost on its ground.
        blend(view, rim, alpha * np.float32(np.sqrt(paint.opacity)))
        touched |= alpha > 0
    blend(view, color, letters.astype(np.float32) * np.float32(paint.opacity / 255.0))
    if stamps is not None:
        blend(view, stamps[:, :, :3], stamps[:, :, 3].astype(np.float32) * np.float32(paint.opacity / 255.0))
        touched |= stamps[:, :, 3] > 0
    return box, touched


def better_color(under: Floats, letters: NDArray[np.uint8]) -> str:
    """White or black: the one whose letters lack contrast with `under` (luminance, H×W) in fewer places."""
    where = letters > 127 if (letters > 127).any() else letters > 0
    if not where.any():
        return WHITE
    lacking = {color: float(_need(under[where], color).mean()) for color in (WHITE, BLACK)}
    return BLACK if lacking[BLACK] + _WHITE_BIAS < lacking[WHITE] else WHITE


def color_for(pixels: Pixels, box: Box, em: int) -> str:
    """White or black for ink spread over a whole box of `pixels`."""
    view = pixels[box[1] : box[3], box[0] : box[2]]
    scale = min(1.0, 256 / max(view.shape[:2]))
    small = cv2.resize(np.ascontiguousarray(view), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    under = _luminance_under(np.asarray(small, np.uint8), max(round(em * scale), 1))
    return better_color(under, np.full(under.shape, 255, np.uint8))


def blend(view: Pixels, color: str | NDArray[np.uint8], alpha: Floats) -> None:
    """`color` (`#rrggbb` or H×W×3) over `view` (H×W×3 or ×4) by `alpha` (0..1), in place; Porter & Duff's "over"."""
    over = (
        np.rint(hex_to_srgb(color) * 255.0).astype(np.float32) if isinstance(color, str) else color.astype(np.float32)
    )
    if view.shape[2] == 3:
        base = np.ascontiguousarray(view)
        solid = np.broadcast_to(over, base.shape).astype(np.uint8)
        view[:] = cv2.blendLinear(base, solid, np.float32(1.0) - alpha, alpha)
        return
    below = view[:, :, 3].astype(np.float32) / 255.0
    result = alpha + below * (1.0 - alpha)
    share: Floats = np.divide(alpha, result, out=np.zeros_like(alpha), where=result > 0)[:, :, None]
    color_below = view[:, :, :3].astype(np.float32)
    view[:, :, :3] = np.rint(color_below + (over - color_below) * share).astype(np.uint8)
    view[:, :, 3] = np.rint(result * 255.0).astype(np.uint8)


def _luminance_under(view: Pixels, em: int) -> Floats:
    """Relative luminance as the eye takes it beside a letter: averaged over about an eighth of an em.

    A large box is averaged at 24 pixels per em, which changes the result by less than 0.01 and costs a tenth.
    """
    height, width = view.shape[:2]
    linear = linear_pixels(np.ascontiguousarray(view[:, :, :3]))
    light = np.asarray(cv2.transform(linear, np.array([LUMINANCE], np.float32)), np.float32).reshape(height, width)
    if view.shape[2] == 4:
        alpha = view[:, :, 3].astype(np.float32) / 255.0
        light = light * alpha + np.float32(_TRANSPARENT) * (np.float32(1.0) - alpha)
    scale = min(1.0, 24 / em)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.12 * em * scale, 0.8))
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _need(under: Floats, color: str) -> Floats:
    """1 where `color` on `under` falls short of the readable contrast, easing to 0 a quarter above it."""
    over = np.float32(luminance(color))
    ratio = (np.maximum(under, over) + 0.05) / (np.minimum(under, over) + 0.05)
    need: Floats = np.clip((1.25 * READABLE - ratio) / (0.25 * READABLE), 0.0, 1.0).astype(np.float32)
    return need


def _rim_color(color: str, under: Floats) -> str:
    """White or black: the one that stands off both from the ink and from the ground (median luminance)."""
    ink, ground = luminance(color), float(np.median(under))
    black, white = (min(contrast(rim, ink), 1.3 * contrast(rim, ground)) for rim in (0.0, 1.0))
    # Where the ground is near the rim's own luminance, the rim still sets the letters off by standing off the ink.
    if max(black, white) < 2.0:
        return BLACK if ink > _TRANSPARENT else WHITE
    return BLACK if black >= white else WHITE


def _visible(rim: str, under: Floats) -> Floats:
    """0 where a rim of this colour would be lost in the ground anyway (so nothing is drawn there), 1 where it shows."""
    over = np.float32(luminance(rim))
    ratio = (np.maximum(under, over) + 0.05) / (np.minimum(under, over) + 0.05)
    return np.asarray(np.clip((ratio - 1.05) / 0.4, 0.0, 1.0), np.float32)


def _outline(letters: NDArray[np.uint8], em: int) -> Floats:
    """A firm thin rim with a soft fall-off, 0..1, around the letters."""
    radius = max(round(0.035 * em), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    grown = cv2.dilate(letters, disc)
    rim = cv2.GaussianBlur(grown, (0, 0), max(0.012 * em, 0.5)).astype(np.float32) / 255.0
    glow = cv2.GaussianBlur(grown, (0, 0), max(0.055 * em, 1.0)).astype(np.float32) / 255.0
    return np.asarray(np.maximum(rim * np.float32(0.85), glow * np.float32(0.6)), np.float32)
