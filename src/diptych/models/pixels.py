"""Pixels as they are, in the place of an autoencoder: what a denoiser of pixels works on."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

CELL = 8
"""Pixels of a side of a cell, as in the latents of `models.vae`."""
VALUES = 3 * CELL**2
"""Values of a cell."""


class Pixels(nn.Module):
    """Pictures B×3×H×W float in -1..1 ↔ cells B×192×H/8×W/8: the same numbers, sorted by cells of 8×8 pixels.

    It has the methods of `models.vae.Vae`, so `models.denoiser.Denoiser` with `latent=VALUES` and patches of two cells
    is a transformer on patches of 16×16 pixels. That it predicts the clean picture, not noise or velocity, is what
    makes such large patches learnable (arXiv 2511.13720).
    """

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """The cells and, as an autoencoder gives it, a log variance: minus infinity, since nothing is uncertain."""
        cells = F.pixel_unshuffle(pictures, CELL)
        return cells, torch.full_like(cells, -torch.inf)

    def decode(self, cells: Tensor) -> Tensor:
        return F.pixel_shuffle(cells, CELL)
