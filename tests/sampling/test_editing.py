"""Editing: what is not to change comes back, to the digit where it should, and inversions are those of diffusers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diptych.sampling import editing, flow, samplers, schedules
from diptych.sampling.predictions import denoiser
from sampling import knowing, normal, predicting, trained_levels, two_values

CLEAN = np.random.default_rng(3).standard_normal((2, 3, 4, 4)) * 0.5 + 0.7
NOISE = np.random.default_rng(4).standard_normal(CLEAN.shape)
KEPT = schedules.alpha_bars(schedules.scaled_linear_betas())
DIFFUSION = schedules.of_timesteps(KEPT, schedules.spaced(50), "sigma_min")
STRAIGHT = schedules.of_flow(np.linspace(1, 0.02 ** (1 / 3), 51) ** 3)


@pytest.mark.parametrize("strength", [0.0, 0.24, 0.5, 1.0])
def test_sdedit_takes_its_share_of_the_steps(strength):
    seen = []

    def denoise(z, t):
        seen.append(t)
        return normal(z, schedules.flow_level(t))

    schedule = schedules.of_flow(flow.times(25))
    made = editing.sdedit(samplers.euler, denoise, CLEAN, NOISE, schedule, strength)
    assert len(seen) == int(25 * strength)
    if strength == 0:
        assert made is CLEAN
    if strength == 1:  # from noise alone: nothing is left of the picture
        np.testing.assert_array_equal(made, samplers.euler(denoise, NOISE, schedule))


def test_the_further_back_the_less_is_left_of_the_picture():
    schedule = schedules.of_flow(flow.times(20))
    off = [
        np.abs(editing.sdedit(samplers.euler, knowing(schedule), CLEAN, NOISE, schedule, s) - CLEAN).mean()
        for s in (0.1, 0.4, 0.9)
    ]
    assert off == sorted(off)


def test_a_strength_beyond_one_is_refused():
    with pytest.raises(ValueError, match=r"the strength is 1\.5"):
        editing.later(DIFFUSION, 1.5)


@pytest.mark.parametrize(
    ("schedule", "back"),
    [(DIFFUSION, editing.along_noise), (STRAIGHT, editing.along_path), (DIFFUSION, editing.along_path)],
)
def test_inverted_and_sampled_again_the_picture_comes_back(schedule, back):
    def off(rounds):
        path = editing.invert(knowing(schedule), CLEAN, schedule, rounds, back)
        assert len(path) == len(schedule)
        assert path[-1] is CLEAN
        return np.abs(samplers.euler(knowing(schedule), path[0], schedule) - CLEAN).max()

    rough, fine = off(0), off(6)
    assert fine < 1e-4
    assert rough > 10 * fine


def test_the_inverse_is_noise_where_the_denoiser_knows_the_data():
    many = np.random.default_rng(0).standard_normal(20_000) * 0.5 + 0.7
    noise = editing.invert(knowing(STRAIGHT), many, STRAIGHT, 2, editing.along_path)[0]
    assert noise.mean() == pytest.approx(0, abs=0.05)  # the picture is taken to be at time 0.02
    assert noise.std() == pytest.approx(1, abs=0.05)


@pytest.mark.filterwarnings("ignore")  # diffusers' and numpy's
def test_ddim_inversion_is_that_of_diffusers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from diffusers.schedulers.scheduling_ddim_inverse import DDIMInverseScheduler
    betas = schedules.scaled_linear_betas()
    theirs = DDIMInverseScheduler(trained_betas=betas.tolist(), clip_sample=False, set_alpha_to_one=True)
    theirs.alphas_cumprod = torch.from_numpy(KEPT)
    theirs.initial_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    theirs.set_timesteps(20)
    network = predicting("epsilon", trained_levels(KEPT), two_values)
    z = torch.from_numpy(CLEAN)
    for t in theirs.timesteps:
        z = theirs.step(network(z, float(t)), int(t), z, return_dict=False)[0]
    schedule = schedules.of_timesteps(KEPT, schedules.spaced(20))
    mine = denoiser(network, "epsilon", schedules.levels_of(schedule))
    path = editing.invert(mine, torch.from_numpy(CLEAN), schedule)
    np.testing.assert_allclose(path[0].numpy(), z.numpy(), atol=1e-5)


@pytest.mark.parametrize("schedule", [DIFFUSION, STRAIGHT])
def test_beside_its_path_an_unchanged_picture_is_exact_however_rough_the_inversion(schedule):
    path = editing.invert(knowing(schedule), CLEAN, schedule, 0, editing.along_path)
    same = editing.beside(lambda a, b, t: (knowing(schedule)(a, t), knowing(schedule)(b, t)), path, schedule)
    np.testing.assert_allclose(same, CLEAN, atol=1e-12)
    other = editing.beside(lambda a, b, t: (knowing(schedule)(a, t), knowing(schedule)(b, t) + 0.3), path, schedule)
    assert np.abs(other - CLEAN).min() > 0.1


@given(st.integers(0, 2**16), st.floats(0, 1))
def test_blending_keeps_the_source_where_the_mask_is_zero(seed, strength):
    mask = (np.random.default_rng(seed).random((1, 1, 4, 4)) < 0.5).astype(float)
    schedule = schedules.of_flow(flow.times(12))
    inside = editing.blended(knowing(schedule), CLEAN, mask)
    made = editing.sdedit(samplers.euler, inside, CLEAN, NOISE, schedule, strength)
    kept = np.broadcast_to(mask == 0, CLEAN.shape)
    np.testing.assert_allclose(made[kept], CLEAN[kept], atol=1e-12)
    plain = editing.sdedit(samplers.euler, knowing(schedule), CLEAN, NOISE, schedule, strength)
    np.testing.assert_allclose(made[~kept], plain[~kept], atol=1e-12)  # this denoiser looks at one value at a time


def test_the_composite_is_the_source_outside_to_the_byte():
    rng = np.random.default_rng(1)
    made, source = rng.integers(0, 256, (2, 9, 7, 3), dtype=np.uint8)
    mask = np.zeros((9, 7), np.float32)
    mask[2:5, 1:4] = 0.25
    done = editing.composite(made, source, mask)
    assert done.dtype == np.uint8
    assert (done[mask == 0] == source[mask == 0]).all()
    assert (done[mask > 0] == made[mask > 0]).all()
