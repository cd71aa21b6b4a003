"""The networks for photographs in use: super-resolution and cleaning, on pictures of any size.

models/superres.py and models/cleaner.py tell the networks, training/recipes/ how they were taught.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.operations.jpeg_marks import gauged_quality
from diptych.operations.tiles import tiled
from diptych.runtime import Weights

FACTORS = (2, 3, 4)
_SUPERRES_TILE = 512
_CLEANER_TILE, CLEANER_STRIDE = 1024, 8
_SIGMA, _LOSS = 50.0, 100.0
"""What 1 means in the network's strengths."""
_LOOKS, _LOOK, _LEAST_LOOK = 3, 192, 64
"""The gauge looks at so many windows a side, so many pixels each, spread over the picture; it needs some pixels."""
CALM, FINE = 2.5, 90
"""Noise up to so many levels, and JPEG from this quality on, are what good photos have: they are left alone."""


def enlarged(pixels: Pixels, factor: int, weights: Weights, *, faithful: bool) -> Pixels:
    """H×W×3 uint8 → rH×rW×3 uint8, r = `factor`, one of FACTORS.

    faithful   by the network that learned from clean reductions and adds nothing else; otherwise by the one that
               learned from snapshots, and takes their blur, noise and JPEG off as it enlarges

    Raises ValueError for other factors.
    """
    name = _superres(factor, faithful)
    network, config = weights.loaded(name), weights.manifest["configs"][name]

    def work(part: Pixels) -> Pixels:
        return interleaved(network(pictures=part[None])[0][0], factor)

    return tiled(pixels, work, side=_SUPERRES_TILE, reach=config["reach"], factor=factor)


def interleaved(planes: NDArray[np.uint8], factor: int) -> Pixels:
    """Planes (r·r·3)×h×w, as models/superres.py orders them, → rh×rw×3: a pixel shuffle."""
    _, height, width = planes.shape
    rows = np.empty((height, factor, factor * width, 3), np.uint8)
    for i, group in enumerate(np.split(planes, factor)):
        rows[:, i] = cv2.merge(list(group)).reshape(height, factor * width, 3)
    return rows.reshape(factor * height, factor * width, 3)


def superres_name(weights: Weights, factor: int, *, faithful: bool) -> str:
    """For certificates."""
    name = _superres(factor, faithful)
    return f"{'super-resolution' if faithful else 'snapshot super-resolution'} x{factor} {weights.name_of(name)}"


def _superres(factor: int, faithful: bool) -> str:
    if factor not in FACTORS:
        raise ValueError(f"there are networks for the factors {', '.join(map(str, FACTORS))}, none for {factor}")
    return f"{'superres' if faithful else 'snapshot'}{factor}"


@dataclass(frozen=True)
class Damage:
    """What a picture suffers from: noise of `sigma` levels, JPEG of `quality` (100: none)."""

    sigma: float = 0.0
    quality: float = 100.0

    @property
    def is_slight(self) -> bool:
        return self.sigma <= CALM and self.quality >= FINE


def gauged(pixels: Pixels, weights: Weights) -> Damage:
    """How noisy and how compressed an H×W×3 uint8 picture is: noise by a network on windows spread over the picture,
    the second least of what it reads, since texture looks like noise, but noise is everywhere (and the least may come
    of a dark place, where it was cut off); JPEG by the comb of its coefficients."""
    height, width = pixels.shape[:2]
    look = min(_LOOK, max(height, width))
    places = {
        (_window_start(height, look, i), _window_start(width, look, j)) for i in range(_LOOKS) for j in range(_LOOKS)
    }
    network = weights.loaded("gauge")
    read = sorted(
        float(network(pictures=_floats(pixels[y : y + look, x : x + look], _LEAST_LOOK))[0][0, 0]) for y, x in places
    )
    return Damage(max(read[:2][-1], 0.0) * _SIGMA, float(gauged_quality(pixels)))


def _window_start(side: int, look: int, number: int) -> int:
    """On JPEG's grid, since that is what the gauge looks for."""
    return max(side - look, 0) * number // (_LOOKS - 1) // CLEANER_STRIDE * CLEANER_STRIDE


def cleaned(
    pixels: Pixels, weights: Weights, *, sigma: float | None = None, quality: float | None = None
) -> tuple[Pixels, Damage]:
    """H×W×3 uint8 without noise of `sigma` levels and JPEG's marks of `quality`; and what was taken off.

    What is None is gauged, unless the other is given: then it is taken for none. What is slight is left as it is, bytes
    and all: so "no noise" leaves the photo unchanged.
    """
    if sigma is None and quality is None:
        damage = gauged(pixels, weights)
    else:
        damage = Damage(sigma or 0.0, 100.0 if quality is None else quality)
    told = damage.sigma > 0 or damage.quality < 100
    if not told or (sigma is None and quality is None and damage.is_slight):
        return pixels, Damage()
    network, reach = weights.loaded("cleaner"), weights.manifest["configs"]["cleaner"]["reach"]
    strengths = np.array([[damage.sigma / _SIGMA, (100 - damage.quality) / _LOSS]], np.float32)

    def work(part: Pixels) -> Pixels:
        height, width = part.shape[:2]
        clean = network(pictures=_floats(part), strengths=strengths)[0]
        return _levels(clean)[:height, :width]

    made = tiled(pixels, work, side=_CLEANER_TILE, reach=reach, stride=CLEANER_STRIDE)
    return made, damage


def cleaner_name(weights: Weights) -> str:
    """For certificates."""
    return f"cleaner {weights.name_of('gauge', 'cleaner')}"


def _floats(part: Pixels, least: int = CLEANER_STRIDE) -> NDArray[np.float32]:
    """1×3×h×w in 0..1; sides are filled up to multiples of the network's stride, and to `least`, with the picture
    mirrored."""
    height, width = part.shape[:2]
    down, across = (max(-side % CLEANER_STRIDE, least - side) for side in (height, width))
    filled = cv2.copyMakeBorder(np.ascontiguousarray(part), 0, down, 0, across, cv2.BORDER_REFLECT)
    return np.asarray(filled.transpose(2, 0, 1)[None] / np.float32(255), np.float32)


def _levels(pictures: NDArray[np.float32]) -> Pixels:
    """1×3×h×w in 0..1 → h×w×3 uint8."""
    return np.ascontiguousarray(np.clip(np.rint(pictures[0] * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0))
