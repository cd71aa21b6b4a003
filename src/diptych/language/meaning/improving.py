"""Adjusting, fixing and restoring: verbs that leave it open what is to be done."""

from __future__ import annotations

from diptych.core.operation import Add, Recolor, Remove, ReplaceBackground, Restore, Vague
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.adjusting import adjusted
from diptych.language.meaning.changing import changed, says_only
from diptych.language.meaning.cropping import cropped
from diptych.language.meaning.talk import SCRATCHES, Operations, Talk

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
    scratched = _scratches_mended(frame, talk)
    if scratched:
        return scratched
    if obj.content and not obj.is_whole:
        return [Restore(target=talk.target(obj), strength=_share(frame))]
    damaged = obj.names_any("attribute", "damaged") or frame.all.names_any("style", "damaged")
    if damaged or (frame.verb_is("repairs_picture") and obj.has("whole")):
        return [Restore(strength=_share(frame))]
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
    scratched = _scratches_mended(frame, talk)
    if scratched:
        return scratched
    targets = [talk.target(part) for part in obj.conjuncts()] if obj.content else [None]
    return [Restore(target=target, strength=_share(frame)) for target in targets]


def _share(frame: Frame) -> float | None:
    """ "restore it by 50%", "gently restore it": less than all that is needed; there is no more than all."""
    share = frame.said_share if numbers.percent(frame.tokens) is not None or not frame.has_number else None
    return share if share is not None and (share < numbers.USUAL_SHARE or frame.has_number) else None


def _scratches_mended(frame: Frame, talk: Talk) -> Operations:
    """ "restore the scratched photo" restores all of it, "fix the scratches" nothing else; they may be somewhere."""
    obj, said = frame.object, frame.all
    if said.names_any("attribute", "scratched") or (obj.has("whole") and said.names_any("thing", "scratched")):
        return [Restore(scratches=True, strength=_share(frame))]
    if talk.topic == SCRATCHES and (obj.is_whole or obj.is_pronoun or not obj.content):
        return [Restore(scratches=True, strength=_share(frame))]
    targets = [target for part in obj.conjuncts() if (target := talk.target(part)) is not None]
    if not targets or any(target.noun not in lexicon().cues["scratched"] for target in targets):
        return []
    made: Operations = []
    for target in targets:
        somewhere = target.place is not None or target.relation is not None or target.ordinal is not None
        made.append(Remove(target=target) if somewhere else Restore(strength=0.0, scratches=True))
    return made


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
