"""The engines that a studio works with, each made when it is first needed, and what they make of a document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.core.document import Document
from diptych.core.files import read_file
from diptych.core.operation import Repaint
from diptych.core.picture import Picture
from diptych.operations.change import Context
from diptych.painters.enlarging import layout_of
from diptych.rendering import Executor
from diptych.result import Result
from diptych.world.scene import SIDE

if TYPE_CHECKING:
    from diptych.core.errors import Language
    from diptych.core.ports import Grounder, Painter, Planner, Reader
    from diptych.core.record import Score
    from diptych.language.llm.server import Server
    from diptych.painters.stickerbook import Stickerbook
    from diptych.runtime import Weights
    from diptych.sight import Sight

CANVAS = (SIDE, SIDE)
"""Height and width of what the embedded painter draws."""


@dataclass(frozen=True)
class Chosen:
    """What was asked for, as `Studio` takes it; None is the embedded engine."""

    planner: Planner | None = None
    planner_kind: str = "auto"
    llm: Server | None = None
    grounder: Grounder | None = None
    painters: tuple[Painter, ...] = ()
    reader: Reader | None = None
    weights: Weights | None = None
    score_photos: bool = False
    folder: Path = Path()

    @property
    def names(self) -> list[str]:
        """Of the engines that aren't the embedded ones."""
        return [engine.name for engine in (self.planner, self.grounder, *self.painters, self.reader) if engine]


class Engines:
    """Those that were chosen, and the embedded ones for the rest. A plan alone needs none."""

    def __init__(self, chosen: Chosen) -> None:
        self.chosen = chosen

    def within(self, folder: Path) -> Engines:
        """The same engines; wishes name files of another folder."""
        context = replace(self.context, folder=folder)  # makes those that aren't made yet, once for all
        other = Engines(replace(self.chosen, folder=folder))
        vars(other).update({**vars(self), **vars(other), "context": context})
        return other

    @cached_property
    def context(self) -> Context:
        """What steps may use."""
        grounder, book = self.chosen.grounder, self.stickerbook
        if grounder is None:
            from diptych.painters.reading import SURE_ENOUGH
            from diptych.vision.grounder import EmbeddedGrounder

            grounder = EmbeddedGrounder(self.weights, lambda picture: book.reader.sees(picture, SURE_ENOUGH))
        return Context(
            grounder=grounder,
            painters=(*self.chosen.painters, book.painter, *book.latent_painters, book.enlarger),
            reader=self.reader,
            folder=self.chosen.folder,
            weights=self.weights,
        )

    @cached_property
    def stickerbook(self) -> Stickerbook:
        from diptych.painters.stickerbook import Stickerbook

        return Stickerbook(self.weights)

    @cached_property
    def weights(self) -> Weights:
        from diptych.runtime import shipped

        return self.chosen.weights or shipped()

    @cached_property
    def sight(self) -> Sight:
        from diptych.sight import Sight

        return Sight(self.weights, self.stickerbook.reader)

    @cached_property
    def planner(self) -> Planner:
        from diptych.wishes import planner_of

        return self.chosen.planner or planner_of(self.chosen.planner_kind, self.chosen.llm)

    @property
    def reader(self) -> Reader:
        return self.chosen.reader or self.stickerbook.reader

    # ---- documents ----

    def render(
        self,
        document: Document,
        language: Language = "en",
        on_progress: Callable[[float, str], None] | None = None,
        on_preview: Callable[[Callable[[], Picture]], None] | None = None,
    ) -> Result:
        """The present state of a document, from its source."""
        from diptych.wording import answer, reworded

        with reworded():
            outcome = document.render(Executor(replace(self.context, language=language), on_progress, on_preview))
        return Result(
            picture=outcome.picture,
            plan=outcome.plan,
            regions=outcome.regions,
            certificates=outcome.certificates,
            answers=tuple(replace(one, words=answer(one.words, language)) for one in outcome.answers),
            document=document,
            pictures=self.pictures_in(document),
            judge=self._judge(document),
        )

    def pictures_in(self, document: Document) -> dict[str, str]:
        """SHA-256 by name of the picture files that the steps and their masks name; one that is gone is left out."""
        folder = self.chosen.folder
        named = [name for step in document.plan.steps if (name := getattr(step, "picture", None))]
        named += [edit.mask for edit in document.effective if edit.mask]
        return {
            name: hashlib.sha256(read_file(folder / name)).hexdigest() for name in named if (folder / name).is_file()
        }

    def score(self, document: Document, words: str, before: Picture, after: Picture) -> Score:
        """How well the words fit. Of a drawing it is known what it should show, so that is asked instead of "make it
        red"."""
        layout = layout_of(document)
        if layout is not None and any(isinstance(step, Repaint) for step in document.plan.steps):
            words = self.stickerbook.describe(layout, language_of(words))
        return self.sight.score(words, before, after)

    def _judge(self, document: Document) -> Callable[[str, Picture, Picture], Score] | None:
        if not has_canvas_size(document.source) and not self.chosen.score_photos:
            return None
        return lambda words, before, after: self.score(document, words, before, after)


def has_canvas_size(picture: Picture) -> bool:
    """Whether it is as large as what the embedded painter draws."""
    return (picture.height, picture.width) == CANVAS


def language_of(words: str) -> Language:
    """English where there are no words."""
    if not words:
        return "en"
    from diptych.language.tokens import detect_language

    return detect_language(words)
