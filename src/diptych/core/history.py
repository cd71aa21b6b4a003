"""Edits and branches: what was done to a picture, as a log of actions that is never rewritten.

A branch is a list of actions and a position in it. Its state is what the actions up to the position come
to; undo moves the position back, redo forward, and a new action replaces those that were undone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from diptych.core.errors import Bilingual, HistoryError, shorten
from diptych.core.operation import AnyOperation
from diptych.core.target import Value

MAIN = "main"


def _is_empty(value: object) -> bool:
    """A field that came later is left out of JSON where it is empty, so that older records keep their digests."""
    return value == ""


class Edit(Value):
    """One step with all that its rendering depends on.

    instruction   the words that it came from, or ""
    pick          1-based choice where several regions match; all_matches takes every one
    mask          file name of the user's own mask, which stands for whatever region the step would have looked for; the
                  file's `mask_sha256` says that it is still the same
    enabled       False after it was undone on its own (`undo_step`)
    planner       who made the step of the words ("grammar", "llm qwen3"); "" where it was given
    """

    step: AnyOperation
    instruction: str = ""
    seed: int = 0
    pick: int | None = None
    all_matches: bool = False
    mask: str | None = None
    mask_sha256: str | None = None
    enabled: bool = True
    planner: Annotated[str, Field(exclude_if=_is_empty)] = ""


class Applied(Value):
    """One plan was applied: its steps, in order."""

    kind: Literal["apply"] = "apply"
    edits: tuple[Edit, ...] = Field(min_length=1)


class Toggled(Value):
    """One step, counted from 1 over the whole branch, was undone or redone on its own."""

    kind: Literal["undo_step", "redo_step"]
    step: int


class Revised(Value):
    """Steps, counted from 1 over the whole branch, were given other edits: stronger, on another thing, or undone
    together."""

    kind: Literal["revise"] = "revise"
    steps: tuple[int, ...] = Field(min_length=1)
    edits: tuple[Edit, ...]

    @model_validator(mode="after")
    def _one_for_each(self) -> Revised:
        if len(self.edits) != len(self.steps) or len(set(self.steps)) != len(self.steps):
            raise ValueError(f"{len(self.edits)} edits for steps {self.steps}")
        return self


Action = Annotated[Applied | Toggled | Revised, Field(discriminator="kind")]


class Branch(Value):
    """A named line of actions; those from `position` on were undone and can be redone."""

    name: str = Field(default=MAIN, min_length=1, max_length=200)
    actions: tuple[Action, ...] = ()
    position: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> Branch:
        if self.position > len(self.actions):
            raise ValueError(f"position {self.position} lies behind the {len(self.actions)} actions")
        steps = 0
        for action in self.actions:
            if isinstance(action, Applied):
                steps += len(action.edits)
            else:
                named = (action.step,) if isinstance(action, Toggled) else action.steps
                if not all(1 <= step <= steps for step in named):
                    raise ValueError(f"{action.kind} {', '.join(map(str, named))} of {steps} steps")
        return self

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every step up to the position, undone ones with `enabled` False; numbered from 1 in this order."""
        state: list[Edit] = []
        for action in self.actions[: self.position]:
            if isinstance(action, Applied):
                state += action.edits
            elif isinstance(action, Revised):
                for step, edit in zip(action.steps, action.edits, strict=True):
                    state[step - 1] = edit
            else:
                changed = {"enabled": action.kind == "redo_step"}
                state[action.step - 1] = state[action.step - 1].model_copy(update=changed)
        return tuple(state)

    @property
    def undone(self) -> tuple[Action, ...]:
        """What `redo` would bring back, next first."""
        return self.actions[self.position :]

    def then(self, action: Action) -> Branch:
        """With one more action; what had been undone can't be redone any more."""
        actions = (*self.actions[: self.position], action)
        return self.model_copy(update={"actions": actions, "position": len(actions)})

    def undo(self) -> Branch:
        if self.position == 0:
            raise HistoryError(
                Bilingual("There is nothing to undo.", "没有可以撤销的操作。"),
                Bilingual("Apply an instruction first.", "请先执行一条指令。"),
            )
        return self.model_copy(update={"position": self.position - 1})

    def redo(self) -> Branch:
        if self.position == len(self.actions):
            raise HistoryError(
                Bilingual("There is nothing to redo.", "没有可以重做的操作。"),
                Bilingual("Redo takes back an undo; undo something first.", "重做用于恢复撤销；请先撤销。"),
            )
        return self.model_copy(update={"position": self.position + 1})

    def toggle(self, step: int, *, enabled: bool) -> Branch:
        """Switch step `step` (1-based) off or on. Raises HistoryError when there is none, or it is so already."""
        edits = self.edits
        if not 1 <= step <= len(edits):
            raise HistoryError(
                Bilingual(
                    f"There is no step {step}; the history has {len(edits)}.",
                    f"没有第 {step} 步；历史共 {len(edits)} 步。",
                ),
                Bilingual("`diptych history` lists the steps.", "用 `diptych history` 查看各步。"),
            )
        if edits[step - 1].enabled == enabled:
            said = edits[step - 1].step.op
            raise HistoryError(
                Bilingual(
                    f"Step {step} ({said}) is {'in effect' if enabled else 'undone'} already.",
                    f"第 {step} 步（{said}）{'已经生效' if enabled else '已经撤销'}。",
                ),
                Bilingual("`diptych history` lists the steps.", "用 `diptych history` 查看各步。"),
            )
        return self.then(Toggled(kind="redo_step" if enabled else "undo_step", step=step))


def find_branch(branches: tuple[Branch, ...], name: str) -> Branch:
    """Raises HistoryError that lists those there are."""
    for branch in branches:
        if branch.name == name:
            return branch
    known = ", ".join(branch.name for branch in branches)
    raise HistoryError(
        Bilingual(f"There is no branch '{shorten(name)}'.", f"没有名为“{shorten(name)}”的分支。"),
        Bilingual(f"There are: {known}", f"现有分支：{known}"),
    )
