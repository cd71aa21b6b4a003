"""Drawings without fine detail: computed small and enlarged to the frame."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from diptych.operations.change import Pixels

Drawing = Callable[[int, int, np.random.Generator], Pixels]
"""(width, height, generator) → height×width×C uint8."""


def reduced(draw: Drawing, longest: int) -> Drawing:
    """`draw` with its longer side at most `longest` px, enlarged bicubically to the size that is asked for."""

    def drawn(width: int, height: int, rng: np.random.Generator) -> Pixels:
        scale = min(1.0, longest / max(width, height))
        small = draw(max(round(width * scale), 1), max(round(height * scale), 1), rng)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)

    return drawn
