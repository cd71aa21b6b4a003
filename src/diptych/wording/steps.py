"""Steps for people: one sentence for each operation, in either language.

steps.toml has a list of forms for every operation. The first form whose `when` holds is filled in:

    {field}    the parameter, said as its kind asks for (a colour by its name, an angle in degrees)
    [ … ]      left out when a parameter in it was not said
    when       "field" it was said; "field>=0", "field<0" its sign; "field=value" its value

A target that the form doesn't name itself is said at the end in English and at the start in Chinese.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from diptych.core.errors import Language
from diptych.core.operation import AnyOperation, Length
from diptych.core.plan import Plan
from diptych.core.target import Target, Thing
from diptych.wording import names, phrases

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def plan_lines(plan: Plan, language: Language) -> str:
    """Numbered, one step a line."""
    return "\n".join(f"{number}. {step(operation, language)}" for number, operation in enumerate(plan.steps, 1))


def step(operation: AnyOperation, language: Language) -> str:
    """One step as one says it: "brighter by 15 %, the sky only", 天空：调亮 15%."""
    fields = dict(operation)
    template = _form(operation.op, fields)[language]
    said = _filled(template, fields, language).strip()
    where = fields.get("target")
    if where is None or "{target}" in template:
        return said
    words = phrases.target(where, language)
    return f"{words}：{said}" if language == "zh" else f"{said}, {words} only"


@cache
def _tables() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(files("diptych.wording").joinpath("steps.toml").read_text(encoding="utf-8"))
    return table


def _form(op: str, fields: dict[str, Any]) -> dict[Language, str]:
    forms: list[dict[Language, str]] = _tables()["steps"][op]
    return next(form for form in forms if _holds(form.get("when", ""), fields))  # type: ignore[call-overload]


def _holds(condition: str, fields: dict[str, Any]) -> bool:
    if not condition:
        return True
    name, sign, value = re.fullmatch(r"(\w+)(>=|<|=|)(.*)", condition).groups()  # type: ignore[union-attr]
    field = fields[name]
    if not sign:
        return not _is_unsaid(field)
    if sign == "=":
        return str(field) == value
    return field is not None and (field >= float(value) if sign == ">=" else field < float(value))


def _is_unsaid(value: object) -> bool:
    return value is None or value is False or value == "" or value == ()


def _filled(template: str, fields: dict[str, Any], language: Language) -> str:
    def optional(part: re.Match[str]) -> str:
        slots = _SLOT.findall(part[1])
        return "" if any(_is_unsaid(fields[name]) for name in slots) else part[1]

    def slot(part: re.Match[str]) -> str:
        return _said(part[1], fields[part[1]], language)

    return _SLOT.sub(slot, _OPTIONAL.sub(optional, template))


def _said(name: str, value: Any, language: Language) -> str:
    """A parameter in words, by its type and name."""
    if isinstance(value, Target):
        return phrases.target(value, language)
    if isinstance(value, Thing):
        return phrases.thing(value, language)
    if isinstance(value, Length):
        return f"{value.pixels} px" if value.pixels is not None else _share(value.share or 0.0, language)
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(_said(name, item, language) for item in value)
    if name in _SAID:
        return _SAID[name](value, language)
    words = _tables()["words"].get(str(value))
    if words:
        return str(words[language])
    return f"{value:g}" if isinstance(value, float) else str(value)


def _share(value: float, language: Language) -> str:
    return f"{abs(100 * value):.4g}%" if language == "zh" else f"{abs(100 * value):.4g} %"


def _degrees(value: float, language: Language) -> str:
    return f"{abs(value):g}°"


def _aspect(value: float, language: Language) -> str:
    """16:9 rather than 1.7778, where two small numbers say it."""
    ratio = Fraction(value).limit_denominator(21)
    return f"{ratio.numerator}:{ratio.denominator}" if abs(float(ratio) - value) < 0.005 * value else f"{value:g}"


def _style(value: str, language: Language) -> str:
    return names.chinese_nouns().get(value, value) if language == "zh" else value


def _verbatim(value: str, language: Language) -> str:
    return " ".join(value.split())


_SAID: dict[str, Callable[[Any, Language], str]] = {
    "amount": _share, "strength": _share, "share": _share, "opacity": _share, "box": _share,
    "degrees": _degrees, "aspect": _aspect, "style": _style,
    "color": names.color, "background": names.color, "gradient": names.color,
    "place": phrases.place, "anchor": phrases.place,
    "text": _verbatim, "question": _verbatim, "words": _verbatim, "picture": _verbatim,
}  # fmt: skip
