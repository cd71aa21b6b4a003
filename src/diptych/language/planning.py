"""Who plans: the grammar, a language model, or the grammar first and the model for what that could not read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diptych.core.errors import Bilingual, DiptychError, NotUnderstood, Unsupported, shorten
from diptych.core.facts import Facts
from diptych.core.operation import Vague
from diptych.core.plan import Plan
from diptych.core.ports import Planner
from diptych.language.compiler import EmbeddedPlanner, Reading, understand
from diptych.language.dialogue import settle

if TYPE_CHECKING:
    from diptych.language.llm.planner import LLMPlanner

PlannerKind = Literal["auto", "grammar", "llm"]
GRAMMAR = "grammar"
LEARNED = "grammar + learned reader"


@dataclass(frozen=True)
class Planned:
    """A plan, who planned each of its steps, and what is to be told about it."""

    plan: Plan
    planners: tuple[str, ...]
    notes: tuple[Bilingual, ...] = ()

    @property
    def by(self) -> str:
        """Who planned it, in a few words: "grammar", "llm qwen3", "grammar + llm qwen3"."""
        return " + ".join(dict.fromkeys(self.planners))


def planned_by(planner: Planner, instruction: str, facts: Callable[[], Facts] | None = None) -> Planned:
    """The plan that any planner makes. Raises what it raises."""
    if isinstance(planner, AutoPlanner):
        return planner.planned(instruction, facts)
    from diptych.language.llm.planner import LLMPlanner

    if isinstance(planner, LLMPlanner):
        told = len(planner.notes)
        plan = planner.plan(instruction, facts)
        return Planned(plan, (planner.name,) * len(plan.steps), planner.notes[told:])
    if isinstance(planner, EmbeddedPlanner):
        return by_grammar(instruction, learned=planner.learned)
    plan = planner.plan(instruction)
    return Planned(plan, (planner.name,) * len(plan.steps))


def by_grammar(instruction: str, *, learned: bool = True) -> Planned:
    """The plan of this package alone; told are what the learned reader took words for, and what nobody could read.
    Raises as `understand` does."""
    reading = understand(instruction, learned=learned)
    taken = tuple(
        Bilingual(f"“{shorten(words)}” was taken for “{plain}”.", f"“{shorten(words)}”理解为“{plain}”。")
        for words, plain in reading.taken_for
    )
    left_out = tuple(
        Bilingual(
            f"{question.problem.en} It is left out. {question.remedy.en}",
            f"{question.problem.zh}这一句没有执行。{question.remedy.zh}",
        )
        for question in reading.questions
    )
    return Planned(reading.plan, (LEARNED if taken else GRAMMAR,) * len(reading.plan.steps), taken + left_out)


class AutoPlanner:
    """The grammar, and for what it could not read `model`, where there is one."""

    name = "auto"

    def __init__(self, model: LLMPlanner | None = None) -> None:
        self.model = model

    def plan(self, instruction: str) -> Plan:
        return self.planned(instruction).plan

    def planned(self, instruction: str, facts: Callable[[], Facts] | None = None) -> Planned:
        """Raises NotUnderstood where neither understands, Unsupported where only the model could and it can't be
        reached."""
        if self.model is None:
            return by_grammar(instruction)
        try:
            reading = understand(instruction, learned=False)
        except NotUnderstood as error:
            return self._asked(instruction, Reading(Plan(), error.words), facts, self.model)
        if all(isinstance(step, Vague) for step in reading.plan.steps):
            return self._asked(instruction, reading._replace(read=Plan()), facts, self.model)
        if not reading.unread:
            return Planned(reading.plan, (GRAMMAR,) * len(reading.plan.steps))
        try:
            return self._asked(instruction, reading, facts, self.model)
        except (NotUnderstood, Unsupported) as error:
            return Planned(reading.plan, (GRAMMAR,) * len(reading.plan.steps), (_left(reading.unread, error),))

    def _asked(
        self, instruction: str, reading: Reading, facts: Callable[[], Facts] | None, model: LLMPlanner
    ) -> Planned:
        """The model's steps in the place of the first clause that was not read, among those that were."""
        told = len(model.notes)
        unread = reading.unread if reading.read.steps else ()
        made = model.plan(instruction, facts, unread=unread, planned=reading.read).steps
        read, at = reading.read.steps, reading.position
        steps = tuple(settle((*read[:at], *made, *read[at:])))
        planners = tuple(GRAMMAR if any(step is one for one in read) else model.name for step in steps)
        return Planned(Plan(steps=steps), planners, model.notes[told:])


def _left(unread: tuple[str, ...], error: DiptychError) -> Bilingual:
    words = shorten("; ".join(unread), 120)
    return Bilingual(
        f"Parts were not fully read (“{words}”), and the language model didn't help: {error.problem.en}",
        f"有些话没有完全听懂（“{words}”），语言模型也没有帮上忙：{error.problem.zh}",
    )
