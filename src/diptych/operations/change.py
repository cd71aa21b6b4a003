"""What every operation's function takes and gives.

An operation is a function `(picture, operation, region, context) -> Change`. It computes pixels; it does
not composite, count or check: `run` does that for all of them alike, so that no operation can touch a
pixel outside its region by mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diptych.core.picture import Picture
from diptych.core.ports import Grounder, Painter, Reader
from diptych.core.region import Box, Region
from diptych.runtime import Weights, shipped

Pixels = NDArray[np.uint8]
"""H×W×3 (sRGB) or H×W×4 (sRGB, straight alpha)."""


@dataclass(frozen=True)
class Change:
    """New pixels, and where they may differ from the old ones.

    `window` (x0, y0, x1, y1) says that `pixels` are those of that box of an unchanged frame only; `touched` then lies
    inside it. Small things on large pictures need no copy of the whole.

    `touched` None means: the region that the step was given (or the whole frame when it was given none).
    An operation that reaches beyond its target (move: the old and the new place) names its own. When the
    frame's size changes there is no outside, and `touched` is ignored.
    """

    pixels: Pixels
    touched: Region | None = None
    engine: str = "diptych"
    seeded: bool = False
    window: Box | None = None


@dataclass(frozen=True)
class Answer:
    """What a question comes to: words (in the context's language) and the regions they speak of."""

    words: str
    regions: tuple[Region, ...] = ()
    engine: str = "diptych"


@dataclass(frozen=True)
class Context:
    """All that a step may use besides the picture. Nothing global.

    pick      1-based choice where several regions match; all_matches takes every one
    mask      the user's own region: it wins over whatever a grounder would find
    folder    where picture files named in a plan are looked for
    language  of answers
    weights   the networks that steps use
    on_preview  after each step of a plan, and of a painter's sampler, called with a function that gives the picture as
                it is then; it may raise, to end the work
    """

    grounder: Grounder | None = None
    painters: tuple[Painter, ...] = ()
    reader: Reader | None = None
    seed: int = 0
    pick: int | None = None
    all_matches: bool = False
    mask: Region | None = None
    folder: Path = field(default_factory=Path)
    language: str = "en"
    weights: Weights = field(default_factory=shipped)
    on_progress: Callable[[float, str], None] | None = None
    on_preview: Callable[[Callable[[], Picture]], None] | None = None

    def rng(self, step: int = 0) -> np.random.Generator:
        """The generator of one step: from the seed and the step's number, never from global state."""
        return np.random.default_rng([self.seed, step])
