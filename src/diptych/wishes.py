"""Wishes: which planner is asked for their plans, and what it is told of the picture."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from diptych.core.errors import Bilingual, DiptychError, Unsupported, shorten
from diptych.core.facts import Facts
from diptych.core.plan import describe
from diptych.core.target import Target
from diptych.language.compiler import EmbeddedPlanner
from diptych.language.lexicon import lexicon
from diptych.language.planning import AutoPlanner, PlannerKind
from diptych.language.tokens import tokenize

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.picture import Picture
    from diptych.core.ports import Grounder, Planner
    from diptych.language.llm.planner import LLMPlanner
    from diptych.language.llm.server import Server
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


def nouns_named(words: str) -> list[str]:
    """Canonical names of the things that the words name, each once."""
    known = lexicon()
    named = [sense.name for token in tokenize(words) for sense in token.senses[:1] if sense.kind == "thing"]
    return [noun for noun in dict.fromkeys(named) if noun in known.english]
