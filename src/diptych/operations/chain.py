"""The colour chain: what a run of pointwise steps is made of, and how it is made short.

A pointwise step is a few links. A `Curve` maps each channel by the same function; a `Matrix` mixes the
channels (3×3 and an offset); a `Pointwise` is any other function of one pixel. A saturation step is
(DECODE, matrix, ENCODE), a hue turn (DECODE, matrix, CBRT, matrix, CUBE, matrix, ENCODE): OKLab itself is
made of curves and matrices, so a step in it needs no slower machinery.

`simplify` multiplies neighbouring matrices and drops what cancels, so that saturation after warmth costs one
matrix. Values between two matrices that become neighbours are not clipped: colours that the first pushes out
of the gamut and the second brings back survive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from diptych.operations import color_space
from diptych.operations.color_space import Floats

Function = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Curve:
    """The same function of each channel.

    domain   inputs it is meant for; values outside are clipped to it
    """

    function: Function
    domain: tuple[float, float] = (0.0, 1.0)

    def __call__(self, values: Floats) -> Floats:
        return self.function(np.clip(values, *self.domain))


@dataclass(frozen=True, eq=False)
class Matrix:
    """(…, 3) → values @ coefficients.T + offset."""

    coefficients: Floats
    offset: Floats | None = None

    def __call__(self, values: Floats) -> Floats:
        mixed: Floats = values @ self.coefficients.T
        return mixed if self.offset is None else mixed + self.offset

    def after(self, first: Matrix) -> Matrix:
        """One matrix that does `first`, then this."""
        offset = self(np.zeros(3)) if first.offset is None else self(first.offset)
        return Matrix(self.coefficients @ first.coefficients, offset if np.any(offset) else None)

    @property
    def is_identity(self) -> bool:
        return self.offset is None and np.allclose(self.coefficients, np.eye(3), rtol=0, atol=1e-9)

    @property
    def is_diagonal(self) -> bool:
        return np.allclose(self.coefficients, np.diag(np.diag(self.coefficients)), rtol=0, atol=1e-9)


@dataclass(frozen=True)
class Pointwise:
    """Any function of (…, 3) floats to the same; it keeps their dtype."""

    function: Function

    def __call__(self, values: Floats) -> Floats:
        return self.function(values)


Link = Curve | Matrix | Pointwise
Chain = tuple[Link, ...]

DECODE = Curve(color_space.decode)
ENCODE = Curve(color_space.encode)
# Cone responses and their roots lie in 0..1 inside the gamut; a turned hue may leave it and be brought back.
CBRT = Curve(np.cbrt, domain=(0.0, 1.25))
CUBE = Curve(lambda roots: roots**3, domain=(-0.25, 1.25))

_INVERSES = ((ENCODE, DECODE), (DECODE, ENCODE), (CUBE, CBRT), (CBRT, CUBE))


def in_linear_light(coefficients: Floats) -> Chain:
    """A 3×3 matrix on linear light, as a chain from encoded to encoded values."""
    return (DECODE, Matrix(coefficients), ENCODE)


def in_oklab(link: Matrix | Pointwise) -> Chain:
    """A link on OKLab (L, a, b), as a chain from encoded to encoded values."""
    return (
        DECODE,
        Matrix(color_space.LINEAR_TO_LMS),
        CBRT,
        Matrix(color_space.ROOT_LMS_TO_OKLAB),
        link,
        Matrix(color_space.OKLAB_TO_ROOT_LMS),
        CUBE,
        Matrix(color_space.LMS_TO_LINEAR),
        ENCODE,
    )


def simplify(links: Iterable[Link]) -> Chain:
    """The same chain with fewer links: matrices multiplied, identities and inverse pairs dropped."""
    short: list[Link] = []
    for link in links:
        short.append(link)
        while _shorten_end(short):
            pass
    return tuple(short)


def evaluate(chain: Chain, values: Floats) -> Floats:
    """The chain in floating point: (…, 3) encoded values in 0..1 to the same, clipped. The reference."""
    for link in chain:
        values = link(values)
    return np.clip(values, 0.0, 1.0)


def _shorten_end(links: list[Link]) -> bool:
    """Make the end of `links` shorter by one rule; False when none applies."""
    last = links[-1] if links else None
    if isinstance(last, Matrix) and last.is_identity:
        links.pop()
        return True
    if len(links) < 2:
        return False
    before = links[-2]
    if isinstance(before, Matrix) and isinstance(last, Matrix):
        links[-2:] = [last.after(before)]
        return True
    if any(before is first and last is second for first, second in _INVERSES):
        del links[-2:]
        return True
    return False
