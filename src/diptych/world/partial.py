"""Partial wishes: what someone says who looks for a picture. They name some of what is there, and hold of every picture
that has it."""

from __future__ import annotations

import numpy as np

from diptych.world.scene import Scene
from diptych.world.vocabulary import INDOORS
from diptych.world.wish import GroupWish, Wish
from diptych.world.words import Voice, table


def choose_partial(scene: Scene, rng: np.random.Generator) -> Wish:
    """One or two of the groups, with or without colours and sizes, sometimes with the background; now and then only
    that."""
    groups = scene.groups()
    count = 0 if rng.random() < 0.15 else 1 if len(groups) == 1 or rng.random() < 0.6 else 2
    chosen = []
    for index in rng.permutation(len(groups))[:count]:
        part = groups[int(index)]
        color = part[0].color if rng.random() < 0.6 else None
        size = part[0].size if part[0].size != "medium" and rng.random() < 0.3 else None
        same = [
            t for t in scene.things if t.noun == part[0].noun and color in (None, t.color) and size in (None, t.size)
        ]
        chosen.append(GroupWish(part[0].noun, len(same) if rng.random() < 0.7 else 1, color, size))
    background = scene.background
    said = count == 0 or rng.random() < 0.3
    place = background.place if said and (count == 0 or rng.random() < 0.7) else None
    outdoors = said and background.place not in INDOORS
    time = background.time if outdoors and (place is None or rng.random() < 0.4) else None
    weather = background.weather if outdoors and rng.random() < 0.3 else None
    if not (chosen or place or time or weather):
        place = background.place
    return Wish(tuple(chosen), place=place, time=time, weather=weather)


def shows(wish: Wish, scene: Scene) -> bool:
    """Whether a partial wish holds of `scene`: it has these things, more than one of them in exactly that number,
    whatever else it has. A colour that isn't said may be any."""
    for group in wish.groups:
        found = sum(
            thing.noun == group.noun and group.color in (None, thing.color) and group.size in (None, thing.size)
            for thing in scene.things
        )
        if found < group.count or (group.count > 1 and found != group.count):
            return False
    background = scene.background
    return all(
        said in (None, real)
        for said, real in (
            (wish.place, background.place), (wish.time, background.time), (wish.weather, background.weather),
        )
    )  # fmt: skip


def partial_phrase(wish: Wish, language: str, rng: np.random.Generator | None) -> str:
    """A partial wish as a search: "two red cars at night", "cat", 夜晚的草地上的一只猫."""
    voice = Voice(language, rng)
    if len(wish.groups) == 1 and wish == Wish((GroupWish(wish.groups[0].noun),)) and voice.chance(0.6):
        return voice.noun(wish.groups[0].noun, plural=language == "en" and voice.chance(0.3))
    if not wish.groups:
        return voice.background(wish)
    things = voice.join([voice.thing(group) for group in wish.groups])
    background = voice.background(wish)
    if not background:
        return things
    if language == "en":
        return f"{things} {background}"
    return background + ("的" if wish.place is None or voice.chance(0.5) else "有") + things


def background_names(language: str) -> dict[str, str]:
    """Every place, time and weather → its name, without an article: "meadow", 草地."""
    words = table(language)
    sections = ("place_names", "time_names", "weather_names")
    named = {key: ways[0] for section in sections for key, ways in words[section].items()}
    return {key: name.removeprefix("a ").removeprefix("the ") for key, name in named.items()}
