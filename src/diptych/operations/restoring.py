"""Restoring: an old, noisy or damaged photo made presentable; and enlarging."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.core.operation import Restore, Upscale
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.noise import denoise_pixels, estimate_sigma
from diptych.operations.resampling import check_size, resize_pixels
from diptych.operations.sharpening import sharpen_pixels, softness
from diptych.operations.window import widened, with_color

_LARGEST_DAMAGE = 0.05
"""Share of the picture up to which a region counts as damage to be filled in, not as a part to be restored."""


def restore(picture: Picture, operation: Restore, region: Region | None, context: Context) -> Change:
    """Classical restoration, each part as strong as the picture needs it, times `strength` (None: 1).

    Denoise by the measured noise; levels and colour cast, where the picture has faded; mild local contrast; and
    sharpening by the measured softness. A region of at most 5 % of the picture (a scratch, a tear, a stain) is
    filled in from around it instead. It can't invent a detail that is lost.
    """
    strength = 1.0 if operation.strength is None else operation.strength
    if region is not None and not region.is_empty and region.area <= _LARGEST_DAMAGE:
        return _mended(picture, region)
    pixels = with_color(picture.pixels, lambda color: _restored(color, strength))
    return Change(pixels, engine="classical restoration")


def upscale(picture: Picture, operation: Upscale, region: Region | None, context: Context) -> Change:
    """`factor` times as many pixels a side: Lanczos, then two rounds of back-projection (Irani & Peleg, 1991).

    Each round shrinks the result, compares it with the source and adds what is missing, enlarged. No detail is
    invented. Raises Unsupported above 300 megapixels.
    """
    width = max(round(picture.width * operation.factor), 1)
    height = max(round(picture.height * operation.factor), 1)
    check_size(width, height)
    large = resize_pixels(picture.pixels, width, height)
    if min(picture.width, picture.height) < 8 or picture.has_alpha:
        return Change(large, engine="lanczos")
    return Change(_back_projected(picture.pixels, large), engine="lanczos, back-projected")


def _back_projected(source: Pixels, large: Pixels) -> Pixels:
    height, width = source.shape[:2]
    size = (large.shape[1], large.shape[0])
    result = large
    for _ in range(2):
        again = cv2.resize(result, (width, height), interpolation=cv2.INTER_AREA)
        missing = cv2.subtract(source, again, dtype=cv2.CV_16S)
        enlarged = cv2.resize(missing, size, interpolation=cv2.INTER_CUBIC)
        result = np.asarray(cv2.add(result, enlarged, dtype=cv2.CV_8U), np.uint8)
    return result


def _mended(picture: Picture, region: Region) -> Change:
    from diptych.operations.inpaint import fill

    x0, y0, x1, y1 = region.box
    margin = max(x1 - x0, y1 - y0) + 32
    left, top, right, bottom = widened(region.box, margin, picture.width, picture.height)
    pixels: Pixels = picture.pixels.copy()
    part = np.ascontiguousarray(picture.rgb[top:bottom, left:right])
    pixels[top:bottom, left:right, :3] = fill(part, region.mask[top:bottom, left:right] > 0)
    return Change(pixels, engine="inpaint")


def _restored(color: Pixels, strength: float) -> Pixels:
    sigma = estimate_sigma(color)
    # Below a level and a half, noise is what a sensor or a JPEG leaves in a good photo.
    clean = denoise_pixels(color, strength * sigma) if sigma > 1.5 else color
    leveled = _leveled(clean, strength)
    contrasted = _with_local_contrast(leveled, 0.35 * strength)
    lack = softness(contrasted)
    amount = strength * (0.08 + 0.4 * lack) / (1 + sigma / 12)
    return sharpen_pixels(contrasted, amount, 0.8 + min(color.shape[:2]) / 3000)


def _leveled(color: Pixels, strength: float) -> Pixels:
    """Each channel's 0.4 and 99.6 percentiles to black and white: fully where the channels agree (faded contrast),
    half-way where they differ (a cast, which may be the light of the scene), and never by more than a factor of 2."""
    samples = color[::4, ::4].reshape(-1, 3)
    low, high = np.percentile(samples, [0.4, 99.6], axis=0)
    low = 0.5 * low + 0.5 * low.min()
    high = 0.5 * high + 0.5 * high.max()
    span = np.maximum(high - low, 127.5)
    low = np.minimum(low, 255.0 - span)
    values = np.arange(256, dtype=np.float64)[:, None]
    stretched = np.clip((values - low) * 255.0 / span, 0, 255)
    table = np.rint(values + strength * (stretched - values)).astype(np.uint8)
    leveled = np.asarray(cv2.LUT(color, np.ascontiguousarray(table.reshape(1, 256, 3))), np.uint8)
    return leveled


def _with_local_contrast(color: Pixels, share: float) -> Pixels:
    """`share` of the way to contrast-limited adaptive equalisation of luma (Zuiderveld, 1994); hues stay."""
    luma = np.asarray(cv2.cvtColor(color, cv2.COLOR_RGB2GRAY), np.uint8)
    equalised = cv2.createCLAHE(clipLimit=1.6, tileGridSize=(6, 6)).apply(luma)
    offset = cv2.cvtColor(cv2.subtract(equalised, luma, dtype=cv2.CV_32F) * np.float32(share), cv2.COLOR_GRAY2RGB)
    contrasted = np.asarray(cv2.add(color, offset, dtype=cv2.CV_8U), np.uint8)
    return contrasted
