"""Sight: what pictures show, which words fit them, and which picture of many fits some words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, Language, NotUnderstood
from diptych.core.record import Score
from diptych.runtime import Weights
from diptych.vision.likeness import Likeness
from diptych.vision.matting import Matting

if TYPE_CHECKING:
    from diptych.core.picture import Picture
    from diptych.index import Hit, Update
    from diptych.painters.reading import EmbeddedReader
    from diptych.vision.tagging import Tag


@dataclass(frozen=True)
class Label:
    """One of the labels that a picture was asked about, and how likely it holds, 0..1."""

    name: str
    score: float


@dataclass(frozen=True)
class Found:
    """What a search came to: pictures, best first, what was done to the index, and what is to be said of it."""

    hits: tuple[Hit, ...]
    update: Update
    notes: tuple[Bilingual, ...]


class Sight:
    """Each network is loaded when it is first needed.

    reader  tells what a Stickerbook picture shows
    """

    def __init__(self, weights: Weights, reader: EmbeddedReader) -> None:
        self._weights = weights
        self._reader = reader

    @cached_property
    def likeness(self) -> Likeness:
        return Likeness(self._weights)

    @cached_property
    def matting(self) -> Matting:
        return Matting(self._weights)

    def knows(self, picture: Picture) -> bool:
        """Whether it is of the Stickerbook: what is said of photographs is less sure."""
        return self._reader.sees(picture) is not None

    def tag(self, picture: Picture, language: Language) -> list[Tag]:
        """Tags: of a Stickerbook picture by the reader, of others by what the finders see, likeliest first."""
        from diptych.vision.tagging import photo_tags, sticker_tags

        scene = self._reader.sees(picture)
        if scene is not None:
            return sticker_tags(scene, self._reader.sureness(picture), self._reader.name, language)
        from diptych.wording.names import chinese_nouns

        return photo_tags(picture, self.matting, chinese_nouns() if language == "zh" else {})

    def classify(self, picture: Picture, labels: Sequence[str]) -> list[Label]:
        """How likely each label holds, best first. Raises NotUnderstood where there is no label."""
        named = [label.strip() for label in labels if label.strip()]
        if not named:
            raise NotUnderstood(
                Bilingual("There are no labels.", "没有给出标签。"),
                Bilingual("Give some, separated by commas: “cat,dog,car”.", "请给出用逗号分隔的标签：“猫,狗,汽车”。"),
            )
        chances = self.likeness.matches(picture, named)
        found = [Label(name, round(float(chance), 4)) for name, chance in zip(named, chances, strict=True)]
        return sorted(found, key=lambda label: -label.score)

    def similarity(self, picture: Picture, other: Picture | str) -> float:
        """Cosine in -1..1 between a picture and words, or between two pictures."""
        point = self.likeness.pictures([picture])[0]
        to = self.likeness.words([other]) if isinstance(other, str) else self.likeness.pictures([other])
        return round(float(point @ to[0]), 4)

    def search(self, words: str, folder: Path, count: int, progress: Callable[[int, int], None] | None = None) -> Found:
        """The pictures of a folder that fit some words best; its index is brought up to date first.

        Raises NotUnderstood where there are no words, InvalidPicture where there is no folder.
        """
        from diptych.index import PictureIndex

        if not words.strip():
            raise NotUnderstood(
                Bilingual("There are no words to search by.", "没有给出要搜索的文字。"),
                Bilingual(
                    "Say what is on the picture: “two red cars at night”.", "请说出图上有什么：“夜晚的两辆红色汽车”。"
                ),
            )
        index = PictureIndex.open(folder, self.likeness)
        update = index.update(progress)
        hits = index.search(self.likeness.words([words])[0], count)
        return Found(tuple(hits), update, tuple(index.notes))

    def best_of(self, words: str, pictures: Sequence[Picture]) -> list[float]:
        """How well each of some drawings fits its words, 0..1."""
        return [round(float(self.likeness.matches(picture, [words])[0]), 4) for picture in pictures]

    def score(self, words: str, before: Picture, after: Picture) -> Score:
        """How like the words a picture was before an edit and is after it, and whether they hold of it now."""
        word = self.likeness.words([words])[0]
        first, then = self.likeness.pictures([before, after]) @ word
        holds = self.likeness.matches(after, [words])[0]
        return Score(
            judge=self.likeness.name,
            before=round(float(first), 3),
            after=round(float(then), 3),
            holds=round(float(holds), 3),
        )
