"""Turning qualities up and down: "increase the contrast of the sky", "brighten her face", 降低饱和度."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diptych.core.operation import Move, Remove, Restore, Scale, Tint, Vignette
from diptych.core.target import Target
from diptych.language.frame import Frame
from diptych.language.meaning.qualities import USUAL_FACTOR, USUAL_VIGNETTE, leaned, shifted, ways
from diptych.language.meaning.talk import Operations, Talk, names_no_thing
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

Act = Callable[[Frame, Talk], Operations]
"""What a verb sense does with its clause: a function of this room."""

_OWNER_LEADS = ("of", "on", "in", "for", "to", "along", "around", "at", "under")
_NOT_BESIDE_A_TONE = ("size", "length", "opacity")
_CURED = {"sharpness": ("blur", "noise", "compression")}
"""Flaws that a tone is used against: "sharpen this blurry photo" wants no blur."""
_TONAL_PARTS = frozenset({"contrast", "shadows", "highlights"})
_MOVES = {"raise": "up", "lift": "up", "lower": "down"}
"""Verbs that move a thing where they move a quality's value ("raise the sun")."""


def adjusted(frame: Frame, talk: Talk, direction: int = 0) -> Operations:
    """Every quality that the clause names, moved the way its words say, or else `direction`."""
    target = quality_target(frame, talk)
    found: dict[str, int] = {}
    for name, way in ways(frame.predicate if frame.predicate.content else frame.all):
        found.setdefault(name, way)
    if not found or direction:
        spared = next((at for at, token in enumerate(frame.tokens) if token.has("except")), None)
        for token in frame.tokens[:spared]:
            quality = token.sense("quality")
            is_color_of_another = quality == "color" and len(frame.qualities) > 1
            is_the_target = token.has("thing") and target is not None and target.noun == token.sense("thing")
            if quality and not is_color_of_another and not is_the_target:
                found.setdefault(quality, direction)
    made: Operations = []
    for name, way in found.items():
        made += shifted([(name, way or direction)], _own_words(name, frame), target)
    return made


def _own_words(quality: str, frame: Frame) -> Frame:
    """ "the brightness by 20% and the contrast by 10%": each quality with the number beside it."""
    parts: list[list[Token]] = [[]]
    for token in frame.tokens:
        if token.has("coordinator") or token.surface == "mark":
            parts.append([])
        else:
            parts[-1].append(token)
    for part in map(tuple, parts):
        if len(parts) > 1 and quality in Phrase(part).qualities and Phrase(part).has_number:
            return replace(frame, tokens=part)
    return frame


def quality_target(frame: Frame, talk: Talk) -> Target | None:
    """Whose quality the clause is about; None for the whole picture's."""
    target = talk.target(frame.object)
    if target is not None or frame.object.is_whole:
        return target
    for lead in _OWNER_LEADS:
        phrase = frame.led_by(lead)
        if (
            not phrase.content
            or names_no_thing(phrase)
            or phrase.only_color
            or phrase.has("amount")
            or phrase.has_number
        ):
            continue
        if phrase.place_only == "background":
            return Target(noun="background")
        return Target(place=phrase.place_only) if phrase.place_only is not None else talk.target(phrase)
    return talk.target(frame.recipient) if frame.recipient else None


def increase(frame: Frame, talk: Talk) -> Operations:
    """ "boost the colors", 提高对比度, "enhance it"."""
    return _moved(frame, talk, 1)


def decrease(frame: Frame, talk: Talk) -> Operations:
    """ "tone down the highlights", 降低亮度, "reduce the text"."""
    return _moved(frame, talk, -1)


def _moved(frame: Frame, talk: Talk, direction: int) -> Operations:
    color = frame.object.color
    if frame.object.only_color and color is not None:
        target = quality_target(frame, talk)
        if direction < 0:
            return [Tint(color=color, amount=-frame.share(), target=target)]
        return [leaned(color, 1, frame.share(), target)]
    return adjusted(frame, talk, direction) or _thing_moved(frame, talk, direction)


def _thing_moved(frame: Frame, talk: Talk, direction: int) -> Operations:
    """A thing takes the place of a quality: lower the sun, enlarge the text, reduce the crowd, enhance the dress."""
    target = talk.target(frame.object)
    if target is None:
        return [Restore()] if direction > 0 and frame.object.is_whole else []
    if frame.verb in _MOVES and target.noun != "text":
        return [Move(target=target, direction=_MOVES[frame.verb])]  # type: ignore[arg-type]
    if target.noun == "text" or (direction < 0 and not frame.object.has("thing")):
        return [Scale(factor=USUAL_FACTOR if direction > 0 else round(1 / USUAL_FACTOR, 4), target=target)]
    if target.color:
        return shifted([("saturation", direction)], frame, target)
    return [Remove(target=target)] if direction < 0 else [Restore(target=target)]


def tone(quality: str, direction: int) -> Act:
    """The function of a verb that moves one quality ("brighten", 调暗)."""

    def act(frame: Frame, talk: Talk) -> Operations:
        if quality == "brightness":
            made = _instead_of_brightness(frame, talk, direction)
            if made:
                return made
        parts = frame.object.named_parts()
        targets = [quality_target(frame, talk)] if len(parts) == 1 else [talk.target(part) for part in parts]
        made = [op for target in dict.fromkeys(targets) for op in shifted([(quality, direction)], frame, target)]
        others = [
            way
            for way in ways(Phrase(frame.tokens[1:]))
            if way[0] not in (quality, *_NOT_BESIDE_A_TONE, *_CURED.get(quality, ()))
        ]
        return [*made, *shifted(others, frame, targets[0])]

    return act


def _instead_of_brightness(frame: Frame, talk: Talk, direction: int) -> Operations:
    """ "brighten the coloring", "lift the shadows" and "darken the edges" are about something else than brightness."""
    named = set(frame.object.qualities)
    if direction > 0 and "color" in named and not frame.object.names("thing"):
        return shifted([("saturation", 1)], frame, quality_target(frame, talk))
    if named & _TONAL_PARTS:
        return adjusted(frame, talk, direction)
    if frame.object.alone.place_only in ("corners", "edges"):
        return [Vignette(amount=-direction * frame.share_or(USUAL_VIGNETTE))]
    return []
