"""Where in the frame, and on what, a clause puts something."""

from __future__ import annotations

from diptych.core.target import Place, Target
from diptych.language.frame import Frame
from diptych.language.meaning.talk import Talk
from diptych.language.phrase import Phrase

_ABOUT_THE_THING = ("with", "of", "wearing", "holding", "like", "that says", "as", "by")
"""Relations that describe what is put, not where."""


def whereabouts(frame: Frame, talk: Talk, part: Phrase) -> tuple[Target | None, Place | None]:
    """(on what, where in the frame) `part` is put: "on the table", "in the top left corner", 右下角."""
    place: Place | None = None
    target = talk.target(frame.recipient) if frame.recipient else None
    for lead, phrase in (*part.attached, *frame.around):
        if lead in _ABOUT_THE_THING or not phrase.content:
            continue
        only = phrase.place_only
        if only is not None and place is None:
            place = only
        elif only is None and target is None and not phrase.is_whole and not phrase.only_color:
            target = talk.target(phrase)
    place = place or part.place_only
    if place is None and target is None:
        place = any_place(frame)
    return target, place


def any_place(frame: Frame) -> Place | None:
    """The first place that the clause names."""
    names = frame.all.names("place")
    return names[0] if names else None  # type: ignore[return-value]
