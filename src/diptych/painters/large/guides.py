"""What a large model can be guided by besides its own words: how well the picture fits them, by a picture-text model.

    guide=clip:FOLDER[:SCALE]   a CLIPModel of transformers, in a folder or in the Hugging Face cache
    guide=diptych[:SCALE]       the project's own dual encoder, which knows the Stickerbook best

SCALE is the inverse temperature: it turns a cosine into the logarithm of a chance. CLIP's own is 100.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.runtime import WEIGHTS

if TYPE_CHECKING:
    from torch import Tensor

SCALE = 100.0
"""The inverse temperature if none is said: what CLIP's was learned to be (arXiv 2103.00020, section 2.5)."""
LARGEST = 1e6
_OF_DIPTYCH = ("eye.safetensors", "dual_encoder.safetensors", "tokenizer.json")


@dataclass(frozen=True)
class GuideSaid:
    """What was asked for: `place` is CLIP's folder or id, "" for the project's own."""

    kind: Literal["clip", "diptych"]
    place: str
    scale: float


@dataclass(frozen=True)
class Guide:
    """A picture-text model. `encode`: pictures B×3×H×W in -1..1 → points B×D; `words`: a sentence → its point, D."""

    encode: Callable[[Tensor], Tensor]
    words: Callable[[str], Tensor]
    scale: float


def read_guide(said: str) -> GuideSaid:
    """ "clip:models/clip-vit-large:200" → a CLIP and its scale; a drive letter is no scale. Raises Unsupported."""
    found = re.fullmatch(r"(diptych)|(clip):(.+?)", _unscaled(said))
    scale = float(said[len(_unscaled(said)) + 1 :] or SCALE)
    if found is None or not 0 <= scale <= LARGEST:
        raise Unsupported(
            Bilingual(f"guide={shorten(said)} names no guide.", f"guide={shorten(said)} 不是可用的引导。"),
            Bilingual("Write guide=clip:FOLDER, guide=clip:FOLDER:SCALE, guide=diptych or guide=diptych:SCALE; the "
                      f"scale is {SCALE:g} if not said, at most {LARGEST:g}.",
                      "请写 guide=clip:文件夹、guide=clip:文件夹:强度、guide=diptych 或 guide=diptych:强度；"
                      f"强度默认为 {SCALE:g}，最大 {LARGEST:g}。"),
        )  # fmt: skip
    return GuideSaid("diptych" if found[1] else "clip", found[3] or "", scale)


def _unscaled(said: str) -> str:
    return re.sub(r":\d+(\.\d+)?$", "", said)


def named(said: str) -> str:
    """A guide for certificates: its kind, its folder's name, eight digits of its files' hash, its scale."""
    from diptych.painters.large.hashes import file_sha256

    asked = read_guide(said)
    if asked.kind == "diptych":
        files, name = [WEIGHTS / file for file in _OF_DIPTYCH], "diptych"
    else:
        folder = find_clip(asked.place)
        files, name = _files_of(folder), f"clip {folder.name}"
    return f"guide {name} {_short(''.join(file_sha256(file) for file in files))}×{asked.scale:g}"


def _files_of(folder: Path) -> list[Path]:
    """All that decides what it says: weights, configuration, tokenizer; sorted."""
    return sorted(file for file in folder.glob("*.*") if file.suffix in (".safetensors", ".json", ".txt"))


def _short(digests: str) -> str:
    import hashlib

    return hashlib.sha256(digests.encode()).hexdigest()[:8]


def find_clip(said: str) -> Path:
    """The folder of a CLIP. Raises Unsupported for what is none, BrokenWeights for half a download."""
    from diptych.painters.large import hub
    from diptych.painters.large.sources import check_length, half_a_download, not_there, pickle_refused

    place = Path(said).expanduser()
    if not place.is_dir():
        found = hub.find(said)
        if found is None:
            raise not_there(said)
        place = found.folder
    if not (place / "config.json").is_file():
        raise _no_clip(said, "config.json")
    kind = json.loads((place / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "clip":
        raise _no_clip(said, f"model_type: {kind}")
    weights = sorted(place.glob("*.safetensors"))
    if not weights:
        if any(place.glob("*.bin")):
            raise pickle_refused(said)
        raise half_a_download(said, "model.safetensors")
    for file in weights:
        check_length(file, said)
    return place


def open_guide(said: str, device: str = "cpu") -> Guide:
    """The guide, in float32 on `device`. Raises Unsupported, BrokenWeights."""
    asked = read_guide(said)
    return _own(asked.scale, device) if asked.kind == "diptych" else _clip(asked, device)


def _own(scale: float, device: str) -> Guide:
    from diptych.models.stored import load_dual_encoder

    stored = load_dual_encoder(WEIGHTS)
    stored.dual.to(device)
    return Guide(stored.encode, stored.words, scale)


def _clip(asked: GuideSaid, device: str) -> Guide:
    import torch
    from transformers import AutoTokenizer, CLIPModel

    from diptych.models.similarity import CLIP_MEAN, CLIP_STD, clip_encoder, pooled

    folder = find_clip(asked.place)
    model: Any = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    model.requires_grad_(False).eval().to(device)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    seen = _read(folder / "preprocessor_config.json")
    side = int(model.config.vision_config.image_size)
    encode = clip_encoder(
        lambda pictures: model.get_image_features(pixel_values=pictures), side,
        seen.get("image_mean", CLIP_MEAN), seen.get("image_std", CLIP_STD),
    )  # fmt: skip

    @torch.no_grad()
    def words(sentence: str) -> Tensor:
        longest = int(model.config.text_config.max_position_embeddings)
        tokens = tokenizer(sentence, truncation=True, max_length=longest, return_tensors="pt").to(device)
        point: Tensor = pooled(model.get_text_features(**tokens))[0]
        return point

    return Guide(encode, words, asked.scale)


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _no_clip(said: str, why: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{shorten(said)}” is no CLIP of transformers ({shorten(why)}).",
                  f"“{shorten(said)}”不是 transformers 的 CLIP 模型（{shorten(why)}）。"),
        Bilingual("Give the folder or cached id of a CLIPModel, such as openai/clip-vit-large-patch14.",
                  "请给出 CLIPModel 的文件夹或缓存中的名称，例如 openai/clip-vit-large-patch14。"),
    )  # fmt: skip
