"""The Planner that asks a language model: one answer, checked; one more with the error; then a clear one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diptych.core.errors import Bilingual, InvalidPlan, NotUnderstood, shorten
from diptych.core.facts import Facts
from diptych.core.plan import Plan
from diptych.language.llm.client import Chat
from diptych.language.llm.prompt import conversation, repair
from diptych.language.llm.reading import read_plan
from diptych.language.llm.schema import answer_schema
from diptych.language.llm.server import Server

LONGEST_QUOTED = 8_000
"""Characters of a wrong answer that are shown to the model again."""


class LLMPlanner:
    """Words → Plan by a model behind `server`. Raises NotUnderstood where it makes no valid plan in two answers,
    Unsupported where the server can't be used."""

    def __init__(self, server: Server, *, chat: Chat | None = None) -> None:
        self.server = server
        self.chat = chat or Chat(server)

    @property
    def name(self) -> str:
        """Says which model, never where it runs."""
        return f"llm {shorten(self.server.model)}"

    @property
    def notes(self) -> tuple[Bilingual, ...]:
        """What the server refused so far."""
        return tuple(self.chat.notes)

    def plan(
        self,
        instruction: str,
        facts: Callable[[], Facts] | None = None,
        *,
        unread: Sequence[str] = (),
        planned: Plan | None = None,
    ) -> Plan:
        """The plan of a wish, or of its parts `unread` where `planned` is the plan of the rest."""
        _check(instruction)
        known = facts() if facts is not None else None
        messages = conversation(instruction, known, sees=self.server.sees, unread=unread, planned=planned)
        answer = self.chat.ask(messages, "plan", answer_schema())
        try:
            plan = read_plan(answer)
        except InvalidPlan as error:
            wrong = {"role": "assistant", "content": answer[:LONGEST_QUOTED]}
            answer = self.chat.ask([*messages, wrong, repair(error.problem.en)], "plan", answer_schema())
            plan = self._second(answer, instruction)
        if not plan.steps:
            raise NotUnderstood(
                Bilingual(
                    f"The language model made no plan of “{shorten(instruction)}”.",
                    f"语言模型没有为“{shorten(instruction)}”制定出计划。",
                ),
                Bilingual("`diptych ops` lists what can be asked.", "`diptych ops` 列出可以说的话。"),
                tuple(unread) or (instruction,),
            )
        return plan

    def _second(self, answer: str, instruction: str) -> Plan:
        try:
            return read_plan(answer)
        except InvalidPlan as error:
            raise NotUnderstood(
                Bilingual(
                    f"The language model made no valid plan of “{shorten(instruction)}” in two answers: "
                    f"{error.problem.en}",
                    f"语言模型两次都没有为“{shorten(instruction)}”给出有效的计划：{error.problem.zh}",
                ),
                Bilingual(
                    "Say it more plainly, try another model, or use --planner grammar.",
                    "请说得更明白些，换一个模型，或用 --planner grammar。",
                ),
                (instruction,),
            ) from error


def _check(instruction: str) -> None:
    from diptych.language.compiler import check_words

    check_words(instruction)
