"""Editing a given picture in the space that a denoiser works in, as pure functions: noise it and begin midway, find the
noise that it comes from, keep what is not to change.

Points and schedules as in `schedules`; all go from noise to picture, and an inversion's path as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from diptych.sampling.predictions import Array, Denoiser, noise_in, noised
from diptych.sampling.samplers import towards
from diptych.sampling.schedules import Point, Schedule

Back = Callable[[Array, Array, Array, Point, Point], Array]
"""(z, a guess of z before, x̂ of that guess, point before, point of z) → z before."""
Pair = Callable[[Array, Array, float], tuple[Array, Array]]
"""(z of the source, z of the target, t) → x̂ of both. Where the target attends as the source does, it happens here."""

# ---- noise it, begin midway ----


def later(schedule: Schedule, strength: float) -> Schedule:
    """The last part of a schedule: `strength` 0..1 of its steps, rounded down. Raises ValueError beyond."""
    if not 0 <= strength <= 1:
        raise ValueError(f"the strength is {strength}; it must be within 0..1")
    steps = len(schedule) - 1
    return schedule[steps - int(steps * strength + 1e-9) :]


def sdedit(
    sampler: Callable[[Denoiser, Array, Schedule], Array],
    denoise: Denoiser,
    clean: Array,
    noise: Array,
    schedule: Schedule,
    strength: float,
) -> Array:
    """SDEdit (arXiv 2108.01073): `clean` with the noise of a point midway, sampled from there; 0 gives it back."""
    part = later(schedule, strength)
    return sampler(denoise, noised(clean, noise, part[0]), part) if len(part) > 1 else clean


# ---- which noise does it come from ----


def along_noise(z: Array, guess: Array, clean: Array, before: Point, at: Point) -> Array:
    """DDIM's step turned round (arXiv 2105.05233, appendix F): with ε̂ of the guess, z before = alpha' · (z - sigma · ε̂)
    / alpha + sigma' · ε̂. Not from noise alone, where alpha' is 0."""
    noise = noise_in(guess, clean, before)
    return before.alpha / at.alpha * (z - at.sigma * noise) + before.sigma * noise


def along_path(z: Array, guess: Array, clean: Array, before: Point, at: Point) -> Array:
    """The flow's: z before = z + (alpha' - alpha) · x̂ + (sigma' - sigma) · ε̂, on straight paths z + (t' - t) · v."""
    noise = noise_in(guess, clean, before)
    return z + (before.alpha - at.alpha) * clean + (before.sigma - at.sigma) * noise


def invert(
    denoise: Denoiser, clean: Array, schedule: Schedule, rounds: int = 0, back: Back = along_noise
) -> list[Array]:
    """The path from noise that ends at `clean`: z at each point of `schedule`, noise first.

    rounds   0: each step believes x̂ of where it comes from (DDIM inversion, arXiv 2010.02502), which is what a step of
             `samplers.euler` does in reverse but for errors of second order. More: x̂ is asked again where the step
             came to (fixed-point iteration, arXiv 2309.04907), until the sampler's own step comes back to z.
    back     how one step is undone; the same in the limit of many rounds

    `clean` is taken to be at the last point. Where that has sigma 0, the last step of any sampler ends at x̂ itself, so
    that only what the denoiser can say comes back; end the schedule a little above.
    """
    path = [clean]
    for at, before in pairwise(reversed(schedule)):
        guess = path[-1]
        for _ in range(rounds + 1):
            guess = back(path[-1], guess, denoise(guess, before.time), before, at)
        path.append(guess)
    return path[::-1]


def beside(pair: Pair, path: Sequence[Array], schedule: Schedule) -> Array:
    """The target sampled beside the source's own path (direct inversion, arXiv 2310.01506): at each step the source
    is where the path says, and by what its step would miss the next point of the path the target is corrected, too.

    So a target that is told what the source is told comes out as the source, to the last digit but rounding, however
    rough the inversion was. Euler's steps.
    """
    z = path[0]
    for (now, then), (source, following) in zip(pairwise(schedule), pairwise(path), strict=True):
        known, clean = pair(source, z, now.time)
        z = towards(z, clean, now, then) + (following - towards(source, known, now, then))
    return z


# ---- keep what is not to change ----


def blended(denoise: Denoiser, source: Array, mask: Array) -> Denoiser:
    """Blended latents (arXiv 2206.02779) as a denoiser: where `mask` (0..1, broadcast to z) is 0, x̂ is the source. From
    a z that there holds the source and some noise, samplers without fresh noise stay on the line between the two, as if
    the source had been noised and put back at each point."""

    def denoise_inside(z: Array, t: float) -> Array:
        return mask * denoise(z, t) + (1 - mask) * source

    return denoise_inside


def composite(made: np.ndarray, source: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The hard end of every edit with a region: H×W×C of `made` where `mask` H×W is above 0, of `source` elsewhere,
    to the byte."""
    return np.where((mask > 0)[..., None], made, source)
