"""Taking lettering off a picture, and writing other words in its place in the same hand."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.core.operation import RemoveText, ReplaceText
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.grounding import ground
from diptych.operations.imitation import Hand, imitate, is_east_asian
from diptych.operations.inking import blend
from diptych.operations.inpaint import Method, engine, fill
from diptych.operations.lettering import checked_text
from diptych.operations.rim import islands
from diptych.operations.strokes import Bools, Floats, find_strokes, softness, thickness
from diptych.runtime import Weights

_ANY_TEXT = Target(noun="text")
_ALL_TEXT = Target(noun="text", quantifier="all")
_SURROUNDINGS = 0.6
"""How much of a line's height around the box is looked at."""
_MOST_RECTIFIED = 2_000_000
"""Pixels of a straightened box; beyond it the box is looked at smaller."""


@dataclass(frozen=True, eq=False)
class TextBox:
    """One box of text: a mask (H×W bool) whose top left corner is at (left, top) of a frame (height, width)."""

    left: int
    top: int
    mask: Bools
    frame: tuple[int, int]

    def window(self, margin: int) -> tuple[slice, slice]:
        """Rows and columns of the box with `margin` pixels around it, as far as the frame reaches."""
        rows, columns = self.mask.shape
        return (
            slice(max(self.top - margin, 0), min(self.top + rows + margin, self.frame[0])),
            slice(max(self.left - margin, 0), min(self.left + columns + margin, self.frame[1])),
        )

    def within(self, margin: int) -> Bools:
        """The mask in that window."""
        rows, columns = self.window(margin)
        placed = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.bool_)
        top, left = self.top - rows.start, self.left - columns.start
        placed[top : top + self.mask.shape[0], left : left + self.mask.shape[1]] = self.mask
        return placed


@dataclass(frozen=True, eq=False)
class Board:
    """A text box seen straight on.

    quad    4×2 float32: its corners in the picture, from the top left clockwise along the reading direction; pixel
            centres lie at whole numbers
    width, height  of the straightened box, in its own pixels; `scale` of them make one of the picture's
    """

    quad: NDArray[np.float32]
    width: int
    height: int
    scale: float


def remove_text(picture: Picture, operation: RemoveText, region: Region | None, context: Context) -> Change:
    """Fill the strokes of the lettering (the whole box where they can't be told from the ground) from around them.

    Raises TargetNotFound, Unsupported (nothing here reads text).
    """
    where = region if region is not None else ground(picture, operation.target or _ALL_TEXT, context)[0]
    pixels = picture.pixels.copy()
    erased = np.zeros((picture.height, picture.width), np.bool_)
    for box in _boxes(where):
        _erase(pixels, box, erased, context.weights, operation.fill)
    name = engine(context.weights, operation.fill)
    return Change(pixels, Region(erased.astype(np.float32), where.label or "text", where.score), name)


def replace_text(picture: Picture, operation: ReplaceText, region: Region | None, context: Context) -> Change:
    """Erase the lettering and write `operation.text` in its box: same height, angle, colour, weight and softness.

    When the words to replace were quoted they are replaced wherever the region shows them, each in its box; else the
    new words are written once, in the largest box. Raises TargetNotFound, AmbiguousTarget, Unsupported, NoFont.
    """
    text = checked_text(operation.text)
    where = region if region is not None else ground(picture, operation.target or _ANY_TEXT, context)[0]
    boxes = _boxes(where)
    quoted = operation.target.text if operation.target else None
    old = quoted or (where.label if len(boxes) == 1 else None) or None  # readers label a line with what it says
    pixels = picture.pixels.copy()
    touched = np.zeros((picture.height, picture.width), np.bool_)
    written = boxes if quoted else boxes[:1]
    drawings = [_drawing(picture.rgb, box, text, old) for box in written]
    for box in boxes:
        _erase(pixels, box, touched, context.weights, operation.fill)
    for (x, y, alpha), color in drawings:
        view = np.s_[y : y + alpha.shape[0], x : x + alpha.shape[1]]
        blend(pixels[view], color, alpha)
        touched[view] |= alpha > 0
    name = engine(context.weights, operation.fill)
    return Change(pixels, Region(touched.astype(np.float32), where.label or "text", where.score), name)


def _boxes(region: Region) -> list[TextBox]:
    """The separate boxes of a region, largest first."""
    x0, y0, x1, y1 = region.box
    solid = (np.asarray(region.mask[y0:y1, x0:x1]) > 0.5).astype(np.uint8)
    count, labels, figures, _ = cv2.connectedComponentsWithStats(solid)
    boxes = []
    for number in sorted(range(1, count), key=lambda number: -int(figures[number, cv2.CC_STAT_AREA])):
        left, top, width, height = (int(figure) for figure in figures[number, :4])
        mask = labels[top : top + height, left : left + width] == number
        boxes.append(TextBox(x0 + left, y0 + top, mask, (region.height, region.width)))
    return boxes


_SPECK = 0.12
"""What a hole encloses and is smaller than this (in squares of the line's height) goes with it."""


def _erase(pixels: Pixels, box: TextBox, erased: Bools, weights: Weights, method: Method) -> None:
    """Fill the lettering in `box`, in place, and mark what was filled."""
    board = _board(box)
    line = min(board.height, board.width) / board.scale
    margin = max(round(_SURROUNDINGS * line), 8)
    window = box.window(margin)
    strokes = find_strokes(np.ascontiguousarray(pixels[window][:, :, :3]), box.within(margin), line)
    erased[window] |= strokes.spread
    if strokes.plain is not None:
        pixels[window][:, :, :3] = strokes.plain
        return
    wider = box.window(max(3 * margin, 48))
    top, left = window[0].start - wider[0].start, window[1].start - wider[1].start
    hole = np.zeros(pixels[wider].shape[:2], np.bool_)
    hole[top : top + strokes.spread.shape[0], left : left + strokes.spread.shape[1]] = strokes.spread
    # Specks of an outline or a shadow left standing between the strokes would be taken for the ground and spread.
    hole |= islands(hole, round(_SPECK * line * line))
    erased[wider] |= hole
    seen = np.ascontiguousarray(pixels[wider][:, :, :3])
    pixels[wider][:, :, :3] = fill(seen, hole, weights=weights, method=method)


def _drawing(rgb: Pixels, box: TextBox, text: str, old: str | None) -> tuple[tuple[int, int, Floats], str]:
    """The new words as ((x, y, alpha in the picture), colour), measured from the old ones."""
    board = _board(box, upright=is_east_asian(old or text))
    pad = round(0.25 * board.height)
    straight, inside = _straightened(rgb, board, pad)
    strokes = find_strokes(straight, inside, board.height)
    coverage = strokes.coverage if strokes.separable else None
    hand = Hand(inside, coverage, old)
    alpha = imitate(text, hand)
    blur = 0.6 * board.scale
    if coverage is not None:
        blur = min(softness(coverage), 0.3 * thickness(coverage), 0.12 * board.height)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), max(blur, 0.45 * board.scale)), np.float32)
    # The measured colour is that of the strokes as blurred as they were: the new ones must be as dense where densest.
    peak = float(np.quantile(alpha[alpha > 0.05], 0.9)) if (alpha > 0.05).any() else 1.0
    alpha = np.minimum(alpha / max(peak, 0.3), 1.0).astype(np.float32)
    return _into_picture(alpha, board, pad, box.frame), strokes.color


def _board(box: TextBox, upright: bool = False) -> Board:
    """Fit a quadrilateral: the outline's own four corners where it has four, else the tightest rectangle.

    A tall box is read upwards, as Latin letters on a spine are, unless the writing in it is `upright`.
    """
    outlines, _ = cv2.findContours(box.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    centres = np.concatenate(outlines).reshape(-1, 2) + np.array([box.left, box.top], np.float32)
    edges = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32)
    hull = cv2.convexHull((centres[:, None] + edges).reshape(-1, 2).astype(np.float32))
    corners = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, True), True).reshape(-1, 2)
    if len(corners) != 4:
        corners = cv2.boxPoints(cv2.minAreaRect(hull))
    quad = _reading_order(corners.astype(np.float32))
    if not upright and np.linalg.norm(quad[3] - quad[0]) > 1.6 * np.linalg.norm(quad[1] - quad[0]):
        quad = np.roll(quad, 1, axis=0)
    top, right, bottom, left = (float(np.linalg.norm(quad[(n + 1) % 4] - quad[n])) for n in range(4))
    across, down = max(top, bottom), max(left, right)
    scale = float(np.clip(96.0 / max(down, 1.0), 1.0, 4.0))
    scale = min(scale, float(np.sqrt(_MOST_RECTIFIED / max(across * down, 1.0))))
    return Board(quad, max(round(across * scale), 4), max(round(down * scale), 4), scale)


def _reading_order(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clockwise from the top left of the side along which one reads: the more level one, left to right."""
    middle = corners.mean(axis=0)
    turned = corners[np.argsort(np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0]))]
    start = int(np.argmin([_slope(turned, number) for number in range(4)]))
    return np.roll(turned, -start, axis=0).astype(np.float32)


def _slope(corners: NDArray[np.float32], number: int) -> float:
    """How far a side is from pointing right, in radians."""
    x, y = corners[(number + 1) % 4] - corners[number]
    return abs(float(np.arctan2(y, x)))


def _to_board(board: Board, pad: int) -> NDArray[np.float32]:
    """Homography from the picture to the straightened box with `pad` pixels around it."""
    w, h = board.width, board.height
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32) + np.float32(pad - 0.5)
    return np.asarray(cv2.getPerspectiveTransform(board.quad, corners), np.float32)


def _straightened(rgb: Pixels, board: Board, pad: int) -> tuple[Pixels, Bools]:
    size = (board.width + 2 * pad, board.height + 2 * pad)
    seen = cv2.warpPerspective(
        np.ascontiguousarray(rgb), _to_board(board, pad), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    inside = np.zeros((size[1], size[0]), np.bool_)
    inside[pad : pad + board.height, pad : pad + board.width] = True
    return np.asarray(seen, np.uint8), inside


def _into_picture(alpha: Floats, board: Board, pad: int, shape: tuple[int, int]) -> tuple[int, int, Floats]:
    """A straightened layer back into the picture: (x, y) of its window there, and its pixels."""
    margin = pad / board.scale + 2
    x0, y0 = np.floor(board.quad.min(axis=0) - margin).astype(int)
    x1, y1 = np.ceil(board.quad.max(axis=0) + margin).astype(int)
    x0, y0, x1, y1 = max(int(x0), 0), max(int(y0), 0), min(int(x1) + 1, shape[1]), min(int(y1) + 1, shape[0])
    shift = np.array([[1, 0, x0], [0, 1, y0], [0, 0, 1]], np.float32)
    there = cv2.warpPerspective(
        alpha, _to_board(board, pad) @ shift, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    there[there < 1 / 255] = 0.0
    return x0, y0, np.asarray(np.clip(there, 0.0, 1.0), np.float32)
