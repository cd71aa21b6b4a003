"""Numbers, amounts and measures in a clause: "50%", "a bit", 两倍, "1.5 stops", 16:9, 800×600, 30像素."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import zip_longest

from diptych.core.operation import Length
from diptych.language.lexicon import lexicon
from diptych.language.tokens import Token

USUAL_SHARE = 0.3
"""The share of the full effect that an instruction means when it doesn't say how much."""
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s*[:：]\s*(\d+(?:\.\d+)?)")
_PIXEL_SIZE = re.compile(r"(\d+)\s*[x×*]\s*(\d+)")
_PERCENT_SIGNS = ("%", "％")
_FACTORS_FIRST = ("quadruple", "triple", "double", "half", "third", "quarter")
"""Amounts that are factors by name: they win over "a lot" beside them."""


def share_said(tokens: Sequence[Token], default: float = USUAL_SHARE) -> float:
    """ "50%" is 0.5, "a bit" 0.15, 大幅 0.6; the strongest clue wins: a number over a word."""
    for token, unit in _numbers(tokens):
        if token.text.endswith(_PERCENT_SIGNS):
            return min(_percentage(token), 1.0)
        if unit is not None and unit.says("percent"):
            return min(abs(float(token.text)) / 100, 1.0)
    amounts = lexicon().amounts
    if any(_is_slightly(token) for token in tokens):
        return amounts["slight"].share
    shares = [amounts[name].share for token in tokens if (name := token.sense("amount")) and _is_amount(token)]
    strong = [share for share in shares if share > default]
    slight = [share for share in shares if share < default]
    return max(strong) if strong else min(slight) if slight else default


def signed_share(tokens: Sequence[Token]) -> float | None:
    """ "brightness +20" is 0.2, 亮度-10 is -0.1, "contrast 1.5x" 0.5: a bare number beside a quality, -1..1."""
    for token, unit in _numbers(tokens):
        if token.text.endswith(_PERCENT_SIGNS) or token.text.endswith("°"):
            continue
        if unit is not None and unit.says("times"):
            return max(min(_value(token) - 1.0, 1.0), -1.0)
        if unit is None or not unit.senses:
            value = _value(token)
            share = value if "." in token.text and abs(value) <= 1 else value / 100
            return max(min(share, 1.0), -1.0) if token.text[0] in "+-" or abs(value) > 1 else None
    return None


def relative_factor(tokens: Sequence[Token], direction: int) -> float | None:
    """ "20% smaller" is 0.8, 放大20% is 1.2; None for "to 50%", which is the size itself."""
    before: Token | None = None
    for token in tokens:
        if token.surface == "number" and token.text.endswith(_PERCENT_SIGNS):
            if before is not None and (before.says("relative_to") or before.text.endswith(("到", "成", "为", "至"))):
                return None
            return max(1.0 + direction * _percentage(token), 0.0)
        before = token
    return None


def factor_said(tokens: Sequence[Token], default: float) -> float:
    """ "twice" is 2, "3x" 3, "150%" 1.5, "half" and 一半 0.5."""
    for token, unit in _numbers(tokens):
        if token.text.endswith(_PERCENT_SIGNS):
            return _percentage(token) or default
        if unit is not None and unit.says("times"):
            return float(token.text) or default
    amounts = lexicon().amounts
    for token in tokens:
        if "size" in (token.sense("more"), token.sense("less")):
            for amount, words in lexicon().options["size_factor"].items():
                if any(word in token.text for word in words):
                    return amounts[amount].factor
    names = [name for token in tokens if (name := token.sense("amount"))]
    named = [name for name in _FACTORS_FIRST if name in names] or names
    return amounts[named[0]].factor if named else default


def says_amount(tokens: Sequence[Token]) -> bool:
    """It says how much, in words or as a number."""
    return any(token.surface == "number" or (token.has("amount") and _is_amount(token)) for token in tokens)


def percent(tokens: Sequence[Token]) -> float | None:
    """The first percentage as a share, kept inside 0..1 so that something is left of what is cut."""
    found = next((token for token, _ in _numbers(tokens) if token.text.endswith(_PERCENT_SIGNS)), None)
    return None if found is None else min(max(_percentage(found), 0.001), 0.99)


def length(tokens: Sequence[Token]) -> Length | None:
    """A number of pixels, or a percentage of the shorter side."""
    for token, unit in _numbers(tokens):
        if token.text.endswith(_PERCENT_SIGNS):
            return Length(share=_percentage(token))
        if unit is not None and unit.says("pixels"):
            return Length(pixels=abs(int(float(token.text))))
    return None


def pixels(tokens: Sequence[Token]) -> Length | None:
    """A length that is given in pixels."""
    said = length(tokens)
    return said if said is not None and said.pixels is not None else None


def plain_number(tokens: Sequence[Token]) -> float | None:
    """The first number, whatever its unit."""
    return next((_value(token) for token, _ in _numbers(tokens)), None)


def degrees(tokens: Sequence[Token]) -> float | None:
    """The angle that a clause gives, in digits or in words ("ninety", 九十度); number words below ten are counts."""
    for token in tokens:
        if is_plain_number(token):
            return _value(token)
        number = number_named(token.text) or number_named(token.text.rstrip("度"))
        if number and number >= 10:
            return float(number)
    return None


def stops(tokens: Sequence[Token]) -> float | None:
    """ "by 1.5 stops", "+1 EV", 加两档曝光. 档 alone counts only where the exposure is named."""
    text = " ".join(token.text for token in tokens)
    exposed = any(word in text for word in lexicon().cues["exposure"])
    for token, after in zip_longest(tokens, tokens[1:]):
        counted = token.text.removesuffix("档")
        chinese = counted != token.text
        if not chinese and (after is None or not after.says("stops")):
            continue
        if (chinese or (after is not None and after.text == "档")) and not exposed:
            continue
        if is_plain_number(token):
            return abs(_value(token))
        if "half a stop" in text or token.says("half_stop"):
            return 0.5
        number = number_named(counted) or (1 if token.text == "a" else None)
        if number:
            return float(number)
    return None


def ratio(token: Token) -> tuple[float, float] | None:
    """16:9 as (width, height)."""
    found = _RATIO.fullmatch(token.text)
    return None if found is None else (float(found.group(1)), float(found.group(2)))


def pixel_size(token: Token) -> tuple[int, int] | None:
    """800x600 as (width, height)."""
    found = _PIXEL_SIZE.fullmatch(token.text)
    return None if found is None else (int(found.group(1)), int(found.group(2)))


def number_named(word: str) -> int | None:
    """ "three" and 三 are 3."""
    return lexicon().numbers.get(word)


def counted(word: str) -> int | None:
    """三朵 is 3: a number with its measure word."""
    found = _counted().match(word)
    return number_named(found.group(1)) if found else None


@cache
def _counted() -> re.Pattern[str]:
    measures = "".join(lexicon().cues["measure_word"])
    return re.compile(f"^([一两二三四五六七八九十])[{measures}]$")


def is_plain_number(token: Token) -> bool:
    """A number that is no ratio and no size."""
    return (
        token.surface == "number" and _RATIO.fullmatch(token.text) is None and _PIXEL_SIZE.fullmatch(token.text) is None
    )


def is_nothing(token: Token) -> bool:
    """0% of a size."""
    return token.surface == "number" and token.text.endswith(_PERCENT_SIGNS) and _percentage(token) == 0.0


def _numbers(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    """Each plain number with the token after it, which may be its unit."""
    for token, after in zip_longest(tokens, tokens[1:]):
        if is_plain_number(token):
            yield token, after


def _value(token: Token) -> float:
    return float(token.text.rstrip("%°％ "))


def _percentage(token: Token) -> float:
    return abs(_value(token)) / 100


def _is_slightly(token: Token) -> bool:
    """亮一点, 偏蓝一些: the amount is part of the word."""
    return len(token.text) > 1 and token.ends("slightly_ending") and token.has("verb", "leaning")


def _is_amount(token: Token) -> bool:
    return not token.has("whole") and not token.says("only_compares")
