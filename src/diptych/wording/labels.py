"""Phrases that come as text, in both languages: labels of regions, and targets quoted in messages.

They are canonical English (`Target.describe`, and what finders call their regions), so that a short list of patterns
reads them. What it can't read stays as it is: lettering that was found says what it says.
"""

from __future__ import annotations

import re
from functools import cache

from diptych.core.errors import Language
from diptych.core.region import Region
from diptych.wording import names
from diptych.wording.phrases import chinese_attribute, chinese_relation

_HEX = re.compile(r"#[0-9a-f]{6}\b")
_LETTERS = re.compile(r"[A-Za-z]")
_RELATION = re.compile(
    r"(.+?) (of|on|in|with|behind|in front of|above|below|beside|left of|right of|around|between|near|from|to|except)"
    r" (.+)"
)


def label(text: str, language: Language) -> str:
    """A region's label or a described target, with colours by name, and in Chinese throughout."""
    if language == "zh":
        return _chinese(text) or _HEX.sub(lambda found: names.color(found[0], "zh"), text)
    return _HEX.sub(lambda found: names.color(found[0], "en"), text)


def place(region: Region, language: Language) -> str:
    """Where it lies in its frame and how much of that it covers: "top left, 3 %", 左上角，3%."""
    x0, y0, x1, y1 = region.box
    column = ("left", "", "right")[min(2, 3 * (x0 + x1) // (2 * region.width))]
    row = ("top", "", "bottom")[min(2, 3 * (y0 + y1) // (2 * region.height))]
    name = f"{row} {column}".strip() or "center"
    share = f"{100 * region.area:.2g}"
    return f"{names.places()[name]}，占 {share}%" if language == "zh" else f"{name}, {share} % of the picture"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(entry["match"]), entry["zh"]) for entry in names.label_table()["labels"])


def _chinese(text: str) -> str | None:
    """None where a part of it is unknown. An empty text has no words to know."""
    single = _name(text)
    if single is not None:
        return single
    for pattern, template in _patterns():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        # A group that is called "text" is quoted lettering, and stays as it is.
        parts = [
            group if found.re.groupindex.get("text") == number else _chinese(group)
            for number, group in enumerate(found.groups(), 1)
        ]
        if None not in parts:
            return template.format(*parts)
    return _related(text) or _qualified(text)


def _name(text: str) -> str | None:
    if _HEX.fullmatch(text):
        return names.color(text, "zh")
    if not _LETTERS.search(text):  # a number, or words that are Chinese already
        return text
    return names.chinese_nouns().get(text) or names.places().get(text) or names.color_of_name(text)


def _related(text: str) -> str | None:
    """ "cup on the table" → 桌子上的杯子: the first relation whose sides are both known."""
    found = _RELATION.fullmatch(text)
    if found is None:
        return None
    thing, anchor = _chinese(found[1]), _chinese(found[3])
    return f"{chinese_relation(found[2], anchor)}{thing}" if thing and anchor else None


def _qualified(text: str) -> str | None:
    """ "2 big #ff0000 dog" → 2 个大红色狗: what stands before a noun, word by word."""
    head, _, rest = text.partition(" ")
    # Attributes of two words ("fourth of july") come first.
    for words in (2, 1):
        parts = text.split(" ", words)
        attribute = " ".join(parts[:words])
        if len(parts) > words and attribute in names.chinese_attributes():
            noun = _chinese(parts[words])
            return noun and f"{chinese_attribute(attribute)}{noun}"
    if not rest:
        return names.chinese_attributes().get(text)
    noun = _chinese(rest)
    if noun is None:
        return None
    if head.isdecimal():
        return f"{head} 个{noun}"
    color = names.color(head, "zh") if _HEX.fullmatch(head) else names.color_of_name(head)
    return color and f"{color}{noun}"
