"""Levelling the seams of a picture that is patched together from copies of its own parts.

Pieces that come from different places differ in brightness; the eye sees the step at their border long before it
sees that texture repeats. So the *differences* between neighbouring pixels are taken from the sources, and the
colours follow from them (Pérez, Gangnet and Blake, "Poisson Image Editing", 2003): a smooth correction c is
added to the copies that makes the steps vanish.
"""

from __future__ import annotations

from types import EllipsisType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_REAL_EDGE = 16.0
"""Steps (levels of 255) well above this are edges of things rather than seams, and are kept."""

_ITERATIONS = 200
_TOLERANCE = 1e-3


def correction(image: Floats, hole: NDArray[np.bool_], dy: NDArray[np.int64], dx: NDArray[np.int64]) -> Floats:
    """What to add to the copies so that they join.

    image   H×W×3 float32, levels 0..255; defined wherever the offsets lead
    hole    H×W bool, what is copied
    dy, dx  H×W: pixel (y, x) of the hole is a copy of (y + dy, x + dx)
    Returns H×W×3 float32, zero outside the hole.

    Minimises Σ w (c_q - c_p - s)² over neighbours p, q, where s is the difference that the sources have between p
    and q (the mean over both pieces' offsets) less the one the copies have, and w = 1 / (1 + (|s| / 16)²) lets go
    of real edges. Solved by conjugate gradients.
    """
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    y0, x0 = max(int(rows[0]) - 1, 0), max(int(columns[0]) - 1, 0)
    y1, x1 = min(int(rows[-1]) + 2, hole.shape[0]), min(int(columns[-1]) + 2, hole.shape[1])
    box = np.s_[y0:y1, x0:x1]
    y, x = np.mgrid[y0:y1, x0:x1]
    offsets = (dy[box], dx[box])
    planes = np.ascontiguousarray(image.transpose(2, 0, 1))
    steps, weights = zip(*(_steps(planes, hole[box], (y, x), offsets, axis) for axis in (0, 1)), strict=True)
    wanted = np.zeros((3, *hole[box].shape), np.float32)
    for axis in (0, 1):
        flow = steps[axis] * weights[axis]
        wanted[_SECOND[axis]] += flow
        wanted[_FIRST[axis]] -= flow
    inside = hole[box].astype(np.float32)
    result = np.zeros_like(image)
    result[box] = _solve(wanted * inside, weights, inside).transpose(1, 2, 0)
    return result


_FIRST = (np.s_[..., :-1, :], np.s_[..., :, :-1])
_SECOND = (np.s_[..., 1:, :], np.s_[..., :, 1:])
"""Of each pair of neighbours along an axis, the first and the second one."""

Half = tuple[EllipsisType, slice, slice]
Indices = tuple[NDArray[np.int64], NDArray[np.int64]]


def _steps(planes: Floats, hole: NDArray[np.bool_], at: Indices, offsets: Indices, axis: int) -> tuple[Floats, Floats]:
    """(s 3×H×W, w H×W) between each pixel and the next one along `axis`; w is 0 where neither is in the hole."""
    first, second = _FIRST[axis], _SECOND[axis]
    height, width = planes.shape[1:]

    def source(of: Half, by: Half) -> Floats:
        """What the pixels `of` the pair show when copied by the offset of the pixels `by`."""
        rows = np.clip(at[0][of] + offsets[0][by], 0, height - 1)
        columns = np.clip(at[1][of] + offsets[1][by], 0, width - 1)
        picked: Floats = planes.reshape(3, -1)[:, rows * width + columns]
        return picked

    one, other = hole[first].astype(np.float32), hole[second].astype(np.float32)
    here, there = source(first, first), source(second, second)
    wished = ((source(second, first) - here) * one + (there - source(first, second)) * other) / np.maximum(
        one + other, 1
    )
    step = (wished - (there - here)).astype(np.float32)
    size_squared = (step**2).mean(axis=0)
    return step, (np.maximum(one, other) / (1.0 + size_squared / _REAL_EDGE**2)).astype(np.float32)


def _solve(wanted: Floats, weights: tuple[Floats, ...], inside: Floats) -> Floats:
    """Conjugate gradients for the weighted Laplace equation, zero outside; the three planes run side by side."""
    flows = [np.empty((3, *weight.shape), np.float32) for weight in weights]
    image = np.empty_like(wanted)

    def laplacian(values: Floats) -> Floats:
        image[:] = 0.0
        for axis in (0, 1):
            np.subtract(values[_SECOND[axis]], values[_FIRST[axis]], out=flows[axis])
            flows[axis] *= weights[axis]
            image[_SECOND[axis]] += flows[axis]
            image[_FIRST[axis]] -= flows[axis]
        return np.multiply(image, inside, out=image)

    solution = np.zeros_like(wanted)
    residual = wanted.copy()
    direction = residual.copy()
    size = np.einsum("cij,cij->c", residual, residual)
    enough = _TOLERANCE**2 * size + 1e-6
    for _ in range(_ITERATIONS):
        if (size <= enough).all():
            break
        turned = laplacian(direction)
        rate = size / np.maximum(np.einsum("cij,cij->c", direction, turned), 1e-12)
        solution += rate[:, None, None] * direction
        residual -= rate[:, None, None] * turned
        smaller = np.einsum("cij,cij->c", residual, residual)
        direction *= (smaller / np.maximum(size, 1e-12))[:, None, None]
        direction += residual
        size = smaller
    return solution
