"""One question to a chat server and its answer, within limits of time, size and number of tries.

The protocol is a single POST, so it is spoken over a plain HTTP client: no redirect is followed, nothing of the
environment is sent but the key that belongs to the host, and a reply is cut off at LARGEST_REPLY whatever it says of
its own length.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

from diptych.core.errors import Bilingual, MissingExtra, Unsupported, shorten
from diptych.language.llm.server import KEY, Server

if TYPE_CHECKING:
    import httpx2

LARGEST_REPLY = 1 << 20
"""Bytes of a reply; a plan has a few thousand."""
TRIES, LONGEST_WAIT = 3, 20.0
"""How often a busy server (429, 503) is asked, and the longest that is waited between, in seconds."""
FIRST_WAIT = 1.0
BUSY = (429, 503)
REFUSED = (400, 422, 501)
"""What servers answer to a parameter or a schema that they don't take."""

Format = Literal["json_schema", "json_object", "text"]
FORMATS: tuple[Format, ...] = ("json_schema", "json_object", "text")
Message = dict[str, Any]


@dataclass
class Chat:
    """A server to talk to. What it refused once it isn't asked for again; `notes` say what that was.

    sleep  seconds → None, between tries
    """

    server: Server
    sleep: Callable[[float], None] = time.sleep
    notes: list[Bilingual] = field(default_factory=list)
    _format: Format = "json_schema"
    _temperature: bool = True

    def ask(self, messages: Sequence[Message], name: str, schema: dict[str, Any]) -> str:
        """The text of the answer, asked to follow `schema`. Raises Unsupported for a server that can't be reached,
        refuses, answers too much, too late, or not in the protocol; MissingExtra without the HTTP client."""
        client = _client(self.server)
        until = time.monotonic() + self.server.timeout
        with client:
            while True:
                status, body, headers = self._tried(client, self._body(messages, name, schema), until)
                if status == 200:
                    return _text_of(body)
                if status not in REFUSED or not self._gave_way(body):
                    raise self._refusal(status, body, headers)

    def _body(self, messages: Sequence[Message], name: str, schema: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.server.model, "messages": list(messages), "stream": False}
        if self._temperature:
            body["temperature"] = 0
        if self._format == "json_schema":
            form = {"name": name, "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        elif self._format == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _gave_way(self, body: bytes) -> bool:
        """Whether the refused question can be asked in a plainer way; the next one is asked so, too."""
        if self._temperature and b"temperature" in body:
            self._temperature = False
            return True
        at = FORMATS.index(self._format) + 1
        if at == len(FORMATS):
            return False
        self.notes.append(
            Bilingual(
                f"The server doesn't take {self._format}; it is asked for {FORMATS[at]} instead.",
                f"服务器不支持 {self._format}，改用 {FORMATS[at]}。",
            )
        )
        self._format = FORMATS[at]
        return True

    def _tried(self, client: httpx2.Client, body: dict[str, Any], until: float) -> tuple[int, bytes, Any]:
        """Status, body and headers of the reply; a busy server is asked again after as long as it says."""
        for attempt in range(TRIES):
            status, reply, headers = self._sent(client, body, until)
            if status not in BUSY:
                break
            wait = _wanted_wait(headers.get("retry-after"), attempt)
            if attempt + 1 == TRIES or wait > min(LONGEST_WAIT, until - time.monotonic()):
                break
            self.sleep(wait)
        return status, reply, headers

    def _sent(self, client: httpx2.Client, body: dict[str, Any], until: float) -> tuple[int, bytes, Any]:
        import httpx2

        said = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            with client.stream("POST", f"{self.server.url}/chat/completions", content=said) as response:
                reply = bytearray()
                for chunk in response.iter_bytes():
                    reply += chunk
                    if len(reply) > LARGEST_REPLY:
                        raise _too_large(self.server)
                    if time.monotonic() > until:
                        raise _too_late(self.server)
                return response.status_code, bytes(reply), response.headers
        except httpx2.TimeoutException as error:
            raise _too_late(self.server) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise _broken(self.server, error) from None  # its text could quote headers

    def _refusal(self, status: int, body: bytes, headers: Any) -> Unsupported:
        """What a status other than 200 comes to, without the key, which some servers repeat."""
        key = self.server.key(os.environ)
        said = _message_of(body)
        said = said.replace(key, "…") if key else said
        if status in (401, 403):
            remedy = Bilingual(f"Put the right key into {KEY}.", f"请在环境变量 {KEY} 里填写正确的密钥。")
        elif status in BUSY:
            wait = shorten(headers.get("retry-after", "?"), 40)
            remedy = Bilingual(f"Try later (it says: after {wait}).", f"请稍后再试（服务器建议等待：{wait}）。")
        elif 300 <= status < 400:
            remedy = Bilingual(
                "Redirects are not followed; give the URL that it leads to, if you trust it.",
                "不会跟随重定向；如果信任目标地址，请直接给出它。",
            )
        else:
            remedy = Bilingual("Check --llm-url and --llm-model.", "请检查 --llm-url 和 --llm-model。")
        return Unsupported(
            Bilingual(
                f"The language server {self.server.host} answered {status}: {said}",
                f"语言模型服务 {self.server.host} 返回 {status}：{said}",
            ),
            remedy,
        )


def _client(server: Server) -> httpx2.Client:
    try:
        import httpx2
    except ImportError as error:
        raise MissingExtra("llm", Bilingual("Planning by a language model", "用语言模型制定计划")) from error
    headers = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}
    key = server.key(os.environ)
    if key:
        if not key.isascii() or not key.isprintable():
            raise Unsupported(
                Bilingual("The key holds characters that no key has.", "密钥里有不该有的字符。"),
                Bilingual(f"Look at {KEY}.", f"请检查 {KEY}。"),
            )
        headers["authorization"] = f"Bearer {key}"
    patience = httpx2.Timeout(server.timeout, connect=min(10.0, server.timeout))
    return httpx2.Client(headers=headers, timeout=patience, follow_redirects=False)


def _wanted_wait(said: str | None, attempt: int) -> float:
    """Seconds from a Retry-After header (RFC 9110, 10.2.3: seconds, or a date); else doubling from FIRST_WAIT."""
    if said is None:
        return float(FIRST_WAIT * 2**attempt)
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return float(FIRST_WAIT * 2**attempt)
    aware = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(0.0, (aware - datetime.now(timezone.utc)).total_seconds())


def _text_of(body: bytes) -> str:
    """choices[0].message.content of a reply. Raises Unsupported for what is no such reply."""
    try:
        choice = json.loads(body)["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise _no_reply(f"“{shorten(body.decode('utf-8', 'replace'))}”") from error
    if choice.get("finish_reason") == "length":
        raise _no_reply("finish_reason=length")
    if not isinstance(text, str) or not text.strip():
        raise _no_reply("content=" + shorten(json.dumps(text)))
    return text


def _message_of(body: bytes) -> str:
    """What a server says of its refusal: error.message where it has one, else the first words."""
    try:
        error = json.loads(body)["error"]
        return shorten(error["message"] if isinstance(error, dict) else error, 200)
    except (ValueError, KeyError, TypeError, RecursionError):
        return shorten(body.decode("utf-8", "replace"), 120)


def _no_reply(got: str) -> Unsupported:
    return Unsupported(
        Bilingual(
            f"The language server didn't answer as chat completions do: {got}.",
            f"语言模型服务的回复不符合 chat completions 协议：{got}。",
        ),
        Bilingual("Check --llm-url; try another model.", "请检查 --llm-url，或换一个模型。"),
    )


def _too_large(server: Server) -> Unsupported:
    return Unsupported(
        Bilingual(
            f"The reply of the language server {server.host} is larger than {LARGEST_REPLY:,} bytes; it was cut off.",
            f"语言模型服务 {server.host} 的回复超过 {LARGEST_REPLY:,} 字节，已中断接收。",
        ),
        Bilingual("Try another model or server.", "请换一个模型或服务器。"),
    )


def _too_late(server: Server) -> Unsupported:
    return Unsupported(
        Bilingual(
            f"The language server {server.host} didn't answer within {server.timeout:g} seconds.",
            f"语言模型服务 {server.host} 在 {server.timeout:g} 秒内没有回复完。",
        ),
        Bilingual("Raise DIPTYCH_LLM_TIMEOUT, or take a faster model.", "请增大 DIPTYCH_LLM_TIMEOUT，或换更快的模型。"),
    )


def _broken(server: Server, error: Exception) -> Unsupported:
    kind = type(error).__name__
    return Unsupported(
        Bilingual(
            f"The language server at {server.url} could not be reached, or broke off ({kind}).",
            f"无法连接语言模型服务 {server.url}，或连接中断（{kind}）。",
        ),
        Bilingual("Is it running? Check --llm-url.", "它在运行吗？请检查 --llm-url。"),
    )
