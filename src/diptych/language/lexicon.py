"""The lexicon: phrases of both languages → what they can mean, read once from `lexicon/*.toml`.

Words live in the data files; this module only reads, inflects and indexes them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from diptych.core.target import RelationKind
from diptych.language.inflection import deletions, plurals, verb_forms

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Sense(NamedTuple):
    """One thing a phrase can mean.

    kind   verb, quality, more, less, place, amount, thing, scene, color, shade, attribute, style, leaning,
           or the name of a table in words.toml (joiner, polite, whole, pronoun, …)
    name   which one: a verb sense ("remove"), a quality ("contrast"), a canonical noun, …
    """

    kind: str
    name: str


@dataclass(frozen=True)
class Amount:
    """What an amount word is worth: `share` of the full tone effect, `factor` for sizes."""

    share: float
    factor: float


Phrases = dict[str, tuple[Sense, ...]]


@dataclass(frozen=True)
class Lexicon:
    """All tables, indexed by what they are looked up with.

    english, chinese  phrase → its senses; English words are joined with one space
    weak              verbs that are nouns or adjectives as often
    apart             (verb, particle) → sense of a phrasal verb that may be split
    styles            canonical names
    colors, shades    name → `#rrggbb`; shade → (lightness offset, change of chroma)
    cues, options     words that the grammar asks about: cues.toml and words.toml; options.toml
    relations         English relation word → relation
    localizers        Chinese localizer → relation
    coverbs           Chinese coverb → role or relation of the phrase after it
    body_places       脸上 → 脸
    numbers, ordinals number word → its value
    repairs           a word with one letter left out → the known word
    """

    english: Phrases
    chinese: Phrases
    longest_english: int
    longest_chinese: int
    weak: Collection[str]
    apart: Mapping[tuple[str, str], str]
    colors: Mapping[str, str]
    shades: Mapping[str, tuple[float, float]]
    styles: Collection[str]
    amounts: Mapping[str, Amount]
    cues: Mapping[str, frozenset[str]]
    options: Mapping[str, Mapping[str, tuple[str, ...]]]
    relations: Mapping[str, RelationKind]
    localizers: Mapping[str, RelationKind]
    coverbs: Mapping[str, str]
    body_places: Mapping[str, str]
    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    repairs: Mapping[str, str]


def read_table(name: str) -> dict[str, Any]:
    """One data file of the lexicon, as plain data."""
    file = resources.files("diptych.language") / "lexicon" / name
    table: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    return table


class _Index:
    """Collects senses per phrase while the tables are read; first come is first in rank."""

    def __init__(self) -> None:
        self.english: dict[str, list[Sense]] = defaultdict(list)
        self.chinese: dict[str, list[Sense]] = defaultdict(list)

    def put(self, sense: Sense, english: Iterable[str], chinese: Iterable[str]) -> None:
        for phrases, senses in ((english, self.english), (chinese, self.chinese)):
            for phrase in phrases:
                known = senses[phrase.lower()]
                if sense not in known:
                    known.append(sense)


@cache
def lexicon() -> Lexicon:
    """The one lexicon of the process, read at first use (about 0.1 s)."""
    index = _Index()
    words = read_table("words.toml")
    cues = {name: frozenset((*table.get("en", ()), *table.get("zh", ()))) for name, table in _cue_tables(words)}
    weak, apart = _read_verbs(index, cues["uninflected"])
    _read_qualities(index)
    amounts = _read_amounts(index)
    for place, forms in read_table("places.toml").items():
        index.put(Sense("place", place), forms["en"], forms["zh"])
    for kind, forms in words.items():
        for phrase in forms["en"]:
            index.put(Sense(kind, phrase), [phrase], [])
        for phrase in forms["zh"]:
            index.put(Sense(kind, phrase), [], [phrase])
    colors, shades = _read_colors(index)
    _read_nouns(index)
    english = {phrase: tuple(senses) for phrase, senses in index.english.items()}
    chinese = {phrase: tuple(senses) for phrase, senses in index.chinese.items()}
    relations = read_table("relations.toml")
    grammar, numbers = read_table("grammar.toml"), read_table("numbers.toml")
    return Lexicon(
        english=english,
        chinese=chinese,
        longest_english=max(phrase.count(" ") + 1 for phrase in english),
        longest_chinese=max(map(len, chinese)),
        weak=weak,
        apart=apart,
        colors=colors,
        shades=shades,
        styles=frozenset(name for name, _ in _entries(read_table("styles.toml"))),
        amounts=amounts,
        cues=cues,
        options=_read_options(),
        relations=_by_word({kind: forms["en"] for kind, forms in relations.items()}),  # type: ignore[arg-type]
        localizers=_by_word({kind: forms["zh"] for kind, forms in relations.items()}),  # type: ignore[arg-type]
        coverbs=_by_word(grammar["coverbs"]),
        body_places=_by_word(grammar["body_places"]),
        numbers={**numbers["cardinal"]["en"], **numbers["cardinal"]["zh"]},
        ordinals={**numbers["ordinal"]["en"], **numbers["ordinal"]["zh"]},
        repairs=_repair_index(english),
    )


def _cue_tables(words: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [*words.items(), *read_table("cues.toml").items()]


def _read_options() -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        group: {name: (*forms["en"], *forms["zh"]) for name, forms in choices.items()}
        for group, choices in read_table("options.toml").items()
    }


def _by_word(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {word: name for name, words in table.items() for word in words}


_STATES = frozenset(
    {
        *("grayscale", "sepia", "invert", "grain", "vignette", "watermark", "caption_bar", "round_corners"),
        *("ask", "count", "describe"),
    }
)
"""Senses whose words also say what something is made ("make it black and white") or what is asked."""


def _read_verbs(index: _Index, uninflected: Collection[str]) -> tuple[frozenset[str], dict[tuple[str, str], str]]:
    weak: set[str] = set()
    apart: dict[tuple[str, str], str] = {}
    for name, forms in read_table("verbs.toml").items():
        strong_forms = {form for phrase in forms["en"] for form in verb_forms(phrase, uninflected)}
        weak_forms = {form for phrase in forms.get("weak", ()) for form in verb_forms(phrase, uninflected)}
        weak.update(weak_forms, forms.get("weak_zh", ()), forms["en"] if name in _STATES else ())
        index.put(Sense("verb", name), [*forms["en"], *sorted(strong_forms | weak_forms)], forms["zh"])
        for verb, particle in forms.get("apart", ()):
            for form in verb_forms(verb, uninflected):
                apart[form, particle] = name
    index.put(Sense("verb", "apart"), {verb for verb, _ in apart}, [])
    return frozenset(weak), apart


def _read_qualities(index: _Index) -> None:
    for name, forms in read_table("properties.toml").items():
        index.put(Sense("quality", name), forms["noun"]["en"], forms["noun"]["zh"])
        for direction in ("more", "less"):
            words = forms.get(direction, {"en": (), "zh": ()})
            index.put(Sense(direction, name), words["en"], words["zh"])


def _read_amounts(index: _Index) -> dict[str, Amount]:
    amounts = {}
    for name, entry in read_table("amounts.toml").items():
        amounts[name] = Amount(entry["share"], entry["factor"])
        index.put(Sense("amount", name), entry["en"], entry["zh"])
    return amounts


def _read_colors(index: _Index) -> tuple[dict[str, str], dict[str, tuple[float, float]]]:
    table = read_table("colors.toml")
    shades: dict[str, tuple[float, float]] = {}
    for name, entry in table.pop("modifiers", {}).items():
        shades[name] = (float(entry["lightness"]), float(entry["chroma"]))
        index.put(Sense("shade", name), [name, *entry["en"]], entry["zh"])
    colors = {}
    for name, entry in table.items():
        colors[name] = entry["hex"]
        index.put(Sense("color", name), [name, *entry.get("en", ())], entry.get("zh", ()))
    for name, forms in read_table("leanings.toml").items():
        index.put(Sense("leaning", name), forms["en"], forms["zh"])
    return colors, shades


_NOUN_TABLES = (("things.toml", "thing"), ("attributes.toml", "attribute"), ("styles.toml", "style"))
_SCENE_GROUPS = ("scenes", "landscape")
"""Groups of things.toml that can be a background as well as a thing."""


def _read_nouns(index: _Index) -> None:
    for file, kind in _NOUN_TABLES:
        table = read_table(file)
        scenes = {name for group in _SCENE_GROUPS for name in table.get(group, ())} if kind == "thing" else set()
        for name, entry in _entries(table):
            english = [name, *entry.get("en", ())]
            if kind == "thing":
                english += [plural for phrase in english for plural in plurals(phrase)]
            index.put(Sense(kind, name), english, entry.get("zh", ()))
            if name in scenes:
                index.put(Sense("scene", name), english, entry.get("zh", ()))


def _entries(table: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Entries of a table, whether they stand at the top or grouped under categories."""
    for name, entry in table.items():
        if "en" in entry or "zh" in entry:
            yield name, entry
        else:
            yield from entry.items()


_REPAIRED_KINDS = frozenset({"verb", "quality", "more", "less", "place", "whole", "amount", "color", "letters"})
SHORTEST_REPAIRED = 5
"""Letters of the shortest word that is taken for a typo of another; shorter ones are too alike."""


def _repair_index(english: Phrases) -> dict[str, str]:
    repairs: dict[str, str] = {}
    for word, senses in english.items():
        if len(word) < SHORTEST_REPAIRED or not word.isalpha():
            continue
        if any(sense.kind in _REPAIRED_KINDS for sense in senses):
            for form in deletions(word):
                repairs.setdefault(form, word)
    return repairs
