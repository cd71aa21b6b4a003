"""Tone: curves of each channel, as links of a colour chain.

Every curve works on encoded sRGB in 0..1 (nearly even to the eye, as L* is), is monotone and smooth, and the
curve of `-amount` undoes the curve of `amount`. Exposure alone works on linear light. Amounts are -1..1: 0.15
is "a bit", 0.3 plain, 0.6 "much", and 1 still leaves a picture.
"""

from __future__ import annotations

import math

import numpy as np

from diptych.operations.chain import DECODE, ENCODE, Chain, Curve, Matrix
from diptych.operations.color_space import Floats

# Mid-grey 0.5 goes to 0.59 at amount 0.3 and to 0.78 at 1.
BRIGHTNESS_RATE = 1.25
# The slope at mid-grey is about 1 + 1.1 * amount: 1.3 at amount 0.3.
CONTRAST_RATE = 3.3
# The lift of shadows is largest at a fifth of the scale: 14 levels of 255 at amount 0.3. Below 4.6 it is monotone.
SHADOWS_RATE = 2.2

_GRID = np.linspace(0.0, 1.0, 4097)


def brightness(amount: float) -> Chain:
    """y = k·x / (1 + (k - 1)·x), k = exp(1.25·amount): slope k at black and 1/k at white, both pinned.

    Being the bias curve of Schlick (1994) it nowhere clips, and k → 1/k inverts it.
    """
    k = math.exp(BRIGHTNESS_RATE * amount)
    return (Curve(lambda x: k * x / (1.0 + (k - 1.0) * x)),) if amount else ()


def exposure(stops: float) -> Chain:
    """Linear light times 2**stops; what passes white is clipped, as on a sensor."""
    return (DECODE, Matrix(np.eye(3) * 2.0**stops), ENCODE) if stops else ()


def contrast(amount: float) -> Chain:
    """An S about mid-grey: y = ½ + ½·tanh(s·(2x - 1)) / tanh(s), s² = 3.3·amount; negative is its inverse.

    The slope at mid-grey is s / tanh(s) ≈ 1 + s²/3, so it grows evenly with the amount.
    """
    if not amount:
        return ()
    s = math.sqrt(CONTRAST_RATE * abs(amount))
    height = math.tanh(s)
    if amount > 0:
        return (Curve(lambda x: 0.5 + 0.5 * np.tanh(s * (2.0 * x - 1.0)) / height),)
    return (Curve(lambda x: 0.5 + 0.5 * np.arctanh(height * (2.0 * x - 1.0)) / s),)


def shadows(amount: float) -> Chain:
    """y = x + 2.2·amount·x·(1 - x)⁴ lifts what is dark; negative is its inverse, and deepens it."""
    if not amount:
        return ()
    return (Curve(lambda x: _lift_shadows(x, amount)),)


def highlights(amount: float) -> Chain:
    """The shadows' curve turned about mid-grey: negative brings highlights back, positive brightens them."""
    if not amount:
        return ()
    return (Curve(lambda x: 1.0 - _lift_shadows(1.0 - x, -amount)),)


def gamma(exponent: float) -> Chain:
    """y = x ** (1 / exponent): above 1 lightens the mid-tones."""
    return (Curve(lambda x: x ** (1.0 / exponent)),) if exponent != 1 else ()


def invert() -> Chain:
    """y = 1 - x: the negative."""
    return (Curve(lambda x: 1.0 - x),)


def posterize(levels: int) -> Chain:
    """Each channel to the nearest of `levels` even steps from 0 to 1."""
    top = levels - 1
    return (Curve(lambda x: np.floor(x * top + 0.5) / top),)


def levels(black: float, white: float, exponent: float = 1.0) -> Chain:
    """`black` → 0 and `white` → 1, straight between, then `gamma`; what lies beyond is clipped."""
    return (Curve(lambda x: np.clip((x - black) / (white - black), 0.0, 1.0) ** (1.0 / exponent)),)


def _lift_shadows(x: Floats, amount: float) -> Floats:
    rate = SHADOWS_RATE * abs(amount)
    if amount > 0:
        return x + rate * x * (1.0 - x) ** 4
    return np.interp(x, _GRID + rate * _GRID * (1.0 - _GRID) ** 4, _GRID)
