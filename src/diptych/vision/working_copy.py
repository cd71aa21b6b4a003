"""The reduced copy that finders think on, and the way back from its masks to full resolution."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from diptych.operations.color_space import oklab_pixels
from diptych.operations.guided import guided_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.picture import Picture
    from diptych.core.region import Mask
    from diptych.vision.matting import Matting, Seen

LONGEST_SIDE = 512
"""Pixels. Every colour and texture model here is tuned at this size."""

SMALLEST = 16
"""Pixels of the shorter side below which the matting network isn't asked."""


@dataclass(frozen=True, eq=False)
class WorkingCopy:
    """`rgb` h×w×3 uint8 is `picture` shrunk so that its longest side is at most LONGEST_SIDE. `matting` is the network
    that may be asked about it; None where finders have to do without."""

    picture: Picture
    rgb: NDArray[np.uint8]
    matting: Matting | None = field(default=None)

    @classmethod
    def of(cls, picture: Picture, matting: Matting | None = None) -> WorkingCopy:
        return cls(picture, shrunk(picture.rgb, LONGEST_SIDE), matting)

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.rgb.shape[0]), int(self.rgb.shape[1])

    @cached_property
    def seen(self) -> Seen | None:
        """What the matting network says; None without one, and of pictures too small to show anything."""
        if self.matting is None or min(self.shape) < SMALLEST:
            return None
        return self.matting.look(self.rgb)

    def fitted(self, chances: Mask) -> Mask:
        """A mask that the network gave (any size) at the copy's size."""
        height, width = self.shape
        return np.asarray(cv2.resize(chances, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    @cached_property
    def oklab(self) -> Mask:
        """h×w×3 float32 OKLab."""
        return oklab_pixels(self.rgb)

    @cached_property
    def cielab(self) -> Mask:
        """h×w×3 float32 CIELAB (L in 0..100)."""
        lab: Mask = cv2.cvtColor(self.rgb.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
        return lab

    @cached_property
    def texture(self) -> Mask:
        """h×w float32: standard deviation of OKLab lightness over 9×9 pixels. Clear sky is about 0.005."""
        lightness = self.oklab[:, :, 0]
        mean = cv2.blur(lightness, (9, 9))
        variance = cv2.blur(lightness * lightness, (9, 9)) - mean * mean
        return np.sqrt(np.maximum(variance, 0.0))

    @cached_property
    def depth(self) -> Mask:
        """h×w float32: 0 at the top row to 1 at the bottom row, a first guess at what is near."""
        height, width = self.shape
        rows = np.linspace(0.0, 1.0, height, dtype=np.float32)
        return np.broadcast_to(rows[:, None], (height, width))

    def refine(self, mask: Mask, reach: float = 2.5) -> Mask:
        """A mask of the copy's size → H×W float32 in 0..1 of the picture's size, its edges on the picture's edges.

        A guided filter over `reach` of the copy's pixels puts the edge where the picture has one; then both
        ends are pulled in, so that what is clearly outside is exactly 0 and what is clearly inside exactly 1.
        """
        height, width = self.picture.height, self.picture.width
        scale = max(height, width) / max(self.shape)
        rough = cv2.resize(np.asarray(mask, np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        guide = cv2.cvtColor(np.ascontiguousarray(self.picture.rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
        guide *= np.float32(1.0 / 255.0)
        radius = max(2, round(reach * scale))
        fine = guided_filter(guide, rough, radius, epsilon=4e-4, shrink=max(1, round(radius / 5)))
        # Beyond the filter's reach nothing may leak in: it must stay byte-identical under any edit.
        near = cv2.dilate(np.ascontiguousarray(rough > 0.02, np.uint8), np.ones((2 * radius + 1,) * 2, np.uint8))
        fine *= near
        return np.clip((fine - 0.15) / 0.7, 0.0, 1.0)


def shrunk(rgb: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """`rgb` H×W×3 with its longest side at most `longest` pixels; contiguous, and the same when it is small already."""
    height, width = rgb.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1.0:
        return np.ascontiguousarray(rgb)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA), np.uint8)


def components(binary: NDArray[np.bool_], smallest: float) -> list[NDArray[np.bool_]]:
    """The 8-connected parts of an h×w mask that cover at least the share `smallest` of it, largest first."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(binary, np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    order = np.argsort(-areas, kind="stable")
    return [labels == index + 1 for index in order if areas[index] >= max(1.0, smallest * binary.size)]


def without_holes(binary: NDArray[np.bool_], largest: float) -> NDArray[np.bool_]:
    """Fill enclosed holes of at most the share `largest` of the frame."""
    filled = binary.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(~binary, np.uint8), connectivity=4)
    height, width = binary.shape
    for index in range(1, count):
        x, y, w, h, area = stats[index]
        touches_rim = x == 0 or y == 0 or x + w == width or y + h == height
        if not touches_rim and area <= largest * binary.size:
            filled[labels == index] = True
    return filled
