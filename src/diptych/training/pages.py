"""Drawn pages: text in both languages, boxes, outlined figures and hatchings, as slides, screens and comics have them.

Photographs hardly hold such edges, yet people enlarge such pictures too. Drawn from a seed; nothing is copied.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image, ImageDraw

from diptych.operations.fonts import Style, choose_fonts, load
from diptych.world.vocabulary import nouns

SIZE = (480, 320)
"""Longer and shorter side, in pixels."""
Color = tuple[int, int, int]


def pages(count: int, seed: int) -> Iterator[np.ndarray]:
    """`count` pages, 320×480×3 or 480×320×3 uint8; the same seed gives the same ones where the same fonts are."""
    for number in range(count):
        yield page(np.random.default_rng([seed, number, 31]))


def page(rng: np.random.Generator) -> np.ndarray:
    width, height = SIZE if rng.random() < 0.5 else SIZE[::-1]
    dark = rng.random() < 0.3
    paper = _color(rng, 0, 70) if dark else _color(rng, 190, 256)
    canvas = np.full((height, width, 3), paper, np.uint8)
    if rng.random() < 0.3:
        ramp = np.linspace(0, 1, height)[:, None, None]
        canvas = np.rint(canvas * (1 - ramp) + np.array(_color(rng, 0, 256)) * ramp).astype(np.uint8)
    for _ in range(int(rng.integers(0, 6))):
        _figure(canvas, rng)
    for _ in range(int(rng.integers(0, 3))):
        _hatching(canvas, rng)
    picture = Image.fromarray(canvas)
    top = int(rng.integers(4, 30))
    while top < height - 12:
        top += _line(picture, rng, top, dark) + int(rng.integers(2, 14))
    return np.asarray(picture)


def _line(picture: Image.Image, rng: np.random.Generator, top: int, dark: bool) -> int:
    """A line of words from `top` on; returns its height."""
    size = int(rng.integers(9, 34)) if rng.random() < 0.8 else int(rng.integers(34, 80))
    words = " ".join(_word(rng) for _ in range(max(1, picture.width // (4 * size))))
    fonts = choose_fonts(words, Style(bold=bool(rng.random() < 0.3), serif=bool(rng.random() < 0.4)))
    ink = _color(rng, 170, 256) if dark else _color(rng, 0, 100)
    draw, left = ImageDraw.Draw(picture), float(rng.integers(4, 60))
    for run in fonts.runs(words):
        font = load(run.face, size)
        draw.text((left, top), run.text, fill=ink, font=font)
        left += font.getlength(run.text)
    if rng.random() < 0.15:
        draw.line((4, top + size + 2, picture.width - 4, top + size + 2), fill=ink, width=int(rng.integers(1, 4)))
    return size


def _word(rng: np.random.Generator) -> str:
    if rng.random() < 0.15:
        return str(int(rng.integers(0, 3000)))
    known = tuple(nouns().values())
    noun = known[int(rng.integers(len(known)))]
    return noun.zh if rng.random() < 0.4 else noun.en.title() if rng.random() < 0.3 else noun.en


def _figure(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """A filled shape with an outline: box, ellipse or polygon."""
    height, width = canvas.shape[:2]
    fill, outline = _color(rng, 0, 256), _color(rng, 0, 90)
    thickness = int(rng.integers(1, 5))
    kind = int(rng.integers(3))
    if kind == 0:
        x, y = int(rng.integers(width - 20)), int(rng.integers(height - 20))
        corner = (x + int(rng.integers(15, 200)), y + int(rng.integers(15, 150)))
        cv2.rectangle(canvas, (x, y), corner, fill, -1)
        cv2.rectangle(canvas, (x, y), corner, outline, thickness)
        return
    middle = np.array([rng.integers(width), rng.integers(height)])
    if kind == 1:
        axes = (int(rng.integers(8, 90)), int(rng.integers(8, 90)))
        place = ((int(middle[0]), int(middle[1])), axes, float(rng.integers(180)), 0.0, 360.0)
        cv2.ellipse(canvas, *place, fill, -1, cv2.LINE_AA)
        cv2.ellipse(canvas, *place, outline, thickness, cv2.LINE_AA)
        return
    corners = np.rint(middle + rng.normal(0, 50, (int(rng.integers(3, 7)), 2))).astype(np.int32)
    cv2.fillPoly(canvas, [corners], fill, cv2.LINE_AA)
    cv2.polylines(canvas, [corners], True, outline, thickness, cv2.LINE_AA)


def _hatching(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Stripes of 3 to 16 pixels in a tilted box, as in cloth, blinds and drawn shadows."""
    height, width = canvas.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, 16)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    at, reach = (along[height // 2, width // 2] + rng.uniform(-150, 150), rng.uniform(20, 120))
    there = (np.abs(along - at) < reach) & (np.abs(across - across.mean()) < rng.uniform(20, 160))
    wave = np.clip(0.5 + np.sin(2 * np.pi * along / period) * rng.uniform(0.5, 2.5), 0, 1)[..., None]
    striped = wave * np.array(_color(rng, 150, 256)) + (1 - wave) * np.array(_color(rng, 0, 110))
    canvas[there] = np.rint(striped[there]).astype(np.uint8)


def _color(rng: np.random.Generator, low: int, high: int) -> Color:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue
