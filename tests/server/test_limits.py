"""Who gets in, how much, for how long, and what is told of it."""

from __future__ import annotations

import gc
import json
import logging
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from diptych import Studio
from diptych.core.errors import Unsupported
from diptych.server.jobs import Cancelled, Job, Jobs, OutOfTime, QueueFull
from diptych.server.settings import Limits, Settings
from diptych.server.shelf import Shelf

pytestmark = pytest.mark.enable_socket


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it didn't come to pass"
        sleep(0.01)


# ---- the queue ----


def test_work_waits_in_order_and_more_than_may_is_refused() -> None:
    jobs, go, order = Jobs(queue=2, workers=1, seconds=60), threading.Event(), []
    first = jobs.submit(lambda job: go.wait(10))
    until(lambda: jobs.running == 1)
    second = jobs.submit(lambda job: order.append(2))
    third = jobs.submit(lambda job: order.append(3))
    assert [jobs.position(job) for job in (first, second, third)] == [0, 1, 2]
    with pytest.raises(QueueFull) as refused:
        jobs.submit(lambda job: None)
    assert refused.value.seconds >= 1
    go.set()
    third.future.result(10)
    assert order == [2, 3]
    assert (jobs.waiting, jobs.running) == (0, 0) or jobs.running == 1


def test_what_waits_is_cancelled_at_once_and_what_runs_where_it_looks() -> None:
    jobs, looks = Jobs(queue=1, workers=1, seconds=60), []

    def work(job: Job[None]) -> None:
        while True:
            looks.append(1)
            job.on_progress(0.5, "half")
            sleep(0.01)

    running = jobs.submit(work)
    until(lambda: bool(looks))
    waiting: Job[Any] = jobs.submit(lambda job: looks.clear())
    waiting.cancel()
    assert jobs.waiting == 0
    jobs.submit(lambda job: "after").cancel()
    running.cancel()
    with pytest.raises(Cancelled):
        running.future.result(10)
    with pytest.raises(Cancelled):
        waiting.future.result(10)
    assert looks
    assert jobs.submit(lambda job: "next").future.result(10) == "next"


def test_work_that_takes_too_long_is_ended() -> None:
    def work(job: Job[None]) -> None:
        while True:
            sleep(0.01)
            job.check()

    jobs = Jobs(queue=1, workers=1, seconds=0.05)
    with pytest.raises(OutOfTime, match=r"0\.05 s"):
        jobs.submit(work).future.result(10)


def test_things_are_kept_for_a_while() -> None:
    now = [0.0]
    shelf: Shelf[str] = Shelf(2, 1.0, lambda: now[0])
    one, two = shelf.put("one"), shelf.put("two")
    assert len(one) >= 32
    assert shelf.get(one) == "one"
    three = shelf.put("three")  # the longest unused goes
    assert shelf.get(two) is None
    now[0] = 59
    assert shelf.get(three) == "three"
    now[0] = 61
    assert shelf.get(one) is None
    assert shelf.get(three) == "three"
    assert not shelf.swap(three, "other", "new")
    assert shelf.drop(three)
    assert len(shelf) == 0


# ---- the server ----


class Slow(Studio):
    """A studio whose drawings take until they are let go, and look whether to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.ended = threading.Event(), threading.Event()

    def draw(self, words: str, **options: Any) -> Any:
        try:
            while not self.go.wait(0.01):
                options["on_progress"](0.0, "drawing")
        except Cancelled:
            self.ended.set()
            raise
        return super().draw(words, size=128)


def test_a_full_queue_is_told_and_empties(serve: Callable[..., str]) -> None:
    studio = Slow()
    url = serve(studio, Limits(queue=1, workers=1))
    ask = lambda: httpx2.post(f"{url}/v1/images/generations", json={"prompt": "a cat"}, timeout=60)  # noqa: E731
    with ThreadPoolExecutor(2) as pool:
        kept = [pool.submit(ask) for _ in range(2)]
        until(lambda: httpx2.get(f"{url}/healthz").json() == {"status": "ok", "waiting": 1, "running": 1})
        refused = ask()
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"]["code"] == "queue_full"
        with pytest.raises(openai.RateLimitError):
            OpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0).images.generate(prompt="a cat")
        studio.go.set()
        assert [one.result().status_code for one in kept] == [200, 200]


def test_a_client_that_leaves_frees_its_place(serve: Callable[..., str]) -> None:
    studio = Slow()
    url = serve(studio, Limits(queue=0, workers=1))
    with pytest.raises(httpx2.TimeoutException):
        httpx2.post(f"{url}/v1/images/generations", json={"prompt": "a cat"}, timeout=0.3)
    assert studio.ended.wait(10)
    studio.go.set()
    until(lambda: httpx2.get(f"{url}/healthz").json()["running"] == 0)
    assert httpx2.post(f"{url}/v1/images/generations", json={"prompt": "a cat"}, timeout=60).status_code == 200


def test_a_request_that_takes_too_long_is_answered(serve: Callable[..., str]) -> None:
    url = serve(Slow(), Limits(seconds=0.2))
    answer = httpx2.post(f"{url}/v1/images/generations", json={"prompt": "一只猫"}, timeout=60)
    assert answer.status_code == 504
    assert answer.headers["x-should-retry"] == "false"


def test_a_token_is_asked_for(serve: Callable[..., str]) -> None:
    token = "a secret of many characters"
    url = serve(token=token)
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": token}):
        answer = httpx2.get(f"{url}/v1/models", headers=headers)
        assert answer.status_code == 401
        assert token not in answer.text
    assert httpx2.get(f"{url}/healthz").status_code == 200
    with pytest.raises(openai.AuthenticationError):
        OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0).models.list()
    assert OpenAI(base_url=f"{url}/v1", api_key=token).models.list().data


def test_without_a_token_only_this_machine_may_reach_it() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.com"):
        with pytest.raises(Unsupported, match="DIPTYCH_TOKEN"):
            Settings(host)
    with pytest.raises(Unsupported, match="guessed"):
        Settings(token="short")
    assert Settings("::1").token is None
    with pytest.raises(Unsupported):
        Limits(seconds=0)


def test_requests_and_pictures_that_are_too_large(serve: Callable[..., str], photo: bytes) -> None:
    url = serve(limits=Limits(megabytes=0.5, megapixels=0.2))
    large = httpx2.post(f"{url}/v1/images/generations", content=b"x" * 600_000)
    assert large.status_code == 413
    endless = httpx2.post(f"{url}/v1/images/generations", content=(b"x" * 1000 for _ in range(700)))
    assert endless.status_code == 413
    many = httpx2.post(f"{url}/v1/images/edits", files={"image": photo}, data={"prompt": "make it brighter"})
    assert many.status_code == 400
    assert "0.2" in many.text or "200,000" in many.text


def test_other_web_pages_may_not_call_it_unless_allowed(url: str, serve: Callable[..., str]) -> None:
    page = {"Origin": "https://page.example"}
    assert "access-control-allow-origin" not in httpx2.get(f"{url}/v1/models", headers=page).headers
    allowed = httpx2.get(f"{serve(origins=('https://page.example',))}/v1/models", headers=page)
    assert allowed.headers["access-control-allow-origin"] == "https://page.example"


def test_metrics_and_logs_tell_no_words(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "diptych.server"):
        answer = httpx2.post(f"{url}/v1/images/generations", json={"prompt": "a flurgle of secrets"})
    assert answer.status_code == 400
    told = [record.told for record in caplog.records if hasattr(record, "told")]
    assert told[-1]["route"] == "/v1/images/generations"
    assert told[-1]["status"] == 400
    assert told[-1]["request"] == answer.headers["x-request-id"]
    assert "flurgle" not in json.dumps(told) + caplog.text
    metrics = httpx2.get(f"{url}/metrics").text
    assert 'diptych_requests_total{route="/v1/images/generations",status="400"}' in metrics
    assert "diptych_jobs_waiting 0.0" in metrics


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"prompt": 1}', b"[" * 100_000, b'{"prompt": "a\xff"}'])
def test_bodies_that_are_none(url: str, body: bytes) -> None:
    for path in ("images/generations", "chat/completions"):
        answer = httpx2.post(f"{url}/v1/{path}", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"


def test_unknown_paths_and_methods(url: str) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("GET", "/v1/images/edits", 405),
        ("DELETE", "/v1/models", 405),
    ):
        answer = httpx2.request(method, f"{url}{path}")
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == "not_found"


def test_what_was_made_is_kept_by_nobody(studio: Studio, photo: bytes) -> None:
    """Pictures are large, and the collector of cycles comes late: what a request made goes when it is answered."""
    jobs = Jobs(queue=1, workers=1, seconds=60)
    gc.collect()
    gc.disable()
    try:
        job = jobs.submit(lambda job: studio.edit(photo, "make it brighter", on_progress=job.on_progress))
        made = weakref.ref(job.future.result(60).picture)
        del job
        until(lambda: made() is None, seconds=2)
    finally:
        gc.enable()
