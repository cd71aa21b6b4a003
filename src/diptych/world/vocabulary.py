"""What the Stickerbook can name: nouns, colours, sizes, backgrounds, places; read once from the data files.

Everything here is plain data without pictures: using the models needs the names, not the font.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LANGUAGES = ("en", "zh")

ENGLISH_WORD = re.compile(r"[a-z]+(?:[-'’][a-z]+)*|\d+", re.IGNORECASE)

# The order is part of the weights: tokens are numbered by it. Append only.
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white")
SIZES = ("small", "medium", "big")
PLACES = (
    "plain",
    "meadow",
    "beach",
    "sea",
    "desert",
    "snowfield",
    "mountains",
    "forest",
    "city",
    "road",
    "room",
    "space",
)
TIMES = ("day", "sunset", "night")
WEATHERS = ("clear", "rain", "snow", "fog")
INDOORS = ("room", "space")
"""Places without a time of day or weather."""

SPOTS = ("left", "right", "top", "bottom", "middle", "top left", "top right", "bottom left", "bottom right")
RELATIONS = ("left of", "right of", "above", "below")
MAX_COUNT = 5
MAX_THINGS = 6


@dataclass(frozen=True)
class Noun:
    """A thing that has a sticker.

    `own` is the palette colour that its natural look already has (a strawberry's is red), or None. Colouring it so
    would change nothing that one could see, so the two count as the same.
    """

    id: str
    emoji: str
    en: str
    plural: str
    zh: str
    measure: str
    also_en: tuple[tuple[str, str], ...]
    also_zh: tuple[str, ...]
    core: bool
    own: str | None
    row: int
    """Where it stands in the data file, whose neighbours are of one kind."""


def read_table(name: str) -> dict[str, Any]:
    """A TOML file of this room, as a dict."""
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


@cache
def nouns() -> dict[str, Noun]:
    """All nouns by id, the core ones first, each kind in the order of the file."""
    own = read_table("own_colors.toml")
    entries = read_table("nouns.toml")["noun"]
    every = [
        Noun(
            id=entry["id"],
            emoji=entry["emoji"],
            en=entry["en"],
            plural=entry["plural"],
            zh=entry["zh"],
            measure=entry["measure"],
            also_en=tuple((one, many) for one, many in entry.get("also_en", ())),
            also_zh=tuple(entry.get("also_zh", ())),
            core=entry.get("core", False),
            own=own.get(entry["id"]),
            row=row,
        )
        for row, entry in enumerate(entries)
    ]
    return {noun.id: noun for noun in sorted(every, key=lambda noun: not noun.core)}


@cache
def core_nouns() -> tuple[str, ...]:
    """The ids of the nouns that the CPU-trained weights know."""
    return tuple(noun.id for noun in nouns().values() if noun.core)


@cache
def english_names() -> dict[tuple[str, ...], str]:
    """Each English form of each noun, as words → the noun's id."""
    names: dict[tuple[str, ...], str] = {}
    for noun in nouns().values():
        for one, many in ((noun.en, noun.plural), *noun.also_en):
            for form in (one, many):
                names[tuple(word.lower() for word in ENGLISH_WORD.findall(form))] = noun.id
    return names


@cache
def chinese_names() -> dict[str, str]:
    return {form: noun.id for noun in nouns().values() for form in (noun.zh, *noun.also_zh)}


@cache
def noun_called(name: str) -> str | None:
    """The id of the noun that has this name, or that the lexicon of photo requests calls so; None for none."""
    english = english_names().get(tuple(name.lower().split()))
    return english or chinese_names().get(name) or read_table("nouns.toml")["called"].get(name)
