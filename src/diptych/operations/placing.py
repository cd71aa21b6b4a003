"""Where in the frame a thing goes. Boxes are (x0, y0, x1, y1) in pixels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from diptych.core.region import Box
from diptych.core.target import Place, RelationKind
from diptych.operations.change import Pixels
from diptych.operations.frame_places import ANCHORS

Point = tuple[int, int]
"""(x, y) of a thing's top left corner."""

_MARGIN = 0.04
"""Room kept to the frame's edge, as a share of its shorter side."""
_ANCHORS: Mapping[Place, tuple[float, float]] = {**ANCHORS, "edges": (0.0, 0.5), "background": (0.5, 0.25)}


def anchored(place: Place, size: tuple[int, int], frame: tuple[int, int]) -> Point:
    """Top left corner of a thing of `size` (width, height) at `place` in a frame (width, height)."""
    margin = round(_MARGIN * min(frame))
    across, down = _ANCHORS[place]
    return (_between(across, size[0], frame[0], margin), _between(down, size[1], frame[1], margin))


def _between(share: float, length: int, room: int, margin: int) -> int:
    """A thing too long for the margins is centred about its anchor and runs up to the edge."""
    free = room - length - 2 * margin
    return round(margin + share * free) if free >= 0 else round(share * (room - length))


def beside(kind: RelationKind, size: tuple[int, int], box: Box, frame: tuple[int, int]) -> Point:
    """Top left corner of a thing that stands in a relation to what is in `box`, kept inside the frame."""
    x0, y0, x1, y1 = box
    width, height = size
    gap = round(0.02 * min(frame))
    middle_x, middle_y = (x0 + x1 - width) // 2, (y0 + y1 - height) // 2
    spots: dict[RelationKind, Point] = {
        "above": (middle_x, y0 - height - gap),
        "below": (middle_x, y1 + gap),
        "left of": (x0 - width - gap, y1 - height),
        "right of": (x1 + gap, y1 - height),
        "in front of": (middle_x, y1 - height),
    }
    beside_right = x1 + gap + width <= frame[0] or frame[0] - x1 >= x0
    spots["beside"] = spots["near"] = spots["right of" if beside_right else "left of"]
    x, y = spots.get(kind, (middle_x, middle_y))
    return inside((x, y), size, frame)


def inside(at: Point, size: tuple[int, int], frame: tuple[int, int]) -> Point:
    """Moved as little as it takes to lie inside the frame."""
    x, y = (max(0, min(at[axis], frame[axis] - size[axis])) for axis in (0, 1))
    return x, y


def around(box: Box, frame: tuple[int, int]) -> Box:
    """The box with a margin, inside the frame: what a line drawn about a thing keeps clear of."""
    x0, y0, x1, y1 = box
    margin = round(0.06 * max(x1 - x0, y1 - y0)) + 2
    return max(x0 - margin, 0), max(y0 - margin, 0), min(x1 + margin, frame[0]), min(y1 + margin, frame[1])


def calm_place(pixels: Pixels, *, high: bool) -> Place:
    """Of the 3×3 grid's outer cells the one with the least detail: there a new thing hides least.

    `high` looks along the top only (a sun, a bird), otherwise along the bottom and the sides.
    """
    import cv2

    small = cv2.resize(np.ascontiguousarray(pixels[:, :, :3]), (96, 96), interpolation=cv2.INTER_AREA)
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(gray - cv2.GaussianBlur(gray, (0, 0), 8)) + np.abs(cv2.Laplacian(gray, cv2.CV_32F))
    cells: tuple[Place, ...] = (
        ("top right", "top left", "top") if high else ("bottom right", "bottom left", "right", "left")
    )

    def busyness(place: Place) -> float:
        x, y = anchored(place, (32, 32), (96, 96))
        return round(float(detail[y : y + 32, x : x + 32].mean()), 3)

    return min(cells, key=busyness)


def row_beside(box: Box, size: tuple[int, int], count: int, frame: tuple[int, int]) -> list[Point] | None:
    """Corners for `count` things of `size` (width, height), right and left of `box` in turn, on its foot; none overlap.

    Things that are much wider than high are stacked below and above instead when a row has no room. None when
    there is no room at all.
    """
    x0, y0, x1, y1 = box
    width, height = size
    step_x, step_y = width + round(0.06 * width) + 1, height + round(0.06 * height) + 1
    row, stack = [], []
    for n in range(1, count + 1):
        row += [(x1 + n * step_x - width, y1 - height), (x0 - n * step_x, y1 - height)]
        stack += [(x0, y1 + n * step_y - height), (x0, y0 - n * step_y)]
    for spots in (row, stack) if width > 2 * height else (row,):
        fitting = [(x, y) for x, y in spots if x >= 0 and y >= 0 and x + width <= frame[0] and y + height <= frame[1]]
        if len(fitting) >= count:
            return fitting[:count]
    return None
