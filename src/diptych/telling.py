"""Telling: pictures in words. Of a drawing what it shows is known from how it was made; of others a reader is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diptych.engines import Engines
from diptych.painters.enlarging import layout_of

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.errors import Language


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


def quizzed(engines: Engines, document: Document, seed: int, language: Language) -> tuple[str, str]:
    """A question about a picture, and its answer."""
    book, layout = engines.stickerbook, layout_of(document)
    if layout is not None:
        return book.quiz(layout, language, seed)
    return book.reader.quiz(engines.render(document).picture, language, seed)
