"""EmbeddedGrounder: Target → Regions with what the default install has. Fills the Grounder port.

It finds what can be told by place, colour, tone, texture, lettering and standing out; people and what they wear by the
matting network; the things of a Stickerbook picture by their names. It can't tell what other things on a photo are:
where it takes the thing that stands out for the noun, the label says so and the score is lower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import cv2
import numpy as np

from diptych.core.region import Region
from diptych.runtime import Weights
from diptych.vision.border import border_region
from diptych.vision.clothing import REACH, worn_regions
from diptych.vision.colors import color_regions, membership, union
from diptych.vision.ground import ground_region
from diptych.vision.landscape import landscape_extent, landscape_region
from diptych.vision.lettering import LAID_OVER, lettering_regions
from diptych.vision.matting import Matting
from diptych.vision.places import BOXES, fitness, place_region
from diptych.vision.relations import related
from diptych.vision.skin import face_regions, shows_person, skin_region
from diptych.vision.stickers import sticker_regions
from diptych.vision.subject import Cutout, find_cutout, person_cutouts, refined, separate_parts, subject_region
from diptych.vision.tones import tone_region
from diptych.vision.working_copy import WorkingCopy

if TYPE_CHECKING:
    from diptych.core.picture import Picture
    from diptych.core.target import Place, Target
    from diptych.world.scene import Scene

Finder = Callable[[WorkingCopy, "Target", str], list[Region]]
"""(copy, target, kind) → candidates; `kind` is the key under which `nouns.toml` lists the noun."""

FLOOR = 0.3
"""A candidate below this score is not offered: better not found than a wrong region."""

PERSON_GUESS, THING_GUESS = 0.9, 0.55
"""What taking the subject for a person (it shows skin) or for any other thing leaves of its score.

A subject's score is its expected IoU. A thing is thus offered where the subject is clear (0.55 and up).
"""

ANY_PERSON = frozenset({"person", "body", "silhouette", "crowd", "group of people", "model"})
"""Nouns that say no more than that it is a person."""
ALL_PEOPLE = frozenset({"crowd", "group of people", "family", "couple", "silhouette"})
"""Nouns that name several people at once."""

BESIDE = 0.05
"""Share of the frame's longer side that a strap or a zip may be wide."""

COLOR_ONLY = frozenset({"", "area", "object", "detail", "spot"})
"""Nouns that add nothing to a colour."""


class EmbeddedGrounder:
    """The Grounder of the default install: equal pictures and targets give equal regions.

    weights      of the matting network; None = those that ship
    read_scene   tells what a Stickerbook picture shows, and None of any other; without it none is read
    """

    def __init__(
        self, weights: Weights | None = None, read_scene: Callable[[Picture], Scene | None] | None = None
    ) -> None:
        self._matting = Matting(weights or Weights())
        self._read_scene = read_scene

    @property
    def name(self) -> str:
        return f"embedded grounder, {self._matting.name}"

    def find(self, picture: Picture, target: Target) -> list[Region]:
        """The regions that match `target`, best first; empty when there is none.

        `invert`, `quantifier` and `ordinal` are left to the caller. Raises MissingExtra when the target is
        lettering and the extra `ocr` is not installed.
        """
        scene = self._read_scene(picture) if self._read_scene is not None else None
        if scene is not None and (things := sticker_regions(scene, picture, target)) is not None:
            return things
        copy = WorkingCopy.of(picture, self._matting)
        found = _by_size(_candidates(copy, target), target)
        if target.relation is not None and found:
            anchors = self.find(picture, target.relation.anchor)
            if anchors:
                found = related(found, target.relation.kind, anchors)
            else:
                # A guess beside something that isn't there is one guess too many.
                found = [region for region in found if "taken for" not in region.label]
        offered = [region for region in found if region.score >= FLOOR and not region.is_empty]
        return sorted(offered, key=lambda region: -region.score)


def _candidates(copy: WorkingCopy, target: Target) -> list[Region]:
    if target.text is not None:
        return _at_place(lettering_regions(copy.picture, "text", target.text), target.place)
    group, kind = nouns().get(target.noun, ("", ""))
    if target.color is not None and (not group or target.noun in COLOR_ONLY):
        return _of_color(copy, target)
    if not target.noun:
        return _place_alone(copy, target.place)
    return FINDERS[group](copy, target, kind) if group else []


@cache
def nouns() -> dict[str, tuple[str, str]]:
    """Noun → (group of finders, kind within it), from `nouns.toml`."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    table = tomllib.loads(files("diptych.vision").joinpath("nouns.toml").read_text(encoding="utf-8"))
    return {noun: (group, kind) for group, kinds in table.items() for kind, names in kinds.items() for noun in names}


# ---- what a place does to candidates --------------------------------------------------------------------


def _at_place(found: list[Region], place: Place | None) -> list[Region]:
    """Of separate things, those whose centroid lies at the place."""
    if place is None:
        return found
    rated = [(fitness(region, place), region) for region in found]
    return [replace(region, score=round(region.score * (0.7 + 0.3 * fit), 3)) for fit, region in rated if fit > 0]


def _within_place(found: list[Region], place: Place | None) -> list[Region]:
    """Of stuff that has no shape of its own (sky, shadows), what lies at the place."""
    if place is None or place not in BOXES:
        return found
    kept = []
    for region in found:
        frame = place_region(place, region.height, region.width)
        if frame is not None:
            kept.append(replace(region, mask=np.minimum(region.mask, frame.mask)))
    return kept


def _place_alone(copy: WorkingCopy, place: Place | None) -> list[Region]:
    if place is None:
        return []
    if place in ("foreground", "background"):
        return _behind_or_before(copy, place)
    region = place_region(place, copy.picture.height, copy.picture.width)
    return [] if region is None else [region]


def _together(found: list[Region], target: Target) -> list[Region]:
    """All as one region, unless single ones are asked for."""
    if len(found) < 2 or target.ordinal is not None or target.quantifier == "each" or target.count is not None:
        return found
    return [union(found)]


def _by_size(found: list[Region], target: Target) -> list[Region]:
    """ "The big one" and "the small one" lower the others by how far they are from it."""
    if len(found) < 2 or not {"big", "small"} & set(target.attributes):
        return found
    areas = [region.area for region in found]
    fits = [area / max(areas) if "big" in target.attributes else min(areas) / max(area, 1e-9) for area in areas]
    return [replace(region, score=region.score * (0.5 + 0.5 * fit)) for region, fit in zip(found, fits, strict=True)]


# ---- finders, one for each group of nouns ---------------------------------------------------------------


def _of_color(copy: WorkingCopy, target: Target) -> list[Region]:
    """Parts of the colour.

    "The red part" is all of it, together; "the red balloon" is one part, and a noun that could not be verified
    costs a third of the score and is named in the label.
    """
    color = target.color or ""
    if target.noun in COLOR_ONLY and target.noun != "object":
        found = _together(_at_place(color_regions(copy, color, f"{color} part"), target.place), target)
    else:
        sure = 1.0 if target.noun == "object" else 0.67
        label = f"{color} part, taken for the {target.noun}"
        parts = _at_place(color_regions(copy, color, label), target.place)
        # Of several patches the larger is likelier to be the thing, and one on the subject than one behind it.
        cutout = find_cutout(copy) if parts else None
        if cutout is not None and cutout.score > 0.55:
            parts = [replace(one, score=one.score * (0.6 + 0.4 * _share_on(cutout, one))) for one in parts]
            parts = _one_garment(copy, parts, cutout)
        largest = max((part.area for part in parts), default=1.0)
        found = [replace(one, score=round(one.score * sure * (0.6 + 0.4 * one.area / largest), 3)) for one in parts]
    return [replace(one, mask=copy.refine(one.mask)) for one in found if one.score >= FLOOR]


def _share_on(cutout: Cutout, part: Region) -> float:
    """Share of `part` that lies on the subject, both at the working copy's size."""
    return float(np.minimum(cutout.mask, part.mask).sum() / max(float(part.mask.sum()), 1e-9))


def _one_garment(copy: WorkingCopy, parts: list[Region], cutout: Cutout) -> list[Region]:
    """On a person the largest patch takes in those right beside it: a zip or a strap divides a suit, not two suits."""
    if len(parts) < 2:
        return parts
    wearer = max(separate_parts(cutout), key=lambda one: _share_on(one, parts[0]), default=cutout)
    if _share_on(wearer, parts[0]) < 0.6 or not shows_person(copy, wearer.mask):
        return parts
    near = parts[0].grow(round(BESIDE * max(copy.shape))).mask
    beside = [one for one in parts[1:] if _share_on(wearer, one) > 0.6 and np.minimum(near, one.mask).any()]
    return [union([parts[0], *beside]), *(one for one in parts[1:] if not any(one is other for other in beside))]


def _landscape(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    if kind == "sky" and _is_backdrop(copy):
        return []
    region = ground_region(copy) if kind == "ground" else landscape_region(copy, kind)
    return [] if region is None else _within_place([region], target.place)


def _is_backdrop(copy: WorkingCopy) -> bool:
    """Whether what would pass for a pale sky is the wall behind a portrait.

    It is colourless then, and the subject has a face and runs out of the bottom of the frame.
    """
    extent = landscape_extent(copy, "sky")
    if extent is None or float(np.median(np.linalg.norm(copy.oklab[extent[0]][:, 1:], axis=1))) > 0.025:
        return False
    cutout = find_cutout(copy)
    if cutout is None or float(cutout.mask[-1].mean()) < 0.1:
        return False
    return bool(face_regions(copy, cutout.mask))


def _frame(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    """Edges and corners are always there; a border only where the picture has one."""
    if kind == "border":
        border = border_region(copy.picture.rgb)
        return [] if border is None else _within_place([border], target.place)
    place: Place = target.place or ("corners" if kind == "corners" else "edges")
    region = place_region(place, copy.picture.height, copy.picture.width)
    return [] if region is None else [region]


def _tones(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    region = tone_region(copy, "shadows" if kind == "shadows" else "highlights")
    return [] if region is None else _within_place([region], target.place)


def _lettering(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    """ "The text" is all of it; a phone number, a date, … is one by one. A watermark or a logo that is said to be
    somewhere is whatever is written there; else what looks like one."""
    somewhere = target.place is not None or target.relation is not None
    found = _at_place(lettering_regions(copy.picture, kind, said_where=somewhere), target.place)
    return _together(found, target) if kind == "any" or kind in LAID_OVER else found


def _skin(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    """On the subject where that is clear: a brick wall behind it has the colour of skin."""
    if kind == "skin" and (bare := worn_regions(copy, "skin", "skin")):
        return _within_place(_together(bare, target), target.place)
    cutout = find_cutout(copy)
    clear = cutout.mask if cutout is not None and cutout.score > 0.55 else None
    if kind == "face":
        return [] if clear is None else _at_place(face_regions(copy, clear), target.place)
    region = skin_region(copy, clear)
    return [] if region is None else _within_place([region], target.place)


def _depth(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    return _within_place(_behind_or_before(copy, kind), target.place)


def _behind_or_before(copy: WorkingCopy, kind: str) -> list[Region]:
    region = subject_region(copy)
    if region is None:
        return []
    return [replace(~region if kind == "background" else region, label=kind)]


def _people(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    """The people that the matting network sees. Where it sees none, the subject, if that has a face of skin."""
    people = person_cutouts(copy)
    if target.place == "background":  # who stands out is not in the background; smaller ones may be
        people = people[1:]
    if people:
        sure = 1.0 if target.noun in ANY_PERSON else PERSON_GUESS
        label = "person" if target.noun in ANY_PERSON else f"person, taken for the {target.noun}"
        found = [Region(copy.refine(one.mask, REACH), label, round(one.score * sure, 3)) for one in people]
        return _at_place(_together(found, target) if target.noun in ALL_PEOPLE else found, target.place)
    parts = [part for part in _subject_parts(copy, target) if part.by == "saliency" and shows_person(copy, part.mask)]
    return _taken_for(copy, parts, target, THING_GUESS)


def _clothing(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    """What a person wears, of the colour if the target has one; by colour alone where the network sees no such
    thing."""
    found = _at_place(worn_regions(copy, kind, target.noun), target.place)
    if target.color is None:
        return found
    shown = membership(copy.oklab, target.color)
    of_color = [region for region in found if _share_of_color(copy, shown, region) >= 0.25]
    patches = _of_color(copy, target)
    return [_completed(region, patches) for region in of_color] or patches


def _completed(region: Region, patches: list[Region]) -> Region:
    """A garment with the patches of its colour that it has a good part of: what is orange all over is one suit."""
    mask = region.mask
    for patch in patches:
        if float(np.minimum(patch.mask, region.mask).sum()) > 0.2 * float(patch.mask.sum()):
            mask = np.maximum(mask, patch.mask)
    return replace(region, mask=mask)


def _share_of_color(copy: WorkingCopy, shown: np.ndarray, region: Region) -> float:
    inside = cv2.resize(region.mask, copy.shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
    return float((shown[inside] > 0.5).mean()) if inside.any() else 0.0


def _things(copy: WorkingCopy, target: Target, kind: str) -> list[Region]:
    """The subject, where it is one clear thing, of the colour if the target has one, and nothing speaks against it.

    With several rivals only words that choose among them (which, how many, where, of what size) get an answer.
    """
    parts = _subject_parts(copy, target)
    if kind != "any" and any(_is_person(copy, part) for part in parts):
        return []
    if kind == "mammal":
        parts = [part for part in parts if not _is_vivid(copy, part)]
    if target.color is not None:
        colored = membership(copy.oklab, target.color) > 0.5
        parts = [part for part in parts if float(colored[part.mask > 0.5].mean()) >= 0.25]
        return _taken_for(copy, parts, target, THING_GUESS) or _of_color(copy, target)
    if len(parts) > 1 and not _chooses(target):
        return []
    return _taken_for(copy, parts, target, THING_GUESS)


def _is_person(copy: WorkingCopy, part: Cutout) -> bool:
    """Whether the matting network takes most of it for a person; without one, whether it shows a face of skin."""
    if copy.seen is None:
        return shows_person(copy, part.mask)
    inside = part.mask > 0.5
    return float(copy.fitted(copy.seen.person)[inside].mean()) > 0.5


def _is_vivid(copy: WorkingCopy, part: Cutout) -> bool:
    """Red cups, cars and flowers: over 0.38 of them is above OKLab chroma 0.14; of tigers and deer it is under 0.14."""
    chroma = np.linalg.norm(copy.oklab[part.mask > 0.5][:, 1:], axis=1)
    return float((chroma > 0.14).mean()) > 0.25


def _chooses(target: Target) -> bool:
    """Whether the words say which of several, or that all are meant."""
    said = (target.quantifier, target.ordinal, target.count, target.place, target.relation)
    return any(value is not None for value in said) or bool({"big", "small"} & set(target.attributes))


def _subject_parts(copy: WorkingCopy, target: Target) -> list[Cutout]:
    cutout = None if target.place == "background" else find_cutout(copy)  # what stands out is not in the background
    return [] if cutout is None else separate_parts(cutout)


def _taken_for(copy: WorkingCopy, parts: list[Cutout], target: Target, sure: float) -> list[Region]:
    label = f"main subject, taken for the {target.noun}"
    found = [Region(refined(copy, part), label, round(part.score * sure, 3)) for part in parts]
    return _at_place(found, target.place)


FINDERS: dict[str, Finder] = {
    "landscape": _landscape,
    "frame": _frame,
    "tones": _tones,
    "lettering": _lettering,
    "skin": _skin,
    "depth": _depth,
    "people": _people,
    "clothing": _clothing,
    "things": _things,
}
"""Group of `nouns.toml` → its finder."""
