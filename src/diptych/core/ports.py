"""The four ports: words → Plan, Target → Regions, generative pixels, picture → words.

Engines fill them; nothing here knows any engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
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
