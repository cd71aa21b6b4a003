"""The four ports: words → Plan, Target → Regions, generative pixels, picture → words.

Engines fill them; nothing here knows any engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeGuard, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from diptych.core.operation import Operation
    from diptych.core.picture import Picture
    from diptych.core.plan import Plan
    from diptych.core.region import Region
    from diptych.core.target import Target, Thing


class Planner(Protocol):
    """Instruction in words → Plan. Raises NotUnderstood. (`language.planning` knows those that are told of the picture,
    too.)"""

    @property
    def name(self) -> str: ...

    def plan(self, instruction: str) -> Plan: ...


class Grounder(Protocol):
    """Target → the regions that match it, best first; empty when there is none.

    Each candidate stands for one thing; `quantifier`, `ordinal` and picks are applied by the caller
    (`operations.grounding.choose`). May raise Unsupported with a remedy (a missing extra, a model).
    """

    name: str

    def find(self, picture: Picture, target: Target) -> list[Region]: ...


class Painter(Protocol):
    """Generative pixels. `paint` returns a picture of the same size whose pixels inside `region` are new; for an
    Upscale the whole picture, larger."""

    name: str

    def can(self, operation: Operation) -> bool: ...

    def paint(self, picture: Picture, operation: Operation, region: Region | None, seed: int) -> Picture: ...


class PhotoPainter(Painter, Protocol):
    """A painter that somebody attached for photographs: it is asked before the embedded engines, and of several the
    fittest. For an Extend it gets the larger canvas, and the region is what is to be filled."""

    def fitness(self, operation: Operation) -> int:
        """How well it does the step; 0 is not at all."""
        ...

    def canvas(self, size: tuple[int, int] | None = None) -> tuple[int, int]:
        """(height, width) of a drawing; `size` if it can draw that. Raises Unsupported."""
        ...


class WatchedPainter(Painter, Protocol):
    """A painter that can be looked at while it paints, and stopped."""

    def watched(self, on_preview: Callable[[Callable[[], Picture]], None]) -> Painter:
        """The same painter, which after each step of its sampler calls `on_preview` with a function that gives the
        picture as it is then. What that raises ends the painting."""
        ...


def can_be_watched(painter: Painter) -> TypeGuard[WatchedPainter]:
    """Asked of the class, as `is_for_photos`."""
    return hasattr(type(painter), "watched")


def is_for_photos(painter: Painter) -> TypeGuard[PhotoPainter]:
    """Asked of the class: a painter's name may hash its weights, so nothing of it is looked at before it is needed."""
    return hasattr(type(painter), "fitness")


@runtime_checkable
class StickerPainter(Protocol):
    """A painter that also makes single things with clean edges, to be pasted onto photos."""

    name: str

    def sticker(self, thing: Thing) -> NDArray[np.uint8] | None:
        """H×W×4 uint8 with straight alpha, cropped to what shows; None for what it can't draw. The same each time."""
        ...


class Reader(Protocol):
    """Picture → words, in the language asked for ("en" or "zh")."""

    name: str

    def describe(self, picture: Picture, language: str) -> str: ...

    def answer(self, picture: Picture, question: str, language: str) -> str: ...
