"""Chinese tokens → clauses: at punctuation, before 再, 并, 把 and 让, at spaces, and between two full verbs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from diptych.language.chinese.words import DE, has_main_verb, is_full_verb, is_main_verb, is_relative
from diptych.language.frame import Clause
from diptych.language.tokens import Token, ends_clause

_STRONG_MARKS = frozenset("，。；！？,.;!?\n:：")
_CARRIES = ("verb", "thing", "quality", "more", "less")


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of an instruction in order. None is a purpose: Chinese says purposes as clauses of their own."""
    tokens = _without_measures(tokens)
    parts: list[list[Token]] = [[]]
    for position, token in enumerate(tokens):
        if ends_clause(tokens, position, _STRONG_MARKS):
            parts.append([])
        elif _opens_clause(tokens, position, parts[-1]):
            keeps = token.says("object_marker") or token.says("maker") or not token.has("joiner")
            parts.append([token] if keeps else _shared_object(parts[-1], tokens[position + 1 :]))
        else:
            parts[-1].append(token)
    pieces = [piece for part in _carried_over(parts) for piece in _split_at_verbs(part)]
    return [Clause(tuple(piece)) for piece in pieces if _says_something(piece)]


def _without_measures(tokens: Sequence[Token]) -> list[Token]:
    """第一颗草莓 is 第一 and 草莓, 第二把椅子 has no 把 that marks an object: between a number or a pointing word and
    the noun."""
    kept = list(tokens[:1])
    for before, token, after in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        counted = (
            before.surface == "number" or before.has("ordinal", "determiner", "cardinal") or before.says("pointing")
        )
        if not (counted and after is not None and token.says("measure_word")):
            kept.append(token)
    return kept


def _opens_clause(tokens: Sequence[Token], position: int, part: Sequence[Token]) -> bool:
    """再, 并, 把, 让 after a verb, or a space between two wishes."""
    if not any(token.has("verb") and not token.has("thing", "place") for token in part):
        return False
    token = tokens[position]
    ahead = _up_to_mark(tokens[position + 1 :])
    if token.says("splitting_joiner"):
        return any(other.has("verb") or other.says("object_marker") for other in ahead)
    if token.says("object_marker"):
        return True
    if token.says("maker"):
        clause = [*part, token, *ahead]
        return not any(is_relative(clause, offset) for offset, other in enumerate(part) if other.has("verb"))
    if position == 0 or token.start == tokens[position - 1].end:
        return False
    both_chinese = not token.text.isascii() and not tokens[position - 1].text.isascii()
    return both_chinese and any(other.has("verb") for other in (token, *ahead))


def _up_to_mark(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens of the same clause."""
    end = next((at for at, token in enumerate(tokens) if token.surface == "mark" and token.text in _STRONG_MARKS), None)
    return tokens[:end]


def _shared_object(part: Sequence[Token], ahead: Sequence[Token]) -> list[Token]:
    """把他往右移并缩小: the second verb takes the object of the first when none stands before it."""
    start = next((position for position, token in enumerate(part) if token.says("object_marker")), None)
    if start is None or not ahead or not ahead[0].has("verb"):
        return []
    end = start + 1
    while end < len(part) and (part[end].text == DE or not part[end].has("verb", "marker")):
        end += 1
    return list(part[start:end])


def _carried_over(parts: Sequence[list[Token]]) -> list[list[Token]]:
    """除了A，其他… is one clause; 还有B repeats the verb of the clause before."""
    joined: list[list[Token]] = []
    for part in parts:
        last = joined[-1] if joined else []
        words = [token for token in part if not token.has("polite") or token.has("verb")]
        if last and last[0].says("opens_exception") and not has_main_verb(last):
            comma = Token(",", last[-1].end, last[-1].end, "mark")
            joined[-1] = [*last, comma, *part]
        elif joined and words and words[0].says("carries_on") and not has_main_verb(words):
            verbs = [token for token in last if is_full_verb(token)]
            joined.append([*verbs[:1], *words[1:]])
        else:
            joined.append(part)
    return joined


def _says_something(part: Sequence[Token]) -> bool:
    return any(token.has(*_CARRIES) or not token.has("polite", "joiner", "marker") for token in part)


def _split_at_verbs(part: list[Token]) -> list[list[Token]]:
    """把背景去掉换成白色: a second full verb opens a second clause, with the 把, 再, 并 before it."""
    verbs = [position for position in range(len(part)) if is_main_verb(part, position)]
    cuts = [later for verb, later in itertools.pairwise(verbs) if not _belongs_to(part, verb, later)]
    pieces = []
    start = 0
    for cut in cuts:
        while cut > start + 1 and part[cut - 1].says("before_second_verb"):
            cut -= 1
        pieces.append(part[start:cut])
        start = cut
    return [piece for piece in (*pieces, part[start:]) if piece]


def _belongs_to(part: Sequence[Token], verb: int, later: int) -> bool:
    """The second verb only says how far the first goes (调亮提高, 锐化处理, 让…变…), or leads its own 把."""
    first, second = part[verb], part[later]
    between = part[verb + 1 : later]
    if first.verbs()[0] == "add" and second.verbs()[0] in ("caption_bar", "watermark", "border", "round_corners"):
        return True
    if first.says("maker") or second.says("light_verb"):
        return True
    tones = first.sense("verb") in ("increase", "decrease", "adjust")
    if tones and not any(token.has("thing", "whole", "quality") for token in between):
        return True
    return second.has("quality") and not between
