"""Schedules: what diffusers' tables hold, and points that are what they say."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.sampling import schedules
from sampling import BETAS, compare_schedules

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of diffusers' own dependencies
    import diffusers.schedulers  # noqa: F401


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' and numpy's
def test_tables_are_those_of_diffusers():
    assert max(compare_schedules(7).values()) < 1e-6


@given(st.integers(1, 1000), st.sampled_from(["leading", "linspace", "trailing"]))
def test_timesteps_fall_and_are_as_many_as_asked(steps, spacing):
    times = schedules.spaced(steps, spacing)
    assert len(times) == steps
    assert times.max() <= 999
    assert times.min() >= 0
    assert (np.diff(times) < 0).all()


@pytest.mark.parametrize("name", BETAS)
def test_noise_grows_and_the_shares_add_up(name):
    kept = schedules.alpha_bars(BETAS[name]())
    points = schedules.of_timesteps(kept, schedules.spaced(20, "linspace"))
    assert len(points) == 21
    assert points[-1] == (0, 1, 0)
    assert all(math.isclose(p.alpha**2 + p.sigma**2, 1, abs_tol=1e-12) for p in points)
    assert all(now.sigma > then.sigma for now, then in pairwise(points))
    assert math.isclose(schedules.of_timesteps(kept, [5], "sigma_min")[-1].alpha, math.sqrt(kept[0]))


def test_a_stretched_schedule_ends_in_noise_alone():
    betas = schedules.scaled_linear_betas()
    stretched = schedules.alpha_bars(schedules.zero_terminal(betas))
    assert stretched[-1] == pytest.approx(0, abs=1e-12)
    assert stretched[0] == pytest.approx(schedules.alpha_bars(betas)[0])
    assert schedules.preserving(999, math.inf) == (999, 0, 1)


def test_karras_ratios_are_even_in_their_seventh_root():
    ratios = schedules.karras_ratios(14.6, 0.03, 9)
    assert ratios[[0, -1]] == pytest.approx([14.6, 0.03])
    np.testing.assert_allclose(np.diff(ratios ** (1 / 7)), np.diff(ratios ** (1 / 7))[0])


def test_networks_are_told_the_times_that_lie_at_these_ratios():
    kept = schedules.alpha_bars(schedules.linear_betas())
    ratios = np.sqrt((1 - kept) / kept)[[900, 400, 10]]
    assert [p.time for p in schedules.of_ratios(kept, ratios)] == pytest.approx([900, 400, 10, 0])


def test_a_level_is_found_by_its_time_and_no_other():
    schedule = schedules.of_timesteps(schedules.alpha_bars(schedules.linear_betas()), [500, 0])
    level = schedules.levels_of(schedule)
    assert level(500) == schedule[0]
    assert level(0) == schedule[1]  # not the picture, which has no noise to be told of
    with pytest.raises(ValueError, match="no point at time 7"):
        level(7)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: schedules.spaced(0), lambda: schedules.spaced(1001), lambda: schedules.spaced(5, "even"),
        lambda: schedules.lcm_spaced(51), lambda: schedules.of_timesteps(np.array([0.9, 0.5]), [1], "none"),
    ],
)  # fmt: skip
def test_what_makes_no_schedule_is_refused(ask):
    with pytest.raises(ValueError, match="must be"):
        ask()
