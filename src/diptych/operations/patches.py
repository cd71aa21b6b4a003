"""Patches: how the parts of a picture that touch a hole find their likes in its surroundings.

One resolution's share of the completion that `exemplar` describes: first guess, search, vote.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

PATCH_RADIUS = 3
SIDE = 2 * PATCH_RADIUS + 1

_FALLOFF = 1.3
"""Trust in a patch falls by this factor with each pixel that it lies deeper in the hole (Wexler et al., 3.2)."""

_COMPARED = 30_000_000
"""As many pairs of patches are compared one by one; where there are more, the search is PatchMatch."""

_GUESSED = 12_000_000
"""Pairs that the first guess may compare. A long thin hole has no coarser level to start from and would need billions;
then every nth source stands for its neighbours (a 7-pixel scratch across 512×512: 20 s before, 0.6 s with this)."""

Offsets = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Level:
    """One resolution of the problem; everything about patches is indexed by the patch's centre.

    image     H×W×3 float32 RGB 0..255, hole pixels undefined
    hole      H×W bool, to be filled
    sources   flat (H·W) bool: centres of patches that are wholly known and inside the frame
    targets   N flat indices of the centres of patches that touch the hole
    number    flat H·W int: position in `targets`, or -1
    trust     N float32 in 0..1
    """

    image: Floats
    hole: Bools
    sources: Bools
    targets: Offsets
    number: Offsets
    trust: Floats

    @property
    def width(self) -> int:
        return int(self.image.shape[1])

    @cached_property
    def features(self) -> Floats:
        """(H·W)×21: descriptors of the patches; those of the sources hold whatever is in the hole."""
        return _descriptors(self.image)

    def wanted(self, image: Floats) -> Floats:
        """N×21: descriptors of the targets in `image`, computed in the box about the hole only."""
        rows, columns = self.targets // self.width, self.targets % self.width
        y0, x0 = (max(int(part.min()) - PATCH_RADIUS, 0) for part in (rows, columns))
        y1, x1 = (int(part.max()) + PATCH_RADIUS + 1 for part in (rows, columns))
        box = image[y0:y1, x0:x1]
        described = _descriptors(np.ascontiguousarray(box))
        return np.asarray(described[(rows - y0) * box.shape[1] + columns - x0], np.float32)


def level_of(image: Floats, hole: Bools, unknown: Bools) -> Level:
    import cv2

    inside = np.zeros(hole.shape, bool)
    inside[PATCH_RADIUS:-PATCH_RADIUS, PATCH_RADIUS:-PATCH_RADIUS] = True
    touches = cv2.dilate(hole.astype(np.uint8), np.ones((SIDE, SIDE), np.uint8)) > 0
    targets = np.flatnonzero(touches & inside)
    number = np.full(hole.size, -1, np.int64)
    number[targets] = np.arange(targets.size)
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    trust = np.power(_FALLOFF, -depth.ravel()[targets]).astype(np.float32)
    return Level(image, hole, _centres_of_known_patches(unknown).ravel(), targets, number, trust)


def _centres_of_known_patches(unknown: Bools) -> Bools:
    import cv2

    whole = cv2.dilate(unknown.astype(np.uint8), np.ones((SIDE, SIDE), np.uint8)) == 0
    for edge in (np.s_[:PATCH_RADIUS], np.s_[-PATCH_RADIUS:]):
        whole[edge] = False
        whole[:, edge] = False
    return np.asarray(whole, bool)


# ---- the first guess ------------------------------------------------------------------------------------


def peel(level: Level) -> Floats:
    """First guess: from the rim inwards, each pixel takes the centre of the source patch that fits what is known."""
    import cv2

    image = np.where(level.hole[:, :, None], 0.0, level.image).astype(np.float32)
    left = level.hole.copy()
    candidates = np.flatnonzero(level.sources)
    candidates = candidates[:: max(1, -(-candidates.size * int(left.sum()) // _GUESSED))]
    patches = _patches(image, candidates)
    squares = (patches**2).T
    colours = image.reshape(-1, 3)[candidates]
    edge = cv2.BORDER_REFLECT_101
    while left.any():
        ring = left & (cv2.erode(left.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
        rows, columns = np.nonzero(ring if ring.any() else left)
        framed = cv2.copyMakeBorder(image, *4 * (PATCH_RADIUS,), edge)
        known = cv2.copyMakeBorder((~left).astype(np.float32), *4 * (PATCH_RADIUS,), edge)
        at = (rows + PATCH_RADIUS) * framed.shape[1] + columns + PATCH_RADIUS
        wanted = _patches(np.asarray(framed, np.float32), at)
        weight = np.repeat(_patches(np.asarray(known, np.float32)[:, :, None], at), 3, axis=1)
        # Σ w (a - b)² = const - 2 (w a)·b + w·b²
        misfit = weight @ squares - 2.0 * (weight * wanted) @ patches.T
        image[rows, columns] = colours[misfit.argmin(axis=1)]
        left[rows, columns] = False
    return image


def _patches(image: Floats, centres: Offsets) -> Floats:
    """N×(side·side·C): the patches about flat indices that lie at least a patch radius inside the frame."""
    width, channels = image.shape[1], image.shape[2]
    reach = np.arange(-PATCH_RADIUS, PATCH_RADIUS + 1)
    steps = (reach[:, None] * width + reach[None, :]).ravel()
    picked: Floats = image.reshape(-1, channels)[centres[:, None] + steps[None, :]]
    return picked.reshape(len(centres), -1)


def random_sources(level: Level, rng: np.random.Generator) -> Offsets:
    """A random source for every target, the start of a search."""
    return rng.choice(np.flatnonzero(level.sources), level.targets.size)


# ---- search and vote -----------------------------------------------------------------------------------


def _dct(order: int) -> Floats:
    """One row of the orthonormal DCT-II of a patch's side."""
    position = np.arange(SIDE)
    row = np.cos(np.pi * (position + 0.5) * order / SIDE) * np.sqrt((1 if order == 0 else 2) / SIDE)
    return np.asarray(row, np.float32)


def _descriptors(image: Floats) -> Floats:
    """(H·W)×21: of the patch about each pixel, 15 coefficients of Y and 3 each of Cr and Cb."""
    import cv2

    planes = cv2.split(cv2.cvtColor(image / np.float32(255.0), cv2.COLOR_RGB2YCrCb))
    parts = []
    for plane, highest in zip(planes, (4, 1, 1), strict=True):
        for u in range(highest + 1):
            for v in range(highest + 1 - u):
                parts.append(cv2.sepFilter2D(plane, -1, _dct(u), _dct(v), borderType=cv2.BORDER_REFLECT_101))
    return np.asarray(np.stack(parts, axis=-1).reshape(-1, len(parts)), np.float32)


def search(
    level: Level, image: Floats, nearest: Offsets, rng: np.random.Generator, *, everywhere: bool
) -> tuple[Offsets, Floats]:
    """Better sources for the targets: (N flat indices, N distances). `everywhere`: compare with every source."""
    features, wanted = level.features, level.wanted(image)
    candidates = np.flatnonzero(level.sources)
    if everywhere and candidates.size * level.targets.size <= _COMPARED:
        found = features[candidates]
        distance = (found**2).sum(axis=1)[None, :] - 2.0 * wanted @ found.T
        nearest = candidates[distance.argmin(axis=1)]
        return nearest, _distance(features, wanted, nearest)
    nearest = nearest.copy()
    cost = _distance(features, wanted, nearest)
    height, width = level.hole.shape
    for step in (4, 2, 1, 1):
        for shift in (step, -step, step * width, -step * width):
            beside = level.number[np.clip(level.targets + shift, 0, height * width - 1)]
            proposal = np.where(beside >= 0, nearest[beside] - shift, -1)
            _accept(level, features, wanted, nearest, cost, proposal)
    reach = max(height, width) // 2
    while reach >= 1:
        y, x = np.divmod(nearest, width)
        y = y + rng.integers(-reach, reach + 1, len(nearest))
        x = x + rng.integers(-reach, reach + 1, len(nearest))
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        _accept(level, features, wanted, nearest, cost, np.where(inside, y * width + x, -1))
        reach //= 3
    return nearest, cost


def _accept(level: Level, features: Floats, wanted: Floats, nearest: Offsets, cost: Floats, proposal: Offsets) -> None:
    """Take those proposals (flat indices, -1 for none) that are sources and closer. In place."""
    possible = (proposal >= 0) & (proposal < level.sources.size) & (proposal != nearest)
    possible[possible] = level.sources[proposal[possible]]
    where = np.flatnonzero(possible)
    distance = _distance(features, wanted[where], proposal[where])
    better = distance < cost[where]
    nearest[where[better]] = proposal[where[better]]
    cost[where[better]] = distance[better]


def _distance(features: Floats, wanted: Floats, at: Offsets) -> Floats:
    difference = features[at] - wanted
    return np.asarray(np.einsum("ij,ij->i", difference, difference), np.float32)


def vote(level: Level, nearest: Offsets, cost: Floats) -> Floats:
    """The picture in which every hole pixel is the weighted mean of the patches laid over it.

    weight = trust · exp(-cost / 2σ²), σ² the 75th percentile of the costs (Wexler et al., equation 5).
    """
    variance = max(float(np.percentile(cost, 75)), 1e-6)
    weight = level.trust * np.exp(-np.minimum(cost / (2.0 * variance), 30.0)).astype(np.float32)
    colours = level.image.reshape(-1, 3)
    total = np.zeros((level.hole.size, 4), np.float32)
    weighted = np.empty((len(nearest), 4), np.float32)
    weighted[:, 3] = weight
    for dy in range(-PATCH_RADIUS, PATCH_RADIUS + 1):
        for dx in range(-PATCH_RADIUS, PATCH_RADIUS + 1):
            shift = dy * level.width + dx
            weighted[:, :3] = colours[nearest + shift] * weight[:, None]
            total[level.targets + shift] += weighted
    mean = (total[:, :3] / np.maximum(total[:, 3:], 1e-20)).reshape(level.image.shape)
    return np.where(level.hole[:, :, None], mean, level.image).astype(np.float32)
