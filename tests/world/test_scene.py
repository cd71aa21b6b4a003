"""Scenes: always well-formed, the same for the same seed, and true to what their relations say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.world.scene import (
    GAP,
    SIDE,
    STEP,
    Background,
    Scene,
    Thing,
    between_holds,
    canonical_color,
    fits,
    relation_holds,
    row_holds,
    sample_scene,
    snap,
    spot_holds,
    with_things,
)
from diptych.world.splits import color_is_held_out
from diptych.world.vocabulary import INDOORS, MAX_COUNT, MAX_THINGS, RELATIONS, SIZES, SPOTS

centres = st.integers(0, SIDE // STEP - 1).map(lambda cell: cell * STEP + STEP // 2)
things = st.builds(Thing, centres, centres, st.just("cat"), st.none(), st.sampled_from(SIZES))
crowds = st.lists(things, min_size=1, max_size=3)
OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


def at(x: int, y: int, size: str = "medium", noun: str = "cat") -> Thing:
    return Thing(x, y, noun, None, size)


# ---- sampling -------------------------------------------------------------------------------------------------------


def test_things_lie_on_the_canvas_apart_and_on_the_grid(scenes):
    for scene in scenes:
        for thing in scene.things:
            assert fits(thing, [other for other in scene.things if other is not thing]), scene
            assert thing.x % STEP == thing.y % STEP == STEP // 2


def test_a_scene_is_never_empty_nor_overfull(scenes):
    for scene in scenes:
        assert 1 <= len(scene.things) <= MAX_THINGS
        assert all(len(group) <= MAX_COUNT for group in scene.groups())
        assert list(scene.things) == sorted(scene.things)


def test_colours_that_a_noun_has_by_nature_are_stored_as_natural(scenes):
    assert all(thing.color == canonical_color(thing.noun, thing.color) for scene in scenes for thing in scene.things)
    assert canonical_color("strawberry", "red") is None
    assert canonical_color("strawberry", "blue") == "blue"


def test_there_is_no_weather_indoors(scenes):
    indoors = [scene.background for scene in scenes if scene.background.place in INDOORS]
    assert indoors
    assert all((background.time, background.weather) == ("day", "clear") for background in indoors)


def test_the_seed_decides_and_nothing_else(known):
    first, again, other = (sample_scene(np.random.default_rng(seed), known) for seed in (5, 5, 6))
    assert first == again != other


def test_a_number_of_groups_can_be_asked_for(known):
    rng = np.random.default_rng(1)
    assert all(len(sample_scene(rng, known, groups=3).groups()) == 3 for _ in range(20))


def test_only_known_nouns_are_sampled():
    rng = np.random.default_rng(2)
    few = ("cat", "dog", "star", "tree")
    assert {thing.noun for _ in range(60) for thing in sample_scene(rng, few).things} == set(few)


def test_training_never_shows_a_held_out_pair(scenes):
    assert not any(color_is_held_out(thing.noun, thing.color) for scene in scenes for thing in scene.things)


def test_a_held_out_scene_always_shows_a_held_out_pair(known):
    rng = np.random.default_rng(3)
    for _ in range(60):
        scene = sample_scene(rng, known, held_out=True)
        assert any(color_is_held_out(thing.noun, thing.color) for thing in scene.things)


def test_sampling_without_a_split_shows_both(known):
    rng = np.random.default_rng(4)
    found = [sample_scene(rng, known, held_out=None) for _ in range(200)]
    shows = [any(color_is_held_out(thing.noun, thing.color) for thing in scene.things) for scene in found]
    assert 0.02 < np.mean(shows) < 0.4


# ---- statements -----------------------------------------------------------------------------------------------------


@given(crowds, crowds, st.sampled_from(RELATIONS))
def test_a_relation_holds_exactly_where_its_opposite_holds_the_other_way(one, other, relation):
    assert relation_holds(one, relation, other) == relation_holds(other, OPPOSITE[relation], one)
    assert not (relation_holds(one, relation, other) and relation_holds(one, OPPOSITE[relation], other))


@given(crowds, crowds, st.sampled_from(RELATIONS), st.integers(0, 12))
def test_slack_only_forgives(one, other, relation, slack):
    if relation_holds(one, relation, other):
        assert relation_holds(one, relation, other, slack)
    for spot in SPOTS:
        if spot_holds(one[0], spot):
            assert spot_holds(one[0], spot, slack)
    if row_holds(one):
        assert row_holds(one, slack)


@given(crowds, crowds, crowds)
def test_between_does_not_care_which_neighbour_is_named_first(middle, one, other):
    assert between_holds(middle, one, other) == between_holds(middle, other, one)


@given(things, st.sampled_from(["top left", "top right", "bottom left", "bottom right"]))
def test_a_corner_is_two_sides_at_once(thing, corner):
    row, column = corner.split()
    assert spot_holds(thing, corner) == (spot_holds(thing, row) and spot_holds(thing, column))


def test_relations_are_what_one_would_say():
    cat, dog = at(20, 60), at(100, 64)
    assert relation_holds([cat], "left of", [dog])
    assert not relation_holds([cat], "above", [dog])
    assert relation_holds([at(60, 20)], "above", [at(64, 100)])
    assert not relation_holds([cat], "left of", [at(28, 60)]), "too near each other to tell"
    assert not relation_holds([at(20, 20)], "left of", [at(60, 110)]), "more above than left"
    assert between_holds([at(60, 60)], [cat], [dog])
    assert not between_holds([cat], [at(60, 60)], [dog])
    assert row_holds([cat, dog])
    assert not row_holds([cat])


@given(things, things)
def test_things_that_fit_have_a_gap_between_their_squares(one, other):
    apart = max(abs(one.x - other.x), abs(one.y - other.y)) >= (one.side + other.side) / 2 + GAP
    assert fits(one, [other]) == (fits(one, []) and apart)


@given(st.floats(-50, 200))
def test_snapping_goes_to_the_nearest_centre(value):
    snapped = snap(value)
    assert 0 < snapped < SIDE
    assert snapped % STEP == STEP // 2
    if 0 <= value <= SIDE:
        assert abs(snapped - value) <= STEP / 2


# ---- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [("jungle",), ("beach", "noon"), ("beach", "day", "hail"), ("room", "night"), ("space", "day", "rain")]
)
def test_a_background_that_can_not_be_is_refused(wrong):
    with pytest.raises(ValueError, match=wrong[-1] if wrong[0] not in INDOORS else wrong[0]):
        Background(*wrong)


def test_the_order_in_which_things_are_given_does_not_matter():
    one, other = at(20, 20), at(90, 90, noun="dog")
    assert Scene((one, other)) == Scene((other, one))
    assert with_things(Scene((one,), Background("beach"), 3), [other]) == Scene((other,), Background("beach"), 3)


def test_groups_are_things_of_one_kind():
    small, cats = at(90, 20, "small"), [at(20, 20), at(20, 90)]
    assert Scene((small, *cats)).groups() == [tuple(cats), (small,)]


def test_things_at_one_place_have_an_order_too():
    plain, red = Thing(60, 60, "cat", None, "small"), Thing(60, 60, "cat", "red", "small")
    assert Scene((red, plain)) == Scene((plain, red))
