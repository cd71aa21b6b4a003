"""What real requests and requests of our own come to: the score may rise, not fall."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from diptych.core.errors import DiptychError
from diptych.language.compiler import compile_instruction

DATA = Path(__file__).parent / "data"
FLOORS = [
    ("own_requests.jsonl", "en", 0.87),
    ("own_requests.jsonl", "zh", 0.88),
    ("forum_requests.jsonl", "en", 0.93),
    ("forum_requests.jsonl", "zh", 0.94),
]
"""Micro-F1 of operation kinds over the unambiguous lines, rounded down from what was measured."""


def requests(name: str) -> list[dict[str, Any]]:
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [request for line in lines if not (request := json.loads(line)).get("ambiguous")]


def kinds(instruction: str) -> Counter[str]:
    """How often each kind of operation is in the plan; none where the instruction isn't understood."""
    try:
        return Counter(step.op for step in compile_instruction(instruction).steps)
    except DiptychError:
        return Counter()


def micro_f1(pairs: list[tuple[Counter[str], Counter[str]]]) -> float:
    """2·TP / (2·TP + FP + FN) over all (said, expected) pairs together."""
    right = sum(sum((said & expected).values()) for said, expected in pairs)
    return 2 * right / sum(sum(said.values()) + sum(expected.values()) for said, expected in pairs)


@pytest.mark.parametrize(("name", "language", "floor"), FLOORS)
def test_requests_are_understood_as_well_as_before(name: str, language: str, floor: float) -> None:
    found = requests(name)
    assert len(found) > 250
    pairs = [(kinds(request[language]), Counter(op["op"] for op in request["ops"])) for request in found]
    assert micro_f1(pairs) >= floor


def test_both_languages_are_mostly_one_plan() -> None:
    found = [request for name in ("own_requests.jsonl", "forum_requests.jsonl") for request in requests(name)]
    same = sum(kinds(request["en"]) == kinds(request["zh"]) for request in found)
    assert same > 0.8 * len(found)


def test_the_score_counts_what_is_missing_and_what_is_too_much() -> None:
    crop, blur = Counter({"crop": 1}), Counter({"blur": 1})
    assert micro_f1([(crop, crop)]) == 1.0
    assert micro_f1([(blur, crop)]) == 0.0
    assert micro_f1([(crop, crop + blur)]) == pytest.approx(2 / 3)
    assert micro_f1([(crop + blur, crop)]) == pytest.approx(2 / 3)
