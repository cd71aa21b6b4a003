"""What a document says of its drawing: what is on it, and whether it was made large."""

from __future__ import annotations

from dataclasses import dataclass

from diptych.core.document import Document
from diptych.core.operation import Draw, Repaint, Upscale


@dataclass(frozen=True)
class Enlargement:
    """A step that made a drawing large: its number in the document, from 1, and what it does."""

    number: int
    step: Upscale


def layout_of(document: Document) -> str | None:
    """What a drawing shows, where it was only drawn, repainted and made large; after any other step it has to be read
    anew, as has what a large model drew from words alone."""
    steps = [step for step in document.plan.steps if not is_enlargement(step)]
    drawn = [step for step in steps if isinstance(step, Draw | Repaint)]
    known = drawn and len(drawn) == len(steps) and isinstance(steps[0], Draw)
    return (drawn[-1].layout or None) if known else None


def last_enlargement(document: Document) -> Enlargement | None:
    """The last step in effect, if it made a drawing large."""
    for number in range(len(document.edits), 0, -1):
        edit = document.edits[number - 1]
        if edit.enabled:
            step = edit.step
            return Enlargement(number, step) if isinstance(step, Upscale) and step.words else None
    return None


def is_enlargement(step: object) -> bool:
    """Of a drawing, not of a photo: it says what is on it."""
    return isinstance(step, Upscale) and bool(step.words)
