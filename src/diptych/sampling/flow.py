"""Sampling along straight paths from noise to data (rectified flow, arXiv 2209.03003), as pure functions.

z_t = (1 - t) · x + t · noise, so t = 1 is noise and t = 0 the picture. A denoiser is any function (z, t) → x̂.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

Denoiser = Callable[[np.ndarray, float], np.ndarray]


def times(steps: int, shift: float = 1.0) -> np.ndarray:
    """`steps` + 1 times from 1 to 0; `shift` > 1 spends more of them near the noise (arXiv 2403.03206)."""
    if steps < 1:
        raise ValueError(f"steps is {steps}; it must be at least 1")
    even = np.linspace(1.0, 0.0, steps + 1)
    return shift * even / (1 + (shift - 1) * even)


def euler(denoise: Denoiser, noise: np.ndarray, schedule: np.ndarray) -> np.ndarray:
    """Follow the velocity (z - x̂) / t in straight pieces from `noise` to the picture."""
    z = noise
    for now, then in pairwise(schedule):
        clean = denoise(z, float(now))
        z = clean + (z - clean) * np.float32(then / now)
    return z


def heun(denoise: Denoiser, noise: np.ndarray, schedule: np.ndarray) -> np.ndarray:
    """Euler with the velocity averaged over both ends of each piece (but the last): two calls a step."""
    z = noise
    for now, then in pairwise(schedule):
        velocity = (z - denoise(z, float(now))) / np.float32(now)
        ahead = z + velocity * np.float32(then - now)
        if then > 0:
            velocity = (velocity + (ahead - denoise(ahead, float(then))) / np.float32(then)) / 2
            ahead = z + velocity * np.float32(then - now)
        z = ahead
    return z


def guided(conditional: Denoiser, unconditional: Denoiser, scale: float) -> Denoiser:
    """Classifier-free guidance (arXiv 2207.12598): u + scale · (c - u); scale 1 is the conditional alone."""
    if scale == 1:
        return conditional

    def denoise(z: np.ndarray, t: float) -> np.ndarray:
        plain = unconditional(z, t)
        return plain + np.float32(scale) * (conditional(z, t) - plain)

    return denoise
