"""A wish as a list of statements that people can read, and which of them hold of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diptych.core.errors import Bilingual
from diptych.world.scene import Scene
from diptych.world.vocabulary import nouns
from diptych.world.wish import GroupWish, Wish, judge
from diptych.world.words import table

Outcome = Literal["holds", "fails", "not checkable"]


@dataclass(frozen=True)
class Constraint:
    """One statement: what kind it is, in words, and whether it holds of what was drawn, as far as that can be seen."""

    kind: str
    words: Bilingual
    outcome: Outcome

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"kind": self.kind, "en": self.words.en, "zh": self.words.zh, "outcome": self.outcome}


def checked(wish: Wish, seen: Scene | None, beyond: Sequence[str] = ()) -> list[Constraint]:
    """Every statement of `wish` against what a reader saw; with `seen` None it saw nothing surely. `beyond` are words
    that nothing here can check."""
    # What statements there are depends on the wish alone; an empty scene gives them all.
    atoms = judge(wish, seen or Scene(()))
    made = [
        Constraint(atom.kind, words, "not checkable" if seen is None else "holds" if atom.holds else "fails")
        for atom, words in zip(atoms, statements(wish), strict=True)
    ]
    return made + [Constraint("words", Bilingual(f"“{said}”", f"“{said}”"), "not checkable") for said in beyond]


def statements(wish: Wish) -> list[Bilingual]:
    """The statements of a wish in words, in the order of `world.wish.judge`."""
    said: list[Bilingual] = []
    for group in wish.groups:
        name = _name(group)
        said.append(_of(name, Bilingual("there", "有")))
        said.append(_of(name, Bilingual(str(group.count), f"{group.count} {nouns()[group.noun].measure}")))
        natural = Bilingual("in its natural colour", "本来的颜色")
        said.append(_of(name, _word("colors", group.color) if group.color else natural))
        if group.size is not None:
            said.append(_of(name, _word("sizes", group.size)))
        if group.spot is not None:
            said.append(_of(name, _word("spots", group.spot)))
    names = [_name(group) for group in wish.groups]
    if wish.relation is not None:
        one, other = names[:2]
        where = _word("relation_names", wish.relation)
        said.append(Bilingual(f"{one.en} {where.en} {other.en}", f"{one.zh}在{other.zh}{where.zh}"))
    if wish.between:
        said.append(
            Bilingual(
                f"{names[0].en} between {names[1].en} and {names[2].en}",
                f"{names[0].zh}在{names[1].zh}和{names[2].zh}之间",
            )
        )
    if wish.row:
        said.append(Bilingual("in a row", "排成一行"))
    for section, kind, value in (
        ("place_names", Bilingual("place", "地点"), wish.place),
        ("time_names", Bilingual("time of day", "时间"), wish.time),
        ("weather_names", Bilingual("weather", "天气"), wish.weather),
    ):
        if value is not None:
            said.append(_of(kind, _word(section, value)))
    return [*said, Bilingual("nothing else", "没有别的东西")]


def _name(group: GroupWish) -> Bilingual:
    noun = nouns()[group.noun]
    return Bilingual(noun.en, noun.zh)


def _word(section: str, key: str) -> Bilingual:
    return Bilingual(str(table("en")[section][key][0]), str(table("zh")[section][key][0]))


def _of(name: Bilingual, value: Bilingual) -> Bilingual:
    return Bilingual(f"{name.en}: {value.en}", f"{name.zh}：{value.zh}")
