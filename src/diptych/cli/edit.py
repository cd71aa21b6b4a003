"""The command edit: words and pictures in, finished pictures out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer

from diptych.cli import report
from diptych.cli.files import STANDARD, Outputs, expand
from diptych.cli.options import (
    AsJson,
    Fill,
    Fresh,
    Grounder,
    InPlace,
    Lang,
    LlmModel,
    LlmUrl,
    Mask,
    Method,
    NoMetadata,
    Output,
    Painters,
    PlannerChoice,
    Quality,
    Quiet,
    Seed,
    Sidecar,
    Source,
    Strength,
    studio_with,
)
from diptych.cli.progress import ProgressBar
from diptych.cli.speech import WrongCall, error_as_dict, errors_end_here, language_of, say, say_error
from diptych.core.errors import AmbiguousTarget, Bilingual, DiptychError, Language

if TYPE_CHECKING:
    from diptych import Plan, Result, Studio


@dataclass(frozen=True)
class Job:
    """What is wished of every input, and how it is answered."""

    words: str
    plan: Plan | None
    outputs: Outputs
    language: Language
    seed: int = 0
    pick: int | None = None
    all_matches: bool = False
    mask: Path | None = None
    fill: Literal["learned", "classical"] | None = None
    method: Literal["repaint", "prompt-to-prompt", "sdedit", "invert"] | None = None
    strength: float | None = None
    source: Path | None = None
    fresh: bool = False
    quality: int = 92
    metadata: bool = True
    sidecar: bool = False
    show_regions: bool = False
    as_json: bool = False
    quiet: bool = False


def edit(
    arguments: Annotated[list[str], typer.Argument(metavar="IN... WORDS", help="Pictures ('-': stdin), the wish.")],
    output: Output = None,
    plan_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--plan", metavar="FILE", help="Carry out this plan (JSON); there are no WORDS then."),
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Print the plan and stop.")] = False,
    show_regions: Annotated[bool, typer.Option("--show-regions", help="Also write OUT_regions.png.")] = False,
    seed: Seed = 0,
    pick: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--pick", min=1, metavar="N", help="Which one, where several things match."),
    ] = None,
    all_matches: Annotated[bool, typer.Option("--all", help="All of them, where several things match.")] = False,
    mask: Mask = None,
    fill: Fill = None,
    method: Method = None,
    strength: Strength = None,
    grounder: Grounder = None,
    painter: Painters = None,
    planner: PlannerChoice = "auto",
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    score: Annotated[
        bool, typer.Option("--score", help="Record how well the words fit a photo; on drawings it always is.")
    ] = False,
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
    """Edit pictures by words.

    Without --output a result goes beside its input, as IN_edited.jpg. With several inputs the others go on
    when one fails, and the highest exit code is returned. A file that Diptych made is edited from its
    source, when that is found beside it; --in-place keeps the untouched source as IN.original.jpg, so that
    undo and verify go on working. Where several things match, --show-regions draws them in
    OUT_candidates.png. Answers to questions are printed; without --output nothing is saved then.

    A drawing is painted anew where the words change it. --method edits it in its latents instead, so that it keeps
    more of what was there: prompt-to-prompt holds its attention, sdedit begins midway, invert redraws from its own
    noise.
    """
    from diptych.wording import plan_lines

    if plan_file is None and len(arguments) < 2:
        raise WrongCall(
            "give at least one picture, and then the wish in quotes", "请给出至少一张图片，再用引号写出愿望"
        )
    names, words = (arguments, "") if plan_file else (arguments[:-1], arguments[-1])
    if plan_file is None and len(arguments) > 1 and os.path.isfile(words):
        raise WrongCall(
            f"the wish comes last, in quotes; {words!r} is a file", f"愿望写在最后并加引号；{words!r} 是文件"
        )
    language = language_of(words, lang)
    plan = None
    with errors_end_here(language, as_json=as_json):
        studio = studio_with(
            grounder, painter, score_photos=score, planner=planner, llm_url=llm_url, llm_model=llm_model
        )
        if plan_file:
            plan = _read_plan(plan_file)
        elif plan_only:
            plan = studio.plan(words)
        elif not studio.may_understand(words, names):
            studio.plan(words)  # says what is not understood, before any picture is opened
    if plan_only and plan is not None:
        plan = plan if fill is None else plan.filled(fill)
        typer.echo(plan.to_json() if as_json else plan_lines(plan, language))
        return
    inputs, outputs = expand(names), Outputs(output, in_place)
    outputs.check(inputs)
    job = Job(
        words, plan if plan_file else None, outputs, language, seed, pick, all_matches, mask, fill, method, strength,
        source, fresh, quality, not no_metadata, sidecar, show_regions, as_json, quiet,
    )  # fmt: skip
    raise typer.Exit(edit_all(studio, inputs, job))


def edit_all(studio: Studio, inputs: list[str], job: Job) -> int:
    """The highest exit code."""
    worst = 0
    with ProgressBar(len(inputs), shown=not (job.quiet or job.as_json)) as bar:
        for number, name in enumerate(inputs, 1):
            try:
                _edit_one(studio, name, number, job, bar)
            except DiptychError as error:
                worst = max(worst, error.exit_code)
                drawn = _save_candidates(studio, error, name, number, job)
                if job.as_json:
                    _print_json({"input": name, "error": error_as_dict(error, job.language)})
                else:
                    say_error(error, job.language, name if len(inputs) > 1 else "")
                    if drawn is not None:
                        say(Bilingual(f"  candidates {drawn}", f"  候选图 {drawn}"), job.language)
            bar.next_job()
    return worst


def _edit_one(studio: Studio, name: str, number: int, job: Job, bar: ProgressBar) -> None:
    def notice(message: Bilingual) -> None:
        if not job.quiet:
            say(Bilingual(f"{name}: {message.en}", f"{name}：{message.zh}"), job.language)

    photo = sys.stdin.buffer.read() if name == STANDARD else name
    result = studio.edit(
        studio.open(photo, source=job.source, fresh=job.fresh, on_notice=notice),
        job.words if job.plan is None else job.plan,
        seed=job.seed,
        pick=job.pick,
        all_matches=job.all_matches,
        mask=job.mask,
        fill=job.fill,
        method=job.method,
        strength=job.strength,
        language=job.language,
        on_progress=bar.report,
        on_notice=notice,
    )
    if job.outputs.to is None and len(result.answers) == len(result.plan.steps):
        _answer(result, name, job)
        return
    path = job.outputs.path_for(name, number, needs_alpha=result.picture.has_alpha)
    if job.outputs.in_place:
        _keep_source(result, Path(name), notice)
    _deliver(result, path, job)
    for loss in report.losses(result, path):
        notice(loss)
    regions_path = _save_regions(result, path or Path("stdout.png")) if job.show_regions else None
    if job.as_json and path is not None:
        _print_json({"input": name, **report.as_dict(result, path, regions_path)})
    elif not job.quiet:
        for line in report.lines(result, name, path, regions_path):
            say(line, job.language)


def _keep_source(result: Result, file: Path, notice: Callable[[Bilingual], None]) -> None:
    """Before the source itself is replaced, keep it; a file that was edited from another one needs no copy."""
    import hashlib

    from diptych.core.files import read_file
    from diptych.core.originals import keep_original

    if hashlib.sha256(read_file(file)).hexdigest() != result.before.sha256:
        return
    kept = keep_original(file)
    notice(
        Bilingual(
            f"The untouched source is kept as {kept}; undo and verify need it.",
            f"未改动的原图保存为 {kept}，撤销和验证要用到它。",
        )
    )


def _save_candidates(studio: Studio, error: DiptychError, name: str, number: int, job: Job) -> Path | None:
    """With --show-regions: the things that a target could mean, drawn on the source, numbered as in the message."""
    candidates = error.candidates if isinstance(error, AmbiguousTarget) else ()
    if not (candidates and job.show_regions) or name == STANDARD:
        return None
    from diptych.panels import outlined

    document = studio.open(name, source=job.source, fresh=job.fresh)
    source = studio.render(document).picture if document.is_drawn else document.source
    if candidates[0].frame != (source.height, source.width):
        return None  # found in a frame that an earlier step has made
    path = job.outputs.path_for(name, number) or Path(name)
    place = path.with_name(f"{path.stem}_candidates.png")
    outlined(source, candidates).save(place)
    return place


def _answer(result: Result, name: str, job: Job) -> None:
    """Questions only: nothing was changed, so nothing is saved, and the answers are the result."""
    regions_path = _save_regions(result, Path(name)) if job.show_regions else None
    if job.as_json:
        _print_json({"input": name, **report.as_dict(result, None, regions_path)})
        return
    for answer in result.answers:
        typer.echo(answer.words)


def _deliver(result: Result, path: Path | None, job: Job) -> None:
    """To a file, or to stdout in the format of the input."""
    if path is None:
        kind = "PNG" if result.picture.has_alpha else result.before.format or "PNG"
        sys.stdout.buffer.write(result.encode(kind, quality=job.quality, metadata=job.metadata))
        sys.stdout.buffer.flush()
        return
    if job.outputs.is_folder or job.outputs.is_template:
        with suppress(OSError):  # what is wrong with the folder is told when the file is saved
            path.parent.mkdir(parents=True, exist_ok=True)
    result.save(path, quality=job.quality, metadata=job.metadata, sidecar=job.sidecar)


def _save_regions(result: Result, path: Path) -> Path:
    """Write the picture of the regions beside `path` and return its name."""
    place = path.with_name(f"{path.stem}_regions.png")
    result.outlined().save(place)
    return place


def _read_plan(path: Path) -> Plan:
    """A plan's JSON from a file. An unreadable file is a wrong call; a wrong plan raises InvalidPlan."""
    from diptych import Plan

    try:
        return Plan.from_json(path.read_bytes())
    except OSError as error:
        raise WrongCall(
            f"can't read {str(path)!r}: {error.strerror}", f"无法读取 {str(path)!r}：{error.strerror}"
        ) from error


def _print_json(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False))
