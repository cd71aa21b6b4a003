"""Which box of the frame a crop keeps. All boxes are (x0, y0, x1, y1) in pixels, as floats until the last step."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.core.operation import Crop
from diptych.core.region import Box, Region
from diptych.operations.change import Pixels
from diptych.operations.frame_places import GRID, PARTS

Frame = tuple[float, float, float, float]

TARGET_MARGIN = 0.08
"""Room left around a target, as a share of the longer side of its box."""
PLAIN_SHARE = 0.2
"""What a crop with nothing said takes off each dimension: a tenth on every side."""
CUT_SHARE = 0.15
"""What a side loses when no share is said."""
PORTRAIT = 3 / 4


def kept_box(pixels: Pixels, crop: Crop, region: Region | None) -> Box:
    """The box of an H×W×C picture that `crop` keeps; at least 1×1. Raises Unsupported when none can be as asked."""
    height, width = pixels.shape[:2]
    whole: Frame = (0.0, 0.0, float(width), float(height))
    anchor = GRID.get(crop.anchor, (0.5, 0.5))
    aspect = _wanted_aspect(crop)
    frame = _part(whole, crop.box or PARTS.get(crop.anchor, (0.0, 0.0, 1.0, 1.0)))
    if region is not None:
        return _rounded(_around(region.box, crop.zoom, aspect, whole), whole)
    if crop.cut:
        frame = _cut(frame, crop)
    elif crop.share is not None:
        frame = _scaled(frame, 1 - crop.share, anchor)
    if crop.width is not None or crop.height is not None:
        frame = _sized(frame, crop, aspect, anchor)
        aspect = None
    if crop.zoom is not None:
        frame = _scaled(frame, 1 / crop.zoom, anchor)
    if aspect is not None:
        if crop.orientation is not None and crop.anchor == "center":
            anchor = _busiest(pixels, frame, aspect)
        frame = _with_aspect(frame, aspect, anchor)
    elif frame == whole and _says_nothing(crop):
        frame = _scaled(frame, 1 - PLAIN_SHARE, anchor)
    return _rounded(frame, whole)


def _says_nothing(crop: Crop) -> bool:
    sizes = (crop.zoom, crop.box, crop.share, crop.width, crop.height)
    return not crop.cut and crop.shape == "rectangle" and all(size is None for size in sizes)


def _wanted_aspect(crop: Crop) -> float | None:
    """Width / height. An orientation turns a given aspect, or stands for 3:4 (portrait) and 4:3 (landscape)."""
    if crop.orientation is not None:
        ratio = crop.aspect if crop.aspect is not None else PORTRAIT
        narrow = min(ratio, 1 / ratio)
        return narrow if crop.orientation == "portrait" else 1 / narrow
    if crop.aspect is None and crop.shape == "circle":
        return 1.0
    return crop.aspect


def _around(box: Box, zoom: float | None, aspect: float | None, whole: Frame) -> Frame:
    """The target's box with a margin; of the wanted aspect as far as the frame has room for it.

    Zooming keeps the frame's own aspect and leaves less margin the closer it goes.
    """
    x0, y0, x1, y1 = box
    margin = TARGET_MARGIN * max(x1 - x0, y1 - y0) / (zoom or 1.0)
    left, top = max(x0 - margin, 0.0), max(y0 - margin, 0.0)
    right, bottom = min(x1 + margin, whole[2]), min(y1 + margin, whole[3])
    if aspect is None and zoom is not None:
        aspect = whole[2] / whole[3]
    if aspect is None:
        return (left, top, right, bottom)
    width = max(right - left, (bottom - top) * aspect)
    width = min(width, whole[2], whole[3] * aspect)
    height = width / aspect
    left = min(max((left + right - width) / 2, 0.0), whole[2] - width)
    top = min(max((top + bottom - height) / 2, 0.0), whole[3] - height)
    return (left, top, left + width, top + height)


def _part(frame: Frame, shares: Frame) -> Frame:
    x0, y0, x1, y1 = frame
    left, top, right, bottom = (min(max(share, 0.0), 1.0) for share in shares)
    if left >= right or top >= bottom:
        raise Unsupported(
            Bilingual(f"The crop box {shares} holds nothing.", f"裁剪框 {shares} 内没有任何内容。"),
            Bilingual(
                "A box is x0, y0, x1, y1 as shares 0..1, x0 < x1 and y0 < y1.",
                "裁剪框为 x0, y0, x1, y1（0 到 1 的比例），且 x0 < x1、y0 < y1。",
            ),
        )
    width, height = x1 - x0, y1 - y0
    return (x0 + left * width, y0 + top * height, x0 + right * width, y0 + bottom * height)


def _cut(frame: Frame, crop: Crop) -> Frame:
    share = CUT_SHARE if crop.share is None else crop.share
    x0, y0, x1, y1 = frame
    across, down = share * (x1 - x0), share * (y1 - y0)
    if crop.pixels is not None:
        across = down = float(crop.pixels)
    x0 += across if "left" in crop.cut else 0.0
    x1 -= across if "right" in crop.cut else 0.0
    y0 += down if "top" in crop.cut else 0.0
    y1 -= down if "bottom" in crop.cut else 0.0
    amount = f"{share:.0%}" if crop.pixels is None else f"{crop.pixels} px"
    if x1 - x0 < 0.5 or y1 - y0 < 0.5:
        raise Unsupported(
            Bilingual(
                f"Cutting {amount} off {', '.join(crop.cut)} leaves nothing.",
                f"把 {', '.join(crop.cut)} 各裁去 {amount} 后什么都不剩。",
            ),
            Bilingual("Cut off less than half of opposite sides.", "相对的两边各裁去的比例请小于一半。"),
        )
    return (x0, y0, x1, y1)


def _sized(frame: Frame, crop: Crop, aspect: float | None, anchor: tuple[float, float]) -> Frame:
    """An exact size in pixels; a side that is not said follows the aspect, or stays."""
    room_width, room_height = frame[2] - frame[0], frame[3] - frame[1]
    width = float(crop.width) if crop.width else (crop.height or 0) * aspect if aspect else room_width
    height = float(crop.height) if crop.height else width / aspect if aspect else room_height
    if round(width) > round(room_width) or round(height) > round(room_height):
        raise Unsupported(
            Bilingual(
                f"A crop of {width:.0f}x{height:.0f} does not fit into {room_width:.0f}x{room_height:.0f} pixels.",
                f"{room_width:.0f}x{room_height:.0f} 像素的画面裁不出 {width:.0f}x{height:.0f}。",
            ),
            Bilingual(
                "Crop to a smaller size, or resize or extend the picture first.",
                "请裁成更小的尺寸，或先放大、扩展画面。",
            ),
        )
    return _placed(frame, width, height, anchor)


def _with_aspect(frame: Frame, aspect: float, anchor: tuple[float, float]) -> Frame:
    """The largest box of width / height = `aspect` inside `frame`."""
    room_width, room_height = frame[2] - frame[0], frame[3] - frame[1]
    width = min(room_width, room_height * aspect)
    return _placed(frame, width, width / aspect, anchor)


def _scaled(frame: Frame, scale: float, anchor: tuple[float, float]) -> Frame:
    return _placed(frame, (frame[2] - frame[0]) * scale, (frame[3] - frame[1]) * scale, anchor)


def _placed(frame: Frame, width: float, height: float, anchor: tuple[float, float]) -> Frame:
    x0 = frame[0] + anchor[0] * (frame[2] - frame[0] - width)
    y0 = frame[1] + anchor[1] * (frame[3] - frame[1] - height)
    return (x0, y0, x0 + width, y0 + height)


def _rounded(frame: Frame, whole: Frame) -> Box:
    """Whole pixels: the size is rounded first (so that a square stays square), then moved inside the frame."""
    most_width, most_height = int(whole[2]), int(whole[3])
    width = min(max(round(frame[2] - frame[0]), 1), most_width)
    height = min(max(round(frame[3] - frame[1]), 1), most_height)
    x0 = min(max(round(frame[0]), 0), most_width - width)
    y0 = min(max(round(frame[1]), 0), most_height - height)
    return (x0, y0, x0 + width, y0 + height)


def _busiest(pixels: Pixels, frame: Frame, aspect: float) -> tuple[float, float]:
    """The anchor at which a window of `aspect` holds most of the picture's detail, which is where its subject is.

    Detail is the local contrast of a 128-pixel thumbnail, weighted towards the middle. It costs about a
    millisecond; a grounder that finds the subject would cost a second.
    """
    x0, y0, x1, y1 = (round(edge) for edge in frame)
    view = pixels[y0:y1, x0:x1, :3]
    scale = 128 / max(view.shape[:2])
    size = (max(round(view.shape[1] * scale), 1), max(round(view.shape[0] * scale), 1))
    thumbnail = cv2.resize(np.ascontiguousarray(view), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    detail = np.abs(thumbnail - cv2.GaussianBlur(thumbnail, (0, 0), 6)).max(axis=2)
    kept_width = min(1.0, size[1] * aspect / size[0])
    kept_height = min(1.0, size[0] / aspect / size[1])
    return (_best_offset(detail.sum(axis=0), kept_width), _best_offset(detail.sum(axis=1), kept_height))


def _best_offset(profile: np.ndarray[tuple[int], np.dtype[np.float32]], share: float) -> float:
    """Where in 0..1 a window of `share` of the profile holds most of it."""
    length = profile.size
    window = min(max(round(share * length), 1), length)
    if window == length:
        return 0.5
    middle = 1.0 - 0.5 * np.abs(np.linspace(-1.0, 1.0, length))
    totals = np.convolve(profile * middle, np.ones(window), mode="valid")
    return float(np.argmax(totals)) / (length - window)
