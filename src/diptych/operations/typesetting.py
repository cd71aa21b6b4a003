"""Setting a text: line breaking, fitting into a box, and the ink of the whole block.

Lines break after spaces and between East Asian characters, except where the line-breaking rules for Chinese
(kinsoku; GB/T 15834, the core of UAX #14) forbid it. Lines are balanced: the narrowest measure that keeps their number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diptych.operations.fonts import FontSet, Run, load
from diptych.operations.scripts import clusters, script_of

Align = Literal["left", "center", "right"]
LEADING = 1.28
"""Distance of baselines, in ems."""
_REFERENCE = 96
"""Pixels per em at which widths are measured; they scale linearly, within the rounding of hinting."""
_NOT_FIRST = frozenset("，。、；：！？）】》〉」』”’…—～·%％℃,.;:!?)]}»›ー々ぁぃぅぇぉっゃゅょ")
_NOT_LAST = frozenset("（【《〈「『“‘([{«‹￥$¥#＃")


@dataclass(frozen=True, eq=False)
class Ink:
    """A drawn text, cut to its ink.

    coverage  H×W uint8: how much of each pixel is covered
    stamps    H×W×4 uint8 with straight alpha: what brings its own colours (emoji); None when there is none
    baseline  row of the first baseline; it may lie outside
    """

    coverage: NDArray[np.uint8]
    stamps: NDArray[np.uint8] | None
    baseline: int

    @property
    def height(self) -> int:
        return int(self.coverage.shape[0])

    @property
    def width(self) -> int:
        return int(self.coverage.shape[1])

    @property
    def shape(self) -> NDArray[np.uint8]:
        """H×W uint8: letters and stamps together."""
        return self.coverage if self.stamps is None else np.maximum(self.coverage, self.stamps[:, :, 3])


def clean(text: str) -> str:
    r"""Line ends unified, a written-out \n too (but not in C:\new), tabs to spaces, other control characters dropped,
    outer blank lines cut."""
    text = re.sub(r"(?<![:\\])\\n", "\n", text)
    text = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c]", "\n", text).replace("\t", "    ")
    text = "".join(
        character for character in text if character == "\n" or character.isprintable() or ord(character) > 0x9F
    )
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")).strip()


def fit(
    text: str, size: int, width: int, height: int, fonts: FontSet, smallest: int = 8
) -> tuple[int, list[str]] | None:
    """The largest size up to `size` (pixels per em) at which the text, wrapped, fits into width×height, and its lines.

    A line a little too long is shrunk rather than wrapped (down to 0.75). None: not even `smallest` fits.
    """
    if len(text) * (smallest * 0.2) ** 2 > width * height:  # even as full stops it would not fit
        return None
    one_line = "\n" not in text
    em = float(size)
    if one_line:
        natural = advance(text, fonts)
        if 0.75 * natural * size <= width:
            em = min(em, width / max(natural, 1e-6), height / LEADING)
            if em >= max(0.5 * size, smallest):
                return int(em), [text]
            em = float(size)
    while em >= smallest:
        lines = wrap(text, width / em, fonts, break_words=em < smallest * 1.15)
        if lines is not None and (len(lines) - 1) * LEADING * em + 1.15 * em <= height:
            return int(em), lines
        em *= 0.93
    return None


def wrap(text: str, measure: float, fonts: FontSet, break_words: bool = False) -> list[str] | None:
    """Lines no wider than `measure` ems, balanced. None when a word is wider (unless words may be broken)."""
    lines = _greedy(text, measure, fonts, break_words)
    if lines is None or len(lines) == text.count("\n") + 1:
        return lines
    low, high = measure * 0.4, measure
    for _ in range(7):
        middle = (low + high) / 2
        narrower = _greedy(text, middle, fonts, break_words=False)
        if narrower is not None and len(narrower) <= len(lines):
            high, lines = middle, narrower
        else:
            low = middle
    return lines


def _greedy(text: str, measure: float, fonts: FontSet, break_words: bool) -> list[str] | None:
    lines = []
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in _words(paragraph):
            bare = advance(word.rstrip(), fonts)
            if line and used + bare > measure:
                lines.append(line.rstrip())
                line, used = "", 0.0
            if bare > measure:
                if not break_words:
                    return None
                for cluster, _ in clusters(word):
                    wide = advance(cluster, fonts)
                    if line and used + wide > measure:
                        lines.append(line)
                        line, used = "", 0.0
                    line, used = line + cluster, used + wide
                continue
            line, used = line + word, used + advance(word, fonts)
        lines.append(line.rstrip())
    return lines


@lru_cache(maxsize=256)
def _words(paragraph: str) -> tuple[str, ...]:
    """The pieces between which a line may break; spaces stay at the end of the piece before them."""
    words: list[str] = []
    free_before = False
    for cluster, is_emoji in clusters(paragraph):
        free = is_emoji or script_of(cluster[0]) in ("han", "kana") or cluster[0] in _NOT_FIRST - set(",.;:!?)]}%»›")
        after_space = bool(words) and words[-1].endswith(" ") and cluster != " "
        may_break = after_space or ((free or free_before) and cluster != " ")
        if words and (not may_break or cluster[0] in _NOT_FIRST or words[-1][-1] in _NOT_LAST):
            words[-1] += cluster
        else:
            words.append(cluster)
        free_before = free
    return tuple(words)


@lru_cache(maxsize=4096)
def advance(text: str, fonts: FontSet) -> float:
    """Width of one line in ems."""
    return sum(_run_advance(run, _REFERENCE) for run in fonts.runs(text)) / _REFERENCE


def _run_advance(run: Run, size: int) -> float:
    font = load(run.face, size)
    length = float(font.getlength(run.text))
    return length * size / run.face.strike if run.face.strike else length


def draw(lines: list[str], size: int, fonts: FontSet, align: Align = "center", embolden: int = 0) -> Ink:
    """Draw lines at `size` pixels per em. `embolden` thickens every stroke by that many pixels on each side."""
    from PIL import Image, ImageDraw

    set_lines = [(fonts.runs(line) if line else []) for line in lines]
    widths = [sum(_run_advance(run, size) for run in runs) for runs in set_lines]
    pad = size // 2 + embolden
    step = LEADING * size
    width = int(max(widths)) + 2 * pad + 1
    height = int(step * (len(lines) - 1) + 2 * size) + 2 * pad
    sheet = Image.new("L", (width, height))
    pen = ImageDraw.Draw(sheet)
    stamps: Image.Image | None = None
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    first = pad + round(1.2 * size)
    for number, (runs, wide) in enumerate(zip(set_lines, widths, strict=True)):
        x = pad + share * (max(widths) - wide)
        baseline = first + round(number * step)
        for run in runs:
            if run.face.color:
                stamps = stamps or Image.new("RGBA", (width, height))
                _stamp(stamps, run, x, baseline, size)
            else:
                pen.text((x, baseline), run.text, 255, load(run.face, size), anchor="ls", stroke_width=embolden)
            x += _run_advance(run, size)
    return _cut(np.asarray(sheet), None if stamps is None else np.asarray(stamps), first)


def _stamp(sheet: object, run: Run, x: float, baseline: int, size: int) -> None:
    """Draw colour glyphs (at their strike, then scaled to the line) so that they sit on the text's baseline."""
    from PIL import Image, ImageDraw

    assert isinstance(sheet, Image.Image)
    font = load(run.face, size)
    scale = size / run.face.strike if run.face.strike else 1.0
    ascent, descent = font.getmetrics()
    length = int(font.getlength(run.text)) + 1
    patch = Image.new("RGBA", (length, ascent + descent))
    ImageDraw.Draw(patch).text((0, ascent), run.text, font=font, embedded_color=True, anchor="ls")
    scaled = patch.resize(
        (max(round(length * scale), 1), max(round((ascent + descent) * scale), 1)),
        Image.Resampling.LANCZOS if scale > 0.5 else Image.Resampling.BOX if scale < 0.1 else Image.Resampling.HAMMING,
    )
    sheet.alpha_composite(scaled, (max(round(x), 0), max(round(baseline - ascent * scale), 0)))


def _cut(coverage: NDArray[np.uint8], stamps: NDArray[np.uint8] | None, baseline: int) -> Ink:
    shape = coverage if stamps is None else np.maximum(coverage, stamps[:, :, 3])
    rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
    if rows.size == 0:
        return Ink(np.zeros((1, 1), np.uint8), None, 0)
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cut = None if stamps is None else np.ascontiguousarray(stamps[window])
    return Ink(np.ascontiguousarray(coverage[window]), cut, baseline - int(rows[0]))
