"""The names of the Stickerbook: complete, unambiguous, and in the order that weights depend on."""

from __future__ import annotations

from collections import Counter

import pytest

from diptych.world import vocabulary
from diptych.world.vocabulary import COLORS, core_nouns, nouns, read_table


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("COLORS", "red orange yellow green blue purple pink black white"),
        ("SIZES", "small medium big"),
        ("PLACES", "plain meadow beach sea desert snowfield mountains forest city road room space"),
        ("TIMES", "day sunset night"),
        ("WEATHERS", "clear rain snow fog"),
    ],
)
def test_lists_that_number_tokens_only_ever_grow_at_the_end(name, order):
    known = tuple(order.split())
    assert getattr(vocabulary, name)[: len(known)] == known


def test_core_nouns_come_first_and_in_the_order_of_the_file():
    every, core = list(nouns()), core_nouns()
    assert tuple(every[: len(core)]) == core
    assert core[0] == "cat"
    for part in (every[: len(core)], every[len(core) :]):
        rows = [nouns()[noun].row for noun in part]
        assert rows == sorted(rows)


def test_every_entry_of_the_file_is_a_noun_of_its_own():
    assert len(nouns()) == len(read_table("nouns.toml")["noun"])
    assert len({noun.emoji for noun in nouns().values()}) == len(nouns())


def test_no_form_names_two_nouns():
    forms = Counter(
        (form.lower(), noun.id)
        for noun in nouns().values()
        for form in {noun.en, noun.plural, noun.zh, *noun.also_zh, *(form for pair in noun.also_en for form in pair)}
    )
    owners = Counter(form for form, _ in forms)
    assert [form for form, number in owners.items() if number > 1] == []


def test_every_noun_can_be_said_in_both_languages():
    for noun in nouns().values():
        assert all((noun.en, noun.plural, noun.zh)), noun
        assert len(noun.measure) == 1, noun
        assert noun.en == noun.en.lower(), noun
        assert any("\u4e00" <= character <= "\u9fff" for character in noun.zh), noun


def test_own_colours_are_palette_colours_of_nouns_that_there_are():
    own = read_table("own_colors.toml")
    assert set(own) <= set(nouns())
    assert set(own.values()) <= set(COLORS)
    assert nouns()["strawberry"].own == "red"
    assert nouns()["rainbow"].own is None
