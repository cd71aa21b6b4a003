"""Filling holes in a picture from what lies around them.

A learned fill: the network `inpainter` says on a small copy what the hole may have held (`coarse_fill`), and patches of
the picture's own texture are laid under it at full resolution (`exemplar`, held to the network's answer by `guiding`).
A hole that is nowhere thicker than a few pixels (wires, scratches, strokes of letters) the network fills by itself, at
the picture's own resolution.

And a classical one, which needs no network: patches alone, their structure continued from the hole's rim; thin holes by
Telea's fast marching method ("An image inpainting technique based on the fast marching method", 2004).

All look only at the hole's neighbourhood, never at the whole frame.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, Unsupported
from diptych.core.region import Box
from diptych.operations.change import Pixels
from diptych.operations.coarse_fill import NETWORK, answered, coarse_fill
from diptych.operations.exemplar import synthesise
from diptych.operations.guiding import Guide
from diptych.operations.patches import PATCH_RADIUS
from diptych.runtime import Weights, shipped

Method = Literal["learned", "classical"]

_THIN = 3.2
"""Inscribed radius (px) up to which a hole counts as thin. Telea's smear is about one radius wide: invisible here."""

_REACHES = (1.0, 3.0, 1e6)
"""How far around a hole texture is looked for, in times its longer side: near things fit best, so far ones come in
only where the near ones are too few."""

_LOOK, _LEAST_LOOK = 0.75, 48
"""How far around a hole the network looks, in times its longer side, and at least, in pixels."""

_TELEA_RADIUS = 4
_TELEA_MARGIN = 12
_TILE, _TILE_MARGIN = 128, 32
"""Thin holes are filled in squares of this size, which see so much around them."""

Window = tuple[slice, slice]


def fill(
    pixels: Pixels,
    mask: NDArray[np.bool_],
    *,
    weights: Weights | None = None,
    method: Method = "learned",
    seed: int = 0,
) -> Pixels:
    """Fill `mask` from its surroundings.

    pixels   H×W×3 uint8
    mask     H×W bool, True where the pixels are to be invented
    weights  where the network is; None: those that ship
    seed     of the patch search; the same arguments always give the same bytes
    Returns new H×W×3 uint8 pixels, equal to `pixels` outside the mask. Raises Unsupported when the mask leaves
    nothing to fill from, BrokenWeights when the network is missing, ValueError when the shapes differ.
    """
    if pixels.shape != (*mask.shape, 3):
        raise ValueError(f"pixels are H×W×3 and the mask H×W, got {pixels.shape} and {mask.shape}")
    result: Pixels = pixels.copy()
    if not mask.any():
        return result
    if mask.all():
        raise Unsupported(
            Bilingual(
                "The part to fill covers the whole picture, so there is nothing to fill it from.",
                "要填补的区域覆盖了整幅画面，没有可以用来填补的内容。",
            ),
            Bilingual("Choose a smaller part.", "请选择小一些的区域。"),
        )
    hole = mask.astype(np.uint8)
    for box in _neighbourhoods(hole):
        if method == "learned":
            _fill_learned(result, hole, box, seed, weights or shipped())
        else:
            _fill_classical(result, hole, box, seed)
    return result


def engine(weights: Weights, method: Method) -> str:
    """What filled, for certificates."""
    return f"inpainter {weights.name_of(NETWORK)}" if method == "learned" else "exemplar inpainting"


def _fill_learned(result: Pixels, hole: NDArray[np.uint8], box: Box, seed: int, weights: Weights) -> None:
    """Fill what lies inside one box, in `result` and off `hole`, in place."""
    x0, y0, x1, y1 = box
    if not hole[y0:y1, x0:x1].any():
        return
    if _inscribed_radius(hole[y0:y1, x0:x1]) <= _THIN:
        _fill_thin(result, hole, box, weights)
        return
    longer = max(x1 - x0, y1 - y0)
    seen = _window(hole.shape, box, max(_LOOK * longer, _LEAST_LOOK))
    if hole[seen].all():
        seen = (slice(0, hole.shape[0]), slice(0, hole.shape[1]))
    small = answered(result[seen], hole[seen] > 0, weights)
    for reach in _REACHES:
        window = _window(hole.shape, box, reach * longer)
        top, left = window[0].start, window[1].start
        place = (seen[1].start - left, seen[0].start - top, seen[1].stop - left, seen[0].stop - top)
        mine = _only(hole, box, window)
        rng = np.random.default_rng(seed)
        filled = synthesise(result[window], mine, hole[window] > 0, rng, Guide(small, place))
        if filled is not None:
            _put_in(result, hole, window, filled, mine)
            return
    _put_in(result, hole, seen, coarse_fill(result[seen], hole[seen] > 0, weights), _only(hole, box, seen))


def _fill_thin(result: Pixels, hole: NDArray[np.uint8], box: Box, weights: Weights) -> None:
    """Square by square by the network alone, at the picture's own resolution; each sees what is filled already."""
    x0, y0, x1, y1 = box
    for top in range(y0, y1, _TILE):
        for left in range(x0, x1, _TILE):
            square = (left, top, min(left + _TILE, x1), min(top + _TILE, y1))
            window = _window(hole.shape, square, _TILE_MARGIN)
            mine = _only(hole, square, window)
            if mine.any():
                filled = coarse_fill(result[window], hole[window] > 0, weights)
                _put_in(result, hole, window, filled, mine)


def _fill_classical(result: Pixels, hole: NDArray[np.uint8], box: Box, seed: int) -> None:
    """The same without a network."""
    x0, y0, x1, y1 = box
    if not hole[y0:y1, x0:x1].any():
        return
    if _inscribed_radius(hole[y0:y1, x0:x1]) > _THIN:
        for reach in _REACHES:
            window = _window(hole.shape, box, reach * max(x1 - x0, y1 - y0))
            mine = _only(hole, box, window)
            filled = synthesise(result[window], mine, hole[window] > 0, np.random.default_rng(seed))
            if filled is not None:
                _put_in(result, hole, window, filled, mine)
                return
    window = _window(hole.shape, box, _TELEA_MARGIN)
    _put_in(result, hole, window, _telea(result[window], hole[window]), _only(hole, box, window))


def _only(hole: NDArray[np.uint8], box: Box, window: Window) -> NDArray[np.bool_]:
    """The window's hole pixels that lie in the box. Holes of other groups are no source either, but not filled yet."""
    x0, y0, x1, y1 = box
    top, left = window[0].start, window[1].start
    here = hole[window]
    mine = np.zeros(here.shape, bool)
    inner = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    mine[inner] = here[inner] > 0
    return mine


def _put_in(result: Pixels, hole: NDArray[np.uint8], window: Window, filled: Pixels, mine: NDArray[np.bool_]) -> None:
    rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inside = mine[box]
    np.copyto(result[window][box], filled[box], where=inside[:, :, None])
    hole[window][box][inside] = 0


def _telea(pixels: Pixels, hole: NDArray[np.uint8]) -> Pixels:
    import cv2

    part, here = np.ascontiguousarray(pixels), np.ascontiguousarray(hole)
    return np.asarray(cv2.inpaint(part, here, _TELEA_RADIUS, cv2.INPAINT_TELEA), np.uint8)


def _window(shape: tuple[int, ...], box: Box, margin: float) -> Window:
    """The box with `margin` pixels (some patches at least) around it, clipped to the frame."""
    x0, y0, x1, y1 = box
    room = int(min(max(margin, 8 * PATCH_RADIUS), max(shape)))
    return (
        slice(max(y0 - room, 0), min(y1 + room, shape[0])),
        slice(max(x0 - room, 0), min(x1 + room, shape[1])),
    )


def _inscribed_radius(hole: NDArray[np.uint8]) -> float:
    """Radius (px) of the largest disc that fits into the hole and its box."""
    import cv2

    framed = cv2.copyMakeBorder(hole, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return float(cv2.distanceTransform(framed, cv2.DIST_L2, 3).max())


def _neighbourhoods(hole: NDArray[np.uint8]) -> list[Box]:
    """Boxes (x0, y0, x1, y1) of groups of hole pixels; what lies closer than two patches together is one group.

    Largest first, so that small holes beside a big one find it filled. Boxes that overlap become one.
    """
    import cv2

    all_x, all_y, width, height = cv2.boundingRect(hole)
    part = hole[all_y : all_y + height, all_x : all_x + width]
    near = np.asarray(cv2.dilate(part, np.ones((8 * PATCH_RADIUS + 1, 8 * PATCH_RADIUS + 1), np.uint8)), np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    boxes: list[Box] = []
    for x, y, width, height, _ in stats[1:].tolist():
        left, top, across, down = cv2.boundingRect(part[y : y + height, x : x + width])
        left, top = all_x + x + left, all_y + y + top
        boxes.append((left, top, left + across, top + down))
    return sorted(_merged(boxes), key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))


def _merged(boxes: list[Box]) -> list[Box]:
    """The same boxes with those that overlap replaced by the box around both."""
    merged: list[Box] = []
    for box in boxes:
        x0, y0, x1, y1 = box
        while touching := [b for b in merged if b[0] < x1 and x0 < b[2] and b[1] < y1 and y0 < b[3]]:
            merged = [b for b in merged if b not in touching]
            x0, y0 = min(x0, *(b[0] for b in touching)), min(y0, *(b[1] for b in touching))
            x1, y1 = max(x1, *(b[2] for b in touching)), max(y1, *(b[3] for b in touching))
        merged.append((x0, y0, x1, y1))
    return merged
