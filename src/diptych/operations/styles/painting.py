"""Painted styles: oil, impressionist, watercolour, ink wash (水墨)."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.operations.styles.canvas import (
    Canvas,
    Plane,
    blurred,
    clouds,
    displaced,
    luma,
    paper,
    ranked,
    saturated,
    smooth_step,
    to_canvas,
    to_pixels,
)
from diptych.operations.styles.flow import along_flow, flattened, flow_field, ink_lines, kuwahara


def oil_painting(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Dabs (Kuwahara) drawn out along the contours, with bristle marks lit from the upper left."""
    height, width = canvas.shape[:2]
    dabs = kuwahara(canvas, max(round(6 * unit), 3))
    flow = flow_field(luma(dabs), 5 * unit)
    stride = max(0.9 * unit, 1.0)
    drawn = along_flow(dabs, flow, 8, stride)
    noise = blurred(rng.standard_normal((height, width), dtype=np.float32), 0.9 * unit)
    bristles = along_flow(noise / max(float(noise.std()), 1e-6), flow, 14, 1.3 * stride)
    bristles /= max(float(bristles.std()), 1e-6)
    relief = bristles * np.float32(0.28) + luma(drawn) * np.float32(3.0)
    slope = (cv2.Sobel(relief, -1, 1, 0) + cv2.Sobel(relief, -1, 0, 1)) * np.float32(max(unit, 0.5))
    shine = np.float32(0.075) * np.tanh(slope * np.float32(0.55))
    rich = saturated(drawn, 1.28)
    rich = np.clip(rich + np.float32(0.12) * (rich - 0.5) * (1 - np.abs(2 * rich - 1)), 0.0, 1.0)
    return np.asarray(np.clip(rich - shine[:, :, None], 0.0, 1.0), np.float32)


def impressionist(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Three coats of strokes along the forms, broad to fine, each of one slightly varied colour (Hertzmann, 1998)."""
    height, width = canvas.shape[:2]
    painted = to_pixels(blurred(saturated(canvas, 1.1), 12 * unit))
    flow = flow_field(luma(canvas), 6 * unit)
    for brush in (24 * unit, 12 * unit, 6 * unit):
        source = saturated(blurred(canvas, brush / 3), 1.35)
        error = np.abs(source - to_canvas(painted)).sum(axis=2)
        error = blurred(error, brush / 2)
        step = max(brush * 0.75, 2.0)
        rows, columns = np.mgrid[step / 2 : height : step, step / 2 : width : step]
        places = np.stack([columns.ravel(), rows.ravel()], axis=1)
        places += rng.uniform(-step / 2, step / 2, places.shape)
        x = np.clip(places[:, 0].astype(int), 0, width - 1)
        y = np.clip(places[:, 1].astype(int), 0, height - 1)
        wanted = error[y, x] > (0.0 if brush > 15 * unit else 0.12 if brush > 8 * unit else 0.2)
        x, y = x[wanted], y[wanted]
        colors = source[y, x] * (1 + rng.normal(0, 0.07, (x.size, 1))) + rng.normal(0, 0.025, (x.size, 3))
        lengths = brush * rng.uniform(1.4, 3.0, x.size)
        ends = np.stack([flow[0][y, x], flow[1][y, x]], axis=1) * lengths[:, None] / 2
        _draw_strokes(painted, np.stack([x, y], axis=1), ends, np.clip(colors, 0, 1) * 255, brush, rng)
    return to_canvas(painted)


def _draw_strokes(
    painted: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    middles: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    ends: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    colors: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    brush: float,
    rng: np.random.Generator,
) -> None:
    """Straight strokes with round ends, in random order, on 1/16 pixel."""
    starts = np.rint((middles - ends) * 16).astype(int)
    stops = np.rint((middles + ends) * 16).astype(int)
    thickness = max(round(brush * 0.55), 1)
    for index in rng.permutation(len(middles)):
        start, stop = tuple(map(int, starts[index])), tuple(map(int, stops[index]))
        cv2.line(painted, start, stop, colors[index].tolist(), thickness, cv2.LINE_AA, 4)


def watercolor(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Flat washes with wavering edges, pigment gathered at the edges and in the tooth of the paper.

    Pigment is laid on as in Bousseau et al. (2006): density d turns a colour C into C - (C - C²)(d - 1).
    """
    height, width = canvas.shape[:2]
    tooth = paper(height, width, unit, rng)
    reach = np.float32(7 * unit)
    dx = (clouds(height, width, 30 * unit, 3, rng) - 0.5) * reach
    dy = (clouds(height, width, 30 * unit, 3, rng) - 0.5) * reach
    washes = displaced(flattened(canvas, unit, 4, 0.11), dx, dy)
    dabs = np.asarray(cv2.medianBlur(to_pixels(washes), 5), np.uint8)
    wash = saturated(blurred(to_canvas(dabs), 0.8 * unit), 1.35)
    # Watercolour has no black: shadows are pale and lights are the paper itself.
    wash = 1 - np.float32(0.86) * smooth_step(1 - wash, -0.04, 1.08) ** np.float32(1.2)
    gray = luma(wash)
    gradient = cv2.magnitude(
        cv2.Sobel(blurred(gray, 1.2 * unit), -1, 1, 0), cv2.Sobel(blurred(gray, 1.2 * unit), -1, 0, 1)
    )
    rim = np.minimum(gradient * np.float32(2.0 * max(unit, 0.6)), np.float32(0.9))
    pooling = clouds(height, width, 140 * unit, 4, rng) - np.float32(0.5)
    density = 1 + np.float32(0.75) * rim + np.float32(0.65) * pooling + np.float32(0.55) * (tooth - np.float32(0.5))
    painted = wash - (wash - wash * wash) * (density - 1)[:, :, None]
    warm = np.array([1.0, 0.992, 0.97], np.float32)
    sheet = 1 - np.float32(0.08) * np.abs(tooth - np.float32(0.5))
    result: Canvas = np.clip(painted * warm * sheet[:, :, None], 0.0, 1.0)
    return result


def ink_wash(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """水墨: washes of diluted ink that bleed into rice paper, brush lines of varying weight, empty lights."""
    height, width = canvas.shape[:2]
    gray = luma(canvas)
    low, high = np.percentile(gray[::4, ::4], [2, 96])
    gray = np.clip((gray - np.float32(low)) / np.float32(max(high - low, 0.05)), 0.0, 1.0)
    flat = luma(flattened(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), unit, 4, 0.14))
    reach = np.float32(16 * unit)
    dx = (clouds(height, width, 40 * unit, 4, rng) - 0.5) * reach
    dy = (clouds(height, width, 40 * unit, 4, rng) - 0.5) * reach
    pale = displaced(blurred(flat, 5 * unit), dx, dy)
    body = displaced(blurred(flat, 1.5 * unit), dx * np.float32(0.4), dy * np.float32(0.4))
    mixed = np.float32(0.45) * pale + np.float32(0.55) * body
    # Half of a sheet of ink wash is empty, whatever the light in the photo was.
    tone = _ink_tones(np.float32(0.45) * mixed + np.float32(0.55) * ranked(mixed) ** np.float32(0.75))
    pooling = clouds(height, width, 120 * unit, 4, rng) - np.float32(0.5)
    tooth = paper(height, width, unit, rng)
    wash = 1 - (1 - tone) * (1 + np.float32(0.9) * pooling + np.float32(0.35) * (tooth - np.float32(0.5)))
    lines = ink_lines(flat, 1.3 * unit, 20.0, 0.02, 14.0)
    broad = ink_lines(flat, 3.2 * unit, 14.0, 0.035, 10.0)
    # The brush runs dry: the paper's tooth shows in the lines.
    dry = smooth_step(tooth + np.float32(0.6) * pooling, 0.72, 0.9)
    brush = 1 - (1 - np.minimum(lines, np.float32(0.35) + np.float32(0.65) * broad)) * (1 - np.float32(0.7) * dry)
    ink = np.clip(wash, 0, 1) * (np.float32(0.12) + np.float32(0.88) * brush)
    return _on_rice_paper(ink, tooth)


def _ink_tones(tone: Plane) -> Plane:
    """Five dilutions of ink (墨分五色), stepped softly, with the lights left empty."""
    lifted = smooth_step(tone, 0.02, 0.82) ** np.float32(0.8)
    levels = np.float32(5.0)
    scaled = lifted * levels
    base = np.floor(scaled)
    stepped = (base + 0.5 + 0.5 * np.tanh(3.0 * (scaled - base - 0.5))) / levels
    return np.asarray(np.clip(np.float32(0.5) * stepped + np.float32(0.5) * lifted, 0.0, 1.0), np.float32)


def _on_rice_paper(ink: Plane, tooth: Plane) -> Canvas:
    sheet = np.array([0.965, 0.945, 0.895], np.float32)
    black = np.array([0.085, 0.09, 0.105], np.float32)
    fibres = (1 - np.float32(0.05) * np.abs(tooth - np.float32(0.5)))[:, :, None]
    result: Canvas = np.clip((black + (sheet - black) * ink[:, :, None]) * fibres, 0.0, 1.0)
    return result
