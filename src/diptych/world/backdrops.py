"""Backgrounds of the Stickerbook: twelve places, three times of day, four kinds of weather, drawn by rule.

Flat shapes and soft gradients on purpose: the things in front are what a scene is about. The painters take a canvas of
SIDE pixels or of a multiple, and draw the same on it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from diptych.world.pen import SIDE, Color, arch, axis, box, disc, line, polygon, scale_of
from diptych.world.vocabulary import INDOORS

VARIANTS = 12
"""Each backdrop comes in this many variants: hills, waves and stars lie elsewhere."""

SKIES: dict[str, tuple[Color, Color]] = {
    "day": ((120, 190, 240), (214, 238, 252)),
    "sunset": ((96, 70, 140), (252, 160, 92)),
    "night": ((12, 16, 48), (44, 54, 104)),
}
LIGHT = {"day": (1.0, 1.0, 1.0), "sunset": (0.98, 0.78, 0.68), "night": (0.36, 0.40, 0.58)}
"""What falls on the ground: its colours are multiplied by this."""


@lru_cache(maxsize=2048)
def backdrop(place: str, time: str, weather: str, variant: int) -> np.ndarray:
    """SIDE×SIDE×3 uint8; read-only, the same for the same arguments."""
    result = large_backdrop(place, time, weather, variant, 1)
    result.setflags(write=False)
    return result


def large_backdrop(place: str, time: str, weather: str, variant: int, scale: int) -> np.ndarray:
    """The same at a multiple of the size: SIDE·scale × SIDE·scale × 3 uint8, painted anew at each call."""

    def chance(name: str) -> np.random.Generator:
        # Sky, ground and weather vary each by itself: the hills of a variant are the same by day and by night.
        return np.random.default_rng([hash_name(name), variant])

    if place in INDOORS:
        canvas = PAINTERS[place](np.zeros((SIDE * scale, SIDE * scale, 3), np.uint8), time, chance(place))
    else:
        canvas = PAINTERS[place](sky(time, chance(time), scale), time, chance(place))
        canvas = WEATHER_PAINTERS[weather](canvas, time, chance(weather))
    return np.clip(np.asarray(canvas, np.float32) + 0.5, 0, 255).astype(np.uint8)


def hash_name(name: str) -> int:
    """A small stable number of a name (Python's own hash differs from run to run)."""
    return int.from_bytes(name.encode()[:6], "little")


def gradient(top: Color, bottom: Color, scale: int) -> np.ndarray:
    """The whole canvas, uint8, from `top` to `bottom`. (OpenCV smooths edges on uint8 only.)"""
    small = np.linspace(0, 1, SIDE, dtype=np.float32)
    t = np.interp(axis(scale), np.arange(SIDE), small).astype(np.float32)[:, None, None]
    column = np.array(top, np.float32) * (1 - t) + np.array(bottom, np.float32) * t
    return np.repeat(column, SIDE * scale, axis=1).astype(np.uint8)


def sky(time: str, rng: np.random.Generator, scale: int) -> np.ndarray:
    canvas = gradient(*SKIES[time], scale)
    if time == "night":
        for x, y in rng.integers(2, SIDE - 2, (22, 2)):
            disc(canvas, int(x), int(y * 0.7), 1, (190, 196, 224))
    if time == "day":
        for _ in range(2):
            puff(canvas, int(rng.integers(10, 118)), int(rng.integers(8, 40)), (244, 250, 255))
    return canvas


def puff(canvas: np.ndarray, x: int, y: int, color: Color) -> None:
    for dx, dy, radius in ((-9, 2, 5), (0, 0, 8), (9, 2, 5)):
        disc(canvas, x + dx, y + dy, radius, color)


def lit(color: Color, time: str) -> Color:
    r, g, b = (float(c) * k for c, k in zip(color, LIGHT[time], strict=True))
    return int(r), int(g), int(b)


def ground(canvas: np.ndarray, color: Color, horizon: float, waves: float, rng: np.random.Generator) -> None:
    """Everything below a gently curved horizon (a fraction of the height) in `color`."""
    small = scale_of(canvas) == 1
    x = np.arange(SIDE) if small else np.arange(-1, SIDE + 1)
    phase, length = rng.uniform(0, 6.28), rng.uniform(60, 130)
    edge = SIDE * horizon + waves * np.sin(x / length * 6.28 + phase)
    shape = np.concatenate([np.stack([x, edge], 1), [[SIDE, SIDE + 5], [-1, SIDE + 5]]])
    # On the small canvas the curve goes in steps of a pixel; on large ones it is the smooth one that was meant.
    polygon(canvas, shape.round() if small else shape, color)


def plain(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    papers = {"day": (238, 234, 222), "sunset": (250, 190, 150), "night": (36, 42, 84)}
    shift = float(rng.uniform(-6, 6))
    canvas[:] = (np.array(papers[time]) + shift).astype(np.uint8)
    return canvas


def meadow(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((150, 206, 104), time), 0.42, 6, rng)
    ground(canvas, lit((116, 186, 80), time), 0.62, 5, rng)
    for x, y in rng.integers((4, 86), (124, 126), (10, 2)):
        line(canvas, (x, y), (x + 1, y - 5), lit((84, 150, 60), time))
    return canvas


def beach(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((60, 160, 206), time), 0.36, 0, rng)
    ground(canvas, lit((210, 240, 244), time), 0.55, 4, rng)
    ground(canvas, lit((240, 214, 156), time), 0.58, 4, rng)
    return canvas


def sea(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((70, 150, 210), time), 0.28, 0, rng)
    ground(canvas, lit((44, 120, 190), time), 0.5, 3, rng)
    ground(canvas, lit((28, 92, 164), time), 0.76, 3, rng)
    for x, y in rng.integers((8, 44), (112, 122), (9, 2)):
        arch(canvas, int(x), int(y), 6, 2, lit((160, 208, 240), time))
    return canvas


def desert(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((244, 200, 128), time), 0.45, 7, rng)
    ground(canvas, lit((228, 172, 96), time), 0.66, 8, rng)
    ground(canvas, lit((212, 150, 76), time), 0.86, 6, rng)
    return canvas


def snowfield(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((226, 236, 246), time), 0.48, 6, rng)
    ground(canvas, lit((244, 248, 254), time), 0.68, 6, rng)
    return canvas


def mountains(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    for x, peak, width, color in (
        (28, 26, 60, (140, 150, 172)),
        (92, 16, 70, (118, 130, 156)),
        (64, 44, 56, (98, 112, 138)),
    ):
        x, peak = x + int(rng.integers(-10, 11)), peak + int(rng.integers(-4, 5))
        snow_line = peak + (100 - peak) // 5
        polygon(canvas, [(x, peak), (x - width, 100), (x + width, 100)], lit(color, time))
        cap = [(x, peak), (x - width // 5, snow_line), (x + width // 5, snow_line)]
        polygon(canvas, cap, lit((244, 246, 250), time))
    ground(canvas, lit((126, 160, 110), time), 0.7, 3, rng)
    return canvas


def forest(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((66, 116, 70), time), 0.4, 4, rng)
    for x in range(-4, SIDE + 8, 14):
        height = int(rng.integers(34, 52))
        top = 74 - height
        color = lit((34, 96, 56) if (x // 14) % 2 else (48, 116, 64), time)
        polygon(canvas, [(x, top), (x - 10, 76), (x + 10, 76)], color)
    ground(canvas, lit((92, 132, 72), time), 0.58, 2, rng)
    return canvas


def city(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    window: Color = (255, 226, 130) if time == "night" else (206, 224, 236)
    x = -3
    while x < SIDE:
        width, top = int(rng.integers(14, 22)), int(rng.integers(18, 52))
        shade = int(rng.integers(0, 28))
        box(canvas, x, top, x + width - 2, 96, lit((142 + shade, 140 + shade, 152 + shade), time))
        for wy in range(top + 5, 90, 11):
            for wx in range(x + 3, x + width - 5, 6):
                box(canvas, wx, wy, wx + 2, wy + 4, window)
        x += width
    ground(canvas, lit((150, 152, 158), time), 0.75, 0, rng)
    return canvas


def road(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    ground(canvas, lit((140, 196, 110), time), 0.4, 3, rng)
    middle = 64 + int(rng.integers(-10, 11))
    lane = [(middle - 9, 52), (middle + 9, 52), (middle + 56, 130), (middle - 56, 130)]
    polygon(canvas, lane, lit((104, 106, 116), time))
    for top, bottom, half in ((58, 68, 1), (76, 92, 2), (102, 126, 3)):
        box(canvas, middle - half, top, middle + half, bottom, lit((246, 240, 214), time))
    return canvas


def room(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    del time
    canvas[:] = (np.array((242, 214, 190)) + rng.uniform(-8, 8)).astype(np.uint8)
    last = SIDE - 1
    box(canvas, 0, 88, last, last, (170, 116, 76))
    for y in (96, 106, 118):
        box(canvas, 0, y, last, y, (148, 98, 62))
    box(canvas, 0, 85, last, 87, (250, 242, 232))
    left = int(rng.integers(8, 84))
    box(canvas, left, 12, left + 34, 48, (250, 246, 240))
    box(canvas, left + 3, 15, left + 31, 45, (150, 204, 240))
    box(canvas, left + 16, 14, left + 18, 46, (250, 246, 240))
    return canvas


def space(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    del time
    scale = scale_of(canvas)
    canvas[:] = gradient((14, 8, 30), (44, 18, 70), scale)
    for x, y in rng.integers(2, SIDE - 2, (36, 2)):
        disc(canvas, int(x), int(y), 1, (206, 200, 236))
    x, y = np.meshgrid(*(2 * [axis(scale).astype(np.float32)]))
    cx, cy = rng.uniform(20, 108, 2)
    glow = np.exp(-((x - cx) ** 2 + 2 * (y - cy) ** 2) / 1800)[..., None] * 0.6
    return canvas * (1 - glow) + np.array((120, 60, 150)) * glow


def clear(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    del time, rng
    return canvas


def rain(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    del time
    dim = (canvas * 0.72 + np.array((30, 36, 46))).astype(np.uint8)
    streaks = dim.copy()
    for x, y in rng.integers((-4, -8), (SIDE, SIDE), (42, 2)):
        line(streaks, (x + 4, y), (x, y + 10), (196, 220, 246), 2)
    return dim * 0.35 + streaks * 0.65


def snow(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    del time
    dim = (canvas * 0.84 + np.array((16, 18, 22))).astype(np.uint8)
    for x, y in rng.integers(0, SIDE, (46, 2)):
        disc(dim, int(x), int(y), 2, (252, 253, 255))
    return dim


def fog(canvas: np.ndarray, time: str, rng: np.random.Generator) -> np.ndarray:
    color = np.array((96, 102, 122) if time == "night" else (214, 218, 222), np.float32)
    x, y = np.meshgrid(*(2 * [axis(scale_of(canvas))]))
    phase = rng.uniform(0, 6.28)
    bands = 0.56 + 0.2 * np.sin(y / 12.0 + np.sin(x / 30.0 + phase) * 1.2)
    return canvas * (1 - bands[..., None]) + color * bands[..., None]


PAINTERS: dict[str, Callable[[np.ndarray, str, np.random.Generator], np.ndarray]] = {
    "plain": plain,
    "meadow": meadow,
    "beach": beach,
    "sea": sea,
    "desert": desert,
    "snowfield": snowfield,
    "mountains": mountains,
    "forest": forest,
    "city": city,
    "road": road,
    "room": room,
    "space": space,
}
WEATHER_PAINTERS: dict[str, Callable[[np.ndarray, str, np.random.Generator], np.ndarray]] = {
    "clear": clear,
    "rain": rain,
    "snow": snow,
    "fog": fog,
}
