"""Parts that several networks are made of: attention, feed-forward, rotary positions, embeddings of numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class Attention(nn.Module):
    """Multi-head self-attention with normalised queries and keys (arXiv 2302.05442). B×T×D → B×T×D.

    `bias` is added to the logits, broadcast to B×heads×T×S; `past` are keys and values B×heads×P×D/heads of what came
    before, and the keys and values of all are given back.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.q_gain = nn.Parameter(torch.ones(width // heads))
        self.k_gain = nn.Parameter(torch.ones(width // heads))

    def forward(
        self, x: Tensor, bias: Tensor | None = None, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = rms_norm(q, self.q_gain), rms_norm(k, self.k_gain)
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        if bias is not None:
            bias = bias.to(q.dtype)
        mixed = F.scaled_dot_product_attention(q, k.to(q.dtype), v, attn_mask=bias)
        return self.out(mixed.transpose(1, 2).flatten(2)), (k, v)


def rms_norm(x: Tensor, gain: Tensor) -> Tensor:
    """x / rms(x) · gain over the last dimension (arXiv 1910.07467)."""
    return F.rms_norm(x, gain.shape, gain.to(x.dtype), 1e-5)


class RMSNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.gain)


class FeedForward(nn.Module):
    """Two matrices with a GELU between."""

    def __init__(self, width: int, ratio: int = 4) -> None:
        super().__init__()
        self.up = nn.Linear(width, ratio * width, bias=False)
        self.down = nn.Linear(ratio * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x), approximate="tanh"))


def sinusoid(values: Tensor, width: int, longest: float = 1.0, shortest: float = 1e-3) -> Tensor:
    """Numbers of any shape → …×width: cosines and sines of `width`/2 wavelengths between `shortest` and `longest`."""
    octaves = torch.linspace(math.log(1 / longest), math.log(1 / shortest), width // 2, device=values.device)
    angles = values[..., None].float() * octaves.exp() * (2 * math.pi)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)
