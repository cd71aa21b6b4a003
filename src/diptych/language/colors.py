"""Shades of named colours: "light", 深 and the like, as moves in OKLab (Ottosson 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from diptych.language.lexicon import lexicon

Triple = tuple[float, float, float]


def shaded(color: str, shades: Sequence[str]) -> str:
    """`#rrggbb` moved by each shade in turn, as [modifiers] in colors.toml gives them.

    Lightness moves by an offset and chroma by a change of share; "light" of "#0000ff" is a paler blue.
    """
    for shade in shades:
        lightness, chroma = lexicon().shades[shade]
        color = _shifted(color, lightness, chroma)
    return color


def hexadecimal(text: str) -> str:
    """`#rrggbb` of "#F0A" or "#ff00aa"."""
    digits = text.lstrip("#").lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


@cache
def _shifted(color: str, lightness: float, chroma: float) -> str:
    light, a, b = _oklab(color)
    scale = max(1.0 + chroma, 0.0)
    return _hex(min(max(light + lightness, 0.0), 1.0), a * scale, b * scale)


def _oklab(color: str) -> Triple:
    r, g, b = (_to_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _hex(light: float, a: float, b: float) -> str:
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _to_srgb(min(max(value, 0.0), 1.0))):02x}" for value in linear)


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _to_srgb(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)
