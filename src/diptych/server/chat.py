"""/v1/chat/completions with pictures: describing and answering.

The picture is the last one of the conversation, the question the last text of the user. "Describe it", "描述这张图"
and no words at all ask for a description; a statement is no question, and refused as the reader refuses it. What
system messages say changes nothing.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from diptych.engines import language_of
from diptych.server.refused import wrong
from diptych.server.settings import Settings
from diptych.server.uploads import from_url

if TYPE_CHECKING:
    from diptych.studio import Studio

DESCRIBING = (
    "describe",
    "what is in",
    "what's in",
    "what do you see",
    "what does it show",
    "描述",
    "图里有什么",
    "画了什么",
    "有什么",
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Link(_Strict):
    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class Text(_Strict):
    type: Literal["text"]
    text: str


class Image(_Strict):
    type: Literal["image_url"]
    image_url: Link


Part = Annotated[Text | Image, Field(discriminator="type")]


class Message(_Strict):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None
    name: str | None = None


class Chat(_Strict):
    """What can be honoured of a chat's parameters: answers are the reader's, and always the same."""

    model: str | None = None
    messages: Annotated[list[Message], Field(min_length=1, max_length=200)]
    stream: bool = False
    n: Literal[1] | None = None
    user: str | None = None
    safety_identifier: str | None = None


def question_of(chat: Chat) -> str:
    """The last words of the user; "" where there are none."""
    for message in reversed(chat.messages):
        if message.role == "user":
            if isinstance(message.content, str):
                return message.content.strip()
            return " ".join(part.text for part in message.content or () if isinstance(part, Text)).strip()
    return ""


def picture_of(chat: Chat) -> str:
    """The URL of the last picture. Raises Refused."""
    for message in reversed(chat.messages):
        if isinstance(message.content, list):
            for part in reversed(message.content):
                if isinstance(part, Image):
                    return part.image_url.url
    raise wrong(
        "messages",
        "No message has a picture; send one as an image_url part.",
        "消息里没有图片，请用 image_url 发送一张。",
    )


def reply(studio: Studio, chat: Chat, settings: Settings) -> str:
    """The words. Raises Refused, InvalidPicture, NotUnderstood, Unsupported."""
    question = question_of(chat)
    picture = from_url(picture_of(chat), settings).picture(settings.limits.pixels)
    if not question or _asks_for_all(question):
        return studio.describe(picture, language=language_of(question))
    return studio.ask(picture, question)


def _asks_for_all(question: str) -> bool:
    said = question.lower().strip(" ?？。.!！")
    return any(said.startswith(start) or said.endswith(start) for start in DESCRIBING) and len(said) < 40


def completion(chat: Chat, words: str) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": words, "refusal": None},
        "finish_reason": "stop",
        "logprobs": None,
    }
    return {**_head(chat, "chat.completion"), "choices": [choice]}


def chunks(chat: Chat, words: str) -> list[dict[str, Any]]:
    """The same as a stream: the reader answers at once, so it is one piece."""
    head = _head(chat, "chat.completion.chunk")
    first = {"index": 0, "delta": {"role": "assistant", "content": words}, "finish_reason": None}
    last: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return [{**head, "choices": [first]}, {**head, "choices": [last]}]


def _head(chat: Chat, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time()), "model": chat.model or "diptych"}
