"""Plans of the grammar as edits of a known scene."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.language.compiler import compile_instruction
from diptych.painters.changes import NotExact, edits_of
from diptych.world.edits import Edit
from diptych.world.scene import Background, Scene, Thing, fits, spot_holds
from diptych.world.vocabulary import core_nouns

KNOWN = core_nouns()
CAT = Thing(30, 62, "cat", "purple", "big")
STARS = (Thing(78, 66, "star", None, "small"), Thing(110, 66, "star", None, "small"))
RED_STAR = Thing(82, 106, "star", "red", "small")
SCENE = Scene((CAT, *STARS), Background("plain", "night"))


def done(words: str, scene: Scene = SCENE, seed: int = 0) -> tuple[list[Edit], Scene]:
    edits = edits_of(compile_instruction(words).steps, scene, KNOWN, np.random.default_rng(seed))
    return [edit for edit, _ in edits], edits[-1][1]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("replace the cat with a green dog", "把猫换成一只绿色的狗"),
        ("remove the cat", "把猫去掉"),
        ("make the stars red", "把星星变成红色"),
        ("make the cat smaller", "把猫变小"),
        ("add a moon at the top", "在上方加一个月亮"),
        ("change the background to a beach", "把背景换成沙滩"),
    ],
)
def test_equal_wishes_are_equal_edits(english: str, chinese: str) -> None:
    assert done(english) == done(chinese)


def test_a_replaced_thing_keeps_its_place_and_size() -> None:
    _, after = done("replace the cat with a green dog")
    assert set(after.things) == {Thing(CAT.x, CAT.y, "dog", "green", "big"), *STARS}


def test_all_alike_things_are_meant_by_a_plural() -> None:
    edits, after = done("make the stars red")
    assert edits[0].old == STARS
    assert {thing.color for thing in after.things if thing.noun == "star"} == {"red"}


def test_what_has_the_wished_colour_by_nature_stays_natural() -> None:
    _, after = done("make the stars yellow", Scene((CAT, RED_STAR)))
    assert [thing.color for thing in after.things if thing.noun == "star"] == [None]


def test_a_colour_picks_among_things_of_one_name() -> None:
    edits, _ = done("remove the red star", Scene((CAT, *STARS, RED_STAR)))
    assert edits[0].old == (RED_STAR,)


@pytest.mark.parametrize("seed", range(5))
def test_something_new_comes_to_the_said_place_and_overlaps_nothing(seed: int) -> None:
    edits, after = done("add a moon at the top", seed=seed)
    (moon,) = edits[0].new
    assert spot_holds(moon, "top")
    assert fits(moon, [thing for thing in after.things if thing != moon])


def test_a_move_goes_to_the_place() -> None:
    edits, _ = done("move the cat to the right", Scene((CAT,)))
    assert spot_holds(edits[0].new[0], "right")


def test_a_chain_works_on_what_the_first_steps_made() -> None:
    _, after = done("把猫换成一只绿色的狗，再加一个月亮")
    assert sorted(thing.noun for thing in after.things) == ["dog", "moon", "star", "star"]


@pytest.mark.parametrize(
    "words",
    ["remove the dog", "make the star red", "add a wombat", "add a moon left of the cat", "make it black and white"],
)
def test_what_is_not_exact_is_left_to_the_reader(words: str) -> None:
    scene = Scene((CAT, *STARS, RED_STAR))
    with pytest.raises(NotExact):
        done(words, scene)
