"""Plain figures drawn with clean edges: line, rectangle, circle, arrow, triangle, star, heart, banner, …"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from diptych.core.target import Thing
from diptych.operations.change import Pixels

Polygon = NDArray[np.float64]
"""N×2 corners (x, y) in a unit square, y down."""

_OVERSAMPLE = 4
_OUTLINE = 0.06
"""Width of an outline figure's stroke, as a share of its height."""

_RED = "#e53935"


def _regular(corners: int, turn: float = -0.25) -> Polygon:
    angles = 2 * np.pi * (np.arange(corners) / corners + turn)
    return np.asarray(0.5 + 0.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def _star() -> Polygon:
    """Five points; the inner radius of a pentagram, (3 - √5) / 2 of the outer."""
    radius = np.tile([0.5, 0.5 * (3 - np.sqrt(5)) / 2], 5)
    angles = 2 * np.pi * (np.arange(10) / 10 - 0.25)
    return np.asarray(0.5 + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def _heart() -> Polygon:
    """The usual heart curve x = 16 sin³t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, fitted to the square."""
    t = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    points = np.stack([x, y], axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    return np.asarray((points - low) / (high - low))


def _mustache() -> Polygon:
    """Two wings that meet under the nose and curl up at their tips."""
    t = np.linspace(0.0, 1.0, 40)
    upper = 0.5 - 0.42 * np.sin(np.pi * np.minimum(t * 1.35, 1.0)) ** 1.2 * (1 - t) + 0.1 * t - 0.42 * t**4
    lower = 0.62 + 0.36 * np.sin(np.pi * t**0.8) - 0.52 * t**3
    right = np.vstack([np.stack([0.5 + t / 2, upper], axis=1), np.stack([0.5 + t / 2, lower], axis=1)[::-1]])
    left = right[::-1] * [-1, 1] + [1, 0]
    return np.asarray(np.clip(np.vstack([right, left]), 0.0, 1.0))


def _polygon(*corners: tuple[float, float]) -> Callable[[], Polygon]:
    return lambda: np.array(corners)


_FIGURES: Mapping[str, tuple[Callable[[], Polygon], float, bool]] = {
    "rectangle": (_polygon((0, 0), (1, 0), (1, 1), (0, 1)), 1.5, True),
    "square": (_polygon((0, 0), (1, 0), (1, 1), (0, 1)), 1.0, True),
    "circle": (lambda: _regular(180), 1.0, True),
    "oval": (lambda: _regular(180), 1.5, True),
    "triangle": (_polygon((0.5, 0), (1, 1), (0, 1)), 1.1, False),
    "star": (_star, 1.0, False),
    "heart": (_heart, 1.08, False),
    "line": (_polygon((0, 0), (1, 0), (1, 1), (0, 1)), 50.0, False),
    "arrow": (_polygon((0, 0.35), (0.62, 0.35), (0.62, 0.05), (1, 0.5), (0.62, 0.95), (0.62, 0.65), (0, 0.65)),
              1.9, False),
    "banner": (_polygon((0, 0), (1, 0), (0.95, 0.5), (1, 1), (0, 1), (0.05, 0.5)), 5.0, False),
    "cross": (_polygon((0.35, 0), (0.65, 0), (0.65, 0.35), (1, 0.35), (1, 0.65), (0.65, 0.65), (0.65, 1), (0.35, 1),
                       (0.35, 0.65), (0, 0.65), (0, 0.35), (0.35, 0.35)), 1.0, False),
    "mustache": (_mustache, 2.8, False),
}  # fmt: skip
"""Noun → (corners, width / height, whether it is usually an outline: people circle things, they don't cover them)."""

_COLORS: Mapping[str, str] = {
    "star": "#fdd835", "banner": "#c62828", "line": "#ffffff", "cross": "#ffffff", "mustache": "#2b1a12",
}  # fmt: skip

_TURNS: Mapping[str, int] = {"right": 0, "down": 1, "left": 2, "up": 3}


def can_draw(noun: str) -> bool:
    return noun in _FIGURES


def figures() -> tuple[str, ...]:
    """The nouns that `figure` knows."""
    return tuple(_FIGURES)


def encloses(noun: str) -> bool:
    """Whether a figure is one that people draw around a thing."""
    return noun in _FIGURES and _FIGURES[noun][2]


def figure(thing: Thing, height: int, width: int | None = None, stroke: int | None = None) -> Pixels:
    """H×W×4 uint8 with straight alpha: the figure `height` pixels high (a line: its thickness), in its colour.

    `width` None follows the figure's own proportions, `stroke` (px) of an outline its size.

    Attributes: "filled" and "hollow" decide the outline, "dotted" or "vertical" a line, "left", "up", "down" an arrow.
    """
    corners, aspect, outline = _FIGURES[thing.noun]
    if "filled" in thing.attributes or "solid" in thing.attributes:
        outline = False
    elif "hollow" in thing.attributes or "outlined" in thing.attributes:
        outline = True
    width = width or max(round(height * aspect), 1)
    coverage = _coverage(corners(), width, max(height, 1), outline, stroke)
    turns = next((_TURNS[word] for word in thing.attributes if word in _TURNS), 0)
    if thing.noun == "line" and "vertical" in thing.attributes:
        turns = 1
    coverage = np.rot90(coverage, -turns)
    color = thing.color or _COLORS.get(thing.noun, _RED)
    rgb = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    pixels = np.empty((*coverage.shape, 4), np.uint8)
    pixels[:, :, :3] = rgb
    pixels[:, :, 3] = coverage
    return pixels


def _coverage(corners: Polygon, width: int, height: int, outline: bool, line: int | None) -> NDArray[np.uint8]:
    """H×W 0..255: the share of each pixel inside the polygon (or its outline, kept inside)."""
    import cv2

    size = np.array([width, height]) * _OVERSAMPLE
    points = np.rint(corners * (size - 1)).astype(np.int32)[:, None, :]
    large = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(large, [points], 255)
    if outline:
        stroke = line * _OVERSAMPLE if line else max(2 * _OVERSAMPLE, round(_OUTLINE * float(size.min())))
        framed = cv2.copyMakeBorder(large, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
        large[depth > stroke] = 0
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
