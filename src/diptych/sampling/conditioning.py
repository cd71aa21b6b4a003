"""Sentences as what picture networks are told: the words in their context and the point of all of them, by the text
tower of the dual encoder that ships. It is frozen: nothing learns through it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from diptych.runtime import Weights


class Told(NamedTuple):
    """`tokens` T int64, none of them 0; `words` T×W float32 in their context; `point` D float32, a unit vector."""

    tokens: np.ndarray
    words: np.ndarray
    point: np.ndarray


class Sentences:
    """Turns sentences, English or Chinese, into what networks are told. Each is looked at by itself."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def told(self, sentence: str) -> Told:
        """One without a word tells nothing: a single token 0, which is no word, and zeros."""
        config = self._weights.manifest["configs"]["dual_encoder"]
        text = sentence.encode("utf-8", "replace").decode()
        tokens = np.array(self._tokenizer.encode(text).ids[: config["longest"]], np.int64)
        if not len(tokens):
            return Told(np.zeros(1, np.int64), np.zeros((1, config["width"]), np.float32),
                        np.zeros(config["joint"], np.float32))  # fmt: skip
        words, points = self._weights.loaded("text")(tokens=tokens[None])
        return Told(tokens, words[0], points[0])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._weights.checked("tokenizer.json")))
