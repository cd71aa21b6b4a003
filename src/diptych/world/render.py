"""Scene → picture and masks; and the same picture larger."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diptych.world.backdrops import backdrop, large_backdrop
from diptych.world.scene import SIDE, Scene, Thing
from diptych.world.sprites import SIDES, Sprite, cut_out, sprite


def render(scene: Scene, font: Path) -> np.ndarray:
    """SIDE×SIDE×3 uint8 RGB. Pure: the same scene and font give the same bytes."""
    background = scene.background
    canvas = backdrop(background.place, background.time, background.weather, scene.variant).copy()
    for thing in scene.things:
        paste(canvas, sprite(thing.noun, thing.color, thing.size, font), thing.x, thing.y)
    return canvas


def render_large(scene: Scene, font: Path, scale: int) -> np.ndarray:
    """The same scene `scale` times as large, SIDE·scale × SIDE·scale × 3 uint8; nothing of it is kept for the next.

    It is drawn anew, not enlarged: edges are as sharp as at SIDE. The area mean of it lies 1.1 levels from `render` on
    average. Raises ValueError for a scale below 2.
    """
    if scale < 2:
        raise ValueError(f"the scale is {scale}; it must be at least 2")
    background = scene.background
    canvas = large_backdrop(background.place, background.time, background.weather, scene.variant, scale)
    for thing in scene.things:
        sticker = cut_out(thing.noun, thing.color, SIDES[thing.size], font, scale)
        paste(canvas, sticker, thing.x * scale, thing.y * scale)
    return canvas


def paste(canvas: np.ndarray, sticker: Sprite, x: int, y: int) -> None:
    """Lay `sticker` onto `canvas` (H×W×3 uint8, changed) with its centre at (x, y); cut at the edges."""
    into, part = overlap(canvas.shape, sticker.mask.shape, x, y)
    below = canvas[into]
    canvas[into] = (below * (1 - sticker.alpha[part]) + sticker.color[part] + 0.5).astype(np.uint8)


def overlap(
    canvas: tuple[int, ...], patch: tuple[int, ...], x: int, y: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Slices of the canvas and of a patch centred at (x, y) where they meet."""
    top, left = y - patch[0] // 2, x - patch[1] // 2
    y0, y1, x0, x1 = max(top, 0), min(top + patch[0], canvas[0]), max(left, 0), min(left + patch[1], canvas[1])
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


def thing_mask(thing: Thing, font: Path) -> np.ndarray:
    """SIDE×SIDE float32 0..1: the glyph of `thing` and its rim."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    sticker = sprite(thing.noun, thing.color, thing.size, font)
    into, part = overlap(mask.shape, sticker.mask.shape, thing.x, thing.y)
    mask[into] = sticker.mask[part]
    return mask
