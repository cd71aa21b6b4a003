"""Open-vocabulary models as finders of regions: masks by their parts, boxes by SAM or as soft rectangles.

Boxes are (x0, y0, x1, y1), x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from diptych.core.region import Region
from diptych.vision.open_models import CLIPSeg, Detection, Sam
from diptych.vision.working_copy import WorkingCopy, components, shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.picture import Picture
    from diptych.core.region import Mask

LONGEST_SIDE = 1536
"""Pixels. Larger pictures are shrunk first: none of the models looks at more than 1333, and their preprocessing would
take gigabytes for a photo of 50 megapixels."""

SAME_BOX = 0.7
"""Intersection over union from which two boxes are one thing found twice."""

MOST = 16
"""Candidates beyond the best of these are not offered."""

SMALLEST_PART = 0.001
"""Share of the frame below which a part of CLIPSeg's mask is a speck."""

SOFT_EDGE = 0.04
"""Share of a box's shorter side over which a rectangle fades in."""


class Finder(Protocol):
    """Text → regions, each one thing, without labels. `finds_stuff`: whether sky and grass come out in their shape."""

    @property
    def name(self) -> str: ...

    @property
    def finds_stuff(self) -> bool: ...

    def find(self, picture: Picture, query: str) -> list[Region]: ...


class Detector(Protocol):
    """Text → boxes: H×W×3 uint8 and a query in English → detections above the model's threshold, in its pixels."""

    @property
    def name(self) -> str: ...

    def detect(self, rgb: NDArray[np.uint8], query: str) -> list[Detection]: ...


@dataclass(frozen=True)
class ByMask:
    """CLIPSeg knows no instances: each connected part of its mask stands for one thing.

    A part is where the likelihood is above `threshold`; its score is the mean likelihood there.
    """

    model: CLIPSeg
    threshold: float = 0.3
    finds_stuff = True

    @property
    def name(self) -> str:
        return self.model.name

    def find(self, picture: Picture, query: str) -> list[Region]:
        likelihood = self.model.likelihood(shrunk(picture.rgb, LONGEST_SIDE), query)
        # `refine` takes the network's square for a copy of the picture, and puts the edges where the picture has them.
        copy = WorkingCopy(picture, shrunk(picture.rgb, max(likelihood.shape)))
        parts = components(likelihood > self.threshold, SMALLEST_PART)
        scored = sorted(((float(likelihood[part].mean()), part) for part in parts), key=lambda one: -one[0])[:MOST]
        return [_compact(copy.refine(part.astype(np.float32)), score) for score, part in scored]


@dataclass(frozen=True)
class ByBox:
    """A detector's boxes, each made a mask by SAM; without it, a rectangle with a soft edge."""

    detector: Detector
    segmenter: Sam | None = None

    @property
    def name(self) -> str:
        return f"{self.detector.name} + {self.segmenter.name}" if self.segmenter else self.detector.name

    @property
    def finds_stuff(self) -> bool:
        return self.segmenter is not None

    def find(self, picture: Picture, query: str) -> list[Region]:
        height, width = picture.height, picture.width
        rgb = shrunk(picture.rgb, LONGEST_SIDE)
        rows, columns = rgb.shape[:2]
        found = [Detection(_clipped(box, rows, columns), score) for box, score in self.detector.detect(rgb, query)]
        found = distinct([one for one in found if one.box[0] < one.box[2] and one.box[1] < one.box[3]])[:MOST]
        if self.segmenter is None:
            scale = (width / columns, height / rows)
            return [soft_rectangle(one.box, scale, height, width, one.score) for one in found]
        masks = self.segmenter.segment(rgb, [one.box for one in found]) if found else ()
        whole = [cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) for mask in masks]
        # Both ends are pulled in, so that what is clearly outside is exactly 0: it stays byte-identical in any edit.
        return [
            _compact(np.clip((mask - 0.15) / 0.7, 0.0, 1.0), one.score) for mask, one in zip(whole, found, strict=True)
        ]


def distinct(found: Sequence[Detection], most_shared: float = SAME_BOX) -> list[Detection]:
    """Non-maximum suppression: best first, without those whose IoU with a better one is `most_shared` or more."""
    kept: list[Detection] = []
    for one in sorted(found, key=lambda detection: -detection.score):
        if all(iou(one.box, other.box) < most_shared for other in kept):
            kept.append(one)
    return kept


def iou(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes (x0, y0, x1, y1), 0..1; 0 where both are empty."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared) if shared > 0 else 0.0


def soft_rectangle(
    box: Sequence[float], scale: tuple[float, float], height: int, width: int, score: float = 1.0
) -> Region:
    """`box` (x0, y0, x1, y1) times `scale` (x, y) in an H×W picture, 0 outside, fading in over SOFT_EDGE inside it.

    A side that lies on the picture's rim doesn't fade: the thing goes on beyond it.
    """
    x0, x1 = _span(box[0] * scale[0], box[2] * scale[0], width)
    y0, y1 = _span(box[1] * scale[1], box[3] * scale[1], height)
    fade = round(SOFT_EDGE * min(x1 - x0, y1 - y0))
    patch = np.minimum.outer(_ramp(y0, y1, height, fade), _ramp(x0, x1, width, fade))
    return Region.within(patch, x0, y0, height, width, score=score)


def _span(low: float, high: float, length: int) -> tuple[int, int]:
    """The whole pixels of low..high: at least one, inside 0..length."""
    start = min(max(int(np.floor(low + 1e-6)), 0), length - 1)
    return start, max(start + 1, min(int(np.ceil(high - 1e-6)), length))


def _ramp(start: int, stop: int, length: int, fade: int) -> Mask:
    steps = np.arange(1, stop - start + 1, dtype=np.float32) / (fade + 1)
    ramp = np.ones(stop - start, np.float32)
    if start > 0:
        ramp = np.minimum(ramp, steps)
    return np.minimum(ramp, steps[::-1]) if stop < length else ramp


def _clipped(box: Sequence[float], height: int, width: int) -> tuple[float, float, float, float]:
    x0, x1 = (min(max(x, 0.0), float(width)) for x in (box[0], box[2]))
    y0, y1 = (min(max(y, 0.0), float(height)) for y in (box[1], box[3]))
    return x0, y0, x1, y1


def _compact(mask: Mask, score: float) -> Region:
    """A region that keeps only what is inside its box: a dozen full masks of a large photo are gigabytes."""
    region = Region(mask)
    if region.is_empty:
        return Region.from_box((0, 0, 0, 0), region.height, region.width)
    return Region.within(region.patch.copy(), *region.box[:2], *region.frame, score=score)
