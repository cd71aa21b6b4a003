"""A plan's operations as edits of a scene that is known: what the grammar understood, carried out on a layout.

The grammar gives equal plans for equal wishes in both languages, so these edits are equal too. What it doesn't say
exactly enough is left to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diptych.core.operation import Add, Move, Operation, Recolor, Remove, Replace, ReplaceBackground, Scale
from diptych.core.target import Target
from diptych.core.target import Thing as Said
from diptych.world.edits import Edit, in_size
from diptych.world.scene import Background, Scene, Thing, canonical_color, drop_in, spot_box, spot_holds
from diptych.world.sprites import color_name
from diptych.world.vocabulary import INDOORS, MAX_THINGS, PLACES, SIZES, SPOTS, noun_called


class NotExact(Exception):
    """The operation doesn't say, or this scene doesn't have, what an exact edit needs. Never leaves this room."""


def edits_of(
    operations: Sequence[Operation], scene: Scene, known: Sequence[str], rng: np.random.Generator
) -> list[tuple[Edit, Scene]]:
    """Each operation as an edit, with the scene after it. Raises NotExact for what has to be read instead."""
    done = []
    for operation in operations:
        make = MAKERS.get(type(operation))
        if make is None:
            raise NotExact(operation.op)
        edit = make(operation, scene, known, rng)
        scene = edit.after(scene)
        done.append((edit, scene))
    return done


def noun_of(said: Said, known: Sequence[str]) -> str:
    """The Stickerbook's id for a lexicon noun."""
    noun = noun_called(said.noun)
    if noun is None or noun not in known:
        raise NotExact(said.noun)
    return noun


def size_of(said: Said) -> str | None:
    return next((size for size in SIZES if size in said.attributes), None)


def things_meant(target: Target | None, scene: Scene, known: Sequence[str]) -> tuple[Thing, ...]:
    """The things that `target` points at; several only where they are alike or all are meant."""
    if target is None or target.relation or target.invert or target.text:
        raise NotExact("target")
    noun = noun_of(target, known)
    found = [thing for thing in scene.things if thing.noun == noun]
    if target.color is not None:
        color = canonical_color(noun, color_name(target.color))
        found = [thing for thing in found if thing.color == color]
    if (size := size_of(target)) is not None:
        found = [thing for thing in found if thing.size == size]
    if target.place in SPOTS:
        found = [thing for thing in found if spot_holds(thing, str(target.place))]
    if target.ordinal is not None and found:
        found = [found[min(target.ordinal - 1, len(found) - 1) if target.ordinal > 0 else -1]]
    if not found or (len({thing.kind for thing in found}) > 1 and target.quantifier is None):
        raise NotExact(noun)
    return tuple(found)


def add(operation: Add, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    said = operation.thing
    if operation.target is not None or said.relation is not None:
        raise NotExact("where")
    noun, count = noun_of(said, known), said.count or 1
    if len(scene.things) + count > MAX_THINGS:
        raise NotExact("too many")
    color = None if said.color is None else canonical_color(noun, color_name(said.color))
    new: list[Thing] = []
    for _ in range(count):
        new.append(put(noun, color, size_of(said), operation.place, [*scene.things, *new], rng))
    return Edit("add", new=tuple(new))


def put(
    noun: str, color: str | None, size: str | None, place: str | None, others: Sequence[Thing], rng: np.random.Generator
) -> Thing:
    """A new thing at a free place, smaller where there is no room and the size wasn't said."""
    spot = {"center": "middle"}.get(place or "", place)
    if spot is not None and spot not in SPOTS:
        raise NotExact(str(place))
    for tried in [size] if size else ["medium", "small"]:
        for _ in range(8):
            thing = drop_in(rng, (noun, color, tried), others, spot_box(spot))
            if thing is not None and (spot is None or spot_holds(thing, spot)):
                return thing
    raise NotExact("no room")


def remove(operation: Remove, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    del rng
    return Edit("remove", old=things_meant(operation.target, scene, known))


def replace_things(operation: Replace, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    del rng
    old, said = things_meant(operation.target, scene, known), operation.thing
    if said is None or said.relation is not None or (said.count or len(old)) != len(old):
        raise NotExact("with what")
    noun, size = noun_of(said, known), size_of(said)
    color = None if said.color is None else canonical_color(noun, color_name(said.color))
    new = tuple(replace(thing, noun=noun, color=color) for thing in old)
    return Edit("replace", old=old, new=tuple(in_size(thing, size) for thing in new) if size else new)


def recolor(operation: Recolor, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    del rng
    if operation.color is None:
        raise NotExact("which colour")
    old, color = things_meant(operation.target, scene, known), color_name(operation.color)
    return Edit("recolor", old=old, new=tuple(replace(t, color=canonical_color(t.noun, color)) for t in old))


def move(operation: Move, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    """To a place, or towards a side: to the free place on that side that is nearest to where it was."""
    old = things_meant(operation.target, scene, known)
    towards = {"up": "top", "down": "bottom"}.get(operation.direction or "", operation.direction)
    place = {"center": "middle"}.get(operation.place or "", operation.place) or towards
    if operation.to is not None or operation.distance is not None or place not in SPOTS or len(old) > 1:
        raise NotExact("where to")
    others = [thing for thing in scene.things if thing not in old]
    options = [drop_in(rng, old[0].kind, others, spot_box(str(place))) for _ in range(32)]
    held = [thing for thing in options if thing is not None and spot_holds(thing, str(place))]
    if not held:
        raise NotExact("no room")
    nearest = min(held, key=lambda thing: (thing.x - old[0].x) ** 2 + (thing.y - old[0].y) ** 2)
    return Edit("move", old=old, new=(nearest,))


def scale(operation: Scale, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    del rng
    old = things_meant(operation.target, scene, known)
    index = SIZES.index(old[0].size) + (1 if operation.factor > 1 else -1)
    if not 0 <= index < len(SIZES):
        raise NotExact("size")
    return Edit("resize", old=old, new=tuple(in_size(thing, SIZES[index]) for thing in old))


def background(operation: ReplaceBackground, scene: Scene, known: Sequence[str], rng: np.random.Generator) -> Edit:
    """Another place; time of day and weather stay where the new place has them."""
    del known, rng
    named = {"mountain": "mountains", "grass": "meadow", "ocean": "sea", "snow": "snowfield"}
    noun = operation.scene.noun if operation.scene is not None else ""
    place = named.get(noun, noun)
    if place not in PLACES or operation.color or operation.picture or operation.target:
        raise NotExact(noun)
    old = scene.background
    new = Background(place) if place in INDOORS else Background(place, old.time, old.weather)
    return Edit("background", background=new)


MAKERS: dict[type[Operation], Callable[[Any, Scene, Sequence[str], np.random.Generator], Edit]] = {
    Add: add,
    Remove: remove,
    Replace: replace_things,
    Recolor: recolor,
    Move: move,
    Scale: scale,
    ReplaceBackground: background,
}
