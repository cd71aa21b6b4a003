"""Which canvas: the generator's transformer twice, on latents and on pixels, with the same budget.

    diptych train canvas_latents --setting cpu
    diptych train canvas_pixels --setting cpu

One recipe, that of the generator, for both: the same scenes and edits, loss, noise levels, batch, seed and
minutes. What differs is what a cell of 8×8 pixels is: 16 numbers of the autoencoder that ships, or its 192 pixels. They
learn a quarter of the nouns, so that few minutes come as far as four times as many would with all.
cpu: 8 minutes each on one core, after one of making the pool, which for pixels takes 0.4 GB. Figures, with the
minutes that they are of: docs/canvas.md, by benchmarks/canvas.py. Nothing of these ships. The gpu setting has not been
measured.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from diptych.models.denoiser import DenoiserConfig
from diptych.models.pixels import VALUES, Pixels
from diptych.models.vae import Vae, VaeConfig
from diptych.runtime import WEIGHTS
from diptych.training.loop import Settings, load_weights
from diptych.training.recipes import Place
from diptych.training.recipes.generator import GeneratorTask, LatentPool, make_pool

_CPU = Settings(steps=10**6, batch=32, lr=1.2e-3, muon_lr=4e-3, warmup=50, cooldown=0.4, minutes=8, clock="cpu",
                ema=0.99, save_every=10_000)  # fmt: skip
_GPU = replace(_CPU, batch=256, lr=1.5e-3, muon_lr=5e-3, warmup=200, ema=0.999, minutes=30, clock="wall",
               save_every=5000)  # fmt: skip
_TOY = Settings(steps=40, batch=8, lr=2e-3, muon_lr=4e-3, warmup=10, ema=0.9, save_every=40, log_every=20)

PAIRS = {"cpu": 2000, "gpu": 30_000, "toy": 24}
ONE_IN = {"cpu": 4, "gpu": 4, "toy": 24}
"""So many of the nouns that the other recipes know come to one that is learned here."""
VALUES_OF = {"canvas_latents": VaeConfig().latent, "canvas_pixels": VALUES}
"""Numbers in a cell of each canvas."""


def settings(name: str) -> dict[str, Settings]:
    """Of both canvases alike: `cpu`, `gpu`, `toy`."""
    assert name in VALUES_OF
    return {"cpu": _CPU, "gpu": _GPU, "toy": _TOY}


def known(place: Place) -> tuple[str, ...]:
    """The nouns that are learned."""
    return tuple(place.known[:: ONE_IN[place.setting]])


def canvas(name: str) -> Vae | Pixels:
    """What turns pictures into cells and back."""
    if name == "canvas_pixels":
        return Pixels()
    vae = load_weights(Vae(VaeConfig()), WEIGHTS / "autoencoder.safetensors")
    assert isinstance(vae, Vae)
    return vae.to(memory_format=torch.channels_last)


def config(place: Place, name: str) -> DenoiserConfig:
    """The generator's for GPUs; for CPUs a smaller one, which sees more in few minutes."""
    small = {"cpu": {"width": 192, "depth": 4}, "toy": {"width": 64, "depth": 2}}.get(place.setting, {})
    return DenoiserConfig(nouns=len(known(place)), latent=VALUES_OF[name], **small)


def task(place: Place, font: Path, name: str) -> GeneratorTask:
    """The generator's task on that canvas, with a pool that is made on the first call."""
    path = place.runs / name / "pool.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make_pool(canvas(name), known(place), font, PAIRS[place.setting], seed=0).save(path)
    return GeneratorTask(LatentPool.load(path), config(place, name), canvas(name), name)
