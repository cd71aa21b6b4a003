"""What a hole may have held, roughly: the answer of the network `inpainter` on a small copy of the hole's surroundings.

Colours and large structure are right as far as they can be told; texture is missing, the more the deeper in the hole.
`texture` lays it on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.runtime import Weights

NETWORK = "inpainter"

LONGEST = 448
"""Longer side (px) of the small copy at most; smaller surroundings are looked at as they are."""
_STRIDE = 16
"""Both sides of what the network sees are multiples of it."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def coarse_fill(pixels: Pixels, unknown: Bools, weights: Weights, *, longest: int = LONGEST) -> Pixels:
    """H×W×3 uint8 with the pixels of `unknown` (H×W bool) as the network sees them, enlarged to the full size."""
    import cv2

    height, width = unknown.shape
    small = answered(pixels, unknown, weights, longest=longest)
    large = (
        cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) if small.shape[:2] != unknown.shape else small
    )
    filled: Pixels = pixels.copy()
    filled[unknown] = np.clip(np.rint(large), 0, 255)[unknown]
    return filled


def answered(pixels: Pixels, unknown: Bools, weights: Weights, *, longest: int = LONGEST) -> Floats:
    """The picture on a small copy with its hole filled, h×w×3 float32, levels 0..255.

    pixels   H×W×3 uint8;  unknown  H×W bool, not everywhere
    h and w are H and W, or proportional to them with the longer one `longest`.
    """
    import cv2

    small, known = shrunk(pixels, unknown, longest)
    height, width = small.shape[:2]
    edges = (0, -height % _STRIDE, 0, -width % _STRIDE)
    framed = cv2.copyMakeBorder(small, *edges, cv2.BORDER_REFLECT)
    holes = cv2.copyMakeBorder((~known).astype(np.float32), *edges, cv2.BORDER_REFLECT)
    seen = np.ascontiguousarray((framed / np.float32(127.5) - 1).transpose(2, 0, 1)[None])
    (found,) = weights.loaded(NETWORK)(pictures=seen, masks=holes[None, None])
    levels = (found[0].transpose(1, 2, 0)[:height, :width] + 1) * 127.5
    if (small[known] == small[known][:, :1]).all():  # a grey picture stays one
        levels = levels.mean(axis=2, keepdims=True)
    return np.where(known[:, :, None], small, np.clip(levels, 0, 255)).astype(np.float32)


def shrunk(pixels: Pixels, unknown: Bools, longest: int) -> tuple[Floats, Bools]:
    """(h×w×3 float32 levels 0..255, h×w bool: known) at the size of `answered`; each pixel the mean of what is known of
    it, and known where half of it is."""
    import cv2

    height, width = unknown.shape
    scale = min(1.0, longest / max(height, width))
    if scale == 1.0:
        return pixels.astype(np.float32), ~unknown
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    blank: Pixels = pixels.copy()
    blank[unknown] = 0
    total = np.asarray(cv2.resize(blank, size, interpolation=cv2.INTER_AREA), np.float32)
    weight = cv2.resize((~unknown).astype(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    share = np.asarray(weight, np.float32) / 255
    return np.minimum(total / np.maximum(share, 1e-3)[:, :, None], 255.0).astype(np.float32), np.asarray(
        share >= 0.5, bool
    )
