"""A changed value in a plan never passes unnoticed: it is refused, or the plan is another one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from diptych.core.errors import InvalidPlan
from diptych.core.operation import ALL_OPERATIONS, Operation
from diptych.core.plan import Plan
from diptych.language.llm.reading import read_plan
from diptych.language.llm.schema import PLANNED
from made_operations import operations

OTHERS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 200_000, 0.5, -0.25, 1e9, float("nan"), float("inf")),
    *("", "0.3", "1", "true", "null", "left", "#ff0000", "RED", "image.png", "../x", "all", "top"),
    *([], {}, [0], ["left"], {"noun": "cat"}, {"op": "crop"}, {"pixels": 3}, {"share": 0.1}),
)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
NAMES = frozenset({"noun", "attributes", "color", "background", "gradient", "style"})
"""Fields whose values are made canonical: "Cats" and 猫 are meant to be one."""
Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where a value can be changed: every field and every item."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def found(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data


def with_value(data: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(data)
    found(changed, path[:-1])[path[-1]] = value
    return changed


def mutants(value: Any) -> Iterator[Any]:
    """Other values than this one: of its kind and near it, and of other kinds."""
    near: list[Any] = [[value]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        near += [value + 1, -value, value * 1.5, str(value), value + 1e-9]
    if isinstance(value, str):
        near += [value + " ", value + "x", value.upper(), value[:-1]]
    if isinstance(value, list):
        near += [[*value, *value], value[1:], [*value, None]]
    yield from (other for other in (*near, *OTHERS) if not same(other, value))


def said(data: dict[str, Any]) -> dict[str, Any]:
    """Without the fields that say nothing: leaving them out is the same."""
    return {key: value for key, value in data.items() if value is not False and value not in (None, "", [])}


def points(value: Any) -> bool:
    """Whether a target, or what stands in its place, says anything."""
    return bool(said(value) if isinstance(value, dict) else value is not None)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are one number, 1 and true are not one value; what says nothing can be left out."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = said(one), said(other)
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def mutations(operation: Operation) -> Iterator[tuple[Any, Any, Path]]:
    """A plan of one operation as JSON data, and the same with one value changed: at each place, each other value."""
    whole = {"version": 1, "steps": [complete(type(operation), operation.model_dump(mode="json"))]}
    for path in places(whole):
        for value in mutants(found(whole, path)):
            yield whole, with_value(whole, path, value), path


def complete(kind: type[Operation], step: dict[str, Any]) -> dict[str, Any]:
    """Fields that are left out of JSON at their usual value can be changed, too."""
    return {name: field.default for name, field in kind.model_fields.items() if name not in step} | step


def read_or_none(read: Callable[[str], Plan], data: Any) -> Plan | None:
    """The plan, or None where it is refused, as it has to be: in both languages."""
    try:
        return read(json.dumps(data))
    except InvalidPlan as error:
        assert error.problem.zh  # noqa: PT017 - most are refused; which are not is what is tested
        return None


@pytest.mark.parametrize("kind", ALL_OPERATIONS, ids=lambda kind: kind.__name__)
@given(st.data())
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
def test_a_changed_value_is_refused_or_another_plan(kind: type[Operation], data: st.DataObject) -> None:
    for whole, changed, path in mutations(data.draw(operations(kind))):
        plan, other = Plan.from_json(json.dumps(whole)), read_or_none(Plan.from_json, changed)
        assert other is None or (other != plan and other.to_json() != plan.to_json()), (path, changed)


@pytest.mark.parametrize("kind", PLANNED, ids=lambda kind: kind.__name__)
@given(st.data())
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
def test_so_it_is_in_what_a_model_answers(kind: type[Operation], data: st.DataObject) -> None:
    for whole, changed, path in mutations(data.draw(operations(kind))):
        if NAMES & {key for key in path if isinstance(key, str)} or path == ("steps",):
            continue  # names are made canonical, and a step that is said twice is one
        if path[-1] in ("target", "to") and not any(points(found(one, path)) for one in (whole, changed)):
            continue  # a target without anything in it points at the whole picture, as none does
        plan, other = read_or_none(read_plan, whole), read_or_none(read_plan, changed)
        assert plan is None or other is None or other != plan, (path, changed)


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
def test_a_key_too_many_or_twice_is_refused(data: st.DataObject) -> None:
    step = data.draw(operations(data.draw(st.sampled_from(PLANNED)))).model_dump(mode="json")
    key = data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
    assume(key not in step)
    with pytest.raises(InvalidPlan):
        Plan.from_json(json.dumps({"version": 1, "steps": [{**step, key: 1}]}))
    name = data.draw(st.sampled_from(sorted(step)))
    twice = json.dumps(step)[:-1] + f", {json.dumps(name)}: {json.dumps(step[name])}}}"
    with pytest.raises(InvalidPlan):
        read_plan(f'{{"version": 1, "steps": [{twice}]}}')
