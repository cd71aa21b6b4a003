"""The looks of old and new recordings: vintage, old photo, film, noir, VHS."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.styles.canvas import Canvas, Plane, blurred, clouds, luma, saturated, smooth_step


def vintage(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A faded print of the seventies: lifted blacks, warm lights, cool shadows, a light leak, grain."""
    height, width = canvas.shape[:2]
    faded = saturated(canvas, 0.78)
    curves = [
        (0.13, 0.28, 0.53, 0.80, 0.99),
        (0.10, 0.25, 0.51, 0.77, 0.95),
        (0.17, 0.31, 0.48, 0.66, 0.80),
    ]
    faded = _through_curves(faded, curves)
    faded = faded + (_leak(height, width, rng)[:, :, None] * np.array([0.30, 0.13, 0.02], np.float32)) * (1 - faded)
    return _grained(_darkened_corners(faded, 0.38), 0.035, unit, rng)


def old_photo(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A sepia print from an attic: soft, stained, faded towards the rim, with scratches and dust."""
    height, width = canvas.shape[:2]
    gray = luma(blurred(canvas, 0.9 * unit))
    # Early plates saw blue and hardly any red: skies are white, lips dark.
    gray = np.float32(0.6) * gray + np.float32(0.4) * (canvas @ np.array([0.05, 0.45, 0.50], np.float32))
    tone = np.float32(0.10) + np.float32(0.80) * smooth_step(gray, -0.12, 1.08)
    stain = clouds(height, width, 260 * unit, 4, rng) - np.float32(0.5)
    tone = tone + np.float32(0.16) * stain
    tone = _scratched(np.clip(tone, 0, 1), unit, rng)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    rim = smooth_step(np.maximum(np.abs(x), np.abs(y)) ** 6 + np.float32(0.5) * stain, 0.55, 1.25)
    tone = tone + rim * (np.float32(0.80) - tone) * np.float32(0.45)
    dark, light = np.array([0.13, 0.085, 0.05], np.float32), np.array([0.96, 0.88, 0.73], np.float32)
    sepia: Canvas = dark + (light - dark) * tone[:, :, None]
    return _grained(_darkened_corners(sepia, 0.22), 0.03, unit, rng)


def film(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Colour negative on print paper: a gentle S-curve, warm lights, a red glow around lights (halation), grain."""
    toned = _through_curves(
        saturated(canvas, 1.08),
        [(0.03, 0.21, 0.52, 0.80, 0.985), (0.035, 0.22, 0.51, 0.78, 0.97), (0.055, 0.235, 0.49, 0.745, 0.92)],
    )
    halo = blurred(smooth_step(luma(canvas), 0.8, 1.0), 9 * unit)[:, :, None]
    toned = 1 - (1 - toned) * (1 - halo * np.array([0.22, 0.07, 0.02], np.float32))
    return _grained(_darkened_corners(toned, 0.16), 0.028, unit, rng)


def noir(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Black and white with deep shadows, glowing lights and grain."""
    gray = canvas @ np.array([0.42, 0.43, 0.15], np.float32)
    low, high = np.percentile(gray[::4, ::4], [2, 98.5])
    tone = np.clip((gray - np.float32(low)) / np.float32(max(high - low, 0.1)), 0, 1)
    tone = np.float32(0.35) * tone + np.float32(0.65) * smooth_step(tone, 0.08, 0.95)
    glow = blurred(smooth_step(tone, 0.7, 1.0), 12 * unit)
    tone = np.clip(1 - (1 - tone) * (1 - np.float32(0.16) * glow), 0, 1)
    shaded = cv2.cvtColor(tone.astype(np.float32), cv2.COLOR_GRAY2RGB)
    return _grained(_darkened_corners(shaded, 0.5), 0.045, unit, rng)


def vhs(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Home video tape: 240 lines, colour that is smeared and late, jitter, a torn band at the bottom, noise."""
    height, width = canvas.shape[:2]
    lines = 480
    size = (max(round(width * lines / height), 16), lines)
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    ycc = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    bright = cv2.GaussianBlur(ycc[:, :, 0], (0, 0), sigmaX=1.1, sigmaY=0.3)
    bright = bright + np.float32(0.5) * (bright - cv2.GaussianBlur(bright, (0, 0), sigmaX=3.0, sigmaY=0.3))
    chroma = cv2.GaussianBlur(ycc[:, :, 1:], (0, 0), sigmaX=7.0, sigmaY=1.2)
    chroma = np.roll(chroma, 5, axis=1)
    chroma = np.float32(0.5) + (chroma - np.float32(0.5)) * np.float32(1.15)
    bright = bright + rng.normal(0, 0.035, bright.shape).astype(np.float32)
    noise = cv2.GaussianBlur(rng.standard_normal(chroma.shape, dtype=np.float32), (0, 0), sigmaX=6, sigmaY=0.6)
    chroma = chroma + noise * np.float32(0.12)
    tape = np.dstack([bright * np.float32(0.90) + np.float32(0.06), chroma]).astype(np.float32)
    tape = _torn(tape, rng)
    shown = cv2.cvtColor(tape, cv2.COLOR_YCrCb2RGB)
    rows = np.arange(lines, dtype=np.float32)[:, None, None]
    shown = np.clip(shown, 0, 1) * (np.float32(0.93) + np.float32(0.07) * np.cos(rows * np.float32(np.pi)))
    shown = shown * np.array([1.0, 0.985, 1.03], np.float32)
    large: Canvas = cv2.resize(shown.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(_darkened_corners(large, 0.2), 0.0, 1.0)


def _torn(tape: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Each line starts a little early or late; near the bottom, where the heads switch, far off and with drop-outs."""
    lines, width = tape.shape[:2]
    wander = np.cumsum(rng.normal(0, 0.25, lines))
    shift = 0.9 * np.sin(wander) + rng.normal(0, 0.35, lines)
    band = np.arange(lines) > lines * 0.955
    shift[band] += np.linspace(4, width * 0.09, int(band.sum()))
    creases = rng.integers(int(lines * 0.15), int(lines * 0.85), 2)
    torn = np.stack([np.roll(row, round(offset), axis=0) for row, offset in zip(tape, shift, strict=True)])
    for crease in creases:
        streaks = rng.random((3, width)) > 0.93
        spread = cv2.blur(streaks.astype(np.float32), (15, 1)) * np.float32(2.5)
        torn[crease : crease + 3, :, 0] += spread
    torn[band, :, 0] += (rng.random((int(band.sum()), width)) > 0.9).astype(np.float32) * np.float32(0.3)
    torn[band, :, 1:] = np.float32(0.5) + (torn[band, :, 1:] - np.float32(0.5)) * np.float32(0.4)
    return torn


def _through_curves(canvas: Canvas, curves: Sequence[Sequence[float]]) -> Canvas:
    """One curve a channel, each given by its values at equally spaced inputs, joined by a smooth quartic."""
    result = np.empty_like(canvas)
    position = np.linspace(0.0, 1.0, 4096)
    for channel, values in enumerate(curves):
        knots = np.linspace(0.0, 1.0, len(values))
        smooth = np.polynomial.Polynomial.fit(knots, values, min(4, len(values) - 1))(position)
        index = np.clip(canvas[:, :, channel] * np.float32(4095), 0, 4095).astype(np.uint16)
        result[:, :, channel] = np.clip(smooth, 0, 1).astype(np.float32)[index]
    return result


def _darkened_corners(canvas: Canvas, amount: float) -> Canvas:
    height, width = canvas.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    fall = smooth_step(np.sqrt((x * x + y * y) / 2), 0.35, 1.1)
    shaded: Canvas = canvas * (1 - np.float32(amount) * fall)[:, :, None]
    return shaded


def _grained(canvas: Canvas, deviation: float, unit: float, rng: np.random.Generator) -> Canvas:
    height, width = canvas.shape[:2]
    speckle = rng.standard_normal((height, width), dtype=np.float32)
    if unit > 0.7:
        speckle = blurred(speckle, 0.45 * unit)
        speckle /= max(float(speckle.std()), 1e-6)
    gray = np.clip(luma(canvas), 0, 1)
    weight = np.float32(deviation) * (np.float32(0.5) + np.float32(2.0) * gray * (1 - gray))
    return np.asarray(np.clip(canvas + (speckle * weight)[:, :, None], 0.0, 1.0), np.float32)


def _leak(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Light that got in at one side."""
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    if rng.random() < 0.5:
        x = 1 - x
    middle = np.float32(rng.uniform(0.2, 0.8))
    leak: Plane = np.exp(-((x / np.float32(0.22)) ** 2) - ((y - middle) / np.float32(0.55)) ** 2)
    return leak


def _scratched(tone: Plane, unit: float, rng: np.random.Generator) -> Plane:
    """Fine light scratches, mostly upright, and specks of dust."""
    height, width = tone.shape
    marks = np.zeros((height, width), np.uint8)
    for _ in range(14):
        x, y = rng.uniform(0, width), rng.uniform(-0.2, 0.9) * height
        length = rng.uniform(0.05, 0.45) * height
        lean = rng.normal(0, 0.06) * length
        bend = np.linspace(0, 1, 12)
        xs = x + lean * bend + np.cumsum(rng.normal(0, 0.6 * unit, 12))
        points = np.stack([xs, y + length * bend], axis=1)
        level = int(rng.uniform(60, 170))
        cv2.polylines(
            marks, [np.rint(points * 16).astype(np.int32)], False, level, max(round(0.8 * unit), 1), cv2.LINE_AA, 4
        )
    for _ in range(70):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = (max(round(rng.uniform(0.5, 2.2) * unit), 1), max(round(rng.uniform(0.5, 1.6) * unit), 1))
        cv2.ellipse(marks, centre, axes, rng.uniform(0, 180), 0, 360, int(rng.uniform(80, 200)), -1, cv2.LINE_AA)
    light = marks.astype(np.float32) / 255
    scratched: Plane = tone + (np.float32(0.93) - tone) * light * np.float32(0.75)
    return scratched
