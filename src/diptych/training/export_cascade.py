"""The stages of the cascade → ONNX, each for pictures of its own size alone: what is fixed runs faster."""

from __future__ import annotations

from pathlib import Path

import torch

from diptych.models.cascade import Cascade
from diptych.training.graphs import export, keep


def export_cascade(model: Cascade, name: str, folder: Path) -> dict[str, float]:
    """`name`.onnx, for large pictures of as many pixels a side as the name ends in, and sentences of any length."""
    weights = folder / f"{name}.safetensors"
    model = keep(model.to(memory_format=torch.contiguous_format), weights)
    c, side = model.config, int(name.removeprefix("cascade"))
    inputs = {
        "noisy": torch.randn(1, 3, side, side), "low": torch.rand(1, 3, side // c.factor, side // c.factor) * 2 - 1,
        "time": torch.tensor([0.7]), "level": torch.tensor([0.05]), "words": torch.randn(1, 9, c.words),
        "tokens": torch.randint(1, 99, (1, 9)), "point": torch.randn(1, c.point),
    }  # fmt: skip
    sentence = {"words": {1: "length"}, "tokens": {1: "length"}}
    return {name: export(model, inputs, ["detail"], folder / f"{name}.onnx", weights, sentence)}
