"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from diptych.core.errors import Language

if TYPE_CHECKING:
    from diptych import Studio

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
Grounder = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--grounder", metavar="KIND:MODEL", help="What finds things: clipseg:, owlv2: or grounding-dino:."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def studio_with(grounder: str | None, *, score_photos: bool = False) -> Studio:
    """A studio with the open-vocabulary grounder that was asked for; None: the embedded one."""
    from diptych import Studio

    if grounder is None:
        return Studio(score_photos=score_photos)
    from diptych.vision.open import open_grounder

    return Studio(grounder=open_grounder(grounder), score_photos=score_photos)
