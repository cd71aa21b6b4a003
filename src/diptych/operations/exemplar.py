"""Texture for large holes, taken from the picture itself.

The hole is completed from coarse to fine as in Wexler, Shechtman and Irani, "Space-Time Completion of Video"
(2007): every patch that touches the hole looks for its nearest neighbour among the patches of the surroundings,
and every hole pixel becomes the weighted mean of what the patches over it propose; both steps alternate.

* The coarsest level starts from the hole's rim inwards ("onion peel", Newson et al. 2014), comparing only pixels
  that are known already; this is what continues edges into the hole.
* The neighbours are searched by PatchMatch (Barnes et al. 2009), for all patches at once rather than in scan
  order, on descriptors: the lowest DCT coefficients of each patch. The DCT is orthonormal, so their distance is a
  lower bound of the patch distance, from 21 numbers instead of 147.
* The pixels of the final picture are copies, blended between neighbouring offsets with a quadratic B-spline (as in
  overlapped block motion compensation), so the full resolution's grain is there although the search stops at a
  level with some 40,000 patches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diptych.core.region import Box
from diptych.operations.change import Pixels
from diptych.operations.guiding import STEER, Guide, corrected, laid_on, steered
from diptych.operations.patches import PATCH_RADIUS, SIDE, Level, level_of, peel, random_sources, search, vote
from diptych.operations.seams import correction

_SEARCHED_PIXELS = 40_000
"""Hole pixels on the finest level that is still searched; finer detail is copied along the offsets found there."""

_GUIDED_PIXELS = 16_000
"""The same where a guide says what is where."""

_COARSEST_RADIUS = 6.0
"""Inscribed radius (px) of the hole on the coarsest level: about the size of one patch."""

_FEWEST_SOURCES = 100
_REGULAR = 1e-8
"""Cost of the patches in the hole, over the picture's variance, below which it is regular. Photographs, and bricks
and grass among them, lie between 5e-7 and 2e-6, stripes at 4e-19."""

_FIRST_ROUNDS, _ROUNDS = 6, 3
"""Searches and votes on the coarsest level, and on each finer one."""

Offsets = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
_BAND = 256
"""Rows of the finished picture that are composed at a time."""

Masked = tuple[Floats, Bools, Bools]
"""(H×W×3 picture, the hole, what serves nowhere as a source) at one resolution."""


class Fields(NamedTuple):
    """For each pixel of a level: where its source lies (dy, dx, in fine pixels), what is added to it (H×W×3)."""

    dy: Floats
    dx: Floats
    join: Floats


def synthesise(
    pixels: Pixels, hole: Bools, unknown: Bools, rng: np.random.Generator, guide: Guide | None = None
) -> Pixels | None:
    """H×W×3 uint8 with `hole` filled; pixels in `unknown` (a superset of the hole) serve nowhere as a source.

    guide  what the hole may have held, its window in these pixels: the first guess in place of the onion peel, and
           what the patches are held to
    None when the surroundings offer too few patches to choose from.
    """
    import cv2

    scale, depth = _schedule(hole, _SEARCHED_PIXELS if guide is None else _GUIDED_PIXELS)
    stride = scale << depth
    height, width = hole.shape
    bottom, right = -height % stride, -width % stride
    framed = ((0, bottom), (0, right))
    padded = np.asarray(cv2.copyMakeBorder(pixels, 0, bottom, 0, right, cv2.BORDER_REFLECT_101), np.uint8)
    pyramid = [_reduced(padded, np.pad(hole, framed), np.pad(unknown, framed), scale)]
    for _ in range(depth):
        pyramid.append(_halved(pyramid[-1]))
    levels = [level_of(*data) for data in reversed(pyramid)]
    while levels and not _has_choice(levels[0]):
        levels.pop(0)
    if not all(_has_choice(level) for level in levels) or not levels:
        return None
    guides = [] if guide is None else _guides(guide, scale, levels)
    level = levels[0]
    sigma = STEER * _radius(level.hole)
    nearest = random_sources(level, rng)
    image = peel(level)
    if guides and _is_regular(level, image, nearest, rng):
        guides = []
    image = steered(image, guides[0], level.hole, sigma) if guides else image
    for number, finer in enumerate(levels):
        if number:
            nearest, level = _refined(nearest, level, finer, rng), finer
            sigma *= 2
            image = vote(level, nearest, np.ones(len(nearest), np.float32))
            image = steered(image, guides[number], level.hole, sigma) if guides else image
        for left in reversed(range(_ROUNDS if number else _FIRST_ROUNDS)):
            nearest, cost = search(level, image, nearest, rng, everywhere=number == 0)
            if left:  # the last search has the last word
                image = vote(level, nearest, cost)
                image = steered(image, guides[number], level.hole, sigma) if guides else image
    copied = _copied(padded, level, nearest, scale)
    if guide is not None and guides:
        copied = _held(copied, level.hole, guides[-1], scale, guide.loose)
    return copied[:height, :width]


def _is_regular(level: Level, image: Floats, nearest: Offsets, rng: np.random.Generator) -> bool:
    """Whether patches alone complete the hole without contradicting each other, as stripes and tiles do: then they know
    better than any network."""
    for _ in range(_FIRST_ROUNDS):
        nearest, cost = search(level, image, nearest, rng, everywhere=True)
        image = vote(level, nearest, cost)
    return float(cost.mean()) < _REGULAR * float(level.image.reshape(-1, 3)[level.sources].var()) * 3 * SIDE**2


def _guides(guide: Guide, scale: int, levels: list[Level]) -> list[Floats]:
    """The guide on each level's grid, coarsest first."""
    import cv2

    finest = guide.at(0, 0, scale, levels[-1].hole.shape)
    return [np.asarray(cv2.resize(finest, level.hole.shape[::-1], interpolation=cv2.INTER_AREA)) for level in levels]


def _held(copied: Pixels, hole: Bools, guide: Floats, scale: int, loose: bool) -> Pixels:
    """The copies, full size, with the guide's large structure in the level's `hole`."""
    import cv2

    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    y0, x0 = max(int(rows[0]) - 1, 0), max(int(columns[0]) - 1, 0)
    box = np.s_[y0 : int(rows[-1]) + 2, x0 : int(columns[-1]) + 2]
    fine = np.s_[y0 * scale : (int(rows[-1]) + 2) * scale, x0 * scale : (int(columns[-1]) + 2) * scale]
    near, inside = copied[fine], hole[box]
    size = (inside.shape[1], inside.shape[0])
    small = near if scale == 1 else cv2.resize(near, size, interpolation=cv2.INTER_AREA)
    change = corrected(np.asarray(small, np.float32), guide[box], inside, loose)
    copied[fine] = laid_on(near, change, scale)
    return copied


def _has_choice(level: Level) -> bool:
    return min(level.hole.shape) > SIDE and int(level.sources.sum()) >= max(_FEWEST_SOURCES, int(level.hole.sum()) // 4)


def _schedule(hole: Bools, most: int) -> tuple[int, int]:
    """(scale of the finest searched level, on which at most `most` pixels are hole; number of halvings below it)."""
    import cv2

    scale, count = 1, np.count_nonzero(hole)
    while count / scale**2 > most:
        scale *= 2
    size = (-(-hole.shape[1] // scale), -(-hole.shape[0] // scale))
    small = cv2.resize(hole.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    radius = _radius(small > 0)
    smallest = min(hole.shape) / scale
    depth = 0
    while radius / 2**depth > _COARSEST_RADIUS and smallest / 2 ** (depth + 1) > 3 * SIDE:
        depth += 1
    return scale, depth


def _radius(hole: Bools) -> float:
    """Of the largest disc that fits into the hole, in pixels."""
    import cv2

    return float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3).max())


def _reduced(pixels: Pixels, hole: Bools, unknown: Bools, scale: int) -> Masked:
    """Area mean of the known pixels of each block; a block with any unknown pixel in it is unknown."""
    import cv2

    if scale == 1:
        return pixels.astype(np.float32), hole, unknown
    size = (pixels.shape[1] // scale, pixels.shape[0] // scale)
    blank: Pixels = pixels.copy()
    blank[unknown] = 0
    total = np.asarray(cv2.resize(blank, size, interpolation=cv2.INTER_AREA), np.float32)
    weight = _shares(~unknown, size)
    small = np.minimum(total / np.maximum(weight, 1 / 255)[:, :, None], 255).astype(np.float32)
    return small, _shares(hole, size) > 0, weight < 1.0


def _shares(mask: Bools, size: tuple[int, int]) -> Floats:
    """Of each block, the share that is in the mask: 0 and 1 only where it is none and all."""
    import cv2

    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.where(share > 1 - 1e-5, np.float32(1.0), share).astype(np.float32)


def _halved(masked: Masked) -> Masked:
    import cv2

    image, hole, unknown = masked
    size = (image.shape[1] // 2, image.shape[0] // 2)
    known = (~unknown).astype(np.float32)
    weight = _shares(~unknown, size)
    total = np.asarray(cv2.resize(image * known[:, :, None], size, interpolation=cv2.INTER_AREA), np.float32)
    small = np.asarray(total / np.maximum(weight, 1e-6)[:, :, None], np.float32)
    return small, _shares(hole, size) > 0, weight < 1.0


# ---- from level to level -------------------------------------------------------------------------------


def _refined(nearest: Offsets, coarse: Level, fine: Level, rng: np.random.Generator) -> Offsets:
    """The coarse neighbours, doubled, for the targets of the next finer level."""
    dy, dx = _offset_field(coarse, nearest)
    y, x = np.divmod(fine.targets, fine.width)
    found: Offsets = (y + 2 * dy[y // 2, x // 2]) * fine.width + x + 2 * dx[y // 2, x // 2]
    found = np.clip(found, 0, fine.sources.size - 1)
    stray = np.flatnonzero(~fine.sources[found])
    found[stray] = rng.choice(np.flatnonzero(fine.sources), stray.size)
    return found


def _offset_field(level: Level, nearest: Offsets) -> tuple[Offsets, Offsets]:
    """(dy, dx), each H×W: from every pixel to its source; zero where the picture is known.

    Patch centres keep a patch radius away from the frame; the pixels beyond take the nearest centre's offset,
    whose patch still covers them.
    """
    fields = []
    sy, sx = np.divmod(nearest, level.width)
    ty, tx = np.divmod(level.targets, level.width)
    for difference in (sy - ty, sx - tx):
        field = np.zeros(level.hole.shape, np.int64)
        field.ravel()[level.targets] = difference
        inner = field[PATCH_RADIUS:-PATCH_RADIUS, PATCH_RADIUS:-PATCH_RADIUS]
        fields.append(np.pad(inner, PATCH_RADIUS, mode="edge"))
    return fields[0], fields[1]


def _copied(pixels: Pixels, level: Level, nearest: Offsets, scale: int) -> Pixels:
    """Full-resolution pixels along the level's offsets, blended over 3×3 neighbouring offsets.

    The weights are the quadratic B-spline b(t) = ((1/2 - t)²/2, 3/4 - t², (1/2 + t)²/2), t in -1/2..1/2 the place
    of the fine pixel inside its coarse one; they add up to one. Band by band, so that a hole of many megapixels
    needs no more memory than the picture.
    """
    rows, columns = np.flatnonzero(level.hole.any(axis=1)), np.flatnonzero(level.hole.any(axis=0))
    x0, x1 = int(columns[0]), int(columns[-1]) + 1
    field_y, field_x = _offset_field(level, nearest)
    join = correction(level.image, level.hole, field_y, field_x)
    # One more pixel all around, for the neighbours of those at the frame's edge.
    fields = Fields(
        np.pad(field_y * scale, 1, mode="edge").astype(np.float32),
        np.pad(field_x * scale, 1, mode="edge").astype(np.float32),
        np.pad(join, ((1, 1), (1, 1), (0, 0)), mode="edge"),
    )
    result: Pixels = pixels.copy()
    band = max(1, _BAND // scale)
    for top in range(int(rows[0]), int(rows[-1]) + 1, band):
        bottom = min(top + band, int(rows[-1]) + 1)
        copied = _blended(pixels, fields, (x0, top, x1, bottom), scale)
        result[top * scale : bottom * scale, x0 * scale : x1 * scale] = np.clip(np.rint(copied), 0, 255)
    return result


def _blended(pixels: Pixels, fields: Fields, box: Box, scale: int) -> Floats:
    """One band of `_copied`; `box` in the level's pixels."""
    import cv2

    x0, y0, x1, y1 = box
    t = (np.arange(scale, dtype=np.float32) + 0.5) / scale - 0.5
    spline = [np.asarray(part, np.float32) for part in ((0.5 - t) ** 2 / 2, 0.75 - t**2, (0.5 + t) ** 2 / 2)]
    grid_y = np.arange(y0 * scale, y1 * scale, dtype=np.float32)[:, None]
    grid_x = np.arange(x0 * scale, x1 * scale, dtype=np.float32)[None, :]
    total = np.zeros(((y1 - y0) * scale, (x1 - x0) * scale, 3), np.float32)
    for j in range(3):
        for i in range(3):
            part = np.s_[y0 + j : y1 + j, x0 + i : x1 + i]
            dy, dx, join = (np.repeat(np.repeat(field[part], scale, axis=0), scale, axis=1) for field in fields)
            copied = cv2.remap(pixels, grid_x + dx, grid_y + dy, cv2.INTER_NEAREST)
            weight = np.outer(np.tile(spline[j], y1 - y0), np.tile(spline[i], x1 - x0))
            total += (copied + join) * weight[:, :, None]
    return total
