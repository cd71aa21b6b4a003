"""What the command line says: the language it says it in, errors, and the exit code they end with.

Results go to stdout; everything said about them goes to stderr, so that pipes carry results only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from diptych.core.errors import AmbiguousTarget, Bilingual, DiptychError, Language, MissingExtra, NotUnderstood


def language_of(words: str | None, wanted: Language | None) -> Language:
    """`wanted` (--lang), else the language of the words, else that of the environment."""
    if wanted:
        return wanted
    if words:
        from diptych.language.tokens import detect_language

        return detect_language(words)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].lower().startswith("zh") else "en"
    return "en"


class WrongCall(typer.BadParameter):
    """A command that was called wrongly, told in the language of --lang, else of the environment."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.said = Bilingual(english, chinese)

    def format_message(self) -> str:
        wanted = self.ctx.params.get("lang") if self.ctx else None
        return self.said.say(language_of(None, wanted))


def say(message: Bilingual | str, language: Language = "en") -> None:
    """One line to stderr."""
    typer.echo(message.say(language) if isinstance(message, Bilingual) else message, err=True)


def error_as_dict(error: DiptychError, language: Language) -> dict[str, Any]:
    """Plain JSON data of an error: its type, both sentences, its exit code, and what it carries besides."""
    data: dict[str, Any] = {
        "type": type(error).__name__,
        "message": error.problem.say(language),
        "remedy": error.remedy.say(language),
        "exit_code": error.exit_code,
    }
    if isinstance(error, NotUnderstood):
        data["words"] = list(error.words)
        if error.readings:
            data["readings"] = list(error.readings)
    if isinstance(error, MissingExtra):
        data["extra"] = error.extra
    if isinstance(error, AmbiguousTarget):
        data["candidates"] = [
            {"pick": number, "label": region.label, "box": list(region.box), "score": round(region.score, 3)}
            for number, region in enumerate(error.candidates, 1)
        ]
    return data


def say_how_read(words: str, language: Language, of_drawing: Callable[[], bool] = lambda: False) -> None:
    """What only the learned reader could read of a wish, and what nobody could, beside what is done. Words about a
    drawing it doesn't read: `of_drawing` is asked where there is something to say."""
    from diptych.language.compiler import understand

    found = understand(words)
    if (found.taken_for or found.questions) and of_drawing():
        return
    for said, plain in found.taken_for:
        say(Bilingual(f"“{said}” was taken for “{plain}”.", f"“{said}”理解为“{plain}”。"), language)
    for question in found.questions:
        left_out = Bilingual("It is left out.", "这一句没有执行。")
        say(f"{question.problem.say(language)} {left_out.say(language)} {question.remedy.say(language)}")


def say_error(error: DiptychError, language: Language, about: str = "") -> None:
    """The problem, then the remedy on its own line."""
    head = f"{about}: " if about else ""
    say(f"{head}{error.problem.say(language)}\n{error.remedy.say(language)}")


@contextmanager
def errors_end_here(language: Language, *, as_json: bool = False) -> Iterator[None]:
    """Turn an error of the tree into its sentences (or one JSON object on stdout) and its exit code."""
    try:
        yield
    except DiptychError as error:
        if as_json:
            typer.echo(json.dumps({"error": error_as_dict(error, language)}, ensure_ascii=False))
        else:
            say_error(error, language)
        raise typer.Exit(error.exit_code) from error
