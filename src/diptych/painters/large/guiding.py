"""`sampling.guidance` for pipelines of diffusers: their UNet is heard by our guidance, and they by what it makes of it.

A pipeline asks its UNet for up to three answers at once (told nothing, told the words; told the picture alone) and
joins them itself. Here they are joined as soon as the UNet has spoken, by our own functions, and the pipeline is given
the result in each answer's place: u + s (c - u) is r where u = c = r. So every UNet pipeline takes the same guidance,
with any sampler, since what a UNet is shown is z = alpha_t x + sigma_t noise, as in its training, whatever the sampler
calls sigma.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diptych.sampling import guidance
from diptych.sampling.predictions import PREDICTIONS, Array, Denoiser, denoiser, predicted
from diptych.sampling.schedules import Levels, preserving

if TYPE_CHECKING:
    from diptych.painters.large.guides import Guide
    from diptych.painters.large.settings import Settings

PICTURE_GUIDANCE = 1.5
"""By the picture, where InstructPix2Pix isn't told another: what its pipelines take."""


@dataclass(frozen=True)
class Guiding:
    """
    scale, picture_scale   of the words, and of the picture
    rescale                0..1
    threshold              percentile; None: no thresholding
    gradient               (x̂, t) → where x̂ is to go; None: nowhere
    """

    scale: float
    picture_scale: float = PICTURE_GUIDANCE
    rescale: float = 0.0
    threshold: float | None = None
    gradient: guidance.Gradient | None = None

    def joined(self, answers: Any, prediction: str, levels: Levels) -> Denoiser:
        """The answers to one z as one network: each 1×C×H×W, one to three of them in diffusers' order."""
        conditional, pushed = self._pushed(answers)
        if self.threshold is None and self.gradient is None:
            return pushed
        denoise = denoiser(pushed, prediction, levels)
        if self.gradient is not None:
            denoise = guidance.steered(denoise, self.gradient, 1.0, levels)
        if self.threshold is not None:
            denoise = within_usual(denoise, denoiser(conditional, prediction, levels), self.threshold)
        return lambda z, t: predicted(z, denoise(z, t), prediction, levels(t))

    def _pushed(self, answers: Any) -> tuple[Denoiser, Denoiser]:
        """(told the words, guided)."""
        if len(answers) == 1:
            return always(answers[0]), always(answers[0])
        if len(answers) == 2:
            neither, both = (always(answer) for answer in answers)
            if self.rescale:
                return both, guidance.rescaled(both, neither, self.scale, self.rescale)
            return both, guidance.guided(both, neither, self.scale)
        both, picture, neither = (always(answer) for answer in answers)
        pushed = guidance.doubly_guided(both, picture, neither, self.scale, self.picture_scale)
        if not self.rescale:
            return both, pushed
        return both, lambda z, t: guidance.brought_back(pushed(z, t), both(z, t), self.rescale)


def always(answer: Array) -> Denoiser:
    return lambda z, t: answer


def within_usual(denoise: Denoiser, conditional: Denoiser, percentile: float) -> Denoiser:
    """Dynamic thresholding (arXiv 2205.11487, section 2.3) of latents. Pixels have a range of -1..1, latents have none:
    in its place comes that of x̂ without guidance, which guidance is to stay in."""

    def within(z: Array, t: float) -> Array:
        size = np.abs(guidance.plain(conditional(z, t)))
        usual = np.maximum(np.percentile(size, percentile, axis=guidance.PICTURE, keepdims=True), 1e-6)
        unit = guidance.like(usual, z)
        return unit * guidance.thresholded(lambda z, t: denoise(z, t) / unit, percentile)(z, t)

    return within


# ---- a pipeline's network -------------------------------------------------------------------------------


def levels_of(scheduler: Any) -> Levels:
    """How much noise a scheduler's training had at each timestep; between two of them sigma / alpha is linear, as
    diffusers' schedulers have it."""
    kept = np.maximum(scheduler.alphas_cumprod.double().cpu().numpy(), 1e-12)  # 0 is noise alone
    ratios, steps = np.sqrt((1 - kept) / kept), np.arange(len(kept))
    return lambda t: preserving(t, float(np.interp(t, steps, ratios)))


@contextmanager
def guided(pipeline: Any, guiding: Guiding | None) -> Iterator[None]:
    """While this lasts, the pipeline's UNet answers with what `guiding` makes of its answers; None: as it is."""
    if guiding is None:
        yield
        return
    levels, prediction = levels_of(pipeline.scheduler), str(pipeline.scheduler.config.prediction_type)
    assert prediction in PREDICTIONS

    def after(network: Any, given: tuple[Any, ...], output: Any) -> tuple[Any]:
        answers = output[0]
        z = given[0][:1, : answers.shape[1]].float()  # what else goes in, such as a mask, comes after the latents
        joined = guiding.joined(answers.float().split(1), prediction, levels)(z, float(given[1]))
        return (joined.to(answers.dtype).repeat(len(answers), 1, 1, 1),)

    hook = pipeline.unet.register_forward_hook(after)
    try:
        yield
    finally:
        hook.remove()


def guiding_of(
    settings: Settings, arguments: Mapping[str, Any], pipeline: Any, guide: Guide | None, words: str
) -> Guiding | None:
    """What was set, for one call of a pipeline with `arguments`; None where diffusers' own guidance is all."""
    if not settings.rescale and settings.threshold is None and guide is None:
        return None
    gradient = None
    if guide is not None:
        from diptych.models.similarity import similarity_gradient

        gradient = similarity_gradient(guide.encode, guide.words(words), decoding(pipeline.vae), guide.scale)
    return Guiding(
        scale=float(arguments.get("guidance_scale", 1.0)),
        picture_scale=float(arguments.get("image_guidance_scale", PICTURE_GUIDANCE)),
        rescale=settings.rescale or 0.0, threshold=settings.threshold, gradient=gradient,
    )  # fmt: skip


def decoding(vae: Any) -> Callable[[Any], Any]:
    """Latents as the denoiser knows them, B×C×h×w → pictures in -1..1, with gradients."""
    config = vae.config
    if str(vae.dtype) == "torch.float16" and config.get("force_upcast"):
        vae = deepcopy(vae).float()  # such decoders overflow in half precision
    mean, std = config.get("latents_mean"), config.get("latents_std")

    def decode(latents: Any) -> Any:
        scaled = latents / config.scaling_factor
        if mean is not None and std is not None:
            shape = (1, -1, 1, 1)
            scaled = scaled * latents.new_tensor(std).view(shape) + latents.new_tensor(mean).view(shape)
        scaled = scaled + (config.get("shift_factor") or 0.0)
        return vae.decode(scaled.to(vae.dtype), return_dict=False)[0].float()

    return decode
