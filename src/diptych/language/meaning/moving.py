"""Moving and copying things within the picture."""

from __future__ import annotations

from diptych.core.operation import Duplicate, Move, Sharpness
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.places import any_place
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.meaning.turning import free_of_direction
from diptych.language.phrase import Phrase

_SIDES = (None, "left", "right", "top", "bottom")


def move(frame: Frame, talk: Talk) -> Operations:
    """ "move the lamp to the left", 把猫移到右下角, "put the boat next to the pier"."""
    if "sharpness" in [*frame.all.names("more"), *frame.value.qualities]:
        return _into_focus(frame, talk)
    destination = frame.value
    if not destination.content and not destination.attached:
        destination = frame.led_by("to", "into", "in", "on", "onto", "closer to", "near")
    place = destination.place_only
    direction = _direction(frame) if place in _SIDES else None
    if direction is not None:
        place = None
    elif place is None and frame.mentions("middle"):
        place = "center"
    if not destination.content and destination.attached:
        destination = destination.attached[0][1]
    thing = free_of_direction(frame.object)
    return [
        Move(
            target=None if thing.is_whole else talk.target(thing),
            place=place,
            direction=direction,  # type: ignore[arg-type]
            to=talk.target(destination) if destination.content and place is None and direction is None else None,
            distance=numbers.length(frame.tokens),
        )
    ]


def _into_focus(frame: Frame, talk: Talk) -> Operations:
    """ "bring the bird into focus" sharpens."""
    named = Phrase(tuple(token for token in frame.object.tokens if not token.has("more", "quality"))[:3])
    return [Sharpness(amount=frame.share(), target=talk.target(named))]


def _direction(frame: Frame) -> str | None:
    """left, right, up or down: inside a verb (往左, 右移), else as a word of its own."""
    words = set(frame.text.split())
    named = [name for name, ways in lexicon().options["direction"].items() if not words.isdisjoint(ways)]
    return frame.option("heading") or (named[-1] if named else None)


def duplicate(frame: Frame, talk: Talk) -> Operations:
    """ "make three copies of the balloon", 再来一个气球."""
    words = frame.verb.split()
    counted = numbers.number_named(words[words.index("copies") - 1]) if "copies" in words[1:] else None
    target = talk.target(frame.object)
    return [Duplicate(target=target, count=counted or frame.all.count or 1, place=any_place(frame))]
