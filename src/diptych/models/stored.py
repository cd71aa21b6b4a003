"""Weights as they are stored: safetensors, some matrices in bytes with their scales. And the dual encoder from them, to
measure how well a picture fits a sentence where a gradient is needed: guidance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from diptych.models.dual_encoder import DualEncoder, DualEncoderConfig
from diptych.models.reader import EyeConfig

SCALE = ".scale"
"""What follows a matrix's name in that of its scales, where it is kept in bytes."""
SIDE = 128
"""Pixels a side of what the dual encoder looks at."""


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file in float32; matrices that are kept in bytes are multiplied by their scales."""
    kept = load_file(path)
    return {
        name: value.float() * kept[f"{name}{SCALE}"] if value.dtype == torch.int8 else value.float()
        for name, value in kept.items()
        if not name.endswith(SCALE)
    }


@dataclass(frozen=True)
class StoredDualEncoder:
    """The dual encoder and the tokenizer of a folder of weights."""

    dual: DualEncoder
    tokenizer: Any

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures B×3×H×W in -1..1, seen at 128×128 → points B×joint."""
        if pictures.shape[-2:] != (SIDE, SIDE):
            pictures = F.interpolate(pictures, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        points: Tensor = self.dual.picture(self.dual.picture.eye.see(pictures))
        return points

    @torch.no_grad()
    def words(self, sentence: str) -> Tensor:
        """The point of a sentence, English or Chinese: joint."""
        ids = self.tokenizer.encode(sentence).ids[: self.dual.config.longest]
        tokens = torch.tensor([ids], device=next(self.dual.parameters()).device)
        point: Tensor = self.dual.text(self.dual.text.words(tokens), tokens)[0]
        return point


def load_dual_encoder(folder: Path) -> StoredDualEncoder:
    """From the weights that ship, in float32. Raises ValueError where the file lacks a tensor."""
    from tokenizers import Tokenizer

    configs = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["configs"]
    said = dict(configs["dual_encoder"])
    eye = EyeConfig(**said.pop("eye") | {"widths": tuple(configs["eye"]["widths"])})
    dual = DualEncoder(DualEncoderConfig(eye, **said)).eval()
    trunk = {f"picture.eye.{name}": value for name, value in read_weights(folder / "eye.safetensors").items()}
    lacking = dual.load_state_dict(trunk | read_weights(folder / "dual_encoder.safetensors"), strict=False)
    if lacking.missing_keys or lacking.unexpected_keys:
        strange = ", ".join([*lacking.missing_keys, *lacking.unexpected_keys][:3])
        raise ValueError(f"{folder / 'dual_encoder.safetensors'} is another network's: {strange}")
    return StoredDualEncoder(dual.requires_grad_(False), Tokenizer.from_file(str(folder / "tokenizer.json")))
