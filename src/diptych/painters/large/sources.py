"""Where a large model's weights lie, whether all of them are there, and their hash.

A source is a folder as diffusers writes it (model_index.json and one folder for each part), a single .safetensors file
with such a folder for its configuration, or a model in the Hugging Face cache, which is such a folder too. Nothing is
fetched, and no pickle is ever opened: it could run anything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from diptych.core.errors import Bilingual, BrokenWeights, Unsupported, shorten
from diptych.painters.large import hub
from diptych.painters.large.hashes import file_sha256
from diptych.painters.large.table import MODELS, Way, ways_of

INDEX = "model_index.json"
PICKLES = frozenset({".bin", ".ckpt", ".pt", ".pth", ".pkl"})
LIBRARIES = frozenset({"diffusers", "transformers"})
NETWORK_FOLDERS = ("unet", "transformer")
"""Where the denoiser lies."""
UNUSED = frozenset({"safety_checker", "image_encoder", "feature_extractor"})
"""Parts whose absence the pipelines bear."""


@dataclass(frozen=True)
class Source:
    """`folder` holds the configuration and, unless there is a single `file`, the weights; `title` is what it is called
    in certificates."""

    title: str
    folder: Path
    file: Path | None = None

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """The model_index.json."""
        return _read_json(self.folder / INDEX)

    @property
    def class_name(self) -> str:
        return str(self.index.get("_class_name"))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The names of what it is made of, without those that are declared to be absent."""
        return tuple(name for name, said in self.index.items() if isinstance(said, list) and said[:1] != [None])

    @cached_property
    def denoiser(self) -> Mapping[str, Any]:
        """The configuration of the network that denoises."""
        name = next((name for name in NETWORK_FOLDERS if name in self.parts), "")
        return _read_json(self.folder / name / "config.json") if name else {}

    @property
    def ways(self) -> tuple[Way, ...]:
        """What this model does. Raises Unsupported for a class that the table doesn't have."""
        channels = self.denoiser.get("in_channels")
        ways = ways_of(self.class_name, channels)
        if not ways:
            raise _no_such_class(self.title, self.class_name, channels)
        return ways

    @cached_property
    def variant(self) -> str | None:
        """ "fp16" where the weights come in half precision only."""
        folders = [self.folder / name for name in self.parts]
        plain = [folder for folder in folders if any(_is_plain(file) for file in folder.glob("*.safetensors"))]
        halves = [folder for folder in folders if any(folder.glob("*.fp16.safetensors"))]
        return "fp16" if halves and not set(halves) <= set(plain) else None

    def weights(self) -> tuple[Path, ...]:
        """The .safetensors files that are loaded, sorted."""
        if self.file is not None and is_whole_model(self.file):
            return (self.file,)
        replaced = NETWORK_FOLDERS if self.file is not None else ()
        found = [
            file
            for name in self.parts
            if name not in replaced and (self.folder / name).is_dir()
            for file in _weights_in(self.folder / name, self.variant)
        ]
        return tuple(sorted(found + ([self.file] if self.file is not None else [])))

    def check(self) -> None:
        """Raises Unsupported where there is nothing to load without a pickle, BrokenWeights for half a download."""
        for name in self.parts:
            library, class_name = self.index[name][:2]
            if library not in LIBRARIES or not isinstance(class_name, str):
                raise _foreign_code(self.title, name, str(library))
            if self.file is None or not is_whole_model(self.file):
                self._check_part(name)
        for file in self.weights():
            check_length(file, self.title)

    def _check_part(self, name: str) -> None:
        folder = self.folder / name
        if name in UNUSED and not folder.is_dir():
            return
        if self.file is not None and name in NETWORK_FOLDERS:
            return
        if not folder.is_dir():
            raise half_a_download(self.title, f"{name}/")
        if not (folder / "config.json").is_file():  # tokenizers, schedulers and processors have no weights
            if not any(folder.iterdir()):
                raise half_a_download(self.title, f"{name}/")
            return
        for missing in _missing_shards(folder, self.variant):
            raise half_a_download(self.title, f"{name}/{missing}")
        if not _weights_in(folder, self.variant):
            if any(file.suffix in PICKLES for file in folder.iterdir()):
                raise pickle_refused(f"{self.title}: {name}/")
            raise half_a_download(self.title, f"{name}/*.safetensors")

    def short_hash(self) -> str:
        """Eight hex digits of the SHA-256 of all that decides what the model makes: weights, configurations, words."""
        digest = hashlib.sha256()
        for file in self.weights():
            digest.update(file_sha256(file).encode())
        described = [self.folder / INDEX]
        described += [file for name in self.parts for file in sorted((self.folder / name).glob("*.*"))]
        for file in described:
            if file.suffix in (".json", ".txt", ".model", ".jinja") and not file.name.endswith(".index.json"):
                digest.update(file.relative_to(self.folder).as_posix().encode() + file.read_bytes())
        return digest.hexdigest()[:8]


# ---- finding --------------------------------------------------------------------------------------------


def find_source(model: str, config: str | None = None) -> Source:
    """`model` is a folder, a .safetensors file, or the id (or the last part of it) of a model in the Hugging Face
    cache; `config` the folder or id whose configuration a single file goes with.

    Raises Unsupported with the remedy where there is none, BrokenWeights for half a download.
    """
    place = Path(model).expanduser()
    if place.suffix.lower() in PICKLES:
        raise pickle_refused(model)
    if place.is_file():
        return _single_file(place, config)
    if config is not None:
        raise Unsupported(
            Bilingual(f"“{shorten(model)}” is no single file, so config= means nothing.",
                      f"“{shorten(model)}”不是单个文件，config= 没有意义。"),
            Bilingual("Leave config= out.", "请去掉 config=。"),
        )  # fmt: skip
    if place.is_dir():
        return _checked(Source(place.resolve().name, place))
    found = hub.find(model)
    if found is None:
        raise not_there(model)
    if not (found.folder / INDEX).is_file() and found.is_partial:
        raise half_a_download(found.name, INDEX)
    return _checked(Source(found.name, found.folder))


def _single_file(file: Path, config: str | None) -> Source:
    if file.suffix.lower() != ".safetensors":
        raise Unsupported(
            Bilingual(f"“{file.name}” is no .safetensors file.", f"“{file.name}”不是 .safetensors 文件。"),
            Bilingual("Give a model as a diffusers folder or as one .safetensors file.",
                      "请给出 diffusers 文件夹，或单个 .safetensors 文件。"),
        )  # fmt: skip
    check_length(file, file.name)
    from diptych.painters.large.single_files import usual_config

    wanted = config or usual_config(file)
    folder = Path(wanted).expanduser()
    if not folder.is_dir():
        found = hub.find(wanted)
        if found is None:
            raise _needs_config(file, wanted)
        folder = found.folder
    return _checked(Source(file.name, folder, file))


def _checked(source: Source) -> Source:
    if not (source.folder / INDEX).is_file():
        raise _not_a_model(source)
    source.check()
    _ = source.ways
    return source


def is_whole_model(file: Path) -> bool:
    """Whether a single file has an autoencoder and text encoders besides the denoiser, as Stable Diffusion's do."""
    return any(name.startswith("first_stage_model.") for name in header(file))


# ---- files ----------------------------------------------------------------------------------------------


def header(file: Path) -> Mapping[str, Any]:
    """Names, types and places of the tensors in a .safetensors file. Raises BrokenWeights."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= 100_000_000:
                raise ValueError("no header")
            return dict(json.loads(stream.read(length)))
    except (OSError, ValueError) as error:
        raise half_a_download(file.name, str(error)) from error


def check_length(file: Path, title: str) -> None:
    """Raises BrokenWeights for a .safetensors file that ends too early."""
    ends = [entry["data_offsets"][1] for name, entry in header(file).items() if name != "__metadata__"]
    with file.open("rb") as stream:
        wanted = 8 + int.from_bytes(stream.read(8), "little") + max(ends, default=0)
    found = file.stat().st_size
    if found < wanted:
        raise half_a_download(title, f"{file.name}, {found:,} / {wanted:,} bytes")


def _is_plain(file: Path) -> bool:
    """Of the full precision: "model.safetensors", "model-00001-of-00002.safetensors"; not "model.fp16.safetensors"."""
    return re.fullmatch(r"[^.]+\.safetensors", file.name) is not None


def _weights_in(folder: Path, variant: str | None) -> list[Path]:
    halves = sorted(folder.glob(f"*.{variant}*.safetensors")) if variant else []
    return halves or sorted(file for file in folder.glob("*.safetensors") if _is_plain(file))


def _missing_shards(folder: Path, variant: str | None) -> Iterator[str]:
    for listed in folder.glob("*.safetensors.index*.json"):
        if (variant is not None) != (variant is not None and variant in listed.name):
            continue
        for shard in sorted(set(_read_json(listed).get("weight_map", {}).values())):
            if not (folder / shard).is_file():
                yield shard


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise half_a_download(path.parent.name, path.name) from error


# ---- errors ---------------------------------------------------------------------------------------------


def not_there(model: str) -> Unsupported:
    said = shorten(model)
    pull = f"diptych models pull {said}" if hub.is_id(model) else "diptych models pull OWNER/NAME"
    return Unsupported(
        Bilingual(f"No model “{said}”: it is no folder or file, and not in the Hugging Face cache.",
                  f"没有模型“{said}”：它不是文件夹或文件，也不在 Hugging Face 缓存中。"),
        Bilingual(f"`{pull}` fetches one, `diptych models list` shows what is there.",
                  f"可用 `{pull}` 下载；`diptych models list` 列出已有的模型。"),
    )  # fmt: skip


def half_a_download(title: str, missing: str) -> BrokenWeights:
    return BrokenWeights(
        Bilingual(f"“{shorten(title)}” is not all there: {shorten(missing, 120)} is missing or cut short.",
                  f"“{shorten(title)}”不完整：{shorten(missing, 120)} 缺失或被截断。"),
        Bilingual("Fetch the rest with `diptych models pull NAME`; what is there already is kept. Or copy the folder "
                  "again.", "请用 `diptych models pull 名称` 下载其余部分（已下载的会保留），或重新复制该文件夹。"),
    )  # fmt: skip


def pickle_refused(model: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{shorten(model)}” has its weights as a pickle (.bin, .ckpt, .pt), which can run any program.",
                  f"“{shorten(model)}”的权重是 pickle 文件（.bin、.ckpt、.pt），它可以执行任意程序。"),
        Bilingual("Use the .safetensors version of the model; most models have one.",
                  "请使用该模型的 .safetensors 版本，大多数模型都有。"),
    )  # fmt: skip


def _foreign_code(title: str, part: str, library: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{shorten(title)}” wants code of its own for its part “{part}” ({shorten(library)}).",
                  f"“{shorten(title)}”的组件“{part}”需要自带代码（{shorten(library)}）。"),
        Bilingual("Only models made of parts of diffusers and transformers are loaded.",
                  "只加载由 diffusers 和 transformers 自身组件构成的模型。"),
    )  # fmt: skip


def _no_such_class(title: str, class_name: str, channels: int | None) -> Unsupported:
    said = class_name if class_name not in MODELS else f"{class_name}, in_channels={channels}"
    return Unsupported(
        Bilingual(f"“{shorten(title)}” is a model of class {shorten(said)}, which Diptych has no use for.",
                  f"“{shorten(title)}”是 {shorten(said)} 类模型，Diptych 无法使用。"),
        Bilingual(f"Give one of: {', '.join(sorted(MODELS))}.", f"可用的类有：{', '.join(sorted(MODELS))}。"),
    )  # fmt: skip


def _not_a_model(source: Source) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{source.folder}” is no model of diffusers: it has no {INDEX}.",
                  f"“{source.folder}”不是 diffusers 模型：没有 {INDEX}。"),
        Bilingual("Give the folder that `diptych models path NAME` prints, or one that `save_pretrained` has written.",
                  "请给出 `diptych models path 名称` 打印的文件夹，或由 `save_pretrained` 写出的文件夹。"),
    )  # fmt: skip


def _needs_config(file: Path, wanted: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{file.name}” holds weights alone; it goes with the configuration of {wanted}, which isn't there.",
                  f"“{file.name}”只有权重；它需要 {wanted} 的配置，而本机没有。"),
        Bilingual(f"`diptych models pull {wanted} --config-only` fetches it (a few MB); or write config=FOLDER.",
                  f"可用 `diptych models pull {wanted} --config-only` 下载（几 MB），或写 config=文件夹。"),
    )  # fmt: skip
