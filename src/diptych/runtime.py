"""Runs exported networks: ONNX files that come with the package, checked against their hashes, on so many threads.

Nothing here knows what a network is for. onnxruntime is imported when the first network runs.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from diptych.core.errors import Bilingual, BrokenWeights

WEIGHTS = Path(__file__).parent / "weights"
JUDGES = Path(__file__).parent / "judges"
"""The checker's weights lie apart: nothing that is judged may depend on them."""


class Weights:
    """A folder of networks and the `manifest.json` that names their hashes and what they know."""

    def __init__(self, folder: Path = WEIGHTS, threads: int | None = None) -> None:
        self.folder = folder
        self.threads = threads or min(os.cpu_count() or 1, 4)

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
        return hashlib.sha256(listed.encode()).hexdigest()[:8]

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
        """The network in `name`.onnx."""
        return Network(self.checked(f"{name}.onnx"), self.threads)


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
