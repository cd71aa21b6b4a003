"""What is said about the change before: "a bit more", 撤销第二步，其余保留, "the other one", 左边的猫也一样.

Such words are no wish of their own: they mean something only after one. `turn_of` reads them; what they come to for a
document is in `language.revising`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from diptych.language.lexicon import lexicon, read_table
from diptych.language.numbers import USUAL_SHARE, share_said
from diptych.language.tokens import tokenize

Kind = Literal["undo_all", "undo_step", "undo", "redo", "undo_named", "other", "same", "less", "more"]
_KINDS: tuple[Kind, ...] = ("undo_all", "undo_step", "undo", "redo", "undo_named", "other", "same", "less", "more")
_MARKS = " \t\n.。!！?？~～…,，"
LONGEST = 120
"""Characters; what is longer is a wish of its own."""


@dataclass(frozen=True)
class Turn:
    """One such saying.

    number  which step or change, counted from 1; negative from the last
    steps   whether `number` counts steps, as the history lists them, or else changes, as they were said
    words   the thing ("the left cat") or the step ("crop") that is named; "" for none
    share   how much more or less, 0..1 of the full effect
    """

    kind: Kind
    number: int | None = None
    steps: bool = False
    words: str = ""
    share: float = USUAL_SHARE


def turn_of(said: str) -> Turn | None:
    """What is said about the change before; None for anything else."""
    if len(said) > LONGEST:
        return None
    bare = _without_politeness(" ".join(said.split()).strip(_MARKS).lower())
    for kind in _KINDS:
        found = next((match for pattern in _patterns(kind) if (match := pattern.fullmatch(bare))), None)
        if found is not None:
            return _turn(kind, found.groupdict(), bare)
    return None


def _turn(kind: Kind, parts: dict[str, str | None], bare: str) -> Turn | None:
    words, unit = (parts.get("words") or "").strip(_MARKS), parts.get("unit") or ""
    number = _number(parts["number"] or "") if parts.get("number") else None
    if parts.get("number") and number is None:
        return None
    steps = any(name in unit for names in read_table("turns.toml")["steps_called"].values() for name in names)
    return Turn(kind, number, steps, words, share_said(tokenize(bare)))


def _number(said: str) -> int | None:
    """ "2", "2nd", "second", 二, "last"."""
    digits = re.match(r"\d+", said)
    if digits:
        return int(digits.group()) or None
    if said in ("last", "最后一"):
        return -1
    known = lexicon()
    return known.ordinals.get(said) or known.numbers.get(said) or known.ordinals.get(f"第{said}")


def _without_politeness(said: str) -> str:
    words = read_table("turns.toml")["polite"]
    english, chinese = "|".join(words["en"]), "|".join(words["zh"])
    bare = re.sub(rf"^(?:(?:{english})\b[ ,]*|(?:{chinese})[，,]?)+", "", said)
    return re.sub(rf"(?:[ ,]*\b(?:{english})|[，,]?(?:{chinese}))+$", "", bare).strip(_MARKS)


@cache
def _patterns(kind: Kind) -> tuple[re.Pattern[str], ...]:
    table = read_table("turns.toml")
    known = lexicon()
    names = sorted({*known.ordinals, *known.numbers}, key=len, reverse=True)
    number = "|".join([r"\d+(?:st|nd|rd|th)?", "last", *map(re.escape, names)])
    patterns = []
    for language in ("en", "zh"):
        rest = "|".join(table["rest"][language])
        for pattern in table[kind][language]:
            whole = pattern.replace("{number}", f"(?:{number})").replace("{rest}", rest)
            patterns.append(re.compile(whole))
    return tuple(patterns)
