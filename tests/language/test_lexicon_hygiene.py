"""The lexicon's tables of verbs, qualities, places, amounts and small words: well-formed and in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

import diptych.language as language_room
from diptych.core.target import RelationKind
from diptych.language.lexicon import lexicon, read_table

HAN = re.compile(r"[\u3400-\u9fff]")
LONGEST = {"en": 6, "zh": 8}
"""Words (English) and characters (Chinese) of the longest phrase: a lexicon has words in it, not sentences."""

ONE_LANGUAGE_VERBS = {"as_background", "give", "put_onto", "use"}
ONE_LANGUAGE_WORDS = {"copula", "preposition", "marker", "localizer"}
"""Tables that only one of the two grammars has any use for."""
LOANS = {"lomo", "vhs", "hdr", "logo"}


class Forms(NamedTuple):
    table: str
    entry: str
    part: str
    language: str
    phrases: list[str]


def forms() -> Iterator[Forms]:
    for table in ("verbs.toml", "places.toml", "words.toml", "amounts.toml", "leanings.toml"):
        for entry, parts in read_table(table).items():
            for part in ("en", "weak", "zh"):
                if part in parts:
                    yield Forms(table, entry, part, "zh" if part == "zh" else "en", parts[part])
    for table in ("cues.toml", "relations.toml"):
        for entry, parts in read_table(table).items():
            for language, phrases in parts.items():
                yield Forms(table, entry, "", language, phrases)
    for group, choices in read_table("options.toml").items():
        for name, parts in choices.items():
            for language, phrases in parts.items():
                yield Forms("options.toml", f"{group}.{name}", "", language, phrases)
    for entry, parts in read_table("properties.toml").items():
        for part in ("noun", "more", "less"):
            for language, phrases in parts.get(part, {}).items():
                yield Forms("properties.toml", entry, part, language, phrases)


ALL_FORMS = list(forms())


def offenders(wrong: Callable[[Forms], list[str]]) -> dict[str, list[str]]:
    """Where in the data → the phrases there that are wrong."""
    found = {f"{listed.table} [{listed.entry}] {listed.part} {listed.language}": wrong(listed) for listed in ALL_FORMS}
    return {where: phrases for where, phrases in found.items() if phrases}


def test_phrases_are_written_as_the_reader_looks_them_up() -> None:
    assert (
        offenders(
            lambda listed: [
                phrase for phrase in listed.phrases if not phrase or phrase != " ".join(phrase.lower().split())
            ]
        )
        == {}
    )


def test_phrases_are_in_their_language() -> None:
    def foreign(listed: Forms) -> list[str]:
        if listed.language == "en":
            return [phrase for phrase in listed.phrases if HAN.search(phrase)]
        return [
            phrase
            for phrase in listed.phrases
            if " " in phrase or not (HAN.search(phrase) or phrase in LOANS or not phrase.isalpha())
        ]

    assert offenders(foreign) == {}


def test_no_phrase_stands_twice_in_one_list() -> None:
    assert offenders(lambda listed: [phrase for phrase, times in Counter(listed.phrases).items() if times > 1]) == {}


def test_phrases_are_phrases_and_not_sentences() -> None:
    def too_long(listed: Forms) -> list[str]:
        longest = LONGEST[listed.language]
        return [
            phrase for phrase in listed.phrases if len(phrase.split() if listed.language == "en" else phrase) > longest
        ]

    assert offenders(too_long) == {}


def test_every_sense_can_be_said_in_both_languages() -> None:
    lacking = {
        table: {
            entry
            for entry, parts in read_table(table).items()
            if not parts["zh"] or not [*parts["en"], *parts.get("weak", ())]
        }
        for table in ("verbs.toml", "places.toml", "words.toml", "amounts.toml", "leanings.toml")
    }
    assert lacking.pop("verbs.toml") <= ONE_LANGUAGE_VERBS
    assert lacking.pop("words.toml") <= ONE_LANGUAGE_WORDS
    assert not any(lacking.values()), lacking


def test_every_quality_has_a_noun_in_both_languages() -> None:
    for name, parts in read_table("properties.toml").items():
        assert all(parts["noun"].values()), name


@pytest.mark.parametrize("table", ["places.toml", "amounts.toml", "leanings.toml"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_phrase_belongs_to_two_entries(table: str, language: str) -> None:
    owners: dict[str, list[str]] = {}
    for entry, parts in read_table(table).items():
        for phrase in parts[language]:
            owners.setdefault(phrase, []).append(entry)
    assert {phrase: names for phrase, names in owners.items() if len(set(names)) > 1} == {}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_adjective_moves_a_quality_both_ways(language: str) -> None:
    for name, parts in read_table("properties.toml").items():
        more, less = (set(parts.get(way, {}).get(language, ())) for way in ("more", "less"))
        assert not more & less, name


def test_amounts_are_shares_and_grow() -> None:
    table = read_table("amounts.toml")
    assert [table[name]["share"] for name in ("slight", "normal", "strong", "full")] == [0.15, 0.3, 0.6, 1.0]
    for name, entry in table.items():
        assert 0 < entry["share"] <= 1, name
        assert 0 < entry["factor"] <= 4, name


def test_split_verbs_name_verbs_that_are_known() -> None:
    known = lexicon().english
    for name, parts in read_table("verbs.toml").items():
        for verb, particle in parts.get("apart", ()):
            assert verb in known, (name, verb)
            assert particle == particle.lower().strip(), (name, particle)


def test_a_repair_leads_to_a_word_that_is_known() -> None:
    known = lexicon()
    for form, word in known.repairs.items():
        assert word in known.english
        assert len(word) - len(form) in (0, 1)
    assert all(known.repairs[word] == word for word in ("remove", "background", "contrast", "brighten"))


# ---- tables that the grammar asks about --------------------------------------------------------------------


def source() -> str:
    """The code of the language room."""
    return "".join(path.read_text("utf-8") for path in Path(language_room.__file__).parent.rglob("*.py"))


def test_every_cue_and_option_is_asked_about() -> None:
    code = source()
    asked = {name for name in (*read_table("cues.toml"), *read_table("options.toml")) if f'"{name}"' in code}
    assert asked == {*read_table("cues.toml"), *read_table("options.toml")}


def test_every_cue_that_is_asked_about_exists() -> None:
    asked = set(re.findall(r'(?:says|mentions|verb_is|verb_starts|has_word|noun_is|starts|ends)\("(\w+)"\)', source()))
    asked |= set(re.findall(r'cues\["(\w+)"\]', source()))
    assert len(asked) > 100
    assert asked <= lexicon().cues.keys()


def test_no_cue_has_the_name_of_another_table() -> None:
    assert not read_table("cues.toml").keys() & read_table("words.toml").keys()


def test_relations_are_those_of_targets() -> None:
    assert set(read_table("relations.toml")) <= set(get_args(RelationKind))
    assert set(lexicon().localizers.values()) <= set(lexicon().relations.values())


def test_numbers_and_ranks_are_plain() -> None:
    assert [lexicon().numbers[word] for word in ("one", "三", "ninety", "九十")] == [1, 3, 90, 90]
    assert [lexicon().ordinals[word] for word in ("first", "第二个", "last", "最后")] == [1, 2, -1, -1]
