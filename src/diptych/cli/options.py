"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from diptych.core.errors import Language

# typer reads these at run time on Python 3.10 too, where it wants Optional rather than `X | None` inside Annotated.
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of sentences.")]
Lang = Annotated[
    Optional[Language],  # noqa: UP045
    typer.Option("--lang", help="Language of messages; by default that of the words, or of the environment."),
]
Source = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--source", metavar="FILE", help="The untouched picture; by default it is looked for beside FILE."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
