"""Lettering on the picture, read by RapidOCR (the optional extra `ocr`), and which of it a target means.

RapidOCR's wheel carries its Chinese and English models, so nothing is downloaded.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from diptych.core.errors import Bilingual, MissingExtra
from diptych.core.region import Region
from diptych.vision.working_copy import shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.picture import Picture

READING_SIDE = 2000
"""Pixels, longest side, at which a picture is read."""

PATTERNS: dict[str, re.Pattern[str]] = {
    "phone number": re.compile(r"(?<![\w.\-])(?:\+\d{1,3}[\s\-.]?)?(?:\(?\d{2,5}\)?[\s\-.·]?){1,4}\d{3,5}(?!\w)"),
    "number": re.compile(r"\d+(?:[.,:/\-]\d+)*"),
    "date": re.compile(
        r"(?<!\d)(?:\d{4}\s?[./\-年]\s?(?:1[0-2]|0?[1-9])\s?(?:[./\-月]\s?(?:[12]\d|3[01]|0?[1-9])\s?日?|月)"
        r"|(?:[0-3]?\d)[./\-](?:[0-3]?\d)[./\-](?:\d{4}|\d{2})"
        r"|(?:1[0-2]|0?[1-9])\s?月\s?(?:[12]\d|3[01]|0?[1-9])\s?日"
        r"|(?:[0-3]?\d\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s?\d{1,4}(?:,?\s?\d{4})?)(?!\d)",
        re.IGNORECASE,
    ),
    "url": re.compile(
        r"(?:https?://|www\.)\S+"
        r"|(?<![@\w.\-])[\w\-]+(?:\.[\w\-]+)*\.(?:com|cn|org|net|io|co|edu|gov|de|uk)\b(?!@)(?:/\S*)?",
        re.IGNORECASE,
    ),
    "email": re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"),
    "price": re.compile(r"[$€£¥￥]\s?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*\s?(?:元|块|usd|eur|rmb|dollars?)", re.IGNORECASE),
    "time": re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\s?(?:[ap]m)?", re.IGNORECASE),
}
"""What each kind of lettering looks like; searched anywhere in a line."""

LAID_OVER = frozenset({"watermark", "logo"})
"""Kinds of what was laid over a finished photo."""
_OWNED = re.compile(
    r"[©®™@]|\(c\)|copyright|all rights|watermark|sample|preview|stock|photo(?:graphy|s)?\b|studio|www\."
    r"|水印|版权|样片|样张|摄影|工作室|微博|抖音|小红书|公众号",
    re.IGNORECASE,
)
"""Words of those who own photos."""
_SIGN = 1.2
"""How much room beside the words is looked at for a sign, in heights of the line."""
_RIM, _LOW, _SLANTED = 0.15, 0.08, 12.0
"""Watermarks stand near the frame (a share of the side), low (a share of the shorter side); or run aslant (degrees)."""


@dataclass(frozen=True, eq=False)
class Line:
    """One line of lettering.

    quad   4×2 float32, (x, y) in the picture's pixels, clockwise from the line's own top left
    score  0..1, how sure the reader is of the words
    """

    text: str
    quad: NDArray[np.float32]
    score: float


def read_lines(picture: Picture) -> list[Line]:
    """The lines of lettering on a picture, in reading order. Raises MissingExtra without the extra `ocr`."""
    reader = _reader()
    rgb = shrunk(picture.rgb, READING_SIDE)
    scale = picture.width / rgb.shape[1]
    result = reader(np.ascontiguousarray(rgb[:, :, ::-1]))  # RapidOCR expects BGR
    if result.boxes is None or not result.txts:
        return []
    lines = [
        Line(text, np.asarray(quad, np.float32) * np.float32(scale), float(score))
        for quad, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
    ]
    return sorted(lines, key=lambda line: (float(line.quad[:, 1].min()), float(line.quad[:, 0].min())))


@cache
def _reader() -> Any:
    """RapidOCR with its bundled models, made once."""
    if find_spec("rapidocr") is None:
        raise MissingExtra("ocr", Bilingual("Finding lettering in a picture", "在图片中查找文字"))
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})


def lettering_regions(
    picture: Picture, kind: str = "text", quoted: str | None = None, *, said_where: bool = False
) -> list[Region]:
    """The lettering that is meant, best first.

    `quoted` are the words themselves; `kind` is a key of PATTERNS, or anything else for every line. Where the
    words are a part of a line, the region is that part of it. Regions are labelled with what they say. Of the kinds
    LAID_OVER it is what looks like one; every line, where it was `said_where` it is.
    """
    lines = read_lines(picture)
    if kind in LAID_OVER and quoted is None:
        lines = lines or read_lines(_with_contrast(picture))
        marks = lines if said_where else laid_over(lines, picture.width, picture.height)
        return [_region(_with_room(line), picture) for line in marks]
    return [_region(line, picture) for line in select_lines(lines, kind, quoted)]


def select_lines(lines: list[Line], kind: str, quoted: str | None) -> list[Line]:
    """The lines, or parts of lines, that `quoted` or `kind` asks for. Pure: needs no reader."""
    if quoted is not None:
        parts = [part for line in lines for part in _quoted_parts(line, quoted)]
        return parts or _similar(lines, quoted)
    if kind in PATTERNS:
        return [part for line in lines for part in _matching_parts(line, kind)]
    return lines


def laid_over(lines: list[Line], width: int, height: int) -> list[Line]:
    """The lines that look like a watermark: an owner's words, small beside the frame, aslant, or again and again."""
    texts = [_folded(line.text)[0] for line in lines]
    return [
        line
        for line, text in zip(lines, texts, strict=True)
        if _OWNED.search(line.text) or texts.count(text) > 1 or _is_aside(line, width, height) or _is_slanted(line)
    ]


def _with_room(line: Line) -> Line:
    """With room for a sign beside the words, which readers pass over (©, a mark)."""
    top_left, top_right, bottom_right, bottom_left = line.quad
    along = (top_right - top_left) / max(float(np.linalg.norm(top_right - top_left)), 1.0)
    room = along * float(np.linalg.norm(bottom_left - top_left)) * np.float32(_SIGN)
    quad = np.stack([top_left - room, top_right + room, bottom_right + room, bottom_left - room])
    return Line(line.text, np.asarray(quad, np.float32), line.score)


def _is_aside(line: Line, width: int, height: int) -> bool:
    x, y = line.quad.mean(axis=0)
    low = float(np.linalg.norm(line.quad[3] - line.quad[0])) <= _LOW * min(width, height)
    return low and min(x / width, 1 - x / width, y / height, 1 - y / height) <= _RIM


def _is_slanted(line: Line) -> bool:
    across, down = line.quad[1] - line.quad[0]
    return bool(_SLANTED <= abs(np.degrees(np.arctan2(down, across))) % 90 <= 90 - _SLANTED)


def _with_contrast(picture: Picture) -> Picture:
    """For faint lettering: each neighbourhood's luma stretched (CLAHE)."""
    lab = cv2.cvtColor(np.ascontiguousarray(picture.rgb), cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=6.0, tileGridSize=(8, 8)).apply(np.ascontiguousarray(lab[:, :, 0]))
    return picture.with_pixels(np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8))


def _quoted_parts(line: Line, quoted: str) -> list[Line]:
    """Every place in the line where the words stand, whatever their case, width and spacing."""
    folded, positions = _folded(line.text)
    wanted, _ = _folded(quoted)
    parts = []
    start = folded.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        parts.append(_part(line, positions[start], positions[end - 1] + 1))
        start = folded.find(wanted, end)
    return parts


def _matching_parts(line: Line, kind: str) -> list[Line]:
    found = [_part(line, *match.span()) for match in PATTERNS[kind].finditer(line.text)]
    if kind == "phone number":
        return [part for part in found if 7 <= sum(letter.isdigit() for letter in part.text) <= 15]
    return found


def _similar(lines: list[Line], quoted: str) -> list[Line]:
    """When nothing reads exactly so: lines that differ by a misread letter or two, best first."""
    from difflib import SequenceMatcher

    wanted, _ = _folded(quoted)
    rated = [(SequenceMatcher(None, wanted, _folded(line.text)[0]).ratio(), line) for line in lines]
    close = sorted((pair for pair in rated if pair[0] >= 0.75), key=lambda pair: -pair[0])
    return [Line(line.text, line.quad, line.score * ratio) for ratio, line in close]


def _folded(text: str) -> tuple[str, list[int]]:
    """Letters and digits in one case and width, and where in `text` each of them stands."""
    import unicodedata

    letters, positions = [], []
    for index, letter in enumerate(text):
        for folded in unicodedata.normalize("NFKC", letter).casefold():
            if folded.isalnum():
                letters.append(folded)
                positions.append(index)
    return "".join(letters), positions


def _part(line: Line, start: int, end: int) -> Line:
    """Characters start..end of a line, by their share of its width (Chinese counts double)."""
    if start <= 0 and end >= len(line.text):
        return line
    widths = np.cumsum([0.0] + [_advance(letter) for letter in line.text])
    left, right = widths[start] / widths[-1], widths[end] / widths[-1]
    # Letters are not equally wide: a third of one's width of slack on each cut side.
    slack = 0.35 / widths[-1]
    left, right = max(0.0, left - slack * (start > 0)), min(1.0, right + slack * (end < len(line.text)))
    top_left, top_right, bottom_right, bottom_left = line.quad
    if np.linalg.norm(bottom_left - top_left) > 1.5 * np.linalg.norm(top_right - top_left):
        # A column, written downwards: turn the quad so that its first side is the one that is read along.
        top_left, top_right, bottom_right, bottom_left = top_right, bottom_right, bottom_left, top_left
    top, bottom = top_right - top_left, bottom_right - bottom_left
    quad = [top_left + left * top, top_left + right * top, bottom_left + right * bottom, bottom_left + left * bottom]
    return Line(line.text[start:end], np.asarray(quad, np.float32), line.score)


def _advance(letter: str) -> float:
    if ord(letter) > 0x2E80:
        return 2.0
    return 0.5 if letter in " .,:;'!|ilIj" else 1.3 if letter in "mwMW@" else 1.0


def _region(line: Line, picture: Picture) -> Region:
    """The line's quad, grown by an eighth of its height so that the letters' antialiased edges are in it.

    The label is what the line says, nothing else: who rewrites it reads it there.
    """
    height = float(np.linalg.norm(line.quad[3] - line.quad[0]))
    mask = np.zeros((picture.height, picture.width), np.uint8)
    cv2.fillConvexPoly(mask, np.round(line.quad).astype(np.int32), 1)
    reach = max(1, round(height / 8))
    mask = cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return Region(mask.astype(np.float32), line.text.strip(), round(line.score, 3))
