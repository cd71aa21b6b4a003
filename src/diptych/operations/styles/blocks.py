"""Styles built of pieces: mosaic, pixel art, low poly, stained glass, pointillism."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.styles.canvas import Canvas, blurred, clouds, luma, saturated, to_canvas, to_pixels
from diptych.operations.styles.flow import flattened

Points = NDArray[np.float32]
"""N×2, (x, y) in pixels."""


def mosaic(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Square stones, each of one colour a little off its neighbour's, bevelled, in dark grout."""
    height, width = canvas.shape[:2]
    size = max(round(14 * unit), 4)
    rows, columns = -(-height // size), -(-width // size)
    padded = cv2.copyMakeBorder(canvas, 0, rows * size - height, 0, columns * size - width, cv2.BORDER_REPLICATE)
    means = np.asarray(cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    colors = np.clip(saturated(means, 1.4) * np.float32(1.12), 0, 1)
    colors = colors * (1 + rng.normal(0, 0.06, (rows, columns, 1)).astype(np.float32))
    stones = np.repeat(np.repeat(np.clip(colors, 0, 1), size, axis=0), size, axis=1)
    across = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / size * 2 - 1
    inside = 1 - np.maximum(np.abs(across)[None, :], np.abs(across)[:, None])
    grout = np.clip((inside - np.float32(0.10)) * np.float32(size / 4), 0, 1)
    bevel = (
        np.clip(1 - inside / np.float32(0.32), 0, 1) * -np.sign(across[None, :] + across[:, None]) * np.float32(0.13)
    )
    joint = np.tile(grout, (rows, columns))[:, :, None]
    lit = np.clip(stones + np.tile(bevel, (rows, columns))[:, :, None], 0, 1)
    grain = clouds(rows * size, columns * size, 5 * unit, 2, rng)[:, :, None] - np.float32(0.5)
    mortar = np.array([0.30, 0.28, 0.26], np.float32) * (np.float32(0.85) + np.float32(0.5) * grain)
    laid = mortar + (lit + np.float32(0.07) * grain - mortar) * joint
    return np.asarray(np.clip(laid[:height, :width], 0.0, 1.0), np.float32)


def pixel_art(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """A sprite: big square pixels, edges kept crisp before shrinking, twenty-four colours.

    The colours are chosen to cover the range rather than by how common they are: green eyes stay green.
    """
    from PIL import Image

    height, width = canvas.shape[:2]
    size = max(round(8.5 * unit), 2)
    columns, rows = max(-(-width // size), 1), max(-(-height // size), 1)
    padded = cv2.copyMakeBorder(canvas, 0, rows * size - height, 0, columns * size - width, cv2.BORDER_REPLICATE)
    small = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA)
    crisp = small + np.float32(0.6) * (small - cv2.GaussianBlur(small, (0, 0), 1.2))
    image = Image.fromarray(to_pixels(saturated(np.clip(crisp, 0, 1), 1.3)))
    palette = image.quantize(24, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    colors = np.asarray(palette.convert("RGB"))
    return to_canvas(np.repeat(np.repeat(colors, size, axis=0), size, axis=1)[:height, :width])


def low_poly(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Delaunay triangles, small where the photo has detail and large where it is plain, each of one colour.

    A facet takes the mean of what it covers and is lit as if it were tilted by it, a little, so that neighbours differ.
    """
    height, width = canvas.shape[:2]
    smooth = saturated(blurred(canvas, 3 * unit), 1.3)
    points = _points_by_detail(flattened(canvas, unit, 3, 0.12), 1500, unit, rng, apart=11.0)
    triangles = np.asarray(_subdivision(width, height, points).getTriangleList(), np.float32).reshape(-1, 3, 2)
    triangles = triangles[((triangles >= -1) & (triangles <= [[width, height]])).all(axis=(1, 2))]
    weights = np.array([[1, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 0.5], [0.5, 2, 2], [2, 0.5, 2]], np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    samples = np.einsum("sk,nkc->nsc", weights, triangles)
    x = np.clip(samples[:, :, 0].astype(int), 0, width - 1)
    y = np.clip(samples[:, :, 1].astype(int), 0, height - 1)
    colors = smooth[y, x].mean(axis=1) * (1 + rng.normal(0, 0.045, (len(triangles), 1))).astype(np.float32)
    painted = to_pixels(smooth)
    fills = (np.clip(colors, 0, 1) * 255).tolist()
    for corners, color in zip(np.rint(triangles * 16).astype(np.int32), fills, strict=True):
        cv2.fillConvexPoly(painted, corners, color, cv2.LINE_8, 4)
        cv2.polylines(painted, [corners], True, color, 1, cv2.LINE_AA, 4)
    return to_canvas(painted)


def stained_glass(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Voronoi panes of coloured glass in lead, with light falling unevenly through them."""
    height, width = canvas.shape[:2]
    points = _points_by_detail(canvas, 1100, unit, rng, rim=False)
    facets, _ = _subdivision(width, height, points).getVoronoiFacetList([])
    smooth = saturated(blurred(flattened(canvas, unit, 3, 0.12), 5 * unit), 1.75)
    glass = to_pixels(smooth)
    lead = np.zeros((height, width), np.uint8)
    thickness = max(round(3.4 * unit), 1)
    for facet in (np.asarray(facet, np.float32) for facet in facets):
        middle = np.clip(facet.mean(axis=0), 0, [width - 1, height - 1]).astype(int)
        color = np.clip(smooth[middle[1], middle[0]] * rng.uniform(0.9, 1.18) * 255, 0, 255).tolist()
        corners = np.rint(facet * 16).astype(np.int32)
        cv2.fillConvexPoly(glass, corners, color, cv2.LINE_8, 4)
        cv2.polylines(lead, [corners], True, 255, thickness, cv2.LINE_AA, 4)
    panes = to_canvas(glass)
    ripples = clouds(height, width, 36 * unit, 3, rng)[:, :, None] - np.float32(0.5)
    lit = np.clip(panes * (np.float32(1.08) + np.float32(0.55) * ripples), 0, 1)
    strips = blurred(lead.astype(np.float32) * np.float32(1 / 255), 0.5 * unit)
    relief = np.float32(0.10) * np.tanh(4 * (strips - np.roll(strips, max(round(unit), 1), axis=(0, 1))))
    metal = (np.float32(0.075) + np.maximum(relief, 0))[:, :, None] * np.array([1.0, 1.0, 1.06], np.float32)
    glow = blurred(lit, 10 * unit) * np.float32(0.12)
    result: Canvas = np.clip((lit + glow) * (1 - strips[:, :, None]) + metal * strips[:, :, None], 0.0, 1.0)
    return result


def pointillism(canvas: Canvas, unit: float, rng: np.random.Generator) -> Canvas:
    """Dots of pure colour on primed canvas, each a little off its place's colour, for the eye to mix (Seurat)."""
    height, width = canvas.shape[:2]
    painted = to_pixels(blurred(canvas, 10 * unit) * np.float32(0.55) + np.array([0.42, 0.40, 0.36], np.float32))
    source = saturated(blurred(canvas, 1.5 * unit), 1.6)
    for radius, spacing in ((5.2 * unit, 6.5 * unit), (3.3 * unit, 5.0 * unit)):
        step = max(spacing, 2.0)
        rows, columns = np.mgrid[step / 2 : height : step, step / 2 : width : step]
        places = np.stack([columns.ravel(), rows.ravel()], axis=1) + rng.normal(0, step / 3, (rows.size, 2))
        x = np.clip(places[:, 0], 0, width - 1).astype(int)
        y = np.clip(places[:, 1], 0, height - 1).astype(int)
        colors = np.clip(source[y, x] + rng.normal(0, 0.085, (x.size, 3)), 0, 1) * 255
        centres = np.rint(places * 16).astype(int)
        for index in rng.permutation(x.size):
            centre = (int(centres[index, 0]), int(centres[index, 1]))
            cv2.circle(painted, centre, max(round(radius * 16), 16), colors[index].tolist(), -1, cv2.LINE_AA, 4)
    return to_canvas(painted)


def _points_by_detail(
    canvas: Canvas, count: int, unit: float, rng: np.random.Generator, rim: bool = True, apart: float = 5.0
) -> Points:
    """About `count` points per thousand units squared, most where contrast is; one in a cell of `apart` units."""
    height, width = canvas.shape[:2]
    gray = blurred(luma(canvas), 2 * unit)
    edges = np.asarray(cv2.magnitude(cv2.Sobel(gray, -1, 1, 0), cv2.Sobel(gray, -1, 0, 1)), np.float32)
    spread = blurred(edges, 4 * unit) + np.float32(0.15) * blurred(edges, 30 * unit)
    chance = spread / max(float(spread.mean()), 1e-6) * 0.8 + 0.2
    wanted = max(int(count * height * width / (1000 * unit) ** 2), 12)
    candidates = rng.random((wanted * 6, 2)) * [width, height]
    weight = chance[candidates[:, 1].astype(int), candidates[:, 0].astype(int)]
    chosen = candidates[np.argsort(rng.random(len(candidates)) ** (1 / np.maximum(weight, 1e-3)))[::-1][:wanted]]
    cell = apart * unit
    _, first = np.unique((chosen // cell).astype(np.int64), axis=0, return_index=True)
    points = chosen[np.sort(first)]
    if rim:
        xs, ys = np.linspace(0, width - 1, 12), np.linspace(0, height - 1, 9)
        top = np.stack([xs, np.zeros_like(xs)], axis=1)
        left = np.stack([np.zeros_like(ys), ys], axis=1)
        points = np.vstack([points, top, np.add(top, (0, height - 1)), left, np.add(left, (width - 1, 0))])
    return points.astype(np.float32)


def _subdivision(width: int, height: int, points: Points) -> cv2.Subdiv2D:
    subdivision = cv2.Subdiv2D((0, 0, width, height))
    limit = np.nextafter(np.array([width, height], np.float32), np.float32(0))
    for x, y in np.minimum(points, limit):
        subdivision.insert((float(x), float(y)))
    return subdivision
