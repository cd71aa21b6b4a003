"""Plan: an ordered, typed list of Operations; canonical, versioned, JSON in and out."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo

from diptych.core.errors import Bilingual, InvalidPlan, shorten
from diptych.core.operation import AnyOperation
from diptych.core.target import Value

PLAN_VERSION: Literal[1] = 1


def _a_number(value: object) -> object:
    """`true` equals 1 in Python, and a literal would take it."""
    if isinstance(value, bool):
        raise ValueError(f"{value} is no version")
    return value


class Plan(Value):
    """What a wish comes to. Equal wishes, in English or Chinese, are equal Plans."""

    version: Annotated[Literal[1], BeforeValidator(_a_number)] = PLAN_VERSION
    steps: tuple[AnyOperation, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data; what was not said (a field left at None, "", () or False) is left out."""
        return {"version": self.version, "steps": [_said(step) for step in self.steps]}

    def filled(self, fill: Literal["learned", "classical"]) -> Plan:
        """The same plan; what its steps take away is filled so."""
        return self.model_copy(update={"steps": tuple(_filled(step, fill) for step in self.steps)})

    def to_json(self, indent: int | None = None) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Raises InvalidPlan that names the first field in error. Types are strict: "0.3" is no number."""
        try:
            return cls.model_validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "plan"
            raise InvalidPlan(
                Bilingual(
                    f"Not a plan: {where}: {first['msg']} (got {shorten(first['input'])}).",
                    f"这不是有效的计划：{where}：{first['msg']}（得到 {shorten(first['input'])}）。",
                ),
                Bilingual("`diptych schema` prints the schema.", "用 `diptych schema` 查看格式。"),
            ) from error

    def __str__(self) -> str:
        return "\n".join(f"{number}. {describe(step)}" for number, step in enumerate(self.steps, 1))


def _filled(step: AnyOperation, fill: str) -> AnyOperation:
    return step.model_copy(update={"fill": fill}) if "fill" in type(step).model_fields else step


def plan_schema() -> dict[str, Any]:
    """The JSON schema of a Plan (draft 2020-12), as pydantic exports it."""
    return Plan.model_json_schema()


def describe(operation: AnyOperation) -> str:
    """One step in a readable line: its op, target and parameters that say something."""
    fields = type(operation).model_fields
    words: list[str] = [operation.op]
    target = getattr(operation, "target", None)
    if target is not None:
        words.append(f"[{target.describe()}]")
    for name, value in operation:
        if name in ("op", "target") or value == fields[name].default:
            continue
        said = value.describe() if hasattr(value, "describe") else value
        words.append(f"{name}={_compact(said)}")
    return " ".join(words)


def _compact(value: object) -> str:
    if hasattr(value, "model_dump"):
        return " ".join(f"{v:g}{'px' if k == 'pixels' else ''}" if isinstance(v, float | int) else str(v)
                        for k, v in value.model_dump(exclude_none=True).items())  # fmt: skip
    return f"{value:g}" if isinstance(value, float) else str(value)


def _said(value: Any) -> Any:
    """Plain JSON data of a value, without what was not said: fields left at None, "", () or False."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {name: _said(item) for name, item in value if not _is_unsaid(item, fields[name])}
    return [_said(item) for item in value] if isinstance(value, tuple) else value


def _is_unsaid(item: object, field: FieldInfo) -> bool:
    """An empty value is left out only where it is the default: Ask(question="") must keep its question."""
    empty = item is None or item is False or item == "" or item == ()
    return (empty or field.exclude_if is not None) and item == field.default
