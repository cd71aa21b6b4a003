"""Weather and light drawn over a whole picture: snow, rain, fog, a rainbow, lens flare, sunbeams, confetti."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.change import Pixels
from diptych.operations.fractal import fractal_noise
from diptych.operations.reduced import Drawing, reduced

Floats = NDArray[np.float32]
_SOFT_SIDE = 1024
"""Soft layers are computed at most this large and enlarged: they have no finer detail."""


def can_overlay(noun: str) -> bool:
    return noun in _LAYERS


def overlays() -> tuple[str, ...]:
    """The nouns that `overlay` knows."""
    return tuple(_LAYERS)


def overlay(noun: str, width: int, height: int, rng: np.random.Generator) -> Pixels:
    """H×W×4 uint8 with straight alpha, to be laid over a picture."""
    return _LAYERS[noun](width, height, rng)


def _layer(alpha: Floats, color: tuple[int, int, int] | Pixels = (255, 255, 255)) -> Pixels:
    """alpha H×W 0..1 and one colour, or a colour for each pixel."""
    pixels = np.empty((*alpha.shape, 4), np.uint8)
    pixels[:, :, :3] = color
    pixels[:, :, 3] = np.rint(np.clip(alpha, 0.0, 1.0) * 255.0)
    return pixels


def _soft(draw: Drawing) -> Drawing:
    return reduced(draw, _SOFT_SIDE)


def _snow(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Three depths of flakes: many small sharp ones far away, few large blurred ones near the lens."""
    shorter = min(width, height)
    alpha = np.zeros((height, width), np.uint8)
    for count, radius, blur, opacity in (
        (900, 0.0016, 0.0006, 190),
        (260, 0.0032, 0.0012, 215),
        (45, 0.008, 0.005, 150),
    ):
        flakes = np.zeros_like(alpha)
        number = max(1, round(count * width * height / shorter**2 / 1.5))
        places = rng.random((number, 2)) * (width, height)
        sizes = radius * shorter * rng.uniform(0.6, 1.5, number)
        for (x, y), size in zip(places, sizes, strict=True):
            cv2.circle(flakes, (round(x * 16), round(y * 16)), max(round(size * 16), 8), opacity, -1, cv2.LINE_AA, 4)
        alpha = np.maximum(alpha, np.asarray(cv2.GaussianBlur(flakes, (0, 0), max(blur * shorter, 0.4)), np.uint8))
    return _layer(alpha.astype(np.float32) / 255.0)


def _rain(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Streaks that the exposure made of falling drops, all but parallel, in two depths."""
    shorter = min(width, height)
    alpha = np.zeros((height, width), np.float32)
    slant = 0.18
    for count, length, thickness, opacity in ((700, 0.05, 0.0014, 0.22), (220, 0.1, 0.0026, 0.3)):
        streaks = np.zeros((height, width), np.uint8)
        number = max(1, round(count * width * height / shorter**2 / 1.5))
        starts = rng.random((number, 2)) * (width * 1.2, height * 1.2) - (0.1 * width, 0.2 * height)
        lengths = length * shorter * rng.uniform(0.5, 1.4, number)
        for (x, y), size in zip(starts, lengths, strict=True):
            ends = [(round(px * 16), round(py * 16)) for px, py in ((x, y), (x - slant * size, y + size))]
            cv2.line(streaks, ends[0], ends[1], 255, max(round(thickness * shorter), 1), cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(streaks, (0, 0), max(0.0007 * shorter, 0.4))
        alpha = np.maximum(alpha, soft.astype(np.float32) * np.float32(opacity / 255.0))
    return _layer(alpha, (225, 232, 240))


def _fog(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Drifting banks, thickest at the height of the horizon."""
    banks = fractal_noise(width, height, rng, scale=0.6, octaves=5, stretch=2.2)
    y = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    horizon = np.exp(-(((y - 0.5) / 0.38) ** 2))
    return _layer((0.25 + 0.5 * horizon) * (0.55 + 0.45 * banks), (226, 230, 234))


def _rainbow(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """The primary bow, red outside, as a spectrum over 8 % of its radius; it fades towards its feet."""
    radius = 0.62 * width
    x = np.arange(width, dtype=np.float32)[None, :] - width / 2
    y = np.arange(height, dtype=np.float32)[:, None] - (0.12 * height + radius)
    band = (radius - np.hypot(x, y)) / (0.08 * radius)
    inside = (band >= 0.0) & (band <= 1.0)
    hue = np.clip(band * 140.0, 0.0, 140.0).astype(np.uint8)
    full = np.full_like(hue, 255)
    colors = cv2.cvtColor(np.dstack([hue, full, full]), cv2.COLOR_HSV2RGB)
    edge = np.clip(6.0 * np.minimum(band, 1.0 - band), 0.0, 1.0)
    fade = np.clip(1.15 - np.arange(height, dtype=np.float32)[:, None] / (0.85 * height), 0.0, 1.0)
    return _layer(np.where(inside, 0.5 * edge * fade, 0.0).astype(np.float32), np.asarray(colors, np.uint8))


def _lens_flare(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """The lamp's glow and star at the upper right, and its ghosts along the line through the middle of the frame."""
    shorter = min(width, height)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    lamp, middle = np.array([0.8 * width, 0.18 * height]), np.array([width / 2, height / 2])
    distance = np.hypot(x - lamp[0], y - lamp[1]) / shorter
    angle = np.arctan2(y - lamp[1], x - lamp[0])
    star = np.abs(np.cos(4 * angle)) ** 40 * np.exp(-distance / 0.12)
    alpha = np.exp(-((distance / 0.045) ** 2)) + 0.75 * np.exp(-distance / 0.13) + 0.5 * star
    color = np.empty((height, width, 3), np.float32)
    color[:] = (255.0, 240.0, 214.0)
    ghosts = ((0.55, 0.035, (255, 190, 120)), (0.85, 0.02, (170, 230, 255)), (1.25, 0.06, (140, 255, 190)),
              (1.55, 0.03, (255, 150, 190)), (1.85, 0.1, (160, 180, 255)))  # fmt: skip
    for along, size, tone in ghosts:
        at = lamp + along * (middle - lamp)
        disc = np.clip((size - np.hypot(x - at[0], y - at[1]) / shorter) / 0.006, 0.0, 1.0) * 0.16
        color += (np.array(tone, np.float32) - color) * (disc / np.maximum(disc + alpha, 1e-6))[:, :, None]
        alpha = alpha + disc * (1.0 - np.minimum(alpha, 1.0))
    return _layer(alpha.astype(np.float32), np.clip(color, 0, 255).astype(np.uint8))


def _sunbeam(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Shafts of light that fan out from beyond the top left corner."""
    x = np.arange(width, dtype=np.float32)[None, :] + 0.12 * width
    y = np.arange(height, dtype=np.float32)[:, None] + 0.2 * height
    angle = np.arctan2(y, x)
    profile = cv2.GaussianBlur(rng.random((1, 256)).astype(np.float32), (0, 0), 4.0).ravel()
    profile = np.clip((profile - profile.mean()) / max(float(profile.std()), 1e-6) * 0.5 + 0.35, 0.0, 1.0)
    shafts = np.interp(angle, np.linspace(0, np.pi / 2, 256), profile)
    reach = np.exp(-np.hypot(x / width, y / height) * 1.3)
    return _layer((0.95 * shafts * reach).astype(np.float32), (255, 236, 190))


def _confetti(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Turned paper rectangles in six bright colours."""
    palette = ((229, 57, 53), (253, 216, 53), (67, 160, 71), (30, 136, 229), (142, 36, 170), (255, 112, 67))
    shorter = min(width, height)
    layer = np.zeros((height, width, 4), np.uint8)
    for _ in range(max(1, round(220 * width * height / shorter**2 / 1.5))):
        centre = (float(rng.uniform(0, width)), float(rng.uniform(0, height)))
        size = (float(rng.uniform(0.006, 0.014) * shorter), float(rng.uniform(0.004, 0.02) * shorter))
        corners = cv2.boxPoints((centre, size, float(rng.uniform(0, 180))))
        tone = palette[int(rng.integers(len(palette)))]
        cv2.fillConvexPoly(layer, np.rint(corners * 16).astype(np.int32), (*tone, 255), cv2.LINE_AA, 4)
    return layer


_LAYERS: Mapping[str, Drawing] = {
    "snow": _snow,
    "rain": _rain,
    "raindrop": _rain,
    "fog": _soft(_fog),
    "haze": _soft(_fog),
    "rainbow": _soft(_rainbow),
    "lens flare": _soft(_lens_flare),
    "sun flare": _soft(_lens_flare),
    "glare": _soft(_lens_flare),
    "sunbeam": _soft(_sunbeam),
    "sunlight": _soft(_sunbeam),
    "confetti": _confetti,
}
