"""More canvas continued with the picture's own texture: patches of what lies outside its subject.

Ground (sky, water, grass, a wall) goes on around the frame; the subject is no source, or it would stand there twice.
What goes on where the network `inpainter` says, or by `classical` patches alone: then a side where the subject itself
runs out of the frame has nothing to continue it with, and is left to the caller.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Box
from diptych.operations.change import Pixels
from diptych.operations.coarse_fill import answered
from diptych.operations.exemplar import synthesise
from diptych.operations.guiding import Guide
from diptych.operations.inpaint import Method
from diptych.runtime import Weights

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Margins = tuple[int, int, int, int]
"""left, top, right, bottom, in pixels."""

_CUT = 0.45
"""A side of which the subject takes more than this can't be continued."""
_FURTHEST = 0.6
"""Margins beyond this share of the side would repeat what there is over and over."""
_LEAST_GROUND = 0.25
"""Share of the picture that must be ground for there to be enough to choose from."""
_WORKING_PIXELS = 1_500_000
"""Larger canvases are continued at a reduced size and enlarged: a little soft, but in seconds (12 megapixels: 4 s)."""


def continued_sides(margins: Margins, subject: Bools, method: Method) -> Margins:
    """Which margins can be continued; the others become 0."""
    height, width = subject.shape
    if method == "learned":
        subject = np.zeros_like(subject)  # the network sees how it goes on
    if subject.mean() > 1.0 - _LEAST_GROUND:
        return (0, 0, 0, 0)
    lines = (subject[:, :2], subject[:2], subject[:, -2:], subject[-2:])
    lengths = (width, height, width, height)
    left, top, right, bottom = (
        margin if line.mean() <= _CUT and margin <= _FURTHEST * length else 0
        for margin, line, length in zip(margins, lines, lengths, strict=True)
    )
    return (left, top, right, bottom)


def learned(canvas: Pixels, box: Box, filled: Bools, subject: Bools, weights: Weights, seed: int) -> Pixels | None:
    """H×W×3 uint8 `canvas` with `filled` (H×W bool, outside the picture's `box`) continued as the network sees it.

    box      x0, y0, x1, y1 of the picture in the canvas
    subject  of the picture's size, what serves nowhere as a source where there is ground enough
    None when there is too little to choose from.
    """
    x0, y0, x1, y1 = box
    unknown = np.ones(filled.shape, bool)
    unknown[y0:y1, x0:x1] = subject if subject.mean() <= 1.0 - _LEAST_GROUND else False
    window = (0, 0, filled.shape[1], filled.shape[0])
    guide = Guide(answered(canvas, filled, weights), window, loose=True)
    made = synthesise(canvas, filled, unknown, np.random.default_rng(seed), guide)
    return None if made is None else np.where(filled[:, :, None], made, canvas).astype(np.uint8)


def continued(canvas: Pixels, box: Box, filled: Bools, subject: Bools, seed: int) -> Pixels | None:
    """The same with patches alone; the subject is never a source."""
    height, width = canvas.shape[:2]
    x0, y0, x1, y1 = box
    unknown = np.ones((height, width), bool)
    unknown[y0:y1, x0:x1] = subject
    scale = min(1.0, (_WORKING_PIXELS / (height * width)) ** 0.5)
    if scale == 1.0:
        made = synthesise(canvas, filled, unknown, np.random.default_rng(seed))
        return None if made is None else _levelled(made, canvas, box, filled)
    size = (round(width * scale), round(height * scale))
    small = np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.uint8)
    hole, barred = (
        np.asarray(cv2.resize(part.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0, bool)
        for part in (filled, unknown)
    )
    made = synthesise(small, hole, barred | hole, np.random.default_rng(seed))
    if made is None:
        return None
    near = (round(x0 * scale), round(y0 * scale), round(x1 * scale), round(y1 * scale))
    large = cv2.resize(_levelled(made, small, near, hole), (width, height), interpolation=cv2.INTER_CUBIC)
    result: Pixels = canvas.copy()
    cv2.copyTo(np.asarray(large, np.uint8), filled.astype(np.uint8), result)
    return result


def _levelled(made: Pixels, canvas: Pixels, box: Box, filled: Bools) -> Pixels:
    """`canvas` with `made` in `filled`, lightened or darkened so that it meets the picture's edge, less with distance.

    The step along each edge (mean of a few lines on either side, smoothed along it) is spread over the margin.
    """
    x0, y0, x1, y1 = box
    height, width = filled.shape
    deep = max(round(0.004 * min(height, width)), 2)
    step = np.zeros((height, width, 3), np.float32)
    near = (cv2.distanceTransform(_outside(box, filled.shape), cv2.DIST_L2, 3) <= deep) & filled
    known = np.zeros((height, width), bool)
    known[y0:y1, x0:x1] = True
    inner = known.copy()
    inner[y0 + deep : y1 - deep, x0 + deep : x1 - deep] = False
    sigma = 2.0 * deep
    mean_out, weight_out = _spread(made, near, sigma)
    mean_in, weight_in = _spread(canvas, inner, sigma)
    meets = near & (weight_out > 1e-4) & (weight_in > 1e-4)
    step[meets] = np.clip((mean_in - mean_out)[meets], -40.0, 40.0)
    spread, weight = _spread(step, meets, 0.05 * min(height, width))
    distance = cv2.distanceTransform(_outside(box, filled.shape), cv2.DIST_L2, 3)
    fade = np.exp(-distance / (0.06 * min(height, width)))[:, :, None]
    shift = np.where(weight[:, :, None] > 1e-4, spread, 0.0) * fade
    levelled = np.clip(np.rint(made + shift), 0, 255).astype(np.uint8)
    return np.where(filled[:, :, None], levelled, canvas).astype(np.uint8)


def _outside(box: Box, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    x0, y0, x1, y1 = box
    outside = np.ones(shape[:2], np.uint8)
    outside[y0:y1, x0:x1] = 0
    return outside


def _spread(values: NDArray[np.uint8] | Floats, where: Bools, sigma: float) -> tuple[Floats, Floats]:
    """Normalised convolution: the Gaussian mean of the values in `where` (H×W×3), and the weight it rests on (H×W)."""
    weight = where.astype(np.float32)
    planes = np.dstack([values.astype(np.float32) * weight[:, :, None], weight])
    shrink = max(1, int(sigma / 6))
    size = (-(-planes.shape[1] // shrink), -(-planes.shape[0] // shrink))
    small = cv2.resize(planes, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink, borderType=cv2.BORDER_REPLICATE)
    blurred = cv2.resize(small, (planes.shape[1], planes.shape[0]), interpolation=cv2.INTER_LINEAR)
    mean = blurred[:, :, :3] / np.maximum(blurred[:, :, 3:], 1e-6)
    return np.asarray(mean, np.float32), np.asarray(blurred[:, :, 3], np.float32)
