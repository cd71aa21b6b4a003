"""What ships, as torch models that can be gone back through: for guidance by the project's own dual encoder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from diptych.models.similarity import similarity_gradient
from diptych.models.stored import StoredDualEncoder, load_dual_encoder
from diptych.models.vae import Vae, VaeConfig
from diptych.training.loop import load_weights


@dataclass(frozen=True)
class Guide:
    """The dual encoder and the autoencoder of a folder of weights.

    mean, std   of the latents, C×1×1: the painter's are normalised by them
    """

    eye: StoredDualEncoder
    vae: Vae
    mean: Tensor
    std: Tensor

    @property
    def tokenizer(self) -> Any:
        return self.eye.tokenizer

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures B×3×H×W in -1..1 → points B×joint."""
        return self.eye.encode(pictures)

    def decode(self, latents: Tensor) -> Tensor:
        """The painter's latents B×C×16×16 → pictures in -1..1."""
        return self.vae.decode(latents * self.std + self.mean)

    def words(self, sentence: str) -> Tensor:
        """The point of a sentence, English or Chinese."""
        return self.eye.words(sentence)

    def gradient(self, sentence: str, scale: float = 1.0) -> Any:
        """(x̂, t) → the gradient of the cosine with `sentence`, for the painter's latents."""
        return similarity_gradient(self.encode, self.words(sentence), self.decode, scale)


def load_guide(folder: Path) -> Guide:
    """From the weights that ship. Raises ValueError where the dual encoder's file lacks a tensor."""
    configs = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["configs"]
    of_vae = configs["autoencoder"]
    vae = load_weights(Vae(VaeConfig(of_vae["latent"], tuple(of_vae["widths"]))), folder / "autoencoder.safetensors")
    graph = onnx.load(folder / "decode.onnx", load_external_data=False).graph
    scale = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in graph.initializer
        if tensor.name in ("mean", "std")
    }
    return Guide(load_dual_encoder(folder), vae.requires_grad_(False), scale["mean"], scale["std"])
