"""Pictures with words, made ready for training in steps that say what they left out and why: collect, clean, align."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import imagehash
import numpy as np
from PIL import Image

from diptych.core.decode import decode
from diptych.core.errors import Bilingual, InvalidPicture, Unsupported
from diptych.core.formats import SUFFIXES

SMALLEST = 32
"""Pixels of the shorter side below which a picture tells nothing."""
NEAR = 4
"""Bits, of the 64 of a perceptual hash, in which near-duplicates differ at most (pHash: DCT of an 8×8 thumbnail)."""
LEAST_ALIKE = 0.05
"""Share of the captions that `align` leaves out: those whose picture the model finds least like them."""
SIDE = 128
WORD = re.compile(r"[a-z]{2,}|[\u4e00-\u9fff]", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """A picture file and what is said of it."""

    path: Path
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Dropped:
    """What was left out: a file, a line or a caption, and why."""

    what: str
    why: Bilingual


@dataclass(frozen=True)
class Stage:
    """One step: how many pictures and captions went on, and what didn't."""

    name: str
    pictures: int
    captions: int
    dropped: tuple[Dropped, ...] = field(default=())

    def as_dict(self) -> dict[str, object]:
        listed = [{"what": one.what, "why": {"en": one.why.en, "zh": one.why.zh}} for one in self.dropped]
        return {"stage": self.name, "pictures": self.pictures, "captions": self.captions, "dropped": listed}


def stage(name: str, pairs: Sequence[Pair], dropped: Sequence[Dropped]) -> Stage:
    return Stage(name, len(pairs), sum(len(pair.captions) for pair in pairs), tuple(dropped))


# ---- collect -------------------------------------------------------------------------------------------------------


def collect(folder: Path) -> tuple[list[Pair], Stage]:
    """The pictures of a folder with their words.

    From `captions.jsonl`, lines {"image": "a.jpg", "captions": ["…", …]} or {"image": …, "caption": "…"}; without it
    from NAME.txt beside NAME.jpg, one caption a line; else a picture's words are the name of the folder it lies in
    (red_cars/3.jpg says "red cars"). Raises Unsupported where the folder isn't there or has no picture with words.
    """
    if not folder.is_dir():
        raise Unsupported(Bilingual(f"There is no folder {folder}.", f"没有文件夹 {folder}。"), WHAT_IS_NEEDED)
    listed = folder / "captions.jsonl"
    dropped: list[Dropped] = []
    pairs = list(_listed(listed, dropped) if listed.is_file() else _beside(folder, dropped))
    merged: dict[Path, tuple[str, ...]] = {}
    for pair in pairs:  # one line for each caption is as good as one for each picture
        merged[pair.path] = (*merged.get(pair.path, ()), *pair.captions)
    pairs = [Pair(path, captions) for path, captions in merged.items()]
    if not pairs:
        raise Unsupported(
            Bilingual(f"There are no pictures with words in {folder}.", f"{folder} 里没有配了文字的图片。"),
            WHAT_IS_NEEDED,
        )
    return pairs, stage("collect", pairs, dropped)


WHAT_IS_NEEDED = Bilingual(
    'Give a folder with captions.jsonl (lines like {"image": "a.jpg", "captions": ["a red car"]}), with a .txt beside '
    "each "
    "picture, or with one subfolder for each word.",
    '请给出一个文件夹：里面有 captions.jsonl（每行如 {"image": "a.jpg", "captions": ["一辆红车"]}），'
    "或每张图片旁有同名 .txt，或每个词一个子文件夹。",
)


def _listed(path: Path, dropped: list[Dropped]) -> Iterator[Pair]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            entry = json.loads(line)
            captions = entry.get("captions", entry.get("caption"))
            captions = [captions] if isinstance(captions, str) else captions
            image = str(entry["image"])
            if not isinstance(captions, list) or not all(isinstance(caption, str) for caption in captions):
                raise TypeError("captions must be sentences")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            dropped.append(
                Dropped(where, Bilingual(f"not a line of captions ({reason})", f"不是合格的描述行（{reason}）"))
            )
            continue
        picture = path.parent / image
        if not os.path.isfile(picture):
            dropped.append(Dropped(where, Bilingual(f"there is no {image}", f"没有 {image}")))
            continue
        yield Pair(picture, tuple(captions))


def _beside(folder: Path, dropped: list[Dropped]) -> Iterator[Pair]:
    for picture in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()):
        if any(part.startswith(".") for part in picture.relative_to(folder).parts):
            continue
        words = picture.with_suffix(".txt")
        if words.is_file():
            lines = words.read_text(encoding="utf-8-sig", errors="replace").splitlines()
            yield Pair(picture, tuple(line.strip() for line in lines if line.strip()))
        elif picture.parent != folder:
            yield Pair(picture, (re.sub(r"[_\-]+", " ", picture.parent.name).strip(),))
        else:
            why = Bilingual(
                "no words: no .txt beside it, and in no subfolder", "没有文字：旁边没有 .txt，也不在子文件夹里"
            )
            dropped.append(Dropped(picture.name, why))


# ---- clean ---------------------------------------------------------------------------------------------------------


def clean(pairs: Sequence[Pair]) -> tuple[list[Pair], np.ndarray, Stage]:
    """Without files that can't be read, tiny pictures, near-duplicates (the first stays) and captions without words.

    Returns the pairs, their pictures squeezed to N×128×128×3 uint8, and the report.
    """
    kept: list[Pair] = []
    pictures: list[np.ndarray] = []
    hashes = np.zeros((0, 64), bool)
    dropped: list[Dropped] = []
    for pair in pairs:
        spoken = tuple(caption for caption in pair.captions if WORD.search(caption))
        for caption in pair.captions:
            if caption not in spoken:
                why = Bilingual(f"a caption without words: {caption!r}", f"描述里没有词语：{caption!r}")
                dropped.append(Dropped(pair.path.name, why))
        try:
            picture = decode(pair.path.read_bytes(), name=pair.path.name)
        except (InvalidPicture, OSError) as error:
            why = error.problem if isinstance(error, InvalidPicture) else Bilingual(str(error), str(error))
            dropped.append(Dropped(pair.path.name, why))
            continue
        if min(picture.width, picture.height) < SMALLEST:
            size = f"{picture.width}×{picture.height}"
            why = Bilingual(f"too small: {size}, the least is {SMALLEST}", f"太小：{size}，至少要 {SMALLEST}")
            dropped.append(Dropped(pair.path.name, why))
            continue
        if not spoken:
            dropped.append(Dropped(pair.path.name, Bilingual("no caption is left", "没有剩下的描述")))
            continue
        small = squeezed(picture.rgb)
        own = imagehash.phash(Image.fromarray(small)).hash.ravel()
        twins = np.flatnonzero((hashes != own).sum(1) <= NEAR)
        if len(twins):
            first = kept[int(twins[0])].path.name
            dropped.append(Dropped(pair.path.name, Bilingual(f"nearly the same as {first}", f"与 {first} 几乎相同")))
            continue
        hashes = np.concatenate([hashes, own[None]])
        kept.append(replace(pair, captions=spoken))
        pictures.append(small)
    shown = np.stack(pictures) if pictures else np.zeros((0, SIDE, SIDE, 3), np.uint8)
    return kept, shown, stage("clean", kept, dropped)


def squeezed(rgb: np.ndarray) -> np.ndarray:
    """H×W×3 uint8 → 128×128×3 uint8, all of it: what lies at the sides may be what the words are about."""
    shrinks = min(rgb.shape[:2]) >= SIDE
    return np.asarray(cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


# ---- align ---------------------------------------------------------------------------------------------------------


def align(pairs: Sequence[Pair], alike: Sequence[np.ndarray], share: float = LEAST_ALIKE) -> tuple[list[Pair], Stage]:
    """Without the captions that are least like their pictures: the lowest `share` of all. `alike` are similarities, for
    each pair one for each caption, by a model that has seen every pair once; a picture that loses all its captions is
    dropped."""
    every = np.concatenate([np.asarray(values, float) for values in alike]) if alike else np.zeros(0)
    count = int(len(every) * share)
    if not count:
        return list(pairs), stage("align", pairs, ())
    line = float(np.sort(every)[count])
    kept: list[Pair] = []
    dropped: list[Dropped] = []
    for pair, values in zip(pairs, alike, strict=True):
        for caption, value in zip(pair.captions, values, strict=True):
            if value < line:
                why = Bilingual(
                    f"least alike ({value:.2f}, the line is {line:.2f}): {caption}",
                    f"最不相符（{value:.2f}，界线 {line:.2f}）：{caption}",
                )
                dropped.append(Dropped(pair.path.name, why))
        left = tuple(caption for caption, value in zip(pair.captions, values, strict=True) if value >= line)
        if left:
            kept.append(replace(pair, captions=left))
    return kept, stage("align", kept, dropped)
