"""Questions: each answer is true of its scene, and guessing earns nothing."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from diptych.world.questions import KINDS, ask
from diptych.world.scene import Background, Scene, Thing, canonical_color, sample_scene
from diptych.world.vocabulary import LANGUAGES, core_nouns, nouns
from diptych.world.wish import grid_spot
from diptych.world.words import table


def asked(kind: str, language: str, number: int = 250):
    """Scenes with a question of one kind about each."""
    rng = np.random.default_rng(30)
    for _ in range(number):
        scene = sample_scene(rng, core_nouns())
        question = ask(scene, language, rng, core_nouns(), kind)
        if question is not None:
            yield scene, question


@cache
def names(language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    forms = {}
    for noun in nouns().values():
        pairs = [*noun.also_en, (noun.en, noun.plural)]
        for form in (noun.zh, *noun.also_zh) if language == "zh" else [form for pair in pairs for form in pair]:
            forms[form] = noun.id
    edge = r"\b" if language == "en" else ""
    longest_first = sorted(forms, key=len, reverse=True)
    return forms, re.compile("|".join(edge + re.escape(form) + edge for form in longest_first))


def named(text: str, language: str) -> list[str]:
    """The nouns whose names `text` holds, in order, where a longer name hides those within it."""
    forms, pattern = names(language)
    return [forms[form] for form in pattern.findall(text)]


def color_in(text: str, language: str) -> str | None:
    ways = {way: key for key, said in table(language)["colors"].items() for way in said}
    edge = r"\b" if language == "en" else ""
    found = re.findall("|".join(edge + way + edge for way in sorted(ways, key=len, reverse=True)), text)
    return ways[found[0]] if found else None


def own_look(thing: Thing) -> str | None:
    return thing.color or nouns()[thing.noun].own


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_and_is_put_into_words(kind, language):
    found = [question for _, question in asked(kind, language, 80)]
    assert found
    for question in found:
        assert question.kind == kind
        assert question.text.endswith(("?", "？", ".", "。"))
        assert "{" not in question.text + question.answer
        assert question.answer


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["exists", "is_color", "relation", "more"])
def test_yes_and_no_come_equally_often(kind, language):
    answers = Counter(question.answer for _, question in asked(kind, language, 800))
    assert set(answers) == {table(language)["yes"][0], table(language)["no"][0]}
    assert min(answers.values()) / answers.total() > 0.36


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_are_true(language):
    for scene, question in asked("count", language):
        (noun,) = named(question.text, language)
        assert int(question.answer) == sum(thing.noun == noun for thing in scene.things), question
    assert all(int(question.answer) == len(scene.things) for scene, question in asked("things", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_to_be_there_is_there_and_what_is_not_is_not(language):
    for scene, question in asked("exists", language):
        (noun,), color = named(question.text, language), color_in(question.text, language)
        there = [thing for thing in scene.things if thing.noun == noun]
        if color is not None:
            there = [thing for thing in there if thing.color == canonical_color(noun, color)]
        assert (question.answer == table(language)["yes"][0]) == bool(there), (scene, question)


@pytest.mark.parametrize("language", LANGUAGES)
def test_colours_are_true(language):
    for scene, question in asked("color", language):
        (noun,) = named(question.text, language)
        looks = {own_look(thing) for thing in scene.things if thing.noun == noun}
        assert looks == {color_in(question.answer, language)}, question
    for scene, question in asked("is_color", language):
        (noun,) = named(question.text, language)
        (thing,) = [thing for thing in scene.things if thing.noun == noun]
        truth = own_look(thing) == color_in(question.text, language)
        assert (question.answer == table(language)["yes"][0]) == truth, question


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_bigger_and_what_is_more_is_true(language):
    for scene, question in asked("bigger", language):
        first, second = (
            [thing for thing in scene.things if thing.noun == noun] for noun in named(question.text, language)
        )
        larger = max(*first, *second, key=lambda thing: thing.side)
        assert named(question.answer, language) == [larger.noun]
    for scene, question in asked("more", language):
        first, second = (sum(thing.noun == noun for thing in scene.things) for noun in named(question.text, language))
        assert (question.answer == table(language)["yes"][0]) == (first > second)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_things_are_and_what_is_there_is_true(language):
    spots = {ways[0]: key for key, ways in table(language)["spots"].items()}
    for scene, question in asked("where", language):
        (noun,) = named(question.text, language)
        (thing,) = [thing for thing in scene.things if thing.noun == noun]
        assert spots[question.answer] == grid_spot(thing)
    for scene, question in asked("what", language):
        (noun,) = named(question.answer, language)
        colors = {thing.color for thing in scene.things if thing.noun == noun}
        assert color_in(question.answer, language) in colors or None in colors, question


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_relation_is_answered_by_where_the_centres_are(language):
    axes = {"left": ("x", 1), "right": ("x", -1), "above": ("y", 1), "over": ("y", 1), "below": ("y", -1),
            "under": ("y", -1), "左": ("x", 1), "右": ("x", -1), "上": ("y", 1), "下": ("y", -1)}  # fmt: skip
    for scene, question in asked("relation", language):
        one, other = (
            next(thing for thing in scene.things if thing.noun == noun) for noun in named(question.text, language)
        )
        words = re.findall(
            "left|right|above|over|below|under" if language == "en" else "[左右上下](?=[边方面])", question.text
        )
        axis, sign = axes[words[0]]
        truth = sign * (getattr(other, axis) - getattr(one, axis)) > 0
        assert (question.answer == table(language)["yes"][0]) == truth, (scene, question)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_background_is_answered(language):
    thing = Thing(62, 62, "cat", None, "medium")
    scene, rng = Scene((thing,), Background("desert", "night", "fog")), np.random.default_rng(0)
    answers = [ask(scene, language, rng, core_nouns(), kind).answer for kind in ("place", "time", "weather")]
    assert answers == {"en": ["a desert", "night", "fog"], "zh": ["沙漠", "夜晚", "雾天"]}[language]


def test_what_can_not_be_known_is_not_asked():
    cats = tuple(Thing(x, 62, "cat", None, "medium") for x in (22, 102))
    indoors, rng = Scene(cats, Background("room")), np.random.default_rng(0)
    for kind in ("time", "weather", "where", "relation", "bigger", "more", "is_color"):
        assert ask(indoors, "en", rng, core_nouns(), kind) is None, kind
    panda = Scene((Thing(62, 62, "panda", None, "medium"),))
    assert ask(panda, "en", rng, core_nouns(), "color") is None, "black and white is no palette colour"
