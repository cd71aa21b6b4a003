"""Questions about scenes with their answers, in both languages; yes and no come equally often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diptych.world.queries import color_part, noun_part, query
from diptych.world.scene import Scene, Thing, relation_holds, spot_holds
from diptych.world.sprites import SIDES
from diptych.world.vocabulary import COLORS, INDOORS, RELATIONS, SPOTS, TIMES, nouns
from diptych.world.wish import GroupWish, grid_spot
from diptych.world.words import Voice, agree

KINDS = (
    "what",
    "color",
    "count",
    "where",
    "exists",
    "is_color",
    "relation",
    "bigger",
    "more",
    "place",
    "time",
    "weather",
    "things",
)


@dataclass(frozen=True)
class Question:
    """`kind` is one of KINDS; `answer` is how the plain voice says it; `query` is what is asked (`world.queries`)."""

    kind: str
    text: str
    answer: str
    query: str


Asker = Callable[[Scene, Voice, np.random.Generator, Sequence[str]], "tuple[str, str, str] | None"]


def ask(
    scene: Scene, language: str, rng: np.random.Generator, known: Sequence[str], kind: str | None = None
) -> Question | None:
    """A random question about `scene` with its true answer; None where the drawn kind can't be asked of it."""
    kind = kind or KINDS[int(rng.integers(len(KINDS)))]
    made = ASKERS[kind](scene, Voice(language, rng), rng, known)
    return None if made is None else Question(kind, *made)


def say_yes(voice: Voice, truth: bool) -> str:
    return str(voice.table["yes" if truth else "no"][0])


def alone(scene: Scene, rng: np.random.Generator) -> Thing | None:
    """A thing that is the only one of its noun."""
    names = [thing.noun for thing in scene.things]
    single = [thing for thing in scene.things if names.count(thing.noun) == 1]
    return single[int(rng.integers(len(single)))] if single else None


def other_noun(scene: Scene, rng: np.random.Generator, known: Sequence[str]) -> str:
    present = {thing.noun for thing in scene.things}
    while True:
        noun = known[int(rng.integers(len(known)))]
        if noun not in present:
            return noun


def plain_noun(voice: Voice, noun: str) -> str:
    entry = nouns()[noun]
    return entry.zh if voice.language == "zh" else f"the {entry.en}"


def what(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    found = [
        (
            spot,
            [thing for thing in scene.things if spot_holds(thing, spot)],
            [t for t in scene.things if spot_holds(t, spot, 8)],
        )
        for spot in SPOTS
    ]
    clear = [(spot, held[0]) for spot, held, nearly in found if len(held) == 1 and len(nearly) == 1]
    if not clear:
        return None
    spot, thing = clear[int(rng.integers(len(clear)))]
    text = voice.pick(voice.table["questions"]["what"]).format(spot=voice.word("spots", spot))
    return text, Voice(voice.language, None).thing(GroupWish(thing.noun, 1, thing.color)), query("what", spot)


def color(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    groups = [
        same for same in by_noun(scene).values()
        if len({thing.color for thing in same}) == 1 and (same[0].color or nouns()[same[0].noun].own)
    ]  # fmt: skip
    if not groups:
        return None
    same = groups[int(rng.integers(len(groups)))]
    section = "color" if len(same) == 1 else "colors"
    text = voice.pick(voice.table["questions"][section]).format(
        noun=voice.noun(same[0].noun, plural=len(same) > 1), measure=nouns()[same[0].noun].measure
    )
    named = same[0].color or nouns()[same[0].noun].own
    return text, str(voice.table["colors"][named][0]), query("color", noun_part(same[0].noun))


def by_noun(scene: Scene) -> dict[str, list[Thing]]:
    grouped: dict[str, list[Thing]] = {}
    for thing in scene.things:
        grouped.setdefault(thing.noun, []).append(thing)
    return grouped


def count(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str]:
    names = list(by_noun(scene))
    noun = other_noun(scene, rng, known) if rng.random() < 0.15 else names[int(rng.integers(len(names)))]
    text = voice.pick(voice.table["questions"]["count"]).format(
        noun=voice.noun(noun, plural=True), measure=nouns()[noun].measure
    )
    return text, str(len(by_noun(scene).get(noun, []))), query("count", noun_part(noun))


def where(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    thing = alone(scene, rng)
    spot = grid_spot(thing) if thing is not None else None
    if thing is None or spot is None:
        return None
    text = voice.pick(voice.table["questions"]["where"]).format(noun=voice.noun(thing.noun))
    return text, str(voice.table["spots"][spot][0]), query("where", noun_part(thing.noun))


def exists(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str]:
    """Half of the time what isn't there: another noun, or a noun that is there in a colour that isn't."""
    truth = bool(rng.random() < 0.5)
    thing = scene.things[int(rng.integers(len(scene.things)))]
    noun, said = thing.noun, thing.color if rng.random() < 0.5 else None
    if not truth:
        if rng.random() < 0.6:
            noun, said = other_noun(scene, rng, known), said
        else:
            said = other_color(by_noun(scene)[noun], rng)
    words = voice.thing(GroupWish(noun, 1, said))
    text = voice.pick(voice.table["questions"]["exists"]).format(thing=words)
    parts = [noun_part(noun), *([color_part(said)] if said else [])]
    return agree(text, words), say_yes(voice, truth), query("exists", *parts)


def other_color(things: Sequence[Thing], rng: np.random.Generator) -> str:
    """A palette colour that none of `things` has, by nature or by paint."""
    taken = {thing.color or nouns()[thing.noun].own for thing in things}
    free = [name for name in COLORS if name not in taken]
    return free[int(rng.integers(len(free)))]


def is_color(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    thing = alone(scene, rng)
    if thing is None:
        return None
    own = thing.color or nouns()[thing.noun].own
    truth = bool(rng.random() < 0.5) and own is not None
    asked = own if truth and own is not None else other_color([thing], rng)
    text = voice.pick(voice.table["questions"]["is_color"]).format(
        noun=voice.noun(thing.noun), color=voice.table["colors"][asked][0]
    )
    return text, say_yes(voice, truth), query("is_color", noun_part(thing.noun), color_part(asked))


def relation(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    single = [same[0] for same in by_noun(scene).values() if len(same) == 1]
    if len(single) < 2:
        return None
    first, second = (single[int(i)] for i in rng.permutation(len(single))[:2])
    held = [name for name in RELATIONS if relation_holds([first], name, [second])]
    if not held:
        return None
    truth = bool(rng.random() < 0.5)
    opposite = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
    asked = held[0] if truth else opposite[held[0]]
    text = voice.pick(voice.table["questions"]["relation"]).format(
        a=voice.noun(first.noun), b=voice.noun(second.noun), relation=voice.word("relation_names", asked)
    )
    parts = noun_part(first.noun), asked, noun_part(second.noun)
    return text, say_yes(voice, truth), query("relation", *parts)


def bigger(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    single = [same[0] for same in by_noun(scene).values() if len(same) == 1]
    pairs = [(a, b) for a in single for b in single if SIDES[a.size] != SIDES[b.size]]
    if not pairs:
        return None
    first, second = pairs[int(rng.integers(len(pairs)))]
    larger = max(first, second, key=lambda thing: thing.side)
    text = voice.pick(voice.table["questions"]["bigger"]).format(a=voice.noun(first.noun), b=voice.noun(second.noun))
    return text, plain_noun(voice, larger.noun), query("bigger", noun_part(first.noun), noun_part(second.noun))


def more(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del known
    counts = [(noun, len(same)) for noun, same in by_noun(scene).items()]
    pairs = [(a, b) for a in counts for b in counts if a[1] != b[1]]
    if not pairs:
        return None
    first, second = pairs[int(rng.integers(len(pairs)))]
    text = voice.pick(voice.table["questions"]["more"]).format(
        a=voice.noun(first[0], plural=True), b=voice.noun(second[0], plural=True)
    )
    return text, say_yes(voice, first[1] > second[1]), query("more", noun_part(first[0]), noun_part(second[0]))


def place(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str]:
    del rng, known
    text = voice.pick(voice.table["questions"]["place"])
    return text, str(voice.table["place_names"][scene.background.place][0]), query("place")


def time(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del rng, known
    if scene.background.place in INDOORS:
        return None
    assert scene.background.time in TIMES
    text = voice.pick(voice.table["questions"]["time"])
    return text, str(voice.table["time_names"][scene.background.time][0]), query("time")


def weather(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str] | None:
    del rng, known
    if scene.background.place in INDOORS:
        return None
    answer = voice.table["weather_names"][scene.background.weather][0]
    return voice.pick(voice.table["questions"]["weather"]), str(answer), query("weather")


def things(scene: Scene, voice: Voice, rng: np.random.Generator, known: Sequence[str]) -> tuple[str, str, str]:
    del rng, known
    return voice.pick(voice.table["questions"]["things"]), str(len(scene.things)), query("things")


ASKERS: dict[str, Asker] = {
    "what": what,
    "color": color,
    "count": count,
    "where": where,
    "exists": exists,
    "is_color": is_color,
    "relation": relation,
    "bigger": bigger,
    "more": more,
    "place": place,
    "time": time,
    "weather": weather,
    "things": things,
}
