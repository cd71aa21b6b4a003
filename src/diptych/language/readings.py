"""Readings: what a clause may mean, said plainly in words that the grammar knows (lexicon/readings.toml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from diptych.core.errors import Language
from diptych.language.lexicon import read_table

Direction = Literal["up", "down"]
SLOTS = ("target", "value", "color", "text", "place", "amount", "except")
"""What a stretch of a clause can be. `except` is what stays as it is."""
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_EXCEPT: dict[Language, str] = {"en": " except {except}", "zh": "，{except}除外"}
_UNSAID = "…"


@dataclass(frozen=True)
class Reading:
    """One thing that a clause may ask for.

    kind        of operation ("brightness")
    direction   up, down, or None where it says neither or has none
    slots       the words said for each of SLOTS, as they were said
    """

    kind: str
    direction: Direction | None = None
    slots: Mapping[str, str] = field(default_factory=dict)

    def say(self, language: Language) -> str:
        """The plain sentence; … stands for what it needs and nobody said."""
        form = _form(self.kind, self.direction)[language]
        if "except" in self.slots:
            form += _EXCEPT[language]
        return " ".join(_SLOT.sub(self._said, _OPTIONAL.sub(self._optional, form)).split())

    def is_whole(self, language: Language) -> bool:
        """Whether nothing that it needs is missing."""
        return _UNSAID not in self.say(language)

    def _optional(self, part: re.Match[str]) -> str:
        said, _, otherwise = part[1].partition("|")
        return said if all(name in self.slots for name in _SLOT.findall(said)) else otherwise

    def _said(self, slot: re.Match[str]) -> str:
        return self.slots.get(slot[1], _UNSAID)


def kinds() -> tuple[str, ...]:
    """The kinds of operations that can be read, in the order of the table."""
    return tuple(_table())


def has_directions(kind: str) -> bool:
    return {"up", "down"} <= _table()[kind].keys()


def _form(kind: str, direction: Direction | None) -> dict[Language, str]:
    """The sentence of that direction, or else the plain one, or else the only one there is."""
    forms = _table()[kind]
    return next(forms[name] for name in (direction or "plain", "plain", "up", "down") if name in forms)


@cache
def _table() -> dict[str, dict[str, dict[Language, str]]]:
    """Kind → "plain", "up" and "down", those that it has → the sentence in each language."""
    table = read_table("readings.toml")
    return {
        kind: {name: forms[name] for name in ("up", "down") if name in forms}
        | ({"plain": {language: forms[language] for language in ("en", "zh")}} if "en" in forms else {})
        for kind, forms in table.items()
    }
