"""What is said about the change before, in both languages, and what it comes to for a document."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.core.document import Document
from diptych.core.errors import HistoryError, InvalidPlan, NotUnderstood
from diptych.core.history import Branch, Revised
from diptych.core.operation import Blur, Brightness, Crop, Grayscale, Rotate, Scale, Vignette
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.target import Target
from diptych.language.compiler import compile_instruction
from diptych.language.revising import repeated, retargeted, revised, scaled, target_said
from diptych.language.turns import Turn, turn_of

PAIRS = [
    ("a bit more", "再来一点", Turn("more", share=0.15)),
    ("a lot more, please", "再来很多", Turn("more", share=0.6)),
    ("more", "再多些", None),
    ("a little less", "少一点", Turn("less", share=0.15)),
    ("too much", "太多了", Turn("less")),
    ("undo", "撤销", Turn("undo")),
    ("undo that", "撤销刚才的修改", Turn("undo")),
    ("redo", "重做", Turn("redo")),
    ("undo everything", "全部撤销", Turn("undo_all")),
    ("back to the original", "恢复原图", Turn("undo_all")),
    ("undo the second change, keep the rest", "撤销第二次修改，其余保留", Turn("undo_step", 2)),
    ("undo step 2, keep the rest", "撤销第二步，其余保留", Turn("undo_step", 2, steps=True)),
    ("take back the last step", "撤销第-1步", None),
    ("undo the crop", "撤销裁剪", None),
    ("the other one", "另一个", Turn("other")),
    ("not that one, the other one", "不是这个，另一个", Turn("other")),
    ("same for the left cat", "左边的猫也一样", None),
    ("do the same to the dog", "对狗也这样", None),
]


@pytest.mark.parametrize(("english", "chinese", "expected"), PAIRS)
def test_turns_are_understood_in_both_languages(english: str, chinese: str, expected: Turn | None) -> None:
    for words in (english, chinese):
        turn = turn_of(words)
        if "-1" not in words:
            assert turn is not None, words
        if expected is not None:
            assert turn == expected, words


@pytest.mark.parametrize(
    "words",
    [
        *("make it brighter", "remove the second cat", "去掉第二个人", "再亮一点", "brighten the sky too", "crop it"),
        *(
            "make the other cat red",
            "blur it more",
            "add more contrast",
            "",
            "再来一个",
            "make it a bit more colourful",
        ),
    ],
)
def test_a_wish_is_no_turn(words: str) -> None:
    assert turn_of(words) is None


def test_what_turns_name_is_found_alike_in_both_languages() -> None:
    said = [turn_of(words) for words in ("same for the left cat", "左边的猫也一样", "same for the cat on the left")]
    assert {target_said(turn.words) for turn in said if turn} == {Target(noun="cat", place="left")}
    with pytest.raises(NotUnderstood):
        target_said("和")


# ---- on documents ------------------------------------------------------------------------------------------


def told(*said: str) -> Document:
    """A document to which this was said, one instruction after the other."""
    document = Document(Picture.from_array(np.zeros((8, 8, 3), np.uint8)))
    for words in said:
        document = document.apply(compile_instruction(words), instruction=words)
    return document


def after(document: Document, words: str) -> Document:
    turn = turn_of(words)
    assert turn is not None
    return revised(document, turn, words)


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("a bit more", 0.45),
        ("再来一点", 0.45),
        ("more", 0.6),
        ("a lot more", 0.9),
        ("a bit less", 0.15),
        ("少一点", 0.15),
    ],
)
def test_more_and_less_change_the_step_itself(words: str, amount: float) -> None:
    document = after(told("make it brighter"), words)
    assert document.plan == Plan(steps=(Brightness(amount=amount),))
    assert document.instructions == (f"make it brighter … {words}",)
    assert document.undo().plan == Plan(steps=(Brightness(amount=0.3),))


def test_more_is_of_all_that_was_said_last_as_far_as_it_has_a_measure() -> None:
    document = after(told("blur it", "crop it square and make it darker"), "a bit more")
    assert document.plan.steps == (Blur(), Crop(aspect=1.0), Brightness(amount=-0.45))


def test_less_never_turns_round_and_more_ends() -> None:
    document = told("make it brighter")
    for _ in range(4):
        document = after(document, "a lot less")
        (step,) = document.plan.steps
        assert isinstance(step, Brightness)
        assert step.amount is not None
        assert step.amount > 0
    with pytest.raises(HistoryError, match="as far as it goes"):
        after(after(after(told("make it brighter"), "a lot more"), "more"), "more")
    with pytest.raises(HistoryError, match="how much"):
        after(told("crop it square"), "a bit more")


def test_what_more_is_of_each_measure() -> None:
    assert scaled(Rotate(degrees=10), 0.3) == Rotate(degrees=20)
    assert scaled(Rotate(degrees=-10), 0.15) == Rotate(degrees=-15)
    assert scaled(Scale(factor=1.5), 0.3) == Scale(factor=2.25)
    assert scaled(Scale(factor=0.5), 0.3) == Scale(factor=0.25)
    assert scaled(Vignette(amount=0.4), -0.6) == Vignette(amount=0.2)
    assert scaled(Grayscale(), 0.3) is None
    assert scaled(Brightness(), 0.3) is None
    with pytest.raises(InvalidPlan):
        scaled(Scale(factor=19.0), 0.3)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("undo the second change, keep the rest", ["brightness", "grayscale"]),
        ("撤销第二次修改，其余保留", ["brightness", "grayscale"]),
        ("undo step 2, keep the rest", ["brightness", "blur", "grayscale"]),
        ("撤销第二步，其余保留", ["brightness", "blur", "grayscale"]),
        ("undo the crop", ["brightness", "blur", "grayscale"]),
        ("撤销裁剪", ["brightness", "blur", "grayscale"]),
        ("undo the last change", ["brightness", "crop", "blur"]),
        ("undo", ["brightness", "crop", "blur"]),
        ("全部撤销", []),
    ],
)
def test_undoing_by_words(words: str, left: list[str]) -> None:
    document = told("make it brighter", "crop it square and blur it", "make it black and white")
    undone = after(document, words)
    assert [step.op for step in undone.plan.steps] == left
    assert [edit.step for edit in undone.undo().effective] == [
        edit.step for edit in document.effective
    ] or words == "undo"


@pytest.mark.parametrize("words", ["undo the ninth change", "撤销第九步", "undo the sepia", "撤销水印"])
def test_what_is_not_there_cannot_be_undone(words: str) -> None:
    with pytest.raises(HistoryError, match="history") as caught:
        after(told("make it brighter"), words)
    assert "diptych history" in caught.value.remedy.zh


@pytest.mark.parametrize("words", ["a bit more", "再来一点", "undo", "全部撤销", "undo step 1"])
def test_without_a_change_there_is_nothing_to_speak_of(words: str) -> None:
    with pytest.raises(HistoryError, match="there is none") as caught:
        after(told(), words)
    assert "之前的修改" in caught.value.problem.zh


def test_the_same_for_another_thing_is_one_more_change() -> None:
    steps = told("make the dog brighter and blur it").plan.steps
    plan = repeated(steps, Target(noun="cat", place="left"), "same for the left cat")
    assert [getattr(step, "target", None) for step in plan.steps] == [Target(noun="cat", place="left")] * 2
    with pytest.raises(HistoryError):
        repeated(told("make it 800 pixels wide").plan.steps, Target(noun="cat"), "same for the cat")


def test_the_other_one_takes_its_place() -> None:
    document = told("blur it", "make the left cat brighter")
    other = retargeted(document, lambda number, edit: Target(noun="cat", ordinal=number), "the other one")
    assert other.plan.steps == (Blur(), Brightness(target=Target(noun="cat", ordinal=2), amount=0.3))
    assert other.undo().plan == document.plan
    with pytest.raises(HistoryError, match="no single thing"):
        retargeted(told("blur it"), lambda number, edit: Target(), "the other one")


def test_revisions_survive_json_and_are_checked() -> None:
    document = after(told("make it brighter"), "a bit more")
    (branch,) = document.history
    assert Branch.model_validate_json(branch.model_dump_json()) == branch
    edits = document.edits
    with pytest.raises(ValueError, match="of 1 steps"):
        Branch(actions=(*branch.actions, Revised(steps=(2,), edits=edits)), position=3)
    with pytest.raises(ValueError, match="1 edits for steps"):
        Revised(steps=(1, 2), edits=edits)
