"""Adding and giving: things, filters, qualities, backgrounds, lettering; the first reading that fits is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from diptych.core.operation import (
    Add,
    Blur,
    BlurBackground,
    Crop,
    Grain,
    Grayscale,
    Recolor,
    RemoveBackground,
    Replace,
    Restyle,
    Sepia,
    Tint,
    Vague,
    Vignette,
)  # fmt: skip
from diptych.core.target import Relation, Target
from diptych.language.frame import Frame
from diptych.language.meaning.adjusting import adjusted, quality_target
from diptych.language.meaning.backgrounds import BACKGROUND, background_described, new_background
from diptych.language.meaning.borders import is_measured_border, measured_border, round_corners
from diptych.language.meaning.composing import combined, destination, is_other_picture, put_instead, put_thing
from diptych.language.meaning.filters import full_strength, pixelate
from diptych.language.meaning.lettering import caption_bar, lettering, own_lettering, watermark
from diptych.language.meaning.places import whereabouts
from diptych.language.meaning.qualities import USUAL_VIGNETTE, background_blur, shifted, ways
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.meaning.turning import warped
from diptych.language.phrase import Phrase

_NO_ADDITION = frozenset({"shadows", "haze", "length"})
"""Qualities that are things when they are added: "add a shadow" draws one."""
_DESCRIBES = ("with", "of", "wearing", "holding")
_ABOUT_A_FILTER = ("filter", "generic_part", "attribute", "whole", "quality")


@dataclass(frozen=True)
class _Addition:
    """One of the things to add, in its clause."""

    part: Phrase
    frame: Frame
    talk: Talk

    @property
    def head_warps(self) -> bool:
        """ "add a swirl", but not "a swirl border"."""
        return self.part.head is None or self.part.head.verbs()[:1] == ["warp"]

    @property
    def head_is_verb(self) -> bool:
        """ "add blur", "add a black and white": nothing but the effect is named."""
        return self.part.head is None or self.part.head.has("verb")

    @property
    def where(self) -> Target | None:
        return quality_target(self.frame, self.talk) if self.frame.around else None


def add(frame: Frame, talk: Talk) -> Operations:
    """ "add a hat and sunglasses", 给他戴帽子, "add some contrast", "put a sunset behind her"."""
    obj = frame.object if frame.object.tokens or not frame.value.content else frame.value
    parts = obj.conjuncts()
    if any(part.quotes for part in parts):
        # "add 'Sale', white, 40px": what has no noun and no text of its own says how the text looks.
        parts = [part for part in parts if part.quotes or part.names("thing") or part.has("letters")]
    return [operation for part in parts for operation in _added(_Addition(part, frame, talk))]


def _added(addition: _Addition) -> Operations:
    for reading in _READINGS:
        made = reading(addition)
        if made is not None:
            return made
    part, frame, talk = addition.part, addition.frame, addition.talk
    if not part.content:
        return []
    target, place = whereabouts(frame, talk, part)
    described = tuple((lead, other) for lead, other in part.attached if lead in _DESCRIBES)
    return [Add(thing=Phrase(part.tokens, described).thing(), place=place, target=target)]


# ---- readings: each gives the operations, or None to leave the addition to the next ------------------------


def _style_of_it(addition: _Addition) -> Operations | None:
    """ "draw him as a cartoon"."""
    style = addition.frame.all.style
    if not addition.part.is_pronoun or style is None:
        return None
    return [Restyle(style=style, target=addition.talk.target(addition.part))]


def _in_place_of_removed(addition: _Addition) -> Operations | None:
    """ "remove the pole … and put a tree in its place": what was taken away is replaced."""
    around = (*addition.part.attached, *addition.frame.around)
    if not addition.talk.thing_is_gone or not any(phrase.says("in_place") for _, phrase in around):
        return None
    return [Replace(thing=addition.part.alone.thing())]


def _scene_after_background(addition: _Addition) -> Operations | None:
    """ "remove the background … and add a beach"; "add a beach for the background"."""
    part, frame, talk = addition.part, addition.frame, addition.talk
    after = talk.background_is_gone and part.headed_by("scene") and not frame.recipient
    if after or frame.led_by("for").is_background:
        return [new_background(part.alone, frame, talk)]
    return None


def _filter(addition: _Addition) -> Operations | None:
    """Additions that are operations of their own: a filter, a caption, a vignette, a watermark."""
    part, frame, talk = addition.part, addition.frame, addition.talk
    verbs = part.verbs
    if "grayscale" in verbs and (part.has("filter") or addition.head_is_verb):
        return [Grayscale(target=addition.where)]
    if "sepia" in verbs:
        return [Sepia(strength=full_strength(frame))]
    if "caption_bar" in verbs:
        return caption_bar(frame, talk)
    if "round_corners" in verbs:
        return round_corners(frame, talk)
    if "pixelate" in verbs:
        return pixelate(replace(frame, object=Phrase()), talk)
    if "blur" in verbs and addition.head_is_verb:
        return [_blurred(talk.target(frame.recipient) or addition.where)]
    if "warp" in verbs and (part.has("filter") or addition.head_warps):
        return [warped(frame, addition.where)]
    if "vignette" in verbs or "vignette" in part.qualities:
        return [Vignette(amount=frame.share_or(USUAL_VIGNETTE))]
    if "grain" in verbs or "grain" in part.qualities:
        return [Grain(strength=frame.share())]
    if "watermark" in verbs or part.says("watermark"):
        return watermark(frame, talk)
    return None


def _blurred(target: Target | None) -> Blur | BlurBackground:
    return BlurBackground() if target is not None and target.noun == "background" else Blur(target=target)


def _border(addition: _Addition) -> Operations | None:
    """A border of a stated width, around the picture rather than around a thing in it."""
    around = addition.frame.led_by("around", "to", "on", "for", "surrounding")
    around_thing = around.content and not around.is_whole and around.place_only is None
    if around_thing or not is_measured_border(addition.part, addition.frame):
        return None
    return [measured_border(addition.frame)]


def _styled(addition: _Addition) -> Operations | None:
    """ "add a vintage filter", 加个油画效果."""
    part = addition.part
    if part.style is None or not all(token.senses for token in part.content):
        return None
    names_style = part.head is None or (part.head.has("style") and not part.head.has("thing"))
    return [Restyle(style=part.style, target=addition.where)] if part.has("filter") or names_style else None


def _other_filter(addition: _Addition) -> Operations | None:
    """ "add a blue filter", "a warm filter", "some filter": a tint, a quality, or nothing definite."""
    part, frame = addition.part, addition.frame
    if not part.has("filter"):
        return None
    if part.color:
        return [Tint(color=part.color, amount=frame.share(), target=addition.where)]
    made = shifted(ways(part), frame, addition.where)
    if made:
        return made
    if "blur" in part.qualities or "blur" in part.verbs:
        return [_blurred(addition.where)]
    if "warp" in part.verbs:
        return [warped(frame, addition.where)]
    if (part.attached and part.head is None) or not all(token.has(*_ABOUT_A_FILTER) for token in part.content):
        return None
    return [Vague(words=part.text)]


def _background(addition: _Addition) -> Operations | None:
    """ "add a plain white background", "a background of a night scene"."""
    part = addition.part
    of_it = part.head is not None and part.head.sense("place") == "background" and not part.head.has("thing")
    if not part.is_background and not of_it:
        return None
    return [new_background(background_described(part), addition.frame, addition.talk)]


def _lettering(addition: _Addition) -> Operations | None:
    part = addition.part
    if not part.is_lettering and not (part.quotes and (part.head is None or part.head.has("letters"))):
        return None
    several = part.quote is not None and len(addition.frame.all.quotes) > 1
    write = own_lettering if several else lettering
    return [write(part, addition.frame, addition.talk)]


def _quality(addition: _Addition) -> Operations | None:
    """ "add some contrast", "add blue to the background", 多加点饱和度."""
    part, frame, talk = addition.part, addition.frame, addition.talk
    behind = frame.led_by("behind")
    if part.qualities == ["blur"] and behind.content:
        return [BlurBackground(strength=background_blur(frame), target=talk.target(behind))]
    where = _recipient(frame, talk)
    named = part.qualities
    thing = part.headed_by("thing") and not part.headed_by("quality")
    if part.color and not thing and (part.only_color or named == ["color"]):
        if where is None:
            return [Tint(color=part.color, amount=frame.share())]
        return [Recolor(color=part.color, target=where)]
    if named and not thing and _NO_ADDITION.isdisjoint(named):
        direction = -1 if part.has("negation") else 1
        return shifted([(name, direction) for name in dict.fromkeys(named)], frame, where) or None
    if (part.head is None or part.head.has("quality")) and not part.names("thing"):
        return shifted(ways(part), frame, where) or None
    return None


def _recipient(frame: Frame, talk: Talk) -> Target | None:
    """What a quality is added to."""
    for lead in ("to", "in", "on", "of", "for"):
        phrase = frame.led_by(lead)
        if phrase.content:
            return BACKGROUND if phrase.is_background else talk.target(phrase)
    return talk.target(frame.recipient) if frame.recipient else None


def _other_picture(addition: _Addition) -> Operations | None:
    """ "paste the dog onto the moon", "photoshop her into this poster": two pictures become one."""
    part, frame = addition.part, addition.frame
    known = bool(part.tokens) and part.tokens[0].says("known_thing")
    overlaid = frame.verb_is("overlays") and known and destination(frame) is not None
    if overlaid or (frame.verb_is("puts_elsewhere") and is_other_picture(frame)):
        return [combined(addition.talk.target(part.alone), frame)]
    return None


def _put(addition: _Addition) -> Operations | None:
    """Put instead of, or put the thing that "it" means somewhere."""
    part, frame, talk = addition.part, addition.frame, addition.talk
    instead = put_instead(part, frame, talk)
    if instead is not None:
        return [instead]
    return put_thing(part, frame, talk) if part.is_pronoun or _is_what_was_cut(part, talk) else None


def _is_what_was_cut(part: Phrase, talk: Talk) -> bool:
    """The thing that the clause before cut out ("crop the baby … and put the baby …")."""
    last = talk.last
    if not isinstance(last, Crop | RemoveBackground) or last.target is None:
        return False
    return part.thing().noun == last.target.noun


def _new_scene(addition: _Addition) -> Operations | None:
    """ "put in a forest" where the background is gone, "add mountains behind them", "put a beach as background"."""
    part, frame, talk = addition.part, addition.frame, addition.talk
    if not part.content:
        return None
    bare_put = frame.verb_is("puts_in") and not frame.around
    if (bare_put and talk.background_is_gone) or frame.led_by("as").is_background:
        return [new_background(part, frame, talk)]
    if frame.led_by("behind", "in back of").content and part.headed_by("scene"):
        return [new_background(part.alone, frame, talk)]
    return [Replace(thing=part.thing())] if bare_put and talk.thing_is_gone else None


_READINGS: tuple[Callable[[_Addition], Operations | None], ...] = (
    _style_of_it,
    _in_place_of_removed,
    _scene_after_background,
    _filter,
    _border,
    _styled,
    _other_filter,
    _background,
    _lettering,
    _quality,
    _other_picture,
    _put,
    _new_scene,
)


# ---- giving ------------------------------------------------------------------------------------------------


def give(frame: Frame, talk: Talk) -> Operations:
    """ "give him a hat", "give her red hair", "give the photo a vintage look", 给她换成红头发."""
    conjuncts = frame.object.conjuncts()
    if len(conjuncts) > 1:
        return [operation for part in conjuncts for operation in give(replace(frame, object=part), talk)]
    owner = talk.target(frame.recipient)
    made = _look_given(frame, owner) or _trait_given(frame, owner)
    if not made and (frame.recipient.is_background or (owner is not None and owner.noun == "background")):
        made = adjusted(frame, talk, 1)
    return made or [
        _for_owner(operation, owner) if isinstance(operation, Add) else operation for operation in add(frame, talk)
    ]


def _for_owner(addition: Add, owner: Target | None) -> Add:
    return addition if addition.target is not None else addition.model_copy(update={"target": owner})


def _look_given(frame: Frame, owner: Target | None) -> Operations:
    """ "give it a warm look", "give it a vintage feel", "give it a cartoon style"."""
    given = frame.object
    if given.head is not None and given.head.says("seeming"):
        made = shifted(ways(given), frame, owner)
        return made or [Restyle(style=given.style or given.text, target=owner)]
    if given.style is not None and not given.headed_by("thing"):
        return [Restyle(style=given.style, target=owner)]
    return []


def _trait_given(frame: Frame, owner: Target | None) -> Operations:
    """ "give her red hair", "give him bigger eyes": what the owner has changes."""
    given = frame.object
    if given.head is None:
        return []
    noun = given.head.sense("thing")
    relation = Relation(kind="of", anchor=owner) if owner is not None else None
    if given.color and given.noun_is("hairlike"):
        return [Recolor(color=given.color, target=Target(noun=noun or given.head.text, relation=relation))]
    way = next(iter(ways(given)), None)
    if way is not None and way[0] == "size" and noun is not None:
        return shifted([way], frame, Target(noun=noun, relation=relation))
    return []
