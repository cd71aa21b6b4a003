"""English phrases: chunks between prepositions, attached to the noun before them; coordinated nouns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

Chunk = tuple[str, tuple[Token, ...]]
"""A relation word (empty for the first chunk) and the tokens that it leads."""

_BEFORE_RELATIVE = ("copula", "relative", "pronoun", "person_pronoun", "verb")


def chunks(tokens: Sequence[Token]) -> list[Chunk]:
    """Split at prepositions: [("", object), ("of", …), ("with", …)]. Relative clauses stay with their noun."""
    tokens = _without_copulas(tokens)
    found: list[tuple[str, list[Token]]] = [("", [])]
    relative = False
    for position, token in enumerate(tokens):
        if not _leads(token, position):
            found[-1][1].append(token)
        elif token.says("relative_lead") and (token.text != "that" or _is_relative_that(tokens, position)):
            relative = True
            found.append((token.text, []))
        elif token.text == "that" or (relative and not token.says("ends_relative")):
            found[-1][1].append(token)
        else:
            relative = False
            found.append((token.text, []))
    return [(lead, tuple(part)) for lead, part in found]


def _without_copulas(tokens: Sequence[Token]) -> list[Token]:
    """ "The cat that is under the tree" is the cat under the tree."""
    return [
        token
        for token, following in zip_longest(tokens, tokens[1:])
        if not (
            token.says("relative_copula") and following is not None and (following.has("place") or _leads(following, 1))
        )
    ]


def _leads(token: Token, position: int) -> bool:
    """It is a preposition here; "instead of" at the start is the clause's own verb."""
    if token.surface != "word" or not token.has("preposition", "except") or token.has("thing", "place"):
        return False
    return position > 0 or token.text != "instead of"


def _is_relative_that(tokens: Sequence[Token], position: int) -> bool:
    """ "the sign that says", not "that ugly pole"."""
    if position + 1 >= len(tokens) or not position:
        return False
    following = tokens[position + 1]
    return following.has(*_BEFORE_RELATIVE) or following.says("after_relative_that")


def attach(found: Sequence[Chunk]) -> Phrase:
    """The first chunk, with the later ones hung on it."""
    if not found:
        return Phrase()
    (_, first), *later = found
    return Phrase(first, tuple((lead, Phrase(part)) for lead, part in later if part))


def coordinated(rest: Sequence[Token]) -> Phrase:
    """The object with its coordinated parts: "the man on the left, and the hand on my shoulder" is two phrases."""
    groups: list[list[Token]] = [[]]
    for token, following in zip_longest(rest, rest[1:]):
        joins = (token.surface == "mark" and token.says("joining_comma")) or token.has("coordinator")
        opens = following is not None and _opens_noun_phrase(following)
        if joins and opens and groups[-1] and not any(other.says("between") for other in groups[-1]):
            groups.append([])
        elif groups[-1] or not joins:
            groups[-1].append(token)
    whole = attach(chunks(rest))
    parts = tuple(attach(chunks(group)) for group in groups if group)
    return whole if len(parts) < 2 else Phrase(whole.tokens, whole.attached, parts)


def _opens_noun_phrase(token: Token) -> bool:
    return token.has("determiner", "all", "coordinator") or token.surface == "quote" or token.says("owner_before_noun")
