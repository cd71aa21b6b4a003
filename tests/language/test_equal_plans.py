"""One wish, one Plan: the same wish in English and in Chinese compiles to equal Plans, over every operation."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from diptych.core.operation import ALL_OPERATIONS, AnyOperation
from diptych.core.plan import Plan
from diptych.language.compiler import compile_instruction
from diptych.language.tokens import detect_language

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAIRS = Path(__file__).parent / "data" / "pairs.toml"
OWN_WORDS = {"ask": "question", "vague": "words"}
"""The operations that carry what the user said, in the user's language: those fields can't be equal."""


class Pair(NamedTuple):
    group: str
    en: str
    zh: str
    ops: list[dict[str, Any]]


def read_pairs() -> list[Pair]:
    tables = tomllib.loads(PAIRS.read_text(encoding="utf-8"))
    return [Pair(group, **entry) for group, entries in tables.items() for entry in entries]


def without_own_words(plan: Plan) -> Plan:
    return Plan(steps=tuple(_blanked(step) for step in plan.steps))


def _blanked(step: AnyOperation) -> AnyOperation:
    own = OWN_WORDS.get(step.op)
    return step.model_copy(update={own: ""}) if own else step


def lacks(said: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What `expected` asks for that `said` doesn't say; expecting False is expecting that it is not said."""
    missing: list[str] = []
    for name, value in expected.items():
        given = said.get(name, False)
        if isinstance(value, dict) and isinstance(given, dict):
            missing += [f"{name}.{lack}" for lack in lacks(given, value)]
        elif given != (pytest.approx(value, rel=1e-3) if isinstance(value, float) else value):
            missing.append(f"{name}: {given!r}, not {value!r}")
    return missing


ALL_PAIRS = read_pairs()


@pytest.mark.parametrize("pair", ALL_PAIRS, ids=[f"{pair.group}: {pair.en}" for pair in ALL_PAIRS])
def test_both_languages_give_the_expected_plan(pair: Pair) -> None:
    english, chinese = compile_instruction(pair.en), compile_instruction(pair.zh)
    assert [step.op for step in english.steps] == [step["op"] for step in pair.ops]
    assert without_own_words(english) == without_own_words(chinese), f"{english}\n--\n{chinese}"
    for number, (step, expected) in enumerate(zip(english.as_dict()["steps"], pair.ops, strict=True), 1):
        assert not lacks(step, expected), f"step {number}"


def test_every_operation_has_at_least_two_pairs() -> None:
    covered = Counter(operation["op"] for pair in ALL_PAIRS for operation in pair.ops)
    # Draw and Repaint are planned by a reader, together with what a drawing shows: no words alone come to them.
    names = {operation.model_fields["op"].default for operation in ALL_OPERATIONS} - {"draw", "repaint"}
    assert set(covered) == names
    assert {name: times for name, times in covered.items() if times < 2} == {}


def test_the_table_is_large_and_says_nothing_twice() -> None:
    assert len(ALL_PAIRS) >= 220
    assert [pair for pair, times in Counter((pair.en, pair.zh) for pair in ALL_PAIRS).items() if times > 1] == []


@pytest.mark.parametrize("pair", ALL_PAIRS, ids=[pair.en for pair in ALL_PAIRS])
def test_each_side_is_in_its_language(pair: Pair) -> None:
    assert detect_language(pair.en) == "en"
    assert detect_language(pair.zh) == "zh" or pair.group == "mixed"


def test_a_wrong_parameter_is_noticed() -> None:
    said = compile_instruction("make it a bit brighter").as_dict()["steps"][0]
    assert lacks(said, {"op": "brightness", "amount": 0.15, "target": False}) == []
    assert lacks(said, {"amount": 0.3}) == ["amount: 0.15, not 0.3"]
    assert lacks(said, {"target": {"noun": "sky"}}) == ["target: False, not {'noun': 'sky'}"]


@pytest.mark.parametrize("question", ["what color is the car?", "汽车是什么颜色？"])
def test_a_question_keeps_its_words(question: str) -> None:
    step = compile_instruction(question).steps[0]
    assert getattr(step, "question", None) == question
