"""Automatic amounts: how much of a tone or colour step a picture needs, measured on a sample of its pixels.

A sample is (N, 3) float encoded sRGB in 0..1, as `sample_pixels` takes it. All measures are deterministic, and
all amounts are bounded: an automatic step mends a picture, it does not make it another one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from diptych.operations import color, tone
from diptych.operations.chain import Chain, evaluate
from diptych.operations.color_space import LUMINANCE, Floats, decode, encode, srgb_to_oklab

SAMPLE_SIDE = 144

WELL_EXPOSED = 0.47  # mean encoded luminance of a well exposed photo
LIVELY = 0.085  # mean OKLab chroma of a photo with natural, full colour
FULL_RANGE = 0.24  # standard deviation of encoded luminance at full contrast
CUT = 0.4  # per cent of the pixels that a percentile stretch may clip at either end


def sample_pixels(rgb: NDArray[np.uint8], mask: NDArray[np.float32] | None = None) -> Floats:
    """About 144×144 pixels at most, on an even grid; of those under `mask` (H×W, more than a half), where given.

    A mask that covers nothing of the grid is not looked at.
    """
    step = max(1, math.ceil(math.sqrt(rgb.shape[0] * rgb.shape[1]) / SAMPLE_SIDE))
    grid = rgb[step // 2 :: step, step // 2 :: step]
    if mask is not None:
        chosen = grid[mask[step // 2 :: step, step // 2 :: step] > 0.5]
        if len(chosen):
            return chosen / 255.0
    if grid.size == 0:
        grid = rgb
    return grid.reshape(-1, 3) / 255.0


def brightness_amount(sample: Floats) -> float:
    """Brings the mean (of mean and median) luminance four fifths of the way to 0.47; -0.4..0.6."""
    lightness = luminance(sample)
    mean = float(np.clip((lightness.mean() + np.median(lightness)) / 2.0, 0.02, 0.98))
    # The brightness curve takes m to t where k = t(1 - m) / (m(1 - t)).
    k = WELL_EXPOSED * (1.0 - mean) / (mean * (1.0 - WELL_EXPOSED))
    return _bounded(0.8 * math.log(k) / tone.BRIGHTNESS_RATE, -0.4, 0.6)


def contrast_links(sample: Floats, strength: float = 1.0) -> Chain:
    """A stretch of the percentiles 0.4 and 99.6 to black and white, then an S-curve where the spread stays narrow.

    White is halfway between the percentiles of luminance and of the largest channel: a vivid sky must not clip
    for the sake of a picture without white. `strength` in 0..1 is how much of the stretch is done.
    """
    black, bright = (float(value) for value in np.percentile(luminance(sample), (CUT, 100.0 - CUT)))
    white = (bright + float(np.percentile(sample.max(axis=1), 100.0 - CUT))) / 2.0
    black, white = strength * min(black, 0.4), 1.0 - strength * (1.0 - max(white, 0.3))
    stretch = tone.levels(black, white) if black > 0.004 or white < 0.996 else ()
    spread = float(luminance(evaluate(stretch, sample)).std())
    curve = tone.contrast(strength * _bounded(0.6 * (FULL_RANGE / max(spread, 0.02) - 1.0), 0.0, 0.4))
    return (*stretch, *curve)


def shadows_amount(sample: Floats) -> float:
    """More the more of the picture lies in the dark fifth; 0.1..0.7."""
    return _bounded(0.1 + 0.9 * float((luminance(sample) < 0.2).mean()), 0.1, 0.7)


def highlights_amount(sample: Floats) -> float:
    """Negative (it brings them back): more the more of the picture lies in the bright fifth; -0.7..-0.1."""
    return _bounded(-0.1 - 0.9 * float((luminance(sample) > 0.8).mean()), -0.7, -0.1)


def saturation_amount(sample: Floats) -> float:
    """Brings the mean chroma (OKLab) towards 0.085; -0.3..0.45. A grey picture stays grey."""
    chroma = float(np.hypot(*srgb_to_oklab(sample)[:, 1:].T).mean())
    if chroma < 0.004:
        return 0.0
    return _bounded(0.7 * (LIVELY / chroma - 1.0), -0.3, 0.45)


def vibrance_amount(sample: Floats) -> float:
    """As for saturation, and never negative; 0..0.6."""
    return _bounded(1.3 * saturation_amount(sample), 0.0, 0.6)


def white_of(sample: Floats) -> Floats:
    """Linear RGB of what should be neutral, its largest channel 1: the colour of the light.

    Shades of grey (Finlayson & Trezzi 2004): the Minkowski mean of order 6, half grey world and half white patch.
    Clipped pixels say nothing of the light's colour, and vivid ones little.
    """
    linear = decode(sample)
    usable = (sample.max(axis=1) < 0.985) & (sample.max(axis=1) > 0.04)
    if usable.sum() < 16:
        return np.ones(3)
    chroma = np.hypot(*srgb_to_oklab(sample[usable])[:, 1:].T)
    weight = 1.0 / (1.0 + (chroma / 0.08) ** 2)
    mean = ((linear[usable] ** 6 * weight[:, None]).sum(axis=0) / weight.sum()) ** (1 / 6)
    return np.asarray(mean / mean.max())


def white_balance_links(sample: Floats, strength: float = 0.75) -> Chain:
    """Adaptation of the estimated white to neutral. `strength` below 1 keeps something of a light that is meant."""
    white = white_of(sample)
    # Beyond a ratio of 3 it is a coloured picture rather than a coloured light.
    return color.neutralize(np.maximum(white, 1.0 / 3.0), strength)


def is_toned(sample: Floats) -> bool:
    """One hue at every lightness (sepia, cyanotype, black and white): meant so, and not to be balanced away."""
    lab = srgb_to_oklab(sample)
    # In a toned picture a/L and b/L are the same everywhere, but for rounding in the dark.
    relative = lab[lab[:, 0] > 0.25, 1:] / lab[lab[:, 0] > 0.25, :1]
    return len(relative) < 16 or float(relative.std(axis=0).max()) < 0.02


def auto_enhance(sample: Floats, strength: float) -> Chain:
    """Some white balance (none for a toned picture), levels, brightness and a little vibrance, each measured after
    the one before."""
    if not strength:
        return ()
    links = () if is_toned(sample) else white_balance_links(sample, 0.4 * strength)
    links = (*links, *contrast_links(evaluate(links, sample), 0.9 * strength))
    # A bright scene is meant bright: darkening is left to those who ask for it.
    lift = max(brightness_amount(evaluate(links, sample)), -0.08)
    links = (*links, *tone.brightness(0.6 * strength * lift))
    return (*links, *color.vibrance(strength * (0.1 + 0.4 * vibrance_amount(evaluate(links, sample)))))


def luminance(encoded: Floats) -> Floats:
    """(N, 3) encoded sRGB → (N,) encoded luminance in 0..1."""
    return encode(decode(encoded) @ np.array(LUMINANCE))


def _bounded(amount: float, low: float, high: float) -> float:
    """Rounded to a hundredth, so that the figure in the certificate is the one that was used."""
    return round(min(max(amount, low), high), 2)
