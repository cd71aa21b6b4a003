"""Samplers: from noise to a picture along a schedule, as pure functions of (denoiser, z, schedule).

`z` is what the schedule's first point says: noise scaled by its sigma, which is near 1. Arithmetic alone is asked of
arrays, so that numpy's and torch's do alike. Where fresh noise is needed it is an argument, a function from an array to
noise like it. For straight paths (flows) see `flow` as well: its Heun averages another velocity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from diptych.sampling.predictions import Array, Denoiser, noise_in, noised
from diptych.sampling.schedules import Point, Schedule

NoiseLike = Callable[[Array], Array]
"""An array → standard normal numbers of the same shape and type, others at each call."""


def noise_from(rng: np.random.Generator) -> NoiseLike:
    """Noise for numpy arrays, drawn in float64 and rounded to their type."""
    return lambda z: rng.standard_normal(z.shape).astype(z.dtype)


def towards(z: Array, clean: Array, now: Point, then: Point) -> Array:
    """The noise stays, its share changes: z' = alpha' · x̂ + sigma' · ε̂. Exact where x̂ doesn't change on the way."""
    return then.alpha * clean + then.sigma * noise_in(z, clean, now)


def euler(denoise: Denoiser, z: Array, schedule: Schedule) -> Array:
    """Euler's method on d(z/alpha) / d(sigma/alpha) = ε̂ (arXiv 2206.00364). It is DDIM without fresh noise."""
    for now, then in pairwise(schedule):
        z = towards(z, denoise(z, now.time), now, then)
    return z


def heun(denoise: Denoiser, z: Array, schedule: Schedule) -> Array:
    """Euler's method with ε̂ averaged over both ends of each step (but one that ends at the picture): two calls a step.

    Second order (arXiv 2206.00364, algorithm 1). alpha must be above 0 at the first point.
    """
    for now, then in pairwise(schedule):
        noise = noise_in(z, denoise(z, now.time), now)
        kept, added = then.alpha / now.alpha, then.sigma - now.sigma * then.alpha / now.alpha
        ahead = kept * z + added * noise
        if then.sigma > 0:
            noise = (noise + noise_in(ahead, denoise(ahead, then.time), then)) / 2
            ahead = kept * z + added * noise
        z = ahead
    return z


def fresh(now: Point, then: Point) -> float:
    """Standard deviation of the noise that enters from `then` to `now`: sqrt(sigma² - (alpha/alpha')² · sigma'²), which
    is sqrt(beta) in diffusion."""
    return math.sqrt(max(now.sigma**2 - (now.alpha / then.alpha * then.sigma) ** 2, 0.0))


def ddpm(denoise: Denoiser, z: Array, schedule: Schedule, noise_like: NoiseLike) -> Array:
    """Ancestral sampling (arXiv 2006.11239): z' is drawn from the distribution of z' given z and x = x̂.

    With a = (alpha/alpha')², beta = 1 - a and ε̂ for x̂ its mean is (z - beta / sigma · ε̂) / sqrt(a), and its
    variance beta · sigma'² / sigma². The last step draws nothing.
    """
    for now, then in pairwise(schedule):
        noise = noise_in(z, denoise(z, now.time), now)
        beta = fresh(now, then) ** 2
        z = (z - beta / now.sigma * noise) * (then.alpha / now.alpha)
        if then.sigma > 0:
            z = z + math.sqrt(beta) * then.sigma / now.sigma * noise_like(z)
    return z


def ddim(
    denoise: Denoiser, z: Array, schedule: Schedule, eta: float = 0.0, noise_like: NoiseLike | None = None
) -> Array:
    """Denoising diffusion implicit models (arXiv 2010.02502, equations 12 and 16): of the noise at each point a part is
    drawn afresh; `eta` 0 none (Euler's method), 1 as much as DDPM. Raises ValueError where noise is needed and isn't
    given."""
    if eta > 0 and noise_like is None:
        raise ValueError(f"eta is {eta}: give noise_like, where the fresh noise comes from")
    for now, then in pairwise(schedule):
        clean = denoise(z, now.time)
        drawn = eta * then.sigma / now.sigma * fresh(now, then)
        kept = math.sqrt(max(then.sigma**2 - drawn**2, 0.0))
        moved = then.alpha * clean + kept * noise_in(z, clean, now)
        z = moved if drawn == 0 or noise_like is None else moved + drawn * noise_like(z)
    return z


def dpm_solver_2m(denoise: Denoiser, z: Array, schedule: Schedule) -> Array:
    """DPM-Solver++(2M) (arXiv 2211.01095, algorithm 2): exact in λ = log(alpha / sigma) but for x̂, which goes on as it
    went from the last point to this. Second order, one call a step; the first step, and one that ends at the picture,
    are of first order."""
    before: tuple[Array, float] | None = None
    for now, then in pairwise(schedule):
        clean = denoise(z, now.time)
        guess, ahead = clean, log_ratio(then) - log_ratio(now)
        if before is not None and then.sigma > 0:
            older, behind = before
            guess = clean + ahead / (2 * behind) * (clean - older)
        shrunk = then.sigma / now.sigma
        z = shrunk * z + (then.alpha - now.alpha * shrunk) * guess
        before = clean, ahead
    return z


def log_ratio(at: Point) -> float:
    """λ = log(alpha / sigma): -inf for noise alone, inf for the picture."""
    if at.alpha == 0 or at.sigma == 0:
        return -math.inf if at.alpha == 0 else math.inf
    return math.log(at.alpha / at.sigma)


def lcm(
    denoise: Denoiser,
    z: Array,
    schedule: Schedule,
    noise_like: NoiseLike,
    *,
    scaling: float = 10.0,
    data: float = 0.5,
) -> Array:
    """Latent consistency models (arXiv 2310.04378): each call jumps to a picture, which is noised again for the next.

    The network was taught through c_skip · z + c_out · x̂, which is z itself at time 0: with τ = scaling · t,
    c_skip = data² / (τ² + data²) and c_out = τ / sqrt(τ² + data²). The last point's noise is not added.
    """
    for index, (now, then) in enumerate(pairwise(schedule)):
        tau = scaling * now.time
        skip, out = data**2 / (tau**2 + data**2), tau / math.sqrt(tau**2 + data**2)
        clean = out * denoise(z, now.time) + skip * z
        z = clean if index == len(schedule) - 2 else noised(clean, noise_like(z), then)
    return z
