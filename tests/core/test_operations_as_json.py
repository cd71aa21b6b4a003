"""Plans and operations as data: JSON round trips over all operations, the schema, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from diptych.core.errors import InvalidPlan
from diptych.core.operation import ALL_OPERATIONS, AddText, Brightness, Crop, Length, Move, Operation, Pixelate, Remove
from diptych.core.plan import PLAN_VERSION, Plan, describe, plan_schema
from diptych.core.target import Relation, Target
from made_operations import PLANS, operations


@given(PLANS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_plan_survives_json(plan: Plan) -> None:
    text = plan.to_json()
    assert Plan.from_json(text) == plan
    assert Plan.from_json(text.encode()) == plan
    assert Plan.from_json(plan.to_json(indent=2)).to_json() == text


@pytest.mark.parametrize("kind", ALL_OPERATIONS, ids=lambda kind: kind.__name__)
@given(st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_operation_survives_json(kind: type[Operation], data: st.DataObject) -> None:
    operation = data.draw(operations(kind))
    plan = Plan(steps=(operation,))  # type: ignore[arg-type]
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert type(again.steps[0]) is kind
    assert hash(again) == hash(plan)
    assert describe(again.steps[0]).startswith(operation.op)


def test_every_operation_is_in_the_union_under_its_own_name() -> None:
    names = [kind.model_fields["op"].default for kind in ALL_OPERATIONS]
    assert len(set(names)) == len(names)
    schema = plan_schema()
    mapping = schema["properties"]["steps"]["items"]["discriminator"]["mapping"]
    assert sorted(mapping) == sorted(names)
    subclasses = {kind for kind in _all_subclasses(Operation) if "op" in kind.__annotations__}
    assert subclasses == set(ALL_OPERATIONS)


def _all_subclasses(kind: type[BaseModel]) -> set[type[BaseModel]]:
    return {below for child in kind.__subclasses__() for below in {child, *_all_subclasses(child)}}


def test_the_schema_names_the_version_and_is_json() -> None:
    schema = json.loads(json.dumps(plan_schema()))
    assert schema["properties"]["version"]["const"] == PLAN_VERSION == 1
    assert schema["additionalProperties"] is False


def test_what_was_not_said_is_left_out() -> None:
    assert Plan(steps=(Brightness(),)).as_dict() == {"version": 1, "steps": [{"op": "brightness"}]}
    said = Plan(steps=(Remove(target=Target(noun="dog", place="left")),)).as_dict()
    assert said["steps"] == [{"op": "remove", "target": {"noun": "dog", "place": "left"}}]
    assert Plan(steps=(AddText(text=""),)).as_dict()["steps"][0]["op"] == "add_text"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "plan"),
        ("{", "plan"),
        ("[]", "plan"),
        ('{"steps": [{"op": "explode"}]}', "steps.0"),
        ('{"steps": [{}]}', "steps.0"),
        ('{"steps": [{"op": "brightness", "amount": 2}]}', "steps.0.brightness.amount"),
        ('{"steps": [{"op": "brightness", "amuont": 0.5}]}', "steps.0.brightness.amuont"),
        ('{"steps": [{"op": "blur"}, {"op": "tint", "color": "red"}]}', "steps.1.tint.color"),
        ('{"version": 2, "steps": []}', "version"),
        ('{"steps": [{"op": "pixelate", "size": {"pixels": 3, "share": 0.5}}]}', "steps.0.pixelate.size"),
    ],
)
def test_what_is_no_plan(text: str, where: str) -> None:
    with pytest.raises(InvalidPlan) as error:
        Plan.from_json(text)
    assert f"Not a plan: {where}: " in error.value.say("en")
    assert f"这不是有效的计划：{where}：" in error.value.say("zh")
    assert error.value.exit_code == 6


def test_operations_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Brightness().amount = 0.5  # type: ignore[misc]


def test_a_plan_reads_as_numbered_lines() -> None:
    plan = Plan(steps=(
        Crop(aspect=1.0), Brightness(amount=0.25, target=Target(noun="sky")), Pixelate(size=Length(pixels=12)),
        Move(target=Target(noun="cup", ordinal=2), direction="left", distance=Length(share=0.1)),
    ))  # fmt: skip
    assert str(plan).splitlines() == [
        "1. crop aspect=1",
        "2. brightness [sky] amount=0.25",
        "3. pixelate size=12px",
        "4. move [cup #2] direction=left distance=0.1",
    ]


@pytest.mark.parametrize(
    ("target", "phrase"),
    [
        (Target(noun="dog"), "dog"),
        (Target(noun="star", count=2, attributes=("big", "shiny"), color="#ff0000"), "2 big shiny #ff0000 star"),
        (Target(place="left half"), "at the left half"),
        (Target(noun="text", text="SALE"), "text “SALE”"),
        (Target(noun="person", ordinal=-1, quantifier=None), "person #-1"),
        (Target(noun="person", quantifier="all"), "all person"),
        (Target(noun="man", invert=True), "everything except man"),
        (Target(noun="cup", relation=Relation(kind="on", anchor=Target(noun="table"))), "cup on table"),
    ],
)
def test_a_target_reads_as_a_phrase(target: Target, phrase: str) -> None:
    assert target.describe() == phrase


def test_a_length_in_pixels() -> None:
    assert Length(pixels=7).in_pixels(100, 50) == 7
    assert Length(share=0.5).in_pixels(100, 50) == 25
    with pytest.raises(ValidationError, match="pixels or share"):
        Length()
