"""Wishes: what was said about a scene, and whether a scene fulfils it, statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from diptych.world.scene import (
    Background,
    Scene,
    Thing,
    between_holds,
    canonical_color,
    relation_holds,
    row_holds,
    spot_holds,
)
from diptych.world.splits import relation_is_held_out
from diptych.world.vocabulary import INDOORS, RELATIONS, SPOTS

SLACK = 6
"""Pixels of tolerance when a drawn or read scene is judged against words."""


@dataclass(frozen=True)
class GroupWish:
    """Some equal things. None = not said; a colour that isn't said means the natural look."""

    noun: str
    count: int = 1
    color: str | None = None
    size: str | None = None
    spot: str | None = None


@dataclass(frozen=True)
class Wish:
    """What was said. `relation` holds between groups 0 and 1; `between` = group 0 between 1 and 2;
    `row` = group 0 stands in a row, or, where each group is one thing, all of them do."""

    groups: tuple[GroupWish, ...]
    relation: str | None = None
    between: bool = False
    row: bool = False
    place: str | None = None
    time: str | None = None
    weather: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Wish:
        return cls(**{**data, "groups": tuple(GroupWish(**group) for group in data["groups"])})


@dataclass(frozen=True)
class Atom:
    """One statement of a wish and whether it is fulfilled. `kind` names what is counted together."""

    kind: str
    holds: bool


def judge(wish: Wish, scene: Scene) -> list[Atom]:
    """Each statement of `wish` against `scene`: objects, counts, colours, sizes, spots, relations, background, and
    that nothing else is there."""
    atoms: list[Atom] = []
    parts = [members(group, wish, scene.things) for group in wish.groups]
    for group, found in zip(wish.groups, parts, strict=True):
        color = canonical_color(group.noun, group.color)
        atoms.append(Atom("object", bool(found)))
        atoms.append(Atom("count", len(found) == group.count))
        atoms.append(Atom("color", bool(found) and all(thing.color == color for thing in found)))
        if group.size is not None:
            atoms.append(Atom("size", bool(found) and all(thing.size == group.size for thing in found)))
        if group.spot is not None:
            atoms.append(Atom("place", bool(found) and all(spot_holds(thing, group.spot, SLACK) for thing in found)))
    if wish.relation is not None:
        atoms.append(Atom("relation", all(parts[:2]) and relation_holds(parts[0], wish.relation, parts[1], SLACK)))
    if wish.between:
        atoms.append(Atom("relation", all(parts[:3]) and between_holds(parts[0], parts[1], parts[2], SLACK)))
    if wish.row:
        lined_up = parts[0] if wish.groups[0].count > 1 else [thing for part in parts for thing in part]
        atoms.append(Atom("relation", row_holds(lined_up, SLACK)))
    background = scene.background
    for said, real in (
        (wish.place, background.place),
        (wish.time, background.time),
        (wish.weather, background.weather),
    ):
        if said is not None:
            atoms.append(Atom("background", said == real))
    named = sum(len(part) for part in parts)
    atoms.append(Atom("nothing else", named == len(scene.things)))
    return atoms


def members(group: GroupWish, wish: Wish, things: Sequence[Thing]) -> list[Thing]:
    """The things that `group` speaks of: those of its noun, or of noun and colour where another group has the noun."""
    same = [thing for thing in things if thing.noun == group.noun]
    rivals = [other for other in wish.groups if other is not group and other.noun == group.noun]
    if not rivals:
        return same
    color = canonical_color(group.noun, group.color)
    if all(canonical_color(other.noun, other.color) != color for other in rivals):
        return [thing for thing in same if thing.color == color]
    return [thing for thing in same if thing.color == color and thing.size == (group.size or "medium")]


def choose_wish(scene: Scene, rng: np.random.Generator, *, held_out: bool | None = False) -> Wish:
    """What someone might say who wants `scene`: every group, and some of what holds of it.

    `held_out` False = never states a relation of the held-out split; None = no matter.
    """
    parts = scene.groups()
    order = [int(i) for i in rng.permutation(len(parts))]
    parts = [parts[i] for i in order]
    relation, between, row = choose_relation(parts, rng, held_out)
    # choose_relation may have put another group first: the wish's groups follow it.
    parts = relation[1] if relation else parts
    groups = []
    for part in parts:
        thing = part[0]
        said_size = thing.size if thing.size != "medium" or rng.random() < 0.06 else None
        spot = None
        if relation is None and not row and rng.random() < 0.45:
            spot = choose_spot(part, rng)
        color = thing.color
        groups.append(GroupWish(thing.noun, len(part), color, said_size, spot))
    background = scene.background
    plain = background.place == "plain"
    place = background.place if rng.random() < (0.3 if plain else 0.75) else None
    outdoors = background.place not in INDOORS
    time = background.time if outdoors and (background.time != "day" or rng.random() < 0.1) else None
    weather = background.weather if outdoors and (background.weather != "clear" or rng.random() < 0.06) else None
    return Wish(
        tuple(groups),
        relation[0] if relation and relation[0] != "between" else None,
        between,
        row,
        place,
        time,
        weather,
    )


Parts = list[tuple[Thing, ...]]


def choose_relation(
    parts: Parts, rng: np.random.Generator, held_out: bool | None
) -> tuple[tuple[str, Parts] | None, bool, bool]:
    """(relation and the groups in its order, whether it is "between", whether a row is said)."""
    if len(parts) == 3 and rng.random() < 0.8:
        for first in range(3):
            rest = [parts[i] for i in range(3) if i != first]
            if between_holds(parts[first], rest[0], rest[1]):
                return ("between", [parts[first], *rest]), True, False
    singles = all(len(part) == 1 for part in parts)
    lined_up = parts[0] if len(parts) == 1 else [part[0] for part in parts] if singles else None
    if lined_up is not None and len(lined_up) >= 2 and row_holds(lined_up) and rng.random() < 0.7:
        return None, False, True
    if len(parts) >= 2 and rng.random() < 0.75:
        pairs = [(i, j) for i in range(len(parts)) for j in range(len(parts)) if i != j]
        for index in rng.permutation(len(pairs)):
            i, j = pairs[int(index)]
            for relation in RELATIONS:
                if not relation_holds(parts[i], relation, parts[j]):
                    continue
                unseen = relation_is_held_out(parts[i][0].noun, relation, parts[j][0].noun)
                if held_out is None or unseen == held_out:
                    rest = [parts[k] for k in range(len(parts)) if k not in (i, j)]
                    return (relation, [parts[i], parts[j], *rest]), False, False
    return None, False, False


def choose_spot(part: Sequence[Thing], rng: np.random.Generator) -> str | None:
    """A spot that holds for all of `part`, or None."""
    held = [spot for spot in SPOTS if all(spot_holds(thing, spot) for thing in part)]
    return held[int(rng.integers(len(held)))] if held else None


def full_wish(scene: Scene) -> Wish:
    """Everything that a description says: all groups in reading order with counts, colours and sizes, the spot of what
    stands alone, and the background."""
    groups = tuple(
        GroupWish(
            part[0].noun,
            len(part),
            part[0].color,
            part[0].size if part[0].size != "medium" else None,
            grid_spot(part[0]) if len(part) == 1 else None,
        )
        for part in scene.groups()
    )
    background: Background = scene.background
    indoors = background.place in INDOORS
    return Wish(
        groups,
        place=background.place,
        time=None if indoors or background.time == "day" else background.time,
        weather=None if indoors or background.weather == "clear" else background.weather,
    )


def grid_spot(thing: Thing) -> str | None:
    """The cell of the 3×3 grid that `thing` lies in, None within 4 pixels of a line."""
    third = 128 / 3
    if any(abs(value - line) < 4 for value in (thing.x, thing.y) for line in (third, 2 * third)):
        return None
    column = ("left", "", "right")[int(thing.x // third)]
    row = ("top", "", "bottom")[int(thing.y // third)]
    return " ".join(word for word in (row, column) if word) or "middle"


def without_spots(wish: Wish) -> Wish:
    return replace(wish, groups=tuple(replace(group, spot=None) for group in wish.groups))
