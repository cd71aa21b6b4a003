"""Colour spaces: sRGB and linear light (IEC 61966-2-1), OKLab (Ottosson 2020), hex colours.

Encoded values are what a file holds, scaled to 0..1; linear values are proportional to light. Functions
named `*_pixels` turn whole uint8 pictures into float32 and back, at the speed of OpenCV; the others take any
float array and keep its precision.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Weights of linear R, G, B in relative luminance Y (ITU-R BT.709, the primaries of sRGB)."""

LINEAR_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Linear sRGB → CIE XYZ (D65 white)."""

LINEAR_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
"""Linear sRGB → the cone responses of OKLab; each row sums to 1, so grey stays grey."""

ROOT_LMS_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""Cube roots of the cone responses → OKLab (L in 0..1, a green to red, b blue to yellow)."""

LMS_TO_LINEAR = np.linalg.inv(LINEAR_TO_LMS)
OKLAB_TO_ROOT_LMS = np.linalg.inv(ROOT_LMS_TO_OKLAB)


def decode(encoded: Floats) -> Floats:
    """Encoded sRGB in 0..1 → linear light in 0..1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0.04045) + 0.055) / 1.055) ** 2.4)


def encode(linear: Floats) -> Floats:
    """Linear light in 0..1 → encoded sRGB in 0..1. Values below 0 follow the straight toe."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def linear_to_oklab(linear: Floats) -> Floats:
    """(…, 3) linear sRGB → (…, 3) OKLab."""
    lab: Floats = np.cbrt(linear @ LINEAR_TO_LMS.T) @ ROOT_LMS_TO_OKLAB.T
    return lab


def oklab_to_linear(lab: Floats) -> Floats:
    """(…, 3) OKLab → (…, 3) linear sRGB; colours outside the gamut give values outside 0..1."""
    roots = lab @ OKLAB_TO_ROOT_LMS.T
    linear: Floats = roots**3 @ LMS_TO_LINEAR.T
    return linear


def srgb_to_oklab(encoded: Floats) -> Floats:
    """(…, 3) encoded sRGB in 0..1 → (…, 3) OKLab."""
    return linear_to_oklab(decode(encoded))


def oklab_to_srgb(lab: Floats) -> Floats:
    """(…, 3) OKLab → (…, 3) encoded sRGB, not clipped."""
    return encode(oklab_to_linear(lab))


def hex_to_srgb(color: str) -> NDArray[np.float64]:
    """`#rrggbb` → three encoded values in 0..1."""
    return np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)], np.float64) / 255.0


def hex_to_oklab(color: str) -> NDArray[np.float64]:
    """`#rrggbb` → OKLab (L, a, b)."""
    return np.asarray(srgb_to_oklab(hex_to_srgb(color)), np.float64)


def linear_pixels(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """H×W×3 uint8 sRGB → H×W×3 float32 linear light in 0..1."""
    import cv2

    return np.asarray(cv2.LUT(rgb, _decode_table()), np.float32)


def oklab_pixels(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """H×W×3 uint8 sRGB → H×W×3 float32 OKLab."""
    import cv2

    lms = cv2.transform(linear_pixels(rgb), LINEAR_TO_LMS.astype(np.float32))
    roots = np.cbrt(lms, out=lms)
    return np.asarray(cv2.transform(roots, ROOT_LMS_TO_OKLAB.astype(np.float32)), np.float32)


def srgb_pixels(linear: NDArray[np.float32]) -> NDArray[np.uint8]:
    """H×W×3 float32 linear light → H×W×3 uint8 sRGB, clipped. Exact to the 8-bit rounding of `encode`."""
    codes = np.clip(linear * np.float32(65535.0) + np.float32(0.5), 0, 65535).astype(np.uint16)
    return np.asarray(np.take(_encode_table(), codes), np.uint8)


def oklab_to_pixels(lab: NDArray[np.float32]) -> NDArray[np.uint8]:
    """H×W×3 float32 OKLab → H×W×3 uint8 sRGB, clipped to the gamut channel by channel."""
    import cv2

    roots = cv2.transform(lab, OKLAB_TO_ROOT_LMS.astype(np.float32))
    cubes = roots * roots * roots
    return srgb_pixels(np.asarray(cv2.transform(cubes, LMS_TO_LINEAR.astype(np.float32)), np.float32))


@cache
def _decode_table() -> NDArray[np.float32]:
    return decode(np.arange(256) / 255.0).astype(np.float32)


@cache
def _encode_table() -> NDArray[np.uint8]:
    """Encoded 8-bit value of each of 65536 steps of linear light; a step is 0.05 of a level at its coarsest."""
    return np.asarray(np.rint(encode(np.arange(65536) / 65535.0) * 255.0), np.uint8)
