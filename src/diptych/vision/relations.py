"""Relations between regions: which candidates stand to an anchor as the words say ("the dog left of the man")."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diptych.core.region import Box, Region
from diptych.core.target import RelationKind
from diptych.vision.places import centroid

BELONGING = frozenset({"of", "on", "in", "with", "from"})
"""Relations of a thing that lies on its anchor."""


def related(found: Sequence[Region], kind: RelationKind, anchors: Sequence[Region]) -> list[Region]:
    """Those of `found` that stand to any of `anchors` as `kind` says; each keeps its score.

    "behind", "in front of", "around", "between" and "to" can't be told from masks: they keep every candidate.
    "except" cuts the anchors out of the candidates.
    """
    if kind == "except":
        rest = [_without(region, anchors) for region in found]
        return [region for region in rest if not region.is_empty]
    if kind in BELONGING:
        return [region for region in found if any(_lies_on(region, anchor) for anchor in anchors)]
    test = SIDES.get(kind)
    if test is None:
        return list(found)
    return [region for region in found if any(test(region, anchor) for anchor in anchors)]


def _without(region: Region, anchors: Sequence[Region]) -> Region:
    mask = region.mask
    for anchor in anchors:
        mask = np.minimum(mask, 1.0 - anchor.mask)
    return Region(mask, f"{region.label} except {anchors[0].label}", region.score)


def _lies_on(region: Region, anchor: Region) -> bool:
    """At least half of the region's box lies in the anchor's box."""
    return _shared(region.box, anchor.box) >= 0.5


def _shared(box: Box, other: Box) -> float:
    """Share of `box` that lies in `other`."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((box[2] - box[0]) * (box[3] - box[1]))


def _left_of(region: Region, anchor: Region) -> bool:
    return centroid(region)[0] * region.width < _middle(anchor)[0] and not _covers(region, anchor)


def _right_of(region: Region, anchor: Region) -> bool:
    return centroid(region)[0] * region.width > _middle(anchor)[0] and not _covers(region, anchor)


def _above(region: Region, anchor: Region) -> bool:
    return centroid(region)[1] * region.height < _middle(anchor)[1] and not _covers(region, anchor)


def _below(region: Region, anchor: Region) -> bool:
    return centroid(region)[1] * region.height > _middle(anchor)[1] and not _covers(region, anchor)


def _near(region: Region, anchor: Region) -> bool:
    """The gap between the boxes is under one and a half times the anchor, and they are not the same thing."""
    gap_x = max(region.box[0] - anchor.box[2], anchor.box[0] - region.box[2], 0)
    gap_y = max(region.box[1] - anchor.box[3], anchor.box[1] - region.box[3], 0)
    reach = 1.5 * max(anchor.box[2] - anchor.box[0], anchor.box[3] - anchor.box[1])
    return max(gap_x, gap_y) <= reach and not _covers(region, anchor)


def _middle(region: Region) -> tuple[float, float]:
    return (region.box[0] + region.box[2]) / 2, (region.box[1] + region.box[3]) / 2


def _covers(region: Region, anchor: Region) -> bool:
    return _shared(anchor.box, region.box) > 0.8 and _shared(region.box, anchor.box) > 0.8


SIDES: dict[RelationKind, Callable[[Region, Region], bool]] = {
    "left of": _left_of,
    "right of": _right_of,
    "above": _above,
    "below": _below,
    "beside": _near,
    "near": _near,
}
