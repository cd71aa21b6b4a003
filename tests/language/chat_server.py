"""A real HTTP server that speaks chat completions, for tests: it gives recorded replies, well-behaved and hostile ones,
and keeps what it was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """Hands each POST to the next of the server's answers; the last one is given from then on."""

    protocol_version = "HTTP/1.1"
    server: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked = self.server.asked
        asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        answers = self.server.answers
        answers[min(len(asked), len(answers)) - 1](self, body)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        pass


@dataclass(frozen=True)
class Asked:
    """One request: path, headers in lower case, and the JSON of its body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def words(self) -> str:
        """All that was said, pictures included."""
        return json.dumps(self.body["messages"], ensure_ascii=False)

    @property
    def format(self) -> str:
        return str(self.body.get("response_format", {}).get("type", "text"))


@dataclass
class ChatServer(ThreadingHTTPServer):
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up on a reply that is too large or too slow does what it should."""


@contextmanager
def serving(*answers: Answer) -> Iterator[ChatServer]:
    server = ChatServer(list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ---- answers ------------------------------------------------------------------------------------------------


def says(text: str, **extra: Any) -> Answer:
    """A well-formed completion with `text` as its content."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}} | extra
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "recorded", "choices": [choice]}
    return lambda handler, _: handler.send(200, json.dumps(body).encode())


def plans(*steps: dict[str, Any]) -> Answer:
    return says(json.dumps({"version": 1, "steps": list(steps)}, ensure_ascii=False))


def raw(body: bytes, status: int = 200, **headers: str) -> Answer:
    return lambda handler, _: handler.send(status, body, **headers)


def fails(status: int, message: str = "no", **headers: str) -> Answer:
    return raw(json.dumps({"error": {"message": message, "type": "x"}}).encode(), status, **headers)


def refuses(*formats: str) -> Answer:
    """400 for these response formats, a plan for others."""

    def answer(handler: Handler, body: dict[str, Any]) -> None:
        asked = body.get("response_format", {}).get("type", "text")
        if asked in formats:
            fails(400, f"response_format {asked} is unavailable")(handler, body)
        else:
            says('{"version": 1, "steps": [{"op": "brightness", "amount": 0.3}]}')(handler, body)

    return answer


def stalls(seconds: float) -> Answer:
    return lambda handler, body: (time.sleep(seconds), plans()(handler, body))[1]


def drips(every: float) -> Answer:
    """A byte at a time, for ever; no single one is late."""

    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(every)

    return answer


def breaks_off(handler: Handler, body: dict[str, Any]) -> None:
    """Half a reply: the connection is closed before its announced end."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"message": {"content": "{')
    handler.wfile.flush()
    handler.connection.shutdown(2)
    handler.close_connection = True
