"""Things drawn as stickers: the colour emoji of a font on this system.

An honest stand-in where no generative painter is installed; the engine that is reported says "sticker".
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np

from diptych.core.errors import NoFont
from diptych.core.target import Thing
from diptych.operations.change import Pixels
from diptych.operations.fonts import choose_fonts, load
from diptych.operations.recoloring import recolored
from diptych.operations.resampling import resize_pixels

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_AS_EMOJI = "\ufe0f"
"""Variation selector 16: the colour form of a character that also has a plain one."""

_EMOJI_PLANES = (0x2600, 0x1F300, 0x1FB00)
"""Blocks that hold emoji: 2600-2BFF (symbols, stars) and 1F300-1FAFF (pictographs)."""


def sticker_character(noun: str) -> str | None:
    """The emoji that shows a canonical noun, or None: from the table, else the character that bears the noun as its
    Unicode name (`unicorn`: "UNICORN FACE")."""
    bare = noun.removesuffix(" emoji").removesuffix(" sticker").strip()
    listed = _table().get(noun) or _table().get(bare)
    if listed is not None:
        return listed
    for name in (bare, f"{bare} face", f"smiling face with {bare}"):
        try:
            character = unicodedata.lookup(name.upper())
        except KeyError:
            continue
        low, high, end = _EMOJI_PLANES
        if low <= ord(character) < 0x2C00 or high <= ord(character) < end:
            return character
    return None


def sticker_of(thing: Thing) -> str | None:
    """The emoji for a thing; for "a heart emoji" the one that the words before "emoji" name."""
    if thing.noun in ("emoji", "sticker"):
        said = (" ".join(thing.attributes), *thing.attributes)
        named = (sticker_character(f"{words} emoji") for words in said if words)
        return next((character for character in named if character is not None), sticker_character("emoji"))
    return sticker_character(thing.noun)


def sticker(thing: Thing, height: int) -> tuple[Pixels, str] | None:
    """(H×W×4 uint8 with straight alpha, `height` pixels high, the font's name); None when no emoji shows the thing.

    In the thing's colour, where one is said. Raises NoFont when there is an emoji but no colour font that has it.
    """
    character = sticker_of(thing)
    if character is None:
        return None
    pixels, family = _drawn(character)
    width = max(round(pixels.shape[1] * height / pixels.shape[0]), 1)
    pixels = resize_pixels(pixels, width, max(height, 1))
    if thing.color is not None:
        visible = pixels[:, :, 3].astype(np.float32) / 255.0
        color = recolored(np.ascontiguousarray(pixels[:, :, :3]), visible, thing.color, 1.0)
        pixels = np.dstack([color, pixels[:, :, 3]])
    return pixels, family


def _drawn(character: str) -> tuple[Pixels, str]:
    """The emoji at its font's own size, cropped to what shows, and the font's name."""
    from PIL import Image, ImageDraw

    if len(character) == 1:
        character += _AS_EMOJI
    face = choose_fonts(character).runs(character)[0].face
    if not face.color:
        raise _no_color_font(character)
    font = load(face, 160)
    box = font.getbbox(character)
    size = (int(box[2]) + 8, int(box[3]) + 8)
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).text((0, 0), character, font=font, embedded_color=True)
    shown = image.getbbox()
    if shown is None:
        raise _no_color_font(character)
    return np.asarray(image.crop(shown), np.uint8), face.family


def _no_color_font(character: str) -> NoFont:
    from diptych.core.errors import Bilingual

    return NoFont(
        Bilingual(f"No colour font on this system has {character}.", f"系统中没有包含 {character} 的彩色字体。"),
        Bilingual(
            "Install one, for example: apt install fonts-noto-color-emoji",
            "请安装彩色表情字体，例如：apt install fonts-noto-color-emoji",
        ),
    )


def sticker_nouns() -> tuple[str, ...]:
    """The nouns listed in the table, in its order."""
    return tuple(_table())


@cache
def _table() -> Mapping[str, str]:
    """Canonical noun → emoji, from stickers.toml."""
    data = tomllib.loads(resources.files("diptych.operations").joinpath("stickers.toml").read_text("utf-8"))
    return MappingProxyType({noun: character for part in data.values() for noun, character in part.items()})
