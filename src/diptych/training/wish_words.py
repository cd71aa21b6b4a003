"""The words that fill the sentences of wishes.toml: things, places, colours and amounts of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from diptych.core.errors import Language
from diptych.language.lexicon import read_table
from diptych.language.readings import SLOTS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SLOT = re.compile(r"\{(\w+)\}")
_WHOLE: dict[Language, tuple[str, ...]] = {
    "en": ("it", "this", "the photo", "the picture", "the image", "this pic", "the whole picture", "everything"),
    "zh": ("照片", "图片", "整张图", "画面", "整体", "这张图", "图"),
}
_PRONOUNS: dict[Language, tuple[str, ...]] = {
    "en": ("him", "her", "them", "me", "us", "that", "those"),
    "zh": ("他", "她", "它", "他们", "我", "我们", "那个"),
}
_DETERMINERS: dict[Language, tuple[str, ...]] = {
    "en": ("the ", "the ", "the ", "the ", "this ", "that ", "my ", "his ", "her ", "all the ", "those ", "",
           "the two ", "our "),
    "zh": ("", "", "", "", "那个", "这个", "他的", "她的", "我的", "所有", "那些", "这只", "两个"),
}  # fmt: skip
_SOME: dict[Language, tuple[str, ...]] = {
    "en": ("a ", "a ", "a ", "some ", "an ", "another ", "two ", "", "", "lots of ", "a bunch of ", "three "),
    "zh": ("", "", "一个", "一只", "一些", "两个", "一片", "一把", "几个", "很多"),
}
_ABOUT_ALL = 0.35
"""How often a quality is of the whole picture."""
_TURNS = {"en": ("to the left", "to the right", "clockwise", "counterclockwise", "left", "right", "ccw"),
          "zh": ("向左", "向右", "顺时针", "逆时针", "往左", "往右边")}  # fmt: skip
_WAYS = {"en": ("to the left", "to the right", "up", "down", "higher", "lower", "to the center", "to the top",
                "closer", "to the other side", "further back", "a little left"),
         "zh": ("往左", "往右", "到左边", "到中间", "往上", "往下", "到右下角", "到前面", "到另一边")}  # fmt: skip
_TEXTS = ("SALE", "Happy Birthday", "2024", "Hello World", "I love you", "OPEN", "Best Dad Ever", "Summer", "NO",
          "Merry Christmas", "John", "Paris", "生日快乐", "新年好", "开业大吉", "福", "晚安", "全场五折")  # fmt: skip
_QUOTES: dict[Language, tuple[str, ...]] = {
    "en": ('"{}"', "'{}'", "{}", "“{}”"),
    "zh": ("“{}”", "「{}」", "{}", '"{}"'),
}
_WHOLE_OR_NOT = frozenset(
    {"brightness", "contrast", "saturation", "warmth", "sharpness", "tint", "blur", "denoise", "grayscale", "invert"}
    | {"restyle", "crop", "rotate", "straighten", "flip", "warp", "restore", "auto_enhance"}
)
"""Kinds that are asked of the whole picture as well as of a thing."""


def fill(
    sentence: str, kind: str, verbs: Sequence[str], language: Language, rng: np.random.Generator
) -> list[tuple[str, str]]:
    """(words, slot or "") of a sentence with its slots filled."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for found in _SLOT.finditer(sentence):
        pieces.append((sentence[at : found.start()], ""))
        words, slot = _word(found[1], kind, verbs, language, rng)
        pieces.append((words, slot))
        at = found.end()
    pieces.append((sentence[at:], ""))
    return [(words, slot) for words, slot in pieces if words]


def _word(name: str, kind: str, verbs: Sequence[str], language: Language, rng: np.random.Generator) -> tuple[str, str]:
    if name == "verb":
        return _one(rng, verbs or ("",)), ""
    if name in ("more", "less", "noun"):
        return _one(rng, _quality(kind)[name][language]), ""
    if name in ("raise", "lower"):
        return _one(rng, _verbs("increase" if name == "raise" else "decrease")[language]), ""
    if name in ("target", "except"):
        return _target(name, kind, language, rng)
    assert name in SLOTS, name
    return _FILLERS[name](kind, language, rng), name


def _target(slot: str, kind: str, language: Language, rng: np.random.Generator) -> tuple[str, str]:
    if kind in _WHOLE_OR_NOT and slot == "target" and rng.random() < _ABOUT_ALL:
        return _one(rng, _WHOLE[language]), ""
    if rng.random() < 0.1:
        return _one(rng, _PRONOUNS[language]), slot
    words = _one(rng, _DETERMINERS[language]) + _thing(language, rng)
    if rng.random() < 0.12:
        words += (" and " if language == "en" else "和") + _one(rng, _DETERMINERS[language]) + _thing(language, rng)
    return words, slot


def _thing(language: Language, rng: np.random.Generator) -> str:
    """A noun, mostly of the lexicon, with a colour or an adjective now and then."""
    people = rng.random() < 0.25
    noun = _one(rng, (_people() if people else _things())[language])
    if rng.random() < 0.08:
        noun = _unknown(language, rng)
    how = rng.random()
    if how < 0.12:
        described = _one(rng, _colors()[language])
    elif how < 0.3:
        described = _one(rng, _attributes()[language])
    else:
        return noun
    return f"{described} {noun}" if language == "en" else f"{described.removesuffix('的')}的{noun}"


def _unknown(language: Language, rng: np.random.Generator) -> str:
    """A noun that no lexicon has."""
    if language == "zh":
        pool = "".join(_things()["zh"])
        return _one(rng, pool) + _one(rng, pool)
    syllables = (_one(rng, "bcdfghklmnprstvw") + _one(rng, "aeiou") for _ in range(rng.integers(2, 4)))
    return "".join(syllables) + _one(rng, "nstk")


def _value(kind: str, language: Language, rng: np.random.Generator) -> str:
    if kind == "restyle":
        return _one(rng, _styles()[language])
    if kind == "replace_background" and rng.random() < 0.2:
        return _one(rng, _colors()[language])
    if kind in ("replace_background", "combine"):
        scene = _one(rng, _scenes()[language]) if rng.random() < 0.8 else _thing(language, rng)
        return (_one(rng, ("a ", "the ", "")) if language == "en" else "") + scene
    return _one(rng, _SOME[language]) + _thing(language, rng)


def _color(kind: str, language: Language, rng: np.random.Generator) -> str:
    shade = rng.random()
    color = _one(rng, _colors()[language])
    if shade > 0.2:
        return color
    return f"{_one(rng, ('light', 'dark', 'bright'))} {color}" if language == "en" else _one(rng, "浅深亮") + color


def _place(kind: str, language: Language, rng: np.random.Generator) -> str:
    if kind in ("rotate", "flip"):
        return _one(rng, _TURNS[language])
    if kind == "move":
        return _one(rng, _WAYS[language])
    how = rng.random()
    if how < 0.55 or kind in ("crop", "extend"):
        place = _one(rng, _places()[language])
        return f"{_one(rng, ('on the', 'in the', 'at the'))} {place}" if language == "en" else place
    if language == "en":
        leads = ("behind", "next to", "on", "above", "under", "in front of", "in", "around", "over", "near", "beside")
        return f"{_one(rng, leads)} {_one(rng, _DETERMINERS['en'])}{_thing('en', rng)}"
    return _thing("zh", rng) + _one(rng, ("旁边", "上面", "上", "后面", "前面", "里", "下面", "周围", "手里", "头上"))


def _amount(kind: str, language: Language, rng: np.random.Generator) -> str:
    if kind == "rotate":
        degrees = _one(rng, ("90", "180", "45", "15", "30", "5", "270"))
        return degrees + _one(rng, (" degrees", "°", " deg") if language == "en" else ("度", "°"))
    if kind == "resize":
        return _one(rng, ("800x600", "1920x1080", "1024 x 768", "200%", "50%", "400 pixels", "3:2", "16:9", "600px"))
    if rng.random() < 0.25:
        return f"{rng.integers(1, 20) * 5}%" if rng.random() < 0.8 else _one(rng, ("2x", "twice", "3 times"))
    return _one(rng, _amounts()[language])


def _text(kind: str, language: Language, rng: np.random.Generator) -> str:
    return _one(rng, _QUOTES[language]).format(_one(rng, _TEXTS))


_FILLERS: dict[str, Callable[[str, Language, np.random.Generator], str]] = {
    "value": _value, "color": _color, "place": _place, "amount": _amount, "text": _text,
}  # fmt: skip

Words = dict[Language, tuple[str, ...]]


def _one(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _words(entries: dict[str, dict[str, list[str]]], *, names: bool = True) -> Words:
    """All English and all Chinese forms; the keys are English forms themselves where `names`."""
    english = [form for entry in entries.values() for form in entry.get("en", ())]
    return {
        "en": (*(entries if names else ()), *english),
        "zh": tuple(form for entry in entries.values() for form in entry.get("zh", ())),
    }


@cache
def _quality(kind: str) -> dict[str, Words]:
    table = read_table("properties.toml")[kind]
    return {name: {language: tuple(table[name][language]) for language in ("en", "zh")}
            for name in ("more", "less", "noun")}  # fmt: skip


@cache
def _verbs(sense: str) -> Words:
    table = read_table("verbs.toml")[sense]
    return {"en": tuple(table["en"]), "zh": tuple(table["zh"])}


@cache
def _things() -> Words:
    table = read_table("things.toml")
    return _words({name: entry for group in table.values() for name, entry in group.items()})


@cache
def _people() -> Words:
    return _words(read_table("things.toml")["people"])


@cache
def _scenes() -> Words:
    table = read_table("things.toml")
    return _words({**table["scenes"], **table["landscape"]})


@cache
def _attributes() -> Words:
    return _words(read_table("attributes.toml"))


@cache
def _styles() -> Words:
    return _words(read_table("styles.toml"))


@cache
def _colors() -> Words:
    table = {name: entry for name, entry in read_table("colors.toml").items() if name != "modifiers"}
    return _words(table)


@cache
def _places() -> Words:
    return _words(read_table("places.toml"), names=False)


@cache
def _amounts() -> Words:
    table = read_table("amounts.toml")
    return _words({name: table[name] for name in ("slight", "strong", "full", "normal")}, names=False)
