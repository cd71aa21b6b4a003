"""Putting a thing into another picture, or somewhere else in this one."""

from __future__ import annotations

from diptych.core.operation import Add, AnyOperation, Combine, Crop, Move, RemoveBackground, Replace, ReplaceBackground
from diptych.core.target import Target, Thing
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.backgrounds import new_background
from diptych.language.meaning.files import picture_file
from diptych.language.meaning.places import whereabouts
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

_DESTINATIONS = (
    *("onto", "into", "on", "in", "to", "in front of", "through"),
    *("next to", "beside", "behind", "with", "inside"),
)


def combine(frame: Frame, talk: Talk) -> Operations:
    """ "merge him with a beach", 把两张图并排拼在一起."""
    return [combined(None if frame.object.quotes else talk.target(frame.object.alone), frame)]


def combined(thing: Target | None, frame: Frame) -> Combine:
    """With the picture file that is named, else with the described scene."""
    file = picture_file(frame)
    scene = destination(frame) if file is None else None
    return Combine(target=thing, picture=file, scene=scene, layout=frame.option("layout") or "into")  # type: ignore[arg-type]


def destination(frame: Frame) -> Thing | None:
    """Where something is put: "onto the moon", "into a photo of a beach"."""
    phrase = next((phrase for lead in _DESTINATIONS if (phrase := frame.led_by(lead)).content), Phrase())
    if phrase.is_whole:
        phrase = frame.led_by("of")
    return phrase.thing() if phrase.content else None


def cut_out(frame: Frame, talk: Talk) -> Operations:
    """Cut something out: onto another picture when one is named, else free of its background."""
    onto = frame.led_by("onto", "into", "on", "to", "in")
    if onto.content and not onto.is_whole and not onto.is_background and onto.place_only is None:
        file = picture_file(frame)
        parts = frame.object.conjuncts()
        return [Combine(target=talk.target(part), scene=onto.thing(), picture=file) for part in parts]
    if frame.object.is_background:
        return [RemoveBackground()]
    if frame.object.is_whole:
        return [] if frame.verb == "take" else [RemoveBackground()]
    return [RemoveBackground(target=talk.target(frame.object))]


def put_onto(frame: Frame, talk: Talk) -> Operations:
    """把…放到…: onto another picture when it was cut out or is definite there, else added or moved here."""
    named = bool(frame.value.content or frame.value.attached)
    thing, to = (frame.object, frame.value) if named else (Phrase(), frame.object)
    place = frame.value.place_only if frame.value.content else frame.object.place_only
    if place is not None and thing.content:
        return [Move(target=talk.target(thing), place=place)]
    mover = talk.target(thing) if thing.content else talk.last_target
    scene = to.thing() if to.content else next((other.thing() for _, other in to.attached if other.content), None)
    if talk.background_is_gone and scene is not None and (thing.is_pronoun or not thing.tokens):
        return [ReplaceBackground(scene=scene)]
    if _is_plain_background(to):
        return [_plain_background(to, frame, talk, mover)]
    if scene is not None and _is_from_elsewhere(thing, frame, talk) and (thing.content or mover is not None):
        return [Combine(target=mover, scene=scene, picture=picture_file(frame))]
    if not thing.content:
        return []
    target = talk.target(to) or next((talk.target(other) for _, other in to.attached), None)
    return [Add(thing=thing.thing(), target=target)]


def _is_from_elsewhere(thing: Phrase, frame: Frame, talk: Talk) -> bool:
    """It was cut out just before, or is spoken of as known, not as 一只猫."""
    last = talk.last
    was_cut = isinstance(last, RemoveBackground | Crop) and last.target is not None
    definite = not thing.tokens or thing.is_pronoun or thing.text[0] not in lexicon().cues["indefinite_start"]
    return definite or was_cut or frame.verb_is("pastes")


def _is_plain_background(phrase: Phrase) -> bool:
    return phrase.is_background and bool(phrase.colors or "plain" in phrase.names("attribute"))


def _plain_background(phrase: Phrase, frame: Frame, talk: Talk, keep: Target | None) -> ReplaceBackground:
    """ "put it on a plain white background"."""
    return new_background(phrase.without_background.alone, frame, talk).model_copy(update={"target": keep})


def put_thing(part: Phrase, frame: Frame, talk: Talk) -> Operations:
    """ "… and put it THERE": into another picture when THERE is a thing or a scene, else moved within this one."""
    if part.is_pronoun and talk.about_background(part):
        return [new_background(part, frame, talk)]
    scene = destination(frame)
    if talk.background_is_gone and part.is_pronoun and scene is not None:
        return [ReplaceBackground(scene=scene)]
    thing = talk.target(part)
    onto = frame.led_by("on", "onto", "in", "into", "against")
    if _is_plain_background(onto):
        return [_plain_background(onto, frame, talk, thing)]
    if scene is not None and scene.noun:
        return [Combine(target=thing, scene=scene, picture=picture_file(frame))]
    target, place = whereabouts(frame, talk, part)
    return [Move(target=thing, place=place, to=target)] if place is not None or target is not None else []


def put_instead(part: Phrase, frame: Frame, talk: Talk) -> AnyOperation | None:
    """ "put charizard cards where the other cards are", "add a tree instead of the pole": both replace."""
    where = frame.led_by("where") if frame.verb_is("puts") else Phrase()
    old = where if where.content else frame.led_by("instead of", "in place of")
    return Replace(target=talk.target(old), thing=part.thing()) if old.content else None


def is_other_picture(frame: Frame) -> bool:
    """A definite thing put onto another picture or poster: that combines two pictures."""
    if not frame.object.tokens or not frame.object.tokens[0].says("definite"):
        return False
    into = frame.led_by("onto", "into")
    if into.content and into.place_only is None:
        return True
    onto = frame.led_by("on", "onto", "in", "into", "in front of", "inside")
    pictured = any(token.says("other_picture") or token.sense("place") == "background" for token in onto.tokens)
    return bool(onto.content) and pictured and (not onto.is_whole or bool(frame.led_by("of").content))
