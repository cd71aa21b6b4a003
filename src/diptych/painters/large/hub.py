"""Models in the Hugging Face cache: which are there, where, how whole; and fetching one, the only use of the network.

The library's own environment variables hold: HF_HOME and HF_HUB_CACHE say where the cache is, HF_ENDPOINT which server
is asked, HF_HUB_OFFLINE that none is. They are read when something is asked for, not when this is imported.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diptych.core.errors import Bilingual, MissingExtra, Unsupported, shorten

SAFE = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
"""What is fetched: weights without pickles, configurations, and the words of tokenizers."""
CONFIG = SAFE[1:]


@dataclass(frozen=True)
class Present:
    """A model in the cache. `class_name` is that of its model_index.json, or None: it is no model of diffusers, or that
    file hasn't come yet."""

    name: str
    folder: Path
    class_name: str | None
    bytes: int
    is_partial: bool


def cache_folder() -> Path:
    """Where the Hugging Face libraries keep what they fetched."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def endpoint() -> str:
    """The server that is asked, without a slash at its end."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def is_offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def is_id(name: str) -> bool:
    """Whether it is written as models on the hub are: OWNER/NAME."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+", name) is not None


def present() -> Iterator[Present]:
    """The models in the cache, by name."""
    for folder in sorted(cache_folder().glob("models--*")):
        name = folder.name.removeprefix("models--").replace("--", "/")
        snapshot = _snapshot(folder)
        partial = any((folder / "blobs").glob("*.incomplete"))
        if snapshot is None:
            if partial:
                yield Present(name, folder, None, 0, True)
            continue
        size = sum(file.stat().st_size for file in snapshot.rglob("*") if file.is_file())
        yield Present(name, snapshot, _class_of(snapshot), size, partial)


def find(name: str) -> Present | None:
    """The model of that id, or the only one whose id ends in /`name`. Raises Unsupported where there are several."""
    wanted = [one for one in present() if one.name == name or one.name.endswith(f"/{name}")]
    if len(wanted) > 1 and all(one.name != name for one in wanted):
        listed = ", ".join(one.name for one in wanted)
        raise Unsupported(
            Bilingual(f"Several models are called “{shorten(name)}”.", f"有多个模型叫“{shorten(name)}”。"),
            Bilingual(f"Write the whole name: {listed}.", f"请写出完整名称：{listed}。"),
        )
    return next((one for one in wanted if one.name == name), wanted[0] if wanted else None)


def pull(name: str, *, revision: str | None = None, file: str | None = None, config_only: bool = False) -> Path:
    """Fetch a model into the cache, or go on with one that is half there; the folder that it lies in.

    `file` fetches one file alone (a LoRA), `config_only` everything but weights. Of a model of diffusers only its parts
    are fetched, not the copies that some repositories keep beside them. Raises Unsupported without a network, for what
    isn't there, and for pickles.
    """
    if is_offline():
        raise Unsupported(
            Bilingual(f"“{shorten(name)}” can't be fetched: HF_HUB_OFFLINE is set.",
                      f"无法下载“{shorten(name)}”：已设置 HF_HUB_OFFLINE。"),
            Bilingual("Unset it (unset HF_HUB_OFFLINE) and try again.", "请取消该设置（unset HF_HUB_OFFLINE）后重试。"),
        )  # fmt: skip
    if not is_id(name):
        raise Unsupported(
            Bilingual(f"“{shorten(name)}” is no model of the hub.", f"“{shorten(name)}”不是 Hub 上的模型名称。"),
            Bilingual(
                "Write OWNER/NAME, such as stabilityai/sd-turbo.", "请写成 所有者/名称，例如 stabilityai/sd-turbo。"
            ),
        )
    if file is not None and not any(Path(file).match(pattern) for pattern in SAFE):
        from diptych.painters.large.sources import pickle_refused

        raise pickle_refused(f"{name}: {file}")
    library = _library()
    try:
        patterns = [file] if file is not None else _wanted(library, name, revision, config_only)
        return Path(
            library.snapshot_download(
                name, revision=revision, allow_patterns=patterns, cache_dir=cache_folder(), endpoint=endpoint()
            )
        )
    except Exception as error:  # whatever a network does ends in one sentence about it
        raise _not_fetched(name, error) from error


def _wanted(library: object, name: str, revision: str | None, config_only: bool) -> list[str]:
    """The files to fetch, by name, of all that the repository has."""
    listed = [one.rfilename for one in library.HfApi(endpoint=endpoint()).model_info(name, revision=revision).siblings]  # type: ignore[attr-defined]
    safe = [file for file in listed if any(Path(file).match(pattern) for pattern in (CONFIG if config_only else SAFE))]
    if "model_index.json" not in listed:
        chosen = safe
    else:
        parts = [file for file in safe if "/" in file or file == "model_index.json"]
        parts += [
            file for file in listed if file == "README.md" or file.startswith("LICENSE")
        ]  # what it may be used for
        full = {_stem(file) for file in parts if ".fp16." not in file}
        chosen = [file for file in parts if ".fp16." not in file or _stem(file) not in full]
    if not config_only and not any(file.endswith(".safetensors") for file in chosen):
        raise ValueError("it has no .safetensors files / 其中没有 .safetensors 文件")
    return chosen


def _stem(file: str) -> str:
    """A file of weights without its variant and shard: "unet/model.fp16-00001-of-00002.safetensors" → "unet/model"."""
    return re.sub(r"(\.fp16)?(-\d+-of-\d+)?(\.fp16)?\.safetensors(\.index)?(\.fp16)?(\.json)?$", "", file)


def _snapshot(folder: Path) -> Path | None:
    """The folder of the revision "main", else of the one that came last."""
    main = folder / "refs" / "main"
    if main.is_file():
        place = folder / "snapshots" / main.read_text(encoding="utf-8").strip()
        if place.is_dir():
            return place
    places = [place for place in (folder / "snapshots").glob("*") if place.is_dir()]
    return max(places, key=lambda place: place.stat().st_mtime) if places else None


def _class_of(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "model_index.json").read_text(encoding="utf-8"))["_class_name"])
    except (OSError, ValueError, KeyError):
        return None


def _library() -> object:
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingExtra("diffusers", Bilingual("Fetching models", "下载模型")) from error
    return huggingface_hub


def _not_fetched(name: str, error: Exception) -> Unsupported:
    said = shorten(name)
    reason = shorten(error, 200) or type(error).__name__
    return Unsupported(
        Bilingual(f"“{said}” can't be fetched from {endpoint()} ({reason}).",
                  f"无法从 {endpoint()} 下载“{said}”（{reason}）。"),
        Bilingual(
            f"Look whether {endpoint()}/{said} is there and the network is up; HF_ENDPOINT names another server, "
            "HF_TOKEN lets you into models that ask for it. What has come is kept.",
            f"请检查 {endpoint()}/{said} 是否存在、网络是否正常；可用 HF_ENDPOINT 指定其他服务器，"
            "需要授权的模型请设置 HF_TOKEN。已下载的部分会保留。",
        ),
    )  # fmt: skip
