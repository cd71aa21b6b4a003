"""A plain variational autoencoder: a whole picture ↔ one point, by a hidden layer each way.

D. P. Kingma and M. Welling, arXiv 1312.6114, as in its appendix C: a Gaussian encoder and a Gaussian decoder.
(`models.vae` is the other kind: a map of latents, made to keep pictures, not to draw them.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class PlainVaeConfig:
    latent: int = 64
    hidden: int = 512
    side: int = 32


class PlainVae(nn.Module):
    """Pictures B×3×S×S float in -1..1 ↔ points B×latent."""

    def __init__(self, config: PlainVaeConfig) -> None:
        super().__init__()
        self.config = config
        shape = 3, config.side, config.side
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(math.prod(shape), config.hidden), nn.SiLU(),
            nn.Linear(config.hidden, 2 * config.latent),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(config.latent, config.hidden), nn.SiLU(),
            nn.Linear(config.hidden, math.prod(shape)), nn.Unflatten(1, shape),
        )  # fmt: skip

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x), each B×latent."""
        mean, log_variance = self.encoder(pictures).chunk(2, dim=1)
        return mean, log_variance

    def draw(self, noise: Tensor) -> Tensor:
        """Points B×latent, standard normal for new pictures → the mean of p(x | z), B×3×S×S."""
        return self.decoder(noise)

    def forward(self, pictures: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruction, mean and log variance, by the reparametrisation z = μ + σ · noise."""
        mean, log_variance = self.encode(pictures)
        return self.draw(mean + noise * (0.5 * log_variance).exp()), mean, log_variance
