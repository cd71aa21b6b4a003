"""Commands about a file that Diptych made: history, undo, redo, verify."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from diptych.cli import report
from diptych.cli.options import AsJson, Grounder, Lang, Painters, Quiet, Source, studio_with
from diptych.cli.speech import errors_end_here, language_of, say
from diptych.core.errors import Bilingual, Language

if TYPE_CHECKING:
    from diptych import Document

File = Annotated[Path, typer.Argument(metavar="FILE", help="A file that `diptych edit` has written.")]
Output = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--output", "-o", metavar="OUT", help="Write here; by default FILE itself is rewritten."),
]
Step = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option("--step", min=1, metavar="K", help="Only this step of the history; by default the last instruction."),
]


def history(file: File, as_json: AsJson = False, lang: Lang = None) -> None:
    """List the words and steps that made a file.

    Undone steps are marked with a minus.
    """
    from diptych.core.history import find_branch
    from diptych.core.record import read_record

    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        record = read_record(file)
    if record is None:
        say(Bilingual(f"{file} carries no record of edits.", f"{file} 中没有编辑记录。"), language)
        raise typer.Exit(10)
    if as_json:
        typer.echo(record.to_json())
        return
    source = record.source
    typer.echo(
        Bilingual(
            f"source {source.name or '?'} {source.width}×{source.height}, SHA-256 {source.sha256[:12]}…",
            f"原图 {source.name or '?'} {source.width}×{source.height}，SHA-256 {source.sha256[:12]}…",
        ).say(language)
    )
    for line in report.history_lines(find_branch(record.branches, record.branch), language):
        typer.echo(line)


def undo(
    file: File,
    step: Step = None,
    output: Output = None,
    source: Source = None,
    grounder: Grounder = None,
    painter: Painters = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Take back the last instruction, or one step.

    The picture is rendered anew from its source, so a step can be taken out wherever it stands.
    FILE is rewritten unless --output is given: nothing is lost, `redo` brings it back.
    """

    def change(document: Document) -> Document:
        return document.undo_step(step) if step else document.undo()

    _rewrite(
        file, change, Rewriting(output or file, source, grounder, painter, as_json, quiet, language_of(None, lang))
    )


def redo(
    file: File,
    step: Step = None,
    output: Output = None,
    source: Source = None,
    grounder: Grounder = None,
    painter: Painters = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Bring back what was undone, or one step of it."""

    def change(document: Document) -> Document:
        return document.redo_step(step) if step else document.redo()

    _rewrite(
        file, change, Rewriting(output or file, source, grounder, painter, as_json, quiet, language_of(None, lang))
    )


def verify(
    file: File,
    source: Source = None,
    grounder: Grounder = None,
    painter: Painters = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Prove that a file is what its record says.

    It is rendered again from the source, and every byte is compared.
    """
    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        proof = studio_with(grounder, painter).verify(file, source=source)
    if as_json:
        name = proof.record.source.name
        typer.echo(json.dumps({"verified": True, "bytes": proof.size, "steps": proof.steps, "source": name}))
    elif not quiet:
        name = proof.record.source.name
        own = name in ("", file.name)  # edited in place: the source of that name is the kept original
        steps = f"{proof.steps} step{'' if proof.steps == 1 else 's'}"
        typer.echo(
            Bilingual(
                f"Verified: all {proof.size:,} bytes of {file} are what {steps} make of "
                f"{'its source' if own else name}.",
                f"验证通过：{file} 的全部 {proof.size:,} 字节，正是对{'原图' if own else f' {name} '}"
                f"执行 {proof.steps} 步的结果。",
            ).say(language)
        )


@dataclass(frozen=True)
class Rewriting:
    """Where a changed history is written, and how it is told."""

    place: Path
    source: Path | None
    grounder: str | None
    painters: list[str] | None
    as_json: bool
    quiet: bool
    language: Language


def _rewrite(file: Path, change: Callable[[Document], Document], how: Rewriting) -> None:
    """Change the history of a file, and save what it comes to then, encoded as before."""
    from diptych.core.history import find_branch

    with errors_end_here(how.language, as_json=how.as_json):
        studio = studio_with(how.grounder, how.painters)
        document, record = studio.reopen(file, source=how.source)
        result = studio.render(change(document), language=how.language)
        encoding = record.encoding
        if encoding is None:
            result.save(how.place)
        else:
            result.save(how.place, quality=encoding.quality, metadata=encoding.metadata, sidecar=encoding.sidecar)
    if how.as_json:
        data = {"input": str(file), **report.as_dict(result, how.place, None)}
        typer.echo(json.dumps(data, ensure_ascii=False))
    elif not how.quiet:
        branch = find_branch(result.document.history, result.document.current)
        for line in report.history_lines(branch, how.language):
            say(line)
        say(report.saved_line(result, how.place), how.language)
