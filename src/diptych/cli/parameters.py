"""The parameters of an operation with what each may be, from the schema of its class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from diptych.core.errors import Bilingual, Language
from diptych.core.operation import ALL_OPERATIONS
from diptych.core.target import Place

_PLACES = set(get_args(Place))
_SAID = {
    "Target": Bilingual("a target", "目标"),
    "Thing": Bilingual("a thing", "物体"),
    "Length": Bilingual("pixels or a share", "像素数或比例"),
    "place": Bilingual("a place", "位置"),
    "color": Bilingual("a colour (#rrggbb)", "颜色（#rrggbb）"),
    "boolean": Bilingual("yes or no", "是或否"),
    "number": Bilingual("a number", "数"),
    "integer": Bilingual("a whole number", "整数"),
    "string": Bilingual("words", "文字"),
}


def parameters(op: str, language: Language = "en") -> Iterator[tuple[str, str]]:
    """Each parameter's name and what it may be: "0 … 1, 0.3 if not said", "left | right | top | bottom"."""
    operation = next(kind for kind in ALL_OPERATIONS if kind.model_fields["op"].default == op)
    for name, schema in operation.model_json_schema()["properties"].items():
        if name == "op":
            continue
        default, said = schema.get("default"), ""
        if isinstance(default, int | float | str) and default != "":
            said = Bilingual(f", {default} if not said", f"，默认 {default}").say(language)
        yield name, _Kinds(op, name, language).say(schema) + said


@dataclass(frozen=True)
class _Kinds:
    """Says what one parameter of one operation may be."""

    op: str
    name: str
    language: Language

    def say(self, schema: dict[str, Any]) -> str:
        if "$ref" in schema:
            return self._named(schema["$ref"].rsplit("/", 1)[-1])
        if "anyOf" in schema:
            return " | ".join(self.say(one) for one in schema["anyOf"] if one.get("type") != "null")
        if "enum" in schema:
            return self._named("place") if set(schema["enum"]) == _PLACES else " | ".join(schema["enum"])
        if schema["type"] == "array":
            items = schema.get("prefixItems", [schema.get("items")])
            return f"{self.say(items[0])}{f' × {len(items)}' if len(items) > 1 else ', …'}"
        if "pattern" in schema:
            return self._named("color")
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        if low is not None and high is not None:
            return f"{low:g} … {high:g}"
        if (self.op, self.name) == ("restyle", "style"):
            from diptych.operations.styles import STYLES

            return " | ".join(sorted(STYLES))
        return self._named(schema["type"])

    def _named(self, kind: str) -> str:
        return _SAID[kind].say(self.language)
