"""Wishes: which planner is asked for their plans, and what it is told of the picture."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from diptych.core.errors import (
    AmbiguousTarget,
    Bilingual,
    DiptychError,
    NotUnderstood,
    TargetNotFound,
    Unsupported,
    shorten,
)
from diptych.core.facts import Facts
from diptych.core.plan import describe
from diptych.core.target import Target
from diptych.language.compiler import EmbeddedPlanner
from diptych.language.lexicon import lexicon
from diptych.language.planning import AutoPlanner, PlannerKind
from diptych.language.revising import target_of
from diptych.language.tokens import tokenize
from diptych.operations.grounding import candidates, ground

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.history import Edit
    from diptych.core.picture import Picture
    from diptych.core.ports import Grounder, Planner
    from diptych.core.region import Region
    from diptych.language.llm.planner import LLMPlanner
    from diptych.language.llm.server import Server
    from diptych.operations.change import Context
    from diptych.sight import Sight

MOST_LOOKED_FOR = 6
"""Things named in a wish that are looked for, to be told to a planner."""


def planner_of(kind: str, server: Server | None = None, environment: Mapping[str, str] = os.environ) -> Planner:
    """The planner of that kind: "grammar", "llm", or "auto", which asks the model only for what the grammar could not
    read. Without `server` it is the one that the environment names. Raises Unsupported for "llm" where none is named,
    and for another kind."""
    if kind not in get_args(PlannerKind):
        raise Unsupported(
            Bilingual(f"There is no planner '{shorten(kind)}'.", f"没有名为“{shorten(kind)}”的计划方式。"),
            Bilingual("Planners are auto, grammar and llm.", "可选：auto、grammar、llm。"),
        )
    if kind == "grammar":
        return EmbeddedPlanner()
    model = model_of(server, environment)
    if kind == "auto":
        return AutoPlanner(model)
    if model is None:
        raise Unsupported(
            Bilingual(
                "No language server was named, and none is asked unless it is.",
                "没有指定语言模型服务；不指定就不会联网。",
            ),
            Bilingual(
                "Name one: --llm-url http://localhost:11434/v1 --llm-model NAME, or DIPTYCH_LLM_URL and "
                "DIPTYCH_LLM_MODEL.",
                "请指定：--llm-url http://localhost:11434/v1 --llm-model 名称，或环境变量 DIPTYCH_LLM_URL 和 "
                "DIPTYCH_LLM_MODEL。",
            ),
        )
    return model


def model_of(server: Server | None, environment: Mapping[str, str] = os.environ) -> LLMPlanner | None:
    """The model behind `server`, or behind the one that the environment names; None where there is none."""
    from diptych.language.llm.server import named_server

    server = server or named_server(environment)
    if server is None:
        return None
    from diptych.language.llm.planner import LLMPlanner

    return LLMPlanner(server)


def facts_of(document: Document, picture: Picture, words: str, sight: Sight, grounder: Grounder) -> Facts:
    """What a planner is told: the picture's size, its tags, where the things are that the words name, what was done.

    A finder that fails is passed over: the facts help, the plan doesn't depend on them.
    """
    try:
        tags = tuple(tag.name for tag in sight.tag(picture, "en"))
    except DiptychError:
        tags = ()
    found: list[tuple[str, tuple[int, int, int, int]]] = []
    for noun in nouns_named(words)[:MOST_LOOKED_FOR]:
        try:
            found += [(noun, region.box) for region in grounder.find(picture, Target(noun=noun)) if not region.is_empty]
        except DiptychError:
            continue
    steps = tuple(describe(step) for step in document.plan.steps if step.op not in ("draw", "repaint"))
    return Facts(picture.width, picture.height, tags, tuple(found), steps, picture)


def other_target(picture: Picture, edit: Edit, context: Context, pick: int | None) -> Target:
    """What else the target of a step can mean on the picture that the step was given. Raises TargetNotFound where there
    is nothing else, AmbiguousTarget where there are several and `pick` doesn't choose one of them."""
    target = target_of(edit.step)
    assert target is not None
    context = replace(context, pick=edit.pick, all_matches=edit.all_matches)
    used, _ = ground(picture, target, context)
    every = target.model_copy(update={"place": None, "ordinal": None, "quantifier": None, "count": None})
    found = candidates(picture, every, context)
    others = [(number, region) for number, region in enumerate(found, 1) if not _overlap(region, used)]
    if not others:
        raise TargetNotFound(
            Bilingual(
                f"There is no other “{shorten(every.describe())}” in the picture.",
                f"图片中没有另一个“{shorten(every.describe())}”。",
            ),
            Bilingual(
                "Name the thing that you mean, or mark it: --mask FILE.", "请说出您指的东西，或用 --mask 文件标出它。"
            ),
        )
    if len(others) > 1 and pick is None:
        boxes = "\n".join(f"  {number}. {region.box}" for number, (_, region) in enumerate(others, 1))
        raise AmbiguousTarget(
            Bilingual(f"There are {len(others)} others:\n{boxes}\n", f"还有另外 {len(others)} 个：\n{boxes}\n"),
            Bilingual(
                f"Pick one with --pick 1 … --pick {len(others)}.", f"用 --pick 1 … --pick {len(others)} 选一个。"
            ),
            [region for _, region in others],
        )
    at = (pick or 1) - 1
    if at >= len(others):
        raise TargetNotFound(
            Bilingual(
                f"There is no number {pick} of {len(others)} others.", f"另外 {len(others)} 个里没有第 {pick} 个。"
            ),
            Bilingual(f"Choose 1 to {len(others)}.", f"请选 1 到 {len(others)}。"),
        )
    return every.model_copy(update={"ordinal": others[at][0]})


def _picking(number: int) -> Bilingual:
    return Bilingual(f"Pick one with --pick 1 … --pick {number}.", f"用 --pick 1 … --pick {number} 选一个。")


def chosen_of(others: Sequence[Target], target: Target, pick: int | None) -> Target:
    """The one of `others` that is meant: the only one, or number `pick`. Raises TargetNotFound, AmbiguousTarget."""
    if not others or (pick or 1) > len(others):
        raise TargetNotFound(
            Bilingual(
                f"There is no other “{shorten(target.describe())}” on the drawing.",
                f"画里没有另一个“{shorten(target.describe())}”。",
            ),
            Bilingual("Name the thing that you mean.", "请说出您指的东西。"),
        )
    if len(others) > 1 and pick is None:
        listed = ", ".join(f"{number}. {one.describe()}" for number, one in enumerate(others, 1))
        raise AmbiguousTarget(
            Bilingual(f"There are {len(others)} others: {listed}.", f"还有另外 {len(others)} 个：{listed}。"),
            Bilingual(
                f"Pick one with --pick 1 … --pick {len(others)}.", f"用 --pick 1 … --pick {len(others)} 选一个。"
            ),
        )
    return others[(pick or 1) - 1]


def _overlap(one: Region, other: Region) -> bool:
    """Whether half of the smaller lies in the other."""
    shared = float(np.minimum(one.mask, other.mask).sum())
    return shared > 0.5 * min(float(one.mask.sum()), float(other.mask.sum()))


def check_no_turn(words: str) -> None:
    """Raises NotUnderstood for words about a change before, which are no plan without it."""
    from diptych.language.compiler import compile_instruction
    from diptych.language.turns import turn_of

    if turn_of(words) is None:
        return
    try:
        compile_instruction(words)
    except NotUnderstood as error:
        raise NotUnderstood(
            Bilingual(
                f"“{shorten(words)}” speaks of a change before; it is no plan of its own.",
                f"“{shorten(words)}”说的是之前的修改，本身不是计划。",
            ),
            Bilingual(
                "Say it to an edited file: diptych edit RESULT WORDS.",
                "请对编辑过的文件说：diptych edit 结果文件 这句话。",
            ),
            (words,),
        ) from error


def nouns_named(words: str) -> list[str]:
    """Canonical names of the things that the words name, each once."""
    known = lexicon()
    named = [sense.name for token in tokenize(words) for sense in token.senses[:1] if sense.kind == "thing"]
    return [noun for noun in dict.fromkeys(named) if noun in known.english]
