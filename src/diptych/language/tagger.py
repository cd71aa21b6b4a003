"""What the grammar could not read, read by a small network (models/tagger.py): the likeliest readings of a clause.

A reading is said again in plain words that the grammar knows, so that its plan is as canonical as any other. Where the
network isn't sure, nothing is guessed: the caller asks with the two likeliest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import Any

import numpy as np

from diptych.core.errors import Language
from diptych.language.features import LONGEST, features
from diptych.language.readings import Direction, Reading, has_directions
from diptych.language.tokens import Token
from diptych.runtime import Weights, shipped

SURE = 0.8
"""How probable a reading must be to be taken without asking."""
CERTAIN = 0.9
"""How probable where other clauses were understood and this one came to nothing: most of those only talk, which is
seldom in what the probabilities were fitted to."""
WISHED = 0.5
"""How probable it must be that anything at all is asked for, for the question to be worth asking."""
_NAMED = 0.5
"""The share of its words that must be known: of a language that the lexicon doesn't speak nothing is guessed."""
_EMPTY = frozenset({"coordinator", "joiner", "determiner", "preposition", "polite", "negation"})
_PROPOSED = 6
_DIRECTIONS: tuple[Direction | None, ...] = (None, "up", "down")


@dataclass(frozen=True)
class Guess:
    """What a stretch may mean.

    readings   all that it asks for, if the likeliest guess is right; none where it only talks
    sure       how probable it is that these, and no others, are asked for, 0..1
    wished     how probable it is that it asks for anything, 0..1
    likeliest  the kinds that are likeliest, one by one, the likeliest first
    """

    readings: tuple[Reading, ...]
    sure: float
    wished: float
    likeliest: tuple[Reading, ...]

    @property
    def kinds(self) -> set[str]:
        return {reading.kind for reading in self.readings}

    def plainly(self, language: Language, sure: float = SURE) -> str | None:
        """All of it in plain words; None where it isn't sure, nothing is asked for, or something needed is missing."""
        if not self.readings or self.sure < sure or not all(reading.is_whole(language) for reading in self.readings):
            return None
        return ("；" if language == "zh" else "; ").join(reading.say(language) for reading in self.readings)


class Tagger:
    """The network in use. `tokens` are of the whole instruction; the stretch is where it is asked about."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = self._weights.manifest["configs"]["tagger"]
        return config

    def guess(self, text: str, tokens: Sequence[Token], start: int, end: int) -> Guess | None:
        """What the stretch `text[start:end]` means; None where too few of its words are known to guess at."""
        tokens = around(tokens, start, end)
        inside = [start <= token.start and token.end <= end for token in tokens]
        words = [token for token, here in zip(tokens, inside, strict=True) if here and token.surface == "word"]
        if not words or sum(token.known for token in words) < _NAMED * len(words):
            return None
        within = np.array(inside, np.int64)
        network = self._weights.loaded("tagger")
        kinds, directions, tags = network(tokens=features(tokens)[None], within=within[None])
        slots = _slots(text, tokens, within, tags[0].argmax(-1), self._config["tags"])
        return _guess(self._config["kinds"], _sigmoid(kinds[0]), _softmax(directions[0]), slots)


@cache
def shipped_tagger() -> Tagger | None:
    """The one that comes with the package; None where these weights have none."""
    weights = shipped()
    return Tagger(weights) if "tagger" in weights.manifest["networks"] else None


def around(tokens: Sequence[Token], start: int, end: int) -> list[Token]:
    """At most LONGEST of the tokens: the stretch and as much before it as there is room for."""
    last = max((at for at, token in enumerate(tokens, 1) if token.end <= end), default=len(tokens))
    first = next((at for at, token in enumerate(tokens) if token.start >= start), 0)
    begin = min(max(0, last - LONGEST), first)
    return list(tokens[begin : begin + LONGEST])


def _guess(kinds: Sequence[str], chances: np.ndarray, ways: np.ndarray, slots: dict[str, str]) -> Guess:
    way = _DIRECTIONS[int(ways.argmax())]

    def reading(at: int) -> Reading:
        return Reading(kinds[at], way if has_directions(kinds[at]) else None, slots)

    order = np.argsort(-chances, kind="stable")
    chosen = [int(at) for at in order if chances[at] > 0.5]
    sure = float(np.maximum(chances, 1 - chances).prod())
    if any(has_directions(kinds[at]) for at in chosen):
        sure *= float(ways.max())
    return Guess(
        tuple(reading(at) for at in sorted(chosen)),
        sure,
        1 - float((1 - chances).prod()),
        tuple(reading(int(at)) for at in order[:_PROPOSED]),
    )


def _slots(
    text: str, tokens: Sequence[Token], within: np.ndarray, tags: np.ndarray, names: Sequence[str]
) -> dict[str, str]:
    """The words said for each slot; several stretches for one are joined, and those that name nothing left out."""
    said: dict[str, list[str]] = {}
    for name, first, last in spans([names[tag] if here else "O" for tag, here in zip(tags, within, strict=True)]):
        if any(_names_something(token) for token in tokens[first : last + 1]):
            said.setdefault(name, []).append(text[tokens[first].start : tokens[last].end])
    return {name: _joined(parts) for name, parts in said.items()}


def _names_something(token: Token) -> bool:
    """No mark, no particle, and no word that only joins or points ("and", "the", "my")."""
    if token.surface == "mark" or (token.surface == "word" and not token.known and len(token.text) == 1):
        return False
    return not token.senses or any(sense.kind not in _EMPTY for sense in token.senses)


def spans(tags: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """(slot, first, last) of each run of "B-slot", "I-slot". Where two of a slot touch, they are one: what tells them
    apart is for the grammar."""
    place = 0
    for name, run in groupby(tag.partition("-")[2] for tag in tags):
        first, place = place, place + len(list(run))
        if name:
            yield name, first, place - 1


def _joined(parts: Sequence[str]) -> str:
    return (" and " if parts[0].isascii() else "和").join(dict.fromkeys(parts))


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    values: np.ndarray = 1 / (1 + np.exp(-logits.astype(np.float64)))
    return values


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(np.float64) - logits.max())
    values: np.ndarray = powers / powers.sum()
    return values
