"""The one tree of errors, and the pair of sentences (English, Chinese) each of them carries.

Every error says what went wrong with the value that caused it, and what to do about it. Surfaces
choose the language; nothing below them prints. `exit_code` is what the command line returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from diptych.core.region import Region

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Bilingual:
    """One message in both languages; `say` picks one."""

    en: str
    zh: str

    def say(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        return self.en


def shorten(value: object, limit: int = 80) -> str:
    """A value as it is quoted in a message: one line, at most `limit` characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


class DiptychError(Exception):
    """Root of the tree. `problem` quotes the value, `remedy` says what to do about it."""

    exit_code = 1

    def __init__(self, problem: Bilingual, remedy: Bilingual) -> None:
        super().__init__(f"{problem.en} {remedy.en}")
        self.problem = problem
        self.remedy = remedy

    def say(self, language: Language) -> str:
        return f"{self.problem.say(language)} {self.remedy.say(language)}"


class InvalidPicture(DiptychError):
    """The file or the bytes can't be used as a picture (unreadable, empty, too large, not a picture)."""

    exit_code = 3


class SaveFailed(DiptychError):
    """The result could not be written. What was there before is untouched."""

    exit_code = 4


class NotUnderstood(DiptychError):
    """No plan could be made of the words. `words` are the ones that were not understood; `readings` are what they may
    have meant, said plainly in the language of the instruction, the likeliest first."""

    exit_code = 5

    def __init__(
        self, problem: Bilingual, remedy: Bilingual, words: Sequence[str] = (), readings: Sequence[str] = ()
    ) -> None:
        super().__init__(problem, remedy)
        self.words = tuple(words)
        self.readings = tuple(readings)


class InvalidPlan(DiptychError):
    """A plan (usually JSON) that doesn't follow the schema."""

    exit_code = 6


class TargetNotFound(DiptychError):
    """Nothing in the picture matches the target."""

    exit_code = 7


class AmbiguousTarget(DiptychError):
    """Several regions match the target equally well; `candidates` are they, numbered from the left."""

    exit_code = 8

    def __init__(self, problem: Bilingual, remedy: Bilingual, candidates: Sequence[Region] = ()) -> None:
        super().__init__(problem, remedy)
        self.candidates = tuple(candidates)


class Unsupported(DiptychError):
    """The wish is understood, but no engine that is present can do it."""

    exit_code = 9


class MissingExtra(Unsupported):
    """The engine exists but its optional dependency is not installed; the remedy is the install line."""

    def __init__(self, extra: str, needed_for: Bilingual) -> None:
        line = f"pip install 'diptych[{extra}]'"
        super().__init__(
            Bilingual(
                f"{needed_for.en} needs the optional extra '{extra}', which is not installed.",
                f"{needed_for.zh}需要可选组件“{extra}”，目前没有安装。",
            ),
            Bilingual(f"Install it with: {line}", f"请运行：{line}"),
        )
        self.extra = extra


class NoFont(Unsupported):
    """No font on this system has the glyphs that the text needs."""


class BrokenWeights(Unsupported):
    """A file of a model's weights is missing, or is not what its manifest says."""


class NotVerified(DiptychError):
    """A result whose bytes are not what its record re-renders to, or that carries no usable record."""

    exit_code = 10


class HistoryError(DiptychError):
    """An undo, redo, step or branch that the history doesn't have."""

    exit_code = 11
