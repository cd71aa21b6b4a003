"""Styles and colours of things: "cartoonize it", "smooth her skin", "paint the car red", 美白."""

from __future__ import annotations

from diptych.core.operation import BlurBackground, Recolor, ReplaceBackground, Restyle, Tint
from diptych.language.frame import Frame
from diptych.language.meaning.talk import Operations, Talk


def restyle(frame: Frame, talk: Talk) -> Operations:
    """ "cartoonize it", "smooth her skin", 卡通化, "style it like Van Gogh"; else the words as they were said."""
    obj = frame.object
    if frame.verb_starts("smooths"):
        return _smoothed(frame, talk)
    if frame.verb_starts("makes_color"):
        return [Restyle(style="color", target=talk.target(obj))]
    if frame.verb_starts("makes_cartoon"):
        return [Restyle(style="cartoon", target=talk.target(obj))]
    style = frame.all.style
    if style is not None:
        return [Restyle(style=style, target=None if obj.style is not None else talk.target(obj))]
    return [Restyle(style=frame.value.text or obj.text or frame.verb, target=talk.target(obj))]


def _smoothed(frame: Frame, talk: Talk) -> Operations:
    if frame.object.is_background:
        return [BlurBackground()]
    style = "airbrushed" if frame.verb_starts("airbrushes") else "smooth"
    return [Restyle(style=style, target=talk.target(part)) for part in frame.object.named_parts()]


def recolor(frame: Frame, talk: Talk) -> Operations:
    """ "paint the car blue", 把裙子染成红色; "color the background white" replaces it."""
    color = _color(frame)
    obj = frame.object.without("color", "shade") if color and not frame.predicate else frame.object
    if obj.is_background and color:
        return [ReplaceBackground(color=color)]
    if obj.content and not obj.is_whole:
        return [Recolor(color=color, target=talk.target(part)) for part in obj.conjuncts()]
    other = frame.led_by("to", "on", "of")
    target = talk.target(other if other.content and not other.only_color else obj)
    if target is not None:
        return [Recolor(color=color, target=target)]
    return [Tint(color=color, amount=frame.share() if color else None)]


def _color(frame: Frame) -> str | None:
    """The colour that is named, or that the verb itself names ("whiten", 变黑)."""
    if frame.verb_starts("whitens"):
        return "#ffffff"
    named = frame.value.color or frame.predicate.color or frame.object.color or frame.all.color
    if named is None and frame.verb_starts("blackens"):
        return "#000000"
    if named is None and frame.verb_starts("reddens"):
        return "#ff0000"
    return named
