"""Backgrounds: a new one, a quality of the old one, and whose background is meant."""

from __future__ import annotations

from diptych.core.operation import Grayscale, RemoveBackground, ReplaceBackground
from diptych.core.target import Target, Thing
from diptych.language.frame import Frame
from diptych.language.meaning.files import picture_file
from diptych.language.meaning.predicates import predicated
from diptych.language.meaning.qualities import shifted, ways
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase

BACKGROUND = Target(noun="background")


def new_background(what: Phrase, frame: Frame, talk: Talk) -> ReplaceBackground:
    """A background of a colour, a gradient, a file or a scene in words."""
    keep = _kept(frame, talk)
    file = picture_file(frame)
    if file is not None:
        return ReplaceBackground(picture=file, target=keep)
    if frame.mentions("gradient"):
        for colors in (frame.all.colors, what.colors):
            if len(colors) == 2:
                return ReplaceBackground(gradient=(colors[0], colors[1]), target=keep)
    if what.only_color and len(what.colors) == 1:
        return ReplaceBackground(color=what.color, target=keep)
    if not what.content or says_only_new(what):
        return ReplaceBackground(target=keep)
    return ReplaceBackground(scene=_scene(what), target=keep)


def _kept(frame: Frame, talk: Talk) -> Target | None:
    """Whose background it is, or what stays of the picture: "behind the girl", "except the car"."""
    for lead in ("behind", "around", "except", "except for", "other than", "in back of"):
        phrase = frame.led_by(lead)
        if phrase.content and not phrase.is_whole and not phrase.is_background:
            return talk.target(phrase)
    return None


def says_only_new(what: Phrase) -> bool:
    """ "something different", 别的: new, but nothing about what."""
    no_scene = ("determiner", "pronoun", "place", "whole", "polite")
    return all(token.says("only_new") or token.has(*no_scene) for token in what.content)


def _scene(what: Phrase) -> Thing:
    described = what.attached_by("of")
    if described.content and (what.head is None or what.is_whole):
        return described.thing()
    rest = what.without_background
    return rest.thing() if rest.content else what.thing()


def whose_background(part: Phrase, talk: Talk) -> Target | None:
    """ "the background around the player" is the player's; None for the main subject's."""
    for lead, other in part.attached:
        owner = lead in ("around", "behind", "of", "from", "except", "other than", "in back of")
        if owner and other.content and not other.is_whole and not other.is_pronoun and other.place_only is None:
            return talk.target(other)
    return None


def background_changed(old: Phrase, new: Phrase, frame: Frame, talk: Talk) -> Operations:
    """ "change / make the background …", 背景换成…: a new one, or a quality of the old one."""
    if "grayscale" in new.verbs:
        return [Grayscale(target=BACKGROUND)]
    if any(name == "opacity" for name, _ in ways(new)):
        return [RemoveBackground()]
    if _says_quality(new):
        return shifted(ways(new), frame, BACKGROUND)
    if new.names("leaning"):
        return predicated(new, BACKGROUND, frame)
    operation = new_background(new, frame, talk)
    keep = whose_background(old, talk)
    return [
        operation.model_copy(update={"target": keep}) if keep is not None and operation.target is None else operation
    ]


def _says_quality(new: Phrase) -> bool:
    """ "brighter", and not "a bright room" or "light blue"."""
    if not new.content or new.colors or new.names("thing") or not ways(new) or new.tokens[0].says("opens_description"):
        return False
    return new.head is None or new.head.has("quality", "more", "less", "verb")


def use_as_background(frame: Frame, talk: Talk) -> Operations:
    """用 X 做背景."""
    what = frame.led_by("with")
    what = what if what.content else frame.object
    return [new_background(what, frame, talk)] if what.content else []


def background_described(part: Phrase) -> Phrase:
    """ "a background of a night scene": what the background is to show."""
    for lead, other in part.attached:
        if lead in ("of", "with", "like", "to") and other.content and not other.is_whole:
            return other
    return part.without_background.alone


def background_behind(somebody: Phrase, scene: Phrase, frame: Frame, talk: Talk) -> Operations:
    """ "replace the room behind him with a forest"."""
    return [new_background(scene, frame, talk).model_copy(update={"target": talk.target(somebody)})]
