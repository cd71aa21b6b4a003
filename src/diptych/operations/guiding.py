"""Holding copied texture to what the network expects of a hole.

The network knows what is where, but only roughly; copies of patches have the photo's own grain, but may show the wrong
thing. So patches are looked for beneath the network's large structure (`steered`), and in the end the copies keep
their fine detail and take on the network's colours (`corrected`).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

STEER = 0.3
"""Blur (sigma, in times the hole's inscribed radius) beyond which structure is the guide's while patches are looked
for. Less, and patches are sought that are as smooth as the guide."""

_COARSE = 12.0
"""Blur (sigma, px) that parts texture from colour."""
_COARSE_SHARE = 0.5
"""How much of the copies' colour, against the guide's, stays."""
_MOST, _STRONG = 1.4, 475.0
"""How much of the copies' texture is laid on: MOST v⁴ / (v⁴ + STRONG⁴), v its variance near a pixel, in levels².

Weak texture is left out: in the wrong place it costs likeness, and its lack is hardly seen. Strong texture is laid on
somewhat stronger than it is found, because of what PatchMatch offers the smoothest fits best."""
_NEAR = 4.0
"""Blur (sigma, px) of "near a pixel"."""
_SETS_IN = 8.0
"""Pixels from the hole's rim over which texture sets in: near the rim the guide is nearly right."""


class Guide(NamedTuple):
    """What a hole may have held, at a small size.

    picture  h×w×3 float32, levels 0..255
    window   x0, y0, x1, y1: the part of the full picture that it shows
    loose    the copies keep all of their texture
    """

    picture: Floats
    window: tuple[int, int, int, int]
    loose: bool = False

    def at(self, left: int, top: int, scale: int, shape: tuple[int, ...]) -> Floats:
        """The guide on a grid of `shape` (rows, columns) whose pixels are `scale` pixels of the full picture wide, from
        (left, top) there. Beyond its window its edge goes on."""
        x0, y0, x1, y1 = self.window
        across, down = self.picture.shape[1] / (x1 - x0), self.picture.shape[0] / (y1 - y0)
        # Centres: grid u → full picture (u + 1/2) scale - 1/2 + left → guide (x - x0 + 1/2) across - 1/2.
        matrix = np.array([
            [scale * across, 0.0, (0.5 * scale + left - x0) * across - 0.5],
            [0.0, scale * down, (0.5 * scale + top - y0) * down - 0.5],
        ])  # fmt: skip
        return np.asarray(
            cv2.warpAffine(
                self.picture, matrix, (shape[1], shape[0]), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )  # fmt: skip


def steered(vote: Floats, guide: Floats, hole: Bools, sigma: float) -> Floats:
    """`vote` (H×W×3) with the structure of `guide` that is larger than `sigma` (px) in the hole: vote + blur(guide -
    vote)."""
    wanted = np.where(hole[:, :, None], guide - vote, np.float32(0.0))
    change = wanted if sigma < 0.4 else cv2.GaussianBlur(wanted, (0, 0), sigma)
    return np.where(hole[:, :, None], vote + change, vote).astype(np.float32)


def corrected(copied: Floats, guide: Floats, hole: Bools, loose: bool = False) -> Floats:
    """What to add to the copies in the hole to get the guide with as much of their texture as does it good, H×W×3.

    copied, guide  H×W×3 float32, levels;  hole  H×W bool
    """
    inside = hole.astype(np.float32)
    both = np.where(hole[:, :, None], copied - guide, np.float32(0.0))
    colour = np.asarray(cv2.GaussianBlur(both, (0, 0), _COARSE), np.float32)
    texture = (both - colour) * inside[:, :, None]
    if loose:
        return np.asarray((_COARSE_SHARE - 1.0) * colour * inside[:, :, None], np.float32)
    strength = cv2.GaussianBlur(np.square(texture).mean(axis=2), (0, 0), _NEAR)
    strength = strength / np.maximum(cv2.GaussianBlur(inside, (0, 0), _NEAR), 1e-3)
    power = (strength / _STRONG) ** 4
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    share = _MOST * power / (1.0 + power) * np.minimum(depth / _SETS_IN, 1.0)
    change = share[:, :, None] * texture + _COARSE_SHARE * colour - both
    return np.asarray(change * inside[:, :, None], np.float32)


def laid_on(copied: Pixels, change: Floats, scale: int) -> Pixels:
    """Full-resolution copies plus a change that is known on a grid of `scale` pixels."""
    height, width = copied.shape[:2]
    large = change if scale == 1 else cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(copied, large, dtype=cv2.CV_8U), np.uint8)
