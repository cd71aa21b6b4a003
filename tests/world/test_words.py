"""The words of the Stickerbook: true in both languages, grammatical, and plain where they are taught."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from diptych.world.scene import Background, Scene, Thing, sample_scene
from diptych.world.vocabulary import (
    COLORS,
    INDOORS,
    LANGUAGES,
    MAX_COUNT,
    PLACES,
    SIZES,
    TIMES,
    WEATHERS,
    core_nouns,
    nouns,
)
from diptych.world.wish import GroupWish, Wish, choose_wish
from diptych.world.words import Voice, agree, describe, mass_names, phrase, table

WRONG = {
    "en": [r"\ba [aeio]", r"\ban [^aeiou]", r"\bthere are (?:an?|one|1) (?!couple)", r"\bthere is (?:two|[2-5])\b",
           r"\b(?:a|one|1) (?:[a-z]+ )?(?:glasses|scissors|grapes)\b", r"pair of (?:[\w-]+ ){0,2}pairs", r"  | ,|\{"],
    "zh": ["有有", "在在", "的的", "二[只个头条]", "有在", "，，", "。。", r"\{", " "],
}  # fmt: skip


def spoken(language: str, number: int = 600) -> list[str]:
    rng = np.random.default_rng(8)
    return [phrase(choose_wish(sample_scene(rng, core_nouns()), rng), language, rng) for _ in range(number)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_ungrammatical_is_said(language):
    slips = [(text, slip) for text in spoken(language) for slip in WRONG[language] if re.search(slip, text)]
    assert slips == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_wish_is_said_in_many_ways(language):
    wish = Wish((GroupWish("cat", 2, "red", "small"),), place="beach", time="night")
    rng = np.random.default_rng(9)
    assert len({phrase(wish, language, rng) for _ in range(200)}) > 100
    assert phrase(wish, language, np.random.default_rng(1)) == phrase(wish, language, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("wish", "english", "chinese"),
    [
        (GroupWish("star", 2, "red", "small"), "two small red stars", "两颗红色的小星星"),
        (GroupWish("apple"), "an apple", "一个苹果"),
        (GroupWish("umbrella", 1, None, "big"), "a big umbrella", "一把大雨伞"),
        (GroupWish("elephant", 1, None, "big"), "a big elephant", "一头很大的大象"),
        (GroupWish("glasses", 1, "blue"), "a blue pair of glasses", "一副蓝色的眼镜"),
        (GroupWish("scissors", 3), "three pairs of scissors", "三把剪刀"),
        (GroupWish("cactus", 5, "pink"), "five pink cacti", "五棵粉色的仙人掌"),
    ],
)
def test_the_plain_way_to_name_things(wish, english, chinese):
    assert Voice("en", None).thing(wish) == english
    assert Voice("zh", None).thing(wish) == chinese


@pytest.mark.parametrize("noun", core_nouns())
def test_both_languages_say_the_same_number_colour_and_noun(noun):
    rng = np.random.default_rng(10)
    entry = nouns()[noun]
    for count, color in product(range(1, MAX_COUNT + 1), (None, "blue", "pink")):
        group = GroupWish(noun, count, color)
        english, chinese = (Voice(language, rng).thing(group) for language in LANGUAGES)
        forms = [pair[count > 1] for pair in ((entry.en, entry.plural), *entry.also_en)]
        assert any(re.search(rf"\b{re.escape(form)}\b", english) for form in forms), english
        assert any(form in chinese for form in (entry.zh, *entry.also_zh)), chinese
        if count > 1:
            assert english.startswith(tuple(f"{way} " for way in table("en")["numbers"][count]))
            assert chinese.startswith(tuple(way + entry.measure for way in table("zh")["numbers"][count]))
        for text, language in ((english, "en"), (chinese, "zh")):
            named = {key for key, ways in table(language)["colors"].items() if any(way in text for way in ways)}
            assert color is None or color in named, text


def test_a_size_is_never_hidden_in_a_name():
    rng = np.random.default_rng(11)
    sizes = [way for ways in table("zh")["sizes"].values() for way in ways if way not in "大小"]
    for _ in range(100):
        said = Voice("zh", rng).thing(GroupWish("elephant", 2, None, "big"))
        assert any(way.rstrip("的") in said for way in sizes), said


def test_english_verbs_agree():
    assert agree("there is two cats", "two cats") == "there are two cats"
    assert agree("is there glasses?", "glasses") == "are there glasses?"
    assert agree("there is a pair of glasses", "a pair of glasses") == "there is a pair of glasses"
    assert agree("there is some lightning", "some lightning") == "there is some lightning"


def test_names_without_an_article_are_counted_by_something_else():
    assert mass_names("glasses") == {"glasses", "eyeglasses"}
    assert mass_names("lightning") == {"lightning"}
    assert mass_names("cat") == frozenset()


# ---- descriptions ---------------------------------------------------------------------------------------------------

CAT = Thing(22, 22, "cat", "red", "small")
DOGS = Thing(62, 62, "dog", None, "medium"), Thing(102, 102, "dog", None, "medium")
SCENE = Scene((CAT, *DOGS), Background("beach", "night", "rain"))


def test_a_description_reads_so():
    assert describe(SCENE, "en") == ("A small red cat in the top left and two dogs, on a beach at night in the rain.")
    assert describe(SCENE, "zh") == "下雨的夜晚的沙滩上：左上角有一只红色的小猫，还有两只狗。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_description_is_the_same_each_time_and_a_whole_sentence(scenes, language):
    for scene in scenes:
        text = describe(scene, language)
        assert text == describe(scene, language) == describe(replace(scene, variant=scene.variant + 1), language)
        assert text.endswith("." if language == "en" else "。")
        assert "{" not in text
        assert text[0] == text[0].upper()


def others() -> list[Scene]:
    """SCENE with one stated fact changed, in every way."""
    cats = [
        *(replace(CAT, noun=noun) for noun in core_nouns() if noun not in ("cat", "dog")),
        *(replace(CAT, color=color) for color in (None, *COLORS) if color not in ("red", "orange")),
        *(replace(CAT, size=size) for size in SIZES if size != "small"),
        *(replace(CAT, x=x, y=y) for x in (22, 62, 102) for y in (22, 62, 102) if x != y),
    ]
    backgrounds = [
        *(Background(place, "night", "rain") for place in PLACES if place not in ("beach", *INDOORS)),
        *(Background("beach", time, "rain") for time in TIMES if time != "night"),
        *(Background("beach", "night", weather) for weather in WEATHERS if weather != "rain"),
    ]
    return [
        *(replace(SCENE, things=(cat, *DOGS)) for cat in cats),
        *(replace(SCENE, background=background) for background in backgrounds),
        replace(SCENE, things=(CAT, DOGS[0])),
        replace(SCENE, things=(CAT, *DOGS, Thing(22, 102, "dog", None, "medium"))),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stated_fact_changes_the_description(language):
    texts = [describe(scene, language) for scene in (SCENE, *others())]
    assert len(set(texts)) == len(texts) > 120
