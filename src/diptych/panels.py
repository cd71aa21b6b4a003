"""Pictures about pictures: regions outlined on a picture, and before and after side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diptych.core.picture import Picture

if TYPE_CHECKING:
    from diptych.core.region import Region

PALETTE = ((255, 64, 96), (0, 190, 255), (255, 196, 0), (96, 224, 96), (200, 120, 255), (255, 128, 32))
"""sRGB; one colour for each region in turn, told apart on most photos."""


def outlined(picture: Picture, regions: Sequence[Region | None], *, longest: int | None = None) -> Picture:
    """An opaque copy with each region's edge drawn at mask = 0.5 and its number and label beside it.

    Regions are numbered by their position, from 1, so that a number is that of its step; None and regions
    of another size are passed over. `longest` shrinks the copy to that longest side before drawing.
    """
    import cv2

    canvas = _shrunk(_flattened(picture), longest)
    height, width = canvas.shape[:2]
    thickness = max(2, round(min(height, width) / 250))
    for number, region in enumerate(regions, 1):
        if region is None or region.mask.shape != picture.pixels.shape[:2] or region.is_empty:
            continue
        mask = cv2.resize(region.mask, (width, height), interpolation=cv2.INTER_AREA)
        # One pixel of background around it, so that a region that touches the rim has an edge there too.
        hard = cv2.copyMakeBorder((mask >= 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        contours, _ = cv2.findContours(hard, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE, offset=(-1, -1))
        contours = [np.clip(contour, 0, [width - 1, height - 1]) for contour in contours]
        color = PALETTE[(number - 1) % len(PALETTE)]
        cv2.drawContours(canvas, contours, -1, (0, 0, 0), thickness + 2, cv2.LINE_AA)
        cv2.drawContours(canvas, contours, -1, color, thickness, cv2.LINE_AA)
        if contours:
            corner = min((contour[:, 0].min(axis=0) for contour in contours), key=lambda xy: (xy[1], xy[0]))
            text = f"{number}: {region.label}" if region.label else str(number)
            _tag(canvas, text, (int(corner[0]), int(corner[1])), color)
    return Picture(canvas)


def side_by_side(before: Picture, after: Picture, *, height: int = 480, gap: int = 12) -> Picture:
    """The two panels on white at one `height` in pixels (never enlarged), transparency as a checkerboard."""
    height = min(height, max(before.height, after.height))
    panels = [_at_height(_flattened(picture), height) for picture in (before, after)]
    white = np.full((height, gap, 3), 255, np.uint8)
    return Picture(np.ascontiguousarray(np.hstack([panels[0], white, panels[1]])))


def _flattened(picture: Picture) -> NDArray[np.uint8]:
    """Writable H×W×3 copy; what is transparent shows a checkerboard."""
    if picture.alpha is None:
        return np.array(picture.rgb)
    rows, columns = np.indices(picture.alpha.shape) // 16
    board = np.where((rows + columns) % 2 == 0, 204, 255).astype(np.uint16)[:, :, None]
    alpha = picture.alpha.astype(np.uint16)[:, :, None]
    return np.asarray((picture.rgb * alpha + board * (255 - alpha) + 127) // 255, np.uint8)


def _shrunk(pixels: NDArray[np.uint8], longest: int | None) -> NDArray[np.uint8]:
    import cv2

    height, width = pixels.shape[:2]
    if longest is None or max(height, width) <= longest:
        return pixels
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _at_height(pixels: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Shrunk to `height`, or centred on white when it is lower than that."""
    import cv2

    rows, columns = pixels.shape[:2]
    if rows > height:
        width = max(1, round(columns * height / rows))
        return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    above = (height - rows) // 2
    return np.pad(pixels, ((above, height - rows - above), (0, 0), (0, 0)), constant_values=255)


def _tag(canvas: NDArray[np.uint8], text: str, corner: tuple[int, int], color: tuple[int, int, int]) -> None:
    """Draw `text` on a plate of `color` whose top left lies at `corner` (x, y), moved inside the canvas."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = canvas.shape[:2]
    font = ImageFont.load_default(max(11, round(min(height, width) / 32)))
    # The font that comes with Pillow has Latin letters only; other labels show their number.
    text = text if text.isascii() else text.split(":", 1)[0]
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    pad = max(3, (bottom - top) // 4)
    plate = (min(right - left + 2 * pad, width), min(bottom - top + 2 * pad, height))
    x = max(0, min(corner[0], width - plate[0]))
    y = max(0, min(corner[1], height - plate[1]))
    image = Image.new("RGB", plate, color)
    ink = (0, 0, 0) if 0.3 * color[0] + 0.6 * color[1] + 0.1 * color[2] > 110 else (255, 255, 255)
    ImageDraw.Draw(image).text((pad - left, pad - top), text, ink, font)
    canvas[y : y + plate[1], x : x + plate[0]] = np.asarray(image)


def contact_sheet(pictures: Sequence[Picture], *, columns: int | None = None, gap: int = 4) -> Picture:
    """Pictures of one size in rows on white; by default about as wide as high."""
    columns = columns or max(1, round(len(pictures) ** 0.5 + 0.25))
    height, width = pictures[0].height, pictures[0].width
    rows = -(-len(pictures) // columns)
    canvas = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        y, x = gap + index // columns * (height + gap), gap + index % columns * (width + gap)
        canvas[y : y + height, x : x + width] = _flattened(picture)
    return Picture(canvas)
