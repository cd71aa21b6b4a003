"""Adjusting, fixing and restoring: verbs that leave it open what is to be done."""

from __future__ import annotations

from diptych.core.operation import Add, Recolor, ReplaceBackground, Restore, Vague
from diptych.language.frame import Frame
from diptych.language.meaning.adjusting import adjusted
from diptych.language.meaning.changing import changed, says_only
from diptych.language.meaning.cropping import cropped
from diptych.language.meaning.talk import Operations, Talk

_RESTORED_ANYWAY = frozenset({"quality", "tint", "color"})
"""Qualities that restoring sees to."""


def adjust(frame: Frame, talk: Talk) -> Operations:
    """ "adjust the brightness", "fix this old photo", 调整一下颜色."""
    obj = frame.object
    if says_only(frame) and not frame.value.content and obj.names("thing"):
        talk.last_target = talk.target(obj)
        return []
    made = adjusted(frame, talk)
    if made:
        return made
    if frame.value.content:
        return changed(obj, frame.value, frame, talk)
    if frame.means("crop"):
        return [cropped(frame, talk)]
    if obj.content and not obj.is_whole:
        return [Restore(target=talk.target(obj))]
    damaged = obj.names_any("attribute", "damaged") or frame.all.names_any("style", "damaged")
    if damaged or (frame.verb_is("repairs_picture") and obj.has("whole")):
        return [Restore()]
    return [Vague(words=frame.text)] if obj.content or obj.has("pronoun") else []


def restore(frame: Frame, talk: Talk) -> Operations:
    """ "restore the old photo", "fill the glass with water", "retouch her skin", 修复划痕."""
    obj = frame.object
    if frame.means("increase", "restore") and frame.qualities and not obj.names("thing"):
        made = adjusted(frame, talk, 1)
        if made and not _RESTORED_ANYWAY.issuperset(frame.qualities):
            return made
    filled = _filled(frame, talk)
    if filled:
        return filled
    open_wish = frame.verb_is("improves_it") and not obj.content and not obj.has("whole")
    if open_wish and not frame.qualities:
        return [Vague(words=frame.text)]
    targets = [talk.target(part) for part in obj.conjuncts()] if obj.content else [None]
    return [Restore(target=target) for target in targets]


def _filled(frame: Frame, talk: Talk) -> Operations:
    """ "fill the background with red", "fill the vase with flowers"."""
    obj, content = frame.object, frame.led_by("with")
    color = frame.value.color or frame.predicate.color or content.color
    if color and frame.verb_starts("fill_start"):
        if obj.is_background:
            return [ReplaceBackground(color=color)]
        if obj.content:
            return [Recolor(color=color, target=talk.target(obj))]
    if frame.verb_is("fills") and content.content:
        return [Add(thing=part.thing(), target=talk.target(obj)) for part in content.conjuncts()]
    return []
