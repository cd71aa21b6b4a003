"""One network → an ONNX graph over a safetensors file, compared with torch.

The weights are kept once, in half precision: `NAME.safetensors`, which training can begin from. The graphs hold no
weights of their own but point into those files (ONNX external data: a name, an offset and a length).
"""

from __future__ import annotations

import copy
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn

from diptych.models.stored import SCALE, read_weights

TOLERANCE = 1e-3
"""Between ONNX and torch, with the weights rounded alike."""
LARGE = 1024
"""Values from which a tensor is kept in half precision."""


def export(
    model: nn.Module,
    inputs: dict[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    weights: Path,
    dynamic: dict[str, dict[int, str]],
    *,
    multiple: int = 1,
    tolerance: float = TOLERANCE,
) -> float:
    """Write `path`, whose large weights stay in the safetensors file `weights` beside it; return the largest difference
    to torch on `inputs`. Raises ValueError where it is above `tolerance`.

    dynamic    of each input, which of its axes are free, and what they are called
    multiple   of what the free axes must be
    """
    model = model.eval()
    shapes = {
        name: {
            axis: multiple * torch.export.Dim(label, min=1, max=4096) for axis, label in dynamic.get(name, {}).items()
        }
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
    worst = max(float(np.abs(a.astype(np.float64) - b.numpy()).max()) for a, b in zip(found, expected, strict=True))
    if worst > tolerance:
        raise ValueError(f"{path.name}: ONNX and torch differ by {worst:.2g}; {tolerance} is allowed")
    return worst


def keep(model: nn.Module, path: Path, *, bytes_for: str = "") -> nn.Module:
    """Write the weights of `model` to `path` (safetensors), the large ones in half precision, and return a copy of it
    that has them as they were written. Small ones are gains and biases: they weigh nothing and stay as they are.

    bytes_for   matrices whose names this regular expression finds are kept as int8 with a scale for each row, beside
                them as NAME.scale: value = int8 · scale
    """
    kept: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        if bytes_for and value.ndim == 2 and value.numel() >= LARGE and re.search(bytes_for, name):
            kept[name], kept[f"{name}{SCALE}"] = in_bytes(value)
        else:
            kept[name] = (value.half() if value.numel() >= LARGE else value.float()).contiguous()
    beside = path.with_name(path.name + ".part")
    save_file(kept, beside)
    beside.chmod(0o644)
    beside.replace(path)
    copied = copy.deepcopy(model)
    copied.load_state_dict(read_weights(path))
    return copied


def in_bytes(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """(int8 matrix of the same shape, float32 scales, one a row in a column)."""
    scale = (matrix.float().abs().amax(1, keepdim=True) / 127).clamp(min=1e-12)
    return (matrix.float() / scale).round().to(torch.int8).contiguous(), scale.contiguous()


@dataclass(frozen=True)
class Kept:
    """Where a tensor lies in a safetensors file: its type and shape there, its bytes, and whether the graph has it
    transposed; `scale` where it is kept in bytes."""

    kind: int
    shape: tuple[int, ...]
    offset: int
    length: int
    turned: bool = False
    scale: Kept | None = None


def places(weights: Path) -> dict[bytes, Kept]:
    """The float32 bytes of each large tensor of a safetensors file, as it is and transposed → where it is kept."""
    data = weights.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")  # safetensors: length of the header, header, tensors
    entries = {name: entry for name, entry in json.loads(data[8:start]).items() if name != "__metadata__"}

    def located(name: str, kind: int) -> Kept:
        first, last = entries[name]["data_offsets"]
        return Kept(kind, tuple(entries[name]["shape"]), start + first, last - first)

    found: dict[bytes, Kept] = {}
    for name, values in read_weights(weights).items():
        if entries[name]["dtype"] == "F16":
            kept = located(name, onnx.TensorProto.FLOAT16)
        elif entries[name]["dtype"] == "I8":
            kept = replace(
                located(name, onnx.TensorProto.INT8), scale=located(f"{name}{SCALE}", onnx.TensorProto.FLOAT)
            )
        else:
            continue
        found[values.numpy().tobytes()] = kept
        if values.ndim == 2:
            found.setdefault(np.ascontiguousarray(values.numpy().T).tobytes(), replace(kept, turned=True))
    return found


def point_into(path: Path, weights: Path) -> None:
    """Replace the large initializers of the graph `path` by references into `weights`, widened when it is loaded.

    The exporter renames and turns matrices, so a tensor is found by its values, as it is or transposed.
    """
    known = places(weights)
    model = onnx.load(path)
    graph = model.graph
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        kept = known.get(np.ascontiguousarray(values).tobytes())
        if kept is None:
            raise ValueError(f"{path.name}: the weights {tensor.name} {values.shape} are not in {weights.name}")
        graph.initializer.remove(tensor)
        steps = [("Cast", {"to": onnx.TensorProto.FLOAT})]
        steps += [("Mul", {})] if kept.scale else []
        steps += [("Transpose", {"perm": [1, 0]})] if kept.turned else []
        if not kept.turned:  # what is kept as a matrix may be a kernel in the graph: the same values in another shape
            kept = replace(kept, shape=tuple(values.shape))
        name = f"{tensor.name}.kept"
        graph.initializer.append(external(name, kept, weights))
        nodes = []
        for number, (kind, options) in enumerate(steps):
            result = tensor.name if number == len(steps) - 1 else f"{tensor.name}.{kind.lower()}"
            given = [name]
            if kind == "Mul" and kept.scale:
                given.append(f"{tensor.name}{SCALE}")
                graph.initializer.append(external(given[1], kept.scale, weights))
            nodes.append(helper.make_node(kind, given, [result], **options))
            name = result
        for node in reversed(nodes):
            graph.node.insert(0, node)
    del graph.value_info[:]
    for node in graph.node:  # where in torch's source a node came from is of no use to anyone
        del node.metadata_props[:]
        node.doc_string = ""
    path.write_bytes(model.SerializeToString())


def external(name: str, kept: Kept, weights: Path) -> onnx.TensorProto:
    """An initializer that lies in `weights`."""
    tensor = onnx.TensorProto(name=name, data_type=kept.kind, dims=kept.shape, data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", weights.name), ("offset", kept.offset), ("length", kept.length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor
