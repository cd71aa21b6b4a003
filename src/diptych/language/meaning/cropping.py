"""Cropping, zooming and extending: which part of the scene the frame shows, in which shape."""

from __future__ import annotations

from diptych.core.operation import Combine, Crop, Extend, RemoveBackground, Resize, Side
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.places import any_place
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

_SIDES: dict[str, tuple[Side, ...]] = {
    **{side: (side,) for side in ("left", "right", "top", "bottom")},
    **{f"{side} half": (side,) for side in ("left", "right", "top", "bottom")},
    **{f"{side} third": (side,) for side in ("left", "right", "top", "bottom")},
    "edges": ("left", "right", "top", "bottom"),
}
"""Place → the sides that are cut off or added to."""
TIGHTER = 1.3
"""Zoom of "crop it tighter" and of coming closer to something that is named."""
CLOSER = 1.5
"""Zoom of "zoom in" without saying on what."""
_WIDESCREEN = round(16 / 9, 6)
_EXTENSION = 0.25
"""Share of the frame that "zoom out" adds on each side."""


def crop(frame: Frame, talk: Talk) -> Operations:
    """A crop; "crop him out of the background" and "crop X onto Y" cut a thing out instead."""
    named = frame.object.conjuncts()[0] if frame.object.content else Phrase()
    thing = talk.target(named) if named.content else None
    onto = frame.led_by("onto", "into", "in", "on", "in front of")
    elsewhere = onto.content and not onto.is_whole and onto.place_only is None
    if thing is not None and thing.noun and elsewhere and frame.led_by("onto", "into").content:
        return [Combine(target=talk.target(part), scene=onto.thing()) for part in frame.object.conjuncts()]
    if thing is not None and frame.led_by("out of", "from").is_background:
        return [RemoveBackground(target=thing)]
    return [cropped(frame, talk)]


def cropped(frame: Frame, talk: Talk) -> Crop:
    """Crop with whatever of shape, side, target and closeness the clause says."""
    cuts = frame.verb_is("cut_away") or any(token.says("away") for token in frame.tokens[1:])
    around = frame.led_by("around", "to", "on", "in on", "down to", "just", "into")
    in_shape = _in_shape(frame, talk, around)
    if in_shape is not None:
        return in_shape
    of_sides = _of_sides(frame, cuts)
    if of_sides is not None:
        return of_sides
    pixels = numbers.pixels(frame.tokens)
    if pixels is not None and not frame.object.names("thing"):
        place = any_place(frame)
        return Crop(cut=_SIDES.get(place or "edges", _SIDES["edges"]), pixels=pixels.pixels)
    for phrase in (frame.value, around, frame.object.without_words("tighter")):
        target = talk.target(phrase) if phrase.content and not phrase.is_whole else None
        if target is not None and not cuts and (target.noun or target.place or target.color):
            return Crop(target=target)
    if cuts and frame.object.content and not frame.object.is_whole:
        unwanted = talk.target(frame.object)
        return (
            Crop(cut=_SIDES["edges"]) if unwanted is None else Crop(target=unwanted.model_copy(update={"invert": True}))
        )
    return Crop(zoom=TIGHTER) if frame.says("tighter") else Crop()


def _in_shape(frame: Frame, talk: Talk, around: Phrase) -> Crop | None:
    """ "crop it square around the dog", 裁成16:9."""
    shape = shaped(frame.all)
    if shape is None:
        return None
    subject = around.headed_by("thing") and not around.has("attribute", "verb") and not around.noun_is("shape_noun")
    target = talk.target(around) if subject else None
    return shape.model_copy(update={"target": target, "anchor": any_place(frame) or "center"})


def _of_sides(frame: Frame, cuts: bool) -> Crop | None:
    """ "crop off the bottom", 裁掉左边20%."""
    sides = cut_sides(frame.object)
    if sides is None and cuts:
        for lead in ("of", "from", "at", "on", "off"):
            sides = sides or cut_sides(frame.led_by(lead))
    if sides is None or not (cuts or frame.object.place_only in _SIDES):
        return None
    share, pixels = numbers.percent(frame.tokens), numbers.pixels(frame.tokens)
    if pixels is not None:
        return sides.model_copy(update={"share": None, "pixels": pixels.pixels})
    return sides if share is None else sides.model_copy(update={"share": share})


def cut_sides(phrase: Phrase) -> Crop | None:
    """ "the bottom of the picture", "the left half": sides to cut off; None when the phrase is something else."""
    place = phrase.place_only
    if place is None or place not in _SIDES:
        return None
    return Crop(cut=_SIDES[place], share=0.5 if "half" in place else 0.3333 if "third" in place else None)


def shaped(phrase: Phrase) -> Crop | None:
    """Square, 16:9, circle, portrait, 800×600: a crop's shape; None when the phrase names none."""
    for token in phrase.tokens:
        ratio, size = numbers.ratio(token), numbers.pixel_size(token)
        if ratio is not None and all(ratio):
            return Crop(aspect=round(ratio[0] / ratio[1], 6))
        if size is not None:
            return Crop(width=size[0], height=size[1])
    if phrase.has_word("square") or (phrase.mentions("square_inside") and not phrase.mentions("oblong")):
        return Crop(aspect=1.0)
    if phrase.has_word("round") or phrase.mentions("round_inside"):
        return Crop(aspect=1.0, shape="circle")
    if phrase.has_word("upright_format") or (phrase.mentions("upright_inside") and not phrase.mentions("standing")):
        return Crop(orientation="portrait")
    if phrase.has_word("widescreen"):
        return Crop(aspect=_WIDESCREEN)
    if phrase.has_word("wide_format") or phrase.mentions("wide_inside"):
        return Crop(orientation="landscape")
    return None


def zoom_in(frame: Frame, talk: Talk) -> Operations:
    """ "zoom in on her face", 拉近: closer, on a target when one is named.

    突出 after a crop says what to crop to; after another step it only says what that step is for.
    """
    if frame.verb_is("makes_stand_out") and talk.operations and not isinstance(talk.last, Crop | Resize):
        return []
    for lead in ("on", "to", "into", "in", "around", "of", "at"):
        phrase = frame.led_by(lead)
        if phrase.content and not phrase.is_whole and not phrase.only_color:
            return [Crop(target=talk.target(phrase), zoom=TIGHTER)]
    target = None if frame.object.is_whole else talk.target(frame.object)
    if target is not None:
        return [Crop(target=target, zoom=TIGHTER)]
    factor = frame.factor(CLOSER)
    return [Crop(zoom=factor if factor > 1 else CLOSER)]


def zoom_out(frame: Frame, talk: Talk) -> Operations:
    """ "zoom out", 向左扩图, "extend the canvas by 20%"."""
    return [extended(frame)]


def extended(frame: Frame) -> Extend:
    """More around the picture: on the side that is named, else on all of them."""
    place = frame.option("way_out") or any_place(frame)
    sides = _SIDES.get(place, ()) if place and place != "edges" else ()
    return Extend(sides=sides, share=numbers.percent(frame.tokens) or _EXTENSION)
