"""Sizes: of the picture in pixels or as a factor, and of a thing in it."""

from __future__ import annotations

import itertools
from itertools import zip_longest

from diptych.core.operation import AnyOperation, Crop, Resize, Scale, Upscale
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.adjusting import adjusted, increase
from diptych.language.meaning.cropping import CLOSER, TIGHTER, extended
from diptych.language.meaning.lettering import text_styled
from diptych.language.meaning.qualities import USUAL_FACTOR, USUAL_RESIZE
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.tokens import Token

_LEAST_PIXELS = 16
"""A bare number above this is a size in pixels, below it a factor or a count."""
_PIXELS_PER_K = 960
"""4K is 3840 pixels wide."""
_ABOUT_SIZE = ("size", "length", "quality")


def resize(frame: Frame, talk: Talk) -> Operations:
    """ "resize to 800x600", 缩放到50%; "resize the dog" scales the dog."""
    target = None if frame.object.is_whole or is_sized(frame) else talk.target(frame.object)
    return [resized(frame)] if target is None else [Scale(factor=round(frame.factor(USUAL_FACTOR), 4), target=target)]


def is_sized(frame: Frame) -> bool:
    """A size in pixels with the side that has it: "1920 px wide", 宽度改成1920像素."""
    in_pixels = any(token.says("pixels") or numbers.pixel_size(token) for token in frame.tokens)
    return in_pixels and frame.mentions("side_of_size") and not frame.says("border")


def resized(frame: Frame, direction: int = 0) -> Resize:
    """Pixels, percent, factor, longest side: whichever the clause gives."""
    for token, unit in zip_longest(frame.tokens, frame.tokens[1:]):
        both = numbers.pixel_size(token)
        if both is not None:
            return Resize(width=both[0], height=both[1])
        if token.surface == "number" and token.text.isdigit() and _is_side(token, unit):
            return Resize.model_validate({frame.option("side_of_size") or "longest": int(token.text)})
    relative = numbers.relative_factor(frame.tokens, direction) if direction else None
    if relative is not None:
        return Resize(factor=round(relative, 4))
    if any(numbers.is_nothing(token) for token in frame.tokens):
        raise ValueError("a picture of 0 % is no picture")
    factor = frame.factor(0.0)
    if not factor or not frame.has_amount:
        return Resize(factor=USUAL_RESIZE if direction >= 0 else 1 / USUAL_RESIZE)
    return Resize(factor=round(1 / factor if direction < 0 and factor > 1 else factor, 4))


def _is_side(number: Token, unit: Token | None) -> bool:
    if unit is not None and (unit.says("pixels") or unit.says("pixels_along")):
        return True
    is_factor = unit is not None and (unit.says("percent") or unit.says("times"))
    return int(number.text) > _LEAST_PIXELS and not is_factor


def upscale(frame: Frame, talk: Talk) -> Operations:
    """ "upscale 4x", "upscale by a factor of 4", 无损放大两倍: twice as large unless said otherwise.

    To a size in pixels ("to 4k", "to 3000 px wide") no factor is known: that is a resize.
    """
    in_k = next((one for one, unit in itertools.pairwise(frame.tokens) if unit.text == "k"), None)
    if in_k is not None and in_k.text.isdigit():
        return [Resize(longest=_PIXELS_PER_K * int(in_k.text))]
    if is_sized(frame) or any(numbers.pixel_size(token) for token in frame.tokens) or numbers.pixels(frame.tokens):
        return [resized(frame)]
    factor = numbers.relative_factor(frame.tokens, 1) or frame.factor(0.0) or numbers.plain_number(frame.tokens)
    return [Upscale(factor=USUAL_RESIZE if factor is None else round(factor, 4))]


def increased(frame: Frame, talk: Talk) -> Operations:
    """ "increase the resolution 2x" makes it larger; else as any quality goes up."""
    if frame.says("resolution") and frame.factor(0.0) > 1:
        return upscale(frame, talk)
    return increase(frame, talk)


def enlarge(frame: Frame, talk: Talk) -> Operations:
    """ "enlarge the logo", 放大一倍; a larger canvas extends, a larger resolution upscales."""
    if text_styled(frame, talk):
        return []
    if frame.says("resolution"):
        return upscale(frame, talk)
    if frame.says("canvas"):
        return [extended(frame)]
    closer = _closer(frame, talk) if frame.verb_starts("brings_closer") else None
    return [closer] if closer is not None else _sized(frame, talk, 1)


def shrink(frame: Frame, talk: Talk) -> Operations:
    """ "shrink the dog", 缩小到50%."""
    if text_styled(frame, talk):
        return []
    return _sized(frame, talk, -1)


def _sized(frame: Frame, talk: Talk, direction: int) -> Operations:
    target = talk.target(frame.object)
    if target is not None and not frame.object.is_whole:
        relative = numbers.relative_factor(frame.tokens, direction)
        if relative is not None:
            return [Scale(factor=round(relative, 4), target=target)]
        factor = frame.factor(USUAL_FACTOR)
        return [Scale(factor=round(factor if direction > 0 else min(factor, 1 / factor), 4), target=target)]
    if any(name not in _ABOUT_SIZE for name in frame.qualities):
        return adjusted(frame, talk, direction)
    return [resized(frame, direction)]


def _closer(frame: Frame, talk: Talk) -> AnyOperation | None:
    """放大 on its own, on 这一块 or 到车牌 brings the view closer; with a picture or a number it enlarges."""
    if frame.has_number or frame.qualities or frame.factor(0.0) not in _little_more():
        return None
    if frame.object.has("generic_part") and not frame.object.names("thing"):
        return Crop(target=talk.target(frame.object), zoom=TIGHTER)
    if frame.value.names("thing"):
        return Crop(target=talk.target(frame.value), zoom=TIGHTER)
    if not frame.object.content and not frame.value.content and not talk.operations:
        return Crop(zoom=CLOSER)
    if frame.object.tokens and all(token.has("determiner") for token in frame.object.tokens):
        return Crop(target=talk.last_target, zoom=CLOSER)
    return None


def _little_more() -> tuple[float, ...]:
    """Factors that "a bit" and "more" stand for, and 0 for none said: none of them is a size."""
    amounts = lexicon().amounts
    return 0.0, amounts["slight"].factor, amounts["normal"].factor
