"""The runtimes: equal outputs, a trial that is remembered, and a name that tells which one made the pixels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from diptych import runtime
from diptych.painters.reading import AT_ONCE
from diptych.runtime import Weights

INPUTS: dict[str, dict[str, np.ndarray]] = {
    "decode": {"latents": np.random.default_rng(0).standard_normal((1, 16, 16, 16), dtype=np.float32)},
    "eye": {"pictures": np.random.default_rng(1).random((1, 3, 128, 128), dtype=np.float32) * 2 - 1},
    "extend": {
        "tokens": np.array([[[5, 9, 40] + [0] * (AT_ONCE - 3)] * 3]),
        "positions": np.arange(3)[None],
        "past": np.zeros((12, 1, 4, 0, 64), np.float32),
    },
}


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, empty, and a machine on which OpenVINO was not tried yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    runtime.openvino_works.cache_clear()
    yield tmp_path / "diptych" / "runtimes.json"
    runtime.openvino_works.cache_clear()


@pytest.mark.parametrize("name", INPUTS)
def test_both_runtimes_compute_the_same(name: str) -> None:
    pytest.importorskip("openvino")
    one, other = (Weights(threads=1, runtime=kind).network(name)(**INPUTS[name]) for kind in runtime.RUNTIMES)
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() < 1e-3


def test_openvino_is_used_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIPTYCH_RUNTIME", raising=False)
    assert Weights().runtime == "onnxruntime"
    monkeypatch.setenv("DIPTYCH_RUNTIME", "openvino")
    monkeypatch.setattr(runtime, "openvino_works", lambda: True)
    assert Weights().runtime == "openvino"
    assert Weights().name == f"{Weights(runtime='onnxruntime').name} on openvino"
    monkeypatch.setattr(runtime, "openvino_works", lambda: False)
    assert Weights().runtime == "onnxruntime"


@pytest.mark.parametrize("crashes", [False, True])
def test_a_trial_is_made_once_and_remembered(cached: Path, monkeypatch: pytest.MonkeyPatch, crashes: bool) -> None:
    pytest.importorskip("openvino")
    trials = []
    program = "import os; os.abort()" if crashes else "pass"

    def command(*arguments: str) -> bool:
        trials.append(arguments)
        return runtime.succeeds(program)

    monkeypatch.setattr(runtime, "_try_openvino", command)
    assert runtime.openvino_works() is not crashes
    runtime.openvino_works.cache_clear()
    assert runtime.openvino_works() is not crashes
    assert len(trials) == 1
    assert list(json.loads(cached.read_text()).values()) == [not crashes]


def test_openvino_tells_nobody_that_it_is_used() -> None:
    """Its telemetry is a stub, in the trial's process, too."""
    pytest.importorskip("openvino")
    program = (
        "import sys; from diptych.runtime import openvino_library; openvino_library();"
        "from openvino.tools.ovc import convert_impl;"
        "assert convert_impl.tm.__name__ == 'openvino.tools.ovc.telemetry_stub', convert_impl.tm;"
        "assert 'openvino_telemetry' not in sys.modules"
    )
    assert runtime.succeeds(program)


def test_a_broken_cache_means_another_trial(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    cached.parent.mkdir(parents=True)
    cached.write_text("not json")
    monkeypatch.setattr(runtime, "_try_openvino", lambda: True)
    assert runtime.openvino_works()
    assert json.loads(cached.read_text())
