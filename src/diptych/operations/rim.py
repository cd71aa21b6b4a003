"""The rim that a loose mask leaves of its thing, found by what the thing and its surroundings look like there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

_SIDE = 360
"""Shorter side of the picture that is looked at: rims are a matter of a few per cent."""

_ROUNDS = 2

_ISLAND = 0.03
"""What is left standing inside the mask is taken too, up to this share of it: a real gap (under an arm) is larger."""

_PLAIN = 9.0
"""Difference (levels, root mean square of L, a, b) from a ground without texture that is still noise."""
_DEVIATIONS = 2.2

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


def with_rim(pixels: Pixels, mask: Bools, reach: float) -> Bools:
    """H×W bool: `mask` and what hangs on to it, `reach` px away or a little more, that the ground doesn't explain.

    In a band around the mask the ground is predicted from beyond the band (mean and deviation, by normalised
    convolution), the thing from inside the mask. A pixel belongs to the thing when it is further from the ground than
    the ground's texture accounts for and, where the ground is busy, also nearer to the thing. What is found must
    touch the mask. A neighbour of the thing reaches beyond the band, so it counts as ground.
    """
    height, width = mask.shape
    scale = min(1.0, _SIDE / min(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    known = np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)
    near = max(round(reach * scale), 2)
    found = known
    for _ in range(_ROUNDS):
        grown = _grown_once(lab, found, near)
        if grown.sum() == found.sum():
            break
        found = grown
    found = found | islands(found, max(4 * near * near, int(_ISLAND * known.sum())))
    if scale == 1.0:
        return np.asarray(mask | found, bool)
    added = cv2.resize((found & ~known).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    # The mask's own edge is finer than the small one's.
    edge = _disc(round(1.0 / scale))
    return np.asarray(mask | (cv2.dilate(added, edge) > 0), bool)


def _grown_once(lab: Floats, mask: Bools, reach: int) -> Bools:
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    ground = distance > reach
    band = ~mask & ~ground
    if not band.any() or not ground.any() or not mask.any():
        return mask
    mean, variance, weight = _local(lab, ground, 1.5 * reach)
    thing, _, _ = _local(lab, mask, 0.7 * reach)
    from_ground = np.sqrt(((lab - mean) ** 2).mean(axis=2))
    from_thing = np.sqrt(((lab - thing) ** 2).mean(axis=2))
    texture = np.sqrt(variance)
    strange = from_ground > _PLAIN + _DEVIATIONS * texture
    alike = (from_thing < 0.6 * from_ground) & (from_ground > 0.6 * _PLAIN + 0.8 * texture)
    belongs = band & (weight > 1e-5) & (strange | alike)
    # A hair's breadth of mixed pixels may lie between the mask and its rim.
    joined = cv2.morphologyEx((mask | belongs).astype(np.uint8), cv2.MORPH_CLOSE, _disc(1))
    _, labels = cv2.connectedComponents(joined, connectivity=8)
    touching = np.unique(labels[mask])
    return np.asarray(mask | ((joined > 0) & np.isin(labels, touching) & (distance <= reach)), bool)


def islands(mask: Bools, most: int) -> Bools:
    """What is left standing inside the mask: pieces of at most `most` pixels that don't reach the frame's edge."""
    height, width = mask.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    left, top, right, bottom = stats[:, 0], stats[:, 1], stats[:, 0] + stats[:, 2], stats[:, 1] + stats[:, 3]
    enclosed = (left > 0) & (top > 0) & (right < width) & (bottom < height) & (stats[:, 4] <= most)
    enclosed[0] = False
    return np.asarray(enclosed[labels], bool)


def _local(lab: Floats, where: Bools, sigma: float) -> tuple[Floats, Floats, Floats]:
    """Gaussian mean (H×W×3) and variance (H×W, over the channels) of the pixels in `where`, and their weight."""
    weight = where.astype(np.float32)
    planes = np.dstack([lab * weight[:, :, None], (lab**2).mean(axis=2) * weight, weight])
    blurred = cv2.GaussianBlur(planes, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    total = np.maximum(blurred[:, :, 4], 1e-6)
    mean = blurred[:, :, :3] / total[:, :, None]
    variance = np.maximum(blurred[:, :, 3] / total - (mean**2).mean(axis=2), 0.0)
    return np.asarray(mean, np.float32), np.asarray(variance, np.float32), np.asarray(blurred[:, :, 4], np.float32)


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * max(radius, 1) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
