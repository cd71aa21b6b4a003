"""The words of a noun phrase: which say something, which can be its noun, its owner, the shade of its colour."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diptych.language.lexicon import lexicon
from diptych.language.tokens import Token

_PASSED_OVER = (
    *("comparison", "statement", "adverb", "copula", "turned", "determiner"),
    *("polite", "joiner", "only", "negation", "all", "faithful", "lossless", "classical", "measure"),
)
"""Kinds of words that say nothing about the thing itself, unless the word names one as well."""
_UNIT = re.compile(
    r"^[半一两二三四五六七八九十]*(?:px|pixels?|percent|degrees?|times|x|levels?|stops?|ev|度|像素|倍|档|级|次|号)$"
)
_NO_NOUN = (
    *("color", "attribute", "pronoun", "person_pronoun", "shade", "amount", "whole", "ordinal"),
    *("preposition", "coordinator", "joiner", "polite", "relative"),
)


def says_something(token: Token) -> bool:
    """It says something about the thing: it is no article, politeness, amount or unit."""
    if token.surface == "mark" or (token.surface == "number" and token.text[0] != "#") or _UNIT.match(token.text):
        return False
    if token.has(*_PASSED_OVER) and not token.has("thing", "color", "whole"):
        return False
    return not token.has("amount") or token.has("thing", "color", "more", "less", "attribute", "quality")


def is_nounlike(token: Token) -> bool:
    """It can be the noun where no word of the phrase is a known thing ("the gizmo", "the text")."""
    if token.has(*_NO_NOUN):
        return token.has("letters", "filter", "style", "scene") and not token.has("color", "whole")
    return not token.has("place") and (token.has("quality") or not token.has("more", "less"))


def is_bare_owner(token: Token) -> bool:
    """ "the mans hat": an owner without the apostrophe."""
    return token.sense("thing") in lexicon().cues["people"] and token.text.endswith("s")


def shades_before(tokens: Sequence[Token], position: int) -> list[str]:
    """Names of the shade words right before the colour at `position` ("very dark" → dark)."""
    shades = []
    for token in reversed(tokens[:position]):
        if not token.has("shade", "amount"):
            break
        name = token.sense("shade")
        if name:
            shades.append(name)
    return shades
