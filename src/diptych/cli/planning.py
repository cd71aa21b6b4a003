"""Commands about wishes without a picture: plan, lut, ops, schema."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from diptych.cli.options import AsJson, Lang
from diptych.cli.speech import WrongCall, error_as_dict, errors_end_here, language_of, say, say_how_read
from diptych.core.errors import Bilingual, DiptychError, Language


def plan(
    words: Annotated[Optional[str], typer.Argument(metavar="[WORDS]", help="The wish.")] = None,  # noqa: UP045
    lines: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--lines", metavar="FILE", help="One wish a line ('-': stdin); prints one JSON object a line."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show the plan that the words come to.

    With --lines every line gets its answer, in order: a plan or {"error": ...}; a line that is not
    understood stops nothing, and the exit code is 0.
    """
    if (words is None) == (lines is None):
        raise WrongCall("give either WORDS or --lines FILE", "请给出一句话，或 --lines 文件，二者取一")
    if lines is not None:
        for answer in _plans(_lines_of(lines), lang):
            typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    from diptych import Studio
    from diptych.wording import plan_lines

    language = language_of(words, lang)
    with errors_end_here(language, as_json=as_json):
        made = Studio().plan(str(words))
        if not as_json:
            say_how_read(str(words), language)
        typer.echo(made.to_json() if as_json else plan_lines(made, language))


def lut(
    words: Annotated[str, typer.Argument(help="The wish; colour and tone of the whole picture only.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The .cube file to write.")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write a colour change as a .cube look-up table."""
    from diptych import Studio

    language = language_of(words, lang)
    with errors_end_here(language, as_json=as_json):
        studio = Studio()
        made = studio.plan(words)
        studio.export_lut(made, output, title=words)
    if as_json:
        typer.echo(json.dumps({"output": str(output), "plan": made.as_dict()}, ensure_ascii=False))
    else:
        say(Bilingual(f"Saved {output}", f"已保存 {output}"), language)


def ops(
    name: Annotated[Optional[str], typer.Argument(metavar="[OP]", help="Only this one.")] = None,  # noqa: UP045
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List the operations, with a sentence for each."""
    from diptych.operations.catalogue import catalogue

    entries = [entry for entry in catalogue() if name in (None, entry.op)]
    if not entries:
        raise WrongCall(
            f"no operation is called {name!r}; `diptych ops` lists them",
            f"没有名为 {name!r} 的操作；用 `diptych ops` 查看全部",
        )
    if as_json:
        typer.echo(json.dumps([entry.as_dict() for entry in entries], ensure_ascii=False, indent=2))
        return
    language = language_of(None, lang)
    for entry in entries:
        typer.echo(f"{entry.op:<19}{entry.what.say(language)}\n{'':<19}“{entry.say.en}”  “{entry.say.zh}”")
        if name:
            _echo_parameters(name, language)


def _echo_parameters(op: str, language: Language) -> None:
    from diptych.cli.parameters import parameters

    for name, kind in parameters(op, language):
        typer.echo(f"{'':<19}{name}: {kind}")
    if op == "replace_background":
        from diptych.operations.scenes import scenes
        from diptych.wording import label

        known = ", ".join(scenes()) if language == "en" else "、".join(label(scene, "zh") for scene in scenes())
        typer.echo(f"{'':<19}" + Bilingual(f"known scenes: {known}", f"可用的场景：{known}").say(language))


def schema() -> None:
    """Print the JSON schema of a plan."""
    from diptych.core.plan import plan_schema

    typer.echo(json.dumps(plan_schema(), ensure_ascii=False, indent=2))


def _lines_of(path: Path) -> Iterator[str]:
    """The lines of a file or of stdin, without their ends; bytes that are not UTF-8 become U+FFFD."""
    if str(path) == "-":
        data = sys.stdin.buffer.read()
    else:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise WrongCall(
                f"can't read {str(path)!r}: {error.strerror}", f"无法读取 {str(path)!r}：{error.strerror}"
            ) from error
    # Not splitlines(): that would also break at U+2028 and form feeds inside a line.
    yield from (line.rstrip("\r") for line in data.decode("utf-8-sig", "replace").removesuffix("\n").split("\n"))


def _plans(lines: Iterable[str], lang: Language | None) -> Iterator[dict[str, Any]]:
    from diptych import Studio

    studio = Studio()
    for line in lines:
        try:
            yield studio.plan(line).as_dict()
        except DiptychError as error:
            yield {"error": error_as_dict(error, language_of(line, lang))}
        except Exception as error:  # noqa: BLE001 - a defect on one line is told in its place, not at the others' cost
            yield {"error": {"type": type(error).__name__, "message": str(error), "remedy": "", "exit_code": 1}}
