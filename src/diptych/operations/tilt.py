"""How far a picture leans, measured from its straight lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

LARGEST = 15.0
"""Degrees: a line that leans more is taken for a slope, a roof or a road, not for a level or plumb line."""

_WORKING_SIDE = 640
_CLARITY = 3.0
"""How far the best angle must stand out from the ordinary one (the median) for lines to be believed."""
_PLUMB_WEIGHT = 1.4
_ORIENTATION_TOLERANCE = 4.0
_PROFILE = np.array([0.1, 0.25, 0.3, 0.25, 0.1])
_WIDE = 31

Floats = NDArray[np.float64]


def measure_tilt(pixels: Pixels) -> float | None:
    """Degrees by which an H×W×3 picture is turned clockwise from upright, in -15..15; None without lines to tell.

    A Hough transform over nearly level and nearly plumb lines (Duda & Hart, 1972, with gradient directions as
    in Ballard, 1981): each edge pixel votes for the line through it at each angle near its own direction, and an
    angle's score is the sum over its lines of the square of their votes. Squaring lets one long line, a horizon,
    outweigh any number of short ones. Plumb lines count a little more: they are shorter in most frames, and level
    ones other than the horizon lean with perspective.
    """
    gray = _working_gray(pixels)
    if min(gray.shape) < 24:
        return None
    level, plumb = _edges(gray)
    if level.weight.size + plumb.weight.size == 0:
        return None
    coarse = np.arange(-LARGEST, LARGEST + 0.01, 0.25)
    scores = _scores(level, coarse) + _PLUMB_WEIGHT * _scores(plumb, coarse)
    scores = np.convolve(np.pad(scores, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    best = int(np.argmax(scores * np.exp(-0.5 * (coarse / 12.0) ** 2)))
    if scores[best] < _CLARITY * float(np.median(scores)):
        return None
    fine = coarse[best] + np.arange(-0.5, 0.501, 0.05)
    refined = _scores(level, fine) + _PLUMB_WEIGHT * _scores(plumb, fine)
    refined = np.convolve(np.pad(refined, 2, mode="edge"), [1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9], mode="valid")
    return float(fine[int(np.argmax(refined))])


@dataclass(frozen=True)
class _Edges:
    """Edge pixels near one direction: `along` and `across` in pixels from the middle, `lean` in degrees, `weight`."""

    along: Floats
    across: Floats
    lean: Floats
    weight: Floats


def _working_gray(pixels: Pixels) -> NDArray[np.float32]:
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    gray = cv2.cvtColor(np.ascontiguousarray(pixels[:, :, :3]), cv2.COLOR_RGB2GRAY)
    small: NDArray[np.float32] = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return small


def _edges(gray: NDArray[np.float32]) -> tuple[_Edges, _Edges]:
    """The clear edge pixels whose direction is near level, and those near plumb."""
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.2)
    gx = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    gy = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32)
    strength = cv2.magnitude(gx, gy)
    # Divided by its surroundings, a faint horizon counts as much as a hard roof edge.
    relative = strength / (cv2.blur(strength, (31, 31)) + 1.0)
    ridge = (relative > 1.2) & (strength > 1.0)
    # The rim is left out: scanned slides and screenshots have a border there that is level whatever they show.
    rim = max(min(gray.shape) // 40, 4)
    ridge[:rim], ridge[-rim:], ridge[:, :rim], ridge[:, -rim:] = False, False, False, False
    direction = np.asarray((np.degrees(np.arctan2(gy, gx)) + 45.0) % 90.0 - 45.0, np.float32)
    near = ridge & (np.abs(direction) <= LARGEST + _ORIENTATION_TOLERANCE)
    across_is_y = np.abs(gy) > np.abs(gx)
    level = _collect(near & across_is_y, direction, relative, is_level=True)
    plumb = _collect(near & ~across_is_y, direction, relative, is_level=False)
    return level, plumb


def _collect(
    chosen: NDArray[np.bool_], direction: NDArray[np.float32], relative: NDArray[np.float32], is_level: bool
) -> _Edges:
    y, x = np.nonzero(chosen)
    height, width = chosen.shape
    dx, dy = x - (width - 1) / 2, y - (height - 1) / 2
    lean = direction[y, x].astype(np.float64)
    weight = np.minimum(relative[y, x], 3.0).astype(np.float64)
    return _Edges(dx, dy, lean, weight) if is_level else _Edges(dy, -dx, lean, weight)


def _scores(edges: _Edges, angles: Floats) -> Floats:
    """For each angle, the sum over its lines (one pixel thick) of the square of their votes."""
    scores = np.zeros(angles.size)
    for index, angle in enumerate(angles):
        use = np.abs(edges.lean - angle) <= _ORIENTATION_TOLERANCE
        radians = np.radians(angle)
        offset = edges.across[use] * np.cos(radians) - edges.along[use] * np.sin(radians)
        line = np.floor(offset).astype(np.int64) + 2 * _WORKING_SIDE
        votes = np.bincount(line, weights=edges.weight[use], minlength=_WIDE)
        # Smoothed, or angle 0, where whole rows fall into one bin, would win over 0.3; less what texture gives.
        peaks = np.convolve(votes, _PROFILE, mode="same") - np.convolve(votes, np.full(_WIDE, 1 / _WIDE), mode="same")
        scores[index] = float((np.maximum(peaks, 0.0) ** 2).sum())
    return scores
