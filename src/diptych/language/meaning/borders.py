"""Borders, frames and corners."""

from __future__ import annotations

from diptych.core.operation import Add, Border, RoundCorners
from diptych.core.target import Thing
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.cropping import shaped
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase


def border(frame: Frame, talk: Talk) -> Operations:
    """ "frame it in gold" is adding a border; of a stated width or shape it is a Border."""
    if _is_measured(frame) or frame.verb_starts("pads"):
        return [measured_border(frame)]
    return [Add(thing=Thing(noun="border", color=frame.all.color))]


def is_measured_border(part: Phrase, frame: Frame) -> bool:
    """A border of a stated width or shape; without one, "add a border" is an addition like any other."""
    return part.says("border") and _is_measured(frame)


def _is_measured(frame: Frame) -> bool:
    return numbers.length(frame.tokens) is not None or any(map(numbers.ratio, frame.tokens))


def measured_border(frame: Frame) -> Border:
    """ "add a 20 pixel black border", 补白边到1:1: white unless a colour is named."""
    color = frame.all.color or ("#000000" if frame.mentions("black_border") else "#ffffff")
    ratio = next(filter(None, map(numbers.ratio, frame.tokens)), None)
    shape = shaped(frame.all)
    if ratio is None and shape is not None and shape.aspect:
        return Border(color=color, aspect=shape.aspect)
    if ratio is not None:
        return Border(color=color, aspect=round(ratio[0] / ratio[1], 6))
    width = numbers.length(frame.tokens)
    return Border(color=color, width=width) if width else Border(color=color)


def round_corners(frame: Frame, talk: Talk) -> Operations:
    """ "round the corners by 5%", 圆角."""
    radius = numbers.length(frame.tokens)
    return [RoundCorners(radius=radius) if radius else RoundCorners()]
