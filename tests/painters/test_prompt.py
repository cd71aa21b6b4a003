"""Wishes for drawings: known words pass however they are said, and what isn't known is named, never guessed."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.core.errors import DiptychError, NotUnderstood
from diptych.painters.prompt import LONGEST, check_wish, nearest, some_nouns
from diptych.painters.said import plainly_said
from diptych.painters.stickerbook import check_wish_of_edit
from diptych.world.edits import instruct_chain, sample_chain
from diptych.world.scene import canonical_color, sample_scene
from diptych.world.vocabulary import LANGUAGES, core_nouns, nouns
from diptych.world.wish import choose_wish
from diptych.world.words import phrase

KNOWN = core_nouns()
FORMS = [
    (form, noun)
    for noun in KNOWN
    for form in sorted({
        nouns()[noun].en, nouns()[noun].plural, nouns()[noun].zh, *nouns()[noun].also_zh,
        *(form for pair in nouns()[noun].also_en for form in pair),
    })
]  # fmt: skip


def named(text: str) -> list[str]:
    return [mention.noun for mention in check_wish(text, KNOWN)]


def refused(text: str) -> NotUnderstood:
    with pytest.raises(NotUnderstood) as caught:
        check_wish(text, KNOWN)
    return caught.value


# ---- what is known --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "noun"), FORMS)
def test_every_form_of_every_known_noun_is_that_noun(form, noun):
    assert named(form) == [noun]
    assert named(form.upper()) == [noun]
    frame = "please draw a big red {} on the left" if form.isascii() else "请在左边画一个红色的{}吧"
    assert named(frame.format(form)) == [noun]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一头大象", ["elephant"]), ("两只熊猫", ["panda"]), ("大熊猫和猫", ["panda", "cat"]), ("猫头鹰", ["owl"]),
        ("马路上有一匹马", ["horse"]), ("火车和火", ["train", "fire"]), ("雨伞，下雨天", ["umbrella"]),
        ("星空下的星星", ["star"]), ("一件T恤", ["t_shirt"]), ("a palm tree and a tree", ["palm_tree", "tree"]),
        ("an ice cream cone", ["ice_cream"]), ("a snowman in the snow", ["snowman"]),
        ("a hat on the snowman", ["hat", "snowman"]),
        ("a bee over the watermelon", ["bee", "watermelon"]), ("a pair of scissors", ["scissors"]),
        ("a cup in the mountains", ["cup"]), ("八爪鱼和七星瓢虫", ["octopus", "ladybug"]),
    ],
)  # fmt: skip
def test_the_longest_name_wins(text, found):
    assert named(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Please draw me a cute little dog, thank you!", "hello, could you make a nice picture with three red balloons?",
        "I'd love to see a big rainbow over the mountains", "It's snowing; there's a snowman in the middle",
        "a rainy night in the city with two cars", "a cat sitting next to a dog", "A black cat and a white cat.",
        "a yellow duck swimming in the sea", "draw a tree, and a cat under it",
        "a star at the top, at the bottom there is a fish",
        "请帮我画一只可爱的小狗，谢谢！", "能不能画一个雪人站在雪地里呢？", "你好，我想要一幅画：天上有一架飞机",
        "一只猫旁边有一只狗", "一群鸟在天空中飞", "海边有一棵椰子树，天气晴朗", "给我画一个大大的苹果吧",
        "星星在上方，下面有一头大象", "阳光明媚的草地上有三朵小红花",
    ],
)  # fmt: skip
def test_polite_and_filler_words_refuse_nothing(text):
    assert named(text)


def test_both_languages_may_be_mixed():
    assert named("画a red cat和两只狗 in the forest") == ["cat", "dog"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_stickerbook_says_is_accepted_and_means_the_same(language):
    rng = np.random.default_rng(70)
    wrong = []
    for _ in range(500):
        wish = choose_wish(sample_scene(rng, KNOWN), rng)
        text = phrase(wish, language, rng)
        mentions = check_wish(text, KNOWN)
        said = plainly_said(text, mentions)
        facts = [
            sorted((g.noun, g.count, canonical_color(g.noun, g.color) or "", g.size or "") for g in either.groups)
            for either in (wish, said)
        ]
        if facts[0] != facts[1]:
            wrong.append((text, facts))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_edits_the_stickerbook_says_are_accepted(language):
    rng = np.random.default_rng(71)
    for _ in range(150):
        scene = sample_scene(rng, KNOWN)
        check_wish_of_edit(instruct_chain(sample_chain(scene, rng, KNOWN, 2), scene, language, rng), KNOWN)


# ---- what is not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a red gazebo", ("gazebo",)), ("a blorp and two zibbles", ("blorp", "zibbles")),
        ("a brown cat", ("brown",)), ("一只猫和一个麒麟", ("麒麟",)), ("一只棕猫", ("棕",)),
        ("画 a gazebo", ("gazebo",)),
        ("a cat behind a tree", ("behind",)), ("a cat in front of a dog", ("front",)),
    ],
)  # fmt: skip
def test_unknown_words_are_named(text, words):
    error = refused(text)
    assert error.words == words
    for language in ("en", "zh"):
        assert all(word in error.problem.say(language) for word in words)


def test_a_noun_that_these_weights_have_not_learned_is_refused_with_near_ones():
    error = refused("a bear on a meadow")
    assert error.words == ("bear",)
    assert "panda" in error.remedy.en
    assert "熊猫" in error.remedy.zh
    assert refused("草地上有一只熊").words == ("熊",)
    assert named("a panda bear") == ["panda"]


def test_near_ones_are_known_and_by_kind_or_by_spelling():
    strangers = [noun for noun in nouns().values() if noun.id not in KNOWN]
    for noun in strangers:
        near = nearest(noun.en, KNOWN)
        assert 1 <= len(near) <= 4
        assert set(near) <= set(KNOWN)
    assert nearest("elefant", KNOWN)[0] == "elephant"
    assert "cat" in nearest("catt", KNOWN)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("6 cats", "6"),
        ("a hundred stars", "hundred"),
        ("a dozen apples", "dozen"),
        ("六只猫", "六"),
        ("100个苹果", "100"),
    ],
)
def test_counts_beyond_reach_are_refused(text, word):
    error = refused(text)
    assert error.words == (word,)
    assert "1 to 5" in error.remedy.en
    assert "1 到 5" in error.remedy.zh


@pytest.mark.parametrize("text", ["one cat", "5 cats", "five cats", "五只猫", "5只猫", "两只猫"])
def test_counts_within_reach_are_not(text):
    assert named(text) == ["cat"]


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000"])
def test_nothing_is_refused_with_an_example(text):
    error = refused(text)
    assert "cat" in error.remedy.en
    assert "猫" in error.remedy.zh


@pytest.mark.parametrize(
    "text", ["draw me a nice picture, please", "请画一幅好看的画", "on a meadow at night", "!!!", "的的的"]
)
def test_words_that_name_nothing_are_refused_with_what_there_is(text):
    error = refused(text)
    assert error.words == (text,)
    assert some_nouns(KNOWN, "en") in error.remedy.en


@pytest.mark.parametrize("text", ["a cat and " * 1000, "猫和" * 5000, "a" * 10_000])
def test_ten_thousand_characters_are_refused_by_their_number(text):
    error = refused(text)
    assert str(len(text.strip())) in error.problem.en
    assert str(LONGEST) in error.problem.zh
    assert len(error.problem.en) < 200


@pytest.mark.parametrize(
    "text", ["a cat left of a dog and the cat right of the dog", "a star on the left and on the right"]
)
def test_places_that_contradict_each_other_are_refused(text):
    assert "contradict" in refused(text).problem.en


def test_every_refusal_speaks_both_languages():
    for text in ("", "a" * 401, "a gazebo", "a bear", "9 cats", "please"):
        error = refused(text)
        assert re.search(r"[\u4e00-\u9fff]", error.problem.zh)
        assert re.search(r"[\u4e00-\u9fff]", error.remedy.zh)
        assert not re.search(r"[\u4e00-\u9fff]", error.problem.en + error.remedy.en)


@settings(max_examples=150)
@given(st.text(max_size=60))
def test_no_text_raises_another_exception(text):
    with contextlib.suppress(DiptychError):
        assert check_wish(text, KNOWN)
