"""The autoencoder: pictures ↔ latents eight times smaller, trained by the evidence lower bound.

Convolutions and norms of single pixels only, so that any multiple of 8 pixels works and tiles agree with the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True)
class VaeConfig:
    """Channels of the latents, and widths at 1/2, 1/4 and 1/8 of the picture's size."""

    latent: int = 16
    widths: tuple[int, int, int] = (48, 96, 160)


class Conv(nn.Module):
    """A 3×3 (or `side`×`side`) convolution whose weights are one matrix out × (in · side²): so Muon can train it."""

    def __init__(self, width_in: int, width_out: int, side: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.shape = (width_out, width_in, side, side)
        self.stride = stride
        self.matrix = nn.Parameter(torch.randn(width_out, width_in * side * side) * (width_in * side * side) ** -0.5)
        self.bias = nn.Parameter(torch.zeros(width_out))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.matrix.view(self.shape), self.bias, self.stride, padding=1)


class PixelNorm(nn.Module):
    """Each pixel's channels divided by their root mean square, times a learned gain: local, so that tiles agree."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        channels_last = x.permute(0, 2, 3, 1)
        return F.rms_norm(channels_last, self.gain.shape, self.gain.to(x.dtype), 1e-4).permute(0, 3, 1, 2)


class ResBlock(nn.Module):
    """x + conv(silu(conv(norm(x)))); the last convolution starts at zero, so that depth costs nothing at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = PixelNorm(width)
        self.first = Conv(width, width)
        self.second = Conv(width, width)
        nn.init.zeros_(self.second.matrix)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(self.norm(x))))


class Vae(nn.Module):
    """Pictures B×3×H×W float in -1..1 ↔ latents B×C×H/8×W/8. Kingma & Welling, arXiv 1312.6114."""

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        self.config = config
        half, quarter, eighth = config.widths

        def blocks(width: int, number: int) -> list[nn.Module]:
            return [ResBlock(width) for _ in range(number)]

        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            Conv(12, half),
            *blocks(half, 1),
            Conv(half, quarter, side=4, stride=2),
            *blocks(quarter, 1),
            Conv(quarter, eighth, side=4, stride=2),
            *blocks(eighth, 1),
            Conv(eighth, 2 * config.latent),
        )
        self.decoder = nn.Sequential(
            Conv(config.latent, eighth),
            *blocks(eighth, 2),
            Conv(eighth, 4 * quarter),
            nn.PixelShuffle(2),
            *blocks(quarter, 2),
            Conv(quarter, 4 * half),
            nn.PixelShuffle(2),
            *blocks(half, 2),
            Conv(half, 12),
            nn.PixelShuffle(2),
        )

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x), each B×C×H/8×W/8."""
        mean, log_variance = self.encoder(pictures).chunk(2, dim=1)
        return mean, log_variance.clamp(-12, 4)

    def decode(self, latents: Tensor) -> Tensor:
        return self.decoder(latents)

    def forward(self, pictures: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruction, mean and log variance; `noise` is standard normal, of the latents' shape."""
        mean, log_variance = self.encode(pictures)
        return self.decode(mean + noise * (0.5 * log_variance).exp()), mean, log_variance


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q(z | x) || N(0, I)), mean over all latent values: ½ (μ² + σ² - 1 - ln σ²)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def gradient_loss(pictures: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute difference of the horizontal and vertical gradients: what keeps edges sharp."""
    error = pictures - targets
    return error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
