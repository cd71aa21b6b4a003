"""Guidance: the published formulas, exact where the truth is known, on both kinds of arrays."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diptych.sampling import samplers, schedules
from diptych.sampling.guidance import doubly_guided, guided, rescaled, steered, thresholded
from diptych.sampling.predictions import PREDICTIONS, denoiser, predicted
from diptych.sampling.thresholding import dynamic_threshold

RNG = np.random.default_rng(8)
C, U, P, Z = RNG.normal(size=(4, 2, 3, 6, 6))
AT = schedules.preserving(10.0, 1.3)


def always(x):
    return lambda z, t: x


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_guiding_a_network_or_its_denoiser_is_the_same(kind):
    def made(network):
        return denoiser(network, kind, lambda t: AT)

    before = made(guided(always(C), always(U), 7.5))(Z, 10)
    after = guided(made(always(C)), made(always(U)), 7.5)(Z, 10)
    np.testing.assert_allclose(before, after, atol=1e-10)


def test_both_scales_of_an_instruction_do_what_they_say():
    formula = U + 1.5 * (P - U) + 7.5 * (C - P)
    np.testing.assert_allclose(doubly_guided(always(C), always(P), always(U), 7.5, 1.5)(Z, 1), formula)
    np.testing.assert_allclose(doubly_guided(always(C), always(P), always(U), 1, 1)(Z, 1), C)
    np.testing.assert_allclose(doubly_guided(always(C), always(P), always(U), 0, 1)(Z, 1), P)


@pytest.mark.parametrize("part", [0.0, 0.7, 1.0])
def test_rescaling_is_as_published(part):
    """Equations 15 and 16 of arXiv 2305.08891."""
    c, u = torch.from_numpy(C), torch.from_numpy(U)
    pushed = u + 6 * (c - u)
    deviation, wanted = (x.std(dim=[1, 2, 3], keepdim=True) for x in (pushed, c))
    expected = (part * (pushed * (wanted / deviation)) + (1 - part) * pushed).numpy()
    np.testing.assert_allclose(rescaled(always(C), always(U), 6, part)(Z, 1), expected, atol=1e-12)
    np.testing.assert_allclose(rescaled(always(c), always(u), 6, part)(Z, 1).numpy(), expected, atol=1e-12)


def test_full_rescaling_keeps_the_deviation_of_each_picture():
    made = rescaled(always(C), always(U), 9, 1.0)(Z, 1)
    np.testing.assert_allclose(made.std((1, 2, 3)), C.std((1, 2, 3)))


def test_thresholding_is_by_picture_and_the_same_for_tensors():
    pictures = np.stack([3 * C[0], 0.1 * C[1]])
    made = thresholded(always(pictures), 95)(Z, 1)
    for one, of in zip(made, pictures, strict=True):
        np.testing.assert_allclose(one, dynamic_threshold(of, 95), atol=1e-6)
    assert np.abs(made).max() <= 1
    np.testing.assert_allclose(made[1], np.clip(pictures[1], -1, 1))
    turned = thresholded(always(torch.from_numpy(pictures)), 95)(torch.from_numpy(Z), 1)
    np.testing.assert_allclose(turned.numpy(), made, atol=1e-6)


@pytest.mark.parametrize("kind", ["diffusion", "flow"])
def test_a_constant_gradient_moves_a_normal_distribution_by_itself(kind):
    """p(x) · exp(g · x) for x standard normal is normal around g: guidance by g draws from it."""
    wish = 0.8
    ratios = schedules.karras_ratios(80.0, 0.001, 400)
    schedule = (
        schedules.of_flow(np.linspace(1, 0, 400)) if kind == "flow"
        else (*(schedules.preserving(r, r) for r in ratios), schedules.Point(0.0, 1.0, 0.0))
    )  # fmt: skip
    levels = schedules.levels_of(schedule)

    def standard(z, t):
        return levels(t).alpha * z / (levels(t).alpha ** 2 + levels(t).sigma ** 2)

    start = np.random.default_rng(0).standard_normal(1000)
    plain = samplers.ddim(standard, start, schedule)
    moved = samplers.ddim(steered(standard, lambda x, t: np.full_like(x, wish), 1.0, levels), start, schedule)
    np.testing.assert_allclose(plain, start, rtol=0.01, atol=0.01)
    np.testing.assert_allclose(moved - plain, wish, atol=0.02)


def test_a_gradient_of_a_similarity_brings_the_result_nearer():
    schedule = schedules.of_flow(np.linspace(1, 0, 21))
    levels = schedules.levels_of(schedule)

    def standard(z, t):
        return levels(t).alpha * z / (levels(t).alpha ** 2 + levels(t).sigma ** 2)

    def gradient(x, t):
        """Of the cosine with P, by torch: the gradient function is whatever the caller brings."""
        x = torch.from_numpy(x).requires_grad_()
        torch.cosine_similarity(x.flatten(), torch.from_numpy(P).flatten(), dim=0).backward()
        return x.grad.numpy()

    def cosine(a):
        return float((a * P).sum() / np.linalg.norm(a) / np.linalg.norm(P))

    found = [cosine(samplers.euler(steered(standard, gradient, scale, levels), Z, schedule)) for scale in (0, 5, 50)]
    assert found == sorted(found)
    assert found[2] > found[0] + 0.2


@pytest.mark.parametrize("kind", PREDICTIONS)
def test_a_changed_guess_goes_back_into_what_networks_predict(kind):
    clean = PREDICTIONS[kind](Z, predicted(Z, P, kind, AT), AT)
    np.testing.assert_allclose(clean, P, atol=1e-9)
