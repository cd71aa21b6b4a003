"""Where a thing that is worn goes on a face or a person: a hat on the head, glasses over the eyes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Box, Region

WORN: Mapping[str, tuple[float, float, float]] = {
    "hat": (1.5, 0.5, 0.22), "straw hat": (1.5, 0.5, 0.22), "cap": (1.3, 0.5, 0.3), "top hat": (1.1, 0.5, 0.12),
    "helmet": (1.4, 0.5, 0.4), "crown": (1.1, 0.5, 0.12), "santa hat": (1.3, 0.5, 0.3), "party hat": (0.8, 0.5, 0.1),
    "halo": (1.2, 0.5, -0.1), "ribbon": (0.6, 0.75, 0.15), "bow": (0.6, 0.75, 0.15),
    "sunglasses": (1.0, 0.5, 0.55), "glasses": (1.0, 0.5, 0.55), "goggles": (1.05, 0.5, 0.6),
    "eyepatch": (0.4, 0.3, 0.5),
    "clown nose": (0.28, 0.5, 0.72), "nose": (0.28, 0.5, 0.72),
    "moustache": (0.6, 0.5, 0.8), "mustache": (0.6, 0.5, 0.8), "beard": (0.9, 0.5, 1.15), "mask": (0.95, 0.5, 1.05),
    "tie": (0.5, 0.5, 1.9), "bow tie": (0.6, 0.5, 1.3), "necklace": (0.9, 0.5, 1.45), "scarf": (1.4, 0.5, 1.5),
}  # fmt: skip
"""How a thing is worn on a face: (its width in face widths, where its middle is across the face, where its lower edge
is down the face), the face being 0..1 from crown to chin and from ear to ear."""

_BROW = 0.42
"""How far down a face a thing on the head may be pulled."""

_HEAD_WIDTHS = 0.9
"""A face box's width over the head's, seen from the silhouette of a person."""
_HEAD_HEIGHT = 1.25
"""Height of a head over its width."""


def worn(noun: str, region: Region, ratio: float) -> Box | None:
    """The box of a thing (width / height = `ratio`) that is worn by what the region shows; None for other things.

    A face is taken as it is. Of anything taller than a face the head is looked for: the uppermost part of the
    silhouette, as high as it is wide.
    """
    if noun not in WORN or region.is_empty:
        return None
    wide, across, down = WORN[noun]
    x0, y0, x1, y1 = _face_box(region)
    width = max(round(wide * (x1 - x0)), 8)
    height = max(round(width / ratio), 4)
    left = round(x0 + across * (x1 - x0) - width / 2)
    bottom = round(y0 + down * (y1 - y0))
    # A head near the upper edge: the hat is pulled over the brow rather than cut off by the frame.
    bottom += max(min(height - bottom, round((_BROW - down) * (y1 - y0))), 0)
    return left, bottom - height, left + width, bottom


def _face_box(region: Region) -> Box:
    x0, y0, x1, y1 = region.box
    if "face" in region.label or "head" in region.label or region.patch.mean() > 0.95:
        return region.box
    inside = region.patch > 0.5
    # From the top down, the width of the silhouette grows to that of the head and stays before the shoulders come.
    rows = np.flatnonzero(inside.any(axis=1))
    if rows.size == 0:
        return region.box
    reach = max(round(min(0.85 * (y1 - y0), max(1.3 * (x1 - x0), 0.3 * (y1 - y0)))), 1)
    top = int(rows[0])
    spans = np.array([_span(row) for row in inside[top : top + reach]])
    widths = spans[:, 1] - spans[:, 0]
    heights, widest = np.arange(1, len(widths) + 1), np.maximum.accumulate(widths)
    # The head ends where it is as high as heads are, or where the shoulders come: a sudden widening.
    before = np.concatenate([widest[:1], widest[:-1]])
    step = max(round(0.04 * reach), 1)
    shoulders = (widths > 1.35 * np.roll(before, step)) & (heights > step) & (heights > 0.7 * before)
    ends = np.flatnonzero((heights >= _HEAD_HEIGHT * widest) | shoulders)
    count = int(heights[ends[0]]) if ends.size else max(round(0.8 * len(widths)), 1)
    typical = spans[: max(round(0.75 * count), 1)]
    middle = float(np.median(typical.mean(axis=1)))
    width = _HEAD_WIDTHS * float(np.percentile(typical[:, 1] - typical[:, 0], 80))
    left = x0 + middle - width / 2
    return round(left), y0 + top, round(left + width), y0 + top + max(round(min(count, _HEAD_HEIGHT * width)), 1)


def _span(row: NDArray[np.bool_]) -> tuple[int, int]:
    columns = np.flatnonzero(row)
    return (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, 0)
