"""Wishes: what is said of a scene holds in it, and a judge sees each way in which another scene falls short."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from diptych.world.scene import Background, Scene, Thing, sample_scene, spot_holds
from diptych.world.splits import relation_is_held_out
from diptych.world.vocabulary import INDOORS
from diptych.world.wish import GroupWish, Wish, choose_wish, full_wish, grid_spot, judge, without_spots

CAT, DOG = Thing(22, 62, "cat", "red", "medium"), Thing(102, 62, "dog", None, "small")
SCENE = Scene((CAT, DOG), Background("beach", "night", "rain"))
WISH = Wish(
    (GroupWish("cat", 1, "red", "medium", "left"), GroupWish("dog", 1, None, "small", "right")),
    relation="left of",
    place="beach",
    time="night",
    weather="rain",
)


def failed(wish: Wish, scene: Scene) -> set[str]:
    return {atom.kind for atom in judge(wish, scene) if not atom.holds}


def test_whatever_is_chosen_to_be_said_holds(scenes):
    rng = np.random.default_rng(0)
    for scene in scenes:
        wish = choose_wish(scene, rng)
        assert failed(wish, scene) == set(), (wish, scene)
        assert failed(full_wish(scene), scene) == set(), scene


def test_a_wish_names_all_that_is_there(scenes):
    rng = np.random.default_rng(1)
    for scene in scenes:
        wish = choose_wish(scene, rng)
        assert sum(group.count for group in wish.groups) == len(scene.things)
        assert {group.noun for group in wish.groups} == {thing.noun for thing in scene.things}


def test_a_time_or_weather_that_shows_is_said(scenes):
    rng = np.random.default_rng(2)
    for scene in scenes:
        wish, background = choose_wish(scene, rng), scene.background
        assert background.time == "day" or wish.time == background.time
        assert background.weather == "clear" or wish.weather == background.weather
        assert background.place not in INDOORS or (wish.time is None and wish.weather is None)


@pytest.mark.parametrize(
    ("kind", "scene"),
    [
        ("color", replace(SCENE, things=(replace(CAT, color="blue"), DOG))),
        ("color", replace(SCENE, things=(CAT, replace(DOG, color="blue")))),
        ("size", replace(SCENE, things=(replace(CAT, size="big"), DOG))),
        ("place", replace(SCENE, things=(CAT, replace(DOG, x=62)))),
        ("relation", replace(SCENE, things=(CAT, replace(DOG, x=22, y=110)))),
        ("object", replace(SCENE, things=(CAT,))),
        ("count", replace(SCENE, things=(CAT, replace(CAT, y=110), DOG))),
        ("nothing else", replace(SCENE, things=(CAT, DOG, Thing(62, 22, "star", None, "small")))),
        ("background", replace(SCENE, background=Background("sea", "night", "rain"))),
        ("background", replace(SCENE, background=Background("beach", "day", "rain"))),
        ("background", replace(SCENE, background=Background("beach", "night", "fog"))),
    ],
)
def test_the_judge_names_what_is_wrong(kind, scene):
    assert failed(WISH, SCENE) == set()
    assert kind in failed(WISH, scene)


def test_one_wrong_colour_is_the_only_thing_found_wrong():
    assert failed(WISH, replace(SCENE, things=(replace(CAT, color="blue"), DOG))) == {"color"}
    assert failed(WISH, replace(SCENE, background=Background("sea", "night", "rain"))) == {"background"}


def test_rows_and_what_stands_between_are_judged():
    star = Thing(62, 62, "star", None, "small")
    scene = replace(SCENE, things=(CAT, star, DOG))
    between = Wish((GroupWish("star"), GroupWish("cat", color="red"), GroupWish("dog")), between=True)
    row = Wish(between.groups, row=True)
    assert failed(between, scene) == failed(row, scene) == set()
    aside = replace(scene, things=(CAT, replace(star, y=14), DOG))
    assert failed(between, aside) == failed(row, aside) == {"relation"}
    three = Scene((star, replace(star, x=102), replace(star, x=22)))
    assert failed(Wish((GroupWish("star", 3),), row=True), three) == set()


def test_a_natural_colour_that_is_said_counts_as_natural():
    scene = Scene((Thing(62, 62, "strawberry", None, "medium"),))
    assert failed(Wish((GroupWish("strawberry", color="red"),)), scene) == set()
    assert failed(Wish((GroupWish("strawberry", color="blue"),)), scene) == {"color"}


def test_two_groups_of_one_noun_are_told_apart_by_colour():
    wish = Wish((GroupWish("cat", 1, "red"), GroupWish("cat", 2, "blue")))
    blue = [Thing(62, 22, "cat", "blue", "medium"), Thing(102, 22, "cat", "blue", "medium")]
    assert failed(wish, Scene((CAT, *blue))) == set()
    assert failed(wish, Scene((CAT, blue[0], replace(CAT, x=102)))) == {"count"}


def test_held_out_relations_are_stated_only_when_asked_for(known):
    rng = np.random.default_rng(3)
    stated: dict[bool | None, list[bool]] = {False: [], True: [], None: []}
    for _ in range(1500):
        scene = sample_scene(rng, known, groups=2)
        for held_out, found in stated.items():
            wish = choose_wish(scene, rng, held_out=held_out)
            if wish.relation is not None:
                found.append(relation_is_held_out(wish.groups[0].noun, wish.relation, wish.groups[1].noun))
    assert len(stated[False]) > 100
    assert not any(stated[False])
    assert len(stated[True]) > 10
    assert all(stated[True])
    assert 0 < np.mean(stated[None]) < 0.3


def test_a_wish_survives_json(scenes):
    rng = np.random.default_rng(4)
    for scene in scenes[:50]:
        wish = choose_wish(scene, rng)
        assert Wish.from_dict(json.loads(json.dumps(wish.as_dict()))) == wish


def test_the_grid_is_silent_near_its_lines_and_else_right(scenes):
    for thing in [thing for scene in scenes for thing in scene.things]:
        spot = grid_spot(thing)
        near = any(abs(value - line) < 4 for value in (thing.x, thing.y) for line in (128 / 3, 256 / 3))
        assert (spot is None) == near
        assert spot is None or spot_holds(thing, spot), (thing, spot)


def test_spots_can_be_left_out():
    assert [group.spot for group in without_spots(WISH).groups] == [None, None]
    assert without_spots(WISH).relation == WISH.relation
