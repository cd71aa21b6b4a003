"""Questions as queries: what is asked of a scene graph, in tokens; and the answers, by running them.

A query is a kind and its arguments, such as `count <noun:star>` or `relation <noun:cat> left of <noun:tree>`. The
reader writes it from the words of a question; running it on what the eye saw is exact (K. Yi et al. 2018,
"Neural-Symbolic VQA").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from diptych.world.scene import Scene, Thing, relation_holds, spot_holds
from diptych.world.sprites import SIDES
from diptych.world.vocabulary import COLORS, INDOORS, RELATIONS, SPOTS, nouns
from diptych.world.wish import GroupWish, grid_spot
from diptych.world.words import Voice

PART = re.compile(r"<(noun|color):(\w+)>")


class NoQuery(ValueError):
    """Tokens that aren't a query; the message says which."""


def query(kind: str, *parts: str) -> str:
    return " ".join([kind, *parts])


def noun_part(noun: str) -> str:
    return f"<noun:{noun}>"


def color_part(color: str) -> str:
    return f"<color:{color}>"


def answer(text: str, scene: Scene, language: str) -> str:
    """The answer of query `text` about `scene`, as the plain voice says it. Raises NoQuery."""
    kind, _, rest = text.strip().partition(" ")
    if kind not in RUNNERS:
        raise NoQuery(f"{text!r} asks for nothing that is known")
    found = PART.findall(rest)
    named = [name for section, name in found if section == "noun"]
    colors = [name for section, name in found if section == "color"]
    if any(name not in nouns() for name in named) or any(name not in COLORS for name in colors):
        raise NoQuery(f"{text!r} names what is unknown")
    words = PART.sub(" ", rest).strip()
    needed, run = RUNNERS[kind]
    if len(named) < needed:
        raise NoQuery(f"{text!r} names {len(named)} things; {needed} are needed")
    return run(scene, Voice(language, None), named, colors, words)


def of_noun(scene: Scene, noun: str) -> list[Thing]:
    return [thing for thing in scene.things if thing.noun == noun]


def color_of(thing: Thing) -> str | None:
    """The palette colour that it has, by paint or by nature."""
    return thing.color or nouns()[thing.noun].own


def say(voice: Voice, key: str) -> str:
    return str(voice.table["answers"][key])


def say_yes(voice: Voice, truth: bool) -> str:
    return str(voice.table["yes" if truth else "no"][0])


def what(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    if words not in SPOTS:
        raise NoQuery(f"{words!r} is no place")
    things = [thing for thing in scene.things if spot_holds(thing, words)]
    if not things:
        return say(voice, "nothing")
    seen = list(dict.fromkeys(voice.thing(GroupWish(thing.noun, 1, thing.color)) for thing in things))
    return voice.join(seen)


def color(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    held = [color_of(thing) for thing in of_noun(scene, named[0])]
    if not held:
        return say(voice, "none_there")
    said = [str(voice.table["colors"][name][0]) if name else say(voice, "own_color") for name in dict.fromkeys(held)]
    return voice.join(said)


def count(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    return str(sum(not colors or color_of(thing) == colors[0] for thing in of_noun(scene, named[0])))


def where(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    things = of_noun(scene, named[0])
    if not things:
        return say(voice, "none_there")
    spots = [grid_spot(thing) or "middle" for thing in things]
    return voice.join([str(voice.table["spots"][spot][0]) for spot in dict.fromkeys(spots)])


def exists(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    return say_yes(voice, any(not colors or color_of(thing) == colors[0] for thing in of_noun(scene, named[0])))


def is_color(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    if not colors:
        raise NoQuery("no colour is asked for")
    things = of_noun(scene, named[0])
    return say_yes(voice, bool(things) and all(color_of(thing) == colors[0] for thing in things))


def relation(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    if words not in RELATIONS:
        raise NoQuery(f"{words!r} is no relation")
    first, second = (of_noun(scene, noun) for noun in named[:2])
    return say_yes(voice, bool(first and second) and relation_holds(first, words, second))


def bigger(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    first, second = (of_noun(scene, noun) for noun in named[:2])
    if not first or not second:
        return say(voice, "none_there")
    sides = [max(SIDES[thing.size] for thing in things) for things in (first, second)]
    if sides[0] == sides[1]:
        return say(voice, "same_size")
    noun = nouns()[named[0] if sides[0] > sides[1] else named[1]]
    return noun.zh if voice.language == "zh" else f"the {noun.en}"


def more(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    return say_yes(voice, len(of_noun(scene, named[0])) > len(of_noun(scene, named[1])))


def place(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    return str(voice.table["place_names"][scene.background.place][0])


def time(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    if scene.background.place in INDOORS:
        return say(voice, "indoors")
    return str(voice.table["time_names"][scene.background.time][0])


def weather(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    if scene.background.place in INDOORS:
        return say(voice, "indoors")
    return str(voice.table["weather_names"][scene.background.weather][0])


def things(scene: Scene, voice: Voice, named: Sequence[str], colors: Sequence[str], words: str) -> str:
    return str(len(scene.things))


Runner = Callable[[Scene, Voice, Sequence[str], Sequence[str], str], str]
RUNNERS: dict[str, tuple[int, Runner]] = {
    "what": (0, what),
    "color": (1, color),
    "count": (1, count),
    "where": (1, where),
    "exists": (1, exists),
    "is_color": (1, is_color),
    "relation": (2, relation),
    "bigger": (2, bigger),
    "more": (2, more),
    "place": (0, place),
    "time": (0, time),
    "weather": (0, weather),
    "things": (0, things),
}
"""Kind → how many nouns it needs, and how it is run."""
