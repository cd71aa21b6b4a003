"""Stickers: an emoji glyph in a size and colour, cut out with a white rim and a soft shadow.

Needs the font Noto Color Emoji (SIL OFL). It is needed to train and to judge, never to use the trained models.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from diptych.core.errors import Bilingual, Unsupported
from diptych.world.vocabulary import COLORS, nouns

FONT_NAME = "NotoColorEmoji.ttf"
FONT_FOLDERS = (
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/noto",
    "/usr/share/fonts/google-noto-emoji",
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "/Library/Fonts",
)
STRIKE = 109
"""The font holds bitmaps of this one size; others are scaled from it."""

SIDES = {"small": 28, "medium": 40, "big": 58}
"""Side of the square that holds the glyph, in pixels of a 128-pixel scene."""

SMOOTH, PRESS = 0.4, 1.2
"""How a glyph is enlarged: blurred by so much of one of its own pixels, against steps; then its edges are pressed."""

MARGIN = 5
"""Pixels around that square for the rim and the shadow."""

PALETTE: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    # dark, middle, light: shading is kept by mapping the glyph's luminance onto this ramp
    "red": ((120, 8, 16), (222, 32, 40), (255, 150, 140)),
    "orange": ((150, 62, 0), (246, 132, 12), (255, 204, 140)),
    "yellow": ((160, 116, 0), (248, 208, 20), (255, 244, 170)),
    "green": ((10, 78, 24), (44, 158, 60), (160, 228, 150)),
    "blue": ((10, 40, 120), (36, 104, 226), (150, 196, 255)),
    "purple": ((58, 14, 104), (132, 56, 192), (210, 164, 244)),
    "pink": ((160, 50, 100), (250, 128, 180), (255, 212, 230)),
    "black": ((4, 4, 6), (40, 40, 46), (120, 120, 128)),
    "white": ((128, 132, 140), (226, 229, 234), (255, 255, 255)),
}


class Sprite(NamedTuple):
    """A sticker ready to paste: `color` H×W×3 float32 0..255 premultiplied by `alpha` H×W×1 float32 0..1;
    `mask` H×W float32 0..1 is the glyph and its rim without the shadow. H = W = side + 2 · MARGIN."""

    color: np.ndarray
    alpha: np.ndarray
    mask: np.ndarray


def find_font(font: str | os.PathLike[str] | None = None) -> Path:
    """Path of Noto Color Emoji: `font` if given, else where systems keep it. Raises Unsupported: the install line."""
    candidates = [Path(font)] if font is not None else [Path(f).expanduser() / FONT_NAME for f in FONT_FOLDERS]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    looked = ", ".join(str(candidate) for candidate in candidates)
    raise Unsupported(
        Bilingual(
            f"The emoji font {FONT_NAME} was not found (looked at {looked}).",
            f"找不到表情符号字体 {FONT_NAME}（找过：{looked}）。",
        ),
        Bilingual(
            "Install it (Debian, Ubuntu: apt-get install fonts-noto-color-emoji) or name the file with --font.",
            "请安装它（Debian、Ubuntu：apt-get install fonts-noto-color-emoji），或用 --font 指定字体文件。",
        ),
    )


@lru_cache(maxsize=512)
def glyph(noun: str, font: Path) -> np.ndarray:
    """The bare glyph of `noun`: S×S×4 uint8 RGBA, cropped to its ink and centred in a square."""
    face = ImageFont.truetype(str(font), STRIKE)
    canvas = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    ImageDraw.Draw(canvas).text((10, 10), nouns()[noun].emoji, font=face, embedded_color=True)
    box = canvas.getbbox()
    if box is None:
        raise Unsupported(
            Bilingual(
                f"The font {font} has no glyph for {noun} ({nouns()[noun].emoji}).",
                f"字体 {font} 里没有“{nouns()[noun].zh}”的字形（{nouns()[noun].emoji}）。",
            ),
            Bilingual("Use a current Noto Color Emoji (--font).", "请使用较新的 Noto Color Emoji 字体（--font）。"),
        )
    ink = canvas.crop(box)
    side = max(ink.size)
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(ink, ((side - ink.width) // 2, (side - ink.height) // 2))
    return np.asarray(square)


def recolor(rgba: np.ndarray, color: str) -> np.ndarray:
    """`rgba` (H×W×4 uint8) with its luminance mapped onto the ramp of `color`; alpha as it was."""
    luminance = rgba[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    inked = luminance[rgba[..., 3] > 127]
    low, high = np.percentile(inked, (4, 96))
    # A flat glyph (a heart) has no range to stretch: it stays near the middle of the ramp.
    spread = max(float(high - low), 60.0)
    shade = np.clip(0.5 + (luminance - (low + high) / 2) / spread * 0.8, 0, 1)[..., None]
    dark, middle, light = (np.array(stop, np.float32) for stop in PALETTE[color])
    lower = dark + (middle - dark) * np.clip(shade / 0.55, 0, 1)
    mapped = lower + (light - middle) * np.clip((shade - 0.55) / 0.45, 0, 1)
    return np.dstack([np.clip(mapped + 0.5, 0, 255).astype(np.uint8), rgba[..., 3]])


@lru_cache(maxsize=20_000)
def sprite(noun: str, color: str | None, size: str, font: Path) -> Sprite:
    """The sticker of `noun` in `color` (None = natural) at `size`, cached."""
    return cut_out(noun, color, SIDES[size], font)


def cut_out(noun: str, color: str | None, side: int, font: Path, scale: int = 1) -> Sprite:
    """The sticker at any side in pixels of a 128-pixel scene, whose margin scales with it; all of it `scale` times."""
    rgba = glyph(noun, font)
    if color is not None:
        rgba = recolor(rgba, color)
    margin = scale * (MARGIN if side <= SIDES["big"] else round(MARGIN * side / SIDES["medium"]))
    alpha = rgba[..., 3:].astype(np.float32) / 255
    premultiplied = rgba[..., :3].astype(np.float32) * alpha
    inner = resampled(np.dstack([premultiplied, alpha]), side * scale)
    inner = cv2.copyMakeBorder(inner, margin, margin, margin, margin, cv2.BORDER_CONSTANT)
    color_layer, ink = inner[..., :3], inner[..., 3]
    # The rim keeps about a pixel and a half at every size: it is what makes black things visible at night.
    wide = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * scale + 1, 2 * scale + 1)))
    rim = cv2.GaussianBlur(wide, (0, 0), 0.8 * scale)
    # Larger, its edge is as sharp as a cut; 0.29 is where it covers as much as the small one's soft edge does.
    rim = rim * 1.6 if scale == 1 else (rim - 0.29) * scale + 0.5
    mask = np.maximum(ink, np.clip(rim, 0, 1))
    shifted = cv2.warpAffine(mask, np.float32([[1, 0, scale], [0, 1, 1.5 * scale]]), mask.shape[::-1])
    shadow = 0.35 * cv2.GaussianBlur(shifted, (0, 0), 1.2 * scale)
    total = mask + shadow * (1 - mask)
    layered = color_layer + 255.0 * (mask - ink)[..., None]
    return Sprite(layered.astype(np.float32), total[..., None].astype(np.float32), mask.astype(np.float32))


def resampled(inner: np.ndarray, side: int) -> np.ndarray:
    """A square glyph at another side. Beyond the font's own bitmaps it is a cubic enlargement whose edges are pressed
    together again: the glyphs are flat art, which at any size has sharp edges."""
    zoom = side / inner.shape[0]
    if zoom <= 1:
        return cv2.resize(inner, (side, side), interpolation=cv2.INTER_AREA)
    # On white, as the rim will be: colour and alpha of an edge then needn't be pressed by the same amount.
    inner = np.dstack([inner[..., :3] + 255 * (1 - inner[..., 3:]), inner[..., 3]])
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(zoom) + 1, 2 * round(zoom) + 1))
    cells = cv2.resize(inner, (side, side), interpolation=cv2.INTER_NEAREST)
    low, high = cv2.erode(cells, reach), cv2.dilate(cells, reach)
    large = cv2.GaussianBlur(cv2.resize(inner, (side, side), interpolation=cv2.INTER_CUBIC), (0, 0), SMOOTH * zoom)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-6)
    # Between the darkest and the lightest nearby, what lies off the middle is moved `zoom` times as far.
    pressed = middle + np.clip((large - middle) / half * PRESS * zoom, -1, 1) * half
    ink = pressed[..., 3:]
    return np.dstack([np.clip(pressed[..., :3] - 255 * (1 - ink), 0, 255 * ink), ink])


def own_colors(font: Path, threshold: float = 30.0) -> dict[str, str]:
    """Nouns whose natural look already is a palette colour: mean absolute difference in RGB below `threshold`.

    `own_colors.toml` was written from this and then checked by eye.
    """
    found = {}
    for noun in nouns():
        natural = glyph(noun, font)
        ink = natural[..., 3] > 127
        differences = {
            color: float(np.abs(recolor(natural, color)[ink][:, :3].astype(int) - natural[ink][:, :3]).mean())
            for color in COLORS
        }
        best = min(differences, key=differences.__getitem__)
        if differences[best] < threshold:
            found[noun] = best
    return found


@cache
def color_name(color: str) -> str:
    """The palette colour nearest to #rrggbb."""
    wanted = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], float)
    return min(PALETTE, key=lambda name: float(np.abs(np.array(PALETTE[name][1]) - wanted).sum()))
