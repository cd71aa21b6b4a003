"""Region: a soft mask over a picture, with its name, its score and its algebra."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, x to the right, y down, x1 and y1 exclusive."""

Mask = NDArray[np.float32]


@dataclass(frozen=True, eq=False, init=False)
class Region:
    """A soft mask (H×W float32 in 0..1) over a picture.

    `label` is what it shows, in words; `score` in 0..1 says how sure its finder is. `box` is the tight box around
    what is above zero, and `patch` the mask inside that box. `&`, `|` and `~` are the fuzzy and (minimum), or
    (maximum) and not (1 - mask). `frame` is (height, width) of the picture.
    """

    mask: Mask
    label: str
    score: float
    box: Box = field(init=False)
    frame: tuple[int, int] = field(init=False)
    patch: Mask = field(init=False)

    def __init__(self, mask: Mask, label: str = "", score: float = 1.0) -> None:
        mask = _checked(mask)
        box = _bounding_box(mask)
        self._keep(label, score, box, (int(mask.shape[0]), int(mask.shape[1])))
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "patch", mask[box[1] : box[3], box[0] : box[2]])

    @classmethod
    def within(
        cls, patch: Mask, x: int, y: int, height: int, width: int, label: str = "", score: float = 1.0
    ) -> Region:
        """A region of an H×W picture that lies in `patch`, whose top left corner is at (x, y); it must fit inside.

        A small region of a large picture then takes no memory for the rest: `mask` is only made if it is asked for.
        """
        patch = _checked(patch)
        if x < 0 or y < 0 or y + patch.shape[0] > height or x + patch.shape[1] > width:
            raise ValueError(f"a patch of {patch.shape} at ({x}, {y}) doesn't fit into {height}×{width}")
        inner = _bounding_box(patch)
        region = cls.__new__(cls)
        box = (inner[0] + x, inner[1] + y, inner[2] + x, inner[3] + y) if inner[2] else inner
        region._keep(label, score, box, (height, width))
        object.__setattr__(region, "patch", patch[inner[1] : inner[3], inner[0] : inner[2]])
        return region

    @classmethod
    def whole(cls, height: int, width: int, label: str = "") -> Region:
        return cls(np.ones((height, width), np.float32), label)

    @classmethod
    def from_box(cls, box: Box, height: int, width: int, label: str = "", score: float = 1.0) -> Region:
        """A hard rectangle; `box` (x0, y0, x1, y1) is clipped to the picture."""
        x0, x1 = (min(max(x, 0), width) for x in (box[0], box[2]))
        y0, y1 = (min(max(y, 0), height) for y in (box[1], box[3]))
        if x1 <= x0 or y1 <= y0:
            return cls(np.zeros((height, width), np.float32), label, score)
        return cls.within(np.ones((y1 - y0, x1 - x0), np.float32), x0, y0, height, width, label, score)

    def _keep(self, label: str, score: float, box: Box, frame: tuple[int, int]) -> None:
        for name, value in (("label", label), ("score", score), ("box", box), ("frame", frame)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Mask:
        # Only reached while `mask` has not been made: a region that was given by its patch.
        if name != "mask":
            raise AttributeError(f"'Region' has no attribute '{name}'")
        mask = np.zeros(self.frame, np.float32)
        x0, y0, x1, y1 = self.box
        mask[y0:y1, x0:x1] = self.patch
        mask.flags.writeable = False
        object.__setattr__(self, "mask", mask)
        return mask

    @property
    def height(self) -> int:
        return self.frame[0]

    @property
    def width(self) -> int:
        return self.frame[1]

    @property
    def area(self) -> float:
        """Share of the picture that it covers, 0..1."""
        return float(self.patch.sum(dtype=np.float64)) / (self.height * self.width)

    @property
    def is_empty(self) -> bool:
        return self.box[2] == 0

    def __and__(self, other: Region) -> Region:
        self._check_same_shape(other)
        label = " and ".join(name for name in (self.label, other.label) if name)
        return Region(np.minimum(self.mask, other.mask), label, min(self.score, other.score))

    def __or__(self, other: Region) -> Region:
        self._check_same_shape(other)
        label = " or ".join(name for name in (self.label, other.label) if name)
        return Region(np.maximum(self.mask, other.mask), label, min(self.score, other.score))

    def __invert__(self) -> Region:
        return Region(1.0 - self.mask, f"not {self.label}" if self.label else "", self.score)

    def feather(self, radius: float) -> Region:
        """Soften the edge with a Gaussian of `radius` pixels (its standard deviation); 0 changes nothing."""
        if radius <= 0:
            return self
        import cv2

        soft = cv2.GaussianBlur(self.mask, (0, 0), radius, borderType=cv2.BORDER_REPLICATE)
        return replace(self, mask=np.clip(soft, 0.0, 1.0))

    def grow(self, pixels: int) -> Region:
        """Dilate by `pixels` (a disc); negative shrinks."""
        if pixels == 0:
            return self
        import cv2

        size = 2 * abs(pixels) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        change = cv2.dilate if pixels > 0 else cv2.erode
        return replace(self, mask=np.asarray(change(self.mask, disc), np.float32))

    def _check_same_shape(self, other: Region) -> None:
        if self.frame != other.frame:
            raise ValueError(f"regions of one picture have one shape, got {self.frame} and {other.frame}")


def _checked(mask: Mask) -> Mask:
    """float32, contiguous, read-only. Raises ValueError."""
    mask = np.ascontiguousarray(mask, dtype=np.float32)
    if mask.ndim != 2 or mask.size == 0:
        raise ValueError(f"a region's mask is H×W and not empty, got shape {mask.shape}")
    if not (mask.min() >= 0.0 and mask.max() <= 1.0):  # so that NaN fails too
        raise ValueError(f"a region's mask lies in 0..1, got {mask.min()}..{mask.max()}")
    mask.flags.writeable = False
    return mask


def _bounding_box(mask: Mask) -> Box:
    """Tight box around what is above zero; (0, 0, 0, 0) when nothing is."""
    # The largest of a row is found three times as fast as whether any of it is set.
    rows = np.flatnonzero(mask.max(axis=1))
    if rows.size == 0:
        return (0, 0, 0, 0)
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].max(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
