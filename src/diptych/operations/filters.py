"""Filters: each pixel from its neighbourhood. With a region they compute its box and the margin they need.

Radii scale with the picture, so that the same words look the same on a phone photo and on its thumbnail.
Alpha stays as it is, except that pixelate averages it too; colours under transparent pixels never bleed.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from diptych.core.operation import Blur, Dehaze, Denoise, Grain, Pixelate, Sharpness, Vignette
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import blurring
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.dither import round_dithered
from diptych.operations.haze import dehaze_pixels
from diptych.operations.networks import CALM, CLEANER_STRIDE, FINE, Damage, cleaned, cleaner_name, gauged
from diptych.operations.premultiplied import AnyPixels, premultiply, unpremultiply
from diptych.operations.sharpening import sharpen_pixels, softness
from diptych.operations.window import in_window, with_color
from diptych.runtime import Weights

_STRIP = 256


def sharpness(picture: Picture, operation: Sharpness, region: Region | None, context: Context) -> Change:
    """Unsharp mask on luma with limited halos; negative softens. None sharpens as much as the picture is soft."""
    short = min(picture.width, picture.height)
    amount = operation.amount
    if amount is None:
        amount = 0.25 + 0.5 * softness(_seen(picture, region))
    if amount < 0:
        sigma = -amount * 0.006 * short
        return Change(_blurred(picture, region, math.ceil(3 * sigma), lambda p: blurring.gaussian(p, sigma)))
    radius = 0.7 + short / 4000
    margin = math.ceil(6 * radius) + 2
    return Change(
        in_window(picture, region, margin, lambda p: with_color(p, lambda c: sharpen_pixels(c, amount, radius)))
    )


def blur(picture: Picture, operation: Blur, region: Region | None, context: Context) -> Change:
    """Gaussian, bokeh (disc), motion (sideways) or zoom (towards the middle).

    `strength` s is a radius of s^1.3 · 10 % of the shorter side (0.3: 2 %); `radius` says it outright. It is the
    radius of the disc, twice the Gaussian's sigma, half the way of a motion.
    """
    short = min(picture.width, picture.height)
    if operation.radius is not None:
        radius = float(operation.radius.in_pixels(picture.width, picture.height))
    else:
        radius = 0.1 * operation.strength**1.3 * short
    if operation.style == "gaussian":
        return Change(_blurred(picture, region, math.ceil(1.5 * radius), lambda p: blurring.gaussian(p, radius / 2)))
    if operation.style == "bokeh":
        return Change(_blurred(picture, region, math.ceil(radius) + 1, lambda p: blurring.bokeh(p, radius)))
    if operation.style == "motion":
        return Change(_blurred(picture, region, math.ceil(radius) + 1, lambda p: blurring.motion(p, 2 * radius)))
    reach = 4 * radius / short
    return Change(_blurred(picture, region, math.ceil(radius) + 1, lambda p: blurring.zoom(p, reach)))


def denoise(picture: Picture, operation: Denoise, region: Region | None, context: Context) -> Change:
    """Noise, or JPEG's marks, taken off by a network: as much as is measured, or as `operation` says.

    A strength s takes off noise of at least 25 s levels, or compression of quality 100 - 90 s. Where there is nothing
    to take off (or 0 is asked for) the picture stays as it is, bytes and all.
    """
    weights = context.weights
    damage = _damage(operation, np.ascontiguousarray(_seen(picture, region)), weights)
    if damage == Damage():
        return Change(picture.pixels.copy(), engine=cleaner_name(weights))

    def work(color: Pixels) -> Pixels:
        return cleaned(np.ascontiguousarray(color), weights, sigma=damage.sigma, quality=damage.quality)[0]

    margin = weights.manifest["configs"]["cleaner"]["reach"]
    pixels = in_window(picture, region, margin, lambda p: with_color(p, work), CLEANER_STRIDE)
    return Change(pixels, engine=cleaner_name(weights))


def _damage(operation: Denoise, seen: Pixels, weights: Weights) -> Damage:
    """What is to be taken off, by what is said and by what the pixels show."""
    said, strength = operation.quality, operation.strength
    if operation.kind == "compression":
        if said is None and strength is not None:
            said = round(100 - 90 * strength)
        quality = float(said) if said is not None else _marked(gauged(seen, weights))
        return Damage(operation.sigma or 0.0, quality)
    quality = 100.0 if said is None else float(said)
    if operation.sigma is not None:
        return Damage(operation.sigma, quality)
    if strength == 0.0:
        return Damage(0.0, quality)
    found = gauged(seen, weights)
    if strength is not None:
        return Damage(strength * max(25.0, 1.5 * found.sigma), quality)
    if found.sigma <= CALM:
        return Damage(0.0, quality)
    return Damage(found.sigma, found.quality if said is None else quality)


def _marked(found: Damage) -> float:
    """The quality of JPEG that shows; 100 where it is so good that it leaves no marks."""
    return found.quality if found.quality < FINE else 100.0


def dehaze(picture: Picture, operation: Dehaze, region: Region | None, context: Context) -> Change:
    """Dark channel prior; measured in the region alone when there is one."""
    return Change(
        in_window(picture, region, 0, lambda p: with_color(p, lambda c: dehaze_pixels(c, operation.strength)))
    )


def pixelate(picture: Picture, operation: Pixelate, region: Region | None, context: Context) -> Change:
    """Squares of one colour, the mean of what they hide (at least 2 pixels wide), from the box's top left."""
    size = max(operation.size.in_pixels(picture.width, picture.height), 2)
    return Change(in_window(picture, region, 0, lambda p: _pixelated(p, size)))


def vignette(picture: Picture, operation: Vignette, region: Region | None, context: Context) -> Change:
    """Darkens (negative: lightens) towards the corners of the frame, or of the region's box; dithered."""
    amount = operation.amount
    return Change(in_window(picture, region, 0, lambda p: with_color(p, lambda c: _vignetted(c, amount))))


def grain(picture: Picture, operation: Grain, region: Region | None, context: Context) -> Change:
    """Film grain on luma: Gaussian, slightly clumped, strongest in the mid-tones as in a silver print."""
    short = min(picture.width, picture.height)
    rng = context.rng()
    clump = short / 2000
    strength = operation.strength
    pixels = in_window(picture, region, 0, lambda p: with_color(p, lambda c: _grained(c, strength, clump, rng)))
    return Change(pixels, seeded=True)


def _seen(picture: Picture, region: Region | None) -> Pixels:
    if region is None or region.is_empty:
        return picture.rgb
    x0, y0, x1, y1 = region.box
    return picture.rgb[y0:y1, x0:x1]


def _blurred(picture: Picture, region: Region | None, margin: int, average: blurring.Average) -> Pixels:
    """Average the colours as they show; the outline (alpha) stays."""

    def work(pixels: Pixels) -> Pixels:
        if pixels.shape[2] == 3:
            return round_dithered(average(pixels.astype(np.float32)))
        mean = average(premultiply(pixels))
        return np.dstack([unpremultiply(mean)[:, :, :3], pixels[:, :, 3]])

    return in_window(picture, region, margin, work)


def _pixelated(pixels: Pixels, size: int) -> Pixels:
    height, width, channels = pixels.shape
    down, right = -height % size, -width % size
    source: AnyPixels = premultiply(pixels) if channels == 4 else pixels
    padded = cv2.copyMakeBorder(source, 0, down, 0, right, cv2.BORDER_REPLICATE)
    blocks = ((width + right) // size, (height + down) // size)
    means = cv2.resize(padded, blocks, interpolation=cv2.INTER_AREA).reshape(blocks[1], blocks[0], channels)
    colors = unpremultiply(np.asarray(means, np.float32)) if channels == 4 else means
    large = cv2.resize(colors, (width + right, height + down), interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(large[:height, :width], dtype=np.uint8)


def _vignetted(pixels: Pixels, amount: float) -> Pixels:
    """Gain 1 - |amount| · s(r), with r the distance from the middle (1 at the corners) and s a smooth step of r.

    Darkening multiplies; lightening does the same to the distance from white.
    """
    height, width = pixels.shape[:2]
    x = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    y = (np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1
    result: Pixels = np.empty_like(pixels)
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        radius = np.sqrt((x[None, :] ** 2 + y[rows, None] ** 2) * 0.5)
        ramp = np.clip((radius - 0.3) / 0.75, 0.0, 1.0)
        fall = ramp * ramp * (3.0 - 2.0 * ramp)
        gain = (1.0 - abs(amount) * fall)[:, :, None]
        strip = pixels[rows].astype(np.float32)
        shaded = strip * gain if amount >= 0 else 255.0 - (255.0 - strip) * gain
        result[rows] = round_dithered(shaded, top)
    return result


def _grained(pixels: Pixels, strength: float, clump: float, rng: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    speckle = rng.standard_normal((height, width), dtype=np.float32)
    if clump > 0.3:
        sigma = 0.6 * clump
        speckle = np.asarray(cv2.GaussianBlur(speckle, (0, 0), sigma), np.float32)
        speckle /= max(float(speckle.std()), 1e-6)
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    level = np.arange(256) / 255
    response = (0.35 + 2.6 * level * (1 - level)) * 38.0 * strength
    speckle *= cv2.LUT(luma, response.astype(np.float32).reshape(1, 256))
    offset = cv2.cvtColor(speckle, cv2.COLOR_GRAY2RGB)
    grained = np.asarray(cv2.add(pixels, offset, dtype=cv2.CV_8U), np.uint8)
    return grained
