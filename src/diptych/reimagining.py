"""Drawing to measure: what a picture is to show becomes statements, it is drawn, looked at, and corrected.

    description ──words──► wish: objects, counts, colours, places ──► layout ──► drawing ──► what the reader sees
                                       ▲                                            │
                                       └──────── what fails is painted anew ◄───────┘   (at most `rounds` times)

A statement holds if the reader sees that it does; where it isn't sure, or no part of it can be seen here, it is not
checkable, and said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diptych.core.document import Document
from diptych.core.errors import Bilingual, NotUnderstood, Unsupported, shorten
from diptych.core.facts import Facts
from diptych.core.operation import Draw, Repaint
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.painters.arranging import arrange
from diptych.painters.clauses import background_edit
from diptych.painters.constraints import Constraint, checked
from diptych.painters.mentions import scan
from diptych.painters.reading import SURE_ENOUGH
from diptych.painters.said import background_said, plainly_said
from diptych.painters.stickerbook import boxes_of
from diptych.world.scene import SIDE, Scene, Thing, canonical_color
from diptych.world.tokens import scene_tokens
from diptych.world.vocabulary import INDOORS, noun_called
from diptych.world.wish import GroupWish, Wish, full_wish

if TYPE_CHECKING:
    from diptych.language.llm.planner import LLMPlanner
    from diptych.painters.reading import EmbeddedReader
    from diptych.result import Result

PLACES_OF_TAGS = {"grass": "meadow", "water": "sea", "sand": "beach", "snow": "snowfield", "foliage": "forest"}
"""What finders call landscape → the Stickerbook's place that shows it."""
COMPOUNDS = {"雨夜": "雨中的夜晚", "雪夜": "雪中的夜晚", "雾夜": "雾中的夜晚"}
"""One Chinese word for a time and its weather → the words of the Stickerbook."""
SUBJECTS = {"person": "man", "sky": ""}
"""Tags that the Stickerbook calls otherwise, or has no sticker of."""


@dataclass(frozen=True)
class Checked:
    """A drawing, every statement about it with its outcome, and how many corrections were tried. `drawn_from` is what
    the picture was taken to show; "" where there was none."""

    result: Result
    constraints: tuple[Constraint, ...]
    rounds: int
    drawn_from: str = ""

    @property
    def fulfilled(self) -> bool:
        """Whether nothing that could be checked fails."""
        return all(one.outcome != "fails" for one in self.constraints)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data of the check."""
        return {
            "fulfilled": self.fulfilled,
            "rounds": self.rounds,
            "drawn_from": self.drawn_from,
            "constraints": [one.as_dict() for one in self.constraints],
        }


@dataclass(frozen=True)
class Aim:
    """What is to be drawn: the words that are recorded, the layout, the statements, and the words beyond these."""

    words: str
    scene: Scene
    wish: Wish
    beyond: tuple[str, ...] = ()


class Draughtsman:
    """Draws an aim and corrects it. `render` gives the picture of a document, `canvas` is what is drawn on."""

    def __init__(self, reader: EmbeddedReader, render: Callable[[Document], Picture], canvas: Picture) -> None:
        self._reader, self._render, self._canvas = reader, render, canvas

    def draw(self, aim: Aim, seed: int, rounds: int) -> tuple[Document, list[Constraint], int]:
        """The best drawing of at most 1 + `rounds`, its statements, and how many corrections were tried.

        Parts that differ from the layout are painted anew; where that didn't help, or nothing can be read, all of it
        is, with another seed.
        """
        layout = " ".join(scene_tokens(aim.scene))
        best: tuple[int, Document, list[Constraint]] | None = None
        document, tried = self._fresh(aim, layout, seed), 0
        while True:
            seen = self._reader.sees(self._render(document), SURE_ENOUGH)
            found = checked(aim.wish, seen, aim.beyond)
            wrong = sum(one.outcome != "holds" for one in found)
            better = best is None or wrong < best[0]
            if best is None or wrong < best[0]:
                best = wrong, document, found
            if tried == rounds or wrong == len(aim.beyond):
                return best[1], best[2], tried
            tried += 1
            boxes = boxes_of(seen, aim.scene) if seen is not None and better else ()
            if boxes:
                step = Repaint(words=aim.words, layout=layout, boxes=boxes)
                document = document.apply(Plan(steps=(step,)), instruction=aim.words, seed=seed + tried)
            else:
                document = self._fresh(aim, layout, seed + tried)

    def _fresh(self, aim: Aim, layout: str, seed: int) -> Document:
        steps = (Draw(words=aim.words, layout=layout),)
        return Document(self._canvas).apply(Plan(steps=steps), instruction=aim.words, seed=seed)


# ---- aims --------------------------------------------------------------------------------------------------


def aim_of_words(words: str, scene: Scene) -> Aim:
    """Of a drawing from words: its layout, and what the words plainly say."""
    return Aim(words.strip(), scene, plainly_said(words, scan(words)[0]))


def changed_scene(words: str, scene: Scene) -> tuple[Scene, tuple[str, ...]] | None:
    """A scene where and when the words say ("as a rainy night", 下雪的傍晚), and the words that no drawing can show;
    None where they name a thing, or no place, time or weather."""
    for said, plain in COMPOUNDS.items():
        words = words.replace(said, plain)
    mentions, unknown = scan(words)
    edit = background_edit(words, scene)
    if mentions or (edit is None and not any(background_said(words))):
        return None
    return (edit.after(scene) if edit is not None else scene), tuple(unknown)


def aim_of_scene(words: str, scene: Scene, beyond: Sequence[str] = ()) -> Aim:
    """Of a scene that is known whole: everything that a description of it says."""
    return Aim(words.strip(), scene, full_wish(scene), tuple(beyond))


def aim_of_wish(words: str, wish: Wish, like: Scene | None, seed: int, beyond: Sequence[str] = ()) -> Aim:
    """Of key phrases: things that are on `like`, too, stay where they are; else they are arranged. Raises NotUnderstood
    where no layout has room for all of them."""
    scene = None if like is None else _kept(wish, like)
    scene = scene or arrange(wish, np.random.default_rng([seed, 6]))
    if scene is None:
        raise NotUnderstood(
            Bilingual(
                f"No picture could be laid out for “{shorten(words)}”.", f"无法为“{shorten(words)}”安排出一幅画。"
            ),
            Bilingual("Ask for fewer things.", "请少要几样东西。"),
            (words,),
        )
    return Aim(words.strip(), scene, wish, tuple(beyond))


def _kept(wish: Wish, like: Scene) -> Scene | None:
    """`like` in the colours and on the background of `wish`, where it has just those things; None where it hasn't."""
    things: list[Thing] = []
    for group in wish.groups:
        same = [thing for thing in like.things if thing.noun == group.noun]
        if (
            len(same) != group.count
            or group.spot is not None
            or any(group.size not in (None, one.size) for one in same)
        ):
            return None
        color = canonical_color(group.noun, group.color)
        things += [replace(thing, color=color) for thing in same]
    if len(things) != len(like.things) or len({group.noun for group in wish.groups}) != len(wish.groups):
        return None
    old = like.background
    place = wish.place or old.place
    if place in INDOORS:
        return Scene(tuple(things), replace(old, place=place, time="day", weather="clear"))
    background = replace(old, place=place, time=wish.time or old.time, weather=wish.weather or old.weather)
    return Scene(tuple(things), background)


def wish_of_tags(tags: Sequence[str], words: str, known: Sequence[str]) -> tuple[Wish, tuple[str, ...]]:
    """What vision finds on a photograph, as far as there are stickers of it, with the place, time and weather that the
    words say; and what can't be drawn. Raises Unsupported where there is nothing to draw."""
    groups: list[GroupWish] = []
    place, beyond = None, []
    for tag in tags:
        if tag in PLACES_OF_TAGS:
            place = place or PLACES_OF_TAGS[tag]
            continue
        noun = noun_called(SUBJECTS.get(tag, tag))
        if noun is not None and noun in known and len(groups) < 3:
            groups.append(GroupWish(noun))
        elif SUBJECTS.get(tag, tag):
            beyond.append(tag)
    if not groups:
        found = ", ".join(tags) or "-"
        raise Unsupported(
            Bilingual(
                f"Nothing that was found on the photo ({shorten(found)}) is known to the embedded painter.",
                f"照片上找到的东西（{shorten(found)}）内置画师都不会画。",
            ),
            Bilingual(
                "Name a language model that sees (--llm-url, DIPTYCH_LLM_SEES=1), or describe it: diptych draw WORDS.",
                "请指定能看图的语言模型（--llm-url、DIPTYCH_LLM_SEES=1），或直接描述：diptych draw 描述。",
            ),
        )
    said = background_said(words)
    place = said[0] or place
    indoors = place in INDOORS
    wish = Wish(tuple(groups), place=place, time=None if indoors else said[1], weather=None if indoors else said[2])
    return wish, (*beyond, *scan(words)[1])


def aim_by_model(
    model: LLMPlanner,
    picture: Picture | None,
    description: str,
    words: str,
    like: Scene | None,
    known: Sequence[str],
    seed: int,
) -> Aim:
    """What a language model makes of a description (and the picture, if there is one) and words. Raises NotUnderstood,
    Unsupported."""
    from diptych.language.llm.phrases import key_phrases

    height, width = (SIDE, SIDE) if picture is None else (picture.height, picture.width)
    facts = Facts(width, height, picture=picture)
    wish, beyond = key_phrases(model.chat, description, words, known, facts, sees=model.server.sees)
    return aim_of_wish(words, wish, like, seed, beyond)


def aim_for(
    words: str,
    picture: Picture,
    scene: Scene | None,
    tags: Sequence[str],
    described: str,
    known: Sequence[str],
    model: LLMPlanner | None,
    seed: int,
) -> Aim:
    """What a picture is to be drawn as: by rule where the words say place, time or weather alone; by the model, if
    there is one, where they say more, and for photographs."""
    changed = None if scene is None else changed_scene(words, scene)
    if changed is not None and (model is None or not changed[1]):
        return aim_of_scene(words, *changed)
    if model is not None:
        return aim_by_model(model, picture, described, words, scene, known, seed)
    if scene is not None or not any(background_said(words)):
        raise not_reimagined(words)
    wish, beyond = wish_of_tags(tags, words, known)
    return aim_of_wish(words, wish, None, seed, beyond)


def not_reimagined(words: str) -> NotUnderstood:
    return NotUnderstood(
        Bilingual(
            f"“{shorten(words)}” doesn't say where, when or in which weather the picture is to be.",
            f"“{shorten(words)}”没有说明画面应在什么地方、什么时候或什么天气。",
        ),
        Bilingual(
            "Say it like “as a rainy night” or “on the beach”; for changes of things use diptych edit, or name a "
            "language model with --llm-url.",
            "请这样说：“变成雨夜”“在海滩上”；要改变东西请用 diptych edit，或用 --llm-url 指定语言模型。",
        ),
        (words,),
    )
