"""Photographic looks: what a lens, a film stock, a colourist or an instrument makes of the same scene."""

from __future__ import annotations

import numpy as np

from diptych.operations.styles.canvas import Canvas, Plane, blurred, luma, ranked, saturated, smooth_step
from diptych.operations.styles.flow import flattened, ink_lines


def cinematic(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Teal shadows under warm skin and lights, soft contrast, darker corners."""
    tone = luma(canvas)[:, :, None]
    shade, lights = 1 - _step(tone, 0.0, 0.55), _step(tone, 0.45, 1.0)
    graded = canvas + shade * _color(-0.030, 0.008, 0.040) + lights * _color(0.035, 0.010, -0.045)
    contrasted = graded + np.float32(0.22) * (graded - np.float32(0.45)) * (1 - np.abs(2 * graded - 1))
    return _cornered(saturated(np.clip(contrasted, 0, 1), 1.08), 0.25)


def lomo(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Slide film in the wrong developer: hard contrast, strong colour, green-yellow lights, dark corners."""
    punch = np.clip(canvas, 0, 1)
    punch = punch * punch * (3 - 2 * punch)
    mixed = np.float32(0.65) * punch + np.float32(0.35) * canvas
    crossed = mixed * _color(1.04, 1.03, 0.80) + _color(0.0, 0.0, 0.11)
    return _cornered(saturated(np.clip(crossed, 0, 1), 1.45), 0.62)


def soft_focus(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Orton's sandwich: the picture screened with its own blur, so that lights glow and edges stay."""
    glow = blurred(canvas, 13 * unit)
    screened = 1 - (1 - canvas) * (1 - np.float32(0.55) * glow)
    return np.asarray(np.clip(np.float32(0.25) * canvas + np.float32(0.75) * screened**1.35, 0, 1), np.float32)


def golden_hour(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Low sun: amber lights, soft violet shadows, a haze of light from the upper corner."""
    height, width = canvas.shape[:2]
    tone = luma(canvas)[:, :, None]
    warm = canvas * _color(1.10, 0.98, 0.76) + (1 - tone) * _color(0.035, 0.010, 0.030)
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    sun = np.exp(-((1 - x) ** 2 + y**2) / np.float32(0.45))[:, :, None] * np.float32(0.30)
    return np.asarray(np.clip(1 - (1 - np.clip(warm, 0, 1)) * (1 - sun * _color(1.0, 0.74, 0.38)), 0, 1), np.float32)


def moody(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Dark and quiet: matte blacks, muted greens and blues, colour only in the warm."""
    warmth = _step((canvas[:, :, :1] - canvas[:, :, 2:]), 0.0, 0.25)
    muted = saturated(canvas, 0.55) + (saturated(canvas, 1.05) - saturated(canvas, 0.55)) * warmth
    matte = np.float32(0.055) + np.float32(0.80) * np.clip(muted, 0, 1) ** np.float32(1.35)
    return _cornered(matte * _color(1.02, 0.99, 0.96), 0.35)


def japanese_fresh(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Airy: lifted exposure, pale blue-green shadows, low contrast, gentle colour."""
    lifted = np.float32(0.10) + np.float32(0.90) * np.clip(canvas, 0, 1) ** np.float32(0.70)
    tinted = saturated(lifted, 0.85) + (1 - luma(lifted))[:, :, None] * _color(-0.03, 0.03, 0.055)
    return np.clip(tinted, 0.0, 1.0)


def hdr(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Local tone mapping: the large-scale light evened out, detail at three scales raised, colours rich."""
    tone = luma(canvas)
    base = blurred(tone, 45 * unit)
    even = tone + np.float32(0.42) * (np.float32(0.5) - base)
    for sigma, gain in ((2.0, 0.7), (8.0, 0.5), (24.0, 0.35)):
        even = even + np.float32(gain) * np.tanh((tone - blurred(tone, sigma * unit)) * 6) / 6
    ratio = (np.clip(even, 0, 1) + np.float32(0.04)) / (tone + np.float32(0.04))
    return saturated(np.clip(canvas * np.clip(ratio, 0.3, 3.0)[:, :, None], 0, 1), 1.3)


def tilt_shift(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A miniature: sharp in one band a little below the middle, ever softer above and below, colours like paint."""
    height = canvas.shape[0]
    distance = np.abs(np.linspace(0, 1, height, dtype=np.float32) - np.float32(0.58))
    softness = smooth_step(distance, 0.09, 0.5)[:, None, None] * 2
    slight, wide = blurred(canvas, 4 * unit), blurred(canvas, 12 * unit)
    near = canvas + (slight - canvas) * np.minimum(softness, 1)
    shown = near + (wide - near) * np.clip(softness - 1, 0, 1)
    contrasted = shown + np.float32(0.2) * (shown - np.float32(0.5)) * (1 - np.abs(2 * shown - 1))
    return saturated(np.clip(contrasted, 0, 1), 1.45)


def duotone(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Two inks: deep violet-blue to warm peach."""
    return _mapped(_stretched(luma(canvas)), [(0.10, 0.08, 0.36), (0.72, 0.26, 0.50), (1.0, 0.80, 0.62)])


def cyanotype(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Iron blue on paper."""
    return _mapped(_stretched(luma(canvas)), [(0.03, 0.12, 0.27), (0.18, 0.42, 0.62), (0.93, 0.95, 0.93)])


def thermal(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """The iron palette of a thermal camera, over brightness (a photo knows no temperature)."""
    heat = ranked(blurred(luma(canvas), 2.5 * unit))
    stops = [
        (0.02, 0.0, 0.12),
        (0.35, 0.0, 0.55),
        (0.80, 0.10, 0.42),
        (0.98, 0.50, 0.05),
        (1.0, 0.86, 0.25),
        (1.0, 1, 0.92),
    ]
    return _mapped(heat, stops)


def night_vision(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """An image intensifier: green phosphor, bloom, noise, a round field of view."""
    height, width = canvas.shape[:2]
    tone = _stretched(luma(canvas)) ** np.float32(0.8)
    bright = tone + np.float32(0.45) * blurred(smooth_step(tone, 0.6, 1.0), 9 * unit)
    noise = blurred(rng.standard_normal((height, width), dtype=np.float32), 0.7 * unit)
    bright = bright + np.float32(0.07) * noise / max(float(noise.std()), 1e-6)
    green = _mapped(np.clip(bright, 0, 1), [(0.0, 0.03, 0.0), (0.08, 0.55, 0.10), (0.75, 1.0, 0.70)])
    return _cornered(green, 0.85)


def x_ray(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A negative in cold light with bright contours, as on a light box."""
    tone = 1 - _stretched(luma(canvas))
    edges = 1 - ink_lines(luma(flattened(canvas, unit, 2, 0.1)), 1.4 * unit, 14.0, 0.0, 8.0)
    film = np.clip(tone ** np.float32(1.3) * np.float32(0.85) + np.float32(0.35) * blurred(edges, 1.5 * unit), 0, 1)
    return _mapped(np.asarray(film, np.float32), [(0.0, 0.02, 0.05), (0.30, 0.48, 0.60), (0.95, 1.0, 1.0)])


def solarize(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Light let into the darkroom: what is brighter than mid-grey turns back (Sabattier)."""
    return np.asarray(np.clip(2 * np.minimum(canvas, 1 - canvas), 0, 1) ** np.float32(0.9), np.float32)


def blueprint(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """White lines on blue, over a faint grid."""
    height, width = canvas.shape[:2]
    lines = 1 - ink_lines(luma(flattened(canvas, unit, 3, 0.1)), 1.0 * unit, 20.0, 0.015, 24.0)
    pitch = max(round(40 * unit), 8)
    grid = np.zeros((height, width), np.float32)
    grid[::pitch], grid[:, ::pitch] = 0.14, 0.14
    shade = (luma(canvas) - np.float32(0.5)) * np.float32(0.10)
    white = np.clip(np.maximum(lines, grid) + shade, 0, 1)
    return _mapped(np.asarray(white, np.float32), [(0.05, 0.20, 0.47), (0.50, 0.64, 0.82), (0.95, 0.97, 1.0)])


def vaporwave(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Pink, violet and turquoise haze with the scan lines of an old monitor."""
    tone = _stretched(luma(canvas))
    graded = _mapped(
        tone, [(0.16, 0.05, 0.36), (0.55, 0.20, 0.75), (1.0, 0.45, 0.78), (0.55, 0.93, 0.95), (1.0, 0.97, 1.0)]
    )
    mixed = np.float32(0.75) * graded + np.float32(0.25) * saturated(canvas, 1.5)
    glow = blurred(mixed, 14 * unit)
    lit = 1 - (1 - mixed) * (1 - np.float32(0.25) * glow)
    rows = np.arange(canvas.shape[0], dtype=np.float32)[:, None, None]
    pitch = max(5 * unit, 3.0)
    scan = np.float32(0.95) + np.float32(0.05) * np.cos(rows * np.float32(2 * np.pi / pitch))
    return np.asarray(np.clip(lit * scan, 0, 1), np.float32)


def _color(red: float, green: float, blue: float) -> Canvas:
    return np.array([red, green, blue], np.float32)


def _step(values: Canvas, low: float, high: float) -> Canvas:
    return smooth_step(values, low, high)


def _stretched(tone: Plane) -> Plane:
    """The 1st and 99th percentiles to 0 and 1."""
    low, high = np.percentile(tone[::4, ::4], [1, 99])
    return np.asarray(np.clip((tone - low) / max(float(high - low), 0.05), 0, 1), np.float32)


def _mapped(tone: Plane, stops: list[tuple[float, float, float]]) -> Canvas:
    """A gradient through equally spaced colours."""
    table = np.array(stops, np.float32)
    place = np.linspace(0.0, 1.0, 4096)
    knots = np.linspace(0.0, 1.0, len(table))
    ramp = np.stack([np.interp(place, knots, table[:, channel]) for channel in range(3)], axis=1).astype(np.float32)
    index = np.clip(tone * np.float32(4095), 0, 4095).astype(np.uint16)
    return np.asarray(ramp[index], np.float32)


def _cornered(canvas: Canvas, amount: float) -> Canvas:
    """Darker towards the corners."""
    height, width = canvas.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    fall = smooth_step(np.sqrt((x * x + y * y) / 2), 0.3, 1.08)
    return np.asarray(np.clip(canvas * (1 - np.float32(amount) * fall)[:, :, None], 0, 1), np.float32)
