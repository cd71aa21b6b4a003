"""The denoiser with its attention as an explicit argument and result: what a cell reads of each thing, and which patch
looks at which. So maps of one drawing can be held, changed and given to another (prompt-to-prompt, arXiv 2208.01626).

It computes what `denoiser.Denoiser` does, over the same weights, where nothing is held.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diptych.models.blocks import Attention, rms_norm
from diptych.models.denoiser import CELL, CODE_GAIN, NEAREST, Block, Denoiser, Painted, gated


class Attending(nn.Module):
    def __init__(self, denoiser: Denoiser) -> None:
        super().__init__()
        self.denoiser = denoiser

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        source: Tensor,
        mask: Tensor,
        things: Tensor,
        background: Tensor,
        reads: Tensor,
        reads_held: Tensor,
        maps: Tensor,
        maps_held: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Clean latents B×C×S×S, and the reads and maps that were used. The first six arguments are the denoiser's.

        reads       B×K×S²: how strongly each cell reads of each thing; its own are 1 for the nearest in reach, else 0
        reads_held  B×K: how much of `reads` is used instead of its own, 0..1
        maps        depth×B×heads×N×N, N = (S/p)² patches: rows of attention that add up to 1
        maps_held   depth×B: how much of `maps` is used instead of its own, 0..1
        """
        whole = self.denoiser
        features, reads = read(whole.painted, things, background, reads, reads_held)
        told = whole.tell(noisy, source, mask, features)
        x, condition = whole.begin(told, time)
        modulation = whole.modulate(condition).unflatten(-1, (6, -1))
        used = []
        for block, given, held in zip(whole.blocks, maps, maps_held, strict=True):
            x, own = through(block, x, modulation, given, held[:, None, None, None])  # type: ignore[arg-type]
            used.append(own)
        return whole.finish(x, condition, told), reads, torch.stack(used)


def read(painted: Painted, things: Tensor, background: Tensor, given: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    """`Painted` with how strongly cells read of things given from outside: features, and the reads B×K×S² used."""
    noun, color, size, x, y = (column[..., None] for column in things.unbind(-1))
    reach = painted.reaches[size]
    across, down = painted.x - x // CELL, painted.y - y // CELL
    far = torch.maximum(across.abs(), down.abs()) - reach
    far = torch.where((noun > 0) & (far <= 0), far, 1)
    near = (far <= 0).to(given.dtype)
    nearest = far.topk(min(NEAREST, far.shape[1]), dim=1, largest=False).indices
    own = torch.zeros_like(near).scatter(1, nearest, near.gather(1, nearest))
    reads = near * (own + held[..., None] * (given - own))  # of a thing out of reach there is nothing to read
    at = noun * painted.squares + painted.starts[size] + (down + reach) * (2 * reach + 1) + across + reach
    code = CODE_GAIN * painted.thing_embed(torch.where(far <= 0, at, 0))
    told = gated(painted.thing_up(code) + painted.color_embed(color.expand_as(at)))
    return painted.down(painted.backdrop(background) + (told * reads[..., None]).sum(1)), reads


def through(block: Block, x: Tensor, modulation: Tensor, given: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    """`Block` with attention that is partly given: what comes out, and the map used."""
    shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + block.modulation_embed).unsqueeze(2).unbind(1)
    mixed, used = attend(block.attention, block.attention_norm(x) * (1 + scale1) + shift1, given, held)
    x = x + gate1 * mixed
    return x + gate2 * block.feed(block.feed_norm(x) * (1 + scale2) + shift2), used


def attend(attention: Attention, x: Tensor, given: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    """M V with M = (1 - held) · softmax(Q Kᵀ / √d) + held · given: what comes out, and M."""
    q, k, v = attention.qkv(x).unflatten(-1, (3, attention.heads, -1)).permute(2, 0, 3, 1, 4)
    q, k = rms_norm(q, attention.q_gain), rms_norm(k, attention.k_gain)
    own = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)
    used = own + held * (given - own)
    return attention.out((used @ v).transpose(1, 2).flatten(2)), used
