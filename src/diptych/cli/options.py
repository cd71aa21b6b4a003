"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

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
PlannerChoice = Annotated[
    Literal["auto", "grammar", "llm"],
    typer.Option("--planner", help="Who plans; auto asks a language model only for what the grammar could not read."),
]
LlmUrl = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--llm-url", metavar="URL", help="An OpenAI-compatible server; by default DIPTYCH_LLM_URL, or none."),
]
LlmModel = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--llm-model", metavar="NAME", help="Its model; by default DIPTYCH_LLM_MODEL."),
]
Painters = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--painter", metavar="MODEL,...",
        help="A large model to paint with: folder, file, cached id, auto; repeatable.",
    ),
]  # fmt: skip
Inputs = Annotated[list[str], typer.Argument(metavar="IN...", help="Pictures ('-': stdin).")]
Output = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--output", "-o", metavar="OUT", help="A file, a folder, a template '{stem}_x{suffix}', or '-'."),
]
Mask = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--mask", metavar="FILE", help="Where to edit: white in this picture; it wins over the words."),
]
Fill = Annotated[
    Optional[Literal["learned", "classical"]],  # noqa: UP045
    typer.Option("--fill", help="What goes is filled by the network (the default), or by patches alone."),
]
Method = Annotated[
    Optional[Literal["repaint", "prompt-to-prompt", "sdedit", "invert"]],  # noqa: UP045
    typer.Option("--method", help="How a drawing is changed: painted anew (the default), or edited in its latents."),
]
Strength = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option("--strength", metavar="0..1", help="Of prompt-to-prompt and sdedit: how far from what was there."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of what is random, such as grain.")]
Quality = Annotated[int, typer.Option("--quality", min=1, max=100, help="Of JPEG and WebP.")]
NoMetadata = Annotated[bool, typer.Option("--no-metadata", help="Leave EXIF (camera, place, ...) out.")]
Sidecar = Annotated[bool, typer.Option("--sidecar", help="Keep the record beside the file, not in it.")]
InPlace = Annotated[bool, typer.Option("--in-place", help="The result replaces IN; see `diptych edit --help`.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Edit the file as it is, not from its source.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def studio_with(
    grounder: str | None = None,
    painters: list[str] | None = None,
    *,
    score_photos: bool = False,
    planner: Literal["auto", "grammar", "llm"] = "auto",
    llm_url: str | None = None,
    llm_model: str | None = None,
) -> Studio:
    """A studio with the open-vocabulary grounder, the large models and the planner that were asked for; without: the
    embedded ones. Raises Unsupported for a language server that is named wrongly."""
    import os

    from diptych import Studio

    engines: dict[str, Any] = {}
    if grounder is not None:
        from diptych.vision.open import open_grounder

        engines["grounder"] = open_grounder(grounder)
    if painters:
        from diptych.painters.large import open_painters

        engines["painters"] = open_painters(painters)
    if llm_url or llm_model:
        from diptych.language.llm.server import named_server

        engines["llm"] = named_server(os.environ, llm_url, llm_model)
    return Studio(score_photos=score_photos, planner=planner, **engines)
