"""How near a picture is to the true one: PSNR and SSIM, in the conventions that published figures follow.

Super-resolution is measured on Y with a border of `factor` pixels cut off, denoising on R, G and B together.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

PEAK = 255.0
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2


def luma(picture: np.ndarray) -> np.ndarray:
    """H×W×3 uint8, RGB → Y, H×W float64 in 16..235: BT.601 as MATLAB's rgb2ycbcr gives it, not rounded."""
    return 16.0 + picture.astype(np.float64) @ (np.array([65.481, 128.553, 24.966]) / 255.0)


def without_border(picture: np.ndarray, border: int) -> np.ndarray:
    """The inner part of H×W or H×W×C, `border` pixels less at each side."""
    height, width = picture.shape[:2]
    if border < 0 or 2 * border >= min(height, width):
        raise ValueError(f"a border of {border} pixels leaves nothing of {height}×{width}")
    return picture[border : height - border, border : width - border]


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """10 log10(255² / mean square error) over all pixels and channels, in dB; infinite where they are equal."""
    _check(picture, truth)
    error = float(np.square(picture.astype(np.float64) - truth.astype(np.float64)).mean())
    return 10 * math.log10(PEAK**2 / error) if error else math.inf


def ssim(picture: np.ndarray, truth: np.ndarray) -> float:
    """Structural similarity of levels 0..255, H×W or H×W×C (the mean over channels), -1..1.

    As Wang et al. (2004) and their ssim.m: an 11×11 Gaussian window of sigma 1.5, statistics of the population, the
    mean over the places where the whole window lies inside. Raises ValueError for pictures smaller than the window.
    """
    _check(picture, truth)
    if min(picture.shape[:2]) < _WINDOW:
        raise ValueError(f"SSIM needs {_WINDOW} pixels a side, got {picture.shape[0]}×{picture.shape[1]}")
    x, y = picture.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = _local_mean(x), _local_mean(y)
    variance_x, variance_y = _local_mean(x * x) - mean_x**2, _local_mean(y * y) - mean_y**2
    covariance = _local_mean(x * y) - mean_x * mean_y
    same_light = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    same_structure = (2 * covariance + _C2) / (variance_x + variance_y + _C2)
    return float((same_light * same_structure).mean())


def _local_mean(values: np.ndarray) -> np.ndarray:
    kernel = cv2.getGaussianKernel(_WINDOW, _SIGMA, cv2.CV_64F)
    return without_border(cv2.sepFilter2D(values, cv2.CV_64F, kernel, kernel), _WINDOW // 2)


def _check(picture: np.ndarray, truth: np.ndarray) -> None:
    if picture.shape != truth.shape:
        raise ValueError(f"pictures of one size are compared, got {picture.shape} and {truth.shape}")
