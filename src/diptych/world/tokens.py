"""Scenes and edits as tokens: the language in which words and pictures meet.

A token is a name such as `noun:cat` or `x:7`. A scene is its background and then its things in reading order, five
tokens each; an edit names what it touches by where that stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from diptych.world.edits import KINDS, Edit, in_size
from diptych.world.scene import CELLS, STEP, Background, Scene, Thing, canonical_color
from diptych.world.vocabulary import COLORS, INDOORS, MAX_THINGS, PLACES, SIZES, TIMES, WEATHERS, nouns

TASKS = ("describe:en", "describe:zh", "ask:en", "ask:zh", "quiz:en", "quiz:zh", "compose", "plan")
"""What the reader is asked for; each is a token that its part of the sequence starts with."""
END, ANSWER, PAD = "end", "answer", "pad"
SPACE = "Ġ"
"""How a byte-level tokenizer writes a space."""
COLORS_ZH = ("红", "橙", "黄", "绿", "蓝", "紫", "粉", "黑", "白")
"""The character that tells each of COLORS."""


def special_tokens() -> list[str]:
    """All tokens that aren't text, in the order of their numbers. Append only: weights depend on it."""
    return [
        PAD, END, ANSWER,
        *(f"task:{task}" for task in TASKS),
        *(f"place:{name}" for name in PLACES), *(f"time:{name}" for name in TIMES),
        *(f"weather:{name}" for name in WEATHERS),
        "color:natural", *(f"color:{name}" for name in COLORS), *(f"size:{name}" for name in SIZES),
        *(f"x:{cell}" for cell in range(CELLS)), *(f"y:{cell}" for cell in range(CELLS)),
        *(f"op:{kind}" for kind in KINDS),
        *(f"noun:{noun}" for noun in nouns()),
    ]  # fmt: skip


def background_tokens(background: Background) -> list[str]:
    return [f"place:{background.place}", f"time:{background.time}", f"weather:{background.weather}"]


def spot_tokens(thing: Thing) -> list[str]:
    return [f"x:{thing.x // STEP}", f"y:{thing.y // STEP}"]


def color_token(color: str | None) -> str:
    return f"color:{color or 'natural'}"


def thing_tokens(thing: Thing) -> list[str]:
    return [f"noun:{thing.noun}", color_token(thing.color), f"size:{thing.size}", *spot_tokens(thing)]


def scene_tokens(scene: Scene) -> list[str]:
    return background_tokens(scene.background) + [token for thing in scene.things for token in thing_tokens(thing)]


def scene_positions(scene: Scene) -> list[tuple[list[str], list[str]]]:
    """What the reader takes in together, as tokens and as words: the background, then each thing with its names."""
    return [
        (background_tokens(scene.background), []),
        *((thing_tokens(thing), names_of(thing)) for thing in scene.things),
    ]


def names_of(thing: Thing) -> list[str]:
    """The first names of a thing and its colour in both languages; its own colour where it has its natural look."""
    noun = nouns()[thing.noun]
    color = thing.color or noun.own
    colors = [] if color is None else [color, COLORS_ZH[COLORS.index(color)]]
    return [noun.en, noun.plural, noun.zh, *colors]


def together_ids(tokenizer: Any, names: Sequence[str], words: Sequence[str]) -> list[int]:
    """The numbers of tokens by name and of those that `words` are made of, without the lone space before Chinese."""
    space = tokenizer.token_to_id(SPACE)
    said = [token for text in words for token in tokenizer.encode(text).ids if token != space]
    return [tokenizer.token_to_id(f"<{name}>") for name in names] + said


def edit_tokens(edit: Edit) -> list[str]:
    """The kind, where the old things stand, and what is new of them."""
    tokens = [f"op:{edit.kind}"]
    for thing in edit.old:
        tokens += spot_tokens(thing)
    if edit.kind == "add":
        tokens += thing_tokens(edit.new[0])
    elif edit.kind == "replace":
        tokens += [f"noun:{edit.new[0].noun}", color_token(edit.new[0].color)]
    elif edit.kind == "recolor":
        tokens.append(color_token(edit.new[0].color))
    elif edit.kind == "move":
        tokens += spot_tokens(edit.new[0])
    elif edit.kind == "resize":
        tokens.append(f"size:{edit.new[0].size}")
    elif edit.kind == "background":
        assert edit.background is not None
        tokens += background_tokens(edit.background)
    return tokens


class Malformed(ValueError):
    """A sequence of tokens that isn't a scene; the message says where."""


class _Cursor:
    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens, self.at = tokens, 0

    def take(self, section: str) -> str:
        """The value of the next token, which must be `section:value`."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else "nothing"
        if not token.startswith(section + ":"):
            raise Malformed(f"{token!r} stands where {section} should (position {self.at})")
        self.at += 1
        return token.split(":", 1)[1]

    def follows(self, section: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].startswith(section + ":")

    def done(self) -> bool:
        return self.at >= len(self.tokens)


def _background(cursor: _Cursor) -> Background:
    place, time, weather = cursor.take("place"), cursor.take("time"), cursor.take("weather")
    return Background(place) if place in INDOORS else Background(place, time, weather)


def _color(cursor: _Cursor, noun: str) -> str | None:
    color = cursor.take("color")
    return None if color == "natural" else canonical_color(noun, color)


def _spot(cursor: _Cursor) -> tuple[int, int]:
    return tuple(int(cursor.take(axis)) * STEP + STEP // 2 for axis in "xy")  # type: ignore[return-value]


def _thing(cursor: _Cursor) -> Thing:
    noun = cursor.take("noun")
    color, size = _color(cursor, noun), cursor.take("size")
    x, y = _spot(cursor)
    return Thing(x, y, noun, color, size)


def parse_scene(tokens: Sequence[str]) -> Scene:
    """The scene of `tokens` (without `end`). Raises Malformed."""
    cursor = _Cursor(tokens)
    background, things = _background(cursor), []
    while not cursor.done():
        things.append(_thing(cursor))
    if len(things) > MAX_THINGS:
        raise Malformed(f"{len(things)} things; a scene holds {MAX_THINGS}")
    return Scene(tuple(things), background)


Settle = Callable[[Edit, Scene], Edit]


def parse_edits(
    tokens: Sequence[str], scene: Scene, settle: Settle = lambda edit, scene: edit
) -> Iterator[tuple[Edit, Scene]]:
    """The edits of `tokens` with the scene after each. A position points at the nearest thing; `settle` may correct an
    edit before the next one builds on it. Raises Malformed."""
    cursor = _Cursor(tokens)
    while not cursor.done():
        kind = cursor.take("op")
        edit = settle(_PARSERS[kind](cursor, scene), scene)
        scene = edit.after(scene)
        yield edit, scene


def _old(cursor: _Cursor, scene: Scene) -> tuple[Thing, ...]:
    found: list[Thing] = []
    while cursor.follows("x"):
        found.append(_nearest(*_spot(cursor), scene))
    return tuple(dict.fromkeys(found))


def _nearest(x: int, y: int, scene: Scene) -> Thing:
    if not scene.things:
        raise Malformed("an edit of a thing where there is none")
    return min(scene.things, key=lambda thing: (thing.x - x) ** 2 + (thing.y - y) ** 2)


def _add(cursor: _Cursor, scene: Scene) -> Edit:
    del scene
    return Edit("add", new=(_thing(cursor),))


def _remove(cursor: _Cursor, scene: Scene) -> Edit:
    return Edit("remove", old=_old(cursor, scene))


def _replace(cursor: _Cursor, scene: Scene) -> Edit:
    old, noun = _old(cursor, scene), cursor.take("noun")
    color = _color(cursor, noun)
    return Edit("replace", old=old, new=tuple(replace(thing, noun=noun, color=color) for thing in old))


def _recolor(cursor: _Cursor, scene: Scene) -> Edit:
    old, color = _old(cursor, scene), cursor.take("color")
    named = None if color == "natural" else color
    return Edit("recolor", old=old, new=tuple(replace(t, color=canonical_color(t.noun, named)) for t in old))


def _move(cursor: _Cursor, scene: Scene) -> Edit:
    old = _nearest(*_spot(cursor), scene)
    x, y = _spot(cursor)
    return Edit("move", old=(old,), new=(replace(old, x=x, y=y),))


def _resize(cursor: _Cursor, scene: Scene) -> Edit:
    old, size = _old(cursor, scene), cursor.take("size")
    return Edit("resize", old=old, new=tuple(in_size(thing, size) for thing in old))


def _background_edit(cursor: _Cursor, scene: Scene) -> Edit:
    del scene
    return Edit("background", background=_background(cursor))


_PARSERS = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "recolor": _recolor,
    "move": _move,
    "resize": _resize,
    "background": _background_edit,
}
