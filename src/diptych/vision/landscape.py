"""Sky, water, grass, foliage, sand and snow: what fills a landscape, by colour, texture and place.

Each model turns the working copy into a likelihood per pixel (OKLab colour × smoothness × height in the frame);
the likelihood is smoothed along edges, cut at a half, and the parts that lie where such a thing lies are kept.
The numbers were set by eye on about a hundred varied photos at 512 pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from diptych.core.region import Region
from diptych.operations.guided import guided_filter
from diptych.vision.sky import whole_sky
from diptych.vision.working_copy import WorkingCopy, components, without_holes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.region import Mask

SURENESS = {"water": 0.85, "sand": 0.7, "snow": 0.75}
"""Kinds that share their looks with much else (pavement, skin, walls) are offered with less confidence."""

SMALLEST = 0.015
"""Share of the frame below which a stretch of sky, water, … is not worth naming."""


class Look:
    """What the models look at, computed once per picture. All h×w float32."""

    def __init__(self, copy: WorkingCopy) -> None:
        self.copy = copy
        self.lightness = copy.oklab[:, :, 0]
        self.chroma = np.hypot(copy.oklab[:, :, 1], copy.oklab[:, :, 2])
        self.texture = copy.texture
        self.depth = copy.depth

    @cached_property
    def hue(self) -> Mask:
        """OKLab hue in degrees, 0..360: red 29, yellow 110, green 142, cyan 195, blue 264."""
        return np.asarray(np.degrees(np.arctan2(self.copy.oklab[:, :, 2], self.copy.oklab[:, :, 1])) % 360, np.float32)

    @cached_property
    def stripes(self) -> Mask:
        """0..1: share of the local gradient that is vertical; ripples on water are long and flat, above 0.6."""
        across = np.abs(cv2.Sobel(self.lightness, cv2.CV_32F, 1, 0))
        down = np.abs(cv2.Sobel(self.lightness, cv2.CV_32F, 0, 1))
        across, down = cv2.blur(across, (31, 31)), cv2.blur(down, (31, 31))
        return np.asarray(down / (down + across + 1e-4), np.float32)


def _ramp(values: Mask, zero: float, one: float) -> Mask:
    """0 at `zero`, 1 at `one`, linear between, either way round."""
    return np.clip((values - zero) / (one - zero), 0.0, 1.0)


def _between(values: Mask, low: float, high: float, soft: float) -> Mask:
    return _ramp(values, low - soft, low) * _ramp(values, high + soft, high)


def _sky(look: Look) -> Mask:
    blue = _between(look.hue, 200, 290, 20) * _ramp(look.chroma, 0.01, 0.03) * _ramp(look.lightness, 0.15, 0.35)
    # Overcast, haze and clouds: bright and pale. Dawn and dusk: warm and bright, or dim and pale but even.
    pale = _ramp(look.chroma, 0.07, 0.03) * _ramp(look.lightness, 0.55, 0.75)
    dusk = _ramp(look.texture, 0.012, 0.004) * _ramp(look.lightness, 0.2, 0.35) * 0.65
    # Dim and brown is no sky but muddy water, a lawn in autumn, wood.
    brown = _between(look.hue, 55, 110, 10) * _ramp(look.chroma, 0.035, 0.05) * _ramp(look.lightness, 0.6, 0.5)
    dusk = dusk * (1 - brown)
    smooth = _ramp(look.texture, 0.08, 0.03)
    green = _between(look.hue, 105, 165, 10) * _ramp(look.chroma, 0.03, 0.05)
    return np.maximum(np.maximum(blue, pale), dusk) * smooth * (1 - green) * _ramp(look.depth, 0.95, 0.55)


def _water(look: Look) -> Mask:
    blue = _between(look.hue, 165, 285, 20) * _ramp(look.chroma, 0.012, 0.03)
    gray = _ramp(look.chroma, 0.04, 0.02) * _ramp(look.stripes, 0.55, 0.7) * 0.7
    ripples = 0.4 + 0.6 * _ramp(look.stripes, 0.45, 0.65)
    return np.maximum(blue, gray) * ripples * _ramp(look.texture, 0.12, 0.06) * _ramp(look.depth, 0.15, 0.4)


def _green(look: Look) -> Mask:
    return _between(look.hue, 108, 160, 10) * _ramp(look.chroma, 0.035, 0.06) * _ramp(look.lightness, 0.1, 0.22)


def _grass(look: Look) -> Mask:
    return _green(look) * _ramp(look.texture, 0.13, 0.07) * _ramp(look.depth, 0.2, 0.5)


def _foliage(look: Look) -> Mask:
    return _green(look) * _ramp(look.texture, 0.008, 0.02)


def _sand(look: Look) -> Mask:
    tan = _between(look.hue, 50, 100, 12) * _between(look.chroma, 0.025, 0.12, 0.015)
    return tan * _ramp(look.lightness, 0.4, 0.55) * _ramp(look.texture, 0.09, 0.04) * _ramp(look.depth, 0.2, 0.5)


def _snow(look: Look) -> Mask:
    white = _ramp(look.lightness, 0.62, 0.78) * _ramp(look.chroma, 0.07, 0.04)
    return white * _ramp(look.texture, 0.12, 0.06) * _ramp(look.depth, 0.15, 0.45)


MODELS: dict[str, Callable[[Look], Mask]] = {
    "sky": _sky,
    "water": _water,
    "grass": _grass,
    "foliage": _foliage,
    "sand": _sand,
    "snow": _snow,
}


def landscape_region(copy: WorkingCopy, kind: str) -> Region | None:
    """The stretch of `kind` (a key of MODELS), all its parts together, or None when there is none."""
    extent = landscape_extent(copy, kind)
    return None if extent is None else Region(copy.refine(extent[0].astype(np.float32)), kind, extent[1])


def landscape_extent(copy: WorkingCopy, kind: str) -> tuple[NDArray[np.bool_], float] | None:
    """The same at the working copy's size: h×w bool, and the score.

    The score is the mean likelihood inside, and less where the likelihood outside is close to it.
    """
    look = Look(copy)
    likelihood = MODELS[kind](look)
    if kind in {"water", "snow", "sand"} and (above := _cut(look, _sky(look), "sky")) is not None:
        likelihood = likelihood * (1.0 - above)
    binary = _cut(look, likelihood, kind)
    if binary is None:
        return None
    inside = float(likelihood[binary].mean())
    if kind == "sky":
        binary = without_holes(whole_sky(copy, binary), largest=0.003)
    outside = float(likelihood[~binary].mean()) if not binary.all() else 0.0
    score = inside - 0.5 * outside
    if kind == "sky":
        # Most of the top rim is sky where there is one; a patch of it is as often a wall or a curtain.
        score *= 0.6 + 0.4 * min(1.0, float(binary[0].mean()) / 0.5)
    return binary, round(float(np.clip(score * SURENESS.get(kind, 1.0), 0.0, 0.95)), 3)


def _cut(look: Look, likelihood: Mask, kind: str) -> NDArray[np.bool_] | None:
    """The likelihood smoothed along edges, cut at a half, and its parts that lie where `kind` lies."""
    smooth = guided_filter(look.lightness, np.ascontiguousarray(likelihood, np.float32), radius=8, epsilon=1e-3)
    kept = np.zeros(likelihood.shape, bool)
    for part in components(smooth > 0.5, 0.004):
        if _lies_right(part, kind):
            kept |= part
    kept = without_holes(kept, largest=0.003)
    return kept if kept.mean() >= SMALLEST else None


def _lies_right(part: NDArray[np.bool_], kind: str) -> bool:
    """Sky reaches the top rim along a tenth of it; what lies flat is broad, large and reaches below the middle."""
    height, width = part.shape
    if kind == "sky":
        return float(part[: max(2, height // 100)].any(axis=0).mean()) > 0.1
    if kind in ("water", "grass", "sand", "snow"):
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        return bool(rows[-1] > 0.5 * height and np.ptp(columns) > 0.2 * width and part.mean() > SMALLEST)
    return True
