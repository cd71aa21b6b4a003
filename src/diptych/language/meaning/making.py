"""Making: "make the car red", "make it pop", 让颜色更鲜艳, "make him hold a cup"."""

from __future__ import annotations

from collections.abc import Sequence

from diptych.core.operation import Add, BlurBackground, Recolor, Replace, ReplaceText, Restyle, Tint, Watermark
from diptych.core.target import Target
from diptych.language.frame import Frame
from diptych.language.meaning.adjusting import Act, adjusted, quality_target
from diptych.language.meaning.backgrounds import BACKGROUND, background_behind, background_changed
from diptych.language.meaning.changing import changed
from diptych.language.meaning.lettering import text_styled
from diptych.language.meaning.predicates import predicated, predicates
from diptych.language.meaning.qualities import background_blur, shifted, ways
from diptych.language.meaning.sizing import is_sized, resized
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

_TONAL_PARTS = frozenset({"shadows", "highlights"})


def make(frame: Frame, talk: Talk, act: Act) -> Operations:
    """What each thing is made. `act` gives the meaning of a verb that stands as the predicate ("make it crop")."""
    if is_sized(frame) and not frame.all.quotes:
        return [resized(frame)]
    if isinstance(talk.last, Watermark) and not frame.object.content and ways(frame.predicate) == [("opacity", 1)]:
        return []  # 半透明 after a watermark is what a watermark is anyway
    if not frame.object.content and text_styled(frame, talk):
        return []
    into = frame.led_by("into")
    if not frame.predicate.content and into.names("thing"):
        return changed(frame.object, into, frame, talk)
    obj = frame.object
    parts = [part for part in obj.conjuncts() if part.content or part.is_pronoun]
    if len(parts) < 2 or obj.is_quality:
        parts = [obj]
    return [operation for part in parts for operation in _made(part, frame.becomes, frame, talk, act)]


def _made(obj: Phrase, what: Phrase, frame: Frame, talk: Talk, act: Act) -> Operations:
    """The operations that make one thing what the predicate says."""
    behind = obj.attached_by("behind")
    if behind.content and not obj.content and what.content:
        return background_behind(behind, what, frame, talk)
    parts = predicates(what)
    if len(parts) > 1 and obj.is_background and not what.only_color:
        return [operation for part in parts for operation in _made(obj, part, frame, talk, act)]
    if obj.is_background and "blur" in {*dict(ways(what)), *what.verbs}:
        return [BlurBackground(strength=background_blur(frame))]
    target = BACKGROUND if obj.is_background else quality_target(Frame(object=obj), talk)
    if not what.content:
        return adjusted(frame, talk, 1) or _made_bare(frame, talk)
    if target is None or not obj.names("thing"):
        made = _quality_made(obj.qualities, what, frame, target)
        if made:
            return made
    if what.style is not None and not ways(what):
        return [Restyle(style=what.style, target=target)]
    says_quality = ways(what) or what.names("leaning")
    if talk.about_background(obj) and (what.only_color or not says_quality):
        return background_changed(obj, what, frame, talk)
    if what.only_color and not what.has("leaning", "comparison", "statement"):
        return [_colored(what.color, frame, target)]
    return predicated(what, target, frame) or _made_otherwise(obj, what, target, frame, talk, act)


def _colored(color: str | None, frame: Frame, target: Target | None) -> Tint | Recolor:
    """The picture takes a tint, a thing the colour."""
    return Tint(color=color, amount=frame.share()) if target is None else Recolor(color=color, target=target)


def _quality_made(named: Sequence[str], what: Phrase, frame: Frame, target: Target | None) -> Operations:
    """ "make the colors pop", "the brightness lower", 颜色更鲜艳: a quality with a direction of its own."""
    if not named:
        return []
    if what.color and "color" in named:
        return [_colored(what.color, frame, target)]
    found = ways(what)
    sized = next((way for name, way in found if name in ("size", "length")), None)
    if sized is not None or what.says("higher"):
        return shifted([(name, sized or 1) for name in dict.fromkeys(named)], frame, target)
    if what.says("lower"):
        return shifted([(name, -1) for name in dict.fromkeys(named)], frame, target)
    if found and found[0][0] == "brightness":
        if not _TONAL_PARTS.isdisjoint(named):
            return shifted([(name, found[0][1]) for name in named], frame, target)
        if "color" in named:
            return shifted([("saturation", found[0][1])], frame, target)
    return shifted(found, frame, target)


def _made_bare(frame: Frame, talk: Talk) -> Operations:
    """No predicate was found apart from the object ("make cartoon")."""
    obj = frame.object
    made = predicated(frame.all, talk.target(obj), frame)
    if made or not frame.verb or (talk.operations and frame.is_chinese):
        return made
    return [Restyle(style=obj.text)] if obj.content and not obj.is_whole else []


def _made_otherwise(obj: Phrase, what: Phrase, target: Target | None, frame: Frame, talk: Talk, act: Act) -> Operations:
    """Anything else something is made: a restyling in free words, unless it only says what another step is for."""
    explains = talk.operations and (frame.is_chinese or (obj.is_pronoun and frame.mentions("likens")))
    if not frame.verb or explains:
        return []
    held = _held(what, frame)
    if held.content:
        return [Add(thing=held.thing(), target=target)]
    if "blur" in what.verbs:
        return shifted([("blur", 1)], frame, target)
    if target is not None and target.noun == "background":
        return background_changed(obj, what, frame, talk)
    if what.quotes and target is not None:
        return [ReplaceText(target=target, text=what.quote or "")]
    if what.head is None and what.has("verb"):
        verbs = next(token.verbs() for token in what.tokens if token.has("verb"))
        return act(Frame(senses=tuple(verbs), verb=what.text, object=obj, tokens=frame.tokens), talk)
    a_thing = what.headed_by("thing") and not what.has("attribute") and what.tokens[0].says("indefinite_article")
    if target is not None and a_thing:
        return [Replace(target=target, thing=what.thing())]
    return [Restyle(style=what.text, target=target)]


def _held(what: Phrase, frame: Frame) -> Phrase:
    """ "make him HOLD A CUP", "make her wear a hat": what comes into somebody's hands."""
    if len(what.tokens) > 1 and what.tokens[0].says("holds"):
        return Phrase(what.tokens[1:])
    return frame.led_by("holding", "wearing", "riding")
