"""The server as one ASGI application: `create_app(studio, settings)`.

Requests are parsed here, within limits; the work is done by `Jobs` in threads, so that the event loop always answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from diptych.core.errors import Bilingual, DiptychError, Language
from diptych.server import chat, images, native
from diptych.server.errors import Refused, body, language_of, response, told_of, wrong
from diptych.server.guards import Size, Token
from diptych.server.images import EditWish, Generation, Images, Made, Streamed, Variation
from diptych.server.jobs import Cancelled, Job, Jobs, settled
from diptych.server.schemas import CHAT_BODY, EDIT_FORM, ERRORS, GENERATION_BODY, VARIATION_FORM
from diptych.server.settings import Settings
from diptych.server.shelf import Shelf
from diptych.server.uploads import Form, read_form
from diptych.server.watching import LOG, Metrics, Watch

if TYPE_CHECKING:
    from diptych.core.picture import Picture
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
        self._answer_errors(app)
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
        self._hear(request, wish.prompt)
        return await self._pictures(
            request, wish, lambda job, show: self.images.generate(wish, job, show), "image_generation"
        )

    async def edits(self, request: Request) -> Response:
        """A picture changed by words. A mask is transparent where the edit may work."""
        form, wish = await self._read_form(request, EditWish, ("mask",))
        self._hear(request, wish.prompt)
        return await self._pictures(
            request, wish, lambda job, show: self.images.edit(wish, form, job, show), "image_edit"
        )

    async def variations(self, request: Request) -> Response:
        """Other drawings of what a drawing shows; of photographs with a painter that restyles them."""
        form, wish = await self._read_form(request, Variation, ())
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
        self._hear(request, chat.question_of(wish))
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
        """Server-sent events: partial pictures, then the whole one; comments tell the place in the queue."""
        shown: SimpleQueue[str] = SimpleQueue()
        partial = _Partial(wish, shown.put)
        job = self.jobs.submit(lambda job: work(job, partial if wish.partial_images else None))
        language = language_of(request.headers.get("accept-language", ""), wish.prompt)
        stream = self._events(request, wish, job, shown, kind, language)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _events(
        self,
        request: Request,
        wish: Streamed,
        job: Job[list[Made]],
        shown: SimpleQueue[str],
        kind: str,
        language: Language,
    ) -> AsyncIterator[str]:
        waiting = asyncio.ensure_future(settled(job, request.is_disconnected))
        place = number = 0
        try:
            while not waiting.done() or not shown.empty():
                try:
                    event = {
                        "type": f"{kind}.partial_image",
                        "partial_image_index": number,
                        "b64_json": shown.get_nowait(),
                    }
                    yield _event(event | _facts(wish))
                    number += 1
                    continue
                except Empty:
                    await asyncio.wait({waiting}, timeout=0.02)
                if (now := self.jobs.position(job)) != place:
                    place = now
                    yield f": {place} before this one\n\n"
            made = waiting.result()[0]
            event = {"type": f"{kind}.completed", "b64_json": images.coded(made.data)}
            yield _event(event | _facts(wish, made.result.picture))
        except (DiptychError, Refused) as error:
            told = told_of(error, language)[1] if isinstance(error, DiptychError) else body(
                error.message.say(language), error.type, error.code, error.param
            )  # fmt: skip
            yield f"event: error\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
        finally:
            waiting.cancel()
            job.cancel()

    # ---- reading requests ----

    async def _read(self, request: Request, kind: type[W]) -> W:
        """The body, JSON, as a model. Raises Refused."""
        try:
            given = await request.json()
        except (ValueError, RecursionError) as error:
            raise wrong("body", "The body is no JSON.", "请求内容不是 JSON。", "invalid_json") from error
        if not isinstance(given, dict):
            raise wrong("body", "The body is no JSON object.", "请求内容不是 JSON 对象。", "invalid_json")
        # null is what clients send for what isn't said.
        wish = _validated(kind, {name: value for name, value in given.items() if value is not None})
        words = getattr(wish, "words", None)
        if words is not None:
            self._hear(request, words)
        return wish

    async def _read_form(self, request: Request, kind: type[W], names: tuple[str, ...]) -> tuple[Form, W]:
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Refused(
                415, Bilingual("Send multipart/form-data.", "请以 multipart/form-data 发送。"), "wrong_content_type"
            )
        limits = self.settings.limits
        try:
            async with request.form(
                max_files=limits.pictures + 1, max_fields=64, max_part_size=limits.words * 4
            ) as form:
                read = await read_form(form, self.settings, names)
        except (MultiPartException, HTTPException) as error:
            said = getattr(error, "message", None) or getattr(error, "detail", "")
            raise wrong("body", f"The form can't be read: {said}", f"无法解析表单：{said}", "invalid_form") from error
        wish = _validated(kind, read.fields)
        wish.check()  # type: ignore[attr-defined]
        return read, wish

    def _hear(self, request: Request, words: str) -> None:
        """The words of a request: errors will be in their language. Raises Refused for too many."""
        request.state.words = words[:1000]
        most = self.settings.limits.words
        if len(words) > most:
            raise wrong("prompt", f"The words have {len(words):,} characters; {most:,} can be.", f"文字有 {len(words):,} 个字符，最多 {most:,} 个。", "string_above_max_length")  # noqa: E501  # fmt: skip

    def _check_model(self, name: str | None) -> None:
        if name is not None and name not in self._names():
            raise _unknown_model(name, 404)

    def _names(self) -> list[str]:
        return [images.MODEL]

    def _url(self, request: Request, data: bytes) -> str:
        return str(request.url_for("file", name=self.shelf.put(data)))

    # ---- errors ----

    def _answer_errors(self, app: FastAPI) -> None:
        def language(request: Request) -> Language:
            return language_of(request.headers.get("accept-language", ""), getattr(request.state, "words", ""))

        async def refused(request: Request, error: Any) -> Response:
            return response(error, language(request))

        async def left(request: Request, error: Exception) -> Response:
            return Response(status_code=_LEFT)

        async def http(request: Request, error: Any) -> Response:
            message = Bilingual(f"{request.method} isn't answered here.", f"这里不接受 {request.method} 请求。")
            if error.status_code == 404:
                message = Bilingual("There is nothing at this path.", "该路径下没有内容。")
            return response(
                Refused(error.status_code, message, "not_found", headers=error.headers or {}), language(request)
            )

        async def invalid(request: Request, error: Any) -> Response:
            return response(_invalid(error.errors()), language(request))

        async def unforeseen(request: Request, error: Exception) -> Response:
            LOG.error("failed", exc_info=error)
            told = Bilingual("Something went wrong here; the log says what.", "服务内部出错，详见日志。")
            return response(Refused(500, told, "internal_error", type="server_error"), language(request))

        for kind, handler in (
            (DiptychError, refused), (Refused, refused), (Cancelled, left), (HTTPException, http),
            (RequestValidationError, invalid), (Exception, unforeseen),
        ):  # fmt: skip
            app.add_exception_handler(kind, handler)


class _Partial:
    """Shows as many pictures as were asked for, evenly over what is likely to come."""

    def __init__(self, wish: Streamed, put: Callable[[str], None]) -> None:
        self._wish, self._put = wish, put
        self._left, self._seen = wish.partial_images, 0

    def __call__(self, picture: Picture) -> None:
        self._seen += 1
        # The first looks are noise; every second one after that is enough for three.
        if self._left and self._seen % 2 == 0:
            self._left -= 1
            self._put(images.coded(picture.encode(self._wish.output_format)))


def _validated(kind: type[W], given: dict[str, Any]) -> W:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _invalid(error.errors()) from error


def _invalid(errors: Any) -> Refused:
    """The first that is wrong, by name."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))[:80] or "body"
    if first["type"] == "extra_forbidden":
        return images.unsupported(where)
    if first["type"] == "missing":
        return wrong(where, f"'{where}' is missing.", f"缺少“{where}”。", "missing_required_parameter")
    return wrong(where, f"'{where}' is wrong: {first['msg']}.", f"“{where}”有误：{first['msg']}。")


def _event(event: dict[str, Any]) -> str:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


def _facts(wish: Streamed, picture: Picture | None = None) -> dict[str, Any]:
    from time import time

    told = images.described(wish, picture) if picture is not None else {
        "background": wish.background, "output_format": wish.output_format, "quality": wish.quality, "size": wish.size,
    }  # fmt: skip
    return {"created_at": int(time()), **told}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "diptych"}


def _unknown_model(name: str, status: int) -> Refused:
    told = Bilingual(
        f"There is no model '{name[:80]}'; `/v1/models` lists them.", f"没有模型“{name[:80]}”，请查看 `/v1/models`。"
    )
    return Refused(status, told, "model_not_found", "model")


def _not_found(message: Bilingual) -> Refused:
    return Refused(404, message, "not_found")
