"""Sampling along straight paths from noise to data (rectified flow, arXiv 2209.03003), as pure functions.

z_t = (1 - t) · x + t · noise, so t = 1 is noise and t = 0 the picture. A denoiser is any function (z, t) → x̂.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from diptych.sampling.predictions import Array, Denoiser


def times(steps: int, shift: float = 1.0) -> np.ndarray:
    """`steps` + 1 times from 1 to 0; `shift` > 1 spends more of them near the noise (arXiv 2403.03206)."""
    if steps < 1:
        raise ValueError(f"steps is {steps}; it must be at least 1")
    even = np.linspace(1.0, 0.0, steps + 1)
    return shift * even / (1 + (shift - 1) * even)


def euler(denoise: Denoiser, noise: Array, schedule: np.ndarray) -> Array:
    """Follow the velocity (z - x̂) / t in straight pieces from `noise` to the picture."""
    z = noise
    for now, then in pairwise(schedule.tolist()):
        clean = denoise(z, now)
        z = clean + (z - clean) * (then / now)
    return z


def heun(denoise: Denoiser, noise: Array, schedule: np.ndarray) -> Array:
    """Euler with the velocity averaged over both ends of each piece (but the last): two calls a step."""
    z = noise
    for now, then in pairwise(schedule.tolist()):
        velocity = (z - denoise(z, now)) / now
        ahead = z + velocity * (then - now)
        if then > 0:
            velocity = (velocity + (ahead - denoise(ahead, then)) / then) / 2
            ahead = z + velocity * (then - now)
        z = ahead
    return z
