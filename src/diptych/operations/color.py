"""Colour: matrices in linear light and in OKLab, and vibrance, as links of a colour chain.

Amounts are -1..1: 0.15 is "a bit", 0.3 plain, 0.6 "much". Saturation, warmth, grayscale and sepia are 3×3
matrices on linear light, so that any number of them costs as much as one. Hue and tint are matrices on OKLab.
"""

from __future__ import annotations

import math

import numpy as np

from diptych.operations.chain import Chain, Matrix, Pointwise, in_linear_light, in_oklab
from diptych.operations.color_space import (
    LINEAR_TO_XYZ,
    LMS_TO_LINEAR,
    LUMINANCE,
    OKLAB_TO_ROOT_LMS,
    Floats,
    decode,
    hex_to_oklab,
    hex_to_srgb,
)

SATURATION_RATE = 0.8
VIBRANCE_RATE = 1.3
# Chroma (OKLab) at which vibrance has faded to a half; skin is 0.05 to 0.10, the primaries 0.25 to 0.32.
VIBRANCE_CHROMA = 0.12
SKIN_HUE, SKIN_EDGE = math.radians(50.0), math.cos(math.radians(25.0))
# Reciprocal colour temperature of daylight D65, and its reach towards warm and cool, in mired (10⁶ / kelvin).
D65_MIRED = 1e6 / 6504
WARM_MIRED = 165.0
COOL_MIRED = 110.0
# Chroma of a full-strength cast on white, in OKLab.
TINT_CHROMA = 0.16
MAGENTA = "#ff40d0"
SEPIA_TONE = "#ffd9a0"
SEPIA_GAIN = 1.18  # the tone alone would darken to three quarters

BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""XYZ → the sharpened cone responses of the Bradford adaptation (ICC.1:2022, annex E)."""


def saturation(amount: float) -> Chain:
    """Linear light: c' = Y + s·(c - Y), Y the luminance, which stays; s = 1 + amount, or 1 + 0.8·amount above 0.

    -1 is grey.
    """
    s = 1.0 + (amount * SATURATION_RATE if amount > 0 else amount)
    return in_linear_light(s * np.eye(3) + (1.0 - s) * np.outer(np.ones(3), LUMINANCE)) if amount else ()


def grayscale() -> Chain:
    """Linear light: every channel becomes the luminance."""
    return in_linear_light(np.outer(np.ones(3), LUMINANCE))


def sepia(strength: float) -> Chain:
    """Linear light: the luminance times a brown tone, mixed with the picture by `strength` (0..1)."""
    mixed = (1.0 - strength) * np.eye(3) + strength * np.outer(SEPIA_GAIN * decode(hex_to_srgb(SEPIA_TONE)), LUMINANCE)
    return in_linear_light(mixed) if strength else ()


def warmth(amount: float) -> Chain:
    """White moves along the daylight locus (CIE 15, illuminants D), by Bradford adaptation in linear light.

    +1 is 165 mired towards yellow (D65 → 3140 K), -1 is 110 towards blue.
    """
    if not amount:
        return ()
    mired = D65_MIRED + amount * (WARM_MIRED if amount > 0 else COOL_MIRED)
    return in_linear_light(_mostly_kept(adaptation(daylight_xyz(D65_MIRED), daylight_xyz(mired))))


def neutralize(white: Floats, strength: float = 1.0) -> Chain:
    """Bradford adaptation that turns `white` (linear RGB of what should be neutral) grey, by `strength` (0..1)."""
    d65 = LINEAR_TO_XYZ @ np.ones(3)
    source = LINEAR_TO_XYZ @ (white / np.dot(LUMINANCE, white))
    return in_linear_light(_mostly_kept(adaptation(d65 + strength * (source - d65), d65)))


def tint(color: str | None, amount: float) -> Chain:
    """A cast towards the hue of `color` (`#rrggbb`; None: magenta, and green for negative amounts), in OKLab.

    a and b move by 0.16·amount·L along the hue, so black stays black; L shrinks by what keeps white in the gamut.
    """
    if not amount:
        return ()
    _, a, b = hex_to_oklab(color or MAGENTA)
    chroma = math.hypot(a, b)
    if chroma < 0.02:  # grey has no hue to lean to: it takes colour away, or gives it back
        return saturation(-amount)
    shift = amount * min(TINT_CHROMA, 1.5 * chroma) / chroma
    cast = np.array([[1.0, 0.0, 0.0], [shift * a, 1.0, 0.0], [shift * b, 0.0, 1.0]])
    white = LMS_TO_LINEAR @ (OKLAB_TO_ROOT_LMS @ cast[:, 0]) ** 3
    return in_oklab(Matrix(cast * max(1.0, float(white.max())) ** (-1 / 3)))


def hue(degrees: float) -> Chain:
    """Colours turn by `degrees` about the grey axis of OKLab: lightness and chroma stay. 120 takes red to green."""
    turn = math.radians(degrees % 360)
    cos, sin = math.cos(turn), math.sin(turn)
    return in_oklab(Matrix(np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]]))) if turn else ()


def vibrance(amount: float) -> Chain:
    """OKLab: chroma C → C·(1 + 1.3·amount·w), w = 1 / (1 + (C / 0.12)²): most for the least saturated colours.

    Skin tones (hues 25° to 75°) take half of it. -1 leaves only what was vivid.
    """
    if not amount:
        return ()
    rate = VIBRANCE_RATE * amount if amount > 0 else amount

    def apply(lab: Floats) -> Floats:
        # The planes apart and in place: strided channels and fresh arrays cost three times as much.
        a, b = np.ascontiguousarray(lab[..., 1]), np.ascontiguousarray(lab[..., 2])
        chroma_squared = a * a
        chroma_squared += b * b
        gain = chroma_squared * VIBRANCE_CHROMA**-2
        gain += 1.0
        np.divide(rate, gain, out=gain)
        if amount > 0:
            gain *= 1.0 - 0.5 * _skin(a, b, chroma_squared)
        gain += 1.0
        out: Floats = lab.copy()
        np.multiply(a, gain, out=out[..., 1])
        np.multiply(b, gain, out=out[..., 2])
        return out

    return in_oklab(Pointwise(apply))


def daylight_xyz(mired: float) -> Floats:
    """XYZ (Y = 1) of daylight of 10⁶ / `mired` kelvin: the cubic of CIE 15, which holds for 4000 to 25000 K and
    runs on smoothly to 3100 K."""
    t = mired / 1000.0
    if mired > 1e6 / 7000:
        x = -4.6070 * t**3 + 2.9678 * t**2 + 0.09911 * t + 0.244063
    else:
        x = -2.0064 * t**3 + 1.9018 * t**2 + 0.24748 * t + 0.237040
    y = -3.0 * x * x + 2.870 * x - 0.275
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def adaptation(source: Floats, destination: Floats) -> Floats:
    """3×3 on linear sRGB: what looked white under `source` (XYZ) becomes white of `destination` (Bradford)."""
    gains = np.diag((BRADFORD @ destination) / (BRADFORD @ source))
    in_xyz = np.linalg.inv(BRADFORD) @ gains @ BRADFORD
    return np.asarray(np.linalg.inv(LINEAR_TO_XYZ) @ in_xyz @ LINEAR_TO_XYZ)


def _mostly_kept(matrix: Floats) -> Floats:
    """Scaled by m^(-1/4), m the largest channel of white: clips less in the highlights, darkens little elsewhere."""
    largest = max(1.0, float((matrix @ np.ones(3)).max()))
    return np.asarray(matrix / largest**0.25)


def _skin(a: Floats, b: Floats, chroma_squared: Floats) -> Floats:
    """1 on the hue of skin (50° in OKLab), smoothly 0 from 25° off."""
    near = a * math.cos(SKIN_HUE)
    near += b * math.sin(SKIN_HUE)
    near /= np.sqrt(chroma_squared + 1e-9)  # the cosine of the angle between the two hues
    near -= SKIN_EDGE
    near /= 1.0 - SKIN_EDGE
    np.clip(near, 0.0, 1.0, out=near)
    near *= near
    return near
