"""Places in the frame: "left half", "top right corner", "edges" → Region; and which region lies at a place."""

from __future__ import annotations

import numpy as np

from diptych.core.region import Region
from diptych.core.target import Place

RIM = 0.12
"""Width of the rim and side of a corner square, as shares of the frame."""

BOXES: dict[Place, tuple[float, float, float, float]] = {
    "top left": (0, 0, 1 / 3, 1 / 3),
    "top": (0, 0, 1, 1 / 3),
    "top right": (2 / 3, 0, 1, 1 / 3),
    "left": (0, 0, 1 / 3, 1),
    "center": (1 / 4, 1 / 4, 3 / 4, 3 / 4),
    "right": (2 / 3, 0, 1, 1),
    "bottom left": (0, 2 / 3, 1 / 3, 1),
    "bottom": (0, 2 / 3, 1, 1),
    "bottom right": (2 / 3, 2 / 3, 1, 1),
    "left half": (0, 0, 1 / 2, 1),
    "right half": (1 / 2, 0, 1, 1),
    "top half": (0, 0, 1, 1 / 2),
    "bottom half": (0, 1 / 2, 1, 1),
    "left third": (0, 0, 1 / 3, 1),
    "middle third": (1 / 3, 0, 2 / 3, 1),
    "right third": (2 / 3, 0, 1, 1),
    "top third": (0, 0, 1, 1 / 3),
    "bottom third": (0, 2 / 3, 1, 1),
}
"""(x0, y0, x1, y1) of each rectangular place, as shares of the frame."""


def place_region(place: Place, height: int, width: int) -> Region | None:
    """The region that `place` names by position alone, hard-edged and sure.

    "foreground" and "background" depend on what the picture shows: None.
    """
    if place in BOXES:
        x0, y0, x1, y1 = BOXES[place]
        box = (round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height))
        # On a frame of one or two pixels a third may round to nothing: it is then the nearest pixel.
        box = (min(box[0], width - 1), min(box[1], height - 1), max(box[2], box[0] + 1), max(box[3], box[1] + 1))
        return Region.from_box(box, height, width, place)
    if place == "edges":
        rim = max(1, round(RIM * min(height, width)))
        mask = np.ones((height, width), np.float32)
        mask[rim : height - rim, rim : width - rim] = 0.0
        return Region(mask, place)
    if place == "corners":
        side_y, side_x = max(1, round(2 * RIM * height)), max(1, round(2 * RIM * width))
        mask = np.zeros((height, width), np.float32)
        for rows in (slice(None, side_y), slice(-side_y, None)):
            for columns in (slice(None, side_x), slice(-side_x, None)):
                mask[rows, columns] = 1.0
        return Region(mask, place)
    return None


def fitness(region: Region, place: Place) -> float:
    """How well `region` lies at `place`, 0..1, by its centroid.

    A thing "on the left" need only be left of the middle, so the nine grid places ask for the right side of
    the frame and reward nearness; halves and thirds ask for the centroid to be inside.
    """
    x, y = centroid(region)
    if place in ("foreground", "background"):
        return 1.0
    if place == "edges":
        return float(max(abs(x - 0.5), abs(y - 0.5)) > 0.5 - 1.5 * RIM)
    if place == "corners":
        return float(min(abs(x - 0.5), abs(y - 0.5)) > 0.5 - 3 * RIM)
    if place == "center":
        return max(0.0, 1.0 - 2.2 * max(abs(x - 0.5), abs(y - 0.5)))
    if place.endswith(("half", "third")):
        x0, y0, x1, y1 = BOXES[place]
        return float(x0 <= x <= x1 and y0 <= y <= y1)
    side = {"left": 1.0 - x, "right": x, "top": 1.0 - y, "bottom": y}
    wanted = [side[word] for word in place.split()]
    return min(wanted) if min(wanted) > 0.5 else 0.0


def centroid(region: Region) -> tuple[float, float]:
    """(x, y) of the mask's centre of mass, as shares of the frame."""
    columns = region.mask.sum(axis=0, dtype=np.float64)
    rows = region.mask.sum(axis=1, dtype=np.float64)
    total = max(float(rows.sum()), 1e-9)
    x = float(columns @ (np.arange(region.width) + 0.5)) / total / region.width
    y = float(rows @ (np.arange(region.height) + 0.5)) / total / region.height
    return x, y
