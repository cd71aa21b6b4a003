"""Figures on a canvas of SIDE pixels a side or a multiple of that, in the coordinates of the small one.

Pixel (x, y) of SIDE is the square of `scale` × `scale` pixels from (x · scale, y · scale) on. On the small canvas
OpenCV draws, to the byte as ever; on larger ones the same figures are given the extent that OpenCV's have there, so
that the area mean of a large picture is nearly the small one (tests/world/test_render_large.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

SIDE = 128
Color = tuple[int, int, int]
Point = tuple[float, float]

SHIFT = 4
"""Bits behind the point of OpenCV's coordinates."""
OWN = 0.35
"""Pixels by which OpenCV's smoothed figures reach beyond their outline; at SIDE they do by more, as measured:"""
POLYGONS = 0.7
DISCS = {1: 1.35, 2: 2.15, 5: 5.54, 8: 8.46}
"""Radius that a smoothed disc of so many pixels covers."""
STROKES = {1: 0.55, 2: 1.65}
"""Half of the width that a smoothed line of so many pixels covers."""


def scale_of(canvas: np.ndarray) -> int:
    return canvas.shape[0] // SIDE


def axis(scale: int) -> np.ndarray:
    """Where the pixels of a large canvas lie on the small one: SIDE·scale float64; at scale 1 they are 0, 1, 2, …"""
    return (np.arange(SIDE * scale) + 0.5) / scale - 0.5


def placed(points: np.ndarray, scale: int) -> np.ndarray:
    """Coordinates on the small canvas → OpenCV's on the large one, with SHIFT bits behind the point."""
    return np.rint(((np.asarray(points, np.float64) + 0.5) * scale - 0.5) * 2**SHIFT).astype(np.int32)


def disc(canvas: np.ndarray, x: float, y: float, radius: int, color: Color) -> None:
    scale = scale_of(canvas)
    if scale == 1:
        cv2.circle(canvas, (int(x), int(y)), radius, color, -1, cv2.LINE_AA)
        return
    reach = DISCS[radius] * scale - OWN
    middle = tuple(int(value) for value in placed(np.array([x, y]), scale))
    cv2.circle(canvas, middle, round(reach * 2**SHIFT), color, -1, cv2.LINE_AA, SHIFT)


def polygon(canvas: np.ndarray, corners: Sequence[Point] | np.ndarray, color: Color) -> None:
    scale = scale_of(canvas)
    if scale == 1:
        cv2.fillPoly(canvas, [np.array(corners, np.int32)], color, cv2.LINE_AA)
        return
    outline = [placed(np.array(corners), scale)]
    cv2.fillPoly(canvas, outline, color, cv2.LINE_AA, SHIFT)
    cv2.polylines(canvas, outline, True, color, round(2 * POLYGONS * scale - 4 * OWN), cv2.LINE_AA, SHIFT)


def line(canvas: np.ndarray, start: Point, end: Point, color: Color, width: int = 1) -> None:
    """Smoothed, `width` 1 or 2 pixels of the small canvas."""
    scale = scale_of(canvas)
    if scale == 1:
        (x0, y0), (x1, y1) = start, end
        cv2.line(canvas, (int(x0), int(y0)), (int(x1), int(y1)), color, width, cv2.LINE_AA)
        return
    one, other = np.array(start, float), np.array(end, float)
    along = (other - one) / np.linalg.norm(other - one)
    across = np.array([-along[1], along[0]]) * (STROKES[width] - OWN / scale)
    ends = along * (0.5 - OWN / scale)
    corners = [one - ends - across, one - ends + across, other + ends + across, other + ends - across]
    cv2.fillPoly(canvas, [placed(np.array(corners), scale)], color, cv2.LINE_AA, SHIFT)


def arch(canvas: np.ndarray, x: int, y: int, across: int, up: int, color: Color) -> None:
    """The upper half of an ellipse's outline, one pixel wide."""
    scale = scale_of(canvas)
    if scale == 1:
        cv2.ellipse(canvas, (x, y), (across, up), 0, 180, 360, color, 1, cv2.LINE_AA)
        return
    t = np.linspace(np.pi, 2 * np.pi, 33)
    points = placed(np.stack([x + across * np.cos(t), y + up * np.sin(t)], axis=1), scale)
    width = max(round(2 * STROKES[1] * scale - 4 * OWN), 1)
    cv2.polylines(canvas, [points], False, color, width, cv2.LINE_AA, SHIFT)


def box(canvas: np.ndarray, x0: int, y0: int, x1: int, y1: int, color: Color) -> None:
    """All pixels from (x0, y0) to (x1, y1), both included; what hangs over the edge is cut."""
    scale = scale_of(canvas)
    canvas[max(y0, 0) * scale : max(y1 + 1, 0) * scale, max(x0, 0) * scale : max(x1 + 1, 0) * scale] = color
