"""Schedules of noise: how much of the picture and how much noise there is at each point from noise to picture.

    z = alpha · x + sigma · noise

A schedule is a tuple of such points; samplers go from each to the next, editing goes along a part of it or backwards.
Diffusion has alpha² + sigma² = 1 (variance preserving, arXiv 2006.11239), flows alpha + sigma = 1 (arXiv 2209.03003).
What Karras and others call sigma (arXiv 2206.00364) is the ratio sigma / alpha here, so that a network's input needs no
scaling of its own. All numbers are Python floats: arrays keep their type whatever they are multiplied by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

TRAINED = 1000
"""Timesteps that nearly all diffusion models were trained with."""


class Point(NamedTuple):
    """One level of noise; `time` is what a network is told of it (a timestep, fractions allowed, or a flow's time)."""

    time: float
    alpha: float
    sigma: float


Schedule = tuple[Point, ...]
"""From noise to the picture, whose point comes last."""
Levels = Callable[[float], Point]
"""What a network is told → how much noise that is."""

# ---- how much noise each training step adds: T numbers ----


def linear_betas(first: float = 1e-4, last: float = 0.02, total: int = TRAINED) -> np.ndarray:
    """DDPM's (arXiv 2006.11239)."""
    return np.linspace(first, last, total)


def scaled_linear_betas(first: float = 0.00085, last: float = 0.012, total: int = TRAINED) -> np.ndarray:
    """Stable Diffusion's: linear in the square root (arXiv 2112.10752)."""
    return np.asarray(np.linspace(math.sqrt(first), math.sqrt(last), total) ** 2)


def cosine_betas(total: int = TRAINED, largest: float = 0.999) -> np.ndarray:
    """alphā(u) = cos²((u + 0.008) / 1.008 · π/2) (arXiv 2102.09672)."""
    kept = np.cos((np.arange(total + 1) / total + 0.008) / 1.008 * (math.pi / 2)) ** 2
    return np.asarray(np.minimum(1 - kept[1:] / kept[:-1], largest))


def zero_terminal(betas: np.ndarray) -> np.ndarray:
    """The same schedule stretched so that its last step is noise alone (arXiv 2305.08891, algorithm 1). Such a network
    must predict v or x: of z = noise, the noise says nothing."""
    alphas = np.sqrt(alpha_bars(betas))
    alphas = (alphas - alphas[-1]) * alphas[0] / (alphas[0] - alphas[-1])
    kept = alphas**2
    return np.asarray(1 - np.append(kept[0], kept[1:] / kept[:-1]))


def alpha_bars(betas: np.ndarray) -> np.ndarray:
    """alphā_t = Π (1 - beta_s), s ≤ t: the square of alpha. T float64."""
    return np.cumprod(1 - np.asarray(betas, np.float64))


# ---- which of the training steps are taken: from the noisiest to the last ----


def spaced(steps: int, spacing: str = "leading", offset: int = 0, total: int = TRAINED) -> np.ndarray:
    """`steps` timesteps, falling, by the names of arXiv 2305.08891's table 2 (and of diffusers).

    spacing   "leading" 0, k, 2k, … (+ offset); "linspace" both ends; "trailing" back from the last in equal steps

    Multistep solvers that are to end above the first timestep take `spaced(steps + 1, …)[:-1]`. Raises ValueError for
    another name, and where `steps` isn't within 1..total.
    """
    if not 1 <= steps <= total:
        raise ValueError(f"steps is {steps}; it must be within 1..{total}")
    if spacing == "leading":
        return np.arange(steps)[::-1] * (total // steps) + offset
    if spacing == "linspace":
        return np.asarray(np.linspace(0, total - 1, steps).round()[::-1].astype(np.int64))
    if spacing == "trailing":
        return np.asarray((total - np.arange(steps) * total / steps).round().astype(np.int64) - 1)
    raise ValueError(f"the spacing is {spacing!r}; it must be leading, linspace or trailing")


def lcm_spaced(steps: int, distilled: int = 50, total: int = TRAINED) -> np.ndarray:
    """Timesteps of a latent consistency model (arXiv 2310.04378): evenly chosen among the `distilled` ones that it was
    taught to jump from. Raises ValueError where `steps` isn't within 1..distilled."""
    if not 1 <= steps <= distilled:
        raise ValueError(f"steps is {steps}; it must be within 1..{distilled}")
    taught = np.arange(distilled, 0, -1) * (total // distilled) - 1
    return np.asarray(taught[np.floor(np.linspace(0, distilled, steps, endpoint=False)).astype(np.int64)])


def karras_ratios(largest: float, smallest: float, steps: int, rho: float = 7.0) -> np.ndarray:
    """`steps` ratios sigma / alpha, falling, even in their rho-th root (arXiv 2206.00364, equation 5)."""
    high, low = largest ** (1 / rho), smallest ** (1 / rho)
    return np.asarray(np.linspace(high, low, steps) ** rho)


# ---- schedules ----


def of_timesteps(kept: np.ndarray, timesteps: Iterable[float], final: str = "zero") -> Schedule:
    """Points at `timesteps`, then the picture. Between training steps the ratio sigma / alpha is interpolated.

    kept    alphā, T float64, of `alpha_bars`
    final   "zero": the picture itself; "sigma_min": as little noise as the first training step has
    """
    ratios = np.sqrt((1 - kept) / kept)
    steps = np.arange(len(kept))
    return (*(preserving(t, float(np.interp(t, steps, ratios))) for t in timesteps), last(kept, final))


def of_ratios(kept: np.ndarray, ratios: Sequence[float] | np.ndarray, final: str = "zero") -> Schedule:
    """Points at ratios sigma / alpha, as `karras_ratios` gives them; the network is told the timesteps that lie there,
    interpolated in the logarithm."""
    known = np.log((1 - kept) / kept) / 2
    times = np.interp(np.log(np.asarray(ratios, np.float64)), known, np.arange(len(kept)))
    return (*(preserving(t, ratio) for t, ratio in zip(times, ratios, strict=True)), last(kept, final))


def of_flow(times: Iterable[float]) -> Schedule:
    """Points of a straight path: alpha = 1 - t, sigma = t, for `times` as `sampling.flow.times` gives them."""
    return tuple(flow_level(t) for t in times)


def preserving(time: float, ratio: float) -> Point:
    """alpha² + sigma² = 1, sigma / alpha = `ratio`; infinite: noise alone."""
    if math.isinf(ratio):
        return Point(float(time), 0.0, 1.0)
    alpha = 1 / math.sqrt(1 + float(ratio) ** 2)
    return Point(float(time), alpha, float(ratio) * alpha)


def last(kept: np.ndarray, final: str) -> Point:
    if final not in ("zero", "sigma_min"):
        raise ValueError(f"the final level is {final!r}; it must be zero or sigma_min")
    alpha = 1.0 if final == "zero" else math.sqrt(kept[0])
    return Point(0.0, alpha, math.sqrt(1 - alpha**2))


def levels_of(schedule: Schedule) -> Levels:
    """The points of a schedule by what the network is told. Raises ValueError for a time that is none of them."""
    known = {point.time: point for point in reversed(schedule)}  # of two at one time, the noisier

    def level(time: float) -> Point:
        if time not in known:
            raise ValueError(f"the schedule has no point at time {time}")
        return known[time]

    return level


def flow_level(time: float) -> Point:
    """The Levels of every flow."""
    return Point(float(time), 1 - float(time), float(time))
