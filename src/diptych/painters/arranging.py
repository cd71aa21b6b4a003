"""Layouts by rule from what words plainly say, for where the reader wrote none in which all of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from diptych.world.edits import Edit
from diptych.world.scene import (
    SIDE,
    STEP,
    Background,
    Group,
    Scene,
    Thing,
    canonical_color,
    drop_in,
    fits,
    place_between,
    place_free,
    place_relation,
    place_row,
    sample_background,
    spot_box,
)
from diptych.world.vocabulary import INDOORS, PLACES
from diptych.world.wish import Wish, judge

TRIES = 60


def arrange(wish: Wish, rng: np.random.Generator) -> Scene | None:
    """A scene in which `wish` holds, or None if none comes out. What isn't said is chosen: natural colours, sizes that
    fit, plain paper by day half of the time."""
    total = sum(group.count for group in wish.groups)
    usual = "medium" if total <= 3 else "small"
    groups: list[Group] = [
        (group.noun, canonical_color(group.noun, group.color), group.size or usual, group.count)
        for group in wish.groups
    ]
    for attempt in range(TRIES):
        if attempt == TRIES // 2:  # no room: what has no said size becomes small
            groups = [(n, c, said.size or "small", k) for (n, c, _, k), said in zip(groups, wish.groups, strict=True)]
        if any(group.spot for group in wish.groups):
            things = place_at_spots(rng, groups, [group.spot for group in wish.groups])
        else:
            named = (wish.between, place_between), (wish.relation, place_relation), (wish.row, place_row)
            things = next((place for said, place in named if said), place_free)(rng, groups)
        if things is None:
            continue
        scene = Scene(tuple(things), chosen_background(wish, rng))
        if all(atom.holds for atom in judge(wish, scene)):
            return scene
    return None


def settled(edit: Edit, scene: Scene) -> Edit:
    """`edit` of `scene` with each new thing that would overlap another or leave the canvas moved to the nearest centre
    where it stands free; as it is where there is none."""
    others = [thing for thing in scene.things if thing not in edit.old]
    placed: list[Thing] = []
    for thing in edit.new:
        placed.append(nearest_free(thing, [*others, *placed]))
    return replace(edit, new=tuple(placed))


def nearest_free(thing: Thing, others: Sequence[Thing]) -> Thing:
    if fits(thing, others):
        return thing
    centres = [cell * STEP + STEP // 2 for cell in range(SIDE // STEP)]
    options = [replace(thing, x=x, y=y) for y in centres for x in centres]
    free = [option for option in options if fits(option, others)]
    return min(free, key=lambda option: (option.x - thing.x) ** 2 + (option.y - thing.y) ** 2, default=thing)


def place_at_spots(
    rng: np.random.Generator, groups: Sequence[Group], spots: Sequence[str | None]
) -> list[Thing] | None:
    """Each group at its spot, those without one anywhere; None if one finds no room."""
    things: list[Thing] = []
    for (noun, color, size, count), spot in sorted(zip(groups, spots, strict=True), key=lambda pair: pair[1] is None):
        for _ in range(count):
            thing = drop_in(rng, (noun, color, size), things, spot_box(spot))
            if thing is None:
                return None
            things.append(thing)
    return things


def chosen_background(wish: Wish, rng: np.random.Generator) -> Background:
    outdoors = [place for place in PLACES if place not in INDOORS]
    place = wish.place or ("plain" if rng.random() < 0.5 else sample_background(rng).place)
    if place in INDOORS and (wish.time or wish.weather):
        place = outdoors[int(rng.integers(len(outdoors)))]
    return Background(place) if place in INDOORS else Background(place, wish.time or "day", wish.weather or "clear")
