"""Plans and operations as data: JSON round trips over all operations, the schema, and what is refused."""

from __future__ import annotations

import json
import types
import typing
from typing import Annotated, Any, Literal

import annotated_types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from diptych.core.errors import InvalidPlan
from diptych.core.operation import ALL_OPERATIONS, AddText, Brightness, Crop, Length, Move, Operation, Pixelate, Remove
from diptych.core.plan import PLAN_VERSION, Plan, describe, plan_schema
from diptych.core.target import Relation, Target, Thing

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
LENGTHS = st.one_of(
    st.integers(0, 100_000).map(lambda pixels: Length(pixels=pixels)),
    st.floats(0, 10).map(lambda share: Length(share=share)),
)


def targets(depth: int) -> st.SearchStrategy[Target]:
    return st.builds(
        Target,
        noun=WORDS,
        attributes=st.lists(WORDS, max_size=2).map(tuple),
        color=st.none() | COLORS,
        count=st.none() | st.integers(1, 1000),
        relation=st.none() if depth == 0 else st.none() | st.builds(
            Relation, kind=st.sampled_from(["on", "behind", "except"]), anchor=targets(depth - 1)
        ),
        place=st.none() | st.sampled_from(["top left", "right half", "edges"]),
        ordinal=st.none() | st.integers(-3, 9),
        quantifier=st.sampled_from([None, "all", "each"]),
        invert=st.booleans(),
        text=st.none() | WORDS,
    )  # fmt: skip


THINGS = st.builds(Thing, noun=WORDS, color=st.none() | COLORS, count=st.none() | st.integers(1, 1000))


def values(annotation: Any, constraints: list[Any]) -> st.SearchStrategy[Any]:
    """Values that a field of this type and these bounds may have."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        extra = [item for at in arguments[1:] for item in (at.metadata if isinstance(at, FieldInfo) else [at])]
        return values(arguments[0], [*constraints, *extra])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(argument, constraints) for argument in arguments])
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(values(arguments[0], []), max_size=3).map(tuple)
        return st.tuples(*(values(argument, []) for argument in arguments))
    if annotation in (int, float):
        return numbers(annotation, constraints)
    if annotation is str:
        return COLORS if any(getattr(item, "pattern", None) for item in constraints) else WORDS
    return {type(None): st.none(), bool: st.booleans(), Length: LENGTHS, Target: targets(2), Thing: THINGS}[annotation]


def numbers(kind: type, constraints: list[Any]) -> st.SearchStrategy[Any]:
    low = next((c.ge if isinstance(c, annotated_types.Ge) else c.gt for c in constraints
                if isinstance(c, annotated_types.Ge | annotated_types.Gt)), -1000)  # fmt: skip
    high = next((c.le if isinstance(c, annotated_types.Le) else c.lt for c in constraints
                 if isinstance(c, annotated_types.Le | annotated_types.Lt)), 1000)  # fmt: skip
    if kind is int:
        return st.integers(int(low), int(high))
    open_low = any(isinstance(c, annotated_types.Gt) for c in constraints)
    open_high = any(isinstance(c, annotated_types.Lt) for c in constraints)
    return st.floats(low, high, exclude_min=open_low, exclude_max=open_high)


def operations(kind: type[Operation]) -> st.SearchStrategy[Operation]:
    fields = {name: values(field.annotation, list(field.metadata)) for name, field in kind.model_fields.items()}
    return st.builds(kind, **fields)


PLANS = st.builds(Plan, steps=st.lists(st.one_of([operations(kind) for kind in ALL_OPERATIONS]), max_size=4).map(tuple))


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
