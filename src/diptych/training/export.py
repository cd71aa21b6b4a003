"""Trained networks → ONNX graphs over safetensors, each compared with torch; and the manifest that names their hashes.

The weights are kept once, in half precision: `NAME.safetensors`, which training can begin from. The graphs hold no
weights of their own but point into those files (ONNX external data: a name, an offset and a length).
"""

from __future__ import annotations

import copy
import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn

from diptych.models.checker import Checker
from diptych.models.denoiser import Denoiser
from diptych.models.reader import AT_ONCE, Eye, Reader
from diptych.models.vae import Vae
from diptych.training.loop import load_weights
from diptych.training.recipes import NAMES, Place, task

TOLERANCE = 1e-3
"""Between ONNX and torch, with the weights rounded alike."""
LARGE = 1024
"""Values from which a tensor is kept in half precision."""


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


def export(
    model: nn.Module,
    inputs: dict[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    weights: Path,
    dynamic: dict[str, dict[int, str]],
) -> float:
    """Write `path`, whose large weights stay in the safetensors file `weights` beside it; return the largest difference
    to torch on `inputs`. Raises ValueError above TOLERANCE."""
    model = model.eval()
    shapes = {
        name: {axis: torch.export.Dim(label, min=1, max=4096) for axis, label in dynamic.get(name, {}).items()}
        for name in inputs
    }
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter warns of its own insides: what torch deprecates in itself, and axes that share a name.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model, tuple(inputs.values()), input_names=list(inputs), output_names=list(outputs),
            dynamic_shapes=tuple(shapes[name] for name in inputs), dynamo=True, verbose=False,
        )  # fmt: skip
        program.optimize()
        program.save(str(path))
        point_into(path, weights)
        expected = model(*inputs.values())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    expected = expected if isinstance(expected, tuple) else (expected,)
    worst = max(float(np.abs(a - b.numpy()).max()) for a, b in zip(found, expected, strict=True))
    if worst > TOLERANCE:
        raise ValueError(f"{path.name}: ONNX and torch differ by {worst:.2g}; {TOLERANCE} is allowed")
    return worst


def keep(model: nn.Module, path: Path) -> nn.Module:
    """Write the weights of `model` to `path` (safetensors), the large ones in half precision, and return a copy of it
    that has them as they were written. Small ones are gains and biases: they weigh nothing and stay as they are."""
    kept = {
        name: (value.half() if value.numel() >= LARGE else value.float()).contiguous()
        for name, value in model.state_dict().items()
    }
    beside = path.with_name(path.name + ".part")
    save_file(kept, beside)
    beside.chmod(0o644)
    beside.replace(path)
    copied = copy.deepcopy(model)
    copied.load_state_dict({name: value.float() for name, value in kept.items()})
    return copied


def point_into(path: Path, weights: Path) -> None:
    """Replace the large initializers of the graph `path` by references into `weights`, widened when it is loaded.

    The exporter renames and turns matrices, so a tensor is found by its bytes, as it is or transposed.
    """
    data = weights.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")  # safetensors: length of the header, header, tensors
    places: dict[bytes, tuple[int, tuple[int, ...] | None]] = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__" or entry["dtype"] != "F16":
            continue
        first, last = entry["data_offsets"]
        raw = data[start + first : start + last]
        places[raw] = start + first, None
        if len(entry["shape"]) == 2:
            turned = np.frombuffer(raw, np.float16).reshape(entry["shape"]).T
            places.setdefault(turned.tobytes(), (start + first, tuple(entry["shape"])))
    model = onnx.load(path)
    graph = model.graph
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        raw = values.astype(np.float16).tobytes()
        if raw not in places:
            raise ValueError(f"{path.name}: the weights {tensor.name} {values.shape} are not in {weights.name}")
        offset, turned_from = places[raw]
        graph.initializer.remove(tensor)
        kept = onnx.TensorProto(
            name=f"{tensor.name}.half", data_type=onnx.TensorProto.FLOAT16, dims=turned_from or values.shape,
            data_location=onnx.TensorProto.EXTERNAL,
        )  # fmt: skip
        for key, value in (("location", weights.name), ("offset", offset), ("length", len(raw))):
            kept.external_data.add(key=key, value=str(value))
        graph.initializer.append(kept)
        wide = tensor.name if turned_from is None else f"{tensor.name}.wide"
        nodes = [helper.make_node("Cast", [kept.name], [wide], to=onnx.TensorProto.FLOAT)]
        if turned_from is not None:
            nodes.append(helper.make_node("Transpose", [wide], [tensor.name], perm=[1, 0]))
        for node in reversed(nodes):
            graph.node.insert(0, node)
    del graph.value_info[:]
    for node in graph.node:  # where in torch's source a node came from is of no use to anyone
        del node.metadata_props[:]
        node.doc_string = ""
    path.write_bytes(model.SerializeToString())


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
    c = denoiser.config
    b, k = 2, 6
    grid = (b, c.latent, c.side, c.side)
    things = torch.zeros(b, k, 5, dtype=torch.int64)
    things[:, 0] = torch.tensor([1, 2, 1, 44, 60])
    inputs = {
        "noisy": torch.randn(grid), "time": torch.full((b,), 0.7), "source": torch.zeros(grid),
        "mask": torch.ones(b, 1, c.side, c.side), "things": things,
        "background": torch.ones(b, 4, dtype=torch.int64),
    }  # fmt: skip
    batch = {name: {0: "batch"} for name in inputs}
    return {"denoise": export(denoiser, inputs, ["clean"], folder / "denoise.onnx", weights, batch)}


def export_eye(eye: Eye, folder: Path) -> dict[str, float]:
    weights = folder / "eye.safetensors"
    eye = keep(eye.to(memory_format=torch.contiguous_format), weights)
    inputs = {"pictures": torch.rand(1, 3, 128, 128) * 2 - 1}
    return {"eye": export(eye, inputs, ["patches", "background"], folder / "eye.onnx", weights, {})}


def export_reader(reader: Reader, folder: Path) -> dict[str, float]:
    weights = folder / "reader.safetensors"
    reader = keep(reader, weights)
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


def export_all(place: Place, folder: Path, *, judges: Path) -> dict[str, float]:
    """Everything that ships: networks, weights and tokenizer into `folder`, the checker into `judges`, each with its
    manifest. Returns the largest difference between ONNX and torch of each network."""
    for made in (folder, judges):
        made.mkdir(parents=True, exist_ok=True)
    tasks = {name: task(name, place) for name in NAMES}
    models = {name: load_weights(tasks[name].build(), place.weights(name)) for name in NAMES if name != "eye"}
    pool = tasks["generator"].pool
    worst = export_autoencoder(models["autoencoder"], pool.mean, pool.std, folder)
    worst |= export_denoiser(models["generator"], folder)
    worst |= export_eye(models["cycle"], folder)
    worst |= export_reader(models["reader"], folder)
    worst |= export_checker(models["checker"], judges)
    (folder / "tokenizer.json").write_bytes((place.runs / "reader" / "tokenizer.json").read_bytes())
    write_manifest(folder, {
        "networks": {
            "encode": ["autoencoder"], "decode": ["autoencoder"], "denoise": ["generator"], "eye": ["eye"],
            "extend": ["reader"],
        },
        "known": list(place.known), "setting": place.setting, "parity": worst,
        "configs": {"eye" if name == "cycle" else name: asdict(model.config) for name, model in models.items()},
    })  # fmt: skip
    facts = {"networks": {"checker": ["checker"]}, "known": list(place.known), "setting": place.setting}
    write_manifest(judges, facts)
    return worst
