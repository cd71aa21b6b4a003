"""What all styles work on: float pictures in 0..1, and the textures of paper, canvas and film."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.operations.dither import round_dithered

Canvas = NDArray[np.float32]
"""H×W×3, sRGB values in 0..1."""
Plane = NDArray[np.float32]
"""H×W, 0..1 unless said otherwise."""
Paint = Callable[[Canvas, float, np.random.Generator], Canvas]
"""(canvas, unit, rng) → canvas. `unit` is a thousandth of the whole picture's shorter side, in pixels."""


def to_canvas(pixels: Pixels) -> Canvas:
    """H×W×3 uint8 → 0..1."""
    return np.asarray(np.multiply(pixels, np.float32(1 / 255), dtype=np.float32), np.float32)


def to_pixels(canvas: Canvas) -> Pixels:
    """0..1 → H×W×3 uint8, dithered against banding."""
    result: Pixels = np.empty(canvas.shape, np.uint8)
    for top in range(0, canvas.shape[0], 256):
        result[top : top + 256] = round_dithered(canvas[top : top + 256] * np.float32(255), top)
    return result


def luma(canvas: Canvas) -> Plane:
    """BT.601 luma, H×W."""
    plane = np.asarray(cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY), np.float32)
    return plane


def blurred(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian; wide ones on a smaller picture."""
    if sigma < 0.2:
        return plane
    shrink = 1
    while sigma / shrink > 8 and min(plane.shape[:2]) // (2 * shrink) >= 8:
        shrink *= 2
    if shrink == 1:
        smooth = np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
        return smooth
    height, width = plane.shape[:2]
    small = cv2.resize(plane, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    large = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return large


def saturated(canvas: Canvas, factor: float) -> Canvas:
    """Chroma times `factor` about luma."""
    gray = luma(canvas)[:, :, None]
    return np.asarray(np.clip(gray + (canvas - gray) * np.float32(factor), 0.0, 1.0), np.float32)


def smooth_step(values: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, a cubic between."""
    ramp = np.clip((values - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    step: Plane = ramp * ramp * (3.0 - 2.0 * ramp)
    return step


def ranked(gray: Plane) -> Plane:
    """Histogram equalisation: each value becomes the share of pixels that are darker, 0..1."""
    counts, edges = np.histogram(gray[::2, ::2], bins=512, range=(0.0, 1.0))
    shares = np.concatenate([[0.0], np.cumsum(counts)]) / max(int(counts.sum()), 1)
    table = np.interp(np.linspace(0, 1, 4096), edges, shares).astype(np.float32)
    return np.asarray(table[np.clip(gray * np.float32(4095), 0, 4095).astype(np.uint16)], np.float32)


def clouds(height: int, width: int, size: float, octaves: int, rng: np.random.Generator) -> Plane:
    """Fractal value noise, 0..1 about 0.5: blobs of `size` pixels, each octave half as large and half as strong."""
    total = np.zeros((height, width), np.float32)
    weight, sum_of_squares = 1.0, 0.0
    for _ in range(octaves):
        cells = (max(int(width / size), 1) + 3, max(int(height / size), 1) + 3)
        grid = rng.standard_normal((cells[1], cells[0]), dtype=np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        sum_of_squares += weight * weight
        weight *= 0.5
        size = max(size / 2, 1.0)
    return np.asarray(np.clip(0.5 + total / np.float32(4 * np.sqrt(sum_of_squares)), 0.0, 1.0), np.float32)


def paper(height: int, width: int, unit: float, rng: np.random.Generator) -> Plane:
    """The tooth of drawing paper: fine grain over faint blotches; mean 0.5, deviation about 0.15."""
    grain = rng.standard_normal((height, width), dtype=np.float32)
    grain = blurred(grain, max(0.7 * unit, 0.5))
    fine = grain / max(float(grain.std()), 1e-6)
    tooth: Plane = np.clip(0.5 + 0.13 * fine + 0.35 * (clouds(height, width, 12 * unit, 2, rng) - 0.5), 0.0, 1.0)
    return tooth


def strokes_texture(
    height: int, width: int, length: float, thickness: float, degrees: float, rng: np.random.Generator
) -> Plane:
    """Parallel pencil strokes: noise smeared along `degrees`; mean 0.5, deviation about 0.2."""
    pad = int(length)
    noise = rng.standard_normal((height + 2 * pad, width + 2 * pad), dtype=np.float32)
    noise = blurred(noise, max(thickness, 0.4))
    size = max(int(length) | 1, 3)
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1.0
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), degrees, 1.0)
    kernel = np.asarray(cv2.warpAffine(kernel, turn, (size, size), flags=cv2.INTER_LINEAR), np.float32)
    smeared = cv2.filter2D(noise, -1, kernel / kernel.sum())[pad : pad + height, pad : pad + width]
    texture: Plane = np.clip(0.5 + 0.2 * smeared / max(float(smeared.std()), 1e-6), 0.0, 1.0)
    return texture


def displaced(canvas: NDArray[np.float32], dx: Plane, dy: Plane) -> NDArray[np.float32]:
    """`canvas` looked up `dx`, `dy` pixels away; mirrored beyond the edge."""
    height, width = canvas.shape[:2]
    x = dx + np.arange(width, dtype=np.float32)[None, :]
    y = dy + np.arange(height, dtype=np.float32)[:, None]
    moved = np.asarray(cv2.remap(canvas, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.float32)
    return moved
