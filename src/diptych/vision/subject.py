"""The subject of a picture, and what lies behind it.

The matting network (`matting.py`) sees people and what it takes for a subject. Where it isn't sure, saliency
(`saliency.py`) says roughly where; GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004) draws the border by
colour models of both sides; a guided filter puts it on the full-resolution edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from diptych.core.region import Region
from diptych.vision.clothing import REACH
from diptych.vision.focus import focus, shallowness
from diptych.vision.matting import Seen, sureness
from diptych.vision.saliency import saliency
from diptych.vision.working_copy import WorkingCopy, components, shrunk, without_holes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.region import Mask

GRABCUT_SIDE = 320
"""Pixels, longest side. Mean IoU with outlined people is 0.02 to 0.03 higher at 384 than at 256, at twice the time."""

SURELY_BEHIND, PERHAPS = 0.25, 0.55
"""Saliency below the first is background for good; above the second it seeds the subject."""

FOCUS_SHARE = 0.35
"""Weight of focus in a picture whose surroundings are blurred (mean IoU +0.004 on 80 photos of outlined people)."""

TRUSTED = 0.8
"""A cut of the matting network that expects this IoU of itself is taken without asking saliency."""

UNLIKE_PEOPLE = 0.6
"""What is left of the network's sureness about a subject that is no person: of those it has seen stickers only."""

FAINT = 0.2
"""Probabilities of the network up to this one show nothing, and from 1 minus it on everything."""

NECK = 0.17
"""Share of the frame's height up to which a gap between two parts one above the other is closed."""


@dataclass(frozen=True, eq=False)
class Cutout:
    """mask   h×w float32 in 0..1 at the working copy's size
    score  the IoU to expect of it, 0..1
    by     what found it: "matting" or "saliency"
    """

    mask: Mask
    score: float
    by: str = "saliency"


def find_cutout(copy: WorkingCopy) -> Cutout | None:
    """The subject of the picture, all its parts together; None when nothing stands out.

    A picture with transparency was cut out before: its subject is what is opaque. Else the matting network is asked,
    and where it isn't sure, saliency: the surer one is right more often.
    """
    if (opaque := _opaque(copy)) is not None:
        return Cutout(opaque, 1.0)
    matted = matted_cutout(copy)
    if matted is not None and matted.score >= TRUSTED:
        return matted
    salient = salient_cutout(copy)
    found = [cutout for cutout in (matted, salient) if cutout is not None]
    return max(found, key=lambda cutout: cutout.score, default=None)


def matted_cutout(copy: WorkingCopy) -> Cutout | None:
    """The subject as the matting network sees it, its mask soft; None where it sees none, or there is no network."""
    if copy.seen is None:
        return None
    alpha = copy.seen.alpha
    if not 0.004 < float((alpha > 0.5).mean()) < 0.95:
        return None
    shown = alpha > 0.5
    human = float(copy.seen.person[shown].mean())
    return Cutout(
        copy.fitted(firm(alpha)), round(sureness(alpha) * (UNLIKE_PEOPLE + (1 - UNLIKE_PEOPLE) * human), 3), "matting"
    )


def salient_cutout(copy: WorkingCopy) -> Cutout | None:
    """The subject by saliency and GrabCut, its mask hard."""
    rgb = shrunk(copy.rgb, GRABCUT_SIDE)
    if min(rgb.shape[:2]) < 8:
        return None
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    standing_out = _standing_out(lab)
    cut = _grab_cut(rgb, standing_out)
    if cut is None:
        return None
    cut = _tidied(cut, standing_out)
    if _ends_within_itself(cut, lab):
        sharp = focus(lab)
        wider = _in_focus(rgb, sharp)
        if (wider & cut).sum() > 0.8 * cut.sum():
            cut, standing_out = wider, sharp
    cut = _bridged(cut)
    if not 0.004 < float(cut.mean()) < 0.9:
        return None
    height, width = copy.shape
    mask = cv2.resize(cut.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return Cutout(mask, _clearness(cut, standing_out, lab))


def subject_region(copy: WorkingCopy, label: str = "subject") -> Region | None:
    """The whole subject at full resolution, or None."""
    cutout = find_cutout(copy)
    return None if cutout is None else Region(refined(copy, cutout), label, cutout.score)


def refined(copy: WorkingCopy, cutout: Cutout) -> Mask:
    """Its mask at full resolution, H×W float32 in 0..1, borders on the picture's edges."""
    return copy.refine(cutout.mask, REACH if cutout.by == "matting" else 2.5)


def person_cutouts(copy: WorkingCopy) -> list[Cutout]:
    """The people that the matting network sees, those that stand apart one by one, largest first."""
    if copy.seen is None:
        return []
    person = person_alpha(copy.seen)
    if float((person > 0.5).mean()) < 0.002:
        return []
    return separate_parts(Cutout(copy.fitted(firm(person)), round(sureness(person), 3), "matting"))


def person_alpha(seen: Seen) -> Mask:
    """h×w float32 in 0..1: the parts of the subject that are people, whose outlines the network knows better than what
    is clothes and what isn't; all that it takes for people where those are no part of its subject."""
    alpha, person = seen.alpha, seen.person
    kept = np.zeros(alpha.shape, bool)
    for part in components(alpha > 0.5, 0.002):
        if float(person[part].mean()) > 0.5:
            kept |= own_share(part)
    if not kept.any():
        return person
    return np.asarray(np.where(kept, alpha, 0.0), np.float32)


def firm(chances: Mask) -> Mask:
    """Without what is faint, and whole where it nearly is: no ghosts behind a subject."""
    return np.asarray(np.clip((chances - FAINT) / (1 - 2 * FAINT), 0, 1), np.float32)


def separate_parts(cutout: Cutout) -> list[Cutout]:
    """The things that a subject is made of, largest first: two people who stand apart are two.

    A part's score falls with its size against the largest, so that a stray patch never rivals the main one.
    """
    parts = components(cutout.mask > 0.5, 0.004)
    shares = [float(part.sum()) / float(parts[0].sum()) for part in parts]
    return [
        Cutout(
            np.where(own_share(part), cutout.mask, 0).astype(np.float32),
            round(cutout.score * (0.6 + 0.4 * share**0.5), 3),
            cutout.by,
        )
        for part, share in zip(parts, shares, strict=True)
        if share >= 0.15
    ]


def own_share(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A part with the soft rim around it, up to three pixels wide."""
    return np.asarray(cv2.dilate(part.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)


def _standing_out(lab: Mask) -> Mask:
    """Saliency and, where the depth of field is shallow, focus; h×w float32 in 0..1."""
    sharp = focus(lab)
    share = FOCUS_SHARE * shallowness(sharp)
    return (1.0 - share) * saliency(lab) + share * sharp


def _bridged(cut: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With the gaps between parts that stand close above each other: the neck of a head cut off by its collar.

    Only where the upper part comes down lowest: under the chin, not under the hair.
    """
    parts = components(cut, 0.002)
    if len(parts) < 2:
        return cut
    height = cut.shape[0]
    tallest = max(3, round(NECK * height))
    closed = cv2.morphologyEx(cut.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((tallest, 1), np.uint8)) > 0
    bridge = np.zeros_like(cut)
    for gap in components(closed & ~cut, 0.0002):
        beside = cv2.dilate(gap.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        if sum(bool((part & beside).any()) for part in parts) > 1:
            bridge |= gap
    top = np.where(bridge.any(axis=0), bridge.argmax(axis=0), -height)
    return cut | (bridge & (top >= top.max() - height // 20))


def _opaque(copy: WorkingCopy) -> Mask | None:
    alpha = copy.picture.alpha
    if alpha is None:
        return None
    height, width = copy.shape
    mask = (
        cv2.resize(np.ascontiguousarray(alpha), (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        / 255.0
    )
    return mask if 0.01 < float((mask > 0.5).mean()) < 0.99 else None


def _grab_cut(rgb: NDArray[np.uint8], standing_out: Mask) -> NDArray[np.bool_] | None:
    seeds = np.full(standing_out.shape, cv2.GC_BGD, np.uint8)
    seeds[standing_out > SURELY_BEHIND] = cv2.GC_PR_BGD
    seeds[standing_out > PERHAPS] = cv2.GC_PR_FGD
    if not (seeds == cv2.GC_PR_FGD).any() or not (seeds != cv2.GC_PR_FGD).any():
        return None
    models = np.zeros((1, 65)), np.zeros((1, 65))
    # GrabCut starts its colour models by k-means, which draws from OpenCV's per-thread generator: seeded here,
    # right before its only use, the cut is a function of the picture alone.
    cv2.setRNGSeed(0)
    cv2.grabCut(rgb, seeds, None, *models, 4, cv2.GC_INIT_WITH_MASK)
    cut = np.asarray(seeds == cv2.GC_PR_FGD)
    # Where both sides share their colours GrabCut may hand everything to one side; the seeds are then the better cut.
    seeded = standing_out > PERHAPS
    return cut if cut.sum() > 0.2 * seeded.sum() else seeded


def _ends_within_itself(cut: NDArray[np.bool_], lab: Mask) -> bool:
    """Whether the cut is a piece of something larger, as the nose of a cat that fills the frame.

    What surrounds it within a tenth of the frame then has its colours and its sharpness, and what is farther has not.
    """
    sharp = focus(lab)
    reach = max(lab.shape[:2]) // 10
    near = cv2.dilate(cut.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    ring = near & ~(cv2.dilate(cut.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0)
    if not ring.any() or near.mean() > 0.95:
        return False
    inside, around, far = (float(sharp[part].mean()) for part in (cut, ring, ~near))
    return _separation(lab[cut], lab[ring]) < 0.25 and around > 0.75 * inside and around > far + 0.15


def _in_focus(rgb: NDArray[np.uint8], sharp: Mask) -> NDArray[np.bool_]:
    """The largest part that is in focus, its border drawn by GrabCut."""
    level, _ = cv2.threshold((sharp * 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    seeds = np.full(sharp.shape, cv2.GC_PR_BGD, np.uint8)
    seeds[sharp > level / 255] = cv2.GC_PR_FGD
    seeds[sharp < 0.1] = cv2.GC_BGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    # One round only: the seeds are the larger part of the answer, and both sides share some colours.
    cv2.grabCut(rgb, seeds, None, *models, 1, cv2.GC_INIT_WITH_MASK)
    parts = components(seeds == cv2.GC_PR_FGD, 0.0)
    return without_holes(parts[0], largest=0.02) if parts else np.zeros(sharp.shape, bool)


def _tidied(cut: NDArray[np.bool_], standing_out: Mask) -> NDArray[np.bool_]:
    """Without crumbs (parts with under a seventh of the strongest part's saliency) and without pinholes."""
    opened = cv2.morphologyEx(cut.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    parts = components(opened, 0.0005)
    if not parts:
        return opened
    weights = [float(standing_out[part].sum()) for part in parts]
    kept = np.zeros_like(opened)
    for part, weight in zip(parts, weights, strict=True):
        if weight > 0.15 * max(weights):
            kept |= part
    return without_holes(kept, largest=0.01)


def _clearness(cut: NDArray[np.bool_], standing_out: Mask, lab: Mask) -> float:
    """The IoU to expect of this cut with what a person would outline, 0..1.

    A linear fit on 116 photos with outlined people, of how well saliency and cut agree (their soft IoU) and how
    little their colours overlap (1 - Bhattacharyya coefficient). Over all 1160 of them it
    correlates 0.43 to 0.51 with the true IoU: below 0.5 the cut is right (IoU > 0.5) one time in three, above 0.7
    nine times in ten and more.
    """
    agreement = float(np.minimum(standing_out, cut).sum() / max(float(np.maximum(standing_out, cut).sum()), 1e-6))
    separation = _separation(lab[cut], lab[~cut])
    return round(float(np.clip(0.17 + 0.76 * agreement + 0.22 * separation, 0.0, 1.0)), 3)


def _separation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """1 - Bhattacharyya coefficient of the colours of two sets of pixels, N×3 CIELAB: 0 alike, 1 disjoint."""
    return 1.0 - float(np.sqrt(_histogram(one) * _histogram(other)).sum())


def _histogram(lab: NDArray[np.float32]) -> NDArray[np.float64]:
    """N×3 CIELAB → shares in 6 × 14 × 14 bins."""
    bins = np.float32([6, 14, 14])
    cells = np.clip((lab + np.float32([0, 100, 100])) / np.float32([100, 200, 200]) * bins, 0, bins - 1).astype(
        np.int32
    )
    flat = (cells[:, 0] * 14 + cells[:, 1]) * 14 + cells[:, 2]
    counts = np.bincount(flat, minlength=6 * 14 * 14)
    return np.asarray(counts / max(counts.sum(), 1))
