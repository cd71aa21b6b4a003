"""Layouts by rule hold what was said, or there are none."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.painters.arranging import arrange, settled
from diptych.painters.prompt import check_wish
from diptych.painters.reading import is_clear
from diptych.painters.said import background_said, plainly_said
from diptych.world.edits import Edit
from diptych.world.scene import Scene, Thing, fits, sample_scene
from diptych.world.vocabulary import LANGUAGES, core_nouns
from diptych.world.wish import GroupWish, Wish, choose_wish, judge
from diptych.world.words import phrase

KNOWN = core_nouns()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_plainly_said_of_a_scene_holds_of_it(language: str) -> None:
    rng = np.random.default_rng(31)
    for _ in range(150):
        scene = sample_scene(rng, KNOWN)
        words = phrase(choose_wish(scene, rng), language, rng)
        said = plainly_said(words, check_wish(words, KNOWN))
        assert [atom for atom in judge(said, scene) if not atom.holds] == [], words


def test_an_arrangement_is_clear_and_holds_what_was_said() -> None:
    rng = np.random.default_rng(32)
    made = 0
    for _ in range(150):
        wish = choose_wish(sample_scene(rng, KNOWN), rng)
        words = phrase(wish, "en", rng)
        scene = arrange(plainly_said(words, check_wish(words, KNOWN)), rng)
        if scene is not None:
            made += 1
            assert is_clear(scene)
            assert all(atom.holds for atom in judge(plainly_said(words, check_wish(words, KNOWN)), scene))
    assert made >= 140


def test_what_cannot_be_arranged_is_none() -> None:
    crowd = Wish((GroupWish("cat", 5, None, "big"), GroupWish("dog", 1, None, "big")))
    assert arrange(crowd, np.random.default_rng(0)) is None


@pytest.mark.parametrize(
    ("words", "background"),
    [
        ("a cat on a meadow at night in the rain", ("meadow", "night", "rain")),
        ("下雪的夜晚的草地上，一只猫", ("meadow", "night", "snow")),
        ("a snowman in space", ("space", None, None)),
        ("a cat and a dog", (None, None, None)),
        ("房间里有一只猫", ("room", None, None)),
    ],
)
def test_backgrounds_are_read_in_both_languages(words: str, background: tuple[str | None, ...]) -> None:
    assert background_said(words) == background


def test_what_would_overlap_is_moved_to_the_nearest_free_place() -> None:
    cat, dog = Thing(36, 60, "cat", None, "medium"), Thing(60, 60, "dog", None, "medium")
    scene = Scene((cat,))
    moved = settled(Edit("add", new=(dog,)), scene).new[0]
    assert fits(moved, [cat])
    assert moved.kind == dog.kind
    assert max(abs(moved.x - dog.x), abs(moved.y - dog.y)) <= 48
    free = Edit("add", new=(Thing(20, 20, "dog", None, "small"),))
    assert settled(free, scene) == free
    outside = settled(Edit("add", new=(Thing(4, 4, "dog", None, "big"),)), scene).new[0]
    assert fits(outside, [cat])


def test_a_thing_may_take_the_place_of_what_it_replaces() -> None:
    cat = Thing(60, 60, "cat", None, "big")
    swap = Edit("replace", old=(cat,), new=(Thing(60, 60, "dog", None, "big"),))
    assert settled(swap, Scene((cat,))) == swap
