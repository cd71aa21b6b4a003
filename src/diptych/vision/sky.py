"""The whole sky from the part of it that is plain to see: gradients, vignettes, clouds, and behind lattice towers.

A clear, dusky or overcast sky changes its colour slowly over the frame. A low-order polynomial of the position,
fitted to the part that is surely sky, thus foretells the colour of the rest; what agrees with it and hangs
together with the sky is sky, and the fit is repeated on that.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Mask
from diptych.vision.working_copy import WorkingCopy, components

PASSES = 10
REACH = 0.12
"""How far one pass may grow, as a share of the shorter side: a polynomial is good only near what it was fitted to."""

CLOSE, FAR = 4.5, 9.0
"""CIELAB distance from the foretold colour that still is sky: 2.2 times the sky's own spread, within these limits."""

EDGE = 3.5
"""CIELAB difference between neighbouring pixels that the sky does not grow across: horizons, roofs."""

GAP = 0.0015
"""Share of the frame up to which a detached patch of sky colour is a gap between branches or struts."""


def whole_sky(copy: WorkingCopy, plain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`plain` h×w bool, what is surely sky → all of it, `plain` included."""
    lab = cv2.GaussianBlur(copy.cielab, (0, 0), 0.8)
    smooth = _steepness(lab) < EDGE
    reach = max(3, round(REACH * min(copy.shape)))
    sky = plain
    for _ in range(PASSES):
        near = cv2.dilate(sky.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
        misfit, spread = _misfit(lab, sky)
        tolerance = float(np.clip(2.2 * spread, CLOSE, FAR))
        grown = _joined(sky, (misfit < tolerance) & near & smooth)
        done = grown.sum() < 1.002 * sky.sum()
        sky = grown
        if done:
            break
    return sky | _gaps(sky, misfit, tolerance, widest=2 * reach)


def _misfit(lab: Mask, sky: NDArray[np.bool_]) -> tuple[Mask, float]:
    """h×w CIELAB distance from what the polynomial fitted to `sky` foretells, and its median inside.

    The basis is 1, x, y, x², xy, y², y³ (coordinates in -1..1), fitted twice: again without the worst tenth.
    """
    height, width = sky.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, y**3], axis=-1).astype(np.float32)
    inside = np.flatnonzero(sky)[:: max(1, int(sky.sum()) // 4000)]
    points, colors = basis.reshape(-1, 7)[inside], lab.reshape(-1, 3)[inside]
    for _ in range(2):
        # Ridge: where the sky is a narrow strip the curvature stays near zero.
        damping = np.diag([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]).astype(np.float32) * 0.002 * len(points)
        weights = np.linalg.solve(points.T @ points + damping + 1e-3 * np.eye(7), points.T @ colors)
        off = np.linalg.norm(points @ weights - colors, axis=1)
        spread = float(np.median(off))
        kept = off <= np.percentile(off, 90)
        points, colors = points[kept], colors[kept]
    foretold = (basis @ weights.astype(np.float32)).reshape(lab.shape)
    return np.asarray(np.linalg.norm(lab - foretold, axis=2), np.float32), spread


def _steepness(lab: Mask) -> Mask:
    across = cv2.Sobel(lab, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(lab, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.asarray(np.sqrt((across * across + down * down).sum(axis=2)), np.float32)


def _joined(sky: NDArray[np.bool_], alike: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`sky` with what hangs together with it, by more than a thread, through pixels that are `alike`.

    What reaches the top rim is let in too: a tower or a tree may stand between.
    """
    opened = cv2.morphologyEx((alike | sky).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    reached = np.zeros(int(labels.max()) + 1, bool)
    reached[np.unique(labels[sky])] = True
    reached[np.unique(labels[:2])] = True
    reached[0] = False
    return sky | reached[labels]


def _gaps(sky: NDArray[np.bool_], misfit: Mask, tolerance: float, widest: int) -> NDArray[np.bool_]:
    """What has sky on both sides within `widest` pixels and its colour: seen through branches and lattices.

    Struts blend into the patches between them, so small ones may be twice as far off.
    """
    width = sky.shape[1]
    # Beyond the frame the sky goes on.
    wide = cv2.copyMakeBorder(sky.astype(np.uint8), 0, 0, widest, widest, cv2.BORDER_CONSTANT, value=[1])
    between = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((1, widest), np.uint8))[:, widest : widest + width] > 0
    exact, about = between & (misfit < tolerance), between & (misfit < 2 * tolerance) & ~sky
    for part in components(about, GAP):
        about &= ~part
    return np.asarray(exact | about, np.bool_)
