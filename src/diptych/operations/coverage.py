"""How much of each pixel a shape covers: antialiased masks, H×W float32 in 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Coverage = NDArray[np.float32]


def ellipse(width: int, height: int) -> Coverage:
    """The ellipse inscribed in a width × height frame.

    Coverage falls from 1 to 0 over one pixel across the edge, whose distance is taken to first order:
    (1 - q) / |grad q| with q = (x/a)² + (y/b)².
    """
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width * 2.0 - 1.0)[None, :]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height * 2.0 - 1.0)[:, None]
    gradient = 2.0 * np.hypot(x * 2.0 / width, y * 2.0 / height)
    distance = (1.0 - x * x - y * y) / np.maximum(gradient, 1e-6)
    covered: Coverage = np.clip(distance + 0.5, 0.0, 1.0).astype(np.float32)
    return covered


def rounded_rectangle(width: int, height: int, radius: float) -> Coverage:
    """A full frame whose corners are quarter circles of `radius` pixels."""
    x = _beyond(width, radius)[None, :]
    y = _beyond(height, radius)[:, None]
    # Only where both are inside a corner square does the circle bite.
    corner = np.hypot(x, y)
    covered: Coverage = np.clip(radius - corner + 0.5, 0.0, 1.0).astype(np.float32)
    return np.where((x > 0) & (y > 0), covered, np.float32(1.0))


def _beyond(length: int, radius: float) -> NDArray[np.float32]:
    """How far each pixel centre lies past the straight part of a side, towards its ends."""
    centre = np.arange(length, dtype=np.float32) + 0.5
    return np.asarray(np.maximum(np.maximum(radius - centre, centre - (length - radius)), 0.0), np.float32)
