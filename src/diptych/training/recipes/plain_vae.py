"""A plain variational autoencoder of single stickers, 32 pixels.

    diptych train plain_vae --setting cpu

cpu: 2 minutes on one core. Figures over three seeds, with the minutes that they are of: docs/canvas.md, by
benchmarks/canvas.py. Nothing of it ships. The gpu setting has not been measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diptych.models.plain_vae import PlainVae, PlainVaeConfig
from diptych.models.vae import kl_divergence
from diptych.training.data import sheet, to_pictures, to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.training.recipes.canvas import known
from diptych.training.stickers import Stickers

SETTINGS = {
    "cpu": Settings(steps=10**6, batch=64, lr=1e-3, warmup=50, cooldown=0.4, weight_decay=0.0, ema=0.995,
                    precision="no", minutes=2, clock="cpu", save_every=10_000),
    "gpu": Settings(steps=20_000, batch=256, lr=1e-3, warmup=200, cooldown=0.4, weight_decay=0.0, ema=0.999,
                    precision="no", save_every=5000),
    "toy": Settings(steps=40, batch=16, lr=1e-3, warmup=5, cooldown=0.4, weight_decay=0.0, ema=0.9, precision="no",
                    save_every=40, log_every=10),
}  # fmt: skip


@dataclass
class PlainVaeTask:
    stickers: Stickers
    config: PlainVaeConfig = field(default_factory=PlainVaeConfig)
    name: str = "plain_vae"

    def build(self) -> nn.Module:
        return PlainVae(self.config)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        noise = rng.standard_normal((size, self.config.latent), dtype=np.float32)
        return {"pictures": to_tensor(self.stickers.some(rng, size)), "noise": torch.from_numpy(noise)}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The negative ELBO, -ln p(x | z) + KL(q(z | x) || p(z)), in nats for each of a picture's values.

        The decoder's σ is the one at which the batch is likeliest, its root mean square error (arXiv 2006.13202): so
        there is no weight to choose between the two parts. Learned by Adam it was still six times that after 700 steps.
        """
        pictures = batch["pictures"]
        output, mean, log_variance = model(pictures, batch["noise"])
        error = (output - pictures).square().mean()
        # ½ (x - μ)² / σ² + ln σ + ½ ln 2π, where σ² = mean (x - μ)².
        surprise = 0.5 * (1 + error.log() + math.log(2 * math.pi))
        kl = kl_divergence(mean, log_variance) * mean.shape[1] / pictures[0].numel()
        return surprise + kl, {"surprise": surprise.item(), "kl": kl.item(), "sigma": error.sqrt().item()}

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        """Twelve pictures, what came back of them, and 36 that were drawn."""
        assert isinstance(model, PlainVae)
        device = next(model.parameters()).device
        rng = np.random.default_rng(7)
        true = to_tensor(self.stickers.some(rng, 12)).to(device)
        noise = torch.from_numpy(rng.standard_normal((36, self.config.latent), dtype=np.float32)).to(device)
        shown = torch.cat([true, model.draw(model.encode(true)[0]), model.draw(noise)])
        return sheet(to_pictures(shown), 12)


def task(place: Place, font: Path) -> PlainVaeTask:
    small = {"hidden": 64, "latent": 8} if place.setting == "toy" else {}
    return PlainVaeTask(Stickers(known(place), font), PlainVaeConfig(**small))
