"""Document: undo, redo, single steps, branches; every state is rendered from the source."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from skimage import data

from diptych.core.document import Document
from diptych.core.errors import HistoryError, InvalidPlan, NotVerified
from diptych.core.history import Applied, Branch, Edit, Toggled
from diptych.core.operation import Brightness, Crop, Flip, Grain, Invert
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from plain_renderer import Rendered, render

SOURCE = Picture.from_bytes(Picture.from_array(data.astronaut()[:48, :64]).encode("png"), "astronaut.png")
STEPS = st.sampled_from([Invert(), Flip(), Crop(), Grain(), Brightness(amount=0.2), Brightness(amount=-0.5)])


def started() -> Document:
    return (
        Document(SOURCE)
        .apply(Plan(steps=(Invert(), Brightness(amount=0.2))), instruction="invert, brighter")
        .apply(Plan(steps=(Flip(),)), instruction="翻转")
    )


def pixels(document: Document) -> np.ndarray:
    return document.render(render).picture.pixels


def told(error: pytest.ExceptionInfo[HistoryError], english: str, chinese: str) -> None:
    assert english in error.value.say("en")
    assert chinese in error.value.say("zh")
    assert error.value.exit_code == 11


def test_apply_appends_and_leaves_the_old_document_alone() -> None:
    empty = Document(SOURCE)
    document = empty.apply(Plan(steps=(Invert(),)), instruction="invert it", seed=7, pick=2, all_matches=True)
    assert empty.edits == ()
    assert document.edits == (
        Edit(step=Invert(), instruction="invert it", seed=7, pick=2, all_matches=True, enabled=True),
    )
    assert document.plan == Plan(steps=(Invert(),))
    assert np.array_equal(pixels(document), 255 - SOURCE.pixels)
    assert np.array_equal(pixels(empty), SOURCE.pixels)


def test_an_empty_plan_is_refused() -> None:
    with pytest.raises(InvalidPlan, match="no steps"):
        Document(SOURCE).apply(Plan())


def test_instructions_are_told_once_and_survive_surrogates() -> None:
    assert started().instructions == ("invert, brighter", "翻转")
    assert Document(SOURCE).apply(Plan(steps=(Invert(),)), instruction="a\udc80b").instructions == ("a?b",)


def test_undo_takes_back_a_whole_instruction_and_redo_gives_it_back() -> None:
    document = started()
    once = document.undo()
    assert once.instructions == ("invert, brighter",)
    assert once.redo().plan == document.plan
    assert once.undo().plan == Plan()
    assert np.array_equal(pixels(once.undo()), SOURCE.pixels)


def test_after_a_new_instruction_nothing_can_be_redone() -> None:
    document = started().undo().apply(Plan(steps=(Crop(),)))
    assert [edit.step.op for edit in document.edits] == ["invert", "brightness", "crop"]
    with pytest.raises(HistoryError):
        document.redo()


def test_undo_step_renders_without_it_and_can_itself_be_undone() -> None:
    document = started()
    without = document.undo_step(1)
    assert without.plan == Plan(steps=(Brightness(amount=0.2), Flip()))
    assert [edit.enabled for edit in without.edits] == [False, True, True]
    assert np.array_equal(pixels(without), np.clip(SOURCE.pixels.astype(int) + 20, 0, 255)[:, ::-1])
    assert without.undo().plan == document.plan
    assert without.redo_step(1).plan == document.plan
    assert without.undo_step(3).plan == Plan(steps=(Brightness(amount=0.2),))


def test_what_can_not_be_undone_says_so() -> None:
    with pytest.raises(HistoryError) as error:
        Document(SOURCE).undo()
    told(error, "nothing to undo", "没有可以撤销")
    with pytest.raises(HistoryError) as error:
        started().redo()
    told(error, "nothing to redo", "没有可以重做")
    for step in (0, 9, -1):
        with pytest.raises(HistoryError) as error:
            started().undo_step(step)
        told(error, f"There is no step {step}; the history has 3", f"没有第 {step} 步；历史共 3 步")
    with pytest.raises(HistoryError) as error:
        started().undo_step(2).undo_step(2)
    told(error, "Step 2 (brightness) is undone already", "第 2 步（brightness）已经撤销")
    with pytest.raises(HistoryError) as error:
        started().redo_step(2)
    told(error, "Step 2 (brightness) is in effect already", "第 2 步（brightness）已经生效")


def test_branches_go_their_own_ways() -> None:
    document = started().branch("对比").apply(Plan(steps=(Crop(),)))
    assert document.branches == ("main", "对比")
    assert len(document.edits) == 4
    back = document.switch("main")
    assert len(back.edits) == 3
    assert np.array_equal(pixels(back), pixels(started()))
    assert len(back.switch("对比").edits) == 4
    assert len(document.undo().undo().edits) == 2  # the copy brings its past along
    with pytest.raises(HistoryError) as error:
        document.switch("other")
    told(error, "no branch 'other'. There are: main, 对比", "现有分支：main, 对比")
    for name in ("main", "", "x" * 201):
        with pytest.raises(HistoryError):
            document.branch(name)


def test_rendering_the_same_state_again_is_free() -> None:
    calls = []

    def counted(picture: Picture, edits: tuple[Edit, ...]) -> Rendered:
        calls.append(edits)
        return render(picture, edits)

    document = started()
    first = document.render(counted)
    assert document.render(counted) is first
    assert document.undo_step(1).redo_step(1).render(counted) is first
    assert len(calls) == 1
    document.undo().render(counted)
    assert len(calls) == 2
    assert document.replay(counted) is not first
    assert len(calls) == 3
    for _ in range(6):
        document = document.apply(Plan(steps=(Flip(),)))
        document.render(counted)
    started_again = document.undo().undo().undo().undo().undo().undo()
    started_again.render(counted)
    assert len(calls) == 10  # the first was dropped: memory is bounded


@given(st.lists(STEPS, min_size=1, max_size=6), st.data())
@settings(max_examples=40, deadline=None)
def test_undoing_step_k_is_replaying_without_k(steps: list, choice: st.DataObject) -> None:
    k = choice.draw(st.integers(1, len(steps)))
    document = Document(SOURCE).apply(Plan(steps=tuple(steps)), seed=5).undo_step(k)
    rest = tuple(step for number, step in enumerate(steps, 1) if number != k)
    without = Document(SOURCE).apply(Plan(steps=rest), seed=5) if rest else Document(SOURCE)
    assert document.plan == without.plan
    assert np.array_equal(pixels(document), pixels(without))


class HistoryMachine(RuleBasedStateMachine):
    """Random actions against the plainest model: a stack of lists of (step, enabled)."""

    def __init__(self) -> None:
        super().__init__()
        self.document = Document(SOURCE)
        self.states: list[list[tuple[object, bool]]] = [[]]
        self.at = 0

    def _push(self, state: list[tuple[object, bool]]) -> None:
        self.states = [*self.states[: self.at + 1], state]
        self.at += 1

    @rule(steps=st.lists(STEPS, min_size=1, max_size=3))
    def apply(self, steps: list) -> None:
        self.document = self.document.apply(Plan(steps=tuple(steps)))
        self._push(self.states[self.at] + [(step, True) for step in steps])

    @rule()
    def undo(self) -> None:
        if self.at == 0:
            with pytest.raises(HistoryError):
                self.document.undo()
        else:
            self.document, self.at = self.document.undo(), self.at - 1

    @rule()
    def redo(self) -> None:
        if self.at == len(self.states) - 1:
            with pytest.raises(HistoryError):
                self.document.redo()
        else:
            self.document, self.at = self.document.redo(), self.at + 1

    @precondition(lambda self: self.states[self.at])
    @rule(choice=st.data())
    def toggle(self, choice: st.DataObject) -> None:
        state = list(self.states[self.at])
        k = choice.draw(st.integers(1, len(state)))
        step, enabled = state[k - 1]
        self.document = self.document.undo_step(k) if enabled else self.document.redo_step(k)
        state[k - 1] = (step, not enabled)
        self._push(state)

    @invariant()
    def same(self) -> None:
        assert [(edit.step, edit.enabled) for edit in self.document.edits] == self.states[self.at]


HistoryMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestHistoryMachine = HistoryMachine.TestCase


def test_a_document_comes_back_from_its_record() -> None:
    document = started().undo_step(2).branch("b").apply(Plan(steps=(Crop(),)), seed=3).undo()
    record = document.to_record(document.render(render))
    again = Document.from_record(record, SOURCE)
    assert (again.history, again.current, again.edits) == (document.history, "b", document.edits)
    assert again.redo().plan.steps[-1] == Crop()
    assert np.array_equal(pixels(again), pixels(document))


def test_another_source_is_refused() -> None:
    record = started().to_record(started().render(render))
    other = Picture.from_bytes(SOURCE.encode("bmp"), "other.bmp")
    with pytest.raises(NotVerified) as error:
        Document.from_record(record, other)
    said = error.value.say("en")
    assert "'other.bmp'" in said
    assert "'astronaut.png', 64 × 48" in said
    assert "不是记录中的原图" in error.value.say("zh")


def test_a_branch_that_contradicts_itself_is_refused() -> None:
    applied = Applied(edits=(Edit(step=Invert()),))
    with pytest.raises(ValueError, match="behind the 1 actions"):
        Branch(actions=(applied,), position=2)
    with pytest.raises(ValueError, match="undo_step 2 of 1 steps"):
        Branch(actions=(applied, Toggled(kind="undo_step", step=2)), position=1)


def test_what_redo_would_bring_back() -> None:
    document = Document(SOURCE).apply(Plan(steps=(Invert(),))).apply(Plan(steps=(Flip(), Crop())))
    (branch,) = document.history
    assert branch.undone == ()
    (branch,) = document.undo().undo().history
    assert [[edit.step.op for edit in action.edits] for action in branch.undone] == [["invert"], ["flip", "crop"]]


def test_it_prints_its_history() -> None:
    document = Document(SOURCE).apply(Plan(steps=(Invert(), Flip())), instruction="turn <it>").undo_step(2)
    assert str(document).splitlines() == ["“turn <it>”", "    1. invert", "  - 2. flip"]
    assert repr(document) == "Document(Picture(64×48 RGB, 'PNG', 'astronaut.png'), 2 steps, branch 'main')"
    assert "“turn &lt;it&gt;”" in document._repr_html_()
    assert str(Document(SOURCE)) == "no edits"
