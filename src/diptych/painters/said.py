"""What words say for certain about the things they name: enough to check a layout, and to see contradictions.

No grammar: it is silent where it isn't sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from diptych.painters.mentions import Mention, bounded, language_of, without_backgrounds
from diptych.world.vocabulary import COLORS, INDOORS, LANGUAGES
from diptych.world.wish import GroupWish, Wish
from diptych.world.words import table

OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


def plainly_said(text: str, mentions: Sequence[Mention]) -> Wish:
    """What the words around each noun say for certain: its number, colour and size, and how two things stand.

    Words of backgrounds are passed over ("a green field" makes nothing green), and "the cat" is one named before.
    """
    language = language_of(text)
    bare = without_backgrounds(text)
    groups: list[GroupWish] = []
    before = 0
    for mention in mentions:
        near = bare[before : mention.start].lower()
        before = mention.end
        if re.search(r"\bthe\b[^,]*$", near) and any(group.noun == mention.noun for group in groups):
            continue
        color, size = _last(near, in_both("colors")), _last(near, in_both("sizes"))
        if tail := tail_pattern().match(bare, mention.end):  # "a cat that is purple"
            color = _last(tail.group().lower(), in_both("colors"))
            bare = bare[: tail.start()] + " " * len(tail.group()) + bare[tail.end() :]
        groups.append(GroupWish(mention.noun, _number(near), color, size))
    relation, between, row = None, False, False
    if len(mentions) == len(groups) >= 2 and len({group.noun for group in groups}) == len(groups):
        order = _between(bare, mentions, language)
        if order is not None:
            groups, between = [groups[index] for index in order], True
        else:
            relation = _relation(bare, mentions[0], mentions[1], language)
    if relation is None and not between and len(mentions) == len(groups):
        row = len(groups) == 1 and groups[0].count > 1 and _in_a_row(bare, language)
        spots = [_spot(bare, mentions, index, language) for index in range(len(mentions))]
        groups = [replace(group, spot=spot) for group, spot in zip(groups, spots, strict=True)]
    place, time, weather = background_said(text)
    return Wish(tuple(groups), relation=relation, between=between, row=row, place=place, time=time, weather=weather)


def _between(text: str, mentions: Sequence[Mention], language: str) -> tuple[int, int, int] | None:
    """Which of the first three mentions stands between the other two (first), where the words say that one does."""
    if len(mentions) != 3:
        return None
    gaps = [text[a.end : b.start] for a, b in pairwise(mentions)]
    after = text[mentions[2].end :]
    if language == "en":
        return (0, 1, 2) if re.fullmatch(r"\s+(?:in )?between\s+.*", gaps[0].lower()) else None
    if gaps[0].startswith("在") and re.match("的?(?:之间|中间)", after):
        return 0, 1, 2
    return (2, 0, 1) if re.match("的?(?:之间|中间)[有是]", gaps[1]) else None


def _in_a_row(text: str, language: str) -> bool:
    ways = [way.replace("{things}", "").strip() for way in table(language)["row"]]
    return any(way in text.lower() for way in ways)


def _spot(text: str, mentions: Sequence[Mention], index: int, language: str) -> str | None:
    """Where a thing is said to stand: "a cat in the top left", 左上角有一只猫, 一只猫在左上角."""
    ways = {way: spot for spot, said in table(language)["spots"].items() for way in said}
    pattern = "|".join(re.escape(way) for way in sorted(ways, key=len, reverse=True))
    mention = mentions[index]
    start = mentions[index - 1].end if index else 0
    end = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
    after = text[mention.end : end].lower()
    if language == "en":
        found = re.match(rf"\s+({pattern})(?!\s+of\b)(?![\w-])", after)
        return ways[found.group(1)] if found else None
    if found := re.match(rf"在({pattern})(?!的?[有是])", after):
        return ways[found.group(1)]
    near = text[start : mention.start]
    found = next(reversed(list(re.finditer(rf"({pattern})[有是]", near))), None)
    if found is None or (index and near[: found.start()].strip("的 ") == ""):  # 猫的左边有: a relation, no place
        return None
    return ways[found.group(1)]


def background_said(text: str) -> tuple[str | None, str | None, str | None]:
    """The place, time of day and weather that are named; None where none is."""
    found: list[str | None] = []
    left = text.lower()
    for sections in (("places",), ("times",), ("weathers", "weathers_of_a_time")):
        ways = {
            way: key
            for language in LANGUAGES
            for section in sections
            for key, said in table(language)[section].items()
            for way in said
            if section != "weathers_of_a_time" or language == "zh" or f"{way} " in left
        }
        pattern = "|".join(bounded(way) for way in sorted(ways, key=len, reverse=True))
        match = re.search(pattern, left)
        found.append(ways[match.group()] if match else None)
        if match:
            left = left[: match.start()] + " " * len(match.group()) + left[match.end() :]
    place, time, weather = found
    if place in INDOORS:
        time = weather = None
    return place, time, weather


def contradicts(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether places are said that can't all be: a cat left and right of a dog, a star at the top and the bottom."""
    language = language_of(text)
    bare = without_backgrounds(text)
    stated: set[tuple[str, str, str]] = set()
    for one, other in pairwise(mentions):
        relation = _relation(bare, one, other, language)
        if relation is not None and one.noun != other.noun:
            stated.add((one.noun, relation, other.noun))
            stated.add((other.noun, OPPOSITE[relation], one.noun))
    clash = any((a, OPPOSITE[relation], b) in stated for a, relation, b in stated)
    spots = table(language)["spots"]
    for index, mention in enumerate(mentions):
        around = bare[mention.end :].lower()
        if index + 1 < len(mentions):  # 星星在上方，下面有一只猫: what follows the comma is of the cat
            around = re.split("[,;，；。]", bare[mention.end : mentions[index + 1].start].lower())[0]
        held = {key for key in ("left", "right", "top", "bottom") if any(way in around for way in spots[key])}
        clash = clash or {"left", "right"} <= held or {"top", "bottom"} <= held
    return clash


@cache
def tail_pattern() -> re.Pattern[str]:
    """A colour said after its thing: "a cat that is purple", "a hat in red"."""
    colors = "|".join(way for color in COLORS for way in table("en")["colors"][color])
    return re.compile(rf"\s+(?:that (?:is|are)|in) (?:{colors})\b", re.IGNORECASE)


def _last(near: str, names: dict[str, list[str]]) -> str | None:
    """The key whose word stands last in `near`; a longer word hides the shorter ones in it (粉红色 is no 红色)."""
    ways = {way.rstrip("的"): key for key, said in names.items() for way in said}
    found = re.findall("|".join(bounded(way) for way in sorted(ways, key=len, reverse=True)), near)
    return ways[found[-1]] if found else None


def in_both(section: str) -> dict[str, list[str]]:
    """A table's words in both languages: who mixes them is understood too."""
    return {
        key: [way for language in LANGUAGES for way in table(language)[section][key]] for key in table("en")[section]
    }


def _number(near: str) -> int:
    """The number that stands last in `near`, in either language; 1 where none does."""
    last, number = -1, 1
    for language in LANGUAGES:
        ways = {way: count for count, said in enumerate(table(language)["numbers"]) if count for way in said}
        pattern = "|".join(bounded(way) for way in sorted(ways, key=len, reverse=True))
        start = 0 if language == "en" else max(0, len(near) - 12)
        for found in re.finditer(pattern, near[start:]):
            if start + found.start() > last:
                last, number = start + found.start(), ways[found.group()]
    return number


def _relation(text: str, one: Mention, other: Mention, language: str) -> str | None:
    """How `one` stands to the `other` after it, where the words between them (or, in Chinese, after both) say it."""
    between, after = text[one.end : other.start], text[other.end :]
    said = table(language)["relation_names"]
    if language == "en":
        return next((key for key, ways in said.items() if any(re.search(bounded(way), between) for way in ways)), None)
    for key, ways in said.items():
        if between.startswith("在") and re.match(rf"的?(?:{'|'.join(ways)})", after):
            return key
        if re.match(rf"的?(?:{'|'.join(ways)})[有是]", between):
            return OPPOSITE[key]
    return None
