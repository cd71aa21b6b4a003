"""Running a query gives the true answer, and what is none is refused."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.world.queries import NoQuery, answer
from diptych.world.questions import KINDS, ask
from diptych.world.scene import Background, Scene, Thing
from diptych.world.vocabulary import LANGUAGES

CAT, DOG = Thing(28, 28, "cat", "red", "big"), Thing(92, 92, "dog", None, "small")
STARS = tuple(Thing(x, 100, "star", None, "small") for x in (20, 60))
SCENE = Scene((CAT, DOG, *STARS), Background("meadow", "night", "snow"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_running_the_query_of_a_question_gives_its_answer(scenes, known, kind, language):
    asked = 0
    for seed, scene in enumerate(scenes[:200]):
        question = ask(scene, language, np.random.default_rng(seed), known, kind)
        if question is not None:
            asked += 1
            assert answer(question.query, scene, language) == question.answer
    assert asked > 10


@pytest.mark.parametrize(
    ("query", "english", "chinese"),
    [
        ("count <noun:star>", "2", "2"),
        ("count <noun:tree>", "0", "0"),
        ("color <noun:cat>", "red", "红色"),
        ("color <noun:dog>", "its own color", "本来的颜色"),
        ("color <noun:tree>", "there is none", "没有"),
        ("where <noun:cat>", "in the top left", "左上角"),
        ("what top right", "nothing", "什么都没有"),
        ("what top left", "a red cat", "一只红色的猫"),
        ("exists <noun:cat> <color:blue>", "no", "否"),
        ("is_color <noun:cat> <color:red>", "yes", "是"),
        ("relation <noun:cat> above <noun:dog>", "yes", "是"),
        ("bigger <noun:dog> <noun:cat>", "the cat", "猫"),
        ("bigger <noun:dog> <noun:star>", "the same size", "一样大"),
        ("more <noun:star> <noun:cat>", "yes", "是"),
        ("time", "night", "夜晚"),
        ("things", "4", "4"),
    ],
)
def test_answers_in_both_languages(query, english, chinese):
    assert answer(query, SCENE, "en") == english
    assert answer(query, SCENE, "zh") == chinese


def test_a_room_has_no_time_and_no_weather():
    room = Scene((CAT,), Background("room"))
    assert answer("time", room, "en") == answer("weather", room, "en") == "it doesn't show"
    assert answer("weather", room, "zh") == "看不出来"


@pytest.mark.parametrize(
    "text",
    ["", "why", "count", "count <noun:wombat>", "color <color:red>", "is_color <noun:cat>", "what nowhere",
     "relation <noun:cat> beside <noun:dog>", "bigger <noun:cat>", "exists <noun:cat> <color:mauve>"],
)  # fmt: skip
def test_what_is_no_query_is_refused(text):
    with pytest.raises(NoQuery):
        answer(text, SCENE, "en")
