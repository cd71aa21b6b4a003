"""/v1/chat/completions and /v1/models by the official OpenAI client."""

from __future__ import annotations

import base64

import openai
import pytest
from openai import OpenAI

from diptych import Picture, Studio

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def drawing(studio: Studio) -> str:
    data = studio.draw("a red cat left of two blue stars, at night", seed=1).encode("png")
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def said(client: OpenAI, words: str, url: str) -> str:
    content = [{"type": "text", "text": words}, {"type": "image_url", "image_url": {"url": url}}]
    chat = client.chat.completions.create(model="diptych", messages=[{"role": "user", "content": content}])  # type: ignore[list-item,misc]
    assert chat.choices[0].finish_reason == "stop"
    return chat.choices[0].message.content or ""


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("What colour is the cat?", "red"), ("猫是什么颜色？", "红"),
        ("how many stars are there?", "2"), ("有几颗星星？", "2"),
    ],
)  # fmt: skip
def test_answers_about_a_picture(client: OpenAI, drawing: str, words: str, answer: str) -> None:
    given = said(client, words, drawing)
    assert answer in given or {"2": "two", "red": "red"}.get(answer, "两") in given


@pytest.mark.parametrize(
    ("words", "parts"), [("Describe it.", ("cat", "star")), ("描述这张图", ("猫", "星")), ("", ("cat",))]
)
def test_describes_a_picture(client: OpenAI, drawing: str, words: str, parts: tuple[str, ...]) -> None:
    given = said(client, words, drawing)
    assert all(part in given for part in parts)


def test_goes_on_about_the_picture_of_an_earlier_message(client: OpenAI, drawing: str) -> None:
    messages = [
        {"role": "system", "content": "You look at pictures."},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": drawing}}]},
        {"role": "assistant", "content": "A cat and stars."},
        {"role": "user", "content": "What colour is the cat?"},
    ]
    chat = client.chat.completions.create(model="diptych", messages=messages)  # type: ignore[arg-type]
    assert chat.choices[0].message.content == "red"
    streamed = client.chat.completions.create(model="diptych", messages=messages, stream=True)  # type: ignore[arg-type]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == "red"


def test_what_cannot_be_honoured_is_refused_by_name(client: OpenAI, drawing: str) -> None:
    message = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": drawing}}]}
    for name in ("temperature", "max_tokens"):
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model="diptych", messages=[message], **{name: 1})  # type: ignore[arg-type,call-overload]
        assert refused.value.param == name
    with pytest.raises(openai.BadRequestError, match="picture"):
        client.chat.completions.create(model="diptych", messages=[{"role": "user", "content": "hello"}])


def test_fetches_no_urls_but_of_hosts_that_are_allowed(client: OpenAI, url: str) -> None:
    for place in (f"{url}/healthz", "file:///etc/passwd", "http://169.254.169.254/latest", "data:image/png,abc", "x"):
        with pytest.raises(openai.BadRequestError):
            said(client, "Describe it.", place)


def test_models(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["diptych"]
    assert client.models.retrieve("diptych").owned_by == "diptych"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-image-9")


def test_reads_photos_as_far_as_the_reader_can(client: OpenAI, photo: bytes) -> None:
    coded = base64.b64encode(photo).decode()
    with pytest.raises(openai.BadRequestError) as refused:
        said(client, "How many stars are there?", f"data:image/jpeg;base64,{coded}")
    assert refused.value.code in ("unsupported", "not_understood")
    assert Picture.from_bytes(photo).width == 512
