"""The embedded models through the Stickerbook benchmark: figures, with the seeds and the machine they were taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from diptych.core.errors import Language
from diptych.core.picture import Picture
from diptych.evaluation import stickerbook
from diptych.evaluation.checker import Checker
from diptych.painters.stickerbook import Stickerbook
from diptych.repainting import understood
from diptych.runtime import JUDGES, Weights
from diptych.world.sprites import find_font
from diptych.world.words import describe

PARTS = ("draw", "edit", "describe", "stability", "ask", "checker", "variety")
"""What is measured, the longest first."""


def measure(number: int, font: Path | None, tell: Callable[[str], object], workers: int = 1) -> dict[str, Any]:
    """All figures of the embedded reader and painter on `number` items of each kind, with so many `workers`."""
    where = find_font(font)
    figures: dict[str, Any] = {"weights": Stickerbook().painter.name, "seed": stickerbook.SEED, "machine": machine()}
    work = partial(measure_part, number=number, font=where, threads=1 if workers > 1 else None)
    if workers == 1:
        found = map(work, PARTS)
        return figures | dict(zip(PARTS, _telling(found, tell), strict=True))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return figures | dict(zip(PARTS, _telling(pool.map(work, PARTS), tell), strict=True))


def _telling(found: Any, tell: Callable[[str], object]) -> list[Any]:
    done = []
    for part, figures in zip(PARTS, found, strict=True):
        tell(part)
        done.append(figures)
    return done


def measure_part(part: str, number: int, font: Path, threads: int | None) -> Any:
    """One of PARTS."""
    return getattr(Judged(font, threads), part)(number)


class Judged:
    """The embedded models beside their judge."""

    def __init__(self, font: Path, threads: int | None) -> None:
        self.font = font
        self.book = Stickerbook(Weights(threads=threads))
        self.known = self.book.reader.known
        self._threads = threads

    @cached_property
    def _checker(self) -> Checker:
        return Checker(Weights(JUDGES, self._threads))

    def draw(self, number: int) -> dict[str, Any]:
        return stickerbook.score_drawings(self._draw, self._checker, number)

    def stability(self, number: int) -> dict[str, float]:
        """Share of drawings that are all right, for three seeds; of a tenth of the prompts."""
        some = max(3, number // 10)
        scores = [stickerbook.score_drawings(self._draw, self._checker, some, seed) for seed in range(3)]
        return {str(seed): score["all_right"]["all"] for seed, score in enumerate(scores)}

    def describe(self, number: int) -> dict[str, Any]:
        return stickerbook.score_descriptions(self._describe, self.known, self.font, number)

    def ask(self, number: int) -> dict[str, Any]:
        return stickerbook.score_answers(self._answer, self.known, self.font, 2 * number)

    def edit(self, number: int) -> dict[str, Any]:
        return stickerbook.score_edits(self._change, self._checker, self.font, number)

    def variety(self, number: int) -> dict[str, float]:
        return stickerbook.score_variety(self._draw, self.known, self.font, max(2, number // 50))

    def checker(self, number: int) -> dict[str, Any]:
        return stickerbook.validate_checker(self._checker, self.font, number)

    def _draw(self, words: str, seed: int) -> np.ndarray:
        step = self.book.plan_drawing(words, seed)
        canvas = Picture.from_array(np.full((128, 128, 3), 255, np.uint8))
        return self.book.painter.paint(canvas, step, None, seed).pixels

    def _change(self, pixels: np.ndarray, words: str, language: str, seed: int) -> np.ndarray:
        """As `Studio.edit` changes a picture that it can't know anything of: where the grammar is exact it decides."""
        said: Language = "zh" if language == "zh" else "en"
        return self.book.change(Picture(np.array(pixels)), words, said, seed, understood).pixels

    def _describe(self, pixels: np.ndarray, language: str) -> str:
        return describe(self.book.reader.scene(pixels), language)

    def _answer(self, pixels: np.ndarray, question: str, language: str) -> str:
        return self.book.reader.answer_about(self.book.reader.scene(pixels), question, language)


def machine() -> dict[str, Any]:
    return {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
