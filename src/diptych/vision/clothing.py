"""What people wear, and their hair and skin, as the matting network tells it apart: nouns → Regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from diptych.core.region import Mask, Region
from diptych.vision.matting import Seen
from diptych.vision.working_copy import WorkingCopy, components

KIN = {"skirt": ("dress",), "dress": ("skirt",), "coat": ("top",), "top": ("coat", "dress")}
"""What a garment is taken for by the network, or by whoever names it (裙子 is both a dress and a skirt): looked for
where the group itself isn't seen."""

KIN_SURE = 0.8
"""What that leaves of the score."""

WORN = ("top", "coat", "dress", "trousers", "skirt", "scarf", "belt")
"""The groups that "the clothes" are."""

CALLED = {"top": "upper garment"}
"""How a group is called where its name means something else, too."""

LEAST = {"hat": 0.002, "scarf": 0.002, "bag": 0.004, "glasses": 0.0007, "belt": 0.0007}
"""Share of the frame below which a group that shows is a mistake more often than a thing; 0.0006 for the others.
Chosen, as SUREST, on photographs that the network was trained on."""

SUREST = {"dress": 0.6, "bag": 0.7, "belt": 0.6, "scarf": 0.4}
"""Mean probability that the surest third of a group must have; 0.5 for the others."""

UNSURE = 0.15
"""No pixel is of a group that has less than this probability, even where all others have less."""

STEEPNESS = 2.0


def worn_regions(copy: WorkingCopy, kind: str, noun: str) -> list[Region]:
    """One Region for each person that wears `kind` (a group of the network, or "all"), largest first.

    A pair of shoes on one person is one Region. The score is the mean probability of its surest third. Empty without a
    network, and where it sees no such thing.
    """
    if copy.seen is None:
        return []
    found = _of_group(copy, copy.seen, kind, noun)
    for kin in KIN.get(kind, ()):
        if found:
            break
        found = [replace(one, score=round(KIN_SURE * one.score, 3)) for one in _of_group(copy, copy.seen, kin, noun)]
    return found


def _of_group(copy: WorkingCopy, seen: Seen, kind: str, noun: str) -> list[Region]:
    """One Region for each person that wears exactly this group."""
    groups = WORN if kind == "all" else (kind,)
    mask = group_mask(seen, groups)
    chances = np.sum([seen.group(name) for name in groups], axis=0)
    called = CALLED.get(kind, kind)
    label = noun if kind in ("hair", "skin", "all") or noun == called else f"{called}, taken for the {noun}"
    found = []
    for person in persons(seen):
        own = np.where(person, mask, 0).astype(np.float32)
        inside = own > 0.5
        if float(inside.mean()) < LEAST.get(kind, 0.0006):
            continue
        score = surest(chances[inside])
        if score >= SUREST.get(kind, 0.5):
            found.append(Region(copy.refine(copy.fitted(own), REACH), label, round(score, 3)))
    return sorted(found, key=lambda region: -region.area)


def surest(chances: np.ndarray) -> float:
    """Mean of the highest third of some probabilities."""
    return float(np.sort(chances)[-max(1, len(chances) // 3) :].mean())


REACH = 5.0
"""Pixels of the working copy within which a border is moved to an edge: one of the network's pixels is about three."""


def group_mask(seen: Seen, groups: Sequence[str]) -> Mask:
    """h×w float32 in 0..1: above one half where the groups together are likelier than any other."""
    chances = np.sum([seen.group(name) for name in groups], axis=0)
    rest = np.max([seen.groups[0], *(seen.group(name) for name in seen.names if name not in groups)], axis=0)
    ahead = chances - rest
    # One half is where it is as likely as the likeliest of the others. Steep, so that a garment is one piece, and still
    # smooth, so that its border can be drawn between pixels.
    return np.asarray(np.clip(0.5 + STEEPNESS * ahead, 0.0, 1.0) * (chances > UNSURE), np.float32)


def persons(seen: Seen) -> list[np.ndarray]:
    """h×w bool, one for each person that stands apart, each pixel of the frame belonging to the nearest; one where all
    hold together, none where no person is seen."""
    parts = components(seen.person > 0.5, 0.002)
    if not parts:
        return []
    parts = [part for part in parts if part.sum() >= 0.1 * parts[0].sum()]
    if len(parts) == 1:
        return [np.ones(seen.person.shape, bool)]
    away = np.stack([cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L2, 3) for part in parts])
    nearest = away.argmin(0)
    return [nearest == index for index in range(len(parts))]
