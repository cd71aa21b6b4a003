"""Saliency: how much each part of a picture stands out from what runs off its border.

Robust background detection (Zhu, Liang, Wei, Sun, "Saliency Optimization from Robust Background Detection",
CVPR 2014): a patch is background when the stretch of similar colour around it meets the border along a length
that is large for its area; foreground contrast is then weighed by that, and both are reconciled by one
quadratic optimisation over superpixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diptych.vision.superpixels import pairwise_distances, shortest_paths, slic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.vision.superpixels import Floats, Superpixels

COLOR_SIGMA = 10.0
"""CIELAB distance at which two neighbouring patches stop being one surface (the paper's sigma_clr)."""

PLACE_SIGMA = 0.4
"""Reach of contrast, as a share of the picture's longer side (the paper's sigma_spa)."""


def saliency(lab: Floats, center_prior: float = 0.9) -> Floats:
    """`lab` H×W×3 float32 CIELAB → H×W float32 in 0..1.

    `center_prior` in 0..1 is how much of the contrast is tied to closeness to the picture's centre.
    """
    patches = slic(lab, count=400)
    if patches.count < 4:
        return np.zeros(lab.shape[:2], np.float32)
    distance = pairwise_distances(patches.color)
    touching = patches.touching()
    background = _background_weight(patches, distance, touching)
    foreground = _contrast(patches, distance, background) * _centrality(patches, center_prior)
    return patches.spread(_optimise(distance, touching, foreground, background))


def _background_weight(patches: Superpixels, distance: Floats, touching: NDArray[np.bool_]) -> Floats:
    """N in 0..1: 1 - exp(-BndCon² / 2), with BndCon = Len_border / sqrt(Area) (equations 3 to 6)."""
    on_border = patches.on_border()
    linked = touching | (on_border[:, None] & on_border[None])
    geodesic = shortest_paths(np.where(linked, distance, np.inf))
    similar = np.exp(-np.square(geodesic) / (2 * COLOR_SIGMA**2))
    connected = similar[:, on_border].sum(axis=1) / np.sqrt(similar.sum(axis=1))
    return np.asarray(1.0 - np.exp(-np.square(connected) / 2.0), np.float32)


def _contrast(patches: Superpixels, distance: Floats, background: Floats) -> Floats:
    """N in 0..1: colour distance to the patches that are background, near ones most (equation 8)."""
    height, width = patches.labels.shape
    place = pairwise_distances(patches.position / np.float32(max(height, width)))
    near = np.exp(-np.square(place) / (2 * PLACE_SIGMA**2))
    return _stretched((distance * near * background[None]).sum(axis=1))


def _centrality(patches: Superpixels, share: float) -> Floats:
    height, width = patches.labels.shape
    offset = patches.position / np.float32([width, height]) - np.float32(0.5)
    gaussian = np.exp(-np.square(offset).sum(axis=1) / (2 * 0.25**2))
    return np.asarray(1.0 - share + share * gaussian, np.float32)


def _optimise(distance: Floats, touching: NDArray[np.bool_], foreground: Floats, background: Floats) -> Floats:
    """argmin over s of Σ bg·s² + Σ fg·(s - 1)² + Σ w_ij (s_i - s_j)²: one linear system (equation 9)."""
    smooth = np.where(touching, np.exp(-np.square(distance) / (2 * COLOR_SIGMA**2)) + 0.1, 0.0)
    system = np.diag(background + foreground + smooth.sum(axis=1)) - smooth
    return _stretched(np.linalg.solve(system.astype(np.float64), foreground.astype(np.float64)))


def _stretched(values: NDArray[np.floating]) -> Floats:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / max(high - low, 1e-6), np.float32)
