"""Commands that make pictures of words and words of pictures: draw, describe, ask, quiz."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from diptych.cli import report
from diptych.cli.options import AsJson, Lang, LlmModel, LlmUrl, Painters, Quiet, studio_with
from diptych.cli.speech import WrongCall, errors_end_here, language_of, say
from diptych.core.errors import Bilingual, Language

if TYPE_CHECKING:
    from diptych import Result
    from diptych.reimagining import Checked

Words = Annotated[str, typer.Argument(metavar="WORDS", help="What to draw, in English or Chinese.")]
Photo = Annotated[Path, typer.Argument(metavar="PICTURE", help="A picture that `diptych draw` made.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Another seed, another picture; the same one, the same bytes.")
]

Check = Annotated[
    bool, typer.Option("--check", help="Look at it, correct what isn't as the words say, and report every statement.")
]
Rounds = Annotated[int, typer.Option("--rounds", min=0, max=20, metavar="N", help="Corrections at most, of a check.")]


def draw(
    words: Words,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--output", "-o", metavar="OUT", help="Write here; by default drawing.png, or the next free name."
        ),
    ] = None,
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, max=64, help="How many, with seeds one after another.")
    ] = 1,
    best_of: Annotated[
        int,
        typer.Option("--best-of", min=1, max=64, metavar="N", help="Draw N for each, keep what fits the words best."),
    ] = 1,
    grid: Annotated[bool, typer.Option("--grid", help="All of them side by side in one file.")] = False,
    size: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--size", metavar="128|512|1024", help="Pixels a side; the larger ones in a second step."),
    ] = None,
    steps: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--steps", metavar="N", help="Of sampling, 1 to 200; 8 are usual."),
    ] = None,
    guidance: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option("--guidance", metavar="SCALE", help="By the layout, 1 (none, the usual) to 20; doubles the time."),
    ] = None,
    sampler: Annotated[
        Optional[Literal["euler", "heun", "dpm++2m"]],  # noqa: UP045
        typer.Option("--sampler", help="How the steps are gone; euler is usual."),
    ] = None,
    negative: Annotated[Optional[str], typer.Option("--negative", hidden=True)] = None,  # noqa: UP045
    painter: Painters = None,
    check: Check = False,
    rounds: Rounds = 3,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Draw a picture from words.

    A scene of stickers, 128×128 pixels, or made large from that by a cascade of networks.

    \b
    diptych draw "a big purple cat left of two small stars, at night" -o night.png
    diptych draw "草地上有一只红色的小鸟和一棵树" -n 4 --grid

    It knows about a hundred things, nine colours, three sizes, places and relations; words that it
    doesn't know are named, never guessed. The file carries its record: edit, undo and verify work on it.
    A large model (--painter) draws whatever it can, at its own size or at --size N or WxH; its settings
    are written after it: --painter MODEL,steps=4,guidance=0,negative=WORDS. With --check a language model
    (--llm-url) reads words that nothing here knows and, if it sees (DIPTYCH_LLM_SEES=1), looks at what was drawn.
    """
    language = language_of(words, lang)
    if output is not None and output.suffix.lower() not in {".png", ".webp", ".jpg", ".jpeg", ".tif", ".tiff"}:
        raise WrongCall(
            f"'{output}' must end in .png, .webp, .jpg or .tif.", f"“{output}”的扩展名应为 .png、.webp、.jpg 或 .tif。"
        )
    if negative is not None:
        raise WrongCall(
            "the embedded painter draws what is named and nothing else, so nothing has to be kept out by --negative; "
            "of a large model write --painter MODEL,negative=WORDS",
            "内置画笔只画说到的东西，不需要用 --negative 排除什么；大模型请写 --painter 模型,negative=文字",
        )
    if check:
        if steps or guidance or sampler:
            raise WrongCall(
                "--check draws with the usual steps, guidance and sampler", "--check 只用通常的步数、引导和采样器"
            )
        if number > 1 or best_of > 1 or grid:
            raise WrongCall("--check takes one drawing at a time", "--check 一次只检查一幅画")
        with errors_end_here(language, as_json=as_json):
            studio = studio_with(None, painter, llm_url=llm_url, llm_model=llm_model)
            checked = studio.draw_checked(words, seed=seed, rounds=rounds, size=_size(size), language=language)
            place = output or free_name(Path("drawing.png"))
            checked.result.save(place)
        tell_checked(checked, place, language, as_json=as_json, quiet=quiet)
        return
    if llm_url or llm_model:
        raise WrongCall(
            "--llm-url and --llm-model help to check a drawing: add --check",
            "--llm-url 和 --llm-model 用于检查画作：请加上 --check",
        )
    with errors_end_here(language, as_json=as_json):
        studio = studio_with(None, painter)
        wanted = _size(size)
        results = [
            studio.draw(
                words,
                seed=seed + index * best_of,
                best_of=best_of,
                size=wanted,
                language=language,
                steps=steps,
                guidance=guidance,
                sampler=sampler,
            )
            for index in range(number)
        ]
        paths = write(results, output or free_name(Path("drawing.png")), grid=grid)
    if as_json:
        found = [
            report.as_dict(result, paths[0 if grid else index], None) | {"seed": _seed_of(result)}
            for index, result in enumerate(results)
        ]
        typer.echo(json.dumps(found if number > 1 else found[0], ensure_ascii=False))
    elif not quiet:
        for path in paths:
            typer.echo(str(path))
        found = [_seed_of(result) for result in results]
        seeds = (
            str(found[0]) if number == 1 else f"{found[0]}…{found[-1]}" if best_of == 1 else ", ".join(map(str, found))
        )
        say(Bilingual(f"seed {seeds}", f"随机种子 {seeds}"), language)


def reimagine(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A drawing, or a photo.")],
    words: Annotated[str, typer.Argument(metavar="WORDS", help="As what: “as a rainy night”, 变成雨夜.")],
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", metavar="OUT", help="Write here; by default reimagined.png, or the next free."),
    ] = None,
    rounds: Rounds = 3,
    painter: Painters = None,
    seed: Seed = 0,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Draw a picture anew, "as a rainy night", and check it.

    What it shows becomes statements: objects, counts, colours, places. They are changed as the words say, drawn,
    looked at by the reader, and what fails is painted anew. Every statement is reported: it holds, it fails, or
    it can't be checked. A photo is drawn as far as there are stickers of what vision finds on it; a language model
    that is named helps with phrases. A large model (--painter) draws instead of the embedded one; what it drew is
    looked at by a language model that sees (DIPTYCH_LLM_SEES=1), and without one most can't be checked.

    \b
    diptych reimagine night.png "as a rainy night" -o rain.png
    diptych reimagine night.png "变成下雪的傍晚"
    """
    language = language_of(words, lang)
    with errors_end_here(language, as_json=as_json):
        studio = studio_with(None, painter, llm_url=llm_url, llm_model=llm_model)
        checked = studio.reimagine(picture, words, seed=seed, rounds=rounds, language=language)
        place = output or free_name(Path("reimagined.png"))
        checked.result.save(place)
    tell_checked(checked, place, language, as_json=as_json, quiet=quiet)


def tell_checked(checked: Checked, place: Path, language: Language, *, as_json: bool, quiet: bool) -> None:
    """Every statement about a drawing with its outcome, and where it went."""
    if as_json:
        data = report.as_dict(checked.result, place, None) | {"check": checked.as_dict()}
        typer.echo(json.dumps(data, ensure_ascii=False))
        return
    typer.echo(str(place))
    if quiet:
        return
    for line in report.checked_lines(checked):
        say(line, language)


def _size(said: str | None) -> int | tuple[int, int] | None:
    """--size as a side, or as (width, height)."""
    if said is None:
        return None
    sides = said.lower().replace("×", "x").split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise WrongCall(f"--size is pixels, N or WxH, not {said!r}", f"--size 应为像素数 N 或 宽x高，不能是 {said!r}")
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def _seed_of(result: Result) -> int:
    return result.document.edits[0].seed


def write(results: list[Result], output: Path, *, grid: bool) -> list[Path]:
    """Save the drawings: one file, numbered files, or one sheet of all; the paths."""
    if grid:
        from diptych.panels import contact_sheet

        contact_sheet([result.picture for result in results]).save(output)
        return [output]
    if len(results) == 1:
        results[0].save(output)
        return [output]
    paths = [output.with_name(f"{output.stem}_{index}{output.suffix}") for index in range(1, len(results) + 1)]
    for result, path in zip(results, paths, strict=True):
        result.save(path)
    return paths


def free_name(path: Path) -> Path:
    """`path`, or with the first number that no file has yet: nothing is overwritten that wasn't named."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return candidate


def describe(picture: Photo, as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what a drawn picture shows."""
    from diptych import Studio

    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        words = Studio().describe(picture, language=language)
    typer.echo(json.dumps({"description": words}, ensure_ascii=False) if as_json else words)


def ask(
    picture: Photo,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="A question about it, in English or Chinese.")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Answer a question about a drawn picture.

    In the language of the question, unless --lang says another.
    """
    from diptych import Studio

    language = language_of(question, lang)
    with errors_end_here(language, as_json=as_json):
        words = Studio().ask(picture, question, language=language)
    typer.echo(json.dumps({"question": question, "answer": words}, ensure_ascii=False) if as_json else words)


def quiz(picture: Photo, seed: Seed = 0, as_json: AsJson = False, lang: Lang = None) -> None:
    """Ask and answer something about a drawn picture."""
    from diptych import Studio

    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        question, answer = Studio().quiz(picture, seed=seed, language=language)
    if as_json:
        typer.echo(json.dumps({"question": question, "answer": answer, "seed": seed}, ensure_ascii=False))
        return
    typer.echo(f"{question}\n{answer}")
    say(Bilingual(f"seed {seed}", f"随机种子 {seed}"), language)
