"""The catalogue holds every operation, and its sentences say what they claim, in both languages."""

from __future__ import annotations

import pytest

from diptych.core.operation import ALL_OPERATIONS
from diptych.language.compiler import compile_instruction
from diptych.language.tokens import detect_language
from diptych.operations.catalogue import CatalogueEntry, catalogue

KEEPS_ITS_WORDS = {"ask", "vague"}
DRAWN = {"draw", "repaint"}
"""Made by a reader of drawings, not by the grammar; tests/painters say their sentences."""


def test_every_operation_is_in_it_in_order() -> None:
    assert [entry.op for entry in catalogue()] == [cls.model_fields["op"].default for cls in ALL_OPERATIONS]


@pytest.mark.parametrize("entry", [entry for entry in catalogue() if entry.op not in DRAWN], ids=lambda entry: entry.op)
def test_the_sentences_compile_to_the_operation_alike(entry: CatalogueEntry) -> None:
    assert detect_language(entry.say.en) == "en"
    assert detect_language(entry.say.zh) == "zh"
    english, chinese = compile_instruction(entry.say.en), compile_instruction(entry.say.zh)
    assert [step.op for step in english.steps] == [step.op for step in chinese.steps] == [entry.op]
    if entry.op not in KEEPS_ITS_WORDS:
        assert english == chinese


def test_parameters_are_those_of_the_class() -> None:
    crop = next(entry for entry in catalogue() if entry.op == "crop")
    assert {"aspect", "target", "anchor"} <= set(crop.parameters)
    assert "op" not in crop.parameters
