"""Large pictures stay true to small ones, and denoisers' guesses in range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.sampling.projection import area_mean, distance, project
from diptych.sampling.thresholding import dynamic_threshold

RNG = np.random.default_rng(8)
SMALL = RNG.integers(30, 226, (16, 16, 3)).astype(np.uint8)


def enlarged(small: np.ndarray, factor: int) -> np.ndarray:
    return np.kron(small, np.ones((factor, factor, 1))).astype(np.float32)


@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("limit", [0.5, 2.0])
def test_a_picture_that_is_far_off_is_brought_near(factor: int, limit: float) -> None:
    off = enlarged(SMALL, factor) + 20 * RNG.standard_normal((16 * factor, 16 * factor, 3)).astype(np.float32) + 6
    assert distance(off, SMALL) > 2 * limit
    made = project(off, SMALL, limit)
    assert made.dtype == np.uint8
    assert distance(made.astype(np.float32), SMALL) <= 1.1 * limit


def test_a_picture_that_is_near_stays_as_it_is() -> None:
    near = enlarged(SMALL, 4)
    near[5:9, 5:9] += 30  # one place that is off, and the mean is still within the limit
    assert distance(near, SMALL) < 1
    assert (project(near, SMALL, 1.0) == near.astype(np.uint8)).all()


def test_detail_that_the_small_picture_does_not_show_is_kept() -> None:
    fine = enlarged(SMALL, 4) + 12 * (np.indices((64, 64)).sum(0) % 2 * 2 - 1)[..., None].astype(np.float32)
    shifted = project(fine + 8, SMALL, 1.0).astype(np.float32)
    around = shifted - enlarged(area_mean(shifted, 4), 4)
    assert np.abs(around).mean() > 10


def test_all_differences_shrink_alike() -> None:
    small = np.full((16, 16, 3), 120, np.uint8)
    off = enlarged(small, 4)
    off[:16] += 40
    off[32:48] += 10
    left = np.abs(area_mean(project(off, small, 5.0).astype(np.float32), 4) - small)
    assert 0.9 * 5 <= left.mean() <= 5
    # Away from the borders between them, four times as much is left of four times as much.
    np.testing.assert_allclose(left[1:3].mean() / left[9:11].mean(), 4, rtol=0.15)


@pytest.mark.parametrize("limit", [0, -1.0])
def test_a_limit_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="the limit is"):
        project(enlarged(SMALL, 4), SMALL, limit)
    with pytest.raises(ValueError, match="no multiple"):
        project(enlarged(SMALL, 4)[:60], SMALL, 1.0)


# ---- thresholding ---------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(0.2, 3), st.sampled_from([90.0, 99.0, 99.5, 100.0]))
def test_what_is_thresholded_lies_in_range_and_keeps_its_order(seed: int, spread: float, percentile: float) -> None:
    x = (spread * np.random.default_rng(seed).standard_normal((3, 20, 20))).astype(np.float32)
    kept = dynamic_threshold(x, percentile)
    s = max(1.0, float(np.percentile(np.abs(x), percentile)))
    assert kept.dtype == np.float32
    assert np.abs(kept).max() <= 1
    np.testing.assert_allclose(kept, np.clip(x, -s, s) / s, rtol=1e-5, atol=1e-6)


def test_pictures_in_range_are_not_touched() -> None:
    x = RNG.uniform(-1, 1, (3, 8, 8)).astype(np.float32)
    assert (dynamic_threshold(x) == x).all()


@pytest.mark.parametrize("percentile", [0, -5, 101])
def test_a_percentile_that_is_none_is_refused(percentile: float) -> None:
    with pytest.raises(ValueError, match=f"the percentile is {percentile}"):
        dynamic_threshold(RNG.standard_normal(8), percentile)
