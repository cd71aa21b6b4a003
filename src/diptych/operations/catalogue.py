"""The catalogue of operations: what each does, its parameters, and a sentence for it in both languages.

The list and the parameters are read from the operation classes; the words are in catalogue.toml.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from diptych.core.errors import Bilingual
from diptych.core.operation import ALL_OPERATIONS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class CatalogueEntry:
    """One operation: its `op`, what it does, a sentence that asks for it, and the names of its parameters."""

    op: str
    what: Bilingual
    say: Bilingual
    parameters: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "op": self.op,
            "what": {"en": self.what.en, "zh": self.what.zh},
            "say": {"en": self.say.en, "zh": self.say.zh},
            "parameters": list(self.parameters),
        }


@cache
def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every operation, in the order of `ALL_OPERATIONS`."""
    words = tomllib.loads(files("diptych.operations").joinpath("catalogue.toml").read_text(encoding="utf-8"))
    entries = []
    for operation in ALL_OPERATIONS:
        op = operation.model_fields["op"].default
        said = words[op]
        parameters = tuple(name for name in operation.model_fields if name != "op")
        entries.append(CatalogueEntry(op, Bilingual(**said["what"]), Bilingual(**said["say"]), parameters))
    return tuple(entries)
