"""Qualities → operations: "a bit brighter", "less saturated", 对比度高一点; which way each goes and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from diptych.core.operation import (
    AnyOperation,
    Blur,
    BlurBackground,
    Brightness,
    Contrast,
    Dehaze,
    Denoise,
    Exposure,
    Gamma,
    Grain,
    Highlights,
    Hue,
    Recolor,
    RemoveBackground,
    Resize,
    Restore,
    Restyle,
    Saturation,
    Scale,
    Shadows,
    Sharpness,
    Tint,
    Vibrance,
    Vignette,
    Warmth,
    Warp,
)  # fmt: skip
from diptych.core.target import Target
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.talk import Operations
from diptych.language.phrase import Phrase

Way = tuple[str, int]
"""(quality, direction): up is 1, down is -1, what the picture needs is 0."""

_SIGNED: dict[str, Callable[..., AnyOperation]] = {
    "brightness": Brightness,
    "contrast": Contrast,
    "saturation": Saturation,
    "vibrance": Vibrance,
    "highlights": Highlights,
    "shadows": Shadows,
    "warmth": Warmth,
    "sharpness": Sharpness,
}
"""Operations whose one amount is the quality's own, -1..1."""
FLAWS = frozenset({"noise", "grain", "haze", "blur", "compression"})
"""Qualities that nobody complains of having too little of."""
USUAL_FACTOR = 1.3
"""How much larger "bigger" makes a thing."""
USUAL_RESIZE = 2.0
"""How much larger "bigger" makes the whole picture."""
USUAL_VIGNETTE = 0.4
USUAL_BACKGROUND_BLUR = 0.5
USUAL_HUE = 30.0
"""Degrees; a shift that is seen and still leaves the colours related."""


@dataclass(frozen=True)
class _Shift:
    """One quality to be moved on one target, and the clause that says how much."""

    direction: int
    frame: Frame
    target: Target | None

    @property
    def share(self) -> float:
        return self.frame.share()


def shifted(ways: Iterable[Way], frame: Frame, target: Target | None) -> Operations:
    """The operations that move each quality its way on `target`; one that can't go that way is passed over.

    How much is read from `frame`: 0.3 unless it says otherwise.
    """
    made = [_operation(quality, _Shift(direction, frame, target)) for quality, direction in ways]
    return [operation for operation in made if operation is not None]


def _operation(quality: str, shift: _Shift) -> AnyOperation | None:
    stops = numbers.stops(shift.frame.tokens) if quality == "brightness" else None
    if stops is not None:
        return Exposure(stops=stops * (shift.direction or 1), target=shift.target)
    if quality in _SIGNED:
        amount = _signed_amount(shift)
        return _SIGNED[quality](amount=amount, target=shift.target)
    make = _SHIFTS.get(quality)
    return make(shift) if make is not None else None


def _signed_amount(shift: _Shift) -> float | None:
    """How far a quality goes, with its sign; None leaves it to the picture ("adjust the brightness")."""
    if shift.direction > 0 and shift.frame.mentions("half_as"):
        return -0.5
    said = numbers.signed_share(shift.frame.tokens)
    if said is not None:
        return said if shift.direction >= 0 else -abs(said)
    return shift.direction * shift.share if shift.direction else None


def _color(shift: _Shift) -> AnyOperation:
    if not shift.direction:
        return Tint(target=shift.target)
    return Saturation(amount=shift.direction * shift.share, target=shift.target)


def _tint(shift: _Shift) -> AnyOperation:
    color = shift.frame.all.color
    amount = (shift.direction or 1) * shift.share if color or shift.direction else None
    return Tint(color=color, amount=amount, target=shift.target)


def _opacity(shift: _Shift) -> AnyOperation | None:
    if shift.target is None:
        return None
    if shift.target.noun == "background":
        return RemoveBackground()
    return Restyle(style="transparent", target=shift.target)


def _gamma(shift: _Shift) -> AnyOperation:
    number = numbers.plain_number(shift.frame.tokens)
    moved = 1.0 + (shift.direction or 1) * shift.share
    return Gamma(gamma=number if number and number > 0 else moved, target=shift.target)


def _noise(shift: _Shift) -> AnyOperation:
    if shift.direction > 0 and not shift.frame.verb and shift.frame.senses:
        return Denoise(target=shift.target)  # 噪点很多 says what is wrong
    if shift.direction > 0:
        return Grain(strength=shift.share, target=shift.target)
    return Denoise(strength=shift.frame.said_share, target=shift.target)


def _grain(shift: _Shift) -> AnyOperation:
    if shift.direction >= 0:
        return Grain(strength=shift.share, target=shift.target)
    return Denoise(strength=shift.frame.said_share, target=shift.target)


def _compression(shift: _Shift) -> AnyOperation:
    return Denoise(kind="compression", strength=shift.frame.said_share, target=shift.target)


def _haze(shift: _Shift) -> AnyOperation | None:
    return Dehaze(target=shift.target) if shift.direction < 0 else None


def _vignette(shift: _Shift) -> AnyOperation | None:
    if shift.direction < 0:
        return None
    return Vignette(amount=shift.frame.share_or(USUAL_VIGNETTE), target=shift.target)


def _smoothness(shift: _Shift) -> AnyOperation | None:
    return Restyle(style="smooth", target=shift.target) if shift.target is not None else None


def _hue(shift: _Shift) -> AnyOperation:
    return Hue(degrees=numbers.plain_number(shift.frame.tokens) or USUAL_HUE, target=shift.target)


def _length(shift: _Shift) -> AnyOperation:
    return Warp(kind="stretch" if shift.direction >= 0 else "squeeze", target=shift.target)


def _size(shift: _Shift) -> AnyOperation:
    factor = numbers.relative_factor(shift.frame.tokens, shift.direction) or shift.frame.factor(USUAL_FACTOR)
    if shift.direction < 0 and factor > 1:
        factor = 1 / factor
    if shift.target is not None:
        return Scale(factor=round(factor, 4), target=shift.target)
    if not shift.frame.has_amount and shift.direction < 0:
        factor = 1 / USUAL_RESIZE
    elif not shift.frame.has_amount and shift.direction > 0 and factor == USUAL_FACTOR:
        factor = USUAL_RESIZE
    return Resize(factor=round(factor, 4))


def _blur(shift: _Shift) -> AnyOperation:
    frame, target = shift.frame, shift.target
    if shift.direction < 0:
        return Sharpness(amount=shift.share, target=target)
    if target is not None and target.noun == "background" and target.relation is None:
        return BlurBackground(strength=background_blur(frame))
    style = frame.option("blur_style") or "gaussian"
    return Blur(strength=shift.share, style=style, radius=numbers.pixels(frame.tokens), target=target)  # type: ignore[arg-type]


_SHIFTS: dict[str, Callable[[_Shift], AnyOperation | None]] = {
    "size": _size,
    "length": _length,
    "blur": _blur,
    "color": _color,
    "tint": _tint,
    "hue": _hue,
    "opacity": _opacity,
    "gamma": _gamma,
    "noise": _noise,
    "grain": _grain,
    "compression": _compression,
    "haze": _haze,
    "vignette": _vignette,
    "quality": lambda shift: Restore(target=shift.target),
    "smoothness": _smoothness,
}


def background_blur(frame: Frame) -> float:
    """A background is blurred by half unless said otherwise; "a bit more" is more than that."""
    if frame.all.says("more_of_it") and not frame.has_number:
        return min(USUAL_BACKGROUND_BLUR + frame.share(), 1.0)
    return frame.share_or(USUAL_BACKGROUND_BLUR)


def ways(phrase: Phrase) -> list[Way]:
    """Each quality word with its way: "brighter" (brightness, 1), "less saturated" and 不那么鲜艳 (saturation, -1)."""
    found: list[Way] = []
    sign = 1
    """What an adjective's own direction is multiplied by: -1 after "less" and "too"."""
    noun_way = 0
    """Which way "more contrast" or "higher contrast" sends the noun after it."""
    complaint = False
    named: str | None = None
    for token in phrase.tokens:
        if token.has("statement") and not token.says("no_complaint"):
            sign, complaint = -1, True
            continue
        if token.says("less_so"):
            sign, noun_way = -1, -1
            continue
        if (token.has("amount") and token.text.endswith(" more")) or token.says("more_so"):
            noun_way = 1
            continue
        if token.says("weaker"):
            noun_way = -1
            continue
        if more := token.sense("more"):
            found.append((more, sign))
        elif less := token.sense("less"):
            found.append((less, -sign))
        elif (quality := token.sense("quality")) and noun_way:
            found.append((quality, noun_way))
        elif quality:
            named = quality
        elif named and token.says("upward"):
            found.append((named, sign))
        elif named and token.says("downward"):
            found.append((named, -sign))
        if token.surface == "mark" or token.has("coordinator"):
            sign = -1 if complaint else 1 if token.surface == "mark" else sign
    return list(dict.fromkeys(found))


def leaning(phrase: Phrase, share: float, target: Target | None) -> AnyOperation | None:
    """ "more red", "less yellow": the colour that is named, moved by `share`; None when none is named."""
    color = phrase.color
    return None if color is None else leaned(color, direction_of_leaning(phrase), share, target)


def direction_of_leaning(phrase: Phrase) -> int:
    """Towards a colour (1), or away from it (-1: "less yellow", 别那么黄)."""
    return -1 if phrase.has("negation", "statement") or phrase.says("less_of_it") else 1


def leaned(color: str, direction: int, share: float, target: Target | None) -> AnyOperation:
    """ "bluer", 偏红一点: a tint of the whole picture, a partial recolour of the target. Whiter skin is brighter."""
    if target is not None and color == "#ffffff" and target.noun in lexicon().cues["skin"]:
        return Brightness(amount=direction * share, target=target)
    if target is None or direction < 0:
        return Tint(color=color, amount=direction * share, target=target)
    return Recolor(color=color, strength=min(1.0, 2 * share), target=target)
