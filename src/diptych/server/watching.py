"""What an operator sees: /metrics for Prometheus, and a JSON line for each request, without pictures, words or keys."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from diptych.server.jobs import Jobs

LOG = logging.getLogger("diptych.server")
_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """Of one server: requests by route and status, their seconds, and what waits and runs."""

    def __init__(self, jobs: Jobs) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "diptych_requests", "Requests that were answered.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "diptych_request_seconds", "How long answers took.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        waiting = Gauge("diptych_jobs_waiting", "Pieces of work in the queue.", registry=self.registry)
        running = Gauge("diptych_jobs_running", "Pieces of work under way.", registry=self.registry)
        waiting.set_function(lambda: jobs.waiting)
        running.set_function(lambda: jobs.running)


class Watch:
    """ASGI middleware: counts, times, logs, and gives each request a number, which the answer carries."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, number, status = perf_counter(), uuid.uuid4().hex, 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode())]
            await send(message)

        try:
            await self.app(scope, receive, numbered)
        finally:
            seconds = perf_counter() - began
            # The route's pattern, not the path: ids of sessions are keys to them, and would make endless series.
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.requests.labels(route, status).inc()
            self.metrics.seconds.labels(route).observe(seconds)
            LOG.info("answered", extra={"told": {
                "request": number, "method": scope["method"], "route": route, "status": status,
                "milliseconds": round(1000 * seconds, 1),
            }})  # fmt: skip


class AsJson(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": round(time(), 3),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        told |= getattr(record, "told", {})
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def log_to_stderr() -> None:
    """What `diptych serve` does; a program that makes an app of its own logs as it likes."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson())
    LOG.handlers, LOG.propagate = [handler], False
    LOG.setLevel(logging.INFO)
