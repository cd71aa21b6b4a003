"""The networks for photographs → ONNX: super-resolution with its branches summed, cleaning and its gauge."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor, nn

from diptych.models.cleaner import STRIDE, Cleaner
from diptych.models.superres import Superres
from diptych.training.graphs import export, keep


def averaged(networks: Sequence[nn.Module]) -> nn.Module:
    """One network whose parameters are the means of those of networks that went different ways from the same weights
    (model soups, arXiv 2203.05482)."""
    mean = deepcopy(networks[0])
    with torch.no_grad():
        for own, *values in zip(mean.parameters(), *(network.parameters() for network in networks), strict=True):
            own.copy_(torch.stack(values).mean(0))
    return mean


def export_superres(runs: Sequence[Superres], name: str, folder: Path) -> dict[str, float]:
    """`name`.onnx, the mean of the runs: bytes in, planes of bytes out. Values that lie between two levels may differ
    from torch, by one."""
    weights = folder / f"{name}.safetensors"
    networks = [model.to(memory_format=torch.contiguous_format).eval().fused() for model in runs]
    fused = keep(averaged(networks), weights)
    inputs = {"pictures": torch.randint(0, 256, (1, 40, 56, 3), dtype=torch.uint8)}
    any_size = {"pictures": {1: "height", 2: "width"}}
    return {name: export(fused, inputs, ["planes"], folder / f"{name}.onnx", weights, any_size, tolerance=1)}


class Clean(nn.Module):
    """The U-Net of the cleaner, without its gauge."""

    def __init__(self, cleaner: Cleaner) -> None:
        super().__init__()
        self.cleaner = cleaner

    def forward(self, pictures: Tensor, strengths: Tensor) -> Tensor:
        return self.cleaner(pictures, strengths)


class Sigma(nn.Module):
    """The gauge, as far as it is used: JPEG's quality is read better from the comb of its coefficients."""

    def __init__(self, cleaner: Cleaner) -> None:
        super().__init__()
        self.gauge = cleaner.gauge

    def forward(self, pictures: Tensor) -> Tensor:
        return self.gauge(pictures)[:, :1]


def export_cleaner(model: Cleaner, folder: Path) -> dict[str, float]:
    weights = folder / "cleaner.safetensors"
    model = keep(model.to(memory_format=torch.contiguous_format), weights)
    any_size = {"pictures": {2: "rows", 3: "columns"}}
    pictures = torch.rand(1, 3, 96, 64)
    inputs = {"pictures": pictures, "strengths": torch.tensor([[0.5, 0.3]])}
    clean, gauge = folder / "cleaner.onnx", folder / "gauge.onnx"
    return {
        "cleaner": export(Clean(model), inputs, ["clean"], clean, weights, any_size, multiple=STRIDE),
        "gauge": export(Sigma(model), {"pictures": pictures}, ["sigma"], gauge, weights, any_size, multiple=STRIDE),
    }
