"""Pictures back to scene graphs by a network that shares nothing with the ones it judges."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from diptych.runtime import Weights
from diptych.world.scene import SIDE, Background, Scene, Thing, canonical_color
from diptych.world.vocabulary import COLORS, INDOORS, PLACES, SIZES, TIMES, WEATHERS

CELL = 8
CLOSE = 13
"""Two centres nearer than this, in pixels, are one thing seen twice: no two small stickers fit so near."""


class Checker:
    """Reads 128×128 pictures; `known` are the nouns that its weights know."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def _network(self) -> Any:
        return self._weights.network("checker")

    @cached_property
    def known(self) -> tuple[str, ...]:
        return tuple(self._weights.manifest["known"])

    def read(self, pixels: np.ndarray) -> Scene:
        """The scene graph of 128×128×3 uint8: cells with logit above zero, the surest first, duplicates dropped."""
        scaled = pixels.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
        cells, background = self._network(pictures=scaled)
        sections = np.cumsum([1, len(self.known), 1 + len(COLORS), len(SIZES)])
        present, noun, color, size = np.split(cells[0], sections[:-1], axis=-1)
        things: list[Thing] = []
        for row, column in sorted(np.argwhere(present[..., 0] > 0), key=lambda at: -present[at[0], at[1], 0]):
            x, y = int(column) * CELL + CELL // 2, int(row) * CELL + CELL // 2
            if any((thing.x - x) ** 2 + (thing.y - y) ** 2 < CLOSE**2 for thing in things):
                continue
            name = self.known[int(noun[row, column].argmax())]
            seen = int(color[row, column].argmax())
            paint = canonical_color(name, COLORS[seen - 1]) if seen else None
            things.append(Thing(x, y, name, paint, SIZES[int(size[row, column].argmax())]))
        return Scene(tuple(things), self._background(background[0]))

    @staticmethod
    def _background(logits: np.ndarray) -> Background:
        place, time, weather = np.split(logits, np.cumsum([len(PLACES), len(TIMES)]))
        where = PLACES[int(place.argmax())]
        if where in INDOORS:
            return Background(where)
        return Background(where, TIMES[int(time.argmax())], WEATHERS[int(weather.argmax())])


def agree(found: Scene, true: Scene, slack: int = 6) -> dict[str, bool]:
    """Whether two scenes say the same: nouns and counts, colours, sizes, places within `slack` pixels, background."""
    pairs = match(found, true)
    whole = pairs is not None
    return {
        "objects": whole,
        "colors": whole and all(a.color == b.color for a, b in pairs or ()),
        "sizes": whole and all(a.size == b.size for a, b in pairs or ()),
        "places": whole and all(abs(a.x - b.x) <= slack and abs(a.y - b.y) <= slack for a, b in pairs or ()),
        "background": found.background == true.background,
    }


def match(found: Scene, true: Scene) -> list[tuple[Thing, Thing]] | None:
    """Things of equal nouns paired with the nearest; None where nouns or counts differ."""
    if sorted(thing.noun for thing in found.things) != sorted(thing.noun for thing in true.things):
        return None
    left, pairs = list(true.things), []
    for thing in found.things:
        same = [other for other in left if other.noun == thing.noun]
        nearest = min(same, key=lambda other: (other.x - thing.x) ** 2 + (other.y - thing.y) ** 2)
        left.remove(nearest)
        pairs.append((thing, nearest))
    return pairs


assert SIDE % CELL == 0
