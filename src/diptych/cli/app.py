"""The commands and their order; nothing but typer is loaded until one of them runs."""

from __future__ import annotations

from typing import Annotated

import typer

from diptych.cli import doctor, drawing, edit, history, models, planning, restoring, seeing, serve, training

EPILOG = """\b
Exit codes:
   0  done
   1  another error of Diptych
   2  the command was called wrongly
   3  the file is not a usable picture
   4  the result could not be saved; what was there before is untouched
   5  the words were not understood
   6  the plan doesn't follow the schema
   7  nothing in the picture matches the words
   8  several things match; say --pick N or --all
   9  understood, but nothing that is installed can do it
  10  the file is not what its record says
  11  there is no such step, or nothing to undo
"""

app = typer.Typer(
    name="diptych",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: its panels would load rich, and double the time of --help
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.command()(edit.edit)
app.command()(restoring.upscale)
app.command()(restoring.restore)
app.command()(drawing.draw)
app.command()(drawing.reimagine)
app.command()(drawing.describe)
app.command()(drawing.ask)
app.command()(drawing.quiz)
app.command()(seeing.tag)
app.command()(seeing.classify)
app.command()(seeing.similarity)
app.command()(seeing.search)
app.command()(planning.plan)
app.command()(history.history)
app.command()(history.undo)
app.command()(history.redo)
app.command()(history.verify)
app.command()(planning.lut)
app.command()(planning.ops)
app.command()(planning.schema)
app.command()(seeing.tune)
app.command()(serve.serve)
app.command()(training.train)
app.command()(training.bench)
app.add_typer(models.app, name="models")
app.command()(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        from diptych import __version__

        typer.echo(f"diptych {__version__}")
        raise typer.Exit


@app.callback()
def diptych(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Talk to a photo, in English or Chinese, and prove what changed.

    \b
    diptych edit photo.jpg "crop it square and make it a bit brighter" -o out.jpg
    diptych edit photo.jpg "把背景虚化，颜色暖一点" -o out.jpg
    """


def main() -> None:
    """The entry point."""
    app()
