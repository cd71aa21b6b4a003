"""The ground: what runs in from the bottom of the frame without a break, of whatever material it is."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.core.region import Region
from diptych.vision.landscape import landscape_extent
from diptych.vision.subject import find_cutout
from diptych.vision.superpixels import pairwise_distances, shortest_paths, slic
from diptych.vision.working_copy import WorkingCopy, components, without_holes

COLOR_SIGMA = 14.0
"""CIELAB: how far the colour may drift along a path from the bottom rim."""


def ground_region(copy: WorkingCopy) -> Region | None:
    """Superpixels whose colour is reached from the bottom rim in small steps, less the sky and the clear subject.

    None where the bottom rim is mostly subject (a portrait has no ground) or what is found is no more than a strip.
    """
    free = np.ones(copy.shape, bool)
    cutout = find_cutout(copy)
    if cutout is not None and cutout.score > 0.6:
        free &= cutout.mask < 0.5
    sky = landscape_extent(copy, "sky")
    if sky is not None:
        free &= ~sky[0]
    bottom = free[-1]
    if float(bottom.mean()) < 0.4:
        return None
    reached = _reached_from_below(copy, free)
    found = np.zeros(copy.shape, bool)
    for part in components((reached > 0.5) & free & (copy.depth > 0.3), 0.005):
        if float(part[-1].mean()) > 0.05:
            found |= part
    found = without_holes(found, largest=0.004)
    if float(found.mean()) < 0.04:
        return None
    score = 0.35 + 0.35 * float(found[-1].mean()) * float(reached[found].mean())
    return Region(copy.refine(found.astype(np.float32)), "ground", round(score, 3))


def _reached_from_below(copy: WorkingCopy, free: np.ndarray) -> np.ndarray:
    """h×w float32 in 0..1: exp(-d² / 2σ²) of the geodesic colour distance d to the bottom rim."""
    # Grass and gravel are smoothed first: grain would add up along the path.
    patches = slic(cv2.GaussianBlur(copy.cielab, (0, 0), 3.0), count=300)
    distance = pairwise_distances(patches.color)
    open_share = np.bincount(patches.labels.ravel(), weights=free.ravel(), minlength=patches.count) / patches.size
    passable = open_share > 0.5
    linked = patches.touching() & passable[:, None] & passable[None]
    geodesic = shortest_paths(np.where(linked, distance, np.float32(np.inf)))
    start = np.zeros(patches.count, bool)
    start[patches.labels[-1]] = True
    start &= passable
    if not start.any():
        return np.zeros(copy.shape, np.float32)
    nearest = geodesic[:, start].min(axis=1)
    return patches.spread(np.exp(-np.square(nearest / COLOR_SIGMA) / 2).astype(np.float32))
