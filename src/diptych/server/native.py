"""/v1/diptych: sessions with a plan, regions, history and undo.

A session is a document under a name that can't be guessed; whoever has the name has the picture, nobody else. Unused
ones expire. Every answer that changes it says where it stands: size, steps with what they changed, answers, history.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar

import cv2
import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from diptych.core.document import Document
from diptych.core.errors import Bilingual, Language
from diptych.core.plan import Plan
from diptych.engines import language_of
from diptych.server.jobs import Job
from diptych.server.refused import Refused, wrong
from diptych.server.schemas import ERRORS, json_body
from diptych.server.settings import Settings
from diptych.server.shelf import Shelf
from diptych.server.uploads import from_url
from diptych.wording import label, step

if TYPE_CHECKING:
    from diptych.core.region import Region
    from diptych.result import Result
    from diptych.studio import Studio

T = TypeVar("T")


class Done(Protocol):
    """Work done in its turn: `_Server.done`."""

    def __call__(self, request: Request, work: Callable[[Job[T]], T]) -> Awaitable[T]: ...


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class New(_Strict):
    """A session with a picture (a data URL), or with a drawing of `words`."""

    picture: str | None = None
    words: str | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


class Wish(_Strict):
    """In words, or as a plan."""

    words: Annotated[str, Field(min_length=1)] | None = None
    plan: dict[str, Any] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    pick: Annotated[int, Field(ge=1)] | None = None
    all_matches: bool = False


class Which(_Strict):
    """One step of the history, or the last instruction."""

    step: Annotated[int, Field(ge=1)] | None = None


class Question(_Strict):
    words: Annotated[str, Field(min_length=1)]


def router(studio: Studio, settings: Settings, read: Callable[..., Awaitable[Any]], done: Done) -> APIRouter:
    """`read` parses a JSON body as a model; `done` carries work out in its turn."""
    limits = settings.limits
    sessions: Shelf[Document] = Shelf(limits.sessions, limits.minutes)
    routes = APIRouter(prefix="/v1/diptych", responses=ERRORS)

    def document_of(name: str) -> Document:
        found = sessions.get(name)
        if found is None:
            raise Refused(
                404,
                Bilingual("There is no such session, or it has expired.", "没有这个会话，或已过期。"),
                "no_such_session",
            )
        return found

    async def changed(
        request: Request, name: str, change: Callable[[Job[Any]], Result], language: Language
    ) -> Response:
        """The document becomes that of the result, unless another request changed it meanwhile."""
        before = document_of(name)
        result = await done(request, change)
        if not sessions.swap(name, before, result.document):
            told_why = Bilingual("Another request changed this session meanwhile.", "该会话同时被另一个请求修改。")
            raise Refused(409, told_why, "conflict", headers={"x-should-retry": "false"})
        return JSONResponse({"session": name, **told(result, language)})

    @routes.post("/sessions", status_code=201, openapi_extra=json_body(New))
    async def begin(request: Request) -> Response:
        """A session with a picture or a drawing."""
        new = await read(request, New)
        if (new.picture is None) == (new.words is None):
            raise wrong("picture", "Give a picture or words, one of both.", "请给出 picture 或 words，二者选一。")

        def work(job: Job[Result]) -> Result:
            if new.words is not None:
                return studio.draw(new.words, seed=new.seed, on_progress=job.on_progress)
            return studio.render(Document(from_url(new.picture, settings).picture(limits.pixels)))

        result = await done(request, work)
        name = sessions.put(result.document)
        return JSONResponse({"session": name, **told(result, language_of(new.words or ""))}, 201)

    @routes.get("/sessions/{name}")
    async def state(request: Request, name: str, language: Language = "en") -> Response:
        """Where it stands."""
        document = document_of(name)
        result = await done(
            request, lambda job: studio.render(document, language=language, on_progress=job.on_progress)
        )
        return JSONResponse({"session": name, **told(result, language)})

    @routes.delete("/sessions/{name}", status_code=204)
    async def end(name: str) -> Response:
        """Forgets it at once."""
        document_of(name)
        sessions.drop(name)
        return Response(status_code=204)

    @routes.get("/sessions/{name}/picture", response_class=Response)
    async def picture(
        request: Request,
        name: str,
        format: Literal["png", "webp", "jpeg"] = "png",  # noqa: A002
        metadata: bool = True,
    ) -> Response:
        """The present picture; with `metadata`, EXIF and its record are in it."""
        document = document_of(name)

        def work(job: Job[bytes]) -> bytes:
            result = studio.render(document, on_progress=job.on_progress)
            return result.encode(format) if metadata else result.picture.encode(format, metadata=False)

        return Response(await done(request, work), media_type=f"image/{format}")

    @routes.post("/sessions/{name}/plan", openapi_extra=json_body(Wish))
    async def plan(request: Request, name: str) -> Response:
        """What words come to; nothing is changed."""
        wish, document = await read(request, Wish), document_of(name)
        if wish.words is None:
            raise wrong("words", "Give words to plan.", "请给出 words。")
        planned = await done(request, lambda job: studio.planned_for(document, wish.words, seed=wish.seed))
        language = language_of(wish.words)
        steps = [step(one, language) for one in planned.plan.steps]
        notes = [note.say(language) for note in planned.notes]
        return JSONResponse({"plan": planned.plan.as_dict(), "steps": steps, "planner": planned.by, "notes": notes})

    @routes.post("/sessions/{name}/regions", openapi_extra=json_body(Question))
    async def regions(request: Request, name: str) -> Response:
        """Where words point ("the dog on the left", 左边的狗), without touching anything; masks are PNG in base64."""
        asked, document = await read(request, Question), document_of(name)
        found = await done(request, lambda job: studio.find(document, asked.words))
        language = language_of(asked.words)
        return JSONResponse({"regions": [_region(number, one, language) for number, one in enumerate(found, 1)]})

    @routes.post("/sessions/{name}/edits", openapi_extra=json_body(Wish))
    async def edit(request: Request, name: str) -> Response:
        """A change by words or by a plan; "undo the second step" and "a bit more" are words, too."""
        wish, document = await read(request, Wish), document_of(name)
        if (wish.words is None) == (wish.plan is None):
            raise wrong("words", "Give words or a plan, one of both.", "请给出 words 或 plan，二者选一。")
        given = wish.words if wish.plan is None else Plan.from_json(json.dumps(wish.plan))

        def work(job: Job[Result]) -> Result:
            return studio.edit(
                document,
                given,
                seed=wish.seed,
                pick=wish.pick,
                all_matches=wish.all_matches,
                on_progress=job.on_progress,
            )

        return await changed(request, name, work, language_of(wish.words or ""))

    @routes.post("/sessions/{name}/undo", openapi_extra=json_body(Which))
    async def undo(request: Request, name: str, language: Language = "en") -> Response:
        """Takes the last instruction back, or one step."""
        which, document = await read(request, Which), document_of(name)
        back = document.undo_step(which.step) if which.step else document.undo()
        return await changed(request, name, lambda job: studio.render(back, language=language), language)

    @routes.post("/sessions/{name}/redo", openapi_extra=json_body(Which))
    async def redo(request: Request, name: str, language: Language = "en") -> Response:
        """Brings it back."""
        which, document = await read(request, Which), document_of(name)
        again = document.redo_step(which.step) if which.step else document.redo()
        return await changed(request, name, lambda job: studio.render(again, language=language), language)

    @routes.get("/sessions/{name}/history")
    async def history(name: str, language: Language = "en") -> Response:
        """Every step of the present branch, those that are undone as well."""
        return JSONResponse(
            {"history": _history(document_of(name), language), "branches": list(document_of(name).branches)}
        )

    @routes.get("/sessions/{name}/description")
    async def description(request: Request, name: str, language: Language = "en") -> Response:
        """What the picture shows, in words."""
        document = document_of(name)
        words = await done(request, lambda job: studio.describe(document, language=language))
        return JSONResponse({"description": words})

    @routes.get("/sessions/{name}/tags")
    async def tags(request: Request, name: str, language: Language = "en") -> Response:
        """What is in the picture, likeliest first."""
        document = document_of(name)
        found = await done(request, lambda job: studio.tag(document, language=language))
        return JSONResponse({"tags": [{"name": one.name, "score": round(one.score, 3), "by": one.by} for one in found]})

    @routes.post("/sessions/{name}/answers", openapi_extra=json_body(Question))
    async def answers(request: Request, name: str) -> Response:
        """The answer to a question about the picture."""
        asked, document = await read(request, Question), document_of(name)
        return JSONResponse({"answer": await done(request, lambda job: studio.ask(document, asked.words))})

    return routes


def told(result: Result, language: Language) -> dict[str, Any]:
    """A result as plain data, its steps in words."""
    rows = zip(result.plan.steps, result.certificates, result.regions, strict=True)
    return {
        "width": result.picture.width,
        "height": result.picture.height,
        "plan": result.plan.as_dict(),
        "planner": result.planner,
        "steps": [
            {"words": step(operation, language), "certificate": certificate.model_dump(mode="json"),
             "region": None if region is None else _box(region, language)}
            for operation, certificate, region in rows
        ],
        "answers": [one.words for one in result.answers],
        "history": _history(result.document, language),
    }  # fmt: skip


def _history(document: Document, language: Language) -> list[dict[str, Any]]:
    return [
        {"number": number, "words": step(edit.step, language), "instruction": edit.instruction, "enabled": edit.enabled}
        for number, edit in enumerate(document.edits, 1)
    ]


def _box(region: Region, language: Language) -> dict[str, Any]:
    return {
        "label": label(region.label, language),
        "box": list(region.box),
        "score": round(region.score, 3),
        "area": round(region.area, 4),
    }


def _region(number: int, region: Region, language: Language) -> dict[str, Any]:
    levels = np.rint(np.asarray(region.mask) * 255).astype(np.uint8)
    _, png = cv2.imencode(".png", levels)
    return {"pick": number, **_box(region, language), "mask": base64.b64encode(png.tobytes()).decode("ascii")}
