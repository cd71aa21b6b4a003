"""A DCGAN of single stickers, 32 pixels.

    diptych train dcgan --setting cpu

cpu: 2.5 minutes on one core. Figures over three seeds, with the minutes that they are of: docs/canvas.md, by
benchmarks/canvas.py. Nothing of it ships. The gpu setting has not been measured.

The losses are the non-saturating ones of Goodfellow et al., arXiv 1406.2661. Both players move at once, by one Adam:
each parameter has moments of its own in it, and each player's loss is blind to the other's parameters
(`models.dcgan.Dcgan`), so it is the same as two. What keeps it stable: spectral normalisation, a first moment that is
soon forgotten (0.5, as Radford et al. found), and drawing with averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.dcgan import Dcgan, DcganConfig
from diptych.training.data import sheet, to_pictures, to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.training.recipes.canvas import known
from diptych.training.stickers import Stickers

SETTINGS = {
    "cpu": Settings(steps=10**6, batch=32, lr=1e-3, betas=(0.5, 0.99), warmup=0, cooldown=0.3, weight_decay=0.0,
                    ema=0.99, clip=1e3, precision="no", minutes=2.5, clock="cpu", save_every=10_000),
    "gpu": Settings(steps=20_000, batch=128, lr=2e-4, betas=(0.5, 0.999), warmup=0, cooldown=0.3, weight_decay=0.0,
                    ema=0.999, clip=1e3, precision="no", save_every=5000),
    "toy": Settings(steps=40, batch=16, lr=5e-4, betas=(0.5, 0.99), warmup=0, cooldown=0.3, weight_decay=0.0, ema=0.9,
                    clip=1e3, precision="no", save_every=40, log_every=10),
}  # fmt: skip


@dataclass
class DcganTask:
    stickers: Stickers
    config: DcganConfig = field(default_factory=DcganConfig)
    name: str = "dcgan"

    def build(self) -> nn.Module:
        return Dcgan(self.config)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        noise = rng.standard_normal((size, self.config.noise), dtype=np.float32)
        return {"pictures": to_tensor(self.stickers.some(rng, size)), "noise": torch.from_numpy(noise)}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Discriminator: -ln D(x) - ln(1 - D(G(z))). Generator: -ln D(G(z))."""
        on_true, on_drawn, by_fixed = model(batch["noise"], batch["pictures"])
        judging = F.softplus(-on_true).mean() + F.softplus(on_drawn).mean()
        drawing = F.softplus(-by_fixed).mean()
        caught = ((on_true > 0).float().mean() + (on_drawn < 0).float().mean()) / 2
        return judging + drawing, {"judging": judging.item(), "drawing": drawing.item(), "caught": caught.item()}

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        """48 pictures of the same noise each time."""
        assert isinstance(model, Dcgan)
        noise = np.random.default_rng(7).standard_normal((48, self.config.noise), dtype=np.float32)
        return sheet(to_pictures(model.draw(torch.from_numpy(noise).to(next(model.parameters()).device))), 12)


def task(place: Place, font: Path) -> DcganTask:
    small = {"width": 8} if place.setting == "toy" else {}
    return DcganTask(Stickers(known(place), font), DcganConfig(**small))
