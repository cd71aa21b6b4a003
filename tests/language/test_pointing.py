"""Words that point: order from a side, several at once, relative clauses; the same target in both languages."""

from __future__ import annotations

import pytest

from diptych.core.target import Target
from diptych.language.compiler import compile_instruction


def target_of(instruction: str) -> Target:
    (step,) = compile_instruction(instruction).steps
    target = getattr(step, "target", None)
    assert isinstance(target, Target)
    return target


@pytest.mark.parametrize(
    ("english", "chinese", "ordinal"),
    [
        ("blur the second cat from the left", "把从左数第二只猫模糊", 2),
        ("blur the second cat from the left", "把左边第二只猫模糊", 2),
        ("blur the first balloon from the right", "把从右数第一个气球模糊", -1),
        ("blur the third pair of scissors from the left", "把左边第三把剪刀模糊", 3),
        ("blur the second chair from the right", "把右边第二把椅子模糊", -2),
    ],
)
def test_an_order_from_a_side_is_an_ordinal_and_no_place(english: str, chinese: str, ordinal: int) -> None:
    assert target_of(english) == target_of(chinese)
    assert target_of(english).ordinal == ordinal
    assert target_of(english).place is None


def test_those_are_all_of_them_and_a_bare_noun_leaves_it_open() -> None:
    assert target_of("blur those cats") == target_of("把那些猫模糊")
    assert target_of("blur those cats").quantifier == "all"
    assert target_of("blur the cats") == target_of("把猫模糊")
    assert target_of("blur the cats").quantifier is None


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("blur the cat that is under the tree", "把树下面的猫模糊"),
        ("blur the car which is to the left of the house", "把房子左边的汽车模糊"),
    ],
)
def test_a_relative_clause_of_place_is_a_relation(english: str, chinese: str) -> None:
    assert target_of(english) == target_of(chinese)
    assert target_of(english).relation is not None


@pytest.mark.parametrize("words", ["把第一颗草莓模糊", "把这串葡萄模糊", "把那顶帽子模糊"])
def test_measure_words_are_no_part_of_the_thing(words: str) -> None:
    assert target_of(words).noun in {"strawberry", "grape", "hat"}
    assert not target_of(words).attributes
