"""An application on an address, until it is told to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn

from diptych.server.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_PATIENCE = 5
"""Seconds that connections are given to end once the server is to stop."""


class _Announced(uvicorn.Server):
    """Says where it listens once it does; with port 0 nobody knows before."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, *arguments: Any, **options: Any) -> None:
        await super().startup(*arguments, **options)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


def run(app: FastAPI, settings: Settings, on_ready: Callable[[str], None]) -> bool:
    """Serves until a signal; False where it could not begin (the address is taken)."""
    config = uvicorn.Config(
        app, settings.host, settings.port, log_level="error", access_log=False, server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )  # fmt: skip
    server = _Announced(config, on_ready)
    try:
        server.run()
    except SystemExit:  # uvicorn's way of saying that it could not bind
        return False
    return server.started
