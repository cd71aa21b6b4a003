"""Referring expressions: words in either language that point at some things of a scene and at no others, with the mask.

What models that find things by words learn from and are judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from diptych.world.edits import group_words
from diptych.world.render import thing_mask
from diptych.world.scene import SIDE, Scene, Thing, relation_holds, spot_holds
from diptych.world.vocabulary import RELATIONS, SPOTS, nouns
from diptych.world.words import Voice

KINDS = ("named", "placed", "related", "counted")


@dataclass(frozen=True)
class Reference:
    """`text` points at `things`; `kind` is one of KINDS: by name and looks, place, relation, or order from the left."""

    kind: str
    text: str
    things: tuple[Thing, ...]

    def mask(self, font: Path) -> np.ndarray:
        """SIDE×SIDE float32 0..1: the things with their rims."""
        masks = [thing_mask(thing, font) for thing in self.things]
        return np.maximum.reduce(masks) if masks else np.zeros((SIDE, SIDE), np.float32)


def refer(scene: Scene, language: str, rng: np.random.Generator, kind: str | None = None) -> Reference | None:
    """A random reference into `scene`; None where the drawn kind can't tell anything apart there. Pure in `rng`."""
    kind = kind or KINDS[int(rng.integers(len(KINDS)))]
    made = MAKERS[kind](scene, Voice(language, rng), rng)
    return None if made is None else Reference(kind, *made)


def named(scene: Scene, voice: Voice, rng: np.random.Generator) -> tuple[str, tuple[Thing, ...]] | None:
    """The small red cat, all the cats: a group by its noun, and by colour or size where others share the noun. Of
    several it is said that all are meant, since 猫 may be one or many."""
    groups = scene.groups()
    group = groups[int(rng.integers(len(groups)))]
    words = group_words(group, scene, rng)
    if len(group) == 1:
        return voice.thing(words, definite=True), group
    bare = voice.thing(words, definite=True)
    for way in voice.table["definite_plural"]:
        start, _, end = way.partition("{words}")
        if start and bare.startswith(start) and bare.endswith(end):
            bare = bare.removeprefix(start)
    return voice.pick(voice.table["referring"]["all"]).format(words=bare), group


def pointed(voice: Voice, section: str, **parts: str) -> str:
    return voice.pick(voice.table["referring"][section]).format(**parts)


def noun_words(voice: Voice, noun: str) -> dict[str, str]:
    return {"noun": voice.noun(noun), "measure": nouns()[noun].measure}


def placed(scene: Scene, voice: Voice, rng: np.random.Generator) -> tuple[str, tuple[Thing, ...]] | None:
    """The cat in the top left, where one cat is there and others, if any, clearly are not."""
    options = [
        (thing, spot)
        for thing in scene.things
        for spot in SPOTS
        if spot_holds(thing, spot)
        and not any(
            other is not thing and other.noun == thing.noun and spot_holds(other, spot, 8) for other in scene.things
        )
    ]
    if not options:
        return None
    thing, spot = options[int(rng.integers(len(options)))]
    return pointed(voice, "placed", **noun_words(voice, thing.noun), spot=voice.word("spots", spot)), (thing,)


def related(scene: Scene, voice: Voice, rng: np.random.Generator) -> tuple[str, tuple[Thing, ...]] | None:
    """The cat left of the tree, where there is one tree and one cat left of it."""
    names = [thing.noun for thing in scene.things]
    options = []
    for anchor in scene.things:
        if names.count(anchor.noun) != 1:
            continue
        for relation in RELATIONS:
            for noun in set(names) - {anchor.noun}:
                rivals = [thing for thing in scene.things if thing.noun == noun]
                held = [thing for thing in rivals if relation_holds([thing], relation, [anchor])]
                nearly = [thing for thing in rivals if relation_holds([thing], relation, [anchor], 8)]
                if len(held) == len(nearly) == 1:
                    options.append((held[0], relation, anchor))
    if not options:
        return None
    options.sort(key=lambda option: (option[0], option[1], option[2].noun))
    thing, relation, anchor = options[int(rng.integers(len(options)))]
    words = pointed(
        voice, "related", **noun_words(voice, thing.noun),
        relation=voice.word("relation_names", relation), anchor=voice.noun(anchor.noun),
    )  # fmt: skip
    return words, (thing,)


def counted(scene: Scene, voice: Voice, rng: np.random.Generator) -> tuple[str, tuple[Thing, ...]] | None:
    """The second cat from the left, 左边第二只猫: where two or more stand clearly side by side."""
    rows = [ordered for noun in {thing.noun for thing in scene.things} if (ordered := in_order(scene.things, noun))]
    if not rows:
        return None
    rows.sort()
    row = rows[int(rng.integers(len(rows)))]
    index = int(rng.integers(len(row)))
    words = pointed(
        voice, "counted", **noun_words(voice, row[0].noun), ordinal=voice.table["ordinals"][index],
    )  # fmt: skip
    return words, (row[index],)


def in_order(things: Sequence[Thing], noun: str) -> list[Thing]:
    """The things of `noun` from left to right; empty where there are fewer than two, or two at about the same x."""
    row = sorted(thing for thing in things if thing.noun == noun)
    apart = all(b.x - a.x >= 16 for a, b in pairwise(row))
    return row if len(row) >= 2 and apart else []


Maker = Callable[[Scene, Voice, np.random.Generator], "tuple[str, tuple[Thing, ...]] | None"]
MAKERS: dict[str, Maker] = {"named": named, "placed": placed, "related": related, "counted": counted}
