"""diffusers' schedulers, driven as its pipelines drive them, on an analytic network in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import numpy as np
import torch
from torch import Tensor

Network = Callable[[Tensor, float], Tensor]
"""(z of unit variance, timestep) → what the scheduler is configured to take."""


def scheduler(kind: str, betas: np.ndarray, **options: Any) -> Any:
    """A scheduler of diffusers whose tables hold `betas` in float64: of itself it rounds them to float32."""
    made = getattr(diffusers, kind)(trained_betas=betas.tolist(), **options)
    made.betas = torch.from_numpy(np.asarray(betas, np.float64))
    made.alphas = 1 - made.betas
    made.alphas_cumprod = made.alphas.cumprod(0)
    if hasattr(made, "final_alpha_cumprod"):
        whole = options.get("set_alpha_to_one", True)
        made.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64) if whole else made.alphas_cumprod[0]
    return made


def timed(kind: str, betas: np.ndarray, steps: int, **options: Any) -> Any:
    """The same with `steps` chosen, and its sigmas in float64, where they are its table's at its timesteps."""
    made = scheduler(kind, betas, **options)
    made.set_timesteps(steps)
    if hasattr(made, "sigmas") and not options.get("use_karras_sigmas"):
        table = ((1 - made.alphas_cumprod) / made.alphas_cumprod).sqrt().numpy()
        wide = np.interp(made.timesteps.double().numpy(), np.arange(len(table)), table)
        made.sigmas = torch.from_numpy(np.append(wide, made.sigmas[-1].double()))
    return made


class Wide(Tensor):
    """A tensor that stays as exact as it is: steps of several schedulers round z to float32."""

    def to(self, *options: Any, **named: Any) -> Tensor:
        return self if torch.float32 in (*options, *named.values()) else super().to(*options, **named)


def walk(made: Any, network: Network, noise: Tensor, **drawn: Any) -> Tensor:
    """From noise of unit variance to the picture; `drawn` goes to each step (a generator)."""
    z = (noise * made.init_noise_sigma).as_subclass(Wide)
    for t in made.timesteps:
        z = made.step(network(made.scale_model_input(z, t), float(t)), t, z, **drawn, return_dict=False)[0]
    return z.as_subclass(Tensor)


def walk_flow(made: Any, network: Network, noise: Tensor) -> Tensor:
    """The same along a flow, whose network is told times of 0..1."""
    z = noise.as_subclass(Wide)
    for t in made.timesteps:
        z = made.step(network(z, float(t) / made.config.num_train_timesteps), t, z, return_dict=False)[0]
    return z.as_subclass(Tensor)
