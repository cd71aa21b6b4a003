"""Styles made of light: neon, cyberpunk, glitch."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.operations.styles.canvas import Canvas, blurred, luma, saturated, smooth_step
from diptych.operations.styles.flow import flattened


def neon(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Contours as glowing tubes in the photo's own hues, on a night version of it."""
    flat = flattened(canvas, unit, 4, 0.12)
    soft = blurred(flat, 1.2 * unit)
    gradient = np.zeros(canvas.shape[:2], np.float32)
    for plane in cv2.split(soft):
        gradient = np.maximum(gradient, cv2.magnitude(cv2.Sobel(plane, -1, 1, 0), cv2.Sobel(plane, -1, 0, 1)))
    gradient *= np.float32(max(unit, 0.5))
    tube = smooth_step(gradient, 0.12, 0.6)
    vivid = _vivid(blurred(flat, 4 * unit))
    lit = vivid * tube[:, :, None]
    glow = blurred(lit, 4 * unit) * np.float32(1.3) + blurred(lit, 16 * unit) * np.float32(1.5)
    core = smooth_step(gradient, 0.4, 1.0)[:, :, None] * np.float32(0.75)
    night = flat ** np.float32(1.5) * np.array([0.10, 0.08, 0.18], np.float32) + np.array(
        [0.012, 0.008, 0.03], np.float32
    )
    shown = 1 - (1 - night) * (1 - np.clip(lit, 0, 1)) * np.exp(-glow)
    result: Canvas = np.clip(shown + (1 - shown) * core, 0.0, 1.0)
    return result


def cyberpunk(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Night in the neon city: teal shadows, magenta lights, bloom, and a lens that splits colours at the rim."""
    gray = luma(canvas)
    low, high = np.percentile(gray[::4, ::4], [1, 99])
    tone = np.clip((gray - np.float32(low)) / np.float32(max(high - low, 0.1)), 0, 1) ** np.float32(1.3)
    stops = np.array(
        [[0.02, 0.01, 0.07], [0.03, 0.16, 0.33], [0.42, 0.16, 0.62], [0.98, 0.36, 0.68], [1.0, 0.90, 0.93]], np.float32
    )
    knots = np.array([0.0, 0.28, 0.52, 0.78, 1.0])
    graded = np.dstack([np.interp(tone, knots, stops[:, channel]) for channel in range(3)]).astype(np.float32)
    own = saturated(canvas, 1.6) * np.clip(tone / np.maximum(gray, 0.05), 0, 1.5)[:, :, None]
    # What is already cyan or blue stays so and glows; all else takes the grade.
    cool = smooth_step(canvas[:, :, 2] - canvas[:, :, 0], 0.02, 0.25)[:, :, None]
    teal = np.dstack([tone * np.float32(0.25), tone * np.float32(0.95), np.minimum(tone * np.float32(1.15), 1)])
    mixed = graded * np.float32(0.72) + own * np.float32(0.28)
    mixed = mixed + (teal - mixed) * cool * np.float32(0.75)
    bloom = blurred(mixed * smooth_step(luma(mixed), 0.45, 0.85)[:, :, None], 15 * unit)
    lit = 1 - (1 - np.clip(mixed, 0, 1)) * (1 - np.clip(bloom, 0, 1) * np.float32(0.6))
    return _split_colors(lit, 0.004)


def glitch(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A damaged video stream: bands slipped sideways, red and cyan apart, a few blocks out of place."""
    height, width = canvas.shape[:2]
    broken = canvas.copy()
    for _ in range(14):
        top = int(rng.uniform(0, height))
        rows = slice(top, top + int(rng.uniform(0.005, 0.06) * height) + 1)
        broken[rows] = np.roll(broken[rows], int(rng.normal(0, 0.05) * width), axis=1)
    for _ in range(10):
        size = (int(rng.uniform(0.01, 0.03) * height) + 1, int(rng.uniform(0.05, 0.2) * width) + 1)
        y, x = int(rng.uniform(0, max(height - size[0], 1))), int(rng.uniform(0, max(width - size[1], 1)))
        source = int(rng.uniform(0, max(width - size[1], 1)))
        broken[y : y + size[0], x : x + size[1]] = canvas[y : y + size[0], source : source + size[1], ::-1]
    apart = max(round(7 * unit), 1)
    split = np.dstack(
        [np.roll(broken[:, :, 0], apart, axis=1), broken[:, :, 1], np.roll(broken[:, :, 2], -apart, axis=1)]
    )
    rows_index = np.arange(height, dtype=np.float32)[:, None, None]
    pitch = max(4 * unit, 2.0)
    scan = np.float32(0.92) + np.float32(0.08) * np.cos(rows_index * np.float32(2 * np.pi / pitch))
    result: Canvas = np.clip(saturated(split, 1.2) * scan, 0.0, 1.0)
    return result


def _vivid(canvas: Canvas) -> Canvas:
    """Full value and high saturation in the same hue; greys become electric blue."""
    hsv = cv2.cvtColor(np.clip(canvas, 0, 1), cv2.COLOR_RGB2HSV)
    hue, saturation = np.asarray(hsv[:, :, 0], np.float32), np.asarray(hsv[:, :, 1], np.float32)
    colored = smooth_step(saturation, 0.06, 0.25)
    vivid = np.dstack([hue, np.float32(0.55) + np.float32(0.4) * saturation, np.ones_like(hue)])
    rgb = cv2.cvtColor(vivid.astype(np.float32), cv2.COLOR_HSV2RGB)
    electric = np.array([0.25, 0.65, 1.0], np.float32)
    mixed: Canvas = electric + (rgb - electric) * colored[:, :, None]
    return mixed


def _split_colors(canvas: Canvas, reach: float) -> Canvas:
    """Lateral chromatic aberration: red a little larger, blue a little smaller."""
    height, width = canvas.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    planes = []
    for plane, scale in zip(
        cv2.split(np.ascontiguousarray(canvas, np.float32)), (1 + reach, 1.0, 1 - reach), strict=True
    ):
        matrix = cv2.getRotationMatrix2D(middle, 0, scale)
        planes.append(cv2.warpAffine(plane, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101))
    result = np.asarray(cv2.merge(planes), np.float32)
    return result
