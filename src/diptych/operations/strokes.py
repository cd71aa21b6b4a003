"""Telling the strokes of lettering from what they are written on, inside a box that a reader of text gave.

Readers give boxes; repainting whole boxes would smear whatever is between the letters. Where the background never
looks like the letters, only the strokes are repainted; where it does, the box is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_CONFUSABLE = 0.05
"""Share of the surroundings of the box that may have the letters' colour before they count as inseparable."""
_SOLID = 44.0
"""Levels in any channel within which a pixel has the letters' colour."""

_PLAIN_NOISE = 10.0
"""Deviation (8-bit levels) of the ground from a plane up to which the ground counts as plain."""

_STANDING_OUT = 4.0
"""How many deviations of a rough ground letters must differ from it to be told by that alone."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """What is written in a box.

    coverage   H×W float32 in 0..1: how much of each pixel the letters cover
    spread     H×W bool: the letters with their soft edges and thin outlines or shadows, to be repainted
    color      of the letters, `#rrggbb`
    separable  whether `coverage` can be trusted; if not, `spread` is the whole box
    plain      H×W×3 uint8: the crop with the letters painted over, where the ground is plain enough to be modelled
               (a wall, a board, paper); None where it has a texture of its own
    """

    coverage: Floats
    spread: Bools
    color: str
    separable: bool
    plain: Pixels | None


def find_strokes(rgb: Pixels, inside: Bools, height: float) -> Strokes:
    """Split the box `inside` (H×W bool) of `rgb` (H×W×3 uint8, with some surroundings) into letters and ground.

    height  of a line of the text, in pixels
    The ground is what the larger of the two classes of colour in and around the box runs on to: a plane per channel,
    and what the class differs from it smoothly. Letters are what differs from the ground by more than Otsu's threshold.
    """
    if not inside.any():
        raise ValueError("a box of text is not empty")
    rim = _rim(inside, height)
    backing = _larger_class(rgb, inside, rim)
    ground = _plane(rgb, backing)
    for _ in range(2):  # under strong shading the classes are right only once the shading is known
        difference = _difference(rgb, ground)
        backing = _or_all(inside & (difference <= _otsu(difference[inside])), inside)
        ground = _plane(rgb, backing)
        ground += _smooth(rgb.astype(np.float32) - ground, _eroded(backing, height), height)
    difference = _difference(rgb, ground)
    noise = 1.4826 * float(np.median(difference[backing]))
    threshold = max(_otsu(difference[inside]), 3.0 * noise, 12.0)
    letters = inside & (difference > threshold)
    color = _core_color(rgb, _or_all(letters, inside), difference)
    if noise > _PLAIN_NOISE or not _plausible(letters, inside):
        by_color = _on_a_texture(rgb, inside, rim, height, color)
        standing_out = float(np.median(difference[letters])) if _plausible(letters, inside) else 0.0
        if by_color.separable or standing_out < _STANDING_OUT * noise:
            return by_color
    spread = _spread(inside, difference, max(0.4 * threshold, 2.5 * noise, 6.0), height)
    return Strokes(
        coverage=_coverage(rgb, ground, color, inside),
        spread=spread,
        color=_hex(color),
        separable=True,
        plain=_painted_over(rgb, ground, spread, backing, noise) if noise <= _PLAIN_NOISE else None,
    )


def _on_a_texture(rgb: Pixels, inside: Bools, rim: Bools, height: float, guess: NDArray[np.float64]) -> Strokes:
    """Lettering on a ground of its own texture: told from it by its own colour, if that is solid and not on the rim.

    The colour is the cell of the 8×8×8 RGB histogram that the box has most of beyond what its rim has; `guess` stands
    where the strokes can't be told by it.
    """
    around = rim & ~inside
    cells = (rgb >> 5).astype(np.int32) @ np.array([64, 8, 1], np.int32)
    within = np.bincount(cells[inside], minlength=512) / inside.sum()
    beyond = np.bincount(cells[around], minlength=512) / max(int(around.sum()), 1)
    cell = int(np.argmax(np.where(within > 0, within - beyond, -1.0)))
    color = np.asarray(rgb[inside & (cells == cell)].mean(axis=0), np.float64)
    distance = _difference(rgb, np.broadcast_to(color.astype(np.float32), rgb.shape))
    letters = inside & (distance < _SOLID)
    confusable = float(np.mean(distance[around] < _SOLID)) if around.any() else 1.0
    share = float(letters.sum() / inside.sum())
    separable = bool(_plausible(letters, inside) and confusable <= min(_CONFUSABLE, share / 3.0))
    coverage = np.where(inside, np.clip(1.5 - distance / (2 * _SOLID), 0.0, 1.0), 0.0)
    return Strokes(
        coverage=coverage.astype(np.float32),
        spread=_grown(letters, max(round(0.1 * height), 3)) if separable else inside,
        color=_hex(color if separable else guess),
        separable=separable,
        plain=None,
    )


def _plausible(letters: Bools, inside: Bools) -> bool:
    return bool(0.01 < letters.sum() / inside.sum() < 0.6)


def thickness(coverage: Floats) -> float:
    """Mean width of the strokes in pixels: twice their area over their outline's length."""
    solid = (coverage > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(solid, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(outline, True) for outline in outlines)
    return 2.0 * float(coverage.sum()) / max(length, 1.0)


def softness(coverage: Floats) -> float:
    """Standard deviation, in pixels, of the Gaussian that would blur a sharp edge as much as these edges are.

    Across an edge blurred by sigma the integral of c·(1 - c) is sigma / sqrt(pi).
    """
    solid = (coverage > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(solid, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(outline, True) for outline in outlines)
    return float(np.sqrt(np.pi) * (coverage * (1.0 - coverage)).sum() / max(length, 1.0))


def _difference(rgb: Pixels, ground: Floats) -> Floats:
    """The largest difference in any channel, in 8-bit levels."""
    return np.asarray(np.abs(rgb.astype(np.float32) - ground).max(axis=2), np.float32)


def _larger_class(rgb: Pixels, inside: Bools, rim: Bools) -> Bools:
    """The commoner of two classes of colour in the box and on its rim, split by Otsu's threshold along the principal
    axis; only its pixels in the box."""
    where = inside | rim
    colors = rgb[where].astype(np.float32)
    centred = colors - colors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    along = centred @ axes[:, -1]
    levels = (along - along.min()) * (255.0 / max(float(np.ptp(along)), 1e-6))
    upper = levels > _otsu(levels)
    chosen = np.zeros(inside.shape, np.bool_)
    chosen[where] = upper if upper.mean() > 0.5 else ~upper
    return _or_all(chosen & inside, inside)


def _or_all(part: Bools, whole: Bools) -> Bools:
    return part if part.any() else whole


def _rim(inside: Bools, height: float) -> Bools:
    """The edge of the box: a little inside it and a little outside."""
    mask = inside.astype(np.uint8)
    out, into = max(round(0.12 * height), 2), max(round(0.05 * height), 1)
    grown = cv2.dilate(mask, np.ones((2 * out + 1, 2 * out + 1), np.uint8))
    shrunk = cv2.erode(mask, np.ones((2 * into + 1, 2 * into + 1), np.uint8))
    return np.asarray((grown > 0) & (shrunk == 0), np.bool_)


def _plane(rgb: Pixels, where: Bools) -> Floats:
    """c₀ + c₁x + c₂y per channel over the whole crop: least squares, reweighted by Cauchy's weights (8 rounds)."""
    height, width = where.shape
    y, x = np.nonzero(where)
    if y.size > 20_000:
        y, x = y[:: y.size // 20_000 + 1], x[:: x.size // 20_000 + 1]
    colors = rgb[y, x].astype(np.float64)
    columns = np.stack([np.ones(y.size), x / width - 0.5, y / height - 0.5], axis=1)
    start = np.median(colors, axis=0) if y.size else np.zeros(3)
    solution = np.stack([start, np.zeros(3), np.zeros(3)])
    for _ in range(8 if y.size >= 12 else 0):
        distance = np.abs(colors - columns @ solution).max(axis=1)
        scale = max(1.4826 * float(np.median(distance)), 1.0)
        weights = 1.0 / (1.0 + (distance / (2.0 * scale)) ** 2)
        weighted = columns * weights[:, None]
        solution = np.linalg.solve(columns.T @ weighted + 1e-6 * y.size * np.eye(3), weighted.T @ colors)
    grid_y, grid_x = np.mgrid[0:height, 0:width].astype(np.float32)
    flat = np.stack([np.ones_like(grid_x), grid_x / width - 0.5, grid_y / height - 0.5], axis=2)
    return np.asarray(flat @ solution.astype(np.float32), np.float32)


def _otsu(values: Floats) -> float:
    if values.size == 0:
        return 255.0
    levels = np.clip(values, 0, 255).astype(np.uint8).reshape(-1, 1)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(threshold)


def _core_color(rgb: Pixels, letters: Bools, difference: Floats) -> NDArray[np.float64]:
    """The letters' own colour: the median where they differ most, which leaves out their mixed edges."""
    core = letters & (difference >= np.quantile(difference[letters], 0.5))
    return np.asarray(np.median(rgb[core].astype(np.float64), axis=0))


def _coverage(rgb: Pixels, ground: Floats, color: NDArray[np.float64], inside: Bools) -> Floats:
    """c of I = (1 - c)·ground + c·color, by projection on the line between the two; 0 outside the box."""
    axis = color.astype(np.float32) - ground
    share = ((rgb.astype(np.float32) - ground) * axis).sum(axis=2) / np.maximum((axis * axis).sum(axis=2), 1.0)
    return np.where(inside, np.clip(share, 0.0, 1.0), 0.0).astype(np.float32)


def _spread(inside: Bools, difference: Floats, threshold: float, height: float) -> Bools:
    """Letters, their soft edges and their shadows, in the box and a little beyond."""
    radius = max(round(0.05 * height), 2)
    near = _grown(inside, radius)
    return _grown(near & (difference > threshold), radius) & near


def _grown(mask: Bools, radius: int) -> Bools:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0, np.bool_)


def _eroded(backing: Bools, height: float) -> Bools:
    """Without the pixels next to letters, which their soft edges tint; all of it when nothing would be left."""
    size = 2 * max(round(0.04 * height), 1) + 1
    inner = cv2.erode(backing.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    return np.asarray(inner if inner.sum() > 0.1 * backing.sum() else backing, np.bool_)


def _smooth(residual: Floats, known: Bools, height: float) -> Floats:
    """What `known` pixels say about all others: a normalised convolution (Knutsson & Westin 1993) at three widths, the
    finer one where it has enough to go by. Worked out at 24 pixels per line of text."""
    rows, columns = known.shape
    scale = min(1.0, 24 / height)
    size = (max(round(columns * scale), 1), max(round(rows * scale), 1))
    weights = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    values = cv2.resize(residual * known[:, :, None].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    result = np.zeros_like(values)
    for sigma in (2.0 * height * scale, 0.7 * height * scale, 0.3 * height * scale):
        near = cv2.GaussianBlur(weights, (0, 0), max(sigma, 0.8))
        mean = cv2.GaussianBlur(values, (0, 0), max(sigma, 0.8)) / np.maximum(near, 1e-4)[:, :, None]
        trust = np.clip(near * 4.0, 0.0, 1.0)[:, :, None]
        result = mean * trust + result * (1.0 - trust)
    return np.asarray(cv2.resize(result, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)


def _painted_over(rgb: Pixels, ground: Floats, spread: Bools, backing: Bools, noise: float) -> Pixels:
    """The ground with its grain: what ground pixels differ from it by, dealt out by multiples of the golden ratio
    (no random numbers are needed)."""
    grains = (rgb.astype(np.float32) - ground)[backing & ~spread]
    grains = grains[np.abs(grains).max(axis=1) <= 2.5 * noise + 1.0]  # not the odd soft edge of something else
    filled = ground[spread]
    if grains.size:
        count = np.arange(len(filled), dtype=np.uint64)
        filled += grains[(count * np.uint64(2654435769) >> np.uint64(7)) % np.uint64(len(grains))]
    result: Pixels = rgb.copy()
    result[spread] = np.rint(np.clip(filled, 0, 255)).astype(np.uint8)
    return result


def _hex(color: NDArray[np.floating]) -> str:
    return "#" + "".join(f"{int(np.clip(round(float(value)), 0, 255)):02x}" for value in color)
