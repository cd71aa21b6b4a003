"""EmbeddedGrounder: every kind of target, and what it must not offer."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Relation, Target
from diptych.vision import grounder
from diptych.vision.grounder import FINDERS, FLOOR, EmbeddedGrounder, nouns
from diptych.vision.landscape import MODELS
from diptych.vision.lettering import LAID_OVER, PATTERNS
from diptych.vision.places import centroid
from diptych.vision.relations import related

GROUNDER = EmbeddedGrounder()


@pytest.fixture(scope="module")
def shapes() -> Picture:
    """On dark green: a large red disc on the left, a small red disc and a blue square on the right."""
    pixels = np.full((300, 400, 3), (40, 70, 45), np.uint8)
    rows, columns = np.mgrid[0:300, 0:400]
    pixels[(columns - 100) ** 2 + (rows - 150) ** 2 < 60**2] = (210, 30, 30)
    pixels[(columns - 300) ** 2 + (rows - 90) ** 2 < 25**2] = (210, 30, 30)
    pixels[180:240, 270:330] = (40, 70, 220)
    return Picture(pixels)


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    return Picture(np.ascontiguousarray(data.astronaut()[::2, ::2]))


def test_a_place_alone_is_that_place(shapes: Picture) -> None:
    (region,) = GROUNDER.find(shapes, Target(place="left half"))
    assert region.box == (0, 0, 200, 300)
    assert region.score == 1.0
    (corner,) = GROUNDER.find(shapes, Target(noun="corner", place="top right"))
    assert corner.box == (267, 0, 400, 100)
    (margins,) = GROUNDER.find(shapes, Target(noun="margin"))
    assert margins.mask[150, 200] == 0
    assert margins.mask[150, 0] == 1


def test_the_red_part_is_all_of_it_and_the_red_thing_is_one(shapes: Picture) -> None:
    (together,) = GROUNDER.find(shapes, Target(noun="area", color="#ff0000"))
    assert together.mask[150, 100] == together.mask[90, 300] == 1
    assert together.mask[210, 300] == 0
    balloons = GROUNDER.find(shapes, Target(noun="lantern", color="#ff0000"))
    assert [one.mask[150, 100] > 0 for one in balloons] == [True, False]
    assert balloons[0].score > balloons[1].score
    assert "taken for the lantern" in balloons[0].label
    assert balloons[0].score < together.score


def test_a_place_picks_among_things_of_a_colour(shapes: Picture) -> None:
    (right,) = GROUNDER.find(shapes, Target(noun="lantern", color="#ff0000", place="right"))
    assert centroid(right)[0] == pytest.approx(0.75, abs=0.02)
    assert GROUNDER.find(shapes, Target(noun="area", color="#0000ff", place="top left")) == []


def test_size_words_rank(shapes: Picture) -> None:
    small = GROUNDER.find(shapes, Target(noun="lantern", color="#ff0000", attributes=("small",)))[0]
    assert centroid(small)[0] > 0.5


def test_relations_constrain(shapes: Picture) -> None:
    blue = Target(noun="area", color="#0000ff")
    left = Target(noun="lantern", color="#ff0000", relation=Relation(kind="left of", anchor=blue))
    above = Target(noun="lantern", color="#ff0000", relation=Relation(kind="near", anchor=blue))
    assert all(centroid(region)[0] < 0.76 for region in GROUNDER.find(shapes, left))
    (near,) = GROUNDER.find(shapes, above)
    assert centroid(near)[0] > 0.5


def test_every_relation_on_boxes() -> None:
    def box(x: int, y: int) -> Region:
        return Region.from_box((x, y, x + 10, y + 10), 100, 100)

    west, east, middle = box(10, 45), box(80, 45), box(45, 45)
    everything = Region.whole(100, 100)
    assert related([west, east], "left of", [middle]) == [west]
    assert related([west, east], "right of", [middle]) == [east]
    assert related([box(45, 5), box(45, 80)], "above", [middle])[0].box[1] == 5
    assert related([box(45, 5), box(45, 80)], "below", [middle])[0].box[1] == 80
    assert related([west, box(58, 45)], "beside", [middle])[0].box[0] == 58
    assert related([west], "on", [middle]) == []
    assert related([west], "on", [everything]) == [west]
    assert related([west], "behind", [middle]) == [west]
    (rest,) = related([everything], "except", [middle])
    assert rest.area == pytest.approx(0.99)


def test_background_is_what_the_subject_is_not(astronaut: Picture) -> None:
    (subject,) = GROUNDER.find(astronaut, Target(noun="subject"))
    (background,) = GROUNDER.find(astronaut, Target(noun="background"))
    np.testing.assert_allclose(subject.mask + background.mask, 1.0, atol=1e-6)
    assert GROUNDER.find(astronaut, Target(place="background"))[0].label == "background"


def test_a_person_is_the_subject_with_skin_and_says_so(astronaut: Picture, shapes: Picture) -> None:
    woman = GROUNDER.find(astronaut, Target(noun="woman"))[0]
    assert "taken for the woman" in woman.label
    (subject,) = GROUNDER.find(astronaut, Target(noun="subject"))
    assert woman.score <= subject.score
    assert GROUNDER.find(shapes, Target(noun="object", quantifier="all"))
    assert GROUNDER.find(shapes, Target(noun="woman")) == []  # where nobody is, nothing is taken for somebody


def test_a_person_is_not_taken_for_an_animal_and_counts_once(astronaut: Picture) -> None:
    for noun in ("dog", "car"):
        assert GROUNDER.find(astronaut, Target(noun=noun)) == []
        assert GROUNDER.find(astronaut, Target(noun=noun, color="#ffa500")) == []
    assert len(GROUNDER.find(astronaut, Target(noun="person", quantifier="all"))) == 1


def test_what_stands_out_alone_is_taken_for_the_thing_and_rivals_are_not(shapes: Picture) -> None:
    cat = Picture(np.ascontiguousarray(data.chelsea()))
    (found,) = GROUNDER.find(cat, Target(noun="cat"))
    assert found.label == "main subject, taken for the cat"
    assert GROUNDER.find(shapes, Target(noun="ball")) == []
    assert len(GROUNDER.find(shapes, Target(noun="ball", quantifier="all"))) == 3
    assert centroid(GROUNDER.find(shapes, Target(noun="ball", place="left"))[0])[0] < 0.5


def test_nothing_with_fur_is_vivid_in_colour() -> None:
    coffee = Picture(np.ascontiguousarray(data.coffee()))
    assert GROUNDER.find(coffee, Target(noun="dog")) == []
    assert len(GROUNDER.find(coffee, Target(noun="cup"))) == 1


def test_the_wall_behind_a_portrait_is_no_sky(astronaut: Picture) -> None:
    assert GROUNDER.find(astronaut, Target(noun="sky")) == []


def test_a_surface_is_named_by_all_of_it(astronaut: Picture) -> None:
    (orange,) = GROUNDER.find(astronaut, Target(noun="area", color="#ffa500"))
    suit = np.s_[160:225, 40:80]  # the sleeve, folds included
    assert orange.mask[suit].mean() > 0.8
    (named,) = GROUNDER.find(astronaut, Target(noun="suit", color="#ffa500"))
    assert named.mask[suit].mean() > 0.8
    assert named.mask[100:, 125:].sum() > 0.8 * orange.mask[100:, 125:].sum() > 300  # beyond the zip
    (red,) = GROUNDER.find(astronaut, Target(noun="area", color="#ff0000"))
    assert red.mask[suit].mean() < 0.15


def test_what_it_cannot_know_it_does_not_offer(astronaut: Picture, shapes: Picture) -> None:
    assert GROUNDER.find(shapes, Target(noun="zeppelin")) == []
    assert GROUNDER.find(shapes, Target()) == []
    assert GROUNDER.find(shapes, Target(noun="face")) == []
    assert GROUNDER.find(shapes, Target(noun="snow")) == []
    assert GROUNDER.find(astronaut, Target(noun="man", place="background")) == []
    assert GROUNDER.find(Picture(np.zeros((1, 1, 3), np.uint8)), Target(noun="person")) == []


@pytest.mark.parametrize("noun", ["subject", "sky", "ground", "tree", "shadow", "highlight", "skin", "face", "dog"])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (7, 5)])
def test_tiny_pictures_raise_nothing(noun: str, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    picture = Picture(rng.integers(0, 256, (*size, 3), np.uint8))
    for region in GROUNDER.find(picture, Target(noun=noun)):
        assert region.mask.shape == size
        assert region.score >= FLOOR


def test_quoted_text_wins_over_the_noun(monkeypatch: pytest.MonkeyPatch, shapes: Picture) -> None:
    asked = []

    def lettering(picture: Picture, kind: str, quoted: str | None = None, *, said_where: bool = False) -> list[Region]:
        asked.append((kind, quoted))
        return [Region.from_box((10, 10, 60, 30), 300, 400, "SALE", 0.9), Region.from_box((10, 200, 60, 230), 300, 400)]

    monkeypatch.setattr(grounder, "lettering_regions", lettering)
    assert len(GROUNDER.find(shapes, Target(noun="word", text="SALE"))) == 2
    (everything,) = GROUNDER.find(shapes, Target(noun="text"))
    assert everything.mask[20, 20] == everything.mask[210, 20] == 1
    assert len(GROUNDER.find(shapes, Target(noun="phone number"))) == 2
    assert len(GROUNDER.find(shapes, Target(noun="text", ordinal=1))) == 2
    (top,) = GROUNDER.find(shapes, Target(noun="text", place="top"))
    assert top.box == (10, 10, 60, 30)
    assert asked[0] == ("text", "SALE")
    assert asked[2] == ("phone number", None)


def test_the_table_of_nouns_names_only_finders_that_exist() -> None:
    kinds = {"landscape": {*MODELS, "ground"}, "lettering": {*PATTERNS, *LAID_OVER, "any"}}
    for noun, (group, kind) in nouns().items():
        assert group in FINDERS, noun
        assert kind in kinds.get(group, {kind}), noun


def test_no_noun_is_listed_twice() -> None:
    from importlib.resources import files

    tomllib = pytest.importorskip("tomllib")
    table = tomllib.loads(files("diptych.vision").joinpath("nouns.toml").read_text(encoding="utf-8"))
    names = [name for kinds in table.values() for listed in kinds.values() for name in listed]
    assert sorted(names) == sorted(nouns())
