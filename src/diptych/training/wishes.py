"""Sentences that ask for edits, with what they ask for: what the learned reader of wishes learns from.

Sentences come from wishes.toml and the words of the lexicon, in both languages, and are said as people say things:
run on, mistyped, politely, without marks, among others and among talk that asks for nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from diptych.core.errors import Language
from diptych.language.lexicon import lexicon, read_table
from diptych.training.wish_words import LETTERS, fill

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

QUALITIES = ("brightness", "contrast", "saturation", "warmth", "sharpness")
DIRECTIONS = ("plain", "up", "down")
NOTHING = "nothing"
OF_QUALITIES = 0.6
"""The share of a quality's sentences that all qualities have."""
BEFORE: dict[Language, tuple[str, ...]] = {
    "en": ("please ", "can you ", "could someone ", "can anyone please ", "i need you to ", "hey ", "i want you to ",
           "would you ", "just ", "you should ", "i would like to ", "maybe ", "first ", "now ", "kindly "),
    "zh": ("请", "帮我", "麻烦", "能不能", "大神帮忙", "可以", "帮忙", "希望能", "想", "给我", "先", "最好"),
}  # fmt: skip
AFTER: dict[Language, tuple[str, ...]] = {
    "en": (" please", " thanks", " if possible", " for me", " thank you", " somehow", " ok", " a bit more natural"),
    "zh": ("谢谢", "吧", "可以吗", "就行", "哈", "呗", "，谢谢", "行不行"),
}
BETWEEN: dict[Language, tuple[str, ...]] = {
    "en": (" and ", ", ", ". ", " ", " then ", " also ", ", and ", " and then ", "; ", "\n"),
    "zh": ("，", "，", "，然后", "，再", "。", " ", "，顺便", "，还有", "；", "\n"),
}

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Wish:
    """A sentence, and what the stretch start:end of it asks for.

    kinds      of operations; none where it only talks
    direction  0 none, 1 up, 2 down; None where it doesn't matter
    spans      (slot, start, end) in characters; None where they aren't known
    partly     other words of the stretch may fill slots as well
    """

    text: str
    start: int
    end: int
    kinds: frozenset[str]
    direction: int | None = None
    spans: tuple[Span, ...] | None = ()
    partly: bool = False


@dataclass(frozen=True)
class Form:
    """The sentences of one kind and direction, and where their words come from."""

    kind: str
    direction: str
    sentences: dict[Language, tuple[str, ...]]
    shared: dict[Language, tuple[str, ...]]
    verbs: dict[Language, tuple[str, ...]]


@cache
def forms() -> tuple[Form, ...]:
    """wishes.toml with the verbs of the lexicon."""
    table = tomllib.loads(files("diptych.training").joinpath("wishes.toml").read_text(encoding="utf-8"))
    quality, verbs, found = table.pop("quality"), read_table("verbs.toml"), []
    for kind, entry in table.items():
        directed = {"plain": entry} | {name: entry[name] for name in ("up", "down") if name in entry}
        for name in DIRECTIONS if kind in QUALITIES else tuple(directed):
            own = directed.get(name, {})
            senses = own.get("verbs", ())
            shared = quality[name] if kind in QUALITIES else {"en": (), "zh": ()}
            if own.get("en") or shared["en"]:
                found.append(
                    Form(
                        kind,
                        name,
                        {language: tuple(own.get(language, ())) for language in ("en", "zh")},
                        {language: tuple(shared[language]) for language in ("en", "zh")},
                        {language: tuple(word for sense in senses for word in verbs[sense][language])
                         for language in ("en", "zh")},
                    )
                )  # fmt: skip
    return tuple(found)


@cache
def _weights() -> np.ndarray:
    many = np.array([len(form.sentences["en"]) + len(form.shared["en"]) for form in forms()], float)
    many = np.sqrt(many)
    return np.asarray(many / many.sum())


def sample_wish(rng: np.random.Generator, language: Language, count: int) -> Wish:
    """`count` clauses run together; one of them is asked about, or sometimes all."""
    clauses = [_clause(rng, language) for _ in range(count)]
    careless = float(rng.choice([0.0, 0.04, 0.15], p=[0.5, 0.3, 0.2]))
    text, starts, placed = "", [], []
    for number, clause in enumerate(clauses):
        text += _one(rng, BETWEEN[language]) if number else ""
        starts.append(len(text))
        moved = []
        for piece, slot in clause.pieces:
            said = mistyped(piece, rng, careless) if slot != "text" else piece
            if slot:
                moved.append((slot, len(text), len(text) + len(said)))
            text += said
        placed.append((moved, len(text)))
    if rng.random() < 0.03:
        return _gibberish(rng, language, text)
    whole = count > 1 and rng.random() < 0.3
    first, last = (0, count - 1) if whole else (int(rng.integers(count)),) * 2
    asked = clauses[first : last + 1]
    ways = {clause.direction for clause in asked if clause.direction is not None}
    return _cased(
        Wish(
            text,
            starts[first],
            placed[last][1],
            frozenset(clause.kind for clause in asked if clause.kind != NOTHING),
            ways.pop() if len(ways) == 1 else None,
            tuple(span for moved, _ in placed[first : last + 1] for span in moved),
        ),
        rng,
    )


@dataclass(frozen=True)
class _Clause:
    kind: str
    direction: int | None
    pieces: tuple[tuple[str, str], ...]
    """(words, slot or "")."""


def _clause(rng: np.random.Generator, language: Language) -> _Clause:
    form = forms()[int(rng.choice(len(forms()), p=_weights()))]
    shared = form.shared[language] and (not form.sentences[language] or rng.random() < OF_QUALITIES)
    sentence = _one(rng, form.shared[language] if shared else form.sentences[language])
    pieces = fill(sentence, form.kind, form.verbs[language], language, rng)
    if form.kind != NOTHING:
        if rng.random() < 0.25:
            pieces.insert(0, (_one(rng, BEFORE[language]), ""))
        if rng.random() < 0.12:
            pieces.append((_one(rng, AFTER[language]), ""))
    directed = form.direction != "plain" or form.kind in QUALITIES
    return _Clause(form.kind, DIRECTIONS.index(form.direction) if directed else None, tuple(pieces))


def _one(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _cased(wish: Wish, rng: np.random.Generator) -> Wish:
    """As it is, with a capital, or in capitals: which letters stand where stays."""
    how = rng.random()
    if how < 0.25:
        return replace(wish, text=wish.text[:1].upper() + wish.text[1:])
    return replace(wish, text=wish.text.upper()) if how < 0.29 and wish.text.isascii() else wish


def _gibberish(rng: np.random.Generator, language: Language, text: str) -> Wish:
    """Words in no order, or letters that are no words: nothing is asked for."""
    if rng.random() < 0.5:
        words = text.split() if language == "en" else list(text)
        mixed = [words[int(at)] for at in rng.permutation(len(words))]
        text = (" " if language == "en" else "").join(mixed[: max(2, len(mixed) // 2)])
    else:
        text = " ".join("".join(_one(rng, LETTERS) for _ in range(rng.integers(3, 9))) for _ in range(4))
    return Wish(text, 0, len(text), frozenset())


@cache
def _han() -> str:
    return "".join(sorted({character for phrase in lexicon().chinese for character in phrase if character > "\u3400"}))


def mistyped(words: str, rng: np.random.Generator, rate: float) -> str:
    """As it is typed in haste: a letter of a longer word left out, doubled, changed or swapped; a Chinese character
    taken for another. `rate` is the share of words, or a third of it of characters."""
    if rate == 0.0:
        return words
    if words.isascii():
        return " ".join(
            _slip(word, rng) if len(word) > 3 and rng.random() < rate else word for word in words.split(" ")
        )
    return "".join(
        _one(rng, _han()) if character > "\u3400" and rng.random() < rate / 3 else character for character in words
    )


def _slip(word: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, len(word) - 1))
    slips: tuple[Callable[[], str], ...] = (
        lambda: word[:at] + word[at + 1 :],
        lambda: word[:at] + word[at] + word[at:],
        lambda: word[:at] + _one(rng, LETTERS) + word[at + 1 :],
        lambda: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )
    return slips[int(rng.integers(len(slips)))]()
