"""Guidance: denoisers → a denoiser.

What is said here of x̂ holds of ε, v and a flow's velocity alike, since for one z each is a linear function of x̂ and
the weights add up to one. So networks can be guided before `predictions.denoiser` makes denoisers of them; what is
`rescaled` should be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych.sampling.predictions import Array, Denoiser
from diptych.sampling.schedules import Levels
from diptych.sampling.thresholding import PERCENTILE

Gradient = Callable[[Array, float], Array]
"""(x̂, t) → the gradient, at x̂, of how well the picture fits what is wanted; of the shape of x̂."""
PICTURE = (-3, -2, -1)
"""The axes of one picture, whatever stands before them."""


def guided(conditional: Denoiser, unconditional: Denoiser, scale: float) -> Denoiser:
    """Classifier-free guidance (arXiv 2207.12598): u + scale · (c - u); scale 1 is the conditional alone.

    A negative prompt is the condition of `unconditional`: away from it instead of away from nothing said.
    """
    if scale == 1:
        return conditional
    scale = float(scale)

    def denoise(z: Array, t: float) -> Array:
        plain = unconditional(z, t)
        return plain + scale * (conditional(z, t) - plain)

    return denoise


def doubly_guided(
    both: Denoiser, picture: Denoiser, neither: Denoiser, text_scale: float, picture_scale: float
) -> Denoiser:
    """InstructPix2Pix (arXiv 2211.09800, equation 3): n + picture_scale · (p - n) + text_scale · (b - p).

    both       told the instruction and the picture;  picture  told the picture alone;  neither  told nothing
    """

    def denoise(z: Array, t: float) -> Array:
        nothing, seen = neither(z, t), picture(z, t)
        return nothing + picture_scale * (seen - nothing) + text_scale * (both(z, t) - seen)

    return denoise


def rescaled(
    conditional: Denoiser,
    unconditional: Denoiser,
    scale: float,
    rescale: float = 0.7,
    axes: tuple[int, ...] = PICTURE,
) -> Denoiser:
    """Classifier-free guidance whose result has its standard deviation brought back to the conditional's, as to the
    part `rescale` (0..1) (arXiv 2305.08891, equations 15 and 16). Meant for networks' own predictions, not x̂.

    axes   over which the deviation is taken: those of one picture
    """

    def predict(z: Array, t: float) -> Array:
        predicted, plain_one = conditional(z, t), unconditional(z, t)
        return brought_back(plain_one + scale * (predicted - plain_one), predicted, rescale, axes)

    return predict


def brought_back(pushed: Array, predicted: Array, rescale: float, axes: tuple[int, ...] = PICTURE) -> Array:
    """`pushed` with its standard deviation brought back to that of `predicted`, as to the part `rescale` (0..1)."""
    return pushed * (rescale * deviation(predicted, axes) / deviation(pushed, axes) + (1 - rescale))


def deviation(x: Array, axes: tuple[int, ...]) -> Array:
    """Standard deviation over `axes`, which stay with length 1."""
    apart = x - x.mean(axis=axes, keepdims=True)
    return (apart * apart).mean(axis=axes, keepdims=True) ** 0.5


def thresholded(denoise: Denoiser, percentile: float = PERCENTILE, axes: tuple[int, ...] = PICTURE) -> Denoiser:
    """Dynamic thresholding (arXiv 2205.11487, section 2.3) of x̂ in pixels of -1..1: with s the `percentile` of one
    picture's |x̂|, at least 1, x̂ is cut to -s..s and divided by s. `thresholding.dynamic_threshold` is the same for a
    single numpy picture, and faster."""

    def within(z: Array, t: float) -> Array:
        clean = denoise(z, t)
        size = np.maximum(np.percentile(np.abs(plain(clean)), percentile, axis=axes, keepdims=True), 1.0)
        limit = 0 * clean + like(size, clean)
        return clean.clip(-limit, limit) / limit

    return within


def plain(x: Array) -> np.ndarray:
    """A numpy array, of a tensor on whatever device, too."""
    return np.asarray(x.detach().float().cpu() if hasattr(x, "detach") else x)


def like(values: np.ndarray, x: Array) -> Any:
    """`values` as an array of the kind, type and device of `x`."""
    return x.new_tensor(values) if hasattr(x, "new_tensor") else values.astype(x.dtype)


def steered(denoise: Denoiser, gradient: Gradient, scale: float, levels: Levels) -> Denoiser:
    """Guidance by a gradient, for instance that of a picture-text similarity such as CLIP's (arXiv 2105.05233).

    x̂ + scale · r² · ∇ log p(wanted | x̂), r² = sigma² / (alpha² + sigma²). That is the mean of x given z and the wish,
    to first order, where x has unit variance (as latents are scaled to have): r² is what z leaves open (ΠGDM,
    openreview 9_gsMA8MRKQ). With a similarity for the logarithm, `scale` is its inverse temperature.
    """

    def towards_wish(z: Array, t: float) -> Array:
        clean, at = denoise(z, t), levels(t)
        open_still = at.sigma**2 / (at.alpha**2 + at.sigma**2)
        return clean + scale * open_still * gradient(clean, t)

    return towards_wish
