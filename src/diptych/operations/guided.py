"""The guided filter (He, Sun & Tang, 2010) and its fast form (He & Sun, 2015): smoothing that keeps edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


def guided_filter(guide: Plane, plane: Plane, radius: int, epsilon: float, shrink: int = 1) -> Plane:
    """`plane` (H×W float32) smoothed over boxes of `radius` pixels, with the edges of `guide` (H×W float32) kept.

    In each box the output is the line a · guide + b that fits `plane` best; `epsilon` is the variance (in
    squared units of the guide) up to which the guide counts as flat. a and b are smooth, so they may be computed
    on a picture `shrink` times smaller; the guide that they are applied to is the full one.
    """
    reach = max(round(radius / shrink), 1)
    small_guide, small_plane = _shrunk(guide, shrink), _shrunk(plane, shrink)
    mean_guide, mean_plane = _mean(small_guide, reach), _mean(small_plane, reach)
    variance = _mean(small_guide * small_guide, reach) - mean_guide * mean_guide
    covariance = _mean(small_guide * small_plane, reach) - mean_guide * mean_plane
    slope = np.asarray(covariance / (np.maximum(variance, 0.0) + epsilon), np.float32)
    offset = np.asarray(mean_plane - slope * mean_guide, np.float32)
    slope, offset = _enlarged(_mean(slope, reach), guide), _enlarged(_mean(offset, reach), guide)
    return np.asarray(slope * guide + offset, np.float32)


def _mean(plane: Plane, reach: int) -> Plane:
    size = 2 * reach + 1
    return np.asarray(cv2.blur(plane, (size, size), borderType=cv2.BORDER_REFLECT), np.float32)


def _shrunk(plane: Plane, shrink: int) -> Plane:
    if shrink == 1:
        return plane
    size = (max(plane.shape[1] // shrink, 1), max(plane.shape[0] // shrink, 1))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarged(plane: Plane, like: Plane) -> Plane:
    if plane.shape == like.shape:
        return plane
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
