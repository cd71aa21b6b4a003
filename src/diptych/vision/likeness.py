"""The dual encoder in use: pictures and sentences as points of one sphere, and how well a sentence fits a picture.

It has learned the Stickerbook in English and Chinese, and, as far as 800 captioned photographs go, photographs in
English: of photographs expect hints, not answers (docs/models.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.picture import Picture
    from diptych.runtime import Weights

SIDE = 128
AT_ONCE = 32
"""Pictures or sentences in one run of a network."""


class Likeness:
    """Each network is loaded when it is first needed. Equal inputs, equal answers, whatever is asked beside them."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def name(self) -> str:
        """Names the very weights."""
        return f"dual encoder {self._weights.name_of('see', 'picture', 'text', 'match')}"

    def pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """N pictures of any size → N×D float32 unit vectors."""
        points = [self._picture(patches=some)[0] for some in self._patches(pictures)]
        return np.concatenate(points) if points else np.zeros((0, self.dimensions), np.float32)

    def words(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """N sentences, English or Chinese → N×D float32 unit vectors."""
        points = [self._text(tokens=some)[1] for some in self._tokens(texts)]
        return np.concatenate(points) if points else np.zeros((0, self.dimensions), np.float32)

    def matches(self, picture: Picture, texts: Sequence[str]) -> NDArray[np.float32]:
        """How likely each of N sentences holds of the picture, N float32 in 0..1, by the head that looks at both
        closely."""
        (patches,) = self._patches([picture])
        logits = []
        for tokens in self._tokens(texts):
            words = self._text(tokens=tokens)[0]
            logits.append(self._match(words=words, tokens=tokens, patches=np.repeat(patches, len(tokens), axis=0))[0])
        return np.asarray(1 / (1 + np.exp(-np.concatenate(logits))) if logits else [], np.float32)

    @cached_property
    def dimensions(self) -> int:
        return int(self._weights.manifest["configs"]["dual_encoder"]["joint"])

    @cached_property
    def _longest(self) -> int:
        """Most tokens of a sentence; what is longer is cut off."""
        return int(self._weights.manifest["configs"]["dual_encoder"]["longest"])

    # ---- what the networks take ----

    def _patches(self, pictures: Sequence[Picture]) -> list[NDArray[np.float32]]:
        """What the eye's trunk makes of pictures, some at a time."""
        found = []
        for start in range(0, len(pictures), AT_ONCE):
            seen = np.stack([squeezed(picture.rgb) for picture in pictures[start : start + AT_ONCE]])
            found.append(self._see(pictures=seen.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1)[0])
        return found

    def _tokens(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Sentences as numbers, n×T, filled up with 0, which is no word. A sentence without a word is one unknown
        word."""
        found = []
        for start in range(0, len(texts), AT_ONCE):
            some = [text.encode("utf-8", "replace").decode() for text in texts[start : start + AT_ONCE]]
            rows = [row.ids[: self._longest] or [1] for row in self._tokenizer.encode_batch(some)]
            filled = np.zeros((len(rows), max(len(row) for row in rows)), np.int64)
            for index, row in enumerate(rows):
                filled[index, : len(row)] = row
            found.append(filled)
        return found

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._weights.checked("tokenizer.json")))

    @cached_property
    def _see(self) -> Any:
        return self._weights.network("see")

    @cached_property
    def _picture(self) -> Any:
        return self._weights.network("picture")

    @cached_property
    def _text(self) -> Any:
        return self._weights.network("text")

    @cached_property
    def _match(self) -> Any:
        return self._weights.network("match")


def squeezed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """H×W×3 uint8 → 128×128×3 uint8: all of it, whatever its shape."""
    # Large photographs are thinned out first: every n-th pixel of four or more a cell is as good a mean, and much
    # sooner made.
    stride = max(1, min(rgb.shape[:2]) // (4 * SIDE))
    thin = np.ascontiguousarray(rgb[::stride, ::stride])
    shrinks = min(thin.shape[:2]) >= SIDE
    return np.asarray(
        cv2.resize(thin, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8
    )
