"""Scenes as the arrays that the denoiser reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diptych.world.scene import SIDE, Background, Scene, Thing
from diptych.world.vocabulary import COLORS, MAX_THINGS, PLACES, SIZES, TIMES, WEATHERS

COLUMNS = 5
"""noun, colour, size, x, y."""
CELL = 8
"""Pixels a latent cell."""


def things_rows(scene: Scene, known: Sequence[str]) -> np.ndarray:
    """MAX_THINGS×COLUMNS int64: noun (1 + index in `known`; 0 = none), colour (0 = natural), size, x, y in pixels."""
    rows = np.zeros((MAX_THINGS, COLUMNS), np.int64)
    for row, thing in zip(rows, scene.things, strict=False):
        color = 0 if thing.color is None else 1 + COLORS.index(thing.color)
        row[:] = 1 + known.index(thing.noun), color, SIZES.index(thing.size), thing.x, thing.y
    return rows


def background_row(background: Background, variant: int | None = None) -> np.ndarray:
    """4 int64: place, time of day, weather and variant, each from 1; None = 0, any variant."""
    place, time, weather = background.place, background.time, background.weather
    said = PLACES.index(place), TIMES.index(time), WEATHERS.index(weather), -1 if variant is None else variant
    return np.array(said, np.int64) + 1


def cells_of(before: Scene, after: Scene) -> np.ndarray:
    """S×S bool: latent cells that differ between two scenes. Another background is everything."""
    cells = np.zeros((SIDE // CELL, SIDE // CELL), bool)
    if before.background != after.background or before.variant != after.variant:
        cells[:] = True
        return cells
    for thing in set(before.things) ^ set(after.things):
        cells |= thing_cells(thing)
    return cells


def thing_cells(thing: Thing, margin: int = 6) -> np.ndarray:
    """S×S bool: the cells that a thing's square, its rim and shadow touch."""
    cells = np.zeros((SIDE // CELL, SIDE // CELL), bool)
    x0, y0, x1, y1 = thing.box
    left, top = max(int((x0 - margin) // CELL), 0), max(int((y0 - margin) // CELL), 0)
    right, bottom = int(np.ceil((x1 + margin) / CELL)), int(np.ceil((y1 + margin) / CELL))
    cells[top:bottom, left:right] = True
    return cells
