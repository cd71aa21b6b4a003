"""What ships: which networks come of which recipe, how each is exported, and the manifest that names their hashes."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from diptych.models.attending import Attending
from diptych.models.checker import Checker
from diptych.models.denoiser import Denoiser, DenoiserConfig
from diptych.models.dual_encoder import DualEncoder, TextTower
from diptych.models.inpainter import Inpainter
from diptych.models.matting import Matting
from diptych.models.reader import AT_ONCE, Eye, Reader
from diptych.models.vae import Vae
from diptych.training.export_cascade import export_cascade
from diptych.training.export_restoring import export_cleaner, export_superres
from diptych.training.export_tagger import export_tagger
from diptych.training.graphs import export, keep
from diptych.training.loop import load_weights
from diptych.training.recipes import FAMILIES, NAMES, Place, task


class Encode(nn.Module):
    """Pictures → normalised latents."""

    def __init__(self, vae: Vae, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.vae = vae
        self.register_buffer("mean", mean[:, None, None])
        self.register_buffer("std", std[:, None, None])

    def forward(self, pictures: Tensor) -> Tensor:
        return (self.vae.encode(pictures)[0] - self.mean) / self.std


class Decode(nn.Module):
    """Normalised latents → pictures."""

    def __init__(self, vae: Vae, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.vae = vae
        self.register_buffer("mean", mean[:, None, None])
        self.register_buffer("std", std[:, None, None])

    def forward(self, latents: Tensor) -> Tensor:
        return self.vae.decode(latents * self.std + self.mean)


class Extend(nn.Module):
    """Tokens and memory → logits of the last token and the longer memory."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, tokens: Tensor, positions: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        pairs = [(past[2 * i], past[2 * i + 1]) for i in range(past.shape[0] // 2)]
        logits, memory = self.reader.extend(tokens, positions, pairs)
        return logits, torch.stack([part for pair in memory for part in pair])


def export_autoencoder(vae: Vae, mean: np.ndarray, std: np.ndarray, folder: Path) -> dict[str, float]:
    weights = folder / "autoencoder.safetensors"
    scale = torch.from_numpy(mean), torch.from_numpy(std)
    vae = keep(vae.to(memory_format=torch.contiguous_format), weights)
    picture, latent = torch.rand(1, 3, 128, 128) * 2 - 1, torch.randn(1, vae.config.latent, 16, 16)
    any_size = {"latents": {2: "height", 3: "width"}}
    path = folder / "encode.onnx", folder / "decode.onnx"
    return {
        "encode": export(Encode(vae, *scale), {"pictures": picture}, ["latents"], path[0], weights, {}),
        "decode": export(Decode(vae, *scale), {"latents": latent}, ["pictures"], path[1], weights, any_size),
    }


def export_denoiser(denoiser: Denoiser, folder: Path) -> dict[str, float]:
    weights = folder / "generator.safetensors"
    denoiser = keep(denoiser, weights)
    inputs = denoiser_inputs(denoiser.config)
    batch = {name: {0: "batch"} for name in inputs}
    worst = {"denoise": export(denoiser, inputs, ["clean"], folder / "denoise.onnx", weights, batch)}
    return worst | export_attending(denoiser, inputs, folder)


def export_attending(denoiser: Denoiser, inputs: dict[str, Tensor], folder: Path) -> dict[str, float]:
    """The same weights with their attention as inputs and outputs, each for two pictures: one's maps for the other."""
    c = denoiser.config
    b, k, patches = len(inputs["noisy"]), inputs["things"].shape[1], (c.side // c.patch) ** 2
    inputs = inputs | {
        "reads": torch.rand(b, k, c.side**2), "reads_held": torch.full((b, k), 0.5),
        "maps": torch.rand(c.depth, b, c.heads, patches, patches).softmax(-1),
        "maps_held": torch.full((c.depth, b), 0.5),
    }  # fmt: skip
    batch = {name: {1 if name.startswith("maps") else 0: "batch"} for name in inputs}
    outputs = ["clean", "reads_used", "maps_used"]
    path, weights = folder / "attend.onnx", folder / "generator.safetensors"
    return {"attend": export(Attending(denoiser), inputs, outputs, path, weights, batch)}


def denoiser_inputs(c: DenoiserConfig) -> dict[str, Tensor]:
    """An example of two pictures."""
    b, k = 2, 6
    grid = (b, c.latent, c.side, c.side)
    things = torch.zeros(b, k, 5, dtype=torch.int64)
    things[:, 0] = torch.tensor([1, 2, 1, 44, 60])
    return {
        "noisy": torch.randn(grid), "time": torch.full((b,), 0.7), "source": torch.zeros(grid),
        "mask": torch.ones(b, 1, c.side, c.side), "things": things,
        "background": torch.ones(b, 4, dtype=torch.int64),
    }  # fmt: skip


def export_eye(eye: Eye, folder: Path) -> dict[str, float]:
    weights = folder / "eye.safetensors"
    eye = keep(eye.to(memory_format=torch.contiguous_format), weights)
    inputs = {"pictures": torch.rand(1, 3, 128, 128) * 2 - 1}
    many = {"pictures": {0: "batch"}}
    return {
        "eye": export(eye, inputs, ["patches", "background"], folder / "eye.onnx", weights, {}),
        "see": export(
            See(eye),
            {"pictures": inputs["pictures"].repeat(2, 1, 1, 1)},
            ["patches"],
            folder / "see.onnx",
            weights,
            many,
        ),
    }


class See(nn.Module):
    """Pictures → patches, as the dual encoder takes them."""

    def __init__(self, eye: Eye) -> None:
        super().__init__()
        self.eye = eye

    def forward(self, pictures: Tensor) -> Tensor:
        return self.eye.see(pictures)


def export_matting(matting: Matting, folder: Path) -> dict[str, float]:
    """With its batch norms as part of the convolutions before them."""
    weights = folder / "matting.safetensors"
    matting = keep(fused(matting).to(memory_format=torch.contiguous_format), weights)
    inputs = {"pictures": torch.rand(1, 3, 320, 224) * 2 - 1}
    any_size = {"pictures": {2: "height", 3: "width"}}
    return {"matting": export(matting, inputs, ["alpha", "groups"], folder / "matting.onnx", weights, any_size)}


def export_inpainter(inpainter: Inpainter, folder: Path) -> dict[str, float]:
    """With its batch norms as part of the convolutions before them."""
    weights = folder / "inpainter.safetensors"
    inpainter = keep(fused(inpainter).to(memory_format=torch.contiguous_format), weights)
    masks = torch.zeros(1, 1, 192, 160)
    masks[..., 60:120, 50:110] = 1
    inputs = {"pictures": torch.rand(1, 3, 192, 160) * 2 - 1, "masks": masks}
    any_size = {name: {2: "height", 3: "width"} for name in inputs}
    return {"inpainter": export(inpainter, inputs, ["filled"], folder / "inpainter.onnx", weights, any_size)}


def fused(model: nn.Module) -> nn.Module:
    """A copy in which every batch norm that follows a convolution in a Sequential is part of it, and Residuals
    likewise."""
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    from diptych.models.matting import Residual

    model = copy.deepcopy(model).eval()
    for part in model.modules():
        if isinstance(part, Residual):
            part.second, part.norm = fuse_conv_bn_eval(part.second, part.norm), nn.Identity()
        elif isinstance(part, nn.Sequential):
            for index in range(len(part) - 1):
                if isinstance(part[index], nn.Conv2d) and isinstance(part[index + 1], nn.BatchNorm2d):
                    part[index], part[index + 1] = fuse_conv_bn_eval(part[index], part[index + 1]), nn.Identity()
    return model


def export_dual_encoder(model: DualEncoder, folder: Path) -> dict[str, float]:
    """Three graphs: patches → point, tokens → words and point, words and patches → logit. The trunk is the eye's, which
    is exported as `see`; raises ValueError where it isn't the eye that lies in `folder`."""
    eye = load_file(folder / "eye.safetensors")
    own = model.picture.eye.state_dict()
    if any(not torch.equal(value.half(), eye[name].half()) for name, value in own.items()):
        raise ValueError(
            "the trunk of the dual encoder is not the eye in the same folder; train it with the trunk locked"
        )
    weights = folder / "dual_encoder.safetensors"
    model = copy.deepcopy(model)
    model.picture.eye = nn.Identity()
    # What these choose is an order, and in bytes it is the same (docs/log.md). The text tower stays in half precision,
    # because the cascade was taught by its words.
    model = keep(model, weights, bytes_for=r"^(picture|matching)\..*\.weight$")
    c = model.config
    patches, tokens = torch.randn(2, c.eye.patches, c.eye.width), torch.randint(1, c.vocabulary, (2, 9))
    tokens[1, 6:] = 0
    words = torch.randn(2, 9, c.width)
    batch, both = {0: "batch"}, {0: "batch", 1: "length"}
    pairs = {"words": words, "tokens": tokens, "patches": patches}
    sizes = {"words": both, "tokens": both, "patches": batch}
    picture, text, match = (folder / f"{name}.onnx" for name in ("picture", "text", "match"))
    return {
        "picture": export(model.picture, {"patches": patches}, ["points"], picture, weights, {"patches": batch}),
        "text": export(Say(model.text), {"tokens": tokens}, ["words", "points"], text, weights, {"tokens": both}),
        "match": export(model.matching, pairs, ["logits"], match, weights, sizes),
    }


class Say(nn.Module):
    """Tokens → words in their context, and the point of all of them."""

    def __init__(self, text: TextTower) -> None:
        super().__init__()
        self.text = text

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        words = self.text.words(tokens)
        return words, self.text(words, tokens)


def export_reader(reader: Reader, folder: Path) -> dict[str, float]:
    weights = folder / "reader.safetensors"
    # What it chooses are words, one of many: eight bits a weight decide as sixteen do (docs/log.md), in half the place.
    reader = keep(reader, weights, bytes_for=r"\.weight$")
    c = reader.config
    past = torch.randn(2 * c.depth, 1, c.heads, 70, c.width // c.heads)
    tokens = torch.randint(0, c.vocabulary, (1, 5, AT_ONCE))
    inputs = {"tokens": tokens, "positions": torch.arange(5)[None], "past": past}
    dynamic = {"tokens": {1: "new"}, "positions": {1: "new"}, "past": {3: "before"}}
    return {"extend": export(Extend(reader), inputs, ["logits", "memory"], folder / "extend.onnx", weights, dynamic)}


def export_checker(checker: Checker, folder: Path) -> dict[str, float]:
    weights = folder / "checker.safetensors"
    checker = keep(checker.to(memory_format=torch.contiguous_format), weights)
    inputs = {"pictures": torch.rand(1, 3, 128, 128) * 2 - 1}
    return {"checker": export(checker, inputs, ["cells", "background"], folder / "checker.onnx", weights, {})}


def write_manifest(folder: Path, facts: dict[str, object]) -> None:
    """`manifest.json`: SHA-256 and size of each file beside it, and `facts` (known nouns, recipe, figures)."""
    listed = {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "manifest.json"
    }
    beside = folder / "manifest.json.part"
    beside.write_text(json.dumps({"files": listed, **facts}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(folder / "manifest.json")


@dataclass(frozen=True)
class Shipped:
    """A set of weights: the recipe that builds such a network, the one whose run it comes from, and the graphs over it
    → the weights they point into."""

    built_by: str
    recipe: str
    networks: dict[str, list[str]]


SHIPPED = {
    "autoencoder": Shipped("autoencoder", "autoencoder", {"encode": ["autoencoder"], "decode": ["autoencoder"]}),
    "generator": Shipped("generator", "generator", {"denoise": ["generator"], "attend": ["generator"]}),
    "eye": Shipped("eye", "cycle", {"eye": ["eye"], "see": ["eye"]}),
    "reader": Shipped("reader", "reader", {"extend": ["reader"]}),
    "matting": Shipped("matting", "matting", {"matting": ["matting"]}),
    "dual_encoder": Shipped(
        "dual_encoder", "bilingual", {"picture": ["dual_encoder"], "text": ["dual_encoder"], "match": ["dual_encoder"]}
    ),
    "inpainter": Shipped("inpainter", "inpainter", {"inpainter": ["inpainter"]}),
    **{name: Shipped(name, name, {name: [name]}) for name, family in FAMILIES.items() if family == "superres"},
    "cleaner": Shipped("cleaner", "cleaner", {"cleaner": ["cleaner"], "gauge": ["cleaner"]}),
    **{name: Shipped(name, name, {name: [name]}) for name, family in FAMILIES.items() if family == "cascade"},
    "tagger": Shipped("tagger", "tagger", {"tagger": ["tagger"]}),
}
"""What lies in the folder of weights; the checker lies apart."""


def export_all(place: Place, folder: Path, *, judges: Path) -> dict[str, float]:
    """What has been trained in `place` into `folder`, the checker into `judges`, each with its manifest; what hasn't
    stays as it is there. Returns the largest difference between ONNX and torch of each network.

    Raises Unsupported where nothing has been trained, and ValueError where the eye or the tokenizer would change under
    a dual encoder that stays: its networks were taught by them.
    """
    for made in (folder, judges):
        made.mkdir(parents=True, exist_ok=True)
    worst: dict[str, float] = {}
    facts = read_facts(folder)
    taught_by = [folder / name for name in ("eye.safetensors", "tokenizer.json")]
    before = [path.read_bytes() if path.is_file() else None for path in taught_by]
    if not any((place.runs / name / "ema.safetensors").is_file() for name in NAMES):
        place.weights(NAMES[0])  # says what is missing
    for name, shipped in SHIPPED.items():
        if not (place.runs / shipped.recipe / "ema.safetensors").is_file():
            continue
        model = load_weights(task(shipped.built_by, place).build(), place.weights(shipped.recipe))
        worst |= EXPORTS[name](model, place, folder)
        facts["configs"][name] = asdict(model.config) | {
            key: getattr(model.config, key) for key in ("reach",) if hasattr(model.config, key)
        }
        facts["networks"] |= shipped.networks
    tokenizer = place.runs / "reader" / "tokenizer.json"
    if tokenizer.is_file() and (place.runs / "reader" / "ema.safetensors").is_file():
        (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    if "picture" in facts["networks"] and "picture" not in worst:
        for path, old in zip(taught_by, before, strict=True):
            if path.is_file() and path.read_bytes() != old:
                raise ValueError(f"{path.name} is another one now: train the dual encoder with it, and export both")
    if {"eye", "denoise", "extend"} & set(worst):
        facts |= {"known": list(place.known), "setting": place.setting}
    facts["parity"] |= worst
    write_manifest(folder, facts)
    if (place.runs / "checker" / "ema.safetensors").is_file():
        checker = load_weights(task("checker", place).build(), place.weights("checker"))
        worst |= export_checker(checker, judges)
        judged = {"networks": {"checker": ["checker"]}, "known": list(place.known), "setting": place.setting}
        write_manifest(judges, judged)
    return worst


def read_facts(folder: Path) -> dict[str, Any]:
    """What the manifest in `folder` says besides its files, to be brought up to date; what a new one says."""
    path = folder / "manifest.json"
    facts: dict[str, Any] = {"networks": {}, "known": [], "setting": "", "parity": {}, "configs": {}}
    if path.is_file():
        said = json.loads(path.read_text(encoding="utf-8"))
        facts |= {key: value for key, value in said.items() if key != "files"}
    return facts


def latent_scale(place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the latents that the generator learned from, one for each channel."""
    pool = task("generator", place).pool  # type: ignore[attr-defined]
    return pool.mean, pool.std


def further_runs(name: str, place: Place) -> list[Any]:
    """The networks of runs of the same recipe that lie beside it as NAME-2, NAME-3, …: what ships is the mean."""
    paths = sorted(place.runs.glob(f"{name}-*/ema.safetensors"))
    return [load_weights(task(name, place).build(), path) for path in paths]


EXPORTS: dict[str, Callable[[Any, Place, Path], dict[str, float]]] = {
    "autoencoder": lambda model, place, folder: export_autoencoder(model, *latent_scale(place), folder),
    "generator": lambda model, place, folder: export_denoiser(model, folder),
    "eye": lambda model, place, folder: export_eye(model, folder),
    "reader": lambda model, place, folder: export_reader(model, folder),
    "matting": lambda model, place, folder: export_matting(model, folder),
    "dual_encoder": lambda model, place, folder: export_dual_encoder(model, folder),
    "inpainter": lambda model, place, folder: export_inpainter(model, folder),
    **{
        name: partial(
            lambda model, place, folder, *, name: export_superres([model, *further_runs(name, place)], name, folder),
            name=name,
        )
        for name, family in FAMILIES.items()
        if family == "superres"
    },
    "cleaner": lambda model, place, folder: export_cleaner(model, folder),
    "cascade512": lambda model, place, folder: export_cascade(model, "cascade512", folder),
    "cascade1024": lambda model, place, folder: export_cascade(model, "cascade1024", folder),
    "tagger": lambda model, place, folder: export_tagger(model, folder),
}
"""Name of the weights → (model, where it was trained, folder) → largest differences."""
