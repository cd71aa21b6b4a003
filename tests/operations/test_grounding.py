"""Choosing among candidates: one clear best, several equals, counts, ordinals, picks, everything but."""

import numpy as np
import pytest

from diptych.core.errors import AmbiguousTarget, TargetNotFound, Unsupported
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Context
from diptych.operations.grounding import candidates, ground

PICTURE = Picture(np.zeros((100, 200, 3), np.uint8))
LEFT, MIDDLE, RIGHT = (10, 20, 40, 80), (80, 20, 110, 80), (150, 20, 180, 80)
DOG = Target(noun="dog")


class Finds:
    """A grounder that has found these boxes with these scores."""

    name = "finds"

    def __init__(self, *found):
        self.found = found

    def find(self, picture, target):
        return [Region.from_box(box, picture.height, picture.width, "dog", score) for box, score in self.found]


def box_of(target, *found, **choice):
    return ground(PICTURE, target, Context(grounder=Finds(*found), **choice))[0].box


def test_the_clear_best_is_taken():
    assert box_of(DOG, (LEFT, 0.9), (RIGHT, 0.6)) == LEFT


def test_equals_are_asked_about_with_numbers_and_boxes():
    with pytest.raises(AmbiguousTarget) as question:
        box_of(DOG, (RIGHT, 0.9), (LEFT, 0.88))
    assert [region.box for region in question.value.candidates] == [LEFT, RIGHT]
    assert f"2. dog {RIGHT}" in question.value.problem.en
    assert f"2. dog {RIGHT}" in question.value.problem.zh
    assert "--pick 2" in question.value.remedy.en
    assert "--all" in question.value.remedy.zh


def test_pick_takes_the_number_that_was_listed_and_writes_it_down():
    region, target = ground(PICTURE, DOG, Context(grounder=Finds((RIGHT, 0.9), (LEFT, 0.88)), pick=2))
    assert region.box == RIGHT
    assert target.ordinal == 2
    again, _ = ground(PICTURE, target, Context(grounder=Finds((RIGHT, 0.9), (LEFT, 0.88))))
    assert again.box == RIGHT


def test_all_takes_every_one_and_writes_it_down():
    region, target = ground(PICTURE, DOG, Context(grounder=Finds((RIGHT, 0.9), (LEFT, 0.88)), all_matches=True))
    assert region.box == (LEFT[0], 20, RIGHT[2], 80)
    assert target.quantifier == "all"


@pytest.mark.parametrize("quantifier", ["all", "each"])
def test_quantifiers_unite(quantifier):
    target = Target(noun="dog", quantifier=quantifier)
    assert box_of(target, (LEFT, 0.9), (MIDDLE, 0.5), (RIGHT, 0.89)) == (LEFT[0], 20, RIGHT[2], 80)


def test_the_text_is_all_of_it_and_a_quoted_word_is_one():
    found = ((LEFT, 0.9), (RIGHT, 0.9))
    assert box_of(Target(noun="text"), *found) == (LEFT[0], 20, RIGHT[2], 80)
    assert box_of(Target(noun="text", ordinal=2), *found) == RIGHT
    with pytest.raises(AmbiguousTarget):
        box_of(Target(noun="text", text="SALE"), *found)


@pytest.mark.parametrize(("ordinal", "box"), [(1, LEFT), (2, MIDDLE), (3, RIGHT), (-1, RIGHT), (-3, LEFT)])
def test_ordinals_count_from_the_left(ordinal, box):
    assert box_of(Target(noun="dog", ordinal=ordinal), (MIDDLE, 0.9), (RIGHT, 0.8), (LEFT, 0.7)) == box


@pytest.mark.parametrize("ordinal", [4, -4])
def test_an_ordinal_that_is_not_there_says_how_many_are(ordinal):
    with pytest.raises(TargetNotFound, match="only 2"):
        box_of(Target(noun="dog", ordinal=ordinal), (LEFT, 0.9), (RIGHT, 0.9))


def test_a_count_takes_the_best_so_many():
    found = ((LEFT, 0.9), (MIDDLE, 0.5), (RIGHT, 0.85))
    assert box_of(Target(noun="dog", count=2), *found) == (LEFT[0], 20, RIGHT[2], 80)
    region, _ = ground(PICTURE, Target(noun="dog", count=2), Context(grounder=Finds(*found)))
    assert region.mask[50, 90] == 0


def test_everything_but():
    region, _ = ground(PICTURE, Target(noun="dog", invert=True), Context(grounder=Finds((LEFT, 0.9))))
    assert region.mask[50, 20] == 0
    assert region.mask[50, 100] == 1
    assert region.label == "everything except dog"
    with pytest.raises(TargetNotFound):
        box_of(Target(noun="dog", invert=True), ((0, 0, 200, 100), 0.9))


def test_a_pick_beyond_what_was_listed_says_how_many_there_are():
    with pytest.raises(TargetNotFound, match="only 2"):
        box_of(DOG, (LEFT, 0.9), (RIGHT, 0.9), pick=3)


def test_things_one_above_the_other_are_told_apart():
    assert box_of(Target(noun="dog", ordinal=2), ((10, 50, 40, 90), 0.9), ((10, 5, 40, 45), 0.9)) == (10, 50, 40, 90)


def test_nothing_found_quotes_the_target():
    with pytest.raises(TargetNotFound, match="red dog at the left") as error:
        box_of(Target(noun="dog", attributes=("red",), place="left"))
    assert "red dog" in error.value.problem.zh


def test_what_was_found_twice_is_one_thing_and_what_is_far_below_is_none():
    found = Finds((LEFT, 0.9), ((11, 20, 41, 80), 0.88), (RIGHT, 0.3), ((0, 0, 0, 0), 0.9))
    assert [region.box for region in candidates(PICTURE, DOG, Context(grounder=found))] == [LEFT]


def test_without_a_grounder_nothing_can_be_found():
    with pytest.raises(Unsupported, match="dog"):
        ground(PICTURE, DOG, Context())
