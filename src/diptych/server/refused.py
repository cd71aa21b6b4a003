"""Requests that are answered with an error of the server's own, beside those that Diptych raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diptych.core.errors import Bilingual


@dataclass
class Refused(Exception):
    """A request that is answered with an error. `param` names the parameter that is wrong."""

    status: int
    message: Bilingual
    code: str
    param: str | None = None
    type: str = "invalid_request_error"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.en


def wrong(param: str, en: str, zh: str, code: str = "invalid_value") -> Refused:
    """400 for a parameter."""
    return Refused(400, Bilingual(en, zh), code, param)
