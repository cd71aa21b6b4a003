"""Chinese noun phrases: modifiers before 的 and localizers (上, 里, 身后) become attached phrases."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from diptych.language.chinese.words import DE
from diptych.language.lexicon import lexicon
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

_DEEPEST = 12
"""Nested modifiers that are read; people use two or three."""
_NOUN_MARKS = frozenset("、,&/+")
_ADJECTIVES = (
    *("color", "shade", "attribute", "more", "less", "amount", "all", "place"),
    *("coordinator", "whole", "style", "ordinal", "leaning"),
)

Attached = tuple[tuple[str, Phrase], ...]


def noun_phrase(tokens: Sequence[Token], depth: int = 0) -> Phrase:
    """桌子上的红苹果 is 红苹果 with 桌子 attached by "on"; adjectives stay with the noun, A和B are parts."""
    tokens = [token for token in tokens if token.surface != "mark" or token.text in _NOUN_MARKS]
    if depth > _DEEPEST:
        return Phrase(tuple(tokens))
    groups = _conjuncts(tokens)
    if len(groups) > 1:
        phrases = tuple(noun_phrase(group, depth + 1) for group in groups)
        return Phrase(tuple(tokens), phrases[-1].attached, phrases)
    mark = _last_modifier(tokens)
    if mark is None:
        return _located(tokens)
    modifier, head = tokens[:mark], tokens[mark + 1 :]
    relation = lexicon().localizers.get(head[0].text)
    if len(head) == 1 and relation is not None and not head[0].has("thing"):
        return Phrase((), ((relation, noun_phrase(modifier, depth + 1)),))
    attached = _modifier(modifier, depth + 1)
    if attached is None:
        return _located([*modifier, *head])
    inner = _located(head)
    return Phrase(inner.tokens, (*inner.attached, *attached))


def locative(phrase: Phrase) -> Attached:
    """A place phrase before the verb: 桌子上, 右下角, 女孩身后."""
    if phrase.tokens:
        return (("on", phrase),)
    return phrase.attached


def _conjuncts(tokens: Sequence[Token]) -> list[list[Token]]:
    """Coordinated nouns (A、B和C); adjectives that are joined (红和黑) and A和B之间 stay one."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if token.surface == "mark" or (token.has("coordinator") and not token.has("verb", "thing")):
            groups.append([])
        else:
            groups[-1].append(token)
    groups = [group for group in groups if group]
    if len(groups) < 2:
        return groups
    named = [Phrase(tuple(group)) for group in groups]
    one_noun = any(phrase.head is None and not phrase.quotes for phrase in named)
    return [list(tokens)] if one_noun or _modifies_more(groups[-1]) or any(map(_is_between, tokens)) else groups


def _modifies_more(group: Sequence[Token]) -> bool:
    """男孩和女孩身后的树: what is joined is the modifier."""
    pairs = itertools.pairwise(group)
    return any(token.text in lexicon().localizers and following.text == DE for token, following in pairs)


def _is_between(token: Token) -> bool:
    return token.says("in_between")


def _last_modifier(tokens: Sequence[Token]) -> int | None:
    """Where the 的 before the noun stands."""
    positions = [position for position, token in enumerate(tokens[:-1]) if token.text == DE]
    joins = [position for position, token in enumerate(tokens) if token.text == "、" or token.has("coordinator")]
    # 女孩的脸和男孩的手: each conjunct keeps its own modifier, so only the first is read here.
    limit = joins[0] if joins and positions and joins[0] > positions[0] else len(tokens)
    return max((position for position in positions if position < limit), default=None)


def _modifier(modifier: Sequence[Token], depth: int) -> Attached | None:
    """The attached phrase that a modifier is; None when it is only adjectives."""
    content = [token for token in modifier if not token.has("determiner", "polite") or token.has("thing")]
    if all(_is_adjective(token) for token in content):
        return None
    words, last = lexicon(), modifier[-1]
    relation = words.localizers.get(last.text)
    if relation is not None and len(modifier) > 1:
        return ((relation, noun_phrase(modifier[:-1], depth)),)
    body = words.body_places.get(last.text)
    if body is not None:
        part = replace(last, text=body, senses=words.chinese.get(body, ()))
        return ((relation or "on", Phrase((*modifier[:-1], part))),)
    if modifier[0].has("verb") or modifier[0].says("having"):
        return (("with", noun_phrase(modifier[1:], depth)),)
    return (("of", noun_phrase(modifier, depth)),)


def _is_adjective(token: Token) -> bool:
    if token.surface == "color":
        return True
    return token.has(*_ADJECTIVES) and (token.has("color", "attribute") or not token.has("thing"))


def _located(tokens: Sequence[Token]) -> Phrase:
    """墙上图案, 女孩身后: a localizer splits what it locates from the noun after it."""
    for position, token in enumerate(tokens):
        relation = lexicon().localizers.get(token.text)
        if relation is None or not position or not token.has("localizer") or tokens[position - 1].has("determiner"):
            continue
        owner = Phrase(tuple(tokens[:position]))
        if owner.is_whole or not owner.content:
            return Phrase(tuple(tokens[position if token.has("place") else position + 1 :]))
        rest = tuple(other for other in tokens[position + 1 :] if other.text != DE)
        return Phrase(rest, ((relation, owner),))
    return Phrase(tuple(token for token in tokens if not token.says("no_noun")))
