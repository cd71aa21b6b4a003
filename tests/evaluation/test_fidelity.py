"""PSNR and SSIM are what others call so."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from diptych.evaluation.fidelity import luma, psnr, ssim, without_border


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A picture with edges and a slope, and the same with noise, H×W×3 uint8."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:40, :56]
    truth = np.stack([3 * x + 20, 120 + 80 * ((x // 7 + y // 5) % 2), 255 - 4 * y], axis=-1).clip(0, 255)
    noisy = (truth + rng.normal(0, 12, truth.shape)).round().clip(0, 255)
    return noisy.astype(np.uint8), truth.astype(np.uint8)


def test_luma_is_matlabs() -> None:
    """The values of MATLAB's rgb2ycbcr for black, white and the primaries."""
    colors = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert luma(colors)[0] == pytest.approx([16, 235, 81.481, 144.553, 40.966])


def test_psnr_of_a_known_error() -> None:
    truth = np.full((8, 8, 3), 100, np.uint8)
    assert psnr(truth + np.uint8(5), truth) == pytest.approx(20 * math.log10(255 / 5))
    assert psnr(truth - np.uint8(5), truth) == psnr(truth + np.uint8(5), truth)  # bytes don't wrap around
    assert psnr(truth, truth) == math.inf


def test_both_agree_with_scikit_image(pair: tuple[np.ndarray, np.ndarray]) -> None:
    noisy, truth = pair
    assert psnr(noisy, truth) == pytest.approx(peak_signal_noise_ratio(truth, noisy, data_range=255))
    others = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    assert ssim(noisy, truth) == pytest.approx(structural_similarity(noisy, truth, channel_axis=2, **others), abs=1e-6)
    plane = structural_similarity(luma(noisy), luma(truth), **others)
    assert ssim(luma(noisy), luma(truth)) == pytest.approx(plane, abs=1e-6)


def test_ssim_of_itself_is_one_and_falls_with_noise(pair: tuple[np.ndarray, np.ndarray]) -> None:
    noisy, truth = pair
    half = ((noisy.astype(int) + truth) // 2).astype(np.uint8)
    assert ssim(truth, truth) == pytest.approx(1)
    assert ssim(noisy, truth) < ssim(half, truth) < 1


def test_what_cannot_be_compared_is_named() -> None:
    small, large = np.zeros((8, 8), np.uint8), np.zeros((9, 8), np.uint8)
    with pytest.raises(ValueError, match=r"\(8, 8\) and \(9, 8\)"):
        psnr(small, large)
    with pytest.raises(ValueError, match="8×8"):
        ssim(small, small)
    with pytest.raises(ValueError, match="border of 4"):
        without_border(small, 4)
    assert without_border(large, 2).shape == (5, 4)
