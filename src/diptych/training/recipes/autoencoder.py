"""The autoencoder of the Stickerbook and of photos.

    diptych train autoencoder --setting cpu --data ../shared/data

cpu: 45 minutes on one core. The weights that ship came in two steps (docs/models.md); a run from nothing with this
setting, and the gpu setting, have not been measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.vae import Vae, VaeConfig, gradient_loss, kl_divergence
from diptych.training.data import Photos, Scenes, sheet, to_pictures, to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place

SETTINGS = {
    "cpu": Settings(
        steps=100_000, batch=24, lr=1e-3, warmup=100, cooldown=0.45, clip=0.5, minutes=45, ema=0.998, save_every=500
    ),
    "gpu": Settings(steps=12_000, batch=128, lr=1.5e-3, warmup=200, cooldown=0.4, ema=0.999, save_every=2000),
    "toy": Settings(steps=60, batch=8, lr=2e-3, warmup=10, ema=0.9, save_every=60, log_every=20),
}


@dataclass
class AutoencoderTask:
    """64-pixel crops: four of five from scenes, the rest from photographs."""

    scenes: Scenes
    photos: Photos | None
    config: VaeConfig = field(default_factory=VaeConfig)
    kl_weight: float = 0.0003
    crop: int = 64
    name: str = "autoencoder"

    def build(self) -> nn.Module:
        return Vae(self.config).to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        crops = [
            self.photos.crop(rng, self.crop)
            if self.photos is not None and rng.random() < 0.2
            else self.scenes.crop(rng, self.crop)
            for _ in range(size)
        ]
        noise = rng.standard_normal((size, self.config.latent, self.crop // 8, self.crop // 8), dtype=np.float32)
        return {"pictures": to_tensor(crops), "noise": torch.from_numpy(noise)}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The negative ELBO with a Laplace likelihood (L1), plus the loss of gradients."""
        pictures = batch["pictures"].contiguous(memory_format=torch.channels_last)
        output, mean, log_variance = model(pictures, batch["noise"])
        output = output.float()
        error = F.l1_loss(output, pictures)
        edges = gradient_loss(output, pictures)
        kl = kl_divergence(mean.float(), log_variance.float())
        psnr = -10 * torch.log10((output - pictures).square().mean() / 4)
        scalars = {"l1": error.item(), "edges": edges.item(), "kl": kl.item(), "psnr": psnr.item()}
        return error + 0.5 * edges + self.kl_weight * kl, scalars

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        rng = np.random.default_rng(7)
        pictures = [self.scenes.picture(rng) for _ in range(6)]
        if self.photos is not None:
            pictures += [self.photos.crop(rng, 128) for _ in range(2)]
        batch = to_tensor(pictures)
        assert isinstance(model, Vae)
        back = model.decode(model.encode(batch)[0])
        return sheet(np.concatenate([to_pictures(batch), to_pictures(back)]), len(pictures))


def task(place: Place, font: Path) -> AutoencoderTask:
    photos = Photos(place.data) if place.data is not None else None
    return AutoencoderTask(Scenes(place.known, font), photos)
