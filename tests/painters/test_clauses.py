"""Instructions in clauses, and backgrounds that are plainly named."""

from __future__ import annotations

import pytest

from diptych.painters.clauses import background_edit, clauses
from diptych.world.scene import Background, Scene, Thing

SCENE = Scene((Thing(60, 60, "cat", None, "small"),), Background("meadow", "night", "clear"))


@pytest.mark.parametrize(
    ("instruction", "parts"),
    [
        ("make it day and move the moon to the bottom left", ["make it day", "move the moon to the bottom left"]),
        ("remove the cat, then add a dog", ["remove the cat", "add a dog"]),
        ("add a cat and a dog", ["add a cat and a dog"]),
        ("把猫换成一只绿色的狗，再加一个月亮", ["把猫换成一只绿色的狗", "再加一个月亮"]),
        ("去掉星星；让天下雪。", ["去掉星星", "让天下雪"]),
        ("加一只猫，一只狗", ["加一只猫，一只狗"]),
    ],
)
def test_clauses_each_ask_for_one_thing(instruction: str, parts: list[str]) -> None:
    assert clauses(instruction) == parts


@pytest.mark.parametrize(
    ("words", "background"),
    [
        ("make it day", Background("meadow", "day", "clear")),
        ("改成白天", Background("meadow", "day", "clear")),
        ("make it snow", Background("meadow", "night", "snow")),
        ("让天下雪", Background("meadow", "night", "snow")),
        ("change the background to a beach at sunset", Background("beach", "sunset", "clear")),
        ("把背景换成太空", Background("space")),
        ("set it indoors", Background("room")),
    ],
)
def test_a_background_that_is_named(words: str, background: Background) -> None:
    edit = background_edit(words, SCENE)
    assert edit is not None
    assert edit.background == background


@pytest.mark.parametrize("words", ["remove the cat", "make it night", "make it nicer", "把猫放到沙滩上"])
def test_what_names_a_thing_or_no_new_background_is_none(words: str) -> None:
    assert background_edit(words, SCENE) is None
