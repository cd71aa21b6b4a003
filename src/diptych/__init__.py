"""Diptych: a picture studio that you talk to, in English or Chinese.

Importing it loads nothing but this page; each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diptych.core.certificate import Certificate
    from diptych.core.document import Document
    from diptych.core.errors import (
        AmbiguousTarget,
        BrokenWeights,
        DiptychError,
        HistoryError,
        InvalidPicture,
        InvalidPlan,
        MissingExtra,
        NoFont,
        NotUnderstood,
        NotVerified,
        SaveFailed,
        TargetNotFound,
        Unsupported,
    )
    from diptych.core.picture import Picture
    from diptych.core.plan import Plan
    from diptych.core.record import Record
    from diptych.core.region import Region
    from diptych.core.target import Target
    from diptych.result import Result
    from diptych.studio import Studio

    __version__: str

__all__ = [
    "AmbiguousTarget",
    "BrokenWeights",
    "Certificate",
    "DiptychError",
    "Document",
    "HistoryError",
    "InvalidPicture",
    "InvalidPlan",
    "MissingExtra",
    "NoFont",
    "NotUnderstood",
    "NotVerified",
    "Picture",
    "Plan",
    "Record",
    "Region",
    "Result",
    "SaveFailed",
    "Studio",
    "Target",
    "TargetNotFound",
    "Unsupported",
    "__version__",
]

_HOMES = {
    "Certificate": "diptych.core.certificate",
    "Document": "diptych.core.document",
    "Picture": "diptych.core.picture",
    "Plan": "diptych.core.plan",
    "Record": "diptych.core.record",
    "Region": "diptych.core.region",
    "Result": "diptych.result",
    "Studio": "diptych.studio",
    "Target": "diptych.core.target",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'diptych' has no attribute {name!r}")
    if name == "__version__":
        from importlib.metadata import version

        return version("diptych")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "diptych.core.errors")), name)


def __dir__() -> list[str]:
    return __all__
