"""Filters and blurs: operations that need little more than a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diptych.core.operation import AnyOperation, BlurBackground, Pixelate, Posterize, Sepia
from diptych.core.target import Target
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.adjusting import Act, quality_target
from diptych.language.meaning.backgrounds import BACKGROUND
from diptych.language.meaning.predicates import predicated
from diptych.language.meaning.qualities import background_blur, shifted
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

_USUAL_LEVELS = 4
_LEVELS = (2, 64)
"""The fewest and the most levels of a posterized picture."""


def plain(make: Callable[[Target | None], AnyOperation]) -> Act:
    """The function of a verb that needs no more than a target; what else the clause says of the picture follows."""

    def act(frame: Frame, talk: Talk) -> Operations:
        target = talk.target(frame.object) or (quality_target(frame, talk) if frame.around else None)
        return [make(target), *_said_besides(make(target), frame)]

    return act


def _said_besides(filtered: AnyOperation, frame: Frame) -> Operations:
    """ "black and white with more contrast": what else the picture is made."""
    if not frame.means("grayscale", "sepia"):
        return []
    rest = tuple(token for token in frame.tokens if token.text != frame.verb)
    more = predicated(Phrase(rest), None, replace(frame, tokens=rest))
    return [operation for operation in more if operation.op != filtered.op]


def sepia(frame: Frame, talk: Talk) -> Operations:
    """ "sepia at 50%", 老照片色调."""
    strength = full_strength(frame)
    return plain(lambda target: Sepia(target=target, strength=strength))(frame, talk)


def full_strength(frame: Frame) -> float:
    """All of it, unless a number is given."""
    return frame.share() if frame.has_number else 1.0


def posterize(frame: Frame, talk: Talk) -> Operations:
    """ "posterize to 6 levels", 色调分离."""
    digits = (token.text for token in frame.tokens if token.surface == "number" and token.text.isdigit())
    fewest, most = _LEVELS
    levels = min(max(int(next(digits, _USUAL_LEVELS)), fewest), most)
    named = Phrase(tuple(token for token in frame.object.tokens if token.senses and not token.has("turned")))
    return [Posterize(levels=levels, target=talk.target(named))]


def blur(frame: Frame, talk: Talk) -> Operations:
    """ "blur the faces", "blur everything behind her", 虚化背景."""
    obj = frame.object
    behind = frame.led_by("behind", "in back of")
    if obj.tokens and obj.mentions("behind_start") and all(token.has("localizer") for token in obj.tokens):
        return [BlurBackground(strength=background_blur(frame))]
    if behind.content and not obj.names("thing"):
        keep = None if behind.is_pronoun else talk.target(behind)
        return [BlurBackground(strength=background_blur(frame), target=keep)]
    parts = [part for part in obj.conjuncts() if part.content] or [_led_object(frame)]
    targets = [BACKGROUND if part.is_background else talk.target(part) for part in parts]
    return [operation for target in targets for operation in shifted([("blur", 1)], frame, target)]


def _led_object(frame: Frame) -> Phrase:
    """ "put a blur on the sky": what is blurred stands after a preposition."""
    led = frame.led_by("of", "on", "to", "in")
    return led if led.content else frame.object


def pixelate(frame: Frame, talk: Talk) -> Operations:
    """ "pixelate the license plate with 20 px blocks", 给脸打码."""
    size = numbers.length(frame.tokens)
    target = talk.target(frame.object.detached("with")) or talk.target(frame.recipient)
    return [Pixelate(target=target, size=size) if size is not None else Pixelate(target=target)]
