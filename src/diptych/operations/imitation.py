"""Writing words in the hand of others: the face, size, weight and width that resemble lettering that was there.

When the old words are known, each candidate face sets them too, and the one whose letters overlap the old ones best is
taken; from it follow the size, the baseline and how narrow the letters run.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from diptych.core.errors import NoFont
from diptych.operations.fonts import FontSet, Style, choose_fonts
from diptych.operations.scripts import clusters, script_of
from diptych.operations.strokes import Bools, Floats, thickness
from diptych.operations.typesetting import Ink, draw

_STYLES = tuple(Style(bold, serif) for serif in (False, True) for bold in (False, True))
_BOLD_RATIO = 0.125
"""Stroke width over ink height from which unknown lettering is bold (measured: regular to 0.115, bold from 0.13)."""
_LEAST_OVERLAP = 0.35
"""Below it no face resembles the old letters (a right one has 0.55 to 0.85): what was seen of them is not trusted."""
_TALL = 1.6
"""Height over width from which a box that reads from left to right holds vertical writing."""
_NARROWEST = 0.82
"""How much letters may be condensed to fit before they are made smaller."""


@dataclass(frozen=True, eq=False)
class Hand:
    """The old lettering, seen straight on.

    inside    H×W bool: its box
    coverage  H×W float32 in 0..1, None when it can't be told from its ground
    words     what it says, None when unknown
    """

    inside: Bools
    coverage: Floats | None
    words: str | None


@dataclass(frozen=True)
class _Extent:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def imitate(text: str, hand: Hand) -> Floats:
    """Coverage (H×W float32 in 0..1, of the hand's size) of `text` (one line) written in the old words' stead.

    Raises NoFont.
    """
    line = " ".join(text.split())
    extent = _extent(hand)
    if extent.height > _TALL * extent.width and len(line) > 1:
        return _column(line, hand, extent)
    style, narrowness, old_ink, overlap = _resemblance(hand, extent)
    if overlap < _LEAST_OVERLAP:
        hand = Hand(hand.inside, None, hand.words)
        extent, style, narrowness, old_ink = _extent(hand), Style(), 1.0, None
    fonts = choose_fonts(line, style)
    reference = draw([line], 200, fonts)
    same_script = hand.words is not None and is_east_asian(hand.words) == is_east_asian(line)
    if old_ink is not None and same_script:
        em = 200.0 * extent.height / old_ink.height
        baseline = extent.top + extent.height * old_ink.baseline / old_ink.height
    else:
        grown = 1.12 if is_east_asian(line) and hand.words is not None else 1.0
        em = 200.0 * extent.height * grown / reference.height
        baseline = (extent.top + extent.bottom) / 2 + (reference.baseline - reference.height / 2) * em / 200.0
    width = reference.width * em / 200.0
    squeeze = narrowness if same_script else 1.0
    room = max(extent.width, 0.98 * float(hand.inside.any(axis=0).sum())) if extent.width else 1.0
    if width * squeeze > room:
        squeeze = max(room / width, min(_NARROWEST, squeeze))
        smaller = min(room / (width * squeeze), 1.0)
        middle = (extent.top + extent.bottom) / 2
        em, baseline = em * smaller, middle + (baseline - middle) * smaller
    return _placed([line], em, baseline, squeeze, fonts, hand, extent, _thickening(hand, extent, old_ink))


def _column(line: str, hand: Hand, extent: _Extent) -> Floats:
    """Vertical writing: one character below the other, filling the old column's width, shrunk to its height."""
    characters = [cluster for cluster, _ in clusters(line) if not cluster.isspace()]
    bold = hand.coverage is not None and thickness(hand.coverage) / max(extent.width, 1.0) > _BOLD_RATIO
    fonts = choose_fonts(line, Style(bold=bold))
    ink = draw(characters, 200, fonts)
    em = 200.0 * min(extent.width / ink.width, extent.height / ink.height)
    middle = (extent.top + extent.bottom) / 2
    baseline = middle + (ink.baseline - ink.height / 2) * em / 200.0
    return _placed(characters, em, baseline, 1.0, fonts, hand, extent, 0.0)


def _placed(
    lines: list[str],
    em: float,
    baseline: float,
    squeeze: float,
    fonts: FontSet,
    hand: Hand,
    extent: _Extent,
    thickening: float,
) -> Floats:
    """Draw at twice the size, then scale into place with subpixel precision."""
    size = max(round(2 * em), 4)
    ink = draw(lines, size, fonts, embolden=round(thickening * size))
    zoom = em / size
    left = (extent.left + extent.right) / 2 - ink.width * zoom * squeeze / 2
    place = np.array([[zoom * squeeze, 0, left], [0, zoom, baseline - ink.baseline * zoom]], np.float32)
    shape = hand.inside.shape
    soft = cv2.GaussianBlur(ink.shape.astype(np.float32) / 255.0, (0, 0), 0.7)
    return np.asarray(cv2.warpAffine(soft, place, (shape[1], shape[0]), flags=cv2.INTER_LINEAR), np.float32)


def _extent(hand: Hand) -> _Extent:
    """Where the old letters lie: their ink, or the box less a usual margin."""
    rows, columns = np.flatnonzero(hand.inside.any(axis=1)), np.flatnonzero(hand.inside.any(axis=0))
    top, bottom, left, right = float(rows[0]), float(rows[-1] + 1), float(columns[0]), float(columns[-1] + 1)
    if hand.coverage is None:
        pad = 0.14 * min(bottom - top, right - left)
        return _Extent(left + pad, top + pad, right - pad, bottom - pad)
    solid = _without_straddlers(hand.coverage > 0.5, hand.inside)
    inked_rows = np.flatnonzero(solid.sum(axis=1) > 0.004 * (right - left))
    inked_columns = np.flatnonzero(solid.sum(axis=0) > 0.02 * (bottom - top))
    if inked_rows.size < 2 or inked_columns.size < 2:
        return _Extent(left, top, right, bottom)
    edges = (inked_columns[0], inked_rows[0], inked_columns[-1] + 1, inked_rows[-1] + 1)
    return _Extent(*(float(edge) for edge in edges))


def _without_straddlers(solid: Bools, inside: Bools) -> Bools:
    """Without the pieces that run into the edge of the box, which are parts of the scene that have the letters' colour;
    all of them when the box is so tight that most letters touch it."""
    count, labels, figures, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    edge = inside & ~(cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    straddling = np.zeros(count, np.bool_)
    straddling[np.unique(labels[edge & solid])] = True
    straddling[0] = True
    kept = figures[~straddling, cv2.CC_STAT_AREA].sum()
    return np.asarray(~straddling[labels], np.bool_) if kept >= 0.6 * solid.sum() else solid


def _resemblance(hand: Hand, extent: _Extent) -> tuple[Style, float, Ink | None, float]:
    """The style nearest to the old letters; their width over the face's own; the old words in it; the overlap, 0..1.

    Words that are unknown have no ink, and overlap 1.
    """
    if hand.coverage is None:
        return Style(), 1.0, None, 1.0
    if not hand.words:
        return Style(bold=thickness(hand.coverage) / max(extent.height, 1.0) > _BOLD_RATIO), 1.0, None, 1.0
    best: tuple[float, Style, Ink] | None = None
    for style in _STYLES:
        try:
            ink = draw([" ".join(hand.words.split())], 200, choose_fonts(hand.words, style))
        except NoFont:
            continue
        overlap = _overlap(ink, hand.coverage, extent)
        if best is None or overlap > best[0] + 0.01:
            best = (overlap, style, ink)
    if best is None:
        return Style(), 1.0, None, 1.0
    overlap, style, ink = best
    narrowness = (extent.width / ink.width) / (extent.height / ink.height)
    return style, float(np.clip(narrowness, 0.5, 1.8)), ink, overlap


def _overlap(ink: Ink, coverage: Floats, extent: _Extent) -> float:
    """Intersection over union of the old letters and a face's, stretched to the same box.

    Strips as wide as the letters are high may slide sideways by an eighth of that: the exact foreshortening of a
    receding board can't be known from a box whose corners are whole pixels.
    """
    old = coverage[int(extent.top) : int(extent.bottom), int(extent.left) : int(extent.right)]
    rows, columns = old.shape
    new = cv2.resize(ink.shape, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    reach = max(rows // 8, 1)
    starts = np.arange(0, columns, max(rows, 1))
    shared = [
        np.add.reduceat(np.minimum(old, np.roll(new, slide, axis=1)).sum(axis=0), starts)
        for slide in range(-reach, reach + 1, max(reach // 6, 1))
    ]
    intersection = float(np.max(shared, axis=0).sum())
    return intersection / max(float(old.sum() + new.sum()) - intersection, 1.0)


def _thickening(hand: Hand, extent: _Extent, old_ink: Ink | None) -> float:
    """How much, in ems on each side, strokes must grow because no face is there that is as bold as the old words."""
    if hand.coverage is None or old_ink is None:
        return 0.0
    own = thickness(old_ink.coverage.astype(np.float32) / 255.0) / old_ink.height
    lacking = thickness(hand.coverage) / extent.height - own
    return float(np.clip(lacking / 2 * old_ink.height / 200.0, 0.0, 0.05)) if lacking > 0.03 else 0.0


def is_east_asian(text: str) -> bool:
    return any(script_of(character) in ("han", "kana", "hangul") for character in text)
