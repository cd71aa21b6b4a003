"""The region of a colour: "the red part".

Colours are compared in OKLab by what people name them for. A basic word ("blue") covers a range of hue, lightness and
chroma; any other colour what is near it, hue first; white, grey and black the lack of colour, then lightness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from diptych.core.region import Region
from diptych.operations.color_space import hex_to_oklab
from diptych.vision.working_copy import WorkingCopy, components, without_holes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.region import Mask

NEUTRAL_CHROMA = 0.035
"""OKLab chroma below which a wanted colour counts as white, grey or black."""

SMALLEST_PART = 0.0015
"""Share of the frame below which a patch of colour is a speck."""

MOST_PARTS = 12
"""Beyond that many it is a pattern, not things."""

HUE_DRIFT = 9.0
"""Degrees of OKLab hue that one surface spreads to each side, from light to shade."""

MOST_GROWTH = 4.0
"""A part that would grow by more than this has run into its surroundings, and stays as it is."""


@dataclass(frozen=True)
class Range:
    """What people call by a basic colour word, in OKLab: hue in degrees (may pass 360), lightness and chroma."""

    hue: tuple[float, float]
    lightness: tuple[float, float]
    chroma: tuple[float, float]


BASIC: dict[str, tuple[Range, ...]] = {
    "#ff0000": (  # red; dark reds have little chroma
        Range((5, 36), (0.22, 0.82), (0.10, 0.5)),
        Range((5, 34), (0.15, 0.45), (0.05, 0.5)),
    ),
    "#ffa500": (Range((36, 82), (0.50, 1.0), (0.10, 0.5)),),  # orange
    "#ffff00": (Range((80, 113), (0.60, 1.0), (0.08, 0.5)),),  # yellow
    "#008000": (Range((112, 172), (0.15, 0.97), (0.035, 0.5)),),  # green
    "#00ffff": (Range((172, 220), (0.30, 1.0), (0.035, 0.5)),),  # cyan
    "#0000ff": (Range((222, 292), (0.15, 0.92), (0.035, 0.5)),),  # blue
    "#800080": (Range((290, 340), (0.15, 0.75), (0.04, 0.5)),),  # purple
    "#ffc0cb": (Range((335, 395), (0.66, 0.97), (0.03, 0.22)),),  # pink
    "#a52a2a": (Range((22, 95), (0.15, 0.60), (0.03, 0.165)),),  # brown
}
"""The chromatic basic terms of Berlin & Kay (1969) and cyan, under the sRGB that the words stand for.

A word covers far more than its hex: "blue" in a photo is mostly a tenth as colourful as #0000ff, and "brown" is no
darker red. The ranges were set by eye on photos. Any other colour is matched by nearness.
"""


def membership(oklab: Mask, color: str) -> Mask:
    """h×w×3 OKLab → h×w float32 in 0..1: how much each pixel is `color` (`#rrggbb`), 0.5 at the edge of the name."""
    wanted = hex_to_oklab(color)
    lightness, chroma = oklab[:, :, 0], np.hypot(oklab[:, :, 1], oklab[:, :, 2])
    if float(np.hypot(wanted[1], wanted[2])) < NEUTRAL_CHROMA:
        return _neutral(lightness, chroma, float(wanted[0]))
    hue = np.asarray(np.degrees(np.arctan2(oklab[:, :, 2], oklab[:, :, 1])), np.float32)
    if color in BASIC:
        found = [_in_range(hue, lightness, chroma, basic) for basic in BASIC[color]]
        return np.asarray(np.max(found, axis=0), np.float32)
    return _near(hue, lightness, chroma, wanted)


def _in_range(hue: Mask, lightness: Mask, chroma: Mask, basic: Range) -> Mask:
    """Product of three trapezoids that pass 0.5 at the range's ends."""
    middle, half = sum(basic.hue) / 2, (basic.hue[1] - basic.hue[0]) / 2
    turn = np.abs((hue - middle + 180.0) % 360.0 - 180.0)
    inside = np.clip(0.5 + (half - turn) / 10.0, 0.0, 1.0)
    for values, (low, high), soft in ((lightness, basic.lightness, 0.08), (chroma, basic.chroma, 0.03)):
        inside = inside * np.clip(0.5 + np.minimum(values - low, high - values) / soft, 0.0, 1.0)
    return np.asarray(inside, np.float32)


def _near(hue: Mask, lightness: Mask, chroma: Mask, wanted: NDArray[np.float64]) -> Mask:
    """exp(-cost); the cost is ln 2 where hue is 28° off, or lightness 0.2 off, or chroma 0.08 too strong."""
    wanted_chroma = float(np.hypot(wanted[1], wanted[2]))
    turn = np.abs((hue - np.degrees(np.arctan2(wanted[2], wanted[1])) + 180.0) % 360.0 - 180.0)
    cost = np.square(turn / 34.0) + np.square((lightness - wanted[0]) / 0.24)
    cost += np.square(np.maximum(chroma - wanted_chroma, 0.0) / 0.10)
    # A shaded or hazy patch has less chroma than its colour, down to a third of it.
    floor = max(0.33 * wanted_chroma, 0.03)
    return np.asarray(np.exp(-cost) * np.clip((chroma - 0.75 * floor) / (0.5 * floor), 0.0, 1.0), np.float32)


def _neutral(lightness: Mask, chroma: Mask, wanted: float) -> Mask:
    colorless = np.clip(1.5 - chroma / 0.045, 0.0, 1.0)
    if wanted > 0.9:
        level = np.clip((lightness - 0.76) / 0.14, 0.0, 1.0)
    elif wanted < 0.2:
        level = np.clip((0.40 - lightness) / 0.16, 0.0, 1.0)
    else:
        level = np.exp(-np.square((lightness - wanted) / 0.18))
    return np.asarray(colorless * level, np.float32)


def color_regions(copy: WorkingCopy, color: str, label: str) -> list[Region]:
    """The connected parts of that colour, largest first, at the copy's size; empty when there are only specks.

    They are for choosing among: `WorkingCopy.refine` brings the chosen to full resolution.
    The score is the mean membership inside, less for parts of under half a percent of the frame.
    """
    soft = cv2.GaussianBlur(membership(copy.oklab, color), (0, 0), 1.2)
    found = cv2.morphologyEx((soft > 0.5).astype(np.uint8), cv2.MORPH_CLOSE, _disc(5))
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, _disc(3))
    parts = components(found > 0, SMALLEST_PART)[:MOST_PARTS]
    if color in BASIC:
        parts = _whole_things(copy, parts, color)
    if not parts:
        return []
    # Parts far smaller than the largest are its echoes (a reflection, a lip), not things of their own.
    parts = [part for part in parts if part.sum() >= 0.04 * parts[0].sum()]
    return [Region(part.astype(np.float32), label, _score(part, soft)) for part in parts]


def _whole_things(copy: WorkingCopy, parts: list[NDArray[np.bool_]], color: str) -> list[NDArray[np.bool_]]:
    """Each part grown to the surface it belongs to, and named again by the colour of all of it; largest first.

    Light and shade carry one surface over the bounds of a name: an orange suit has red folds, and people call it
    orange. A surface goes on while its hue stays within HUE_DRIFT of the part's and its chroma above half.
    """
    found: list[NDArray[np.bool_]] = []
    for part in parts:
        if any((part & other).sum() > 0.5 * part.sum() for other in found):
            continue
        grown = _surface(copy, part)
        if _named(np.median(copy.oklab[grown], axis=0), color):
            found.append(grown if grown.sum() <= MOST_GROWTH * part.sum() else part)
    return sorted(found, key=lambda thing: -int(thing.sum()))


def _surface(copy: WorkingCopy, part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What hangs together with `part` and has its hue."""
    lightness, a, b = (float(value) for value in np.median(copy.oklab[part], axis=0))
    chroma = float(np.hypot(a, b))
    smooth = cv2.GaussianBlur(copy.oklab, (0, 0), 1.2)
    along = (smooth[:, :, 1] * a + smooth[:, :, 2] * b) / max(chroma, 1e-6)
    across = (smooth[:, :, 2] * a - smooth[:, :, 1] * b) / max(chroma, 1e-6)
    alike = np.abs(across) < np.tan(np.radians(HUE_DRIFT)) * along
    alike &= (along > 0.5 * chroma) & (np.abs(smooth[:, :, 0] - lightness) < 0.3)
    opened = cv2.morphologyEx((alike | part).astype(np.uint8), cv2.MORPH_OPEN, _disc(5))
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    reached = np.zeros(int(labels.max()) + 1, bool)
    reached[np.unique(labels[part])] = True
    reached[0] = False
    return without_holes(part | reached[labels], largest=0.001)


def _named(oklab: NDArray[np.floating], color: str) -> bool:
    """Whether no other basic name fits that colour clearly better than `color`."""
    point = np.asarray(oklab, np.float32)[None, None]
    fits = {name: float(membership(point, name)[0, 0]) for name in BASIC}
    return fits[color] > 0.0 and fits[color] >= 0.75 * max(fits.values())


def _score(part: NDArray[np.bool_], soft: Mask) -> float:
    size = min(1.0, float(part.mean()) / 0.005)
    return round(min(1.0, float(soft[part].mean()) * 1.15) * (0.6 + 0.4 * size), 3)


def union(regions: list[Region]) -> Region:
    """All of them as one, under their labels; the score is their mean by area."""
    mask = regions[0].mask
    for region in regions[1:]:
        mask = np.maximum(mask, region.mask)
    areas = np.array([region.area for region in regions])
    scores = np.array([region.score for region in regions])
    labels = ", ".join(dict.fromkeys(region.label for region in regions))
    return Region(mask, labels, round(float(areas @ scores / max(areas.sum(), 1e-9)), 3))


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
