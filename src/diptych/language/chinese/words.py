"""What a Chinese word is in its clause: a full verb, a part of a modifier, a result."""

from __future__ import annotations

from collections.abc import Sequence

from diptych.language.lexicon import lexicon
from diptych.language.tokens import Token

DE = "的"
"""Stands between a modifier and its noun."""
STATES = frozenset({"grayscale", "sepia", "invert", "grain", "vignette", "ask", "count", "describe", "vague"})
"""Senses that rather say what a thing is made, or what is asked, than what to do."""
_NAMES_SOMETHING = (
    *("thing", "quality", "more", "less", "letters", "place", "color"),
    *("style", "filter", "attribute", "leaning", "localizer"),
)
_BARS_AND_MARKS = (["caption_bar"], ["watermark"])
"""Verbs that are nouns as often (水印)."""


def is_full_verb(token: Token) -> bool:
    """A word that is practically always a verb: two characters or more and nothing else by name."""
    if not token.has("verb") or token.verbs()[0] in STATES or token.text in lexicon().weak:
        return False
    return len(token.text) >= 2 and not token.has(*_NAMES_SOMETHING)


def is_main_verb(part: Sequence[Token], position: int) -> bool:
    """A full verb that belongs to no modifier."""
    return is_full_verb(part[position]) and not is_relative(part, position)


def has_main_verb(part: Sequence[Token]) -> bool:
    return any(is_main_verb(part, position) for position in range(len(part)))


def is_relative(part: Sequence[Token], position: int) -> bool:
    """The verb belongs to a modifier: 戴墨镜的宝宝, 写着OBEY的帽子."""
    following = part[position + 1 :]
    mark = next((offset for offset, token in enumerate(following) if token.text == DE), None)
    if mark is None:
        return False
    if mark == 0 and len(following) > 1 and not following[1].has("polite", "verb"):
        return True
    after = following[mark + 1 :]
    if not any(_can_be_noun(token) for token in after):
        return False
    opens = position == 0 or part[position - 1].says("object_marker")
    if opens or not any(token.has("verb") for token in part[:position]):
        return any(is_full_verb(token) for token in after) and not _says_result(part[position])
    return not is_full_verb(part[position]) or part[position].says("bearing")


def _can_be_noun(token: Token) -> bool:
    return token.has("thing", "letters", "whole", "place") or not token.senses or token.verbs()[:1] in _BARS_AND_MARKS


def _says_result(token: Token) -> bool:
    """去掉, 换成, 调亮: the verb comes to a result, so it is the clause's own."""
    return token.ends("result_ending")
