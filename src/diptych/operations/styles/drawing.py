"""Drawn styles: pencil, coloured pencil, charcoal, line art; and emboss."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.operations.styles.canvas import (
    Canvas,
    Plane,
    blurred,
    luma,
    paper,
    ranked,
    saturated,
    smooth_step,
    strokes_texture,
)
from diptych.operations.styles.flow import flattened, ink_lines


def pencil_sketch(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Graphite: outlines, and shading in two directions of hatching that leaves the lights to the paper."""
    drawn = _graphite(luma(canvas), unit, rng)
    lead = np.array([0.16, 0.16, 0.175], np.float32)
    sheet = np.array([0.985, 0.98, 0.965], np.float32)
    result: Canvas = lead + (sheet - lead) * drawn[:, :, None]
    return result


def colored_pencil(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """The pencil drawing, hatched with the photo's own colours."""
    height, width = canvas.shape[:2]
    drawn = _graphite(luma(canvas), unit, rng)[:, :, None]
    hatch = strokes_texture(height, width, 30 * unit, 0.9 * unit, 40, rng)
    color = saturated(flattened(canvas, unit, 2, 0.08), 1.5)
    cover = np.clip(np.float32(0.62) + np.float32(0.75) * (hatch - np.float32(0.5)), 0.0, 1.0)[:, :, None]
    laid = 1 - cover * (1 - color) * np.float32(1.05)
    return np.asarray(np.clip(laid * (np.float32(0.35) + np.float32(0.65) * drawn), 0.0, 1.0), np.float32)


def _graphite(gray: Plane, unit: float, rng: np.random.Generator) -> Plane:
    """1 is paper, 0 the softest lead. Tone follows Lu, Xu & Jia (2012): mostly light, with few and deep darks."""
    height, width = gray.shape
    low, high = np.percentile(gray[::4, ::4], [1, 97])
    tone = np.clip((gray - np.float32(low)) / np.float32(max(high - low, 0.05)), 0.0, 1.0)
    # However dark the photo, most of the sheet stays light: the darker half of the ranks is squeezed.
    shading = np.float32(0.5) * tone + np.float32(0.5) * ranked(gray) ** np.float32(0.7)
    # Colour dodge of the picture with its own blur: white where flat, grey where darker than around.
    dodge = np.clip(tone / np.maximum(blurred(tone, 7 * unit), 0.02), 0.0, 1.0) ** np.float32(2.6)
    outlines = np.minimum(dodge, ink_lines(tone, 0.7 * unit, 13.0, 0.03, 12.0))
    shade = 1 - blurred(shading, 1.2 * unit) ** np.float32(0.8)
    slant = strokes_texture(height, width, 34 * unit, 0.7 * unit, 48, rng)
    cross = strokes_texture(height, width, 26 * unit, 0.7 * unit, 105, rng)
    tooth = paper(height, width, 0.8 * unit, rng)
    first = shade * (np.float32(0.5) + np.float32(0.9) * (slant - np.float32(0.2)))
    second = smooth_step(shade, 0.45, 0.95) * (np.float32(0.3) + np.float32(0.8) * (cross - np.float32(0.2)))
    lead = np.clip(np.float32(0.6) * first + np.float32(0.62) * second - np.float32(0.03), 0.0, 1.0)
    lead *= np.float32(1.0) + np.float32(0.7) * (tooth - np.float32(0.5))
    return np.asarray(np.clip((1 - lead) * (np.float32(0.12) + np.float32(0.88) * outlines), 0.0, 1.0), np.float32)


def charcoal(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Broad soft blacks that catch on rough paper, smudged mid-tones."""
    height, width = canvas.shape[:2]
    gray = luma(flattened(canvas, unit, 3, 0.12))
    low, high = np.percentile(gray[::4, ::4], [2, 95])
    tone = smooth_step(gray, float(low), float(max(high, low + 0.1)))
    tooth = paper(height, width, 1.6 * unit, rng)
    drag = strokes_texture(height, width, 40 * unit, 1.6 * unit, 35, rng)
    smudge = blurred(tone, 3 * unit)
    lay = (1 - np.float32(0.5) * (tone + smudge)) * np.float32(1.15)
    grit = np.float32(0.55) * tooth + np.float32(0.45) * drag
    cover = smooth_step(lay + np.float32(0.9) * (grit - np.float32(0.5)), 0.12, 0.95)
    lines = blurred(ink_lines(luma(canvas), 1.8 * unit, 14.0, 0.03, 9.0), 0.5 * unit)
    drawn = (1 - cover) * (np.float32(0.25) + np.float32(0.75) * lines)
    sheet = np.array([0.95, 0.935, 0.905], np.float32)
    black = np.array([0.09, 0.085, 0.085], np.float32)
    result: Canvas = black + (sheet - black) * drawn[:, :, None]
    return result


def line_art(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Clean black lines on white, and solid blacks where the photo has them."""
    gray = luma(flattened(canvas, unit, 3, 0.1))
    lines = ink_lines(gray, 1.1 * unit, 22.0, 0.015, 30.0)
    solid = smooth_step(blurred(gray, 1.5 * unit), 0.08, 0.13)
    drawn = np.minimum(lines, solid)
    result = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_GRAY2RGB), np.float32)
    return result


def emboss(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A relief in grey stone, lit from the upper left."""
    height = blurred(luma(canvas), 0.8 * unit)
    slope = cv2.Sobel(height, -1, 1, 0) + cv2.Sobel(height, -1, 0, 1)
    relief = np.float32(0.56) + np.float32(0.42) * np.tanh(slope * np.float32(2.2 * max(unit, 0.5)))
    tinted = relief[:, :, None] * np.array([1.0, 0.99, 0.965], np.float32)
    result: Canvas = np.clip(tinted, 0.0, 1.0)
    return result
