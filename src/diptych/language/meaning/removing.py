"""Removing: things, people, backgrounds, lettering, colours, edges; what each verb means for its object."""

from __future__ import annotations

from diptych.core.operation import (
    Blur,
    Grayscale,
    Pixelate,
    Remove,
    RemoveBackground,
    RemoveText,
    Sharpness,
    Tint,
)  # fmt: skip
from diptych.core.target import Target
from diptych.language.frame import Frame
from diptych.language.meaning.backgrounds import whose_background
from diptych.language.meaning.cleaning import decompressed, denoised
from diptych.language.meaning.cropping import cut_sides
from diptych.language.meaning.qualities import shifted
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

_LOWERED = frozenset({"brightness", "contrast", "saturation", "warmth"})
"""Qualities that "drop" and "cut" turn down."""


_MEANS = ("with", "by", "using")
"""Relation words before what something is hidden with."""


def remove(frame: Frame, talk: Talk) -> Operations:
    """ "remove the man and the dog", 把背景去掉, "take everything out except the car"."""
    obj = frame.object
    if not obj.content and frame.led_by("except").content:
        return [Remove(target=Target(noun="everything"))]
    if not obj.content and not frame.value.content and talk.topic is not None:
        return [Remove(target=talk.topic)]
    off_background = frame.verb_starts("takes_out") and frame.led_by("off", "out of", "from").is_background
    if off_background and obj.content and not obj.is_background:
        return [RemoveBackground(target=talk.target(obj))]
    means = frame.led_by(*_MEANS).verbs
    if means & {"blur", "pixelate"}:
        hide = Blur if "blur" in means else Pixelate
        return [hide(target=talk.target(part.detached(*_MEANS))) for part in obj.conjuncts()]
    parts = (obj if obj.tokens else frame.value).conjuncts()
    if frame.verb_is("hides") and all(part.noun_is("private") for part in parts):
        return [Pixelate(target=talk.target(part)) for part in parts]
    return [operation for part in parts for operation in _removed(part, frame, talk)]


def _removed(part: Phrase, frame: Frame, talk: Talk) -> Operations:
    """The operations that take one of several things away: the first reading that fits."""
    if part.is_background and part.place_only != "edges":
        return [RemoveBackground(target=whose_background(part, talk))]
    if part.is_lettering or (part.quotes and part.head is None):
        return [_text_removed(part)]
    made = _quality_removed(part, frame, talk)
    if made:
        return made
    if part.only_color and not part.has("generic_part"):
        return [Tint(color=part.color, amount=-1.0)]
    sides = cut_sides(part)
    if sides is not None:
        return [sides]
    if part.is_whole and not part.names("thing"):
        return [Remove(target=_everything(part))]
    if part.is_pronoun and talk.topic is not None:
        return [Remove(target=talk.topic)]
    if part.says("all_people"):
        return [Remove(target=Target(noun="person", quantifier="all"))]
    target = talk.target(part) or (part.target() if part.content and not part.is_pronoun else None)
    return [Remove(target=target)] if target is not None and target != Target() else []


def _text_removed(part: Phrase) -> RemoveText:
    """Which lettering; None for all of it."""
    target = part.target()
    says_which = target.text or target.place or target.color or target.relation or target.noun != "text"
    return RemoveText(target=target if says_which else None)


def _quality_removed(part: Phrase, frame: Frame, talk: Talk) -> Operations:
    """ "remove the colour of the car", 去掉噪点, "drop the saturation"."""
    named = part.qualities
    owner = talk.target(part.attachments)
    if "color" in named and part.names("thing") in ([], ["color"]):
        return [Tint(color=part.color, amount=-1.0)] if part.color else [Grayscale(target=owner)]
    if "tint" in named:
        return [Tint(color=part.color, amount=-1.0)] if part.color else [Tint()]
    if "blur" in named:
        return [Sharpness(amount=frame.share(), target=owner)]
    if "noise" in named:
        return [denoised(frame, owner)]
    if "compression" in named:
        return [decompressed(frame, owner)]
    if frame.verb_is("drops") and (part.head is None or part.head.has("quality")):
        return shifted([(name, -1) for name in named if name in _LOWERED], frame, owner)
    return []


def _everything(part: Phrase) -> Target:
    """All of the picture, or the picture that hangs on something ("remove the picture from the wall")."""
    for lead, other in part.attached:
        on_it = lead in ("from", "on", "of", "in") and other.content and not other.is_whole
        if on_it and other.place_only is None and not part.has("all"):
            return part.attachments.target().model_copy(update={"noun": "picture"})
    return Target(noun="everything")
