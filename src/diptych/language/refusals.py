"""What is said of words that come to no plan: which aren't known, which number is out of range, what may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pydantic import ValidationError

from diptych.core.errors import Bilingual, InvalidPlan, NotUnderstood, shorten
from diptych.language.lexicon import lexicon
from diptych.language.tokens import Token

_WISHED = ("verb", "quality")
_ALIKE, _ALIKE_IN_CHINESE = 0.75, 0.5
"""How alike (difflib's ratio) a known word must be to be proposed; Chinese words are two characters long."""


def asked_back(words: str, likely: Sequence[str]) -> NotUnderstood:
    return NotUnderstood(
        Bilingual(f"Not sure what is meant by “{shorten(words)}”.", f"不确定“{shorten(words)}”是什么意思。"),
        Bilingual(
            f"Did you mean “{'” or “'.join(likely)}”? Say it so, or in other words.",
            f"您是想说“{'”，还是“'.join(likely)}”？请照这样说，或换个说法。",
        ),
        [shorten(words)],
        likely,
    )


def out_of_range(words: str, error: Exception) -> InvalidPlan:
    """A number that no picture can be edited by ("zoom in 100000x", "resize to 0x0")."""
    first = error.errors()[0] if isinstance(error, ValidationError) else None
    detail = f"{first['loc'][-1]}: {first['msg']}" if first and first["loc"] else str(error)
    return InvalidPlan(
        Bilingual(
            f"A value in “{shorten(words)}” is out of range ({shorten(detail, 120)}).",
            f"“{shorten(words)}”里的数值超出范围（{shorten(detail, 120)}）。",
        ),
        Bilingual("Use a smaller or plainer number.", "请换一个合理的数值。"),
    )


def not_understood(text: str, tokens: list[Token]) -> NotUnderstood:
    words = [token.text for token in tokens if token.surface == "word" and not token.senses] or [shorten(text)]
    said = [shorten(word, 30) for word in words[:5]]
    remedy = Bilingual("`diptych ops` lists what can be asked, with examples.", "`diptych ops` 列出可以说的话和例子。")
    near = _nearest(words)
    if near is not None:
        remedy = Bilingual(f"Did you mean “{near}”? {remedy.en}", f"您是想说“{near}”吗？{remedy.zh}")
    return NotUnderstood(
        Bilingual(f"Not understood: “{'”, “'.join(said)}”.", f"没有听懂：“{'”、“'.join(said)}”。"), remedy, words
    )


def _nearest(words: list[str]) -> str | None:
    """The known wish whose word is most like one that was not understood; None when none is near."""
    for known in (lexicon().english, lexicon().chinese):
        wishes = [phrase for phrase, senses in known.items() if senses[0].kind in _WISHED and len(phrase) > 1]
        for word in words:
            alike = [phrase for phrase in wishes if phrase[0] == word[0]]
            found = get_close_matches(word, alike, n=1, cutoff=_ALIKE if word.isascii() else _ALIKE_IN_CHINESE)
            if found:
                return found[0]
    return None
