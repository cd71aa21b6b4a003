"""Sampling along straight paths: exact where the denoiser is perfect, and steered only when asked to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.sampling.flow import euler, heun, times
from diptych.sampling.guidance import guided

RNG = np.random.default_rng(60)
DATA = RNG.normal(size=(2, 4, 8, 8)).astype(np.float32)
NOISE = RNG.normal(size=DATA.shape).astype(np.float32)


def perfect(z: np.ndarray, t: float) -> np.ndarray:
    del z, t
    return DATA


def shrinking(z: np.ndarray, t: float) -> np.ndarray:
    """The best guess for data that are normal with standard deviation 2: the flow has a closed form."""
    return z * np.float32((1 - t) * 4 / ((1 - t) ** 2 * 4 + t**2))


@given(st.integers(1, 60), st.floats(0.5, 8))
def test_times_fall_from_one_to_zero(steps, shift):
    schedule = times(steps, shift)
    assert len(schedule) == steps + 1
    assert schedule[0] == 1
    assert schedule[-1] == 0
    assert (np.diff(schedule) < 0).all()


def test_a_shift_spends_more_times_near_the_noise():
    assert times(4).tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert (times(8, 3)[1:-1] > times(8)[1:-1]).all()


@pytest.mark.parametrize("steps", [0, -1])
def test_no_steps_are_refused(steps):
    with pytest.raises(ValueError, match=f"steps is {steps}"):
        times(steps)


@pytest.mark.parametrize("steps", [1, 2, 5, 40])
@pytest.mark.parametrize("sampler", [euler, heun])
def test_a_perfect_denoiser_gives_the_data_in_any_number_of_steps(sampler, steps):
    made = sampler(perfect, NOISE, times(steps, 3))
    np.testing.assert_allclose(made, DATA, atol=1e-4)
    assert made.dtype == np.float32


@pytest.mark.parametrize(("sampler", "calls"), [(euler, 6), (heun, 11)])
def test_calls_of_the_denoiser_are_as_documented_and_the_noise_is_kept(sampler, calls):
    seen: list[float] = []

    def watched(z: np.ndarray, t: float) -> np.ndarray:
        seen.append(t)
        return perfect(z, t)

    noise = NOISE.copy()
    sampler(watched, noise, times(6))
    assert len(seen) == calls
    assert min(seen) > 0
    assert max(seen) == 1
    assert (noise == NOISE).all()


def test_both_come_nearer_to_the_flow_with_more_steps_and_heun_faster():
    truth = 2 * NOISE

    def error(sampler, steps):
        return float(np.abs(sampler(shrinking, NOISE, times(steps)) - truth).max())

    for sampler in (euler, heun):
        assert error(sampler, 64) < error(sampler, 16) < error(sampler, 4)
    assert error(heun, 16) < 0.3 * error(euler, 16)


def test_guidance_of_one_is_the_conditional_alone():
    def never(z: np.ndarray, t: float) -> np.ndarray:
        raise AssertionError("the unconditional is not needed")

    assert guided(perfect, never, 1) is perfect


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0, 4.0])
def test_guidance_goes_along_the_line_between_both(scale):
    other = np.zeros_like(DATA) + 3
    made = guided(perfect, lambda z, t: other, scale)(NOISE, 0.5)
    np.testing.assert_allclose(made, other + scale * (DATA - other), rtol=1e-5, atol=1e-5)
