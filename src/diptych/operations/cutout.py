"""Cutting a thing out of a picture with soft, clean edges, and pasting it somewhere else.

An edge pixel shows some of the thing and some of what lies behind it: I = αF + (1 - α)B. Pasted as it is, its share
of the old background is a halo. So its own colour F is estimated by Blur Fusion (Forte, "Approximate Fast Foreground
Colour Estimation", 2021): F and B are first taken as local means, weighted by α and 1 - α, and F is then
corrected so that the equation above holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diptych.core.picture import Picture
from diptych.core.region import Box, Region
from diptych.operations.change import Pixels
from diptych.operations.resampling import resize_pixels

Floats = NDArray[np.float32]

_RADII = (45, 6)
"""Reach of the local means in px: a wide pass, then a narrow one that starts from its result (Forte, section 2)."""

_SEEN = 1.0 / 255.0
_STRIP = 256
_TILE = 512


@dataclass(frozen=True, eq=False)
class Cutout:
    """A thing by itself. `pixels` H×W×4 uint8, straight alpha; `box` is where it was."""

    pixels: Pixels
    box: Box

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

    def resized(self, width: int, height: int) -> Cutout:
        return Cutout(resize_pixels(self.pixels, max(width, 1), max(height, 1)), self.box)


def cut_out(picture: Picture, region: Region) -> Cutout:
    """What the region shows, in its own colours up to the edge; cropped to the region's box.

    Where the picture is transparent already, the cutout is too.
    """
    x0, y0, x1, y1 = region.box
    margin = 2 * _RADII[1]
    top, left = max(y0 - margin, 0), max(x0 - margin, 0)
    window = np.s_[top : y1 + margin, left : x1 + margin]
    alpha = soft_edge(region.mask[window])
    color = foreground(np.ascontiguousarray(picture.rgb[window]), alpha)
    if picture.alpha is not None:
        alpha = alpha * (picture.alpha[window].astype(np.float32) / 255.0)
    straight = np.dstack([color, np.rint(alpha * 255.0).astype(np.uint8)])
    inner = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    return Cutout(np.ascontiguousarray(straight[inner]), region.box)


def soft_edge(mask: Floats) -> Floats:
    """H×W 0..1: a hard mask gets an edge about two pixels wide, turned inwards; a soft one keeps its own.

    A mask counts as hard where fewer than one in five of its edge pixels are neither 0 nor 1.
    """
    import cv2

    inside = (mask > 0.5).astype(np.uint8)
    edge = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    soft = (mask > 0.05) & (mask < 0.95)
    if int(edge.sum()) == 0 or int((soft & edge).sum()) >= 0.2 * int(edge.sum()):
        return mask
    blurred = cv2.GaussianBlur(mask, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(2.0 * blurred - 1.0, 0.0, 1.0), np.float32)


def foreground(pixels: Pixels, alpha: Floats) -> Pixels:
    """H×W×3 uint8: the thing's own colour wherever alpha > 0; unchanged where alpha is 1.

    Works tile by tile, and only on tiles with an edge in them: most of a picture has none.
    """
    edge = (alpha > 0) & (alpha < 1.0 - _SEEN / 2)
    result = pixels
    height, width = alpha.shape
    margin = sum(_RADII)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            tile = np.s_[top : top + _TILE, left : left + _TILE]
            if not edge[tile].any():
                continue
            if result is pixels:
                result = pixels.copy()
            y, x = max(top - margin, 0), max(left - margin, 0)
            around = np.s_[y : top + _TILE + margin, x : left + _TILE + margin]
            own = _blur_fusion(pixels[around].astype(np.float32), alpha[around])
            inner = own[top - y : top - y + _TILE, left - x : left - x + _TILE]
            result[tile][edge[tile]] = np.rint(inner[edge[tile]]).astype(np.uint8)
    return result


def _blur_fusion(image: Floats, alpha: Floats) -> Floats:
    """H×W×3 float32 0..255: the estimate of F everywhere."""
    import cv2

    weight = alpha[:, :, None]
    own, behind = image, image
    for radius in _RADII:
        size = (2 * radius + 1, 2 * radius + 1)
        near = cv2.blur(alpha, size)[:, :, None]
        mean_own = cv2.blur(own * weight, size) / np.maximum(near, 1e-5)
        mean_behind = cv2.blur(behind * (1.0 - weight), size) / np.maximum(1.0 - near, 1e-5)
        own = np.clip(mean_own + weight * (image - weight * mean_own - (1.0 - weight) * mean_behind), 0.0, 255.0)
        behind = mean_behind
    return own


def paste(canvas: Pixels, cutout: Pixels, x: int, y: int) -> Floats:
    """Lay H×W×4 `cutout` with its top left corner at (x, y) over `canvas` (RGB or RGBA), in place, as far as it fits.

    Returns the canvas-sized mask (float32 in 0..1) of what it covers. Porter and Duff's "over".
    """
    height, width = canvas.shape[:2]
    covered = np.zeros((height, width), np.float32)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + cutout.shape[1], width), min(y + cutout.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return covered
    piece = cutout[y0 - y : y1 - y, x0 - x : x1 - x]
    canvas[y0:y1, x0:x1] = over(piece, canvas[y0:y1, x0:x1])
    covered[y0:y1, x0:x1] = piece[:, :, 3].astype(np.float32) / 255.0
    return covered


def over(front: Pixels, back: Pixels) -> Pixels:
    """H×W×4 `front` over `back` (H×W×3, or H×W×4 with straight alpha); as many channels as `back`."""
    result = np.empty_like(back)
    for top in range(0, back.shape[0], _STRIP):
        rows = np.s_[top : top + _STRIP]
        result[rows] = _over(front[rows], back[rows])
    return result


def _over(front: Pixels, back: Pixels) -> Pixels:
    alpha = front[:, :, 3:].astype(np.float32) / 255.0
    if back.shape[2] == 3:
        mixed = back + (front[:, :, :3].astype(np.float32) - back) * alpha
        return np.rint(mixed).astype(np.uint8)
    under = back[:, :, 3:].astype(np.float32) / 255.0 * (1.0 - alpha)
    total = alpha + under
    color = (front[:, :, :3] * alpha + back[:, :, :3] * under) / np.maximum(total, 1e-6)
    return np.asarray(np.rint(np.dstack([color, total * 255.0])), np.uint8)
