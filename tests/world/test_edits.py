"""Edits: each changes what it says and nothing else, and can be said in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from diptych.world.edits import KINDS, Edit, in_size, instruct, instruct_chain, sample_chain, sample_edit
from diptych.world.layout import CELL, cells_of
from diptych.world.render import render
from diptych.world.scene import Background, Scene, Thing, fits, spot_holds
from diptych.world.splits import color_is_held_out
from diptych.world.sprites import SIDES
from diptych.world.vocabulary import LANGUAGES, MAX_THINGS, SIZES, core_nouns, nouns


@pytest.fixture(scope="module")
def edited(scenes) -> dict[str, list[tuple[Scene, Edit]]]:
    """Scenes with an edit of each kind."""
    rng = np.random.default_rng(40)
    found: dict[str, list[tuple[Scene, Edit]]] = {kind: [] for kind in KINDS}
    for kind, pairs in found.items():
        for scene in scenes[:150]:
            edit = sample_edit(scene, rng, core_nouns(), kind)
            if edit is not None:
                pairs.append((scene, edit))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_out_is_a_proper_scene(kind, edited):
    assert len(edited[kind]) > 20
    for scene, edit in edited[kind]:
        after = edit.after(scene)
        assert edit.kind == kind
        assert after != scene
        assert len(after.things) <= MAX_THINGS
        assert after.variant == scene.variant
        assert all(fits(thing, [other for other in after.things if other is not thing]) for thing in after.things)
        assert not any(color_is_held_out(thing.noun, thing.color) for thing in edit.new)


@pytest.mark.parametrize("kind", KINDS)
def test_things_that_are_not_touched_stay(kind, edited):
    for scene, edit in edited[kind]:
        after = edit.after(scene)
        assert set(scene.things) - set(edit.old) == set(after.things) - set(edit.new)
        assert after.background == (edit.background or scene.background)
        assert (edit.background is not None) == (kind == "background")


def test_adding_adds_one_of_a_noun_that_is_not_there_yet(edited):
    for scene, edit in edited["add"]:
        assert len(edit.after(scene).things) == len(scene.things) + 1
        assert edit.new[0].noun not in {thing.noun for thing in scene.things}
        assert edit.spot is None or spot_holds(edit.new[0], edit.spot)


def test_removing_takes_a_whole_group(edited):
    for scene, edit in edited["remove"]:
        assert edit.old in scene.groups()
        assert edit.new == ()
        assert len(edit.after(scene).things) == len(scene.things) - len(edit.old)


@pytest.mark.parametrize(
    ("kind", "free"),
    [("replace", ("noun", "color")), ("recolor", ("color",)), ("resize", ("size", "x", "y")), ("move", ("x", "y"))],
)
def test_only_what_the_kind_says_changes(kind, free, edited):
    for _, edit in edited[kind]:
        assert len(edit.old) == len(edit.new)
        for old, new in zip(edit.old, edit.new, strict=True):
            assert replace(old, **{name: getattr(new, name) for name in free}) == new != old


def test_a_moved_thing_was_not_there_before(edited):
    for _, edit in edited["move"]:
        assert spot_holds(edit.new[0], edit.spot)
        assert not spot_holds(edit.old[0], edit.spot)


def test_resizing_goes_one_size_up_or_down_and_moves_no_further_than_it_must(edited):
    for _, edit in edited["resize"]:
        for old, new in zip(edit.old, edit.new, strict=True):
            assert abs(SIZES.index(old.size) - SIZES.index(new.size)) == 1
            assert max(abs(old.x - new.x), abs(old.y - new.y)) <= (SIDES["big"] - SIDES["small"]) / 2
    corner = Thing(20, 20, "cat", None, "small")
    assert fits(in_size(corner, "big"), [])
    assert not fits(replace(corner, size="big"), [])
    assert in_size(replace(corner, x=60, y=68), "big") == Thing(60, 68, "cat", None, "big")


# ---- chains and words -----------------------------------------------------------------------------------------------


def test_a_chain_has_its_length_and_never_empties_the_scene(scenes, known):
    rng = np.random.default_rng(41)
    for scene in scenes[:60]:
        chain = sample_chain(scene, rng, known, 3)
        assert len(chain) == 3
        for edit in chain:
            assert set(edit.old) <= set(scene.things)
            scene = edit.after(scene)
            assert scene.things


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_instruction_names_what_it_touches(kind, language, edited):
    rng = np.random.default_rng(42)
    for scene, edit in edited[kind]:
        text = instruct(edit, scene, language, rng)
        assert text
        assert "{" not in text
        assert "  " not in text
        for thing in (*edit.old[:1], *(edit.new[:1] if kind in ("add", "replace") else ())):
            noun = nouns()[thing.noun]
            forms = (noun.zh, *noun.also_zh) if language == "zh" else (
                noun.en, noun.plural, *(form for pair in noun.also_en for form in pair))  # fmt: skip
            assert any(form in text for form in forms), (text, thing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_of_one_noun_are_told_apart(language):
    red, blue = Thing(22, 62, "cat", "red", "medium"), Thing(102, 62, "cat", "blue", "medium")
    small = Thing(62, 22, "dog", None, "small")
    scene = Scene((red, blue, small, Thing(62, 106, "dog", None, "medium")))
    said = {thing: instruct(Edit("remove", old=(thing,)), scene, language, None) for thing in (red, blue, small)}
    assert len(set(said.values())) == 3
    assert ("red" if language == "en" else "红") in said[red]
    assert ("small" if language == "en" else "小") in said[small]


@pytest.mark.parametrize("language", LANGUAGES)
def test_bigger_is_not_smaller(language):
    cat = Thing(62, 62, "cat", None, "medium")
    up, down = (
        instruct(Edit("resize", old=(cat,), new=(replace(cat, size=size),)), Scene((cat,)), language, None)
        for size in ("big", "small")
    )
    assert (up, down) == {
        "en": ("make the cat bigger", "make the cat smaller"),
        "zh": ("把猫变大", "把猫变小"),
    }[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_background_says_what_is_new_about_it_only(language):
    scene = Scene((Thing(62, 62, "cat", None, "medium"),), Background("beach", "night", "fog"))
    news = (Background("sea", "night", "fog"), Background("beach", "day", "fog"), Background("beach", "night", "rain"))
    texts = [instruct(Edit("background", background=new), scene, language, None) for new in news]
    assert (
        texts
        == {
            "en": ["change the background to the sea", "make it day", "make it rain"],
            "zh": ["把背景换成大海", "把时间换成白天", "把天气换成雨天"],
        }[language]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_instructions_are_grammatical(language, scenes, known):
    rng = np.random.default_rng(43)
    slips = {
        "en": r"\ba [aeio]|\ban [^aeiou]|\bthe (?:a|an|one|two|\d)\b|  | ,|please.*please|\{",
        "zh": r"把把|的的|二[只个头条]|请.*请|，，|让把|\{| ",
    }[language]
    for scene in scenes[:200]:
        text = instruct_chain(sample_chain(scene, rng, known, 2), scene, language, rng)
        assert not re.search(slips, text), text


# ---- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_differ_only_within_the_cells_of_an_edit(kind, edited, font):
    changed = 0
    for scene, edit in edited[kind][:25]:
        after = edit.after(scene)
        region = np.kron(cells_of(scene, after), np.ones((CELL, CELL))) > 0
        differs = (render(scene, font) != render(after, font)).any(axis=2)
        assert not (differs & ~region).any(), edit
        changed += bool(differs.any())
    assert changed == 25
