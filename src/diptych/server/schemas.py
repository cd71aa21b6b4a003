"""The OpenAPI descriptions of bodies that are read by hand, since their errors are to be those of the OpenAI API."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from diptych.server.chat import Chat
from diptych.server.images import EditWish, Generation, Variation

_FILE = {"type": "string", "format": "binary"}


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """A model's JSON schema without references, so that it can stand anywhere."""
    schema = model.model_json_schema()
    kinds = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolved(kinds[node["$ref"].rpartition("/")[2]])
        return {name: resolved(value) for name, value in node.items() if name != "discriminator"}

    return dict(resolved(schema))


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """For `openapi_extra`."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(model)}}}}


def _form(model: type[BaseModel], *files: str) -> dict[str, Any]:
    schema = _inlined(model)
    schema["properties"] |= dict.fromkeys(files, _FILE)
    schema["required"] = [*schema.get("required", ()), "image"]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


GENERATION_BODY = json_body(Generation)
EDIT_FORM = _form(EditWish, "image", "mask")
VARIATION_FORM = _form(Variation, "image")
CHAT_BODY = json_body(Chat)

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"}, "type": {"type": "string"},
                "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]},
            },
        }
    },
}  # fmt: skip
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "What was wrong with the request.", "content": {"application/json": {"schema": _ERROR}}},
    "5XX": {"description": "What was wrong here.", "content": {"application/json": {"schema": _ERROR}}},
}
