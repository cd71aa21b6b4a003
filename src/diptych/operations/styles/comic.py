"""Printed styles: cartoon, anime, comic, pop art, halftone."""

from __future__ import annotations

import numpy as np

from diptych.operations.styles.canvas import Canvas, Plane, blurred, luma, ranked, saturated, smooth_step
from diptych.operations.styles.flow import clean_lines, flat_areas, flattened, ink_lines


def cartoon(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Flat areas in soft luminance steps under clean lines (after Winnemöller, Olsen & Gooch, 2006)."""
    flat = flat_areas(canvas, unit, 24, 0.11)
    stepped = saturated(_with_luma(flat, _stepped(luma(flat), 7, 14.0)), 1.4)
    lines = clean_lines(luma(canvas), unit, 1.7)
    return np.asarray(np.clip(stepped, 0.0, 1.0) * (np.float32(0.1) + np.float32(0.9) * lines)[:, :, None], np.float32)


def anime(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Bright, clear cel colours with a glow in the lights and thin coloured lines."""
    flat = flat_areas(canvas, unit, 18, 0.09)
    gray = luma(flat)
    bright = np.clip(gray, 0, 1) ** np.float32(0.78)
    cel = saturated(_with_luma(flat, np.float32(0.55) * bright + np.float32(0.45) * _stepped(bright, 5, 10.0)), 1.55)
    glow = blurred(cel * smooth_step(luma(cel), 0.55, 0.95)[:, :, None], 14 * unit)
    lit = 1 - (1 - cel) * (1 - np.float32(0.32) * glow)
    lines = clean_lines(luma(canvas), unit, 1.2, least=45.0)[:, :, None]
    # Lines are a darker shade of what they bound, with a hint of cool, as inkers of cels colour them.
    shade = lit * np.array([0.30, 0.26, 0.36], np.float32)
    result: Canvas = np.clip(shade + (lit - shade) * lines, 0.0, 1.0)
    return result


def comic(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Few strong colours, bold ink, solid blacks, and dots of shade in the mid-tones."""
    flat = flattened(canvas, unit, 5, 0.12)
    gray = luma(flat)
    low, high = np.percentile(gray[::4, ::4], [2, 98])
    gray = np.clip((gray - np.float32(low)) / np.float32(max(high - low, 0.05)), 0.0, 1.0)
    inked = saturated(_with_luma(flat, np.float32(0.18) + np.float32(0.82) * _stepped(gray, 4, 20.0)), 1.8)
    dots = _dots(gray, 8 * unit, 25.0)
    band = smooth_step(gray, 0.18, 0.28) * (1 - smooth_step(gray, 0.5, 0.62))
    shaded = inked * (1 - np.float32(0.42) * band * (1 - dots))[:, :, None]
    lines = ink_lines(gray, 1.9 * unit, 16.0, 0.01, 22.0)
    black = smooth_step(blurred(gray, 1.5 * unit), 0.09, 0.14)
    result: Canvas = shaded * np.minimum(lines, black)[:, :, None]
    return result


_POP = np.array(
    [[0.10, 0.05, 0.28], [0.86, 0.09, 0.45], [1.0, 0.42, 0.16], [1.0, 0.86, 0.18], [0.99, 0.97, 0.88]], np.float32
)
"""Dark to light: indigo, magenta, orange, yellow, paper."""


def pop_art(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A screen print: luminance in five flat inks, the coolest hues in turquoise, dots where two inks meet."""
    flat = flattened(canvas, unit, 5, 0.13)
    gray = np.float32(0.6) * blurred(ranked(luma(flat)), unit) + np.float32(0.4) * blurred(luma(flat), unit)
    position = np.clip(gray, 0, 0.9999) * len(_POP)
    base = np.floor(position)
    # The last third of each band is printed as dots of the next ink.
    dotted = (_dots(smooth_step(position - base, 0.6, 1.15), 9 * unit, 45.0) > 0.5) & (position - base > 0.6)
    ink = np.minimum(base + dotted, len(_POP) - 1).astype(np.int64)
    printed = _POP[ink]
    cool = smooth_step(flat[:, :, 2] - flat[:, :, 0], 0.06, 0.14) * smooth_step(gray, 0.25, 0.4)
    turquoise = np.array([0.12, 0.72, 0.74], np.float32) * (np.float32(0.6) + np.float32(0.5) * gray[:, :, None])
    printed = printed + (np.minimum(turquoise, 1) - printed) * cool[:, :, None]
    lines = ink_lines(luma(flat), 1.8 * unit, 15.0, 0.01, 20.0)[:, :, None]
    result: Canvas = printed * lines + _POP[0] * (1 - lines)
    return result.astype(np.float32)


def halftone(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Four-colour printing seen through a loupe: C, M, Y, K dots at their usual angles (15°, 75°, 0°, 45°)."""
    soft = blurred(canvas, 2 * unit)
    black = 1 - soft.max(axis=2)
    rest = np.maximum(1 - black, 1e-3)
    inks = [(1 - soft[:, :, channel] - black) / rest for channel in range(3)]
    printed = np.ones_like(canvas)
    tints = np.array([[0.0, 0.62, 0.88], [0.90, 0.05, 0.50], [1.0, 0.90, 0.0], [0.12, 0.11, 0.12]], np.float32)
    for ink, degrees, tint in zip([*inks, black], (15.0, 75.0, 0.0, 45.0), tints, strict=True):
        cover = 1 - _dots(1 - np.clip(ink, 0, 1), 7 * unit, degrees)
        printed *= 1 - cover[:, :, None] * (1 - tint)
    result: Canvas = printed
    return result


def _stepped(gray: Plane, steps: int, steepness: float) -> Plane:
    """Soft luminance quantisation: q + Δ/2 tanh(φ (l - q)), with q the nearest of `steps` levels."""
    width = np.float32(1 / steps)
    nearest = (np.floor(np.clip(gray, 0, 0.9999) / width) + np.float32(0.5)) * width
    stepped: Plane = nearest + width / 2 * np.tanh(np.float32(steepness) * (gray - nearest))
    return stepped


def _with_luma(canvas: Canvas, wanted: Plane) -> Canvas:
    """The canvas with another luma; chroma moves with it, less than in proportion so that darks don't go grey."""
    now = luma(canvas)
    ratio = (np.clip(wanted, 0, 1) + np.float32(0.03)) / (now + np.float32(0.03))
    scaled: Canvas = np.clip(canvas * np.clip(ratio, 0.3, 2.5)[:, :, None], 0.0, 1.0)
    return scaled


def _dots(gray: Plane, pitch: float, degrees: float) -> Plane:
    """Round dots on a screen turned by `degrees`, so large that the mean is `gray`; 1 paper, 0 ink, antialiased."""
    pitch = max(pitch, 3.0)
    height, width = gray.shape
    turn = np.radians(degrees)
    x = np.arange(width, dtype=np.float32)[None, :] * np.float32(2 * np.pi / pitch)
    y = np.arange(height, dtype=np.float32)[:, None] * np.float32(2 * np.pi / pitch)
    u = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn))
    v = y * np.float32(np.cos(turn)) - x * np.float32(np.sin(turn))
    screen = np.float32(0.5) + np.float32(0.25) * (np.cos(u) + np.cos(v))
    edge = np.float32(1.5 / pitch)
    return np.asarray(np.clip(np.float32(0.5) + (gray - screen) / (2 * edge), 0.0, 1.0), np.float32)
