"""Errors as people read them: targets and lists in them in the reader's language, candidates told apart by place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from diptych.core.errors import AmbiguousTarget, Bilingual, DiptychError, Language, TargetNotFound, Unsupported
from diptych.core.region import Region
from diptych.wording.labels import label, place

_QUOTED = re.compile(r"(?<=“)[^“”]+(?=”)")
_LIST = re.compile(r"(?<=：)[\x20-\x2b\x2d-\x7e]+(?:, [\x20-\x2b\x2d-\x7e]+)+")
_COUNTED = re.compile(r"(I count \d+: |数到 \d+ 个：)(.+)([.。])")
_LISTED = re.compile(r"^  (\d+)\. (.+) \((\d+), (\d+), (\d+), (\d+)\) [\d.]+$", re.M)


@contextmanager
def reworded() -> Iterator[None]:
    """Errors that quote a target leave it with that target said as people say it, in each language.

    The words of NotUnderstood are the user's own and stay.
    """
    try:
        yield
    except (TargetNotFound, AmbiguousTarget, Unsupported) as error:
        candidates = error.candidates if isinstance(error, AmbiguousTarget) else ()
        _reword(error, candidates)
        raise


def answer(words: str, language: Language) -> str:
    """The answer to a question; what was counted is said as people say it."""
    found = _COUNTED.fullmatch(words)
    return f"{found[1]}{label(found[2], language)}{found[3]}" if found else words


def _reword(error: DiptychError, candidates: Sequence[Region]) -> None:
    error.problem = Bilingual(_said(error.problem.en, "en", candidates), _said(error.problem.zh, "zh", candidates))
    error.remedy = Bilingual(_said(error.remedy.en, "en"), _said(error.remedy.zh, "zh"))
    if candidates:
        error.remedy = Bilingual(
            f"{error.remedy.en} They are numbered from the left; --show-regions draws them.",
            f"{error.remedy.zh}编号从左往右；加 --show-regions 可以画出来看。",
        )
    error.args = (f"{error.problem.en} {error.remedy.en}",)


def _said(text: str, language: Language, candidates: Sequence[Region] = ()) -> str:
    def listed(line: re.Match[str]) -> str:
        number, name, x0, y0, x1, y1 = line.groups()
        named = label(name, language)
        if int(number) > len(candidates):
            return f"  {number}. {named} {x0},{y0}–{x1},{y1}"
        where = place(candidates[int(number) - 1], language)
        return f"  {number}. {named}（{where}）{x0},{y0}–{x1},{y1}" if language == "zh" else (
            f"  {number}. {named} ({where}) {x0},{y0}–{x1},{y1}"
        )  # fmt: skip

    text = _QUOTED.sub(lambda quoted: label(quoted[0], language), text)
    if language == "zh":
        text = _LIST.sub(lambda names: "、".join(label(name.strip(), "zh") for name in names[0].split(", ")), text)
    return _LISTED.sub(listed, text)
