"""Super-resolution: a plain row of dense 3×3 convolutions at the small picture's size, and one pixel shuffle.

Plain networks are what CPUs run fastest, and are hard to train. So each convolution is trained as a sum of parallel
branches (RepVGG, arXiv 2101.03697; the branches of ECBSR, Zhang et al. 2021): a 3×3, a 1×1 into more channels followed
by a 3×3, first and second derivatives, and the identity. All of them are linear, so their sum is one 3×3 kernel. It is
summed before the convolution, in training, too: the branches cost the same as a plain layer there, and nothing at use.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

SLOPE = 0.1
"""Of the leaky ReLU below zero."""


@dataclass(frozen=True)
class SuperresConfig:
    factor: int = 4
    width: int = 32
    depth: int = 7
    """Layers between the first and the last."""
    expansion: int = 2
    """Channels in the middle of the 1×1-3×3 branch, in times of those that go in."""

    @property
    def reach(self) -> int:
        """How far, in pixels of the small picture, an output pixel's sources lie: one for each layer."""
        return self.depth + 2


class BranchedConv(nn.Module):
    """3×3 convolution whose kernel is the sum of branches; B×inside×H×W → B×outside×H×W, zero padding."""

    def __init__(self, inside: int, outside: int, expansion: int, *, identity: bool) -> None:
        super().__init__()
        middle = expansion * inside
        self.plain = nn.Parameter(_kaiming(outside, inside, 3) * 0.5)
        self.squeeze = nn.Parameter(_kaiming(middle, inside, 1)[:, :, 0, 0])
        self.spread = nn.Parameter(_kaiming(outside, middle, 3) * 0.5)
        self.slopes = nn.Parameter(torch.zeros(3, outside, inside))
        self.bias = nn.Parameter(torch.zeros(outside))
        self.register_buffer("derivatives", DERIVATIVES.clone(), persistent=False)
        self.register_buffer("identity", _identity(outside, inside) * float(identity), persistent=False)

    def kernel(self) -> Tensor:
        """outside×inside×3×3, float32."""
        wide = torch.einsum("omhw,mi->oihw", self.spread, self.squeeze)
        edges = torch.einsum("doi,dhw->oihw", self.slopes, self.derivatives)
        return self.plain + wide + edges + self.identity

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernel(), self.bias, padding=1)


DERIVATIVES = torch.tensor(
    [
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],  # Sobel, across
        [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],  # Sobel, down
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],  # Laplace
    ],
    dtype=torch.float32,
)


def _kaiming(outside: int, inside: int, side: int) -> Tensor:
    values = torch.empty(outside, inside, side, side)
    nn.init.kaiming_normal_(values, a=SLOPE)
    return values


def _identity(outside: int, inside: int) -> Tensor:
    kernel = torch.zeros(outside, inside, 3, 3)
    if outside == inside:
        kernel[:, :, 1, 1] = torch.eye(outside)
    return kernel


class Superres(nn.Module):
    """Pictures B×3×H×W in 0..1 → B×3×rH×rW, about 0..1: each pixel repeated r×r times, and what the network adds."""

    def __init__(self, config: SuperresConfig) -> None:
        super().__init__()
        self.config = config
        c, shuffled = config, 3 * config.factor**2
        self.head = BranchedConv(3, c.width, c.expansion, identity=False)
        self.body = nn.ModuleList(BranchedConv(c.width, c.width, c.expansion, identity=True) for _ in range(c.depth))
        self.tail = BranchedConv(c.width, shuffled, c.expansion, identity=False)

    def forward(self, pictures: Tensor) -> Tensor:
        first = x = F.leaky_relu(self.head(pictures - 0.5), SLOPE)
        for layer in self.body:
            x = F.leaky_relu(layer(x), SLOPE)
        added = self.tail(x + first).float()
        repeated = pictures.repeat_interleave(self.config.factor**2, dim=1)
        return F.pixel_shuffle(added + repeated, self.config.factor)

    def fused(self) -> nn.Module:
        """The same function with one kernel a layer, to be exported."""
        return Fused(self)


class Fused(nn.Module):
    """`Superres` with its branches summed, in bytes: B×h×w×3 uint8 → planes B×(r·r·3)×h×w uint8.

    Plane (i·r + j)·3 + c is channel c of the pixels at row i, column j of each r×r block. In bytes, because at use the
    way from floats to a picture would cost as much as two layers, and in this order, because then rows of the picture
    are r·3 planes interleaved. Levels 0..255 go in and out, so that scaling is part of the kernels.
    """

    def __init__(self, trained: Superres) -> None:
        super().__init__()
        r = trained.config.factor
        self.head, self.tail = _plain(trained.head), _plain(trained.tail)
        self.body = nn.ModuleList(_plain(layer) for layer in trained.body)
        self.repeat = nn.Conv2d(3, 3 * r**2, 1, bias=False)
        order = torch.arange(3 * r**2).reshape(3, r, r).permute(1, 2, 0).flatten()
        with torch.no_grad():
            self.head.weight /= 255
            self.tail.weight.copy_(255 * self.tail.weight[order])
            self.tail.bias.copy_(255 * self.tail.bias[order] + 0.5)  # a cast cuts off, so this rounds
            self.repeat.weight.copy_(torch.eye(3).repeat(r**2, 1)[:, :, None, None])

    def forward(self, pictures: Tensor) -> Tensor:
        levels = pictures.permute(0, 3, 1, 2).float()
        first = x = F.leaky_relu(self.head(levels - 127.5), SLOPE)
        for layer in self.body:
            x = F.leaky_relu(layer(x), SLOPE)
        return (self.tail(x + first) + self.repeat(levels)).clamp(0, 255).to(torch.uint8)


@torch.no_grad()
def _plain(layer: BranchedConv) -> nn.Conv2d:
    outside, inside = layer.plain.shape[:2]
    conv = nn.Conv2d(inside, outside, 3, padding=1)
    conv.weight.copy_(layer.kernel())
    conv.bias.copy_(layer.bias)
    return conv
