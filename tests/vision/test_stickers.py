"""The things of sticker scenes as regions: which of them words mean, refusals, outlines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diptych import Studio
from diptych.core.errors import AmbiguousTarget, TargetNotFound, Unsupported
from diptych.core.picture import Picture
from diptych.core.target import Relation, Target
from diptych.evaluation import seeing
from diptych.operations.change import Context
from diptych.operations.grounding import ground
from diptych.vision.grounder import EmbeddedGrounder
from diptych.vision.stickers import silhouette, sticker_regions, things_meant
from diptych.world.referring import KINDS, refer
from diptych.world.render import render, thing_mask
from diptych.world.scene import Background, Scene, Thing, sample_scene
from diptych.world.sprites import find_font
from diptych.world.vocabulary import core_nouns

try:
    FONT = find_font(None)
except Unsupported:
    pytest.skip("the emoji font is not installed", allow_module_level=True)

ZOO = Scene(
    (
        Thing(28, 36, "cat", "red", "small"),
        Thing(76, 36, "cat", "blue", "medium"),
        Thing(92, 92, "cat", "red", "big"),
        Thing(36, 92, "tree", None, "medium"),
    ),
    Background("meadow", "day", "clear"),
)


def meant(target: Target, scene: Scene = ZOO) -> list[Thing]:
    found = things_meant(scene, target)
    assert found is not None
    return [thing for thing, _ in found]


def test_a_noun_a_colour_a_size_and_a_place_choose() -> None:
    assert len(meant(Target(noun="cat"))) == 3
    assert meant(Target(noun="cat", color="#0000ff")) == [thing for thing in ZOO.things if thing.color == "blue"]
    assert {thing.size for thing in meant(Target(noun="cat", attributes=("small",)))} == {"small"}
    assert [thing.x for thing in meant(Target(noun="cat", place="bottom right"))] == [92]
    assert meant(Target(noun="dog")) == []


def test_the_big_one_is_the_bigger_of_those_there() -> None:
    scene = Scene((Thing(28, 36, "cat", None, "small"), Thing(92, 36, "cat", None, "medium")))
    assert [thing.size for thing in meant(Target(noun="cat", attributes=("big",)), scene)] == ["medium"]


def test_relations_are_those_of_where_things_stand() -> None:
    tree = Target(noun="tree")
    above = meant(Target(noun="cat", relation=Relation(kind="above", anchor=tree)))
    assert {(thing.x, thing.y) for thing in above} == {(28, 36), (76, 36)}
    assert [thing.x for thing in meant(Target(noun="cat", relation=Relation(kind="right of", anchor=tree)))] == [92]
    assert meant(Target(noun="cat", relation=Relation(kind="left of", anchor=Target(noun="dog")))) == []


def test_what_is_no_thing_is_left_to_other_finders() -> None:
    for target in (
        Target(place="left half"),
        Target(noun="sky"),
        Target(noun="text", text="SALE"),
        Target(color="#ff0000"),
    ):
        assert things_meant(ZOO, target) is None


@pytest.fixture(scope="module")
def context() -> Context:
    return Studio().engines.context


def test_two_alike_are_ambiguous_with_both_candidates(context: Context) -> None:
    picture = Picture(render(ZOO, FONT))
    with pytest.raises(AmbiguousTarget) as caught:
        ground(picture, Target(noun="cat", color="#ff0000"), context)
    assert [region.label for region in caught.value.candidates] == ["small red cat", "big red cat"]


def test_what_is_not_there_is_said_to_be_so(context: Context) -> None:
    with pytest.raises(TargetNotFound, match="elephant"):
        ground(Picture(render(ZOO, FONT)), Target(noun="elephant"), context)


def test_without_a_scene_reader_a_sticker_scene_is_a_picture_like_any_other() -> None:
    picture = Picture(render(ZOO, FONT))
    assert all("red" not in region.label for region in EmbeddedGrounder().find(picture, Target(noun="cat")))


def test_outlines_follow_the_things() -> None:
    rng = np.random.default_rng(3)
    overlaps = []
    for _ in range(12):
        scene = sample_scene(rng, core_nouns())
        picture = render(scene, FONT)
        for thing in scene.things:
            mask, truth = silhouette(picture, thing) > 0.5, thing_mask(thing, FONT) > 0.5
            overlaps.append((mask & truth).sum() / (mask | truth).sum())
    assert np.mean(overlaps) > 0.75
    assert np.mean(np.array(overlaps) > 0.5) > 0.9


def test_regions_say_where_they_lie() -> None:
    picture = Picture(render(ZOO, FONT))
    (region,) = sticker_regions(ZOO, picture, Target(noun="tree")) or []
    x0, y0, x1, y1 = region.box
    assert x0 < 36 < x1
    assert y0 < 92 < y1
    assert region.label == "tree"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_words_to_regions_end_to_end(language: str, kind: str, context: Context) -> None:
    """Ten expressions of each kind: words, grammar, reader, grounder; at least nine right."""
    rng = np.random.default_rng([8, KINDS.index(kind)])
    items = []
    while len(items) < 10:
        scene = sample_scene(rng, core_nouns())
        reference = refer(scene, language, rng, kind)
        if reference is not None:
            items.append(seeing.Pointed(scene, reference, language))
    studio = Studio()
    order = {"en": "blur {}", "zh": "把{}模糊"}[language]

    def find(picture: Picture, words: str, said: str) -> np.ndarray:
        (step,) = studio.plan(order.format(words)).steps
        return np.asarray(ground(picture, step.target, context)[0].mask > 0.5)

    found = seeing.grounding(find, items, Path(FONT))
    assert found[language]["right"] >= 0.9, found["missed"]
