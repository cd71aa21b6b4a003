"""What networks predict, as one: a guess of the clean picture. Everything else here sees denoisers (z, t) → x̂ only.

With z = alpha · x + sigma · noise, and s² = alpha² + sigma² (1 in diffusion):

    noise   x̂ = (z - sigma · ε) / alpha                               arXiv 2006.11239
    v       v = alpha · ε - sigma · x;  x̂ = (alpha · z - sigma · v) / s²   arXiv 2202.00512
    x       x̂ itself
    flow    v = ε - x;  x̂ = (z - sigma · v) / (alpha + sigma)             arXiv 2209.03003
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from diptych.sampling.schedules import Levels, Point

Array = Any
"""A numpy array or a torch tensor: what has arithmetic."""
Denoiser = Callable[[Array, float], Array]
"""(z, t) → x̂, or for a network not yet turned into one → its own prediction; shapes are equal."""


def clean_from_noise(z: Array, predicted: Array, at: Point) -> Array:
    return (z - at.sigma * predicted) / at.alpha


def clean_from_v(z: Array, predicted: Array, at: Point) -> Array:
    return (at.alpha * z - at.sigma * predicted) / (at.alpha**2 + at.sigma**2)


def clean_itself(z: Array, predicted: Array, at: Point) -> Array:
    del z, at
    return predicted


def clean_from_flow(z: Array, predicted: Array, at: Point) -> Array:
    return (z - at.sigma * predicted) / (at.alpha + at.sigma)


PREDICTIONS: Mapping[str, Callable[[Array, Array, Point], Array]] = MappingProxyType(
    {
        "epsilon": clean_from_noise,
        "v_prediction": clean_from_v,
        "sample": clean_itself,
        "flow_prediction": clean_from_flow,
    }
)
"""By the names that diffusers' configurations use."""


def denoiser(network: Denoiser, prediction: str, levels: Levels) -> Denoiser:
    """A network that predicts `prediction`, as a denoiser. Raises ValueError for a name that isn't in PREDICTIONS."""
    if prediction not in PREDICTIONS:
        raise ValueError(f"the prediction is {prediction!r}; it must be one of {', '.join(PREDICTIONS)}")
    clean = PREDICTIONS[prediction]

    def denoise(z: Array, t: float) -> Array:
        return clean(z, network(z, t), levels(t))

    return denoise


def noise_in(z: Array, clean: Array, at: Point) -> Array:
    """ε̂ = (z - alpha · x̂) / sigma: the noise that `z` holds if x̂ is right. `at` must not be the picture's own point."""
    return (z - at.alpha * clean) / at.sigma


def noised(clean: Array, noise: Array, at: Point) -> Array:
    """alpha · x + sigma · noise."""
    return at.alpha * clean + at.sigma * noise


def predicted(z: Array, clean: Array, prediction: str, at: Point) -> Array:
    """What a network that predicts `prediction` would say of `z` if x̂ were `clean`: PREDICTIONS the other way round."""
    if prediction == "sample":
        return clean
    noise = noise_in(z, clean, at)
    if prediction == "epsilon":
        return noise
    return at.alpha * noise - at.sigma * clean if prediction == "v_prediction" else noise - clean
