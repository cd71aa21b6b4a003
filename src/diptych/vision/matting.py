"""The matting network in use: which pixels belong to the subject, which to a person, and what the person wears.

It looks at a small copy (training/recipes/matting.py says how it was taught). Its borders are about right; where
exactly they run is then drawn from the full picture by a guided filter (He, Sun, Tang 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.region import Mask
    from diptych.runtime import Weights

LONGEST = 320
"""Pixels of the longer side of the copy that the network looks at."""
STRIDE = 32
"""Both sides of what it looks at are multiples of it."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network says of a picture, at about half the size of its copy (h×w).

    alpha   h×w float32 in 0..1: how likely a pixel is the subject's
    groups  (1 + G)×h×w float32, the probabilities of no person and of each of `names`; they sum to 1
    """

    alpha: Mask
    groups: NDArray[np.float32]
    names: tuple[str, ...]

    @property
    def person(self) -> Mask:
        """h×w float32 in 0..1: how likely a pixel is of a person, clothes and bags included."""
        return np.asarray(1.0 - self.groups[0], np.float32)

    def group(self, name: str) -> Mask:
        """h×w float32 in 0..1. Raises ValueError for a name that is none of `names`."""
        if name not in self.names:
            raise ValueError(f"{name!r} is no group; there are {', '.join(self.names)}")
        return np.asarray(self.groups[1 + self.names.index(name)], np.float32)


class Matting:
    """Loads the network when it first looks. It has no other state: equal pictures, equal answers."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def name(self) -> str:
        return f"matting {self._weights.name_of('matting')}"

    @cached_property
    def _network(self) -> Any:
        return self._weights.network("matting")

    @cached_property
    def _groups(self) -> tuple[str, ...]:
        return tuple(self._weights.manifest["configs"]["matting"]["groups"])

    def look(self, rgb: NDArray[np.uint8]) -> Seen:
        """`rgb` H×W×3 uint8 of any size."""
        height, width = rgb.shape[:2]
        scale = LONGEST / max(height, width)
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
        copy = cv2.resize(
            np.ascontiguousarray(rgb), (columns, rows), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        )
        copy = cv2.copyMakeBorder(copy, 0, -rows % STRIDE, 0, -columns % STRIDE, cv2.BORDER_REPLICATE)
        pictures = copy.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(127.5) - 1
        alpha, groups = self._network(pictures=pictures)
        shown = np.s_[..., : (rows + 1) // 2, : (columns + 1) // 2]
        chances = np.exp(groups[0] - groups[0].max(0, keepdims=True))
        chances /= chances.sum(0, keepdims=True)
        return Seen(sigmoid(alpha[0, 0])[shown], np.ascontiguousarray(chances[shown]), self._groups)


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def sureness(chances: Mask) -> float:
    """How much a soft mask agrees with itself made hard, 0..1: Σ min(p, m) / Σ max(p, m) with m = p > ½, the IoU that
    it expects of itself."""
    hard = chances > 0.5
    return float(np.minimum(chances, hard).sum() / max(float(np.maximum(chances, hard).sum()), 1e-6))
