"""Single names in both languages: nouns, attributes, colours, places and styles, out of the lexicon."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from diptych.core.errors import Language
from diptych.language.lexicon import read_table
from diptych.world.vocabulary import nouns

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NOUN_TABLES = ("things.toml", "styles.toml")


@cache
def label_table() -> dict[str, Any]:
    """labels.toml: names of regions, and patterns of labels."""
    table: dict[str, Any] = tomllib.loads(files("diptych.wording").joinpath("labels.toml").read_text(encoding="utf-8"))
    return table


@cache
def chinese_nouns() -> dict[str, str]:
    """Canonical English noun or style → its first Chinese form, unless labels.toml has a better one; and the
    Stickerbook's."""
    named: dict[str, str] = dict(label_table()["names"])
    for table in NOUN_TABLES:
        for name, entry in _entries(read_table(table)):
            if entry.get("zh"):
                named.setdefault(name, entry["zh"][0])
    for noun in nouns().values():
        named.setdefault(noun.en, noun.zh)
    return named


@cache
def chinese_attributes() -> dict[str, str]:
    return {name: entry["zh"][0] for name, entry in _entries(read_table("attributes.toml")) if entry.get("zh")}


@cache
def places() -> dict[str, str]:
    """Canonical place → its first Chinese form."""
    return {name: entry["zh"][0] for name, entry in read_table("places.toml").items()}


@cache
def _colors() -> dict[str, tuple[str, str]]:
    """#rrggbb → (English name, Chinese name); of several names for one value the first, which is the plainest."""
    named: dict[str, tuple[str, str]] = {}
    for name, entry in read_table("colors.toml").items():
        if "hex" in entry:
            chinese = [form for form in entry["zh"] if form.endswith("色")] or entry["zh"] or [name]
            named.setdefault(entry["hex"], (name, chinese[0]))
    return named


def color(value: str, language: Language) -> str:
    """The name of `#rrggbb`, or the value itself when it has none."""
    english, chinese = _colors().get(value, (value, value))
    return chinese if language == "zh" else english


def color_of_name(name: str) -> str | None:
    """The Chinese name of a colour by its English one."""
    return next((chinese for english, chinese in _colors().values() if english == name), None)


def _entries(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Entries whether they stand at the top or grouped under headings."""
    for name, entry in table.items():
        if "zh" in entry or "en" in entry:
            yield name, entry
        else:
            yield from entry.items()
