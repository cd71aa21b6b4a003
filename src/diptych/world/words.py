"""Wishes and scenes in English and Chinese words. The words themselves are in words.toml and nouns.toml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from diptych.world.scene import Scene
from diptych.world.vocabulary import nouns, read_table
from diptych.world.wish import GroupWish, Wish, full_wish


@cache
def table(language: str) -> dict[str, Any]:
    """The words of "en" or "zh"."""
    return read_table("words.toml")[language]


@cache
def mass_names(noun: str) -> frozenset[str]:
    """The English names of a noun that take no article: "glasses", whose plural is "pairs of glasses"."""
    entry = nouns()[noun]
    return frozenset(one for one, many in ((entry.en, entry.plural), *entry.also_en) if many.endswith(f" of {one}"))


def agree(text: str, things: str) -> str:
    """`text` with "there is" as the English noun phrase `things` in it needs it."""
    if things.startswith(("a ", "an ", "one ", "1 ", "some ")) and not things.startswith("a couple "):
        return text
    return text.replace("there is", "there are").replace("is there", "are there")


class Voice:
    """How something is said: a language, and a random generator that picks among equal ways (None = the plain way)."""

    def __init__(self, language: str, rng: np.random.Generator | None) -> None:
        self.language, self.rng, self.table = language, rng, table(language)

    def pick(self, options: Sequence[str]) -> str:
        """One of `options`; the first half of the time, so that plain speech stays the most common."""
        if self.rng is None or len(options) == 1 or self.rng.random() < 0.4:
            return options[0]
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        return self.rng is not None and bool(self.rng.random() < probability)

    def word(self, section: str, key: str) -> str:
        return self.pick(self.table[section][key])

    # ---- things ----

    def noun(self, noun: str, plural: bool = False, mass: bool = False) -> str:
        """One of the names of `noun`; those without an article ("glasses", "lightning") only where `mass`."""
        entry = nouns()[noun]
        if self.language == "zh":
            return self.pick([entry.zh, *entry.also_zh]) if self.chance(0.3) else entry.zh
        forms = [(entry.en, entry.plural), *(form for form in entry.also_en if mass or form[0] not in mass_names(noun))]
        one, many = forms[0] if self.rng is None or self.chance(0.75) else forms[int(self.rng.integers(len(forms)))]
        return many if plural else one

    def color(self, color: str, short: bool = False) -> str:
        """A colour; one Chinese character (红) only where `short`."""
        ways = self.table["colors"][color]
        return ways[-1] if short else self.pick([way for way in ways if len(way) > 1])

    def number(self, count: int) -> str:
        return self.pick(self.table["numbers"][count])

    def thing(self, group: GroupWish, definite: bool = False) -> str:
        """A noun phrase: "two small red stars", 两颗红色的小星星; `definite`: "the small red stars", 红色的小星星."""
        return (self._chinese if self.language == "zh" else self._english)(group, definite)

    def _the(self, group: GroupWish, words: str) -> str:
        ways = self.table["definite" if group.count == 1 else "definite_plural"]
        return self.pick(ways).format(words=words, measure=nouns()[group.noun].measure)

    def _english(self, group: GroupWish, definite: bool) -> str:
        noun = self.noun(group.noun, group.count > 1, mass=True)
        mass = group.count == 1 and noun in mass_names(group.noun)
        size = self.word("sizes", group.size) if group.size else ""
        color = self.color(group.color) if group.color else ""
        if color and not definite and self.chance(0.06):
            tail = self.pick(self.table["that_is"]).format(noun=noun, color=color)
            words = f"{size} {tail}".strip()
            words = words.replace("that is", "that are") if group.count > 1 or (mass and noun.endswith("s")) else words
        else:
            words = " ".join(part for part in (size, color, noun) if part)
        if definite:
            return self._the(group, words)
        if group.count > 1:
            ways = self.table["numbers"][group.count]
            return f"{self.pick(ways) if ' of ' not in noun else ways[0]} {words}"
        if mass:
            return words if noun.endswith("s") else f"some {words}"
        if self.chance(0.12):
            return f"{self.number(1)} {words}"
        return f"{'an' if words[0] in 'aeio' or words.startswith('um') else 'a'} {words}"

    def _chinese(self, group: GroupWish, definite: bool) -> str:
        noun = self.noun(group.noun)
        color = self.color(group.color, short=len(noun) <= 2 and self.chance(0.2)) if group.color else ""
        size = self._chinese_size(group, noun)
        if color and not color.endswith("色"):
            words = size + color + noun  # 小红花, 大大的黑猫
        elif color and size and (size.endswith("的") or self.chance(0.15)):
            words = f"{size.removesuffix('的')}的{color}{'的' * (len(noun) == 1)}{noun}"
        else:
            words = (f"{color}的" if color else "") + size + noun
        if definite:
            return self._the(group, words)
        if group.count == 1 and self.chance(0.1):
            return words
        return self.number(group.count) + nouns()[group.noun].measure + words

    def _chinese_size(self, group: GroupWish, noun: str) -> str:
        """The size, said so that it isn't taken for a part of the name (大 + 象 is any elephant)."""
        if not group.size:
            return ""
        entry = nouns()[group.noun]
        names = (entry.zh, *entry.also_zh)
        return self.pick([s for s in self.table["sizes"][group.size] if s + noun not in names and s != noun[0]])

    # ---- scenes ----

    def join(self, parts: Sequence[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        return self.table["comma"].join(parts[:-1]) + self.pick(self.table["and"]) + parts[-1]

    def placed(self, group: GroupWish) -> str:
        """A noun phrase with its spot, if one is said."""
        words = self.thing(group)
        if group.spot is None:
            return words
        return self.pick(self.table["placed"]).format(things=words, spot=self.word("spots", group.spot))

    def listed(self, groups: Sequence[GroupWish]) -> list[str]:
        """Each group with its spot. After a Chinese clause (左边有一只猫) a bare group starts with 还有."""
        parts = [self.placed(group) for group in groups]
        if self.language != "zh":
            return parts
        told = [False, *(group.spot is not None for group in groups[:-1])]
        return [
            f"还有{part}" if after and not group.spot else part
            for part, group, after in zip(parts, groups, told, strict=True)
        ]

    def things(self, wish: Wish) -> str:
        if wish.between or wish.relation:
            related = 3 if wish.between else 2
            names = {key: self.thing(group) for key, group in zip("abc", wish.groups[:related], strict=False)}
            phrase = self.word("relations", "between" if wish.between else wish.relation or "").format(**names)
            rest = [self.thing(group) for group in wish.groups[related:]]
            return phrase + "".join(self.pick(self.table["besides"]) + words for words in rest)
        if wish.row and len(wish.groups) == 2 and self.chance(0.4):
            one, other = (self.thing(group) for group in wish.groups)
            return self.word("relations", "beside").format(a=one, b=other)
        if wish.row:
            return self.pick(self.table["row"]).format(things=self.join([self.thing(group) for group in wish.groups]))
        return "，".join(self.listed(wish.groups)) if self.is_clause(wish) else self.join(self.listed(wish.groups))

    def is_clause(self, wish: Wish) -> bool:
        """Whether the things are told in a sentence (左边有一只猫), not as a noun phrase: in Chinese, with places."""
        placed = wish.between or wish.relation or wish.row or any(group.spot for group in wish.groups)
        return self.language == "zh" and bool(placed)

    def background(self, wish: Wish) -> str:
        place = self.word("places", wish.place) if wish.place else ""
        if self.language == "en" and wish.weather and self.chance(0.25):
            weather, day = self.word("weathers_of_a_time", wish.weather), self.table["kinds_of_day"][wish.time or "day"]
            return f"{place} on a {weather} {day}".strip()
        if self.language == "en":
            time = self.word("times", wish.time) if wish.time else ""
            weather = self.word("weathers", wish.weather) if wish.weather else ""
            return " ".join(part for part in (place, time, weather) if part)
        # Weather and time stand before the place: 下雪的夜晚的草地上
        when = self.word("times", wish.time) if wish.time else ""
        if wish.weather:
            when = self.word("weathers_of_a_time" if when else "weathers", wish.weather) + when
        return "的".join(part for part in (when, place) if part)

    def scene(self, wish: Wish) -> str:
        """The whole wish in one sentence, lower case in English."""
        things, background = self.things(wish), self.background(wish)
        ways = self.table["clauses" if self.is_clause(wish) else "wishes"]
        if background and "with_background" in ways and self.chance(0.5):
            things, background = self.pick(ways["with_background"]).format(things=things, background=background), ""
        kind = "alone" if not background else "somewhere" if wish.place else "sometime"
        return agree(self.pick(ways[kind]).format(things=things, background=background), things)


def phrase(wish: Wish, language: str, rng: np.random.Generator | None = None) -> str:
    """`wish` as someone might say it; without `rng` in the plainest way."""
    if rng is not None:
        wish = replace(wish, groups=tuple(own_color(group) if rng.random() < 0.2 else group for group in wish.groups))
    return Voice(language, rng).scene(wish)


def own_color(group: GroupWish) -> GroupWish:
    """`group` with the colour that it has by nature, where that has a name: a strawberry is a red strawberry."""
    return replace(group, color=group.color or nouns()[group.noun].own)


def describe(scene: Scene, language: str) -> str:
    """The full description of `scene`: the one way in which the reader is taught to speak of pictures."""
    voice = Voice(language, None)
    wish = full_wish(scene)
    parts = voice.listed(wish.groups)
    background = voice.background(wish)
    if language == "zh":
        return f"{background}：{'，'.join(parts)}。"
    things = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    sentence = f"{things}, {background}."
    return sentence[0].upper() + sentence[1:]
