"""A DCGAN: noise becomes a picture, and a second network says whether it could be a true one.

A. Radford et al., arXiv 1511.06434: strided convolutions all the way, no pooling, no hidden dense layers, ReLU in the
generator and leaky ReLU in the discriminator. One thing is newer: the discriminator is held to slopes of about one by
spectral normalisation (arXiv 1802.05957) in the place of batch normalisation, which is what keeps small ones stable.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils.parametrizations import spectral_norm


@dataclass(frozen=True)
class DcganConfig:
    noise: int = 64
    width: int = 16
    """Channels at 16×16 pixels; twice as many at 8×8, four times at 4×4."""


class Generator(nn.Sequential):
    """B×N standard normal → pictures B×3×32×32 in -1..1."""

    def __init__(self, config: DcganConfig) -> None:
        width = config.width

        def twice(wide: int, narrow: int) -> list[nn.Module]:
            return [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]

        super().__init__(
            nn.Unflatten(1, (config.noise, 1, 1)),
            nn.ConvTranspose2d(config.noise, 4 * width, 4, bias=False),
            nn.BatchNorm2d(4 * width),
            nn.ReLU(),
            *twice(4 * width, 2 * width),
            *twice(2 * width, width),
            nn.ConvTranspose2d(width, 3, 4, 2, 1),
            nn.Tanh(),
        )


class Discriminator(nn.Sequential):
    """Pictures B×3×32×32 in -1..1 → B logits: above zero = taken for true."""

    def __init__(self, config: DcganConfig) -> None:
        width = config.width

        def half(narrow: int, wide: int) -> list[nn.Module]:
            return [spectral_norm(nn.Conv2d(narrow, wide, 4, 2, 1)), nn.LeakyReLU(0.2)]

        super().__init__(
            *half(3, width),
            *half(width, 2 * width),
            *half(2 * width, 4 * width),
            spectral_norm(nn.Conv2d(4 * width, 1, 4)),
            nn.Flatten(0),
        )


class Dcgan(nn.Module):
    """Both players."""

    def __init__(self, config: DcganConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = Generator(config)
        self.discriminator = Discriminator(config)
        for name, value in self.named_parameters():
            if value.ndim == 4:  # all convolutions, as the paper has it
                nn.init.normal_(value, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(value)

    def draw(self, noise: Tensor) -> Tensor:
        """B×N standard normal → pictures B×3×32×32 in -1..1."""
        return self.generator(noise)

    def forward(self, noise: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Three times B logits of the discriminator: of true `pictures`; of drawn ones, blind to who drew them; and of
        the same by a discriminator that can't learn from it. So the sum of any losses on the three gives each player
        the gradient of its own loss alone, and one backward pass and one step of Adam move both at once.
        """
        drawn = self.draw(noise)
        fixed = {name: value.detach() for name, value in self.discriminator.named_parameters()}
        by_fixed = functional_call(self.discriminator, fixed, (drawn,))
        return self.discriminator(pictures), self.discriminator(drawn.detach()), by_fixed
