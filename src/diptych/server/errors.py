"""What went wrong, as clients of the OpenAI API read it: {"error": {"message", "type", "param", "code"}}.

Messages are in the language that the client accepts, else in that of its words. They never hold a path or a traceback.
"""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from diptych.core.errors import (
    AmbiguousTarget,
    Bilingual,
    BrokenWeights,
    DiptychError,
    HistoryError,
    InvalidPicture,
    InvalidPlan,
    Language,
    MissingExtra,
    NotUnderstood,
    NotVerified,
    SaveFailed,
    TargetNotFound,
    Unsupported,
)
from diptych.server.refused import Refused
from diptych.server.watching import LOG

_STATUS: tuple[tuple[type[DiptychError], int, str, str], ...] = (
    (NotUnderstood, 400, "invalid_request_error", "not_understood"),
    (InvalidPicture, 400, "invalid_request_error", "invalid_picture"),
    (InvalidPlan, 400, "invalid_request_error", "invalid_plan"),
    (HistoryError, 400, "invalid_request_error", "no_such_step"),
    (NotVerified, 400, "invalid_request_error", "not_verified"),
    (AmbiguousTarget, 422, "invalid_request_error", "ambiguous_target"),
    (TargetNotFound, 422, "invalid_request_error", "target_not_found"),
    (MissingExtra, 501, "server_error", "missing_extra"),
    (BrokenWeights, 503, "server_error", "broken_weights"),
    (Unsupported, 400, "invalid_request_error", "unsupported"),
    (SaveFailed, 507, "server_error", "save_failed"),
)
"""The first class that fits, → status, type, code."""


def body(message: str, kind: str, code: str | None, param: str | None = None, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code, **more}}


def response(error: Refused | DiptychError, language: Language) -> JSONResponse:
    """The answer to a request that failed."""
    status, told = told_of(error, language)
    # Clients try again by themselves after 5xx; what went wrong once does so again.
    headers = error.headers if isinstance(error, Refused) else {"x-should-retry": "false"}
    return JSONResponse(told, status, dict(headers))


def told_of(error: Refused | DiptychError, language: Language) -> tuple[int, dict[str, Any]]:
    """Status and body. Several things that match come with it, as `candidates`; readings of words, as `readings`."""
    if isinstance(error, Refused):
        return error.status, body(error.message.say(language), error.type, error.code, error.param)
    status, kind, code = next(
        (rest for cls, *rest in _STATUS if isinstance(error, cls)), (500, "server_error", "internal_error")
    )
    more: dict[str, Any] = {}
    if isinstance(error, AmbiguousTarget):
        more["candidates"] = [
            {"pick": number, "label": one.label, "box": list(one.box), "score": round(one.score, 3)}
            for number, one in enumerate(error.candidates, 1)
        ]
    if isinstance(error, NotUnderstood):
        more |= {"words": list(error.words), "readings": list(error.readings)}
    return status, body(error.say(language), kind, code, _PARAMS.get(code), **more)


def unforeseen(error: Exception) -> Refused:
    """500 for what nobody thought of; the log says what, the client isn't told."""
    LOG.error("failed", exc_info=error)
    told = Bilingual("Something went wrong here; the log says what.", "服务内部出错，详见日志。")
    return Refused(500, told, "internal_error", type="server_error")


_PARAMS = {
    "not_understood": "prompt",
    "invalid_picture": "image",
    "target_not_found": "prompt",
    "ambiguous_target": "prompt",
}


def language_of(accepted: str, words: str = "") -> Language:
    """Of messages: what the client says it reads, else the language of its words."""
    first = accepted.split(",")[0].split(";")[0].strip().lower()
    if first.startswith("zh"):
        return "zh"
    if first.startswith("en"):
        return "en"
    if not words:
        return "en"
    from diptych.language.tokens import detect_language

    return detect_language(words)
