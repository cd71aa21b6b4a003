"""Thin bright or dark lines that lie over a photo rather than in it: scratches and hairs on old prints, wires.

A line is brighter (or darker) than both of its sides, in one direction, for a long way. An edge is like one of its
sides, texture soon turns; what is left are lines that the scene has itself, and these are rarely as bright as paper or
as dark as a hole in it. So each pixel is compared with the two beside it, across each of 36 directions, and the
comparisons are averaged along the direction over a tenth of the picture (a Radon transform in windows).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Plane = NDArray[np.float32]

_WORKING_SIDE = 1200
"""Longer side, in pixels, at which lines are looked for; larger pictures are shrunk to it."""
_SMALLEST = 48
"""A picture with a shorter side has no room for lines."""
_DIRECTIONS = 36
_DISTANCES = (2.0, 3.5, 5.0)
"""How far from a line's middle its sides are, in working pixels: lines of about 2, 4 and 6 pixels."""
_LEAST = 12
"""Levels by which a line is brighter or darker than both of its sides, at least."""
_SIDES_DIFFER = 0.8
"""How different the two sides may be, in times of the line's contrast with them."""
_STRETCH, _SEEN = 0.1, 0.45
"""A straight stretch, as a share of the shorter side, and the mean score along it."""
_EXTREME = 0.2
"""How far from the picture's white or black a scratch may be, as a share of the way between them."""
_COLORED = 32
"""Levels between the largest and the least of R, G, B: what has more is no bare paper."""
_LONGEST_GAP = 0.1
_SHORTEST = 0.12
"""Of the shorter side: gaps that are bridged, and lines that are kept."""
_SLENDER = 12.0
"""Least length, in widths."""
_BOLD = 30.0
"""Levels by which a line stands out on average: rims and folds do less."""


def find_scratches(pixels: Pixels) -> Bools:
    """Where an H×W×3 uint8 picture is scratched, H×W bool, with a pixel to spare on each side.

    Long slender lines only, near the picture's white or black and hardly coloured. Nothing is found in pictures with a
    side below 48 pixels.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _SMALLEST:
        return np.zeros((height, width), np.bool_)
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    small = np.ascontiguousarray(pixels[:, :, :3])
    if scale < 1.0:
        small = np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    plain = (small.max(axis=2) - small.min(axis=2)) <= _COLORED
    found = _lines(luma, plain) | _lines(255 - luma, plain)
    mask = cv2.dilate(found, np.ones((3, 3), np.uint8))
    if scale < 1.0:
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(mask > 0, np.bool_)


def _lines(luma: Bytes, plain: Bools) -> Bytes:
    """Pixels of bright lines, 0 or 1: those that go on in one direction, gaps bridged, as wide as they are.

    luma   H×W uint8
    plain  H×W bool, what has hardly any colour
    """
    shorter = min(luma.shape)
    stretch, gap = (max(15, round(share * shorter) | 1) for share in (_STRETCH, _LONGEST_GAP))
    height = _standing_out(luma)
    thin = height >= _LEAST
    seeds = np.nonzero(thin & _extreme(luma) & plain)
    plane = np.asarray(cv2.GaussianBlur(luma, (0, 0), 0.6), np.int16)
    found = np.zeros(luma.shape, np.uint8)
    for number in range(_DIRECTIONS):
        angle = np.pi * number / _DIRECTIONS
        score = np.full(luma.shape, -1.0, np.float32)
        score[seeds] = _scores(plane, seeds, angle)
        along = _segment(angle, stretch)
        seen = cv2.filter2D(score, -1, along, borderType=cv2.BORDER_REFLECT) >= _SEEN
        middle = (seen & (score > 0.5)).astype(np.uint8)
        if not middle.any():
            continue
        reached = np.asarray(cv2.dilate(middle, (along > 0).astype(np.uint8)), np.uint8)
        line = reached & (score > 0.5).astype(np.uint8)
        bridge = (_segment(angle, gap) > 0).astype(np.uint8)
        found |= np.asarray(cv2.morphologyEx(line, cv2.MORPH_CLOSE, bridge), np.uint8)
    wider = np.asarray(cv2.dilate(found, np.ones((3, 3), np.uint8)), np.uint8)
    return _slender(found | (wider & thin), height)


def _standing_out(luma: Bytes) -> Bytes:
    """By how much each pixel is brighter than what is wider than a line around it (a top-hat)."""
    side = 2 * int(_DISTANCES[-1]) + 1
    opening = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(luma, cv2.MORPH_TOPHAT, opening), np.uint8)


def _extreme(luma: Bytes) -> Bools:
    """What is near the picture's white."""
    black, white = np.percentile(luma, [0.5, 99.5])
    # A line of one pixel is never as bright as its ink: its neighbours may be.
    bright = cv2.dilate(luma, np.ones((3, 3), np.uint8)) >= white - _EXTREME * (white - black)
    return np.asarray(bright, np.bool_)


def _scores(plane: NDArray[np.int16], seeds: tuple[NDArray[np.intp], ...], angle: float) -> Plane:
    """How much each of the seeds (rows, columns) is a line's in that direction, -1..1."""
    rows, columns = seeds
    height, width = plane.shape
    here = plane[seeds]
    best = np.full(here.shape, -1.0, np.float32)
    for distance in _DISTANCES:
        down, right = round(np.cos(angle) * distance), round(-np.sin(angle) * distance)
        one, other = (
            plane[np.clip(rows + way * down, 0, height - 1), np.clip(columns + way * right, 0, width - 1)]
            for way in (1, -1)
        )
        contrast = here - np.maximum(one, other)
        contrast[np.abs(one - other) > _SIDES_DIFFER * contrast] = -_LEAST
        best = np.maximum(best, contrast / np.float32(_LEAST))
    return np.asarray(np.minimum(best, 1.0), np.float32)


def _segment(angle: float, length: int) -> Plane:
    """A kernel that takes the mean along a segment of `length` pixels through the middle."""
    kernel = np.zeros((length, length), np.float32)
    middle = length // 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = ((int(x), int(y)) for x, y in np.rint([middle - reach, middle + reach]))
    cv2.line(kernel, start, end, 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _slender(found: Bytes, height: Bytes) -> Bytes:
    """The connected parts that are long, thin and bold."""
    count, labels, figures, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    inside = cv2.distanceTransform(found, cv2.DIST_L2, 3)
    thick = np.zeros(count)
    np.maximum.at(thick, np.asarray(labels, np.intp), inside)
    width = np.maximum(2.0 * thick - 1.0, 1.0)
    length = figures[:, cv2.CC_STAT_AREA] / width
    mean = np.bincount(labels.ravel(), weights=height.ravel(), minlength=count) / figures[:, cv2.CC_STAT_AREA]
    kept = (length >= _SHORTEST * min(found.shape)) & (length >= _SLENDER * width) & (mean >= _BOLD)
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)
