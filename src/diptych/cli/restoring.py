"""Commands for photos as they are, without words: upscale, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from diptych.cli.edit import Job, edit_all
from diptych.cli.files import Outputs, expand
from diptych.cli.options import (
    AsJson,
    Fill,
    Fresh,
    InPlace,
    Inputs,
    Lang,
    Mask,
    NoMetadata,
    Output,
    Painters,
    Quality,
    Quiet,
    Sidecar,
    Source,
    studio_with,
)
from diptych.cli.speech import WrongCall, errors_end_here, language_of

if TYPE_CHECKING:
    from diptych.core.operation import AnyOperation

MEASURED = "auto"


def upscale(
    inputs: Inputs,
    output: Output = None,
    factor: Annotated[float, typer.Option("--factor", "-x", help="Above 1, at most 8; 2, 3 and 4 go straight.")] = 2.0,
    faithful: Annotated[
        bool, typer.Option("--faithful", help="Add nothing: for clean pictures; keeps noise and blur as they are.")
    ] = False,
    painter: Painters = None,
    quality: Quality = 92,
    no_metadata: NoMetadata = False,
    sidecar: Sidecar = False,
    in_place: InPlace = False,
    fresh: Fresh = False,
    source: Source = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Make photos larger, by networks that ship with Diptych.

    \b
    diptych upscale photo.jpg --factor 4 -o large.png
    diptych upscale scan.png --faithful

    Takes blur, noise and compression off on the way, as snapshots need it; --faithful doesn't. The
    result carries its record, as edit's do: verify, undo and history work on it. In words, inside of a
    longer wish: diptych edit photo.jpg "crop it square and upscale it 3x".
    """
    from diptych.core.operation import Upscale

    if not 1.0 < factor <= 8.0:
        raise WrongCall(
            f"--factor is above 1 and at most 8, not {factor:g}", f"--factor 应大于 1 且不超过 8，不能是 {factor:g}"
        )
    job = Job(
        "", None, Outputs(output, in_place), language_of(None, lang), source=source, fresh=fresh, quality=quality,
        metadata=not no_metadata, sidecar=sidecar, as_json=as_json, quiet=quiet,
    )  # fmt: skip
    _carry_out(Upscale(factor=factor, faithful=faithful), inputs, job, painter)


def restore(
    inputs: Inputs,
    output: Output = None,
    scratches: Annotated[
        bool, typer.Option("--scratches", help="Find thin bright or dark lines and fill them.")
    ] = False,
    denoise: Annotated[
        str, typer.Option("--denoise", metavar="SIGMA|auto", help="The noise, in levels 0..100; 0 leaves it.")
    ] = MEASURED,
    strength: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option("--strength", help="Share, 0..1, of what is found to be needed; with 0 only scratches go."),
    ] = None,
    mask: Mask = None,
    fill: Fill = None,
    quality: Quality = 92,
    no_metadata: NoMetadata = False,
    sidecar: Sidecar = False,
    in_place: InPlace = False,
    fresh: Fresh = False,
    source: Source = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Restore old, noisy, faded or scratched photos.

    \b
    diptych restore old.jpg --scratches -o restored.png
    diptych restore night.jpg --denoise 25
    diptych restore torn.png --mask tear.png

    What is measured is put right: noise and compression, faded levels, softness. A small --mask is
    filled instead. The result carries its record, as edit's do.
    """
    from diptych.core.operation import Restore

    if strength is not None and not 0.0 <= strength <= 1.0:
        raise WrongCall(f"--strength is 0..1, not {strength:g}", f"--strength 应在 0 到 1 之间，不能是 {strength:g}")
    if strength == 0.0 and not scratches:
        raise WrongCall(
            "--strength 0 without --scratches does nothing", "--strength 0 且没有 --scratches，什么都不会做"
        )
    job = Job(
        "", None, Outputs(output, in_place), language_of(None, lang), mask=mask, fill=fill, source=source, fresh=fresh,
        quality=quality, metadata=not no_metadata, sidecar=sidecar, as_json=as_json, quiet=quiet,
    )  # fmt: skip
    _carry_out(Restore(strength=strength, sigma=_sigma(denoise), scratches=scratches), inputs, job)


def _sigma(said: str) -> float | None:
    """--denoise as a number of levels; None where it is measured."""
    if said == MEASURED:
        return None
    try:
        sigma = float(said)
    except ValueError:
        sigma = -1.0
    if not 0.0 <= sigma <= 100.0:
        raise WrongCall(
            f"--denoise is 0..100 levels, or auto, not {said!r}", f"--denoise 应为 0 到 100 级或 auto，不能是 {said!r}"
        )
    return sigma


def _carry_out(step: AnyOperation, inputs: list[str], job: Job, painters: list[str] | None = None) -> None:
    """The step on every input, as `edit` does it; ends with the highest exit code."""
    from dataclasses import replace

    from diptych import Plan

    names = expand(inputs)
    job.outputs.check(names)
    with errors_end_here(job.language, as_json=job.as_json):
        studio = studio_with(None, painters)
    raise typer.Exit(edit_all(studio, names, replace(job, plan=Plan(steps=(step,)))))
