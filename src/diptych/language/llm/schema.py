"""The Plan's own JSON schema, as servers that write JSON by a grammar take it.

Structured outputs want closed objects with every property required, `anyOf` for unions, and none of `default`, `title`,
`discriminator`, `prefixItems`. What a model may not decide is left out: names of files, and steps that painters write.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from diptych.core.operation import ALL_OPERATIONS, Operation, Upscale
from diptych.core.plan import PLAN_VERSION

MOST_STEPS = 12
NOT_PLANNED = frozenset({"draw", "repaint", "vague"})
"""Made by readers from pictures, or by a grammar that asks back."""
FILE_NAMES = "picture"
PLANNED: tuple[type[Operation], ...] = tuple(
    operation for operation in ALL_OPERATIONS if operation.model_fields["op"].default not in NOT_PLANNED
)


def hidden_fields(operation: type[Operation]) -> frozenset[str]:
    """Fields that no model may fill."""
    hidden = {FILE_NAMES} & set(operation.model_fields)
    return frozenset(hidden | {"words"} if operation is Upscale else hidden)


@cache
def answer_schema() -> dict[str, Any]:
    """A Plan of at most MOST_STEPS steps; [] says that the wish is none."""
    references, whole = models_json_schema([(operation, "validation") for operation in PLANNED])
    definitions = {name: _plain(schema) for name, schema in whole["$defs"].items()}
    choices = []
    for operation in PLANNED:
        reference = references[(operation, "validation")]
        name = reference["$ref"].rsplit("/", 1)[-1]
        _close(definitions[name], hidden_fields(operation))
        choices.append(reference)
    steps = {"type": "array", "maxItems": MOST_STEPS, "items": {"anyOf": choices}}
    properties = {"version": {"type": "integer", "const": PLAN_VERSION}, "steps": steps}
    for schema in definitions.values():
        if schema.get("type") == "object":
            _close(schema, frozenset())
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": definitions,
    }


def closed(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of another answer than a plan, in the same plain words."""
    schema: dict[str, Any] = _plain(model.model_json_schema())
    for one in (schema, *schema.get("$defs", {}).values()):
        if one.get("type") == "object":
            _close(one, frozenset())
    return schema


def _close(schema: dict[str, Any], hidden: frozenset[str]) -> None:
    """Every property that is shown is required, and no other may be there."""
    schema["properties"] = {name: value for name, value in schema["properties"].items() if name not in hidden}
    schema["required"] = list(schema["properties"])
    schema["additionalProperties"] = False


def _plain(schema: Any) -> Any:
    """A schema in the words that all servers know."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {}
    for key, value in schema.items():
        if key in ("default", "discriminator", "description") or (key == "title" and isinstance(value, str)):
            continue
        if key == "properties":
            plain[key] = {name: _plain(item) for name, item in value.items()}
        elif key == "prefixItems":
            plain["items"] = _plain(value[0])  # tuples of a plan hold one kind each
        else:
            plain["anyOf" if key == "oneOf" else key] = _plain(value)
    return plain


@cache
def signatures() -> str:
    """The operations in words, a line each: what it does, then its fields with what they may hold."""
    from diptych.operations.catalogue import catalogue

    definitions = answer_schema()["$defs"]
    what = {entry.op: entry.what.en for entry in catalogue()}
    lines = []
    for operation in PLANNED:
        op = operation.model_fields["op"].default
        fields = definitions[operation.__name__]["properties"]
        said = "; ".join(
            f"{name}: {_kind(value)}{_default(operation, name)}" for name, value in fields.items() if name != "op"
        )
        lines.append(f"- {op}: {what[op]} {{{said}}}")
    return "\n".join(lines)


def _default(operation: type[Operation], name: str) -> str:
    field = operation.model_fields[name]
    return "" if field.is_required() or not isinstance(field.default, str | int | float) else f" = {field.default}"


def _kind(schema: dict[str, Any]) -> str:
    """A property in a few characters: "-1..1 | null", "left | right", "#rrggbb", "target"."""
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1]).lower()
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    if "pattern" in schema:
        return "#rrggbb"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    return str(schema.get("type", "any")) if low is None else f"{low:g}..{high:g}"
