"""What removal learns from: parts of photographs, and holes in them. Pure in the random generator.

Holes look like what people take away: silhouettes of people, strokes and scratches, boxes, letters; and like the new
canvas beside a picture that is extended. Held-out photographs and silhouettes (evaluation/held_out.py) are never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.evaluation.held_out import photo_is_held_out
from diptych.training.reductions import photo_paths, read_rgb

Bools = np.ndarray
"""H×W bool, True in the hole."""


def silhouettes(data: Path, *, held_out: bool) -> list[Bools]:
    """The outlines of DATA/people of one side of the split, each cut to its box. Raises Unsupported."""
    paths = [path for path in sorted((data / "people").glob("*.png"))
             if photo_is_held_out("people", path.stem) == held_out]  # fmt: skip
    if not paths:
        raise Unsupported(
            Bilingual(f"There are too few silhouettes in {data / 'people'}.", f"{data / 'people'} 里的人物轮廓太少。"),
            Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
        )
    masks = [read_rgb(path)[..., 0] > 127 for path in paths]
    return [tight(mask) for mask in masks if mask.any()]


def tight(mask: Bools) -> Bools:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@dataclass
class Holes:
    """Samples: a part of a photo of DATA/photos, and a hole for it."""

    data: Path

    @cached_property
    def photos(self) -> list[np.ndarray]:
        return [read_rgb(path) for path in photo_paths(self.data, held_out=False)]

    @cached_property
    def silhouettes(self) -> list[Bools]:
        return silhouettes(self.data, held_out=False)

    def sample(self, rng: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, Bools]:
        """(height×width×3 uint8, height×width bool); between one pixel and three fifths are hole."""
        picture = relit(rng, crop(rng, self.photos[int(rng.integers(len(self.photos)))], height, width))
        while True:
            hole = self.hole(rng, height, width)
            if 0 < hole.mean() < 0.6:
                return picture, hole

    def hole(self, rng: np.random.Generator, height: int, width: int) -> Bools:
        """Of 20: 11 silhouettes, 2 strokes, 2 lines, 1 box or ellipse, 1 letters, 3 new canvas."""
        kind = int(rng.integers(20))
        if kind < 11:
            hole = self.silhouette(rng, height, width)
            if rng.random() < 0.15:
                hole |= self.silhouette(rng, height, width)
            return hole
        draw = (*[strokes] * 2, *[lines] * 2, box, letters, *[canvas] * 3)[kind - 11]
        return draw(rng, height, width)

    def silhouette(self, rng: np.random.Generator, height: int, width: int) -> Bools:
        """Somebody's outline, 1/6 to 3/4 of the frame long, turned, anywhere: often cut off by the frame."""
        shape = self.silhouettes[int(rng.integers(len(self.silhouettes)))].astype(np.uint8)
        rows, columns = shape.shape
        scale = float(np.exp(rng.uniform(np.log(0.18), np.log(0.75)))) * max(height, width) / max(rows, columns)
        squeeze = scale * np.exp(rng.normal(0, 0.12, 2))
        angle = float(rng.normal(0, 12)) if rng.random() < 0.85 else float(rng.uniform(-180, 180))
        turn = cv2.getRotationMatrix2D((0, 0), angle, 1.0)[:, :2] * squeeze
        if rng.random() < 0.5:
            turn[:, 0] *= -1
        centre = rng.uniform(0.1, 0.9, 2) * (width, height)
        shift = centre - turn @ (columns / 2, rows / 2)
        placed = cv2.warpAffine(shape, np.column_stack([turn, shift]), (width, height), flags=cv2.INTER_NEAREST)
        if rng.random() < 0.5:  # masks are widened before they are filled
            side = 2 * int(rng.integers(1, 4)) + 1
            placed = cv2.dilate(placed, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        return placed > 0


def crop(rng: np.random.Generator, photo: np.ndarray, height: int, width: int) -> np.ndarray:
    """A part of the photo as height×width, from its own resolution up to all of it, half of the time mirrored."""
    rows, columns = photo.shape[:2]
    largest = min(rows / height, columns / width)
    scale = float(np.exp(rng.uniform(np.log(min(0.9, largest)), np.log(largest))))
    h, w = min(round(height * scale), rows), min(round(width * scale), columns)
    y, x = int(rng.integers(rows - h + 1)), int(rng.integers(columns - w + 1))
    part = photo[y : y + h, x : x + w]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)


def relit(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Another exposure, contrast and tint, by a table for each channel; now and then the channels change places."""
    if rng.random() < 0.2:
        picture = picture[..., rng.permutation(3)]
    levels = np.linspace(0, 1, 256) ** float(np.exp(rng.normal(0, 0.2)))
    levels = (levels - 0.5) * float(rng.uniform(0.75, 1.15)) + 0.5 + float(rng.uniform(-0.08, 0.08))
    table = np.clip(levels[:, None] * rng.uniform(0.92, 1.08, 3), 0, 1) * 255
    return cv2.LUT(np.ascontiguousarray(picture), np.rint(table).astype(np.uint8)[None])


# ---- holes that are drawn ------------------------------------------------------------------------------------------


def strokes(rng: np.random.Generator, height: int, width: int) -> Bools:
    """One to four brush strokes of some bends."""
    hole = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        at = rng.uniform(0, 1, 2) * (width, height)
        heading, thick = float(rng.uniform(0, 2 * np.pi)), int(rng.integers(4, max(min(height, width) // 7, 5)))
        for _ in range(int(rng.integers(2, 9))):
            heading += float(rng.normal(0, 0.7))
            to = at + rng.uniform(0.05, 0.2) * max(height, width) * np.array([np.cos(heading), np.sin(heading)])
            cv2.line(hole, _point(at), _point(to), 1, thick)
            at = to
    return hole > 0


def lines(rng: np.random.Generator, height: int, width: int) -> Bools:
    """Scratches and wires: one to six thin lines, most from side to side."""
    hole = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        ends = rng.uniform(-0.1, 1.1, (2, 2))
        if rng.random() < 0.7:
            ends[:, int(rng.integers(2))] = (-0.05, 1.05)
        sag = rng.normal(0, 0.08, 2)
        t = np.linspace(0, 1, 12)[:, None]
        points = (ends[0] * (1 - t) + ends[1] * t + 4 * t * (1 - t) * sag) * (width, height)
        cv2.polylines(hole, [np.rint(points).astype(np.int32)], False, 1, int(rng.integers(1, 6)))
    return hole > 0


def box(rng: np.random.Generator, height: int, width: int) -> Bools:
    hole = np.zeros((height, width), np.uint8)
    half = tuple(int(side * rng.uniform(0.05, 0.3)) + 1 for side in (width, height))
    centre = _point(rng.uniform(0, 1, 2) * (width, height))
    if rng.random() < 0.4:
        cv2.ellipse(hole, centre, half, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    else:
        cv2.fillPoly(hole, [np.rint(cv2.boxPoints((centre, half, float(rng.normal(0, 10))))).astype(np.int32)], 1)
    return hole > 0


def letters(rng: np.random.Generator, height: int, width: int) -> Bools:
    """A line or two of stroked signs, widened as they are before they are filled."""
    hole = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 3))):
        text = "".join(chr(int(code)) for code in rng.integers(48, 91, int(rng.integers(2, 10))))
        size = float(rng.uniform(0.5, 1.6))
        place = _point(rng.uniform((-0.1, 0.2), (0.7, 1.0)) * (width, height))
        cv2.putText(hole, text, place, int(rng.integers(0, 5)), size, 1, int(rng.integers(1, 2 + round(3 * size))))
    return cv2.dilate(hole, np.ones((3, 3), np.uint8)) > 0


def canvas(rng: np.random.Generator, height: int, width: int) -> Bools:
    """New canvas along one to four sides, up to three tenths of the frame each."""
    hole = np.ones((height, width), bool)
    sides = rng.random(4) < (0.35 if rng.random() < 0.7 else 1.0)
    if not sides.any():
        sides[int(rng.integers(4))] = True
    top, bottom, left, right = (rng.uniform(0.05, 0.3, 4) * sides * (height, height, width, width)).astype(int)
    hole[top : height - bottom, left : width - right] = False
    return hole


def _point(at: np.ndarray) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))
