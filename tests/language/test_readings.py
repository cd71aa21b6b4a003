"""Plain sentences of readings.toml: the grammar reads each as what it is there for, alike in both languages."""

from __future__ import annotations

import pytest

from diptych.core.errors import Language
from diptych.language.compiler import compile_instruction
from diptych.language.lexicon import read_table
from diptych.language.readings import Direction, Reading, has_directions, kinds

SAID: dict[Language, dict[str, str]] = {
    "en": {"target": "the old car", "value": "a beach", "color": "red", "text": '"SALE"', "amount": "20%"},
    "zh": {"target": "旧汽车", "value": "海滩", "color": "红色", "text": "“SALE”", "amount": "20%"},
}
STYLE: dict[Language, dict[str, str]] = {"en": {"value": "watercolor"}, "zh": {"value": "水彩"}}
DIRECTIONS: tuple[Direction | None, ...] = (None, "up", "down")
ALL = [(kind, way) for kind in kinds() for way in DIRECTIONS if way is None or has_directions(kind)]


def said(kind: str, way: Direction | None, language: Language, *names: str) -> str:
    slots = SAID[language] | (STYLE[language] if kind == "restyle" else {})
    return Reading(kind, way, {name: slots[name] for name in names}).say(language)


@pytest.mark.parametrize(("kind", "way"), ALL)
def test_the_grammar_reads_what_it_is_for(kind: str, way: Direction | None) -> None:
    every = {*SAID["en"]}
    needed = {name for name in every if "…" in said(kind, way, "en", *(every - {name}))}
    for names in (needed, every - {"amount"} | needed, every):
        plans = [compile_instruction(said(kind, way, language, *names), learned=False) for language in ("en", "zh")]
        assert [[step.op for step in plan.steps] for plan in plans] == [[kind], [kind]], names
        if "words" not in type(plans[0].steps[0]).model_fields:  # vague steps quote what was said
            assert plans[0] == plans[1], names


def test_every_direction_says_another_thing() -> None:
    for kind in kinds():
        if has_directions(kind):
            up, down = (said(kind, way, "en", "target", "amount") for way in ("up", "down"))
            assert up != down


def test_what_is_missing_shows() -> None:
    assert not Reading("remove").is_whole("en")
    assert Reading("remove").say("en") == "remove …"
    assert Reading("remove").say("zh") == "去掉…"
    assert Reading("crop").is_whole("zh")
    assert Reading("recolor", None, {"target": "the car"}).say("en") == "change the color of the car to …"


def test_what_stays_as_it_is_is_said() -> None:
    reading = Reading("brightness", "up", {"except": "the dog"})
    plan = compile_instruction(reading.say("en"), learned=False)
    assert plan.steps[0].target is not None
    assert plan.steps[0].target.invert
    assert "狗" in Reading("brightness", "up", {"except": "狗"}).say("zh")


def test_every_form_has_both_languages() -> None:
    for kind, entry in read_table("readings.toml").items():
        for form in [entry, *(entry[way] for way in ("up", "down") if way in entry)]:
            assert ("en" in form) == ("zh" in form), kind
