"""A Stable Diffusion or SDXL pipeline's parts as what `sampling` works with: latents, schedules, a network that is told
words. Latents are 1×4×h×w float32, whatever type the networks compute in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diptych.sampling import schedules
from diptych.sampling.predictions import PREDICTIONS, Array, Denoiser
from diptych.sampling.schedules import Point, Schedule


class Told(NamedTuple):
    """`words` 1×77×C; `pooled` 1×P for SDXL."""

    words: Array
    pooled: Array | None


# ---- schedules ------------------------------------------------------------------------------------------


def kept(pipeline: Any) -> np.ndarray:
    """alphā by training step, T float64."""
    return np.asarray(pipeline.scheduler.alphas_cumprod.double().cpu().numpy())


def ddim_schedule(pipeline: Any, steps: int) -> Schedule:
    """From noise to as little of it as the first training step has: a last step from there can be undone."""
    bars = kept(pipeline)
    timesteps = schedules.spaced(steps, "leading", offset=1, total=len(bars))
    return schedules.of_timesteps(bars, np.minimum(timesteps, len(bars) - 1), "sigma_min")


# ---- the network ----------------------------------------------------------------------------------------


class Network:
    """`pipeline`'s UNet for pictures of `size` (height, width in pixels)."""

    def __init__(self, pipeline: Any, size: tuple[int, int]) -> None:
        self._pipeline = pipeline
        self._size = size
        self._bars = kept(pipeline)
        self._clean = PREDICTIONS[pipeline.scheduler.config.prediction_type]

    def told(self, words: str, negative: str | None = None) -> tuple[Told, Told]:
        """`words`, and what is not wanted (None: nothing said), as the network is told them."""
        encode, device = self._pipeline.encode_prompt, self._pipeline._execution_device
        said = {"device": device, "num_images_per_prompt": 1, "do_classifier_free_guidance": True}
        made = encode(prompt=words, negative_prompt=negative, **said)
        if len(made) == 2:
            return Told(made[0], None), Told(made[1], None)
        return Told(made[0], made[2]), Told(made[1], made[3])

    def level(self, time: float) -> Point:
        """How much noise there is at a timestep; fractions are allowed."""
        return schedules.of_timesteps(self._bars, [time])[0]

    def arguments(self, told: Sequence[Told]) -> dict[str, Any]:
        """What the UNet's call takes besides latents and time, one row for each of `told`."""
        import torch

        unet = self._pipeline.unet
        device, dtype = self._pipeline._execution_device, unet.dtype
        arguments: dict[str, Any] = {"encoder_hidden_states": torch.cat([one.words for one in told]).to(device, dtype)}
        points = [one.pooled for one in told if one.pooled is not None]
        if points:
            height, width = self._size  # as if it were the size of a picture that nothing was cut from
            sizes = torch.tensor([[height, width, 0, 0, height, width]] * len(told), device=device, dtype=dtype)
            pooled = torch.cat(points).to(device, dtype)
            arguments["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": sizes}
        return arguments

    def predict(self, z: Array, time: float, told: Sequence[Told]) -> Array:
        """What the UNet predicts, float32, of each row of `z` B×4×h×w, told that row of `told`."""
        import torch

        unet = self._pipeline.unet
        at = torch.tensor(time, device=self._pipeline._execution_device)
        return unet(z.to(unet.dtype), at, return_dict=False, **self.arguments(told))[0].float()

    def clean(self, z: Array, predicted: Array, time: float) -> Array:
        """x̂ of what was predicted, be it noise, v or x."""
        return self._clean(z, predicted, self.level(time))

    def denoiser(self, told: Told) -> Denoiser:
        """Without guidance: steps of it can be undone."""
        return lambda z, time: self.clean(z, self.predict(z, time, [told]), time)


# ---- the autoencoder ------------------------------------------------------------------------------------


def encode(pipeline: Any, pixels: NDArray[np.uint8]) -> Array:
    """H×W×3 → latents: the mean of what the autoencoder thinks possible, so that they are the same each time."""
    import torch

    scaled = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    with _in_range(pipeline.vae) as vae:
        made = vae.encode(scaled.to(pipeline._execution_device, vae.dtype))
    mean = made.latent_dist.mode() if hasattr(made, "latent_dist") else made.latents
    factor, shift = _scaling(pipeline.vae, mean.device)
    return (mean.float() - shift) * factor


def decode(pipeline: Any, latents: Array) -> Array:
    """Latents → 1×3×H×W in -1..1."""
    factor, shift = _scaling(pipeline.vae, latents.device)
    with _in_range(pipeline.vae) as vae:
        made = vae.decode((latents / factor + shift).to(vae.dtype), return_dict=False)[0]
    return made.float().clamp(-1, 1)


def _scaling(vae: Any, device: Any) -> tuple[Any, Any]:
    """Latents = (what the autoencoder makes - shift) · factor."""
    import torch

    config = vae.config
    mean, deviation = (config.get(name) for name in ("latents_mean", "latents_std"))
    if mean is None or deviation is None:
        return config.scaling_factor, 0.0
    mean, deviation = (torch.tensor(one, device=device).view(1, -1, 1, 1) for one in (mean, deviation))
    return config.scaling_factor / deviation, mean


@contextmanager
def _in_range(vae: Any) -> Iterator[Any]:
    """The autoencoder in float32 where float16 is too narrow for it, as SDXL's says of itself."""
    import torch

    before = vae.dtype
    if not (before == torch.float16 and vae.config.get("force_upcast")):
        yield vae
        return
    vae.to(torch.float32)
    try:
        yield vae
    finally:
        vae.to(before)
