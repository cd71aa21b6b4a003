"""Which things some words name, and which words nobody knows: names are matched longest first, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from diptych.world.vocabulary import (
    ENGLISH_WORD,
    LANGUAGES,
    chinese_names,
    english_names,
    nouns,
    read_table,
)
from diptych.world.words import table

CHINESE = "[\u4e00-\u9fff]|[Tt](?=恤)"
"""A character of a Chinese word; T恤 is one of them."""
CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Mention:
    """A noun that was named, how it was said, and where in the text (characters `start` to `end`)."""

    noun: str
    said: str
    start: int
    end: int


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value
    return [text for child in children for text in _strings(child)]


@cache
def other_words(language: str) -> frozenset[str]:
    """Every word (English) or run of characters (Chinese) that the Stickerbook says besides nouns, and common ones of
    wishes (words.toml, `also`)."""
    texts = [
        re.sub(r"\{\w+\}", " ", text)
        for text in (*_strings(table(language)), *read_table("words.toml")["also"][language])
    ]
    if language == "en":
        return frozenset(word.lower() for text in texts for word in ENGLISH_WORD.findall(text))
    measures = {noun.measure for noun in nouns().values()}
    return frozenset(run for text in texts for run in CHINESE_RUN.findall(text)) | measures


def scan(text: str) -> tuple[list[Mention], list[str]]:
    """The nouns that `text` names, in order, and the words that are neither names nor known otherwise."""
    mentions: list[Mention] = []
    unknown: list[str] = []
    for run in re.finditer(rf"(?:{CHINESE})+|(?:(?!{CHINESE}).)+", without_backgrounds(text), re.DOTALL):
        read = scan_chinese if CHINESE_RUN.search(run.group()) else scan_english
        read(run.group(), run.start(), mentions, unknown)
    return mentions, unknown


def scan_english(run: str, offset: int, mentions: list[Mention], unknown: list[str]) -> None:
    found = list(ENGLISH_WORD.finditer(run))
    words = [word.group().lower() for word in found]
    names, others = english_names(), other_words("en")
    longest = max(len(name) for name in names)
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            name = tuple(words[at : at + length])
            if name in names:
                start, end = found[at].start(), found[at + length - 1].end()
                mentions.append(Mention(names[name], " ".join(name), offset + start, offset + end))
                at += length
                break
        else:
            word = words[at]
            if word not in others and not word.isdigit() and word not in NUMBER_WORDS:
                unknown.append(word)
            at += 1


def scan_chinese(run: str, offset: int, mentions: list[Mention], unknown: list[str]) -> None:
    """Cut `run` into known pieces: as few characters left over as possible, then as few pieces (a shortest path)."""
    names, others = chinese_names(), other_words("zh")
    longest = max(len(name) for name in (*names, *others))
    run = run.upper()  # T恤
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    for end in range(1, len(run) + 1):
        options = [(best[end - 1][0] + 1, best[end - 1][1] + 1, end - 1)]
        for start in range(max(0, end - longest), end):
            piece = run[start:end]
            if piece in names or piece in others or piece in CHINESE_NUMBERS:
                options.append((best[start][0], best[start][1] + 1, start))
        best.append(min(options))
    pieces, end = [], len(run)
    while end:
        start = best[end][2]
        pieces.append(run[start:end])
        end = start
    left, at = "", offset
    for piece in [*reversed(pieces), ""]:
        at += len(piece)
        known = piece in names or piece in others or piece in CHINESE_NUMBERS
        if piece and not known:
            left += piece
            continue
        if left:
            unknown.append(left)
            left = ""
        if piece in names:
            mentions.append(Mention(names[piece], piece, at - len(piece), at))


NUMBER_WORDS = {
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "thousand": 1000, "million": 1_000_000,
}  # fmt: skip
CHINESE_NUMBERS = {"六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "百": 100, "千": 1000, "万": 10_000}


def language_of(text: str) -> str:
    """ "zh" as soon as there is a Chinese word."""
    return "zh" if CHINESE_RUN.search(text) else "en"


def without_names(text: str, mentions: Sequence[Mention]) -> str:
    """`text` without the nouns that it names: 八爪鱼 is an octopus, not eight of something."""
    for mention in mentions:
        text = text.replace(mention.said, " ")
    return text


def without_backgrounds(text: str) -> str:
    """`text` with the phrases of places, times and weather blanked out, its length kept."""
    phrases = [
        way
        for language in LANGUAGES
        for section in ("places", "times", "weathers")
        for ways in table(language)[section].values()
        for way in ways
    ]
    pattern = "|".join(bounded(way) for way in sorted(phrases, key=len, reverse=True))
    return re.sub(pattern, lambda match: " " * len(match.group()), text, flags=re.IGNORECASE)


def bounded(word: str) -> str:
    """A pattern for `word` alone, not inside of another."""
    # \b would see no edge between a digit and a Chinese character.
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)
