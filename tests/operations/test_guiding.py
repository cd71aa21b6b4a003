"""Copies held to a guide, and the small copy that the network sees."""

import numpy as np
import pytest

from diptych.operations.coarse_fill import shrunk
from diptych.operations.guiding import Guide, corrected, laid_on, steered


def box(shape, y0, y1, x0, x1):
    mask = np.zeros(shape, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def test_a_guide_is_sampled_where_it_lies():
    """A ramp in the full picture's x: whatever the grid, each of its pixels shows its own x."""
    x = (np.arange(50) + 0.5) * 4 - 0.5 + 100  # the guide shows x 100..300 at a quarter of the size
    guide = Guide(np.broadcast_to(x[None, :, None], (30, 50, 3)).astype(np.float32), (100, 40, 300, 160))
    for left, scale, columns in ((100, 1, 200), (100, 2, 100), (120, 8, 20)):
        there = guide.at(left, 60, scale, (10, columns))
        wanted = (np.arange(columns) + 0.5) * scale - 0.5 + left
        inner = (wanted > 106) & (wanted < 294)
        assert np.abs(there[5, inner, 0] - wanted[inner]).max() < 0.2


def test_steering_moves_large_structure_only():
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 20, (80, 80, 1)).astype(np.float32).repeat(3, axis=2)
    hole = box((80, 80), 10, 70, 10, 70)
    vote = 100 + grain
    there = steered(vote, np.full((80, 80, 3), 150, np.float32), hole, 2.0)
    assert np.array_equal(there[~hole], vote[~hole])
    middle = np.s_[25:55, 25:55]
    assert there[middle].mean() == pytest.approx(150, abs=3)
    assert there[middle].std() > 0.9 * vote[middle].std()


@pytest.mark.parametrize("loose", [False, True])
def test_a_correction_brings_colours_half_the_way_and_leaves_strong_grain(loose):
    rng = np.random.default_rng(1)
    grain = rng.normal(0, 30, (120, 120, 1)).astype(np.float32).repeat(3, axis=2)
    hole = box((120, 120), 10, 110, 10, 110)
    copied = 100 + grain
    change = corrected(copied, np.full((120, 120, 3), 140, np.float32), hole, loose)
    assert not change[~hole].any()
    settled = copied + change
    assert settled[40:80, 40:80].mean() == pytest.approx(120, abs=2)
    assert settled[40:80, 40:80].std() > 0.6 * copied.std()


def test_weak_grain_is_left_out():
    """In the wrong place it costs likeness, and its lack is hardly seen."""
    rng = np.random.default_rng(1)
    grain = rng.normal(0, 4, (120, 120, 1)).astype(np.float32).repeat(3, axis=2)
    hole = box((120, 120), 10, 110, 10, 110)
    settled = 100 + grain + corrected(100 + grain, np.full((120, 120, 3), 100, np.float32), hole)
    assert settled[40:80, 40:80].std() < 0.2 * grain.std()


def test_a_correction_on_a_coarser_grid_is_enlarged():
    copied = np.full((40, 60, 3), 100, np.uint8)
    change = np.full((10, 15, 3), 12.0, np.float32)
    assert (laid_on(copied, change, 4) == 112).all()
    assert (laid_on(np.full((40, 60, 3), 250, np.uint8), change, 4) == 255).all()


def test_the_small_copy_is_the_mean_of_what_is_known():
    picture = np.full((100, 200, 3), 80, np.uint8)
    unknown = box((100, 200), 20, 61, 40, 121)
    picture[unknown] = 255
    small, known = shrunk(picture, unknown, 50)
    assert small.shape == (25, 50, 3)
    assert np.abs(small[known] - 80).max() < 2
    assert not known[6:14, 11:29].any()
    assert known[:4].all()
    same, all_known = shrunk(picture, unknown, 200)
    assert np.array_equal(same, picture)
    assert np.array_equal(all_known, ~unknown)
