"""Giving a thing another colour, so that it still looks photographed.

Works in OKLab, where lightness, chroma and hue can be moved one by one. Lightness keeps its structure (folds,
shadows, texture) and moves as a whole towards the new colour's; hue becomes the new one; chroma follows the
dichromatic model of reflection (Shafer, 1985): in the shade it fades with the light, and in highlights, which
mirror the lamp, it gives way to white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.operations.color_space import hex_to_oklab, oklab_pixels, oklab_to_linear, oklab_to_pixels

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]

_COLORLESS, _COLORED = 0.025, 0.07
"""Mean OKLab chroma below which a thing counts as grey, and above which it has a colour of its own."""

_LIGHTNESS_PULL = 0.85
"""How far lightness follows a chromatic colour. Asking for white, grey or black is about lightness: all the way."""

_DARKEST, _LIGHTEST = 0.20, 0.93
"""Mean lightness stays in here, so that black still has folds and white has shadows."""

_VIVID = 0.165
"""OKLab chroma that paint and cloth reach in photos (measured: red cars and dresses 0.14 to 0.18; the screen's pure red
and blue, 0.26 and 0.31, are lamps). A thing that is more vivid than that already may stay so."""

_MATERIAL_CHROMA, _MATERIAL_PULL = 0.075, 0.35
"""The same, and the pull of lightness, for a natural material: tinted water and sky keep the light that is in them."""

_GREY_WISH = "#3d6fb4"
"""What a grey thing becomes when no colour is said: there is no hue to turn."""

_STRIP = 256


@dataclass(frozen=True)
class Appearance:
    """What colour a thing has now: median lightness, mean chroma (of the mean colour), hue (a unit vector), and the
    chroma that a tenth of it exceeds."""

    lightness: float
    chroma: float
    hue: tuple[float, float]
    most_chroma: float = 0.0


def recolored(pixels: Pixels, mask: Floats | None, color: str | None, strength: float, *, tint: bool = False) -> Pixels:
    """H×W×3 uint8 → the same with its thing in another colour.

    mask      H×W float32 in 0..1, where the thing is (None: everywhere); it only says what is measured
    color     `#rrggbb`; None turns the hue by half a circle (a grey thing becomes blue)
    strength  0..1: how far the colours go there, in OKLab
    tint      the thing is a material that keeps its own light (water, sky): chroma is held down, lightness mostly stays
    """
    present = appearance(pixels, mask)
    if color is None and present.chroma < _COLORLESS:
        color = _GREY_WISH
    result = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], _STRIP):
        lab = oklab_pixels(np.ascontiguousarray(pixels[top : top + _STRIP]))
        wanted = _turned(lab) if color is None else _towards(lab, present, hex_to_oklab(color), tint)
        result[top : top + _STRIP] = oklab_to_pixels(lab + np.float32(strength) * (wanted - lab))
    return result


def appearance(pixels: Pixels, mask: Floats | None) -> Appearance:
    """Measured on up to some 250,000 pixels of the thing."""
    stride = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1] / 250_000)))
    sample = np.ascontiguousarray(pixels[::stride, ::stride])
    lab = oklab_pixels(sample).reshape(-1, 3)
    if mask is not None:
        inside = mask[::stride, ::stride].ravel() > 0.5
        lab = lab[inside] if inside.any() else lab
    a, b = (float(value) for value in lab[:, 1:].mean(axis=0))
    chroma = float(np.hypot(a, b))
    hue = (a / chroma, b / chroma) if chroma > 1e-6 else (1.0, 0.0)
    most = float(np.percentile(np.hypot(lab[:, 1], lab[:, 2]), 90))
    return Appearance(float(np.median(lab[:, 0])), chroma, hue, most)


def _turned(lab: Floats) -> Floats:
    """Half a turn of hue, lightness kept."""
    return lab * np.array([1.0, -1.0, -1.0], np.float32)


def _towards(lab: Floats, present: Appearance, color: Numbers, tint: bool) -> Floats:
    """H×W×3 OKLab in the wanted colour, at full strength."""
    chroma = float(np.hypot(color[1], color[2]))
    is_grey = chroma < _COLORLESS
    hue = (1.0, 0.0) if is_grey else (float(color[1]) / chroma, float(color[2]) / chroma)
    chroma = min(chroma, max(_MATERIAL_CHROMA if tint else _VIVID, present.most_chroma))
    pull = _MATERIAL_PULL if tint else 1.0 if is_grey else _LIGHTNESS_PULL
    middle = present.lightness + pull * (float(color[0]) - present.lightness)
    middle = min(max(middle, _DARKEST), _LIGHTEST)
    lightness = _relit(lab[:, :, 0], present.lightness, middle)
    along, across = _own_color(lab, present)
    # In the shade chroma falls with lightness; where the gamut ends (towards white and black) it ends too. A little
    # short of its very edge, where the channels clip and the folds of a pure red or blue would vanish.
    table = np.minimum(chroma * np.minimum(_LEVELS / max(middle, 1e-3), 1.15), 0.94 * gamut_limit(hue))
    reach = np.interp(lightness, _LEVELS, table).astype(np.float32)
    forward, sideways = along * reach, across * reach
    result = np.empty_like(lab)
    result[:, :, 0] = lightness
    result[:, :, 1] = forward * np.float32(hue[0]) - sideways * np.float32(hue[1])
    result[:, :, 2] = forward * np.float32(hue[1]) + sideways * np.float32(hue[0])
    return result


def _relit(lightness: Floats, present: float, wanted: float) -> Floats:
    """A monotone curve through (present, wanted) that keeps the local variation.

    Below, shading scales with the albedo: slope wanted / present, at most 1.25 so that the noise in dark cloth is not
    blown up. Above, the highlights of the lamp stay where they are: the slope that reaches (1, 1), but at least
    half of what it was, so that a light thing keeps its folds.
    """
    present = min(max(present, 0.02), 0.98)
    below = min(wanted / present, 1.25)
    above = min(max((1.0 - wanted) / (1.0 - present), 0.5), 1.6)
    offset = lightness - np.float32(present)
    curve = np.where(offset < 0, offset * np.float32(below), offset * np.float32(above)) + np.float32(wanted)
    return np.asarray(np.clip(curve, 0.0, 1.0), np.float32)


def _own_color(lab: Floats, present: Appearance) -> tuple[Floats, Floats]:
    """How much each pixel shows of the thing's own colour: (along, across) its hue, 1 being the mean.

    White lettering on a red shirt stays white: it shows nothing of the red. A grey thing has no colour to share
    out, so all of it is coloured evenly; that is also what keeps chroma noise from being blown up.
    """
    share = float(np.clip((present.chroma - _COLORLESS) / (_COLORED - _COLORLESS), 0.0, 1.0))
    scale = np.float32(1.0 / max(present.chroma, _COLORLESS))
    a, b = lab[:, :, 1] * scale, lab[:, :, 2] * scale
    along = np.clip(a * np.float32(present.hue[0]) + b * np.float32(present.hue[1]), 0.0, 1.4)
    across = np.clip(b * np.float32(present.hue[0]) - a * np.float32(present.hue[1]), -1.0, 1.0) * np.float32(0.35)
    even = np.float32(1.0 - share)
    return even + np.float32(share) * along, np.float32(share) * across


_LEVELS: Numbers = np.linspace(0.0, 1.0, 129)


def gamut_limit(hue: tuple[float, float]) -> Numbers:
    """The largest chroma that sRGB can show of a hue (a unit vector (a, b)), at each of 129 lightnesses in 0..1."""
    low, high = np.zeros_like(_LEVELS), np.full_like(_LEVELS, 0.4)
    for _ in range(14):
        middle = (low + high) / 2
        lab = np.stack([_LEVELS, middle * hue[0], middle * hue[1]], axis=-1)
        linear = oklab_to_linear(lab)
        shown = ((linear >= -1e-4) & (linear <= 1.0001)).all(axis=-1)
        low, high = np.where(shown, middle, low), np.where(shown, high, middle)
    return low
