"""`diptych models` and what lies beneath it, against a hub that runs here and speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diptych.cli.app import app
from diptych.core.errors import BrokenWeights, Unsupported

pytest.importorskip("huggingface_hub")

from diptych.painters.large import hub
from diptych.painters.large.sources import find_source

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _tensors(length: int) -> bytes:
    header = json.dumps({"weight": {"dtype": "U8", "shape": [length], "data_offsets": [0, length]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(length)


INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "scheduler": ["diffusers", "DDIMScheduler"],
}
FILES = {
    "model_index.json": json.dumps(INDEX).encode(),
    "README.md": b"---\nlicense: openrail++\n---\n",
    "unet/config.json": b'{"in_channels": 4, "sample_size": 4}',
    "unet/diffusion_pytorch_model.safetensors": _tensors(1000),
    "unet/diffusion_pytorch_model.fp16.safetensors": _tensors(500),
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "scheduler/scheduler_config.json": b"{}",
    "pruned.safetensors": _tensors(4000),
    "loras/ink.safetensors": _tensors(10),
}


class Hub(BaseHTTPRequestHandler):
    """As huggingface.co answers: the list of a model's files, and the files."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        if path.startswith("/api/models/owner/tiny/tree/"):
            tree = [{"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                    for name, data in FILES.items()]  # fmt: skip
            self._send(200, json.dumps(tree).encode(), body=body, kind="application/json")
        elif path.startswith("/api/models/owner/tiny"):
            listed = [{"rfilename": name} for name in FILES]
            about = {"id": "owner/tiny", "modelId": "owner/tiny", "sha": COMMIT, "siblings": listed, "private": False}
            self._send(200, json.dumps(about).encode(), body=body, kind="application/json")
        elif path.startswith("/owner/tiny/resolve/"):
            data = FILES.get(path.split("/", 5)[5])
            self._send(404 if data is None else 200, data or b"", body=body)
        else:
            self._send(404, b"", body=body)

    def _send(self, status: int, data: bytes, *, body: bool, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A hub on this machine; gives the paths that were asked for."""
    asked: list[str] = []
    one = ThreadingHTTPServer(("127.0.0.1", 0), type("OneHub", (Hub,), {"asked": asked}))
    threading.Thread(target=one.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{one.server_port}")
    yield asked
    one.shutdown()
    one.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "notes"))
    for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "hub"


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["models", *arguments])


def test_pull_fetches_what_is_safe_and_needed(server: list[str], cache: Path) -> None:
    result = run("pull", "owner/tiny", "--lang", "en")
    assert result.exit_code == 0, result.stderr
    folder = Path(result.stdout.strip())
    fetched = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert fetched == {
        "model_index.json", "README.md", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
        "scheduler/scheduler_config.json", "loras/ink.safetensors",
    }  # fmt: skip
    assert not any(path.endswith(".bin") for path in server)
    assert folder.is_relative_to(cache)
    assert run("path", "tiny").stdout.strip() == str(folder)
    card = json.loads(run("card", "owner/tiny", "--json").stdout)
    assert (card["class"], card["licence"]) == ("StableDiffusionPipeline", "openrail++")
    assert set(card["ways"]) == {"draw", "restyle", "inpaint"}
    assert "许可证：openrail++" in run("card", "tiny", "--lang", "zh").stdout
    (listed,) = json.loads(run("list", "--json").stdout)
    assert (listed["name"], listed["partial"], listed["verbs"]) == ("owner/tiny", False, ["draw", "restyle", "inpaint"])
    assert "owner/tiny" in run("list").stdout


def test_pull_of_one_file_and_of_configuration(server: list[str]) -> None:
    lora = run("pull", "owner/tiny", "--file", "loras/ink.safetensors", "-q").stdout.strip()
    assert Path(lora).read_bytes() == FILES["loras/ink.safetensors"]
    folder = Path(run("pull", "owner/tiny", "--config-only", "-q").stdout.strip())
    assert (folder / "unet/config.json").is_file()
    assert not list(folder.glob("unet/*.safetensors"))


def test_half_a_download_is_recognised_and_finished(server: list[str], cache: Path) -> None:
    folder = Path(run("pull", "owner/tiny", "--config-only", "-q").stdout.strip())
    (folder.parents[1] / "blobs" / "abc.incomplete").write_bytes(b"half")
    (listed,) = json.loads(run("list", "--json").stdout)
    assert (listed["partial"], listed["verbs"]) == (True, [])
    assert "下载未完成" in run("list", "--lang", "zh").stdout
    with pytest.raises(BrokenWeights, match="diptych models pull"):
        find_source("owner/tiny")
    (folder.parents[1] / "blobs" / "abc.incomplete").unlink()
    assert run("pull", "owner/tiny", "-q").exit_code == 0
    assert find_source("tiny").class_name == "StableDiffusionPipeline"


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("owner/other", (), "can't be fetched"),
        ("owner/tiny", ("--file", "unet/diffusion_pytorch_model.bin"), "pickle"),
        ("tiny", (), "OWNER/NAME"),
    ],
)
def test_what_can_not_be_fetched_says_why(server: list[str], name: str, options: tuple[str, ...], says: str) -> None:
    result = run("pull", name, *options, "--lang", "en")
    assert result.exit_code == Unsupported.exit_code
    assert says in result.stderr


def test_offline_is_offline(server: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run("pull", "owner/tiny", "--lang", "zh")
    assert result.exit_code == Unsupported.exit_code
    assert "HF_HUB_OFFLINE" in result.stderr
    assert not server


def test_nothing_there(cache: Path) -> None:
    assert "没有模型" in run("list", "--lang", "zh").stderr
    result = run("path", "owner/tiny", "--lang", "en")
    assert result.exit_code == Unsupported.exit_code
    assert "diptych models pull owner/tiny" in result.stderr


def test_two_models_of_one_name_are_told_apart(cache: Path) -> None:
    for owner in ("one", "other"):
        (cache / f"models--{owner}--tiny" / "snapshots" / COMMIT).mkdir(parents=True)
    with pytest.raises(Unsupported, match="one/tiny, other/tiny"):
        hub.find("tiny")
    assert hub.find("one/tiny") is not None
