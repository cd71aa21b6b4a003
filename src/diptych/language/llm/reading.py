"""What a model answered → a canonical Plan, or what is wrong with it.

Only a validated Plan leaves this room: strict types, bounds, no unknown or doubled keys, no names of files, at most
MOST_STEPS steps. Names are made canonical with the lexicon, so that 猫 and "cats" are one noun, and plans of equal
wishes are equal whoever made them. Numbers are left exactly as they were given.
"""

from __future__ import annotations

import json
import re
from typing import Any

from diptych.core.errors import Bilingual, InvalidPlan, shorten
from diptych.core.operation import AnyOperation
from diptych.core.plan import Plan
from diptych.core.target import Target
from diptych.language.colors import hexadecimal
from diptych.language.dialogue import settle
from diptych.language.lexicon import Sense, lexicon
from diptych.language.llm.schema import MOST_STEPS, PLANNED, hidden_fields

LONGEST = 65_536
LONGEST_TEXT = 500
"""Characters of an answer, and of one text in it."""
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?```\s*$", re.DOTALL)
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_ARTICLE = re.compile(r"^(?:the|an?|this|that|some)\s+", re.IGNORECASE)
_THINGS = ("target", "thing", "scene", "to", "anchor")
_COLORS = ("color", "background")
_CLASSES = {operation.model_fields["op"].default: operation for operation in PLANNED}


def read_plan(text: str) -> Plan:
    """The canonical plan in a model's answer; without steps where the model says that there is nothing to plan.

    Raises InvalidPlan that names what is wrong, so that the model can be asked again.
    """
    data = parsed(text)
    steps = data.get("steps")
    if set(data) - {"version", "steps"} or not isinstance(steps, list):
        raise invalid("the answer must be an object with version and steps", "回答应为含 version 和 steps 的对象", text)
    if len(steps) > MOST_STEPS:
        raise invalid(
            f"{len(steps)} steps, at most {MOST_STEPS}", f"有 {len(steps)} 步，最多 {MOST_STEPS} 步", len(steps)
        )
    for number, step in enumerate(steps):
        _check_step(number, step)
    whole = json.dumps({**data, "steps": [_canonical(step) for step in steps]}, ensure_ascii=False)
    steps = [_pointing(step) for step in Plan.from_json(whole).steps]
    return Plan(steps=tuple(settle(steps))) if steps else Plan()


def parsed(text: str) -> dict[str, Any]:
    """The JSON object in an answer, whatever thoughts or fences stand around it. Raises InvalidPlan."""
    if len(text) > LONGEST:
        raise invalid(f"{len(text):,} characters", f"有 {len(text)} 个字符", "")
    bare = _THOUGHT.sub("", text)
    fenced = _FENCED.match(bare)
    bare = fenced.group(1) if fenced else bare
    try:
        data = json.loads(bare, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(data).encode()
    except (ValueError, RecursionError) as error:
        raise invalid(f"no JSON ({error})", f"不是 JSON（{error}）", bare) from error
    if not isinstance(data, dict):
        raise invalid("no JSON object", "不是 JSON 对象", bare)
    _check_texts(data)
    return data


def invalid(english: str, chinese: str, got: object) -> InvalidPlan:
    return InvalidPlan(
        Bilingual(
            f"Not a plan: {english} (got {shorten(got)}).", f"这不是有效的计划：{chinese}（得到 {shorten(got)}）。"
        ),
        Bilingual("`diptych schema` prints the schema.", "用 `diptych schema` 查看格式。"),
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two values, none is believed."""
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key stands twice")
    return data


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_texts(value: Any) -> None:
    if isinstance(value, str) and (len(value) > LONGEST_TEXT or any(0xD800 <= ord(one) <= 0xDFFF for one in value)):
        raise invalid("a text is too long, or none", "文字太长或无效", value)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _check_texts(child)


def _check_step(number: int, step: Any) -> None:
    op = step.get("op") if isinstance(step, dict) else None
    operation = _CLASSES.get(op) if isinstance(op, str) else None
    if operation is None:
        raise invalid(f"steps.{number}: no operation is called so", f"steps.{number}：没有这样的操作", step)
    for name in hidden_fields(operation):
        usual = operation.model_fields[name].default
        if name in step and not (type(step[name]) is type(usual) and step[name] == usual):
            raise invalid(
                f"steps.{number}.{name} can't be planned", f"steps.{number}.{name} 不能由模型给出", step[name]
            )


# ---- canonical names ---------------------------------------------------------------------------------------


def _canonical(step: dict[str, Any]) -> dict[str, Any]:
    hidden = hidden_fields(_CLASSES[step["op"]])
    made = {name: _named(name, value) for name, value in step.items() if name not in hidden}
    if step["op"] == "restyle" and isinstance(step.get("style"), str):
        made["style"] = _sense(step["style"], "style") or step["style"].strip()
    return made


def _named(name: str, value: Any) -> Any:
    """A field's value with canonical names in it."""
    if name in _THINGS and isinstance(value, dict):
        return _thing(value)
    if name in _COLORS and isinstance(value, str):
        return _color(value)
    if name == "gradient" and isinstance(value, list):
        return [_color(one) if isinstance(one, str) else one for one in value]
    return value


def _thing(data: dict[str, Any]) -> dict[str, Any]:
    """A thing or a target with canonical names."""
    made = {name: _named(name, value) for name, value in data.items()}
    noun = made.get("noun")
    if isinstance(noun, str):
        made["noun"] = _noun(noun)
    attributes = made.get("attributes")
    if isinstance(attributes, list) and all(isinstance(one, str) for one in attributes):
        made["attributes"] = sorted({_sense(one, "attribute") or one.strip().lower() for one in attributes})
    relation = made.get("relation")
    if isinstance(relation, dict):
        made["relation"] = {key: _named(key, one) for key, one in relation.items()}
    return made


def _pointing(step: AnyOperation) -> AnyOperation:
    """The step without targets that point at nothing: they are of the whole picture."""
    empty = {name: None for name in ("target", "to") if getattr(step, name, None) == Target()}
    return step.model_copy(update=empty) if empty else step


def _noun(said: str) -> str:
    """The lexicon's name of a thing; "" for the picture itself; else the words as they were said."""
    words = _ARTICLE.sub("", " ".join(said.split()))
    senses = _senses(words)
    known = next((sense.name for sense in senses if sense.kind in ("thing", "scene")), None)
    if known is None and any(sense.kind == "whole" for sense in senses):
        return ""
    return known or (words.lower() if words.isascii() else words)


def _color(said: str) -> str:
    """`#rrggbb` of a colour in any usual way; the words as they are where they are none, to be refused."""
    words = said.strip()
    if _HEX.fullmatch(words):
        return hexadecimal(words)
    name = _sense(words, "color")
    return lexicon().colors[name] if name else words


def _sense(said: str, kind: str) -> str | None:
    return next((sense.name for sense in _senses(" ".join(said.split())) if sense.kind == kind), None)


def _senses(words: str) -> tuple[Sense, ...]:
    known = lexicon()
    return known.english.get(words.lower()) or known.chinese.get(words) or ()
