"""Taking haze off: the dark channel prior (He, Sun & Tang, CVPR 2009), refined by the guided filter (2010)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.operations.dither import round_dithered
from diptych.operations.guided import guided_filter

_WORKING_SIDE = 600
_THINNEST = 0.12
_STRIP = 256
_CLEAR_AIR = 0.3
"""Share of the strength that is left in clear air, where the prior would take bright plain things for haze."""


def dehaze_pixels(pixels: Pixels, strength: float) -> Pixels:
    """An H×W×3 picture without its haze; `strength` 0..1 is the share of the haze that goes.

    Haze mixes each colour J with the airlight A:  I = J t + A (1 - t).  In a clear patch some channel of some
    pixel is dark, so  t = 1 - strength · 0.95 · min over patch and channels of I/A;  then  J = (I - A)/t + A.
    A and t are measured on a small picture; t is refined at full size along the picture's edges. Where little haze
    is measured little is taken off, and the picture's balance of colours stays what it was.
    """
    small = _shrunk(pixels)
    airlight = _airlight(small)
    haze = haziness(small)
    strength *= _CLEAR_AIR + (1.0 - _CLEAR_AIR) * haze
    patch = np.ones((15, 15), np.uint8)
    dark = cv2.erode((small / airlight).min(axis=2), patch, borderType=cv2.BORDER_REFLECT)
    rough = 1.0 - 0.95 * strength * np.clip(dark, 0.0, 1.0)
    gray = small.mean(axis=2)
    refined = guided_filter(gray, rough.astype(np.float32), 30, 1e-3)
    height, width = pixels.shape[:2]
    clear: Pixels = np.empty_like(pixels)
    # Bright flat sky has no dark channel at all; the prior would turn it into noise, so t has a floor.
    floor = _THINNEST + (1.0 - strength) * 0.2
    transmission = cv2.resize(refined, (width, height), interpolation=cv2.INTER_CUBIC)
    gain = _exposure(small, refined, airlight, floor)
    balance = _balance(small, refined, airlight, floor)
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        t = np.clip(transmission[rows], floor, 1.0)[:, :, None]
        hazy = pixels[rows] * np.float32(1 / 255)
        haze_free = _calmed(((hazy - airlight) / t + airlight) * balance, hazy, np.float32(1.25 + 1.25 * haze))
        clear[rows] = round_dithered((np.clip(haze_free, 0.0, 1.0) ** gain * 255.0).astype(np.float32), top)
    return clear


def _shrunk(pixels: Pixels) -> NDArray[np.float32]:
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small: NDArray[np.float32] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    return small


def _airlight(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean colour of the haziest 0.1 % (those whose neighbourhood has the brightest dark channel)."""
    dark = cv2.erode(small.min(axis=2), np.ones((15, 15), np.uint8), borderType=cv2.BORDER_REFLECT)
    count = max(dark.size // 1000, 1)
    haziest = np.argpartition(dark.ravel(), -count)[-count:]
    color = small.reshape(-1, 3)[haziest].mean(axis=0)
    return np.asarray(np.clip(color, 0.35, 1.0), np.float32)


def haziness(small: NDArray[np.float32]) -> float:
    """0 in clear air, 1 in haze, of an H×W×3 picture in 0..1.

    Haze lifts every shadow; in clear air something is near black, however bright the rest (a snow field). Measured on
    the dark channel's second percentile: 0 to 0.03 in most clear photos, 0.13 in a pale print, 0.2 and more in fog.
    """
    dark = cv2.erode(small.min(axis=2), np.ones((7, 7), np.uint8), borderType=cv2.BORDER_REFLECT)
    return float(np.clip((np.percentile(dark, 2) - 0.06) / 0.14, 0.0, 1.0))


def _calmed(clear: NDArray[np.float32], hazy: NDArray[np.float32], most: np.float32) -> NDArray[np.float32]:
    """`clear` with colours at most `most` times as strong as in `hazy` (largest less smallest channel)."""
    strong, was = (
        cv2.max(cv2.max(r, g), b) - cv2.min(cv2.min(r, g), b) for r, g, b in (cv2.split(clear), cv2.split(hazy))
    )
    share = np.minimum((most * was + np.float32(0.02)) / np.maximum(strong, np.float32(1e-3)), 1.0)[:, :, None]
    gray = clear.mean(axis=2, keepdims=True)
    return np.asarray(gray + (clear - gray) * share, np.float32)


def _balance(
    small: NDArray[np.float32], transmission: NDArray[np.float32], airlight: NDArray[np.float32], floor: float
) -> NDArray[np.float32]:
    """Gains of the channels that give the means of R, G and B the ratios back that they had.

    Dividing by t amplifies a cast as it does the picture: a snow field a little blue would come out violet.
    """
    t = np.clip(transmission, floor, 1.0)[:, :, None]
    clear = np.clip((small - airlight) / t + airlight, 0.0, 1.0).reshape(-1, 3).mean(axis=0)
    ratio = small.reshape(-1, 3).mean(axis=0) / np.maximum(clear, 1e-3)
    return np.asarray(np.clip(ratio / ratio.mean(), 0.6, 1.6), np.float32)


def _exposure(
    small: NDArray[np.float32], transmission: NDArray[np.float32], airlight: NDArray[np.float32], floor: float
) -> float:
    """The exponent that gives back part of the brightness that went with the haze (two thirds of the median's loss)."""
    t = np.clip(transmission, floor, 1.0)[:, :, None]
    after = float(np.median(np.clip((small - airlight) / t + airlight, 0.02, 1.0).mean(axis=2)))
    before = float(np.median(small.mean(axis=2)))
    if after >= before or before <= 0.02:
        return 1.0
    wanted = min(after ** (1 / 3) * before ** (2 / 3), 0.5)
    return float(np.clip(np.log(wanted) / np.log(min(after, 0.98)), 0.6, 1.0))
