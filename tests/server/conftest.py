"""A real server on a free loopback port, and the official client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest
import uvicorn
from openai import OpenAI
from skimage import data

from diptych import Picture, Studio
from diptych.server.app import create_app
from diptych.server.settings import Limits, Settings

Serve = Callable[..., str]


class Running:
    """An application on a free port of 127.0.0.1, in a thread."""

    def __init__(self, studio: Studio, settings: Settings) -> None:
        self.server = uvicorn.Server(uvicorn.Config(create_app(studio, settings), "127.0.0.1", 0, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        until = monotonic() + 20
        while not self.server.started:
            assert monotonic() < until, "the server didn't start"
            sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *error: object) -> None:
        self.server.should_exit = True
        self.thread.join(20)


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="module")
def url(studio: Studio) -> Iterator[str]:
    """A server with the usual limits."""
    with Running(studio, Settings()) as place:
        yield place


@pytest.fixture
def serve(studio: Studio) -> Iterator[Serve]:
    """Starts servers of other settings."""
    running: list[Running] = []

    def start(studio: Studio = studio, limits: Limits | None = None, **settings: object) -> str:
        running.append(Running(studio, Settings(limits=limits or Limits(), **settings)))  # type: ignore[arg-type]
        return running[-1].__enter__()

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def client(url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as one:
        yield one


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A real photo (512×512, a person) as a JPEG."""
    return Picture.from_array(data.astronaut()).encode("jpeg")
