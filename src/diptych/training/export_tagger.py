"""The learned reader of wishes → ONNX, for sentences of any length, its matrices in bytes."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from diptych.language.features import AT_ONCE
from diptych.models.tagger import Tagger
from diptych.training.graphs import export, keep


class Guesses(nn.Module):
    """Tokens and the stretch → calibrated logits of kinds, logits of directions and of tags."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, tokens: Tensor, within: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        _, calibrated, directions, tags = self.tagger(tokens, within)
        return calibrated, directions, tags


def export_tagger(tagger: Tagger, folder: Path) -> dict[str, float]:
    weights = folder / "tagger.safetensors"
    tagger = keep(tagger, weights, bytes_for=r"\.weight$")
    tokens = torch.randint(1, tagger.config.rows, (1, 9, AT_ONCE))
    inputs = {"tokens": tokens, "within": (torch.arange(9) < 5)[None].long()}
    words = {name: {1: "length"} for name in inputs}
    outputs = ["kinds", "directions", "tags"]
    return {"tagger": export(Guesses(tagger), inputs, outputs, folder / "tagger.onnx", weights, words)}
