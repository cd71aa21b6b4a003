"""Weights as they are kept on disk: in halves or in bytes, pointed into by graphs that compute what torch computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from diptych.models.stored import read_weights
from diptych.training.export_restoring import averaged
from diptych.training.graphs import TOLERANCE, export, keep
from diptych.training.loop import load_weights


def layers() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 40, bias=False))


@pytest.mark.parametrize("bytes_for", ["", "weight"])
def test_a_graph_points_into_what_is_kept_and_computes_the_same(tmp_path: Path, bytes_for: str) -> None:
    model, x = layers(), torch.randn(3, 40)
    kept = keep(model, tmp_path / "two.safetensors", bytes_for=bytes_for)
    free = {"x": {0: "rows"}}
    worst = export(kept, {"x": x}, ["y"], tmp_path / "two.onnx", tmp_path / "two.safetensors", free)
    assert worst <= TOLERANCE
    assert (tmp_path / "two.onnx").stat().st_size < 5_000  # no weights of its own
    session = onnxruntime.InferenceSession(str(tmp_path / "two.onnx"), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = kept(x[:2]).numpy()
    np.testing.assert_allclose(session.run(None, {"x": x[:2].numpy()})[0], expected, atol=1e-5)


def test_bytes_take_half_the_place_and_are_near_the_truth(tmp_path: Path) -> None:
    model = layers()
    keep(model, tmp_path / "halves.safetensors")
    keep(model, tmp_path / "bytes.safetensors", bytes_for="weight")
    assert load_file(tmp_path / "bytes.safetensors")["0.weight"].dtype == torch.int8
    assert (tmp_path / "bytes.safetensors").stat().st_size < 0.65 * (tmp_path / "halves.safetensors").stat().st_size
    for name, value in read_weights(tmp_path / "bytes.safetensors").items():
        true = model.state_dict()[name]
        rows = true.reshape(len(true), -1).abs().amax(1)
        assert ((value - true).reshape(len(true), -1).abs().amax(1) <= rows / 127 * 0.51 + 1e-7).all()


def test_training_can_begin_from_bytes(tmp_path: Path) -> None:
    model = layers()
    kept = keep(model, tmp_path / "bytes.safetensors", bytes_for="weight")
    again = load_weights(layers(), tmp_path / "bytes.safetensors")
    for one, other in zip(kept.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_weights_that_lie_elsewhere_are_an_error(tmp_path: Path) -> None:
    keep(layers(), tmp_path / "two.safetensors")
    other = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 40, bias=False))
    with pytest.raises(ValueError, match="are not in two"):
        export(other, {"x": torch.randn(3, 40)}, ["y"], tmp_path / "two.onnx", tmp_path / "two.safetensors", {})


def test_what_ships_of_several_runs_is_their_mean() -> None:
    torch.manual_seed(0)
    runs = [torch.nn.Conv2d(2, 3, 3) for _ in range(3)]
    before = [run.weight.detach().clone() for run in runs]
    mean = averaged(runs)
    torch.testing.assert_close(mean.weight, torch.stack(before).mean(0))
    assert all(torch.equal(run.weight, old) for run, old in zip(runs, before, strict=True))
    assert torch.equal(averaged(runs[:1]).weight, before[0])
