"""The server as one ASGI application: `create_app(studio, settings)`.

Requests are parsed here, within limits; the work is done by `Jobs` in threads, so that the event loop always answers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from diptych.core.errors import Bilingual, DiptychError, Language
from diptych.server import chat, images, native
from diptych.server.errors import language_of, response, unforeseen
from diptych.server.guards import Size, Token
from diptych.server.images import EditWish, Generation, Images, Made, Streamed, Variation
from diptych.server.jobs import Cancelled, Job, Jobs, settled
from diptych.server.reading import form_as, heard, invalid, json_as
from diptych.server.refused import Refused, wrong
from diptych.server.schemas import CHAT_BODY, EDIT_FORM, ERRORS, GENERATION_BODY, VARIATION_FORM
from diptych.server.settings import Settings
from diptych.server.shelf import Shelf
from diptych.server.streaming import Stream
from diptych.server.watching import Metrics, Watch

if TYPE_CHECKING:
    from diptych.studio import Studio

T = TypeVar("T")
W = TypeVar("W", bound=BaseModel)

_LEFT = 499
"""Status, in logs and metrics only, of a client that didn't wait for its answer."""
_KEPT = 64
"""Finished pictures behind URLs."""


def create_app(studio: Studio, settings: Settings | None = None) -> FastAPI:
    """An application that works with one studio, whose models are loaded once."""
    return _Server(studio, settings or Settings()).app


class _Server:
    def __init__(self, studio: Studio, settings: Settings) -> None:
        limits = settings.limits
        self.studio, self.settings = studio, settings
        self.jobs = Jobs(limits.queue, limits.workers, limits.seconds)
        self.images = Images(studio, limits)
        self.shelf: Shelf[bytes] = Shelf(_KEPT, limits.minutes)
        self.metrics = Metrics(self.jobs)
        self.app = self._assembled()

    def _assembled(self) -> FastAPI:
        from diptych import __version__

        app = FastAPI(
            title="Diptych", version=__version__, lifespan=self._lifespan, docs_url=None, redoc_url=None,
            description="Edits photos by instruction, draws from words, describes and answers; in English or Chinese.",
        )  # fmt: skip
        add = app.add_api_route
        add(
            "/v1/images/generations",
            self.generations,
            methods=["POST"],
            openapi_extra=GENERATION_BODY,
            responses=ERRORS,
        )
        add("/v1/images/edits", self.edits, methods=["POST"], openapi_extra=EDIT_FORM, responses=ERRORS)
        add("/v1/images/variations", self.variations, methods=["POST"], openapi_extra=VARIATION_FORM, responses=ERRORS)
        add("/v1/images/files/{name}", self.file, methods=["GET"], responses=ERRORS)
        add("/v1/chat/completions", self.chat, methods=["POST"], openapi_extra=CHAT_BODY, responses=ERRORS)
        add("/v1/models", self.models, methods=["GET"])
        add("/v1/models/{name:path}", self.model, methods=["GET"], responses=ERRORS)
        add("/healthz", self.health, methods=["GET"])
        add("/metrics", self.counted, methods=["GET"])
        app.include_router(native.router(self.studio, self.settings, self._read, self.done))
        _answer_errors(app)
        self._guard(app)
        return app

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        self.jobs.open()
        try:
            yield
        finally:
            self.jobs.close()

    def _guard(self, app: FastAPI) -> None:
        """Innermost first: a request is watched, then asked for its token, then measured."""
        app.add_middleware(Size, limits=self.settings.limits)
        if self.settings.token is not None:
            app.add_middleware(Token, token=self.settings.token)
        if self.settings.origins:
            from fastapi.middleware.cors import CORSMiddleware

            app.add_middleware(
                CORSMiddleware, allow_origins=list(self.settings.origins), allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["Authorization", "Content-Type"],
            )  # fmt: skip
        app.add_middleware(Watch, metrics=self.metrics)

    # ---- routes ----

    async def generations(self, request: Request) -> Response:
        """Pictures from words."""
        wish = await self._read(request, Generation)
        wish.check()
        return await self._pictures(
            request, wish, lambda job, show: self.images.generate(wish, job, show), "image_generation"
        )

    async def edits(self, request: Request) -> Response:
        """A picture changed by words. A mask is transparent where the edit may work."""
        form, wish = await form_as(request, EditWish, self.settings, ("mask",))
        heard(request, wish.prompt, self.settings)
        wish.check()
        return await self._pictures(
            request, wish, lambda job, show: self.images.edit(wish, form, job, show), "image_edit"
        )

    async def variations(self, request: Request) -> Response:
        """Other drawings of what a drawing shows; of photographs with a painter that restyles them."""
        form, wish = await form_as(request, Variation, self.settings, ())
        wish.check()
        if len(form.pictures) > 1:
            raise wrong("image", "Variations are of one picture.", "variations 只接受一张图片。")
        return await self._pictures(request, wish, lambda job, show: self.images.vary(wish, form, job), "")

    async def file(self, name: str) -> Response:
        """A finished picture that was asked for as a URL."""
        data = self.shelf.get(name)
        if data is None:
            raise _not_found(Bilingual("There is no such picture, or its time is over.", "没有这张图片，或已过期。"))
        kinds = {b"\x89P": "image/png", b"\xff\xd8": "image/jpeg", b"RI": "image/webp"}
        return Response(data, media_type=kinds[data[:2]], headers={"Cache-Control": "no-store"})

    async def chat(self, request: Request) -> Response:
        """Describes a picture, or answers a question about it."""
        wish = await self._read(request, chat.Chat)
        chat.picture_of(wish)
        heard(request, chat.question_of(wish), self.settings)
        words = await self.done(request, lambda job: chat.reply(self.studio, wish, self.settings))
        if not wish.stream:
            return JSONResponse(chat.completion(wish, words))
        lines = [*(json.dumps(one, ensure_ascii=False) for one in chat.chunks(wish, words)), "[DONE]"]
        return StreamingResponse((f"data: {line}\n\n" for line in lines), media_type="text/event-stream")

    async def models(self) -> dict[str, Any]:
        """The models that `model` may name."""
        return {"object": "list", "data": [_model(name) for name in self._names()]}

    async def model(self, name: str) -> dict[str, Any]:
        """One of them."""
        if name not in self._names():
            raise _unknown_model(name, 404)
        return _model(name)

    async def health(self) -> dict[str, Any]:
        """That it lives, and how much waits."""
        return {"status": "ok", "waiting": self.jobs.waiting, "running": self.jobs.running}

    async def counted(self) -> Response:
        """For Prometheus."""
        return Response(generate_latest(self.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    # ---- work ----

    async def done(self, request: Request, work: Callable[[Job[T]], T]) -> T:
        """What `work` comes to, done in its turn."""
        return await settled(self.jobs.submit(work), request.is_disconnected)

    async def _pictures(
        self,
        request: Request,
        wish: images.Wanted,
        work: Callable[[Job[list[Made]], images.Show | None], list[Made]],
        kind: str,
    ) -> Response:
        self._check_model(wish.model)
        if isinstance(wish, Streamed) and wish.stream:
            return self._streamed(request, wish, work, kind)
        made = await self.done(request, lambda job: work(job, None))
        return JSONResponse(images.answer(made, wish, lambda data: self._url(request, data)))

    def _streamed(
        self, request: Request, wish: Streamed, work: Callable[..., list[Made]], kind: str
    ) -> StreamingResponse:
        stream = Stream(self.jobs, wish, work, kind, _language(request))
        events = stream.events(request.is_disconnected)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    # ---- reading requests ----

    async def _read(self, request: Request, kind: type[W]) -> W:
        """A JSON body as a model, its words heard. Raises Refused."""
        wish = await json_as(request, kind)
        heard(request, getattr(wish, "prompt", None) or getattr(wish, "words", None) or "", self.settings)
        return wish

    def _check_model(self, name: str | None) -> None:
        if name is not None and name not in self._names():
            raise _unknown_model(name, 404)

    def _names(self) -> list[str]:
        return [images.MODEL]

    def _url(self, request: Request, data: bytes) -> str:
        return str(request.url_for("file", name=self.shelf.put(data)))


def _language(request: Request) -> Language:
    """Of messages to this client."""
    return language_of(request.headers.get("accept-language", ""), getattr(request.state, "words", ""))


def _answer_errors(app: FastAPI) -> None:
    """Every error as OpenAI clients read it."""

    async def refused(request: Request, error: Any) -> Response:
        return response(error, _language(request))

    async def left(request: Request, error: Exception) -> Response:
        return Response(status_code=_LEFT)

    async def http(request: Request, error: Any) -> Response:
        message = Bilingual(f"{request.method} isn't answered here.", f"这里不接受 {request.method} 请求。")
        if error.status_code == 404:
            message = Bilingual("There is nothing at this path.", "该路径下没有内容。")
        told = Refused(error.status_code, message, "not_found", headers=error.headers or {})
        return response(told, _language(request))

    async def wrongly_asked(request: Request, error: Any) -> Response:
        return response(invalid(error.errors()), _language(request))

    async def failed(request: Request, error: Exception) -> Response:
        return response(unforeseen(error), _language(request))

    for kind, handler in (
        (DiptychError, refused), (Refused, refused), (Cancelled, left), (HTTPException, http),
        (RequestValidationError, wrongly_asked), (Exception, failed),
    ):  # fmt: skip
        app.add_exception_handler(kind, handler)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "diptych"}


def _unknown_model(name: str, status: int) -> Refused:
    told = Bilingual(
        f"There is no model '{name[:80]}'; `/v1/models` lists them.", f"没有模型“{name[:80]}”，请查看 `/v1/models`。"
    )
    return Refused(status, told, "model_not_found", "model")


def _not_found(message: Bilingual) -> Refused:
    return Refused(404, message, "not_found")
