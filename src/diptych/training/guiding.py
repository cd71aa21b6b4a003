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

from diptych.models.dual_encoder import DualEncoder, DualEncoderConfig
from diptych.models.reader import EyeConfig
from diptych.models.similarity import similarity_gradient
from diptych.models.vae import Vae, VaeConfig
from diptych.training.loop import load_weights, read_weights


@dataclass(frozen=True)
class Guide:
    """The dual encoder and the autoencoder of a folder of weights.

    mean, std   of the latents, C×1×1: the painter's are normalised by them
    """

    dual: DualEncoder
    vae: Vae
    mean: Tensor
    std: Tensor
    tokenizer: Any

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures B×3×128×128 in -1..1 → points B×joint."""
        points: Tensor = self.dual.picture(self.dual.picture.eye.see(pictures))
        return points

    def decode(self, latents: Tensor) -> Tensor:
        """The painter's latents B×C×16×16 → pictures in -1..1."""
        return self.vae.decode(latents * self.std + self.mean)

    @torch.no_grad()
    def words(self, sentence: str) -> Tensor:
        """The point of a sentence, English or Chinese."""
        ids = self.tokenizer.encode(sentence).ids[: self.dual.config.longest]
        tokens = torch.tensor([ids])
        point: Tensor = self.dual.text(self.dual.text.words(tokens), tokens)[0]
        return point

    def gradient(self, sentence: str, scale: float = 1.0) -> Any:
        """(x̂, t) → the gradient of the cosine with `sentence`, for the painter's latents."""
        return similarity_gradient(self.encode, self.words(sentence), self.decode, scale)


def load_guide(folder: Path) -> Guide:
    """From the weights that ship. Raises ValueError where the dual encoder's file lacks a tensor."""
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
    of_vae = configs["autoencoder"]
    vae = load_weights(Vae(VaeConfig(of_vae["latent"], tuple(of_vae["widths"]))), folder / "autoencoder.safetensors")
    graph = onnx.load(folder / "decode.onnx", load_external_data=False).graph
    scale = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in graph.initializer
        if tensor.name in ("mean", "std")
    }
    return Guide(
        dual.requires_grad_(False), vae.requires_grad_(False), scale["mean"], scale["std"],
        Tokenizer.from_file(str(folder / "tokenizer.json")),
    )  # fmt: skip
