"""Bodies of requests as models; what is wrong with them is said by the parameter's name, as OpenAI clients expect."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from diptych.core.errors import Bilingual
from diptych.server.refused import Refused, wrong
from diptych.server.settings import Settings
from diptych.server.uploads import Form, read_form

W = TypeVar("W", bound=BaseModel)


async def json_as(request: Request, kind: type[W]) -> W:
    """A JSON body as a model. Raises Refused."""
    try:
        given = await request.json()
    except (ValueError, RecursionError) as error:
        raise wrong("body", "The body is no JSON.", "请求内容不是 JSON。", "invalid_json") from error
    if not isinstance(given, dict):
        raise wrong("body", "The body is no JSON object.", "请求内容不是 JSON 对象。", "invalid_json")
    # null is what clients send for what isn't said.
    return validated(kind, {name: value for name, value in given.items() if value is not None})


async def form_as(request: Request, kind: type[W], settings: Settings, names: tuple[str, ...]) -> tuple[Form, W]:
    """A multipart form's files, and its fields as a model; besides pictures it may hold files of `names`. Raises
    Refused."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        told = Bilingual("Send multipart/form-data.", "请以 multipart/form-data 发送。")
        raise Refused(415, told, "wrong_content_type")
    limits = settings.limits
    try:
        async with request.form(max_files=limits.pictures + 1, max_fields=64, max_part_size=limits.words * 4) as form:
            read = await read_form(form, settings, names)
    except (MultiPartException, HTTPException) as error:
        said = getattr(error, "message", None) or getattr(error, "detail", "")
        raise wrong("body", f"The form can't be read: {said}", f"无法解析表单：{said}", "invalid_form") from error
    return read, validated(kind, read.fields)


def heard(request: Request, words: str, settings: Settings) -> None:
    """The words of a request: errors will be in their language. Raises Refused for too many."""
    request.state.words = words[:1000]
    most, many = settings.limits.words, len(words)
    if many > most:
        told = f"The words have {many:,} characters; {most:,} can be.", f"文字有 {many:,} 个字符，最多 {most:,} 个。"
        raise wrong("prompt", *told, "string_above_max_length")


def validated(kind: type[W], given: dict[str, Any]) -> W:
    """Raises Refused."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise invalid(error.errors()) from error


def invalid(errors: Any) -> Refused:
    """The first that is wrong, by name."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))[:80] or "body"
    if first["type"] == "extra_forbidden":
        return wrong(
            where, f"The parameter '{where}' is not supported.", f"不支持参数“{where}”。", "unsupported_parameter"
        )
    if first["type"] == "missing":
        return wrong(where, f"'{where}' is missing.", f"缺少“{where}”。", "missing_required_parameter")
    return wrong(where, f"'{where}' is wrong: {first['msg']}.", f"“{where}”有误：{first['msg']}。")
