"""Where the named places lie in a frame, as shares of its sides: x to the right, y down."""

from __future__ import annotations

from collections.abc import Mapping

from diptych.core.target import Place

Shares = tuple[float, float, float, float]
"""(x0, y0, x1, y1)."""

GRID: Mapping[Place, tuple[float, float]] = {
    "top left": (0.0, 0.0), "top": (0.5, 0.0), "top right": (1.0, 0.0),
    "left": (0.0, 0.5), "center": (0.5, 0.5), "right": (1.0, 0.5),
    "bottom left": (0.0, 1.0), "bottom": (0.5, 1.0), "bottom right": (1.0, 1.0),
}  # fmt: skip
"""The 3×3 grid: where a thing sits in the room that it has, 0 at the left or top edge, 1 at the right or bottom."""

PARTS: Mapping[Place, Shares] = {
    "left half": (0.0, 0.0, 0.5, 1.0), "right half": (0.5, 0.0, 1.0, 1.0),
    "top half": (0.0, 0.0, 1.0, 0.5), "bottom half": (0.0, 0.5, 1.0, 1.0),
    "left third": (0.0, 0.0, 1 / 3, 1.0), "middle third": (1 / 3, 0.0, 2 / 3, 1.0),
    "right third": (2 / 3, 0.0, 1.0, 1.0),
    "top third": (0.0, 0.0, 1.0, 1 / 3), "bottom third": (0.0, 2 / 3, 1.0, 1.0),
}  # fmt: skip
"""Halves and thirds of the frame."""

ANCHORS: Mapping[Place, tuple[float, float]] = {
    **GRID,
    **{place: ((x0 + x1) / 2, (y0 + y1) / 2) for place, (x0, y0, x1, y1) in PARTS.items()},
    "corners": (1.0, 1.0),
    "foreground": (0.5, 1.0),
}
"""The grid, the middles of the parts, and the places that everything is put alike; "edges" and "background" differ."""
