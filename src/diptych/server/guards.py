"""ASGI middleware that looks at requests before anything reads them: whose they are, and how large."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from diptych.core.errors import Bilingual
from diptych.server.errors import language_of, response
from diptych.server.refused import Refused
from diptych.server.settings import Limits

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = ("/healthz",)
"""Routes that ask for no token."""


class Token:
    """401 for whoever doesn't send it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self._expected = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if hmac.compare_digest(headers.get("authorization", "").encode(), self._expected):
            await self.app(scope, receive, send)
            return
        error = Refused(
            401, Bilingual("The token is missing or wrong.", "缺少令牌，或令牌不正确。"), "invalid_api_key",
            type="authentication_error", headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
        await response(error, language_of(headers.get("accept-language", "")))(scope, receive, send)


class Size:
    """413 for a body that is too large, by what it says or by what it comes to."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        said = headers.get("content-length", "0")
        left, begun = self._limits.bytes, False
        if said.isdigit() and int(said) > left:
            await self._too_large(headers)(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooLarge
            return message

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, counted, sent)
        except _TooLarge:
            if not begun:
                await self._too_large(headers)(scope, receive, send)

    def _too_large(self, headers: Headers):  # type: ignore[no-untyped-def]
        most = f"{self._limits.megabytes:g}"
        told = Bilingual(f"The request is larger than {most} MB.", f"请求超过 {most} MB。")
        return response(Refused(413, told, "too_large"), language_of(headers.get("accept-language", "")))


class _TooLarge(Exception):
    """More came than the request's length said, or than it may be."""
