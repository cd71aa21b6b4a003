"""Drawings made large: 128 → 512 → 1024 pixels by the stages of the cascade, each told what the drawing shows.

What comes out is true to what went in: the area mean of the large picture lies within LIMIT levels of the drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.core.operation import Operation, Upscale
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.runtime import Weights
from diptych.sampling.conditioning import Sentences, Told
from diptych.sampling.flow import euler, times
from diptych.sampling.projection import project
from diptych.sampling.thresholding import dynamic_threshold
from diptych.world.scene import SIDE

STAGES = ("cascade512", "cascade1024")
LARGEST = 1024
STEPS: Mapping[str, int] = MappingProxyType({"cascade512": 1, "cascade1024": 1})
"""One: what is added to the small picture can nearly be foretold, and each further step drew its own noise back in
(two: 0.2 dB farther from the truth, four: 0.6; `variants` in benchmarks/results/cascade.json)."""
LEVELS: Mapping[str, float] = MappingProxyType({"cascade512": 0.0, "cascade1024": 0.01})
"""Noise that is added to each stage's small picture, in pictures of -1..1: what a generator draws is no true render.
The first was taught on drawings, too, and does best without."""
TWICE = frozenset({"cascade512"})
"""Stages that look at the mirrored picture as well; the mean of both is nearer to the truth."""
LIMIT = 1.97
"""Levels, of 255, that the area mean may differ from the small picture on average."""


class CascadePainter:
    """Carries out an Upscale that says what the drawing shows. One picture, words and seed, the same bytes."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def name(self) -> str:
        """Names the very weights."""
        return f"cascade {self._weights.name_of(*STAGES, 'text')}"

    @cached_property
    def ready(self) -> bool:
        """Whether the weights hold the cascade."""
        return set(STAGES) <= set(self._weights.manifest["networks"])

    def reaches(self, picture: Picture, factor: float) -> bool:
        """Whether it can make a drawing of that size so large."""
        frame, sides = (picture.width, picture.height), (SIDE, 4 * SIDE)
        return frame in ((side, side) for side in sides) and round(picture.width * factor) <= LARGEST

    # ---- the Painter port ----

    def can(self, operation: Operation) -> bool:
        return isinstance(operation, Upscale) and bool(operation.words) and self.ready

    def paint(self, picture: Picture, operation: Operation, region: Region | None, seed: int) -> Picture:
        """The whole picture `factor` times as large, whatever the region. Raises Unsupported for what is no drawing of
        128 or 512 pixels a side, and above 1024."""
        assert isinstance(operation, Upscale)
        return picture.with_pixels(self.enlarge(picture.rgb, operation.words, operation.factor, seed))

    # ---- what it does ----

    def enlarge(
        self,
        pixels: np.ndarray,
        words: str,
        factor: float,
        seed: int = 0,
        *,
        steps: Mapping[str, int] = STEPS,
        levels: Mapping[str, float] = LEVELS,
        limit: float | None = LIMIT,
    ) -> np.ndarray:
        """S×S×3 uint8, S 128 or 512 → S·factor × S·factor × 3 uint8.

        words   what the picture shows; "" tells nothing
        factor  above 1; what lies between the stages' sizes is reduced from the next larger
        steps   of sampling, and
        levels  of added noise, for each stage
        limit   None: not projected
        """
        side, wanted = pixels.shape[0], round(pixels.shape[0] * factor)
        if pixels.shape[:2] not in ((SIDE, SIDE), (4 * SIDE, 4 * SIDE)) or wanted > LARGEST:
            raise Unsupported(
                Bilingual(
                    f"The cascade makes drawings of {SIDE} or {4 * SIDE} pixels a side up to {LARGEST} large, not "
                    f"{pixels.shape[1]}×{pixels.shape[0]} {factor:g} times.",
                    f"级联放大只能把边长 {SIDE} 或 {4 * SIDE} 像素的画放大到至多 {LARGEST} 像素，不能把 "
                    f"{pixels.shape[1]}×{pixels.shape[0]} 放大 {factor:g} 倍。",
                ),
                Bilingual(
                    "Use a smaller factor, or enlarge it as a photo: upscale with --faithful.",
                    "请减小倍数，或按照片放大：用 --faithful。",
                ),
            )
        told = self._sentences.told(words)
        large = pixels
        for stage in STAGES if side == SIDE else STAGES[1:]:
            rng = np.random.default_rng([seed, len(large)])
            made = self._stage(stage, large, told, rng, steps[stage], levels[stage])
            if stage in TWICE:
                mirrored = np.ascontiguousarray(large[:, ::-1])
                made = (made + self._stage(stage, mirrored, told, rng, steps[stage], levels[stage])[:, ::-1]) / 2
            large = np.rint(made).astype(np.uint8) if limit is None else project(made, pixels, limit)
            if len(large) >= wanted:
                break
        if len(large) == wanted:
            return large
        return np.asarray(cv2.resize(large, (wanted, wanted), interpolation=cv2.INTER_AREA), np.uint8)

    def _stage(
        self, stage: str, pixels: np.ndarray, told: Told, rng: np.random.Generator, steps: int, level: float
    ) -> np.ndarray:
        """H×W×3 uint8 → H·f × W·f × 3 float32 in 0..255, by one stage."""
        config = self._weights.manifest["configs"][stage]
        unit = np.float32(config["detail"])
        low = pixels.astype(np.float32) / np.float32(127.5) - 1
        low += np.float32(level) * rng.standard_normal(low.shape, dtype=np.float32)
        size = (pixels.shape[1] * config["factor"], pixels.shape[0] * config["factor"])
        plain = channels_first(cv2.resize(low, size, interpolation=cv2.INTER_CUBIC))
        given = {
            "low": channels_first(low), "level": np.array([level], np.float32), "words": told.words[None],
            "tokens": told.tokens[None], "point": told.point[None],
        }  # fmt: skip
        network = self._weights.loaded(stage)

        def denoise(z: np.ndarray, t: float) -> np.ndarray:
            detail = network(noisy=z, time=np.array([t], np.float32), **given)[0]
            detail *= unit
            detail += plain
            return np.asarray((dynamic_threshold(detail) - plain) / unit, np.float32)

        detail = euler(denoise, rng.standard_normal(plain.shape, dtype=np.float32), times(steps))
        picture = np.clip(plain + unit * detail, -1, 1)[0].transpose(1, 2, 0)
        return np.ascontiguousarray((picture + 1) * np.float32(127.5))

    @cached_property
    def _sentences(self) -> Any:
        return Sentences(self._weights)


def channels_first(picture: np.ndarray) -> np.ndarray:
    """H×W×3 → 1×3×H×W, one block of memory."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1))[None]
