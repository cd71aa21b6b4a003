"""Restoring: an old, noisy, faded or scratched photo made presentable."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, TargetNotFound
from diptych.core.operation import Fill, Restore
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.inpaint import engine, fill
from diptych.operations.networks import Damage, cleaned, cleaner_name, gauged
from diptych.operations.scratches import find_scratches
from diptych.operations.sharpening import sharpen_pixels, softness
from diptych.operations.window import widened, with_color
from diptych.runtime import Weights

_LARGEST_DAMAGE = 0.05
"""Share of the picture up to which a region counts as damage to be filled in, not as a part to be restored."""
_CLASSICAL = "classical restoration"


def restore(picture: Picture, operation: Restore, region: Region | None, context: Context) -> Change:
    """Restoration, each part as strong as the picture needs it, times `strength` (None: 1).

    Scratches filled, where they are asked for; noise and compression as they are measured (or noise of `sigma`) taken
    off by a network; levels and colour cast, where the picture has faded; mild local contrast; and sharpening by the
    measured softness. A region of at most 5 % of the picture (a scratch, a tear, a stain) is filled in from around it
    instead. With strength 0 nothing but the scratches is touched; raises TargetNotFound when there are none.
    """
    strength = 1.0 if operation.strength is None else operation.strength
    if region is not None and not region.is_empty and region.area <= _LARGEST_DAMAGE and not operation.scratches:
        return _mended(picture, operation, region, context)
    if operation.scratches and strength == 0.0:
        return without_scratches(picture, region, context, operation.fill)
    engines = []
    color = np.ascontiguousarray(picture.rgb)
    if operation.scratches:
        scratched = _scratched(color, region)
        if scratched.any():
            color = fill(color, scratched, weights=context.weights, method=operation.fill, seed=context.seed)
            engines.append(engine(context.weights, operation.fill))
    color, damage = _cleaned(color, operation.sigma, strength, context.weights)
    if damage != Damage():
        engines.append(cleaner_name(context.weights))
    color = _finished(color, damage, strength)
    pixels = with_color(picture.pixels, lambda _: color)
    return Change(pixels, engine=", ".join([*engines, _CLASSICAL]))


def without_scratches(picture: Picture, region: Region | None, context: Context, method: Fill) -> Change:
    """The scratches filled from around them (those that the region touches), all else as it was.

    Raises TargetNotFound when there are none.
    """
    color = np.ascontiguousarray(picture.rgb)
    scratched = _scratched(color, region)
    if not scratched.any():
        raise TargetNotFound(
            Bilingual("No scratches were found in the picture.", "图片中没有找到划痕。"),
            Bilingual(
                "Mark them with --mask: white where they are, and say “remove it”.",
                "请用 --mask 标出它们（白色为划痕），再说“去掉它”。",
            ),
        )
    mended = fill(color, scratched, weights=context.weights, method=method, seed=context.seed)
    pixels = with_color(picture.pixels, lambda _: mended)
    touched = Region(scratched.astype(np.float32), "scratch")
    return Change(pixels, touched, engine(context.weights, method))


def _scratched(color: Pixels, region: Region | None) -> NDArray[np.bool_]:
    found = find_scratches(color)
    return found if region is None else found & (region.mask > 0)


def _mended(picture: Picture, operation: Restore, region: Region, context: Context) -> Change:
    x0, y0, x1, y1 = region.box
    margin = max(x1 - x0, y1 - y0) + 32
    left, top, right, bottom = widened(region.box, margin, picture.width, picture.height)
    pixels: Pixels = picture.pixels.copy()
    part = np.ascontiguousarray(picture.rgb[top:bottom, left:right])
    hole = region.mask[top:bottom, left:right] > 0
    pixels[top:bottom, left:right, :3] = fill(part, hole, weights=context.weights, method=operation.fill)
    return Change(pixels, engine=engine(context.weights, operation.fill))


def _cleaned(color: Pixels, sigma: float | None, strength: float, weights: Weights) -> tuple[Pixels, Damage]:
    """Without `strength` of the noise and compression that are measured, or of noise of `sigma`."""
    if sigma is not None:
        return cleaned(color, weights, sigma=strength * sigma, quality=100.0)
    damage = gauged(color, weights)
    if damage.is_slight:
        return color, Damage()
    return cleaned(color, weights, sigma=strength * damage.sigma, quality=100 - strength * (100 - damage.quality))


def _finished(color: Pixels, damage: Damage, strength: float) -> Pixels:
    """The classical part: levels, local contrast, sharpness."""
    contrasted = _with_local_contrast(_leveled(color, strength), 0.35 * strength)
    lack = softness(contrasted)
    amount = strength * (0.08 + 0.4 * lack) / (1 + damage.sigma / 12)
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
