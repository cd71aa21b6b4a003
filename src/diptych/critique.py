"""Drawings by a large model, measured as the embedded painter's are: what was said of a picture becomes statements,
somebody looks whether they hold, and what fails is drawn again with another seed.

The reader sees stickers only. A language model that sees (DIPTYCH_LLM_SEES=1) looks at any picture; where there is
none, statements about pictures that the reader can't read are not checkable, and said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from diptych.core.facts import Facts
from diptych.painters.constraints import Constraint, checked
from diptych.painters.mentions import scan
from diptych.painters.reading import SURE_ENOUGH
from diptych.painters.said import background_said, plainly_said
from diptych.world.scene import Scene
from diptych.world.vocabulary import INDOORS, noun_called
from diptych.world.wish import GroupWish, Wish, judge
from diptych.world.words import table

if TYPE_CHECKING:
    from diptych.core.picture import Picture
    from diptych.language.llm.planner import LLMPlanner
    from diptych.painters.reading import EmbeddedReader
    from diptych.result import Result

Look = Callable[["Picture"], list[Constraint]]
"""A drawing → every statement about it with its outcome."""


def stated(words: str) -> tuple[Wish, tuple[str, ...]]:
    """What words plainly say, and those of them that no statement says."""
    mentions, unknown = scan(words)
    return plainly_said(words, mentions), tuple(unknown)


def stated_of_tags(tags: Sequence[str], words: str, known: Sequence[str]) -> tuple[Wish, tuple[str, ...]]:
    """The same of what vision found on a photograph, where and when the words say. What has no statement of its own,
    such as a necklace, is among the words."""
    nouns = {tag: noun_called(tag) for tag in tags}
    groups = tuple(GroupWish(noun) for noun in dict.fromkeys(nouns.values()) if noun is not None and noun in known)
    place, time, weather = background_said(words)
    indoors = place in INDOORS
    wish = Wish(groups, place=place, time=None if indoors else time, weather=None if indoors else weather)
    return wish, (*(tag for tag in tags if nouns[tag] not in known), *scan(words)[1])


def caption_of_tags(tags: Sequence[str], words: str) -> str:
    """What a large model is told of a photograph, in English: what is on it, where, when and in which weather."""
    if words.isascii():
        return ", ".join([*tags, words.strip()])
    sections = ("place_names", "time_names", "weather_names")
    said = [
        str(table("en")[section][value][0])
        for section, value in zip(sections, background_said(words), strict=True)
        if value
    ]
    return ", ".join([*tags, *said])


def looking(wish: Wish, beyond: Sequence[str], reader: EmbeddedReader, model: LLMPlanner | None) -> Look:
    """Who looks at drawings: the reader at what it can read, else the model if it sees."""

    def look(picture: Picture) -> list[Constraint]:
        seen = reader.sees(picture, SURE_ENOUGH)
        found = of_words_alone(wish, checked(wish, seen, beyond))
        if model is None or not model.server.sees:
            return found
        return looked_at(found, picture, model)

    return look


def of_words_alone(wish: Wish, found: Sequence[Constraint]) -> list[Constraint]:
    """Without what only the Stickerbook takes for said: that a thing of no said colour has its own, and that nothing
    else is there."""
    count = len(judge(wish, Scene(())))
    colors = iter([group.color for group in wish.groups])
    said = [one for one in found[: count - 1] if one.kind != "color" or next(colors) is not None]
    return [*said, *found[count:]]


def looked_at(found: Sequence[Constraint], picture: Picture, model: LLMPlanner) -> list[Constraint]:
    """The statements that the reader could not check, by a model that sees."""
    from diptych.language.llm.looking import outcomes

    open_ones = [one for one in found if one.outcome == "not checkable"]
    if not open_ones:
        return list(found)
    facts = Facts(picture.width, picture.height, picture=picture)
    said = dict(zip(map(id, open_ones), outcomes(model.chat, [one.words.en for one in open_ones], facts), strict=True))
    return [replace(one, outcome=said[id(one)]) if id(one) in said else one for one in found]


def drawn_until_it_holds(
    draw: Callable[[int], Result], look: Look, seed: int, rounds: int
) -> tuple[Result, list[Constraint], int]:
    """The best of at most 1 + `rounds` drawings, with seeds one after another, its statements, and how many were drawn
    again. What can't be checked is no reason to: only what fails is."""
    best: tuple[int, Result, list[Constraint]] | None = None
    for tried in range(rounds + 1):
        result = draw(seed + tried)
        found = look(result.picture)
        wrong = sum(one.outcome == "fails" for one in found)
        if best is None or wrong < best[0]:
            best = wrong, result, found
        if not wrong:
            break
    assert best is not None
    return best[1], best[2], tried
