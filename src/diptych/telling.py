"""Telling: pictures in words. Of a drawing what it shows is known from how it was made; of others a reader is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diptych.engines import Engines
from diptych.painters.enlarging import layout_of

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.errors import Language
    from diptych.core.region import Region


def described(engines: Engines, document: Document, language: Language) -> str:
    """What a picture shows. Raises Unsupported where the reader can't read it."""
    layout = layout_of(document)
    if layout is not None:
        return engines.stickerbook.describe(layout, language)
    return engines.reader.describe(engines.render(document).picture, language)


def answered(engines: Engines, document: Document, question: str, language: Language) -> str:
    """The answer to a question. Raises NotUnderstood for words that the embedded reader doesn't know, Unsupported for
    what it can't read."""
    if engines.chosen.reader is not None:
        return engines.chosen.reader.answer(engines.render(document).picture, question, language)
    book, layout = engines.stickerbook, layout_of(document)
    book.check_question(question)
    if layout is not None:
        return book.answer(layout, question, language)
    return book.reader.answer(engines.render(document).picture, question, language)


def found(engines: Engines, document: Document, words: str) -> list[Region]:
    """Every region that words point at, numbered from the left. Raises NotUnderstood, TargetNotFound."""
    from diptych.core.errors import Bilingual, TargetNotFound, shorten
    from diptych.language.revising import target_said
    from diptych.operations.grounding import candidates
    from diptych.wording import reworded

    target = target_said(words)
    with reworded():
        matches = candidates(engines.render(document).picture, target, engines.context)
    if not matches:
        raise TargetNotFound(
            Bilingual(f"Nothing in the picture is “{shorten(words)}”.", f"图中没有“{shorten(words)}”。"),
            Bilingual("Name something else, or describe it otherwise.", "请说别的东西，或换一种说法。"),
        )
    return matches


def quizzed(engines: Engines, document: Document, seed: int, language: Language) -> tuple[str, str]:
    """A question about a picture, and its answer."""
    book, layout = engines.stickerbook, layout_of(document)
    if layout is not None:
        return book.quiz(layout, language, seed)
    return book.reader.quiz(engines.render(document).picture, language, seed)
