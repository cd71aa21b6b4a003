"""Edits of scenes: what changes, the instruction that asks for it, and what the scene is afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diptych.world.scene import (
    SIDE,
    Background,
    Scene,
    Thing,
    canonical_color,
    drop_in,
    fits,
    sample_background,
    sample_kind,
    snap_inside,
    spot_holds,
    with_things,
)
from diptych.world.splits import color_is_held_out
from diptych.world.sprites import SIDES
from diptych.world.vocabulary import COLORS, INDOORS, MAX_THINGS, SIZES, SPOTS, TIMES, WEATHERS, nouns
from diptych.world.wish import GroupWish
from diptych.world.words import Voice

KINDS = ("add", "remove", "replace", "recolor", "move", "resize", "background")


@dataclass(frozen=True)
class Edit:
    """One change of a scene. `old` are the things that go, `new` those that come, `background` the new one if any.

    `kind` is one of KINDS. In place: a replaced, recoloured or resized thing keeps its centre.
    """

    kind: str
    old: tuple[Thing, ...] = ()
    new: tuple[Thing, ...] = ()
    background: Background | None = None
    spot: str | None = None
    """Where a thing is added or moved to, as it is said; None = anywhere."""

    def after(self, scene: Scene) -> Scene:
        """The scene when this is done."""
        things = [thing for thing in scene.things if thing not in self.old] + list(self.new)
        changed = with_things(scene, things)
        return changed if self.background is None else replace(changed, background=self.background)


def sample_edit(scene: Scene, rng: np.random.Generator, known: Sequence[str], kind: str | None = None) -> Edit | None:
    """A random edit of `scene`, or None where the drawn one isn't possible. One in six is of the background."""
    kind = kind or KINDS[int(rng.integers(len(KINDS)))]
    return SAMPLERS[kind](scene, rng, known)


def pick_group(scene: Scene, rng: np.random.Generator) -> tuple[Thing, ...]:
    groups = scene.groups()
    return groups[int(rng.integers(len(groups)))]


def spot_for(thing: Thing, rng: np.random.Generator) -> str | None:
    held = [spot for spot in SPOTS if spot_holds(thing, spot)]
    return held[int(rng.integers(len(held)))] if held else None


def sample_add(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    if len(scene.things) >= MAX_THINGS:
        return None
    noun, color = sample_kind(rng, known)
    if any(thing.noun == noun for thing in scene.things):
        return None
    size = SIZES[int(rng.choice(3, p=(0.35, 0.5, 0.15)))]
    thing = drop_in(rng, (noun, color, size), scene.things, (0, 0, SIDE, SIDE))
    return None if thing is None else Edit("add", new=(thing,), spot=spot_for(thing, rng))


def sample_remove(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    del known
    group = pick_group(scene, rng)
    return Edit("remove", old=group)


def sample_replace(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    group = pick_group(scene, rng)
    noun, color = sample_kind(rng, known)
    if any(thing.noun == noun for thing in scene.things):
        return None
    return Edit("replace", old=group, new=tuple(replace(thing, noun=noun, color=color) for thing in group))


def sample_recolor(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    del known
    group = pick_group(scene, rng)
    color = canonical_color(group[0].noun, COLORS[int(rng.integers(len(COLORS)))])
    if color == group[0].color or color_is_held_out(group[0].noun, color):
        return None
    return Edit("recolor", old=group, new=tuple(replace(thing, color=color) for thing in group))


def sample_move(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    del known
    group = pick_group(scene, rng)
    if len(group) > 1:
        return None
    others = [thing for thing in scene.things if thing not in group]
    thing = drop_in(rng, group[0].kind, others, (0, 0, SIDE, SIDE))
    if thing is None:
        return None
    spot = spot_for(thing, rng)
    if spot is None or spot_holds(group[0], spot):
        return None
    return Edit("move", old=group, new=(thing,), spot=spot)


def sample_resize(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    del known
    group = pick_group(scene, rng)
    index = SIZES.index(group[0].size) + (1 if rng.random() < 0.5 else -1)
    if not 0 <= index < len(SIZES):
        return None
    others = [thing for thing in scene.things if thing not in group]
    resized = resize(group, SIZES[index], others)
    return None if resized is None else Edit("resize", old=group, new=resized)


def resize(group: Sequence[Thing], size: str, others: Sequence[Thing]) -> tuple[Thing, ...] | None:
    """`group` in another size, moved inside where a bigger one would leave the canvas; None where it doesn't fit."""
    done: list[Thing] = []
    for thing in group:
        larger = in_size(thing, size)
        if not fits(larger, [*others, *done]):
            return None
        done.append(larger)
    return tuple(done)


def in_size(thing: Thing, size: str) -> Thing:
    """`thing` in another size, its centre moved so far that it stays on the canvas."""
    x, y = (snap_inside(value, SIDES[size]) for value in (thing.x, thing.y))
    return replace(thing, size=size, x=x, y=y)


def sample_background_edit(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> Edit | None:
    del known
    old, other = scene.background, sample_background(rng)
    which = rng.random()
    if which < 0.6 and other.place in INDOORS:
        background = Background(other.place)
    elif which < 0.6:
        background = Background(other.place, old.time, old.weather)
    elif old.place in INDOORS:
        return None
    elif which < 0.8:
        background = Background(old.place, TIMES[int(rng.integers(len(TIMES)))], old.weather)
    else:
        background = Background(old.place, old.time, WEATHERS[int(rng.integers(len(WEATHERS)))])
    return None if background == scene.background else Edit("background", background=background)


SAMPLERS = {
    "add": sample_add,
    "remove": sample_remove,
    "replace": sample_replace,
    "recolor": sample_recolor,
    "move": sample_move,
    "resize": sample_resize,
    "background": sample_background_edit,
}


def sample_chain(scene: Scene, rng: np.random.Generator, known: Sequence[str], length: int) -> list[Edit]:
    """`length` edits, each possible after the one before."""
    chain: list[Edit] = []
    while len(chain) < length:
        edit = sample_edit(scene, rng, known)
        if edit is not None and edit.after(scene).things:
            chain.append(edit)
            scene = edit.after(scene)
    return chain


# ---- words ----------------------------------------------------------------------------------------------------------


def group_words(group: Sequence[Thing], scene: Scene, rng: np.random.Generator | None) -> GroupWish:
    """How a group is pointed at in `scene`: by its noun, and by what tells it from others of that noun."""
    thing = group[0]
    rivals = [other for other in scene.things if other.noun == thing.noun and other not in group]
    say_color = any(other.color != thing.color for other in rivals) or (rng is not None and rng.random() < 0.15)
    say_size = any(other.size != thing.size for other in rivals) or (rng is not None and rng.random() < 0.08)
    return GroupWish(thing.noun, len(group), thing.color if say_color else None, thing.size if say_size else None)


def instruct(edit: Edit, scene: Scene, language: str, rng: np.random.Generator | None) -> str:
    """The words that ask for `edit` of `scene`."""
    voice = Voice(language, rng)
    words = voice.table["edits"]
    target = voice.thing(group_words(edit.old, scene, rng), definite=True) if edit.old else ""
    new = ""
    if edit.new:
        thing = edit.new[0]
        said_size = thing.size if thing.size != "medium" and edit.kind == "add" else None
        new = voice.thing(GroupWish(thing.noun, len(edit.new), thing.color, said_size))
    if edit.kind == "add":
        options = [way for way in words["add"] if ("{spot}" in way) == (edit.spot is not None)]
        spot = voice.word("spots", edit.spot) if edit.spot else ""
        return voice.pick(options).format(new=new, spot=spot)
    if edit.kind == "recolor":
        # A natural look comes out of recolouring only where it has a colour's name.
        named = edit.new[0].color or nouns()[edit.new[0].noun].own
        assert named is not None
        return voice.pick(words["recolor"]).format(target=target, color=voice.color(named))
    if edit.kind == "move":
        spot = edit.spot or "middle"
        to, at = voice.word("to", spot), voice.word("spots", spot)
        return voice.pick(words["move"]).format(target=target, to=to, spot=at)
    if edit.kind == "resize":
        grows = SIDES[edit.new[0].size] > SIDES[edit.old[0].size]
        return voice.pick(words["bigger" if grows else "smaller"]).format(target=target)
    if edit.kind == "background":
        return background_words(edit, scene, voice)
    return voice.pick(words[edit.kind]).format(target=target, new=new)


def background_words(edit: Edit, scene: Scene, voice: Voice) -> str:
    """A new place, time or weather; several in one sentence."""
    old, new = scene.background, edit.background
    assert new is not None
    words = voice.table["edits"]
    parts = []
    if new.place != old.place:
        way = voice.pick(words["background"])
        parts.append(way.format(place=voice.word("place_names", new.place), background=voice.word("places", new.place)))
    if new.time != old.time and new.place not in INDOORS and old.place not in INDOORS:
        parts.append(voice.pick(words["time"]).format(time=voice.word("time_names", new.time)))
    if new.weather != old.weather and new.place not in INDOORS and old.place not in INDOORS:
        parts.append(voice.word("weather_edits", new.weather))
    return ("，" if voice.language == "zh" else " and ").join(parts)


def instruct_chain(chain: Sequence[Edit], scene: Scene, language: str, rng: np.random.Generator | None) -> str:
    """The words for edits one after another."""
    voice = Voice(language, rng)
    said = []
    for edit in chain:
        said.append(instruct(edit, scene, language, rng))
        scene = edit.after(scene)
    text = said[0]
    for part in said[1:]:
        text += voice.pick(voice.table["edits"]["then"]) + part
    return voice.pick(voice.table["edits"]["whole"]).format(text=text)
