"""Hypothesis strategies for every operation: values that its fields may have, from their own annotations."""

from __future__ import annotations

import types
import typing
from typing import Annotated, Any, Literal

import annotated_types
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from diptych.core.operation import ALL_OPERATIONS, Length, Operation
from diptych.core.plan import Plan
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
