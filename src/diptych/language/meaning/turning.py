"""Rotating, straightening, mirroring and warping: angles, axes and kinds of distortion."""

from __future__ import annotations

from diptych.core.operation import Flip, Rotate, Straighten, Warp
from diptych.core.target import Target
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.adjusting import adjusted
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

HALF_TURN = 180.0
QUARTER_TURN = 90.0
SLIGHT_TURN = 5.0
"""Degrees that "rotate it a bit" turns."""
_SLIGHT_SHARE = 0.15


def rotate(frame: Frame, talk: Talk) -> Operations:
    """ "rotate it 90 degrees to the left", 顺时针旋转90度, "turn it upside down"."""
    return [rotated(frame, talk)]


def rotated(frame: Frame, talk: Talk) -> Rotate:
    """Clockwise unless the clause says left; a quarter turn unless it says how far."""
    angle = numbers.degrees(frame.tokens)
    if angle is None:
        slight = frame.share() <= _SLIGHT_SHARE
        angle = HALF_TURN if frame.mentions("upside_down") else SLIGHT_TURN if slight else QUARTER_TURN
    to_left = frame.mentions("counterclockwise") or frame.all.has_word("leftward")
    turning = free_of_direction(frame.object).alone
    named = not frame.object.is_whole and (turning.content or turning.is_pronoun)
    return Rotate(degrees=-angle if to_left else angle, target=talk.target(turning) if named else None)


def is_turn(frame: Frame) -> bool:
    """ "turn the photo on its side", "rightside up", 90 degrees: a rotation in other words."""
    if any(token.has("turned") and not token.says("how_it_stands") for token in frame.tokens):
        return True
    return frame.mentions("on_its_side") or (frame.verb_starts("turns") and frame.all.has_word("turned_around"))


def free_of_direction(phrase: Phrase) -> Phrase:
    """The phrase without places, numbers and directions: what is left is the thing that turns or moves."""
    kept = [
        token
        for token in phrase.tokens
        if not token.has("place") and token.surface != "number" and not token.says("direction")
    ]
    return Phrase(tuple(kept), phrase.attached)


def straighten(frame: Frame, talk: Talk) -> Operations:
    """ "level the horizon", 拉直画面: the horizon and the lines are what it goes by, not a part of it to turn."""
    target = talk.target(frame.object)
    degrees = numbers.degrees(frame.tokens)
    if target is not None and (target.noun in ("horizon", "line", "") or degrees is not None):
        target = None
    return [Straighten(target=target, degrees=degrees)]


def flip(frame: Frame, talk: Talk) -> Operations:
    """ "mirror it", 上下翻转: left and right change places unless up and down are named."""
    axis = "vertical" if frame.mentions("upside_down_mirrored") else "horizontal"
    return [Flip(axis=axis, target=talk.target(frame.object))]  # type: ignore[arg-type]


def warp(frame: Frame, talk: Talk) -> Operations:
    """ "stretch it vertically", 加鱼眼效果. Flattening the contrast is no warp."""
    if frame.verb_starts("flattens") and frame.qualities:
        return adjusted(frame, talk, -1)
    return [warped(frame, talk.target(frame.object))]


def warped(frame: Frame, target: Target | None) -> Warp:
    kind = frame.option("warp")
    if kind is None:
        return Warp(target=target)
    return Warp(kind=kind, axis=frame.option("axis"), target=target)  # type: ignore[arg-type]
