"""Runs exported networks: ONNX graphs and the weights they point to, checked against their hashes, on so many threads.

Nothing here knows what a network is for. The runtime is imported when the first network runs: ONNX Runtime, or OpenVINO
where DIPTYCH_RUNTIME=openvino asks for it and a trial in a process of its own has shown that it works on this machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from diptych.core.errors import Bilingual, BrokenWeights

WEIGHTS = Path(__file__).parent / "weights"
JUDGES = Path(__file__).parent / "judges"
"""The checker's weights lie apart: nothing that is judged may depend on them."""


RUNTIMES = ("onnxruntime", "openvino")
CLOSE = 1e-3
"""How far OpenVINO's outputs may lie from ONNX Runtime's in a trial."""
TRIAL_SECONDS = 60


class Weights:
    """A folder of networks and the `manifest.json` that names their hashes and what they know.

    threads    of one network; None = one for each core, four at most
    runtime    "onnxruntime" or "openvino"; None = what DIPTYCH_RUNTIME names, if it works here, else ONNX Runtime.
               Both compute in float32. Pixels differ in the last digit between them, so certificates name OpenVINO.
    """

    def __init__(self, folder: Path = WEIGHTS, threads: int | None = None, runtime: str | None = None) -> None:
        self.folder = folder
        self.threads = threads or min(os.cpu_count() or 1, 4)
        self._runtime = runtime
        self._loaded: dict[str, Network] = {}

    @cached_property
    def runtime(self) -> str:
        if self._runtime is not None:
            return self._runtime
        return "openvino" if os.environ.get("DIPTYCH_RUNTIME") == "openvino" and openvino_works() else "onnxruntime"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        path = self.folder / "manifest.json"
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BrokenWeights(
                Bilingual(f"The weights' manifest {path} is missing.", f"缺少模型权重清单 {path}。"), REINSTALL
            ) from None
        except ValueError as error:
            raise BrokenWeights(
                Bilingual(
                    f"The weights' manifest {path} can't be read: {error}.", f"无法读取模型权重清单 {path}：{error}。"
                ),
                REINSTALL,
            ) from None

    @cached_property
    def name(self) -> str:
        """Short name of exactly these weights, for certificates: the first digits of all their hashes' hash."""
        listed = "".join(entry["sha256"] for _, entry in sorted(self.manifest["files"].items()))
        short = hashlib.sha256(listed.encode()).hexdigest()[:8]
        return short if self.runtime == "onnxruntime" else f"{short} on {self.runtime}"

    def name_of(self, *networks: str) -> str:
        """Short name of exactly these networks and what they point to: others may change without changing it."""
        files = {f"{network}.onnx" for network in networks}
        files |= {f"{name}.safetensors" for network in networks for name in self.manifest["networks"].get(network, ())}
        listed = "".join(self.manifest["files"].get(file, {}).get("sha256", "") for file in sorted(files))
        short = hashlib.sha256(listed.encode()).hexdigest()[:8]
        return short if self.runtime == "onnxruntime" else f"{short} on {self.runtime}"

    def checked(self, file: str) -> Path:
        """The path of `file` once its hash is right. Raises BrokenWeights naming it."""
        path = self.folder / file
        expected = self.manifest["files"].get(file, {}).get("sha256")
        if expected is None or not path.is_file():
            raise BrokenWeights(Bilingual(f"The weights {path} are missing.", f"缺少模型权重 {path}。"), REINSTALL)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise BrokenWeights(
                Bilingual(
                    f"The weights {path} are damaged: their SHA-256 is {found[:16]}…, not {expected[:16]}….",
                    f"模型权重 {path} 已损坏：SHA-256 为 {found[:16]}…，应为 {expected[:16]}…。",
                ),
                REINSTALL,
            )
        return path

    def network(self, name: str) -> Network:
        """The network in `name`.onnx, once it and the weights that it points to have the right hashes."""
        for weights in self.manifest["networks"].get(name, ()):
            self.checked(f"{weights}.safetensors")
        path = self.checked(f"{name}.onnx")
        return (OpenVinoNetwork if self.runtime == "openvino" else Network)(path, self.threads)

    def loaded(self, name: str) -> Network:
        """The same, kept: checked and loaded when it is first asked for."""
        if name not in self._loaded:
            self._loaded[name] = self.network(name)
        return self._loaded[name]


@cache
def shipped() -> Weights:
    """The weights that come with the package, one object for all who name no others."""
    return Weights()


REINSTALL = Bilingual(
    "Install Diptych again (pip install --force-reinstall --no-deps diptych).",
    "请重新安装 Diptych（pip install --force-reinstall --no-deps diptych）。",
)


class Network:
    """One ONNX network. Call it with arrays by name; the outputs come back in order."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The same bytes each time on one machine; and threads that sleep, not spin, between calls.
        options.use_deterministic_compute = True
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, **inputs: np.ndarray) -> list[np.ndarray]:
        return list(self._session.run(None, inputs))


class OpenVinoNetwork(Network):
    """The same through OpenVINO, in float32: for what it is asked bfloat16 would be faster and not the same network."""

    def __init__(self, path: Path, threads: int) -> None:
        openvino = openvino_library()
        options = {
            "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": 1,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,  # else it would round what meets weights that are kept in bytes, too
        }  # fmt: skip
        core = openvino.Core()
        self._compiled = core.compile_model(core.read_model(path), "CPU", options)

    def __call__(self, **inputs: np.ndarray) -> list[np.ndarray]:
        outputs = self._compiled(inputs)
        return [np.array(outputs[port]) for port in self._compiled.outputs]


def openvino_library() -> Any:
    """OpenVINO without its telemetry, which would tell a server of the import and of what is converted; where the
    package for that is missing it takes a stub of its own. Raises ImportError."""
    hidden = "openvino_telemetry" not in sys.modules
    if hidden:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # as Python marks what can't be imported
    try:
        import openvino
    finally:
        if hidden:
            del sys.modules["openvino_telemetry"]
    return openvino


@cache
def openvino_works() -> bool:
    """Whether OpenVINO runs here and agrees with ONNX Runtime. Tried once in a process of its own, because on some
    processors it crashes, and remembered for this version and processor in the user's cache folder."""
    try:
        key = f"openvino {version('openvino')}, {platform.processor() or platform.machine()}"
    except PackageNotFoundError:
        return False
    return remembered(key, lambda: _try_openvino())


def remembered(key: str, trial: Callable[[], bool]) -> bool:
    """What `trial` came to, made once for each `key`: it is kept in the user's cache folder."""
    path = cache_folder() / "runtimes.json"
    known: dict[str, bool] = {}
    with suppress(OSError, ValueError):
        known = dict(json.loads(path.read_text(encoding="utf-8")))
    if key not in known:
        known[key] = trial()
        with suppress(OSError):  # a cache that can't be written only means another trial
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".part")
            beside.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            beside.replace(path)
    return bool(known[key])


def cache_folder() -> Path:
    """The user's cache folder of Diptych; it need not be there."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diptych"


def _try_openvino() -> bool:
    return succeeds("from diptych.runtime import trial; trial()")


def succeeds(program: str, seconds: float = TRIAL_SECONDS) -> bool:
    """Whether a Python program ends well in a process of its own, in time."""
    command = [sys.executable, "-c", program]
    try:
        return subprocess.run(command, capture_output=True, timeout=seconds, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def trial() -> None:
    """Run one network through both runtimes and compare; raises ValueError where they differ by more than CLOSE."""
    channels = Weights().manifest["configs"]["autoencoder"]["latent"]
    latents = np.random.default_rng(0).standard_normal((1, channels, 16, 16), dtype=np.float32)
    one, other = (Weights(threads=1, runtime=name).network("decode")(latents=latents)[0] for name in RUNTIMES)
    difference = float(np.abs(one - other).max())
    if not difference <= CLOSE:
        raise ValueError(f"OpenVINO and ONNX Runtime differ by {difference:.2g}; {CLOSE} is allowed")
