"""How strongly a picture was once compressed by JPEG, read from its pixels.

JPEG rounds each of the 64 cosine coefficients of an 8×8 block to a multiple of a step, and the steps follow from the
quality. Decoded, the coefficients still lie in a comb around these multiples (Fan and de Queiroz, "Identification of
bitmap compression history", 2003). So each quality is asked how likely it makes the coefficients that are there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels

_TABLE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float64,
)  # fmt: skip
"""Steps of luma at quality 50, rows down: ITU-T T.81, table K.1."""
_FREQUENCIES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2), (0, 3), (3, 0), (1, 3), (3, 1))
"""(down, across): low ones are the last to become zero."""
_FINEST = 95
"""Above it the steps are as fine as the rounding of pixels, and nothing is to be seen."""
_ROUNDING = 0.7
"""Standard deviation of a coefficient about its multiple: pixels are rounded to levels."""
_STRAY = 0.03
"""Share of coefficients off the comb: pixels cut off at black and white."""
_LEAST_SIZE, _LEAST_COUNT = 2.5, 60
"""Smaller coefficients fit any comb; with fewer than so many nothing can be said."""
_SURE = 0.15
"""Nats a coefficient by which a comb must be likelier than none."""
_LOOK = 768
"""Pixels a side of the middle of the picture that is looked at."""


def gauged_quality(pixels: Pixels) -> int:
    """Quality 5..95 of an H×W×3 uint8 picture whose blocks begin at its corner, 100 where no comb shows: never
    compressed, very finely, or cropped, resized or noised since."""
    coefficients = _coefficients(pixels)
    large = np.abs(coefficients) > _LEAST_SIZE
    if large.sum() < _LEAST_COUNT:
        return 100
    scores = {quality: _likelihood(coefficients, large, quality) for quality in range(5, _FINEST + 1)}
    best = max(scores, key=lambda quality: scores[quality])
    return best if scores[best] > _SURE else 100


def steps(quality: int) -> NDArray[np.float64]:
    """8×8 steps of luma at quality 1..100, as libjpeg scales the table."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip(np.floor((_TABLE * percent + 50) / 100), 1, 255)


def _coefficients(pixels: Pixels) -> NDArray[np.float64]:
    """F×N: the coefficients of _FREQUENCIES in N blocks of luma."""
    height, width = pixels.shape[:2]
    top, left = (max(side - _LOOK, 0) // 16 * 8 for side in (height, width))
    part = pixels[top : top + min(_LOOK, height) // 8 * 8, left : left + min(_LOOK, width) // 8 * 8, :3]
    rows, columns = part.shape[0] // 8, part.shape[1] // 8
    luma = np.asarray(part, np.float64) @ np.array([0.299, 0.587, 0.114])
    blocks = luma.reshape(rows, 8, columns, 8).swapaxes(1, 2).reshape(-1, 8, 8)
    basis = np.asarray(cv2.dct(np.eye(8), flags=cv2.DCT_ROWS), np.float64).T  # row k is the k-th cosine
    transformed = basis @ blocks @ basis.T
    return np.stack([transformed[:, down, across] for down, across in _FREQUENCIES])


def _likelihood(coefficients: NDArray[np.float64], large: NDArray[np.bool_], quality: int) -> float:
    """Mean over the large coefficients of log p(c | comb of this quality) / p(c | no comb)."""
    table = steps(quality)
    step = np.array([table[down, across] for down, across in _FREQUENCIES])[:, None]
    off = coefficients - step * np.rint(coefficients / step)
    comb = np.exp(-0.5 * (off / _ROUNDING) ** 2) * step / (_ROUNDING * np.sqrt(2 * np.pi))
    return float(np.log((1 - _STRAY) * comb + _STRAY)[large].mean())
