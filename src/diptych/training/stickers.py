"""Pictures of 32 pixels: a small sticker and its surroundings, cut from scenes. What the smallest recipes learn from.

They are cut, not reduced, so that a drawn one can be put back into its scene and be read by the checker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from diptych.world.backdrops import VARIANTS
from diptych.world.render import render
from diptych.world.scene import SIDE, Background, Scene, Thing, canonical_color, snap
from diptych.world.splits import color_is_held_out
from diptych.world.vocabulary import COLORS

CUT = 32
"""Pixels of a side: a small sticker is 28 and its rim."""
_AT = snap(SIDE / 2)
_PLACE = slice(_AT - CUT // 2, _AT + CUT // 2)


def empty(variant: int = 0) -> Scene:
    """The scene that stickers are cut from, without one."""
    return Scene((), Background("plain"), variant)


def put_back(picture: np.ndarray, surroundings: np.ndarray) -> np.ndarray:
    """CUT×CUT×3 in the middle of a copy of SIDE×SIDE×3 `surroundings`: something that the checker can read."""
    whole = surroundings.copy()
    whole[_PLACE, _PLACE] = picture
    return whole


@dataclass
class Stickers:
    """Every noun of `known` in every colour on every variant of the plain backdrop: the combinations of noun and colour
    that training shows, or only those that it never shows (`held_out`)."""

    known: Sequence[str]
    font: Path
    held_out: bool = False

    @cached_property
    def things(self) -> list[Thing]:
        looks = {(noun, canonical_color(noun, color)) for noun in self.known for color in (None, *COLORS)}
        chosen = [look for look in sorted(looks, key=str) if color_is_held_out(*look) == self.held_out]
        return [Thing(_AT, _AT, noun, color, "small") for noun, color in chosen]

    @cached_property
    def pictures(self) -> np.ndarray:
        """N×CUT×CUT×3 uint8: the things in turn, each on every variant."""
        scenes = (Scene((thing,), Background("plain"), variant) for thing in self.things for variant in range(VARIANTS))
        return np.stack([render(scene, self.font)[_PLACE, _PLACE] for scene in scenes])

    def some(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """`number` of the pictures by chance, any of them as often as any other."""
        return self.pictures[rng.integers(len(self.pictures), size=number)]
