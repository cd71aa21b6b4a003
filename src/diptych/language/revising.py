"""What a turn comes to for a document: steps made stronger or weaker, undone, put on another thing, or repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

from pydantic import ValidationError

from diptych.core.document import Document
from diptych.core.errors import Bilingual, DiptychError, HistoryError, InvalidPlan, NotUnderstood, shorten
from diptych.core.history import Edit
from diptych.core.operation import AnyOperation, Length, Operation
from diptych.core.plan import Plan
from diptych.core.target import Target
from diptych.language.compiler import compile_instruction
from diptych.language.numbers import USUAL_SHARE
from diptych.language.tokens import tokenize
from diptych.language.turns import Turn

SIGNED, UNSIGNED = ("amount",), ("strength", "opacity")
PROPORTIONAL = ("degrees", "stops")
POWERS = ("factor", "gamma")
LENGTHS = ("radius", "distance")
"""Fields that say how much, by how more of them is reckoned: added to, multiplied, raised to a power."""
LEAST = 1e-3
"""What lies nearer is as far as it goes."""


def needs_history(said: str) -> HistoryError:
    """For words about a change, where there was none."""
    return HistoryError(
        Bilingual(
            f"“{shorten(said)}” speaks of a change before, and there is none.",
            f"“{shorten(said)}”说的是之前的修改，但还没有做过修改。",
        ),
        Bilingual(
            "Say what to change first, or give a file that Diptych has edited, with its source beside it.",
            "请先说要改什么，或给出 Diptych 编辑过的文件，并把原图放在旁边。",
        ),
    )


def revised(document: Document, turn: Turn, said: str) -> Document:
    """The document after a turn that needs no finding: undo, redo, more, less. Raises HistoryError."""
    if turn.kind == "redo":
        return document.redo()
    if not document.effective:
        raise needs_history(said)
    if turn.kind == "undo":
        return document.undo()
    if turn.kind in ("more", "less"):
        return _scaled(document, turn, said)
    return _without(document, _named_steps(document, turn, said))


def last_said(document: Document) -> list[tuple[int, Edit]]:
    """The steps in effect that came of the last words, with their numbers."""
    group: list[tuple[int, Edit]] = []
    for number, edit in reversed(list(enumerate(document.edits, 1))):
        if not edit.enabled:
            continue
        if group and edit.instruction != group[-1][1].instruction:
            break
        group.append((number, edit))
    return group[::-1]


# ---- undoing -----------------------------------------------------------------------------------------------


def _without(document: Document, steps: Sequence[int]) -> Document:
    off = {step: document.edits[step - 1].model_copy(update={"enabled": False}) for step in steps}
    return document.undo_step(steps[0]) if len(steps) == 1 else document.revise(off)


def _named_steps(document: Document, turn: Turn, said: str) -> list[int]:
    """The steps that are to be undone. Raises HistoryError."""
    enabled = [number for number, edit in enumerate(document.edits, 1) if edit.enabled]
    if turn.kind == "undo_all":
        return enabled
    if turn.kind == "undo_named":
        return _called(document, turn.words, said)
    number = turn.number or 1
    groups = [[step] for step in range(1, len(document.edits) + 1)] if turn.steps else _changes(document)
    at = number - 1 if number > 0 else len(groups) + number
    if not 0 <= at < len(groups):
        kind = Bilingual("steps", "步") if turn.steps else Bilingual("changes", "次修改")
        raise HistoryError(
            Bilingual(
                f"There is no number {number}: the history has {len(groups)} {kind.en}.",
                f"没有第 {number} {kind.zh[-2:]}：历史共 {len(groups)} {kind.zh}。",
            ),
            Bilingual("`diptych history` lists them.", "用 `diptych history` 查看。"),
        )
    wanted = [step for step in groups[at] if step in enabled]
    if not wanted:
        document.undo_step(groups[at][0])  # raises what says that it is undone already
    return wanted


def _changes(document: Document) -> list[list[int]]:
    """The numbers of the steps of each change, as it was said."""
    groups: list[list[int]] = []
    said: str | None = None
    for number, edit in enumerate(document.edits, 1):
        if not groups or edit.instruction != said or not edit.instruction:
            groups.append([])
        groups[-1].append(number)
        said = edit.instruction
    return groups


def _called(document: Document, words: str, said: str) -> list[int]:
    """The last step in effect that is called so: "the crop", 模糊. Raises HistoryError."""
    names = {sense.name for token in tokenize(words) for sense in token.senses} | {words}
    with suppress(DiptychError):
        names |= {step.op for step in compile_instruction(words).steps}
    for number, edit in reversed(list(enumerate(document.edits, 1))):
        if edit.enabled and (edit.step.op in names or names & set(edit.step.op.split("_"))):
            return [number]
    raise HistoryError(
        Bilingual(
            f"No step of the history is called “{shorten(words)}” (from “{shorten(said)}”).",
            f"历史中没有名为“{shorten(words)}”的步骤（来自“{shorten(said)}”）。",
        ),
        Bilingual(
            "Say which by its number, such as “undo step 2”; `diptych history` lists them.",
            "请按编号说明，例如“撤销第二步”；用 `diptych history` 查看各步。",
        ),
    )


# ---- more and less -----------------------------------------------------------------------------------------


def _scaled(document: Document, turn: Turn, said: str) -> Document:
    """The steps of the last words, as far as they say how much, with more or less of it."""
    share = turn.share if turn.kind == "more" else -turn.share
    changed: dict[int, Edit] = {}
    measured = False
    for number, edit in last_said(document):
        step = scaled(edit.step, share)
        if step is None:
            continue
        measured = True
        if step != edit.step:
            changed[number] = edit.model_copy(update={"step": step, "instruction": joined(edit.instruction, said)})
    if changed:
        return document.revise(changed)
    last = document.effective[-1].step.op
    if measured:
        raise HistoryError(
            Bilingual(f"The last step ({last}) is as far as it goes already.", f"上一步（{last}）已经到头了。"),
            Bilingual("Undo it, or change something else.", "可以撤销它，或改别的地方。"),
        )
    raise HistoryError(
        Bilingual(
            f"The last step ({last}) doesn't say how much, so there is no more or less of it.",
            f"上一步（{last}）没有程度可言，无法再多或再少。",
        ),
        Bilingual("Say what to change, and how much: “20% brighter”.", "请说明改什么、改多少：“亮度提高20%”。"),
    )


def scaled(step: AnyOperation, share: float) -> AnyOperation | None:
    """The step with `share` (-1..1) more of what it does; None where it doesn't say how much. Never turned round."""
    changed: dict[str, object] = {}
    times = 1 + share / USUAL_SHARE if share > 0 else 1 / (1 - share / USUAL_SHARE)
    for name in type(step).model_fields:
        value = getattr(step, name)
        if name in (*SIGNED, *UNSIGNED) and isinstance(value, float) and value:
            changed[name] = _added(value, share)
        elif name in PROPORTIONAL and isinstance(value, float) and value:
            changed[name] = value * times
        elif name in POWERS and isinstance(value, float) and value > 0:
            changed[name] = value**times
        elif name in LENGTHS and isinstance(value, Length):
            changed[name] = (
                Length(share=(value.share or 0.0) * times)
                if value.pixels is None
                else Length(pixels=round(value.pixels * times))
            )
    if not changed:
        return None
    try:
        return type(step).model_validate({**dict(step), **{name: _rounded(value) for name, value in changed.items()}})
    except ValidationError as error:
        raise InvalidPlan(
            Bilingual(
                f"There is no more of it: {error.errors()[0]['msg']}.", f"不能再多了：{error.errors()[0]['msg']}。"
            ),
            Bilingual("Say a plain number instead.", "请直接说一个数值。"),
        ) from error


def _added(value: float, share: float) -> float:
    """More of a share, at most all of it; less of it, at least half of what there was."""
    size = min(abs(value) + share, 1.0) if share > 0 else max(abs(value) + share, abs(value) / 2)
    return size if value > 0 else -size


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


# ---- the same elsewhere, and the other one -----------------------------------------------------------------


def target_said(words: str) -> Target:
    """What words point at: "the left cat", 左边的猫. Raises NotUnderstood."""
    for carrier in (f"blur {words}", f"把{words}模糊"):
        try:
            steps = compile_instruction(carrier).steps
        except DiptychError:
            continue
        target = getattr(steps[0], "target", None) if len(steps) == 1 else None
        if isinstance(target, Target) and (target.noun or target.place or target.color):
            return target
    raise NotUnderstood(
        Bilingual(f"“{shorten(words)}” names nothing that could be found.", f"“{shorten(words)}”没有指明要找的东西。"),
        Bilingual("Name a thing, or a place: “the left cat”.", "请说出东西或位置：“左边的猫”。"),
        (words,),
    )


def repeated(steps: Sequence[Operation], target: Target, said: str) -> Plan:
    """The same steps on another thing. Raises HistoryError where none of them works on a thing."""
    made = [step.model_copy(update={"target": target}) for step in steps if "target" in type(step).model_fields]
    if not made:
        raise HistoryError(
            Bilingual(
                f"What was done last can't be done to one thing (“{shorten(said)}”).",
                f"上一次的修改不能只用在某样东西上（“{shorten(said)}”）。",
            ),
            Bilingual("Say what to do with it.", "请说明要对它做什么。"),
        )
    return Plan(steps=tuple(cast("list[AnyOperation]", made)))


def retargeted(document: Document, find: Callable[[int, Edit], Target], said: str) -> Document:
    """The steps of the last words that work on a thing, on the one that `find` (step number, edit) gives instead."""
    group = [(number, edit) for number, edit in last_said(document) if target_of(edit.step) is not None]
    if not group:
        raise HistoryError(
            Bilingual(
                f"What was done last worked on no single thing, so there is no other one (“{shorten(said)}”).",
                f"上一次的修改没有针对某一样东西，所以没有“另一个”（“{shorten(said)}”）。",
            ),
            Bilingual("Name the thing that you mean.", "请说出您指的东西。"),
        )
    found: dict[Target, Target] = {}
    changed = {}
    for number, edit in group:
        old = target_of(edit.step)
        assert old is not None
        if old not in found:
            found[old] = find(number, edit)
        step = edit.step.model_copy(update={"target": found[old]})
        words = joined(edit.instruction, said)
        changed[number] = edit.model_copy(
            update={"step": step, "instruction": words, "pick": None, "all_matches": False}
        )
    return document.revise(changed)


def target_of(step: Operation) -> Target | None:
    """What a step works on; None for the whole picture."""
    target: Target | None = getattr(step, "target", None)
    return target


def joined(instruction: str, said: str) -> str:
    """The words of a step that later words changed."""
    return f"{instruction} … {said}" if instruction else said
