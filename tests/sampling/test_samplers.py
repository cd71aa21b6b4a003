"""Samplers beside diffusers' schedulers, on data whose flow is known, and on both kinds of arrays."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from diptych.sampling import flow, samplers, schedules
from diptych.sampling.predictions import PREDICTIONS, denoiser, noise_in, noised
from sampling import (
    BETAS,
    CLASSES,
    SPACINGS,
    continuous,
    ddim,
    deterministic,
    flow_euler,
    flow_heun,
    karras,
    knowing,
    lcm,
    normal,
    on_a_gaussian,
    orders,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' and numpy's
EQUAL = 1e-5
NOISE = np.random.default_rng(5).standard_normal((2, 3, 4, 4))


@pytest.fixture(autouse=True, scope="module")
def _diffusers_imported() -> None:
    """Its import warns of its own dependencies, which is not ours to fail on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import diffusers

        for name in (*CLASSES.values(), "DDIMScheduler", "LCMScheduler", "FlowMatchHeunDiscreteScheduler"):
            assert getattr(diffusers, name)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("betas", BETAS)
@pytest.mark.parametrize("sampler", CLASSES)
def test_what_comes_out_is_what_diffusers_makes(sampler, betas, spacing):
    assert deterministic(sampler, BETAS[betas](), 7, spacing) < EQUAL


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_whatever_the_network_predicts(kind):
    for sampler in CLASSES:
        assert deterministic(sampler, schedules.scaled_linear_betas(), 5, "leading", kind) < EQUAL
    assert ddim(schedules.scaled_linear_betas(), 5, "leading", 0.0, kind) < EQUAL


@pytest.mark.parametrize("spacing", ["leading", "trailing"])
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_and_its_noise_are_those_of_diffusers(spacing, eta):
    assert ddim(schedules.scaled_linear_betas(), 10, spacing, eta) < EQUAL


def test_karras_lcm_and_flows_are_those_of_diffusers():
    betas = schedules.scaled_linear_betas()
    assert max(karras(sampler, betas, 6) for sampler in ("Euler", "Heun", "DPM-Solver++(2M)")) < EQUAL
    assert max(lcm(betas, steps) for steps in (1, 4, 8)) < EQUAL
    assert max(flow_euler(6, shift) for shift in (1.0, 3.0)) < EQUAL
    assert max(flow_heun(6, shift) for shift in (1.0, 3.0)) < EQUAL


def test_the_comparison_would_notice(monkeypatch):
    """A sampler that is off by a thousandth is not equal."""
    whole = samplers.towards
    monkeypatch.setattr(samplers, "towards", lambda *given: whole(*given) * 1.001)
    assert ddim(schedules.scaled_linear_betas(), 5, "leading", 0.0) < EQUAL  # which doesn't go through it
    from sampling import OURS

    assert OURS["Euler"] is samplers.euler
    assert deterministic("Euler", schedules.scaled_linear_betas(), 5, "leading") > 1e-4


def test_on_a_gaussian_all_come_to_the_known_end():
    found = on_a_gaussian(100)
    assert max(found[name] for name in ("Euler", "DDIM", "flow Euler")) < 0.04
    assert max(found[name] for name in ("Heun", "DPM-Solver++(2M)", "flow Heun", "DPM-Solver++(2M) on a flow")) < 2e-3
    assert max(off for name, off in found.items() if "mean" in name or "deviation" in name) < 0.01


def test_errors_fall_with_the_order_that_each_method_has():
    found = orders((20, 40, 80))
    for name in ("Euler", "DDIM", "flow Euler"):
        assert found[name] == pytest.approx(1, abs=0.1)
    for name in ("Heun", "DPM-Solver++(2M)", "flow Heun", "DPM-Solver++(2M) on a flow"):
        assert found[name] == pytest.approx(2, abs=0.25)


def test_ancestral_sampling_is_ddim_with_all_noise_fresh():
    kept = schedules.alpha_bars(schedules.linear_betas())
    schedule = schedules.of_timesteps(kept, schedules.spaced(9))
    one = samplers.ddpm(knowing(schedule), NOISE, schedule, samplers.noise_from(np.random.default_rng(1)))
    other = samplers.ddim(knowing(schedule), NOISE, schedule, 1.0, samplers.noise_from(np.random.default_rng(1)))
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_the_published_step_of_ancestral_sampling_is_taken():
    """z_{t-1} = (z_t - (1 - a_t) / sqrt(1 - abar_t) · eps) / sqrt(a_t) + sigma_t · eps', all thousand steps there."""
    betas = schedules.linear_betas()
    kept = schedules.alpha_bars(betas)
    schedule = schedules.of_timesteps(kept, [500, 499])[:2]
    eps = noise_in(NOISE, normal(NOISE, schedule[0]), schedule[0])
    a, abar, before = 1 - betas[500], kept[500], kept[499]
    expected = (NOISE - (1 - a) / np.sqrt(1 - abar) * eps) / np.sqrt(a)
    expected += np.sqrt((1 - before) / (1 - abar) * (1 - a)) * np.ones_like(NOISE)
    made = samplers.ddpm(knowing(schedule), NOISE, schedule, np.ones_like)
    np.testing.assert_allclose(made, expected, atol=1e-12)


def test_eulers_step_is_ddims_and_on_a_straight_path_the_flows():
    times = flow.times(8, 2.0)
    schedule = schedules.of_flow(times)
    along = flow.euler(knowing(schedule), NOISE, times)
    np.testing.assert_allclose(samplers.euler(knowing(schedule), NOISE, schedule), along, atol=1e-12)
    np.testing.assert_allclose(samplers.ddim(knowing(schedule), NOISE, schedule), along, atol=1e-12)


def test_ddim_asks_where_its_noise_comes_from():
    with pytest.raises(ValueError, match="give noise_like"):
        samplers.ddim(lambda z, t: z, NOISE, schedules.of_flow([1, 0]), 0.5)


@pytest.mark.parametrize("name", [*continuous(1)])
def test_arrays_keep_their_kind_and_type(name):
    sampler, schedule = continuous(4)[name]
    narrow = NOISE.astype(np.float32)
    made = sampler(knowing(schedule), narrow, schedule)
    assert made.dtype == np.float32
    turned = sampler(knowing(schedule), torch.from_numpy(narrow), schedule)
    assert turned.dtype == torch.float32
    np.testing.assert_allclose(turned.numpy(), made, atol=1e-5)
    half = sampler(knowing(schedule), torch.from_numpy(narrow).bfloat16(), schedule)
    assert half.dtype == torch.bfloat16


@pytest.mark.parametrize("kind", PREDICTIONS)
def test_every_prediction_comes_to_the_same_picture(kind):
    point = schedules.preserving(3.0, 0.8) if kind != "flow_prediction" else schedules.flow_level(0.3)
    clean, noise = NOISE, NOISE[::-1]
    told = {
        "epsilon": noise, "sample": clean, "flow_prediction": noise - clean,
        "v_prediction": point.alpha * noise - point.sigma * clean,
    }  # fmt: skip
    made = denoiser(lambda z, t: told[kind], kind, lambda t: point)(noised(clean, noise, point), point.time)
    np.testing.assert_allclose(made, clean, atol=1e-12)


def test_unknown_predictions_are_refused():
    with pytest.raises(ValueError, match="'score'"):
        denoiser(lambda z, t: z, "score", schedules.flow_level)
