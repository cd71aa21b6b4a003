"""Photographs and their reductions, to learn enlarging from; and what snapshots suffer, to learn mending from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.evaluation.bicubic import imresize
from diptych.evaluation.held_out import PLAIN, first_by_hash
from diptych.training.pages import pages as drawn_pages

SIZES = (1.0, 0.9, 0.8, 0.7, 0.6)
"""A photograph is also learned from at these sizes: smaller ones are sharper, and free of what JPEG left in them."""
PAGES = 0.08
"""Share of crops that show drawn pages."""


def photo_paths(data: Path, *, held_out: bool) -> list[Path]:
    """The photographs of DATA/photos that are learned from, or the PLAIN that never are. Raises Unsupported."""
    paths = {path.stem: path for path in sorted((data / "photos").glob("*.jpg"))}
    if not paths:
        raise Unsupported(
            Bilingual(f"There are no photographs in {data / 'photos'}.", f"{data / 'photos'} 里没有照片。"),
            Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
        )
    kept = first_by_hash("photos", list(paths), min(PLAIN, len(paths) // 2))
    return [path for stem, path in paths.items() if (stem in kept) == held_out]


def read_rgb(path: Path) -> np.ndarray:
    """H×W×3 uint8."""
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@dataclass
class Reductions:
    """Pairs of a small picture and the same `factor` times as large: of photographs, and some of drawn pages."""

    paths: Sequence[Path]
    factor: int
    pages: int = 0
    """How many pages are drawn; PAGES of the crops show them."""

    @cached_property
    def pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(h×w×3, rh×rw×3), uint8, of each photograph in each of SIZES."""
        return [self.pair(photo, size) for photo in map(read_rgb, self.paths) for size in SIZES]

    @cached_property
    def page_pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The same of pages, as they are drawn and at SIZES[2] of it, where letters are softer."""
        return [self.pair(page, size) for page in drawn_pages(self.pages, seed=0) for size in (SIZES[0], SIZES[2])]

    def pair(self, picture: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
        h, w = (int(side * size) // self.factor for side in picture.shape[:2])
        large = picture if size == 1 else imresize(picture, h * self.factor, w * self.factor)
        large = np.ascontiguousarray(large[: h * self.factor, : w * self.factor])
        return imresize(large, h, w), large

    def crop(self, rng: np.random.Generator, side: int) -> tuple[np.ndarray, np.ndarray]:
        """A side×side part of a small picture with its large one, in one of eight positions."""
        pairs = self.page_pairs if self.pages and rng.random() < PAGES else self.pairs
        small, large = pairs[int(rng.integers(len(pairs)))]
        y, x = (int(rng.integers(0, extent - side + 1)) for extent in small.shape[:2])
        r, turn, mirror = self.factor, int(rng.integers(4)), bool(rng.integers(2))
        parts = small[y : y + side, x : x + side], large[r * y : r * (y + side), r * x : r * (x + side)]
        turned = [np.rot90(part, turn) for part in parts]
        if mirror:
            turned = [part[:, ::-1] for part in turned]
        return turned[0], turned[1]
