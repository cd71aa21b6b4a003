"""The things of a Stickerbook picture as Regions: which of them a Target means, by the scene that the reader sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from diptych.core.picture import Picture
from diptych.core.region import Mask, Region
from diptych.core.target import Relation, Target
from diptych.world.scene import SIDE, Scene, Thing, canonical_color, relation_holds, spot_holds
from diptych.world.sprites import color_name
from diptych.world.vocabulary import SIZES, SPOTS, noun_called, nouns

RIM = 3
"""Pixels around a thing's square that its white rim may reach."""
AROUND = 24
"""Pixels around it that show what is behind it."""
SLACK = 6
"""Pixels of tolerance in what is left of what: things stand on a grid of 8, and words are rarely that exact."""
SCORE = 0.95
"""Of a thing that is what the words say; less for one that is only nearly where they say."""
NEARLY = 0.6


def sticker_regions(scene: Scene, picture: Picture, target: Target) -> list[Region] | None:
    """The things of `scene` that `target` means, best first; empty where no thing is so. None where the target is no
    thing of the Stickerbook's (a place in the frame, lettering, the sky, everything of a colour): others may find that.

    Ordinals and quantifiers are left to the caller, as with every grounder.
    """
    meant = things_meant(scene, target)
    if meant is None:
        return None
    # A drawing that was made large is outlined as it was small: its scene is in pixels of that.
    small = cv2.resize(picture.rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    size = (picture.width, picture.height)
    found = []
    for thing, score in meant:
        mask = silhouette(small, thing)
        if picture.width != SIDE:
            mask = (cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) > 0.5).astype(np.float32)
        found.append(Region(mask, label_of(thing), score))
    return found


def things_meant(scene: Scene, target: Target) -> list[tuple[Thing, float]] | None:
    """The things and how well each fits; None where the target names no thing that the Stickerbook knows."""
    if target.text is not None or not target.noun:
        return None
    things: Sequence[Thing]
    if target.noun in ANY_THING:
        things = scene.things
    else:
        noun = noun_called(target.noun)
        if noun is None:
            return None
        things = [thing for thing in scene.things if thing.noun == noun]
    if target.color is not None:
        color = color_name(target.color)
        things = [thing for thing in things if thing.color == canonical_color(thing.noun, color)]
    sizes = [size for size in SIZES if size in target.attributes]
    if sizes:
        exact = [thing for thing in things if thing.size in sizes]
        # "The big one" of two medium and small ones is the medium one.
        things = exact or (largest(things, sizes[0]) if len(things) > 1 else [])
    if target.relation is not None:
        related = standing(scene, things, target.relation)
        if related is None:
            return None
        things = related
    if target.place is None:
        return [(thing, SCORE) for thing in things]
    spot = {"center": "middle"}.get(target.place, target.place)
    if spot not in SPOTS:
        return [(thing, SCORE) for thing in things if in_half(thing, target.place)]
    at_spot = [(thing, SCORE) for thing in things if spot_holds(thing, spot)]
    return at_spot or [(thing, NEARLY) for thing in things if spot_holds(thing, spot, 8)]


ANY_THING = frozenset({"object", "thing", "sticker", "item"})


def largest(things: Sequence[Thing], size: str) -> list[Thing]:
    """Those of the largest size ("big"), or of the smallest; none where all are of one size."""
    sides = sorted({thing.side for thing in things})
    if len(sides) < 2 or size == "medium":
        return []
    wanted = sides[-1] if size == "big" else sides[0]
    return [thing for thing in things if thing.side == wanted]


def standing(scene: Scene, things: Sequence[Thing], relation: Relation) -> list[Thing] | None:
    """Those of `things` that stand to an anchor as the words say: exactly so if any does, else nearly. None where the
    anchor is no thing; none where the scene doesn't have it."""
    anchors = things_meant(scene, relation.anchor)
    if anchors is None:
        return None
    kind = relation.kind
    if kind == "except":
        return [thing for thing in things if thing not in [anchor for anchor, _ in anchors]]
    test = RELATIONS.get(kind)
    if test is None:
        return None
    for slack in (0, SLACK):
        found = [
            thing for thing in things if any(anchor != thing and test(thing, anchor, slack) for anchor, _ in anchors)
        ]
        if found:
            return found
    return []


def beside(thing: Thing, anchor: Thing, slack: int) -> bool:
    """Next to it: less than a big thing's side between their squares."""
    gap = max(abs(thing.x - anchor.x), abs(thing.y - anchor.y)) - (thing.side + anchor.side) / 2
    return gap <= 24 + slack


RELATIONS: dict[str, Callable[[Thing, Thing, int], bool]] = {
    "left of": lambda thing, anchor, slack: relation_holds([thing], "left of", [anchor], slack),
    "right of": lambda thing, anchor, slack: relation_holds([thing], "right of", [anchor], slack),
    "above": lambda thing, anchor, slack: relation_holds([thing], "above", [anchor], slack),
    "below": lambda thing, anchor, slack: relation_holds([thing], "below", [anchor], slack),
    "on": lambda thing, anchor, slack: relation_holds([thing], "above", [anchor], slack),
    "beside": beside,
    "near": beside,
}
"""What can be told from where things stand; a sticker is neither behind nor in another."""


def in_half(thing: Thing, place: str) -> bool:
    """Halves and thirds of the frame, by the thing's centre."""
    side, _, part = place.partition(" ")
    share = {"half": 0.5, "third": 1 / 3}.get(part)
    if share is None:
        return True
    x, y = thing.x / 128, thing.y / 128
    within = {"left": x <= share, "right": x >= 1 - share, "top": y <= share, "bottom": y >= 1 - share}
    return within.get(side, abs(x - 0.5) <= 1 / 6)


def label_of(thing: Thing) -> str:
    """In canonical English: "small red car"."""
    size = "" if thing.size == "medium" else thing.size
    return " ".join(word for word in (size, thing.color or "", nouns()[thing.noun].en) if word)


def silhouette(rgb: np.ndarray, thing: Thing) -> Mask:
    """The thing's outline with its rim, H×W float32 0 or 1: GrabCut (Rother et al. 2004) in the square where it stands,
    of which the surroundings are known to be behind it; the disc in the square where that finds next to nothing."""
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = (int(edge) for edge in thing.box)
    seeds = np.full((height, width), cv2.GC_BGD, np.uint8)
    seeds[max(y0 - RIM, 0) : y1 + RIM, max(x0 - RIM, 0) : x1 + RIM] = cv2.GC_PR_BGD
    axes = round(thing.side * 0.42), round(thing.side * 0.42)
    cv2.ellipse(seeds, (thing.x, thing.y), axes, 0, 0, 360, cv2.GC_PR_FGD, -1)
    near = np.s_[max(y0 - AROUND, 0) : y1 + AROUND, max(x0 - AROUND, 0) : x1 + AROUND]
    part, own = np.ascontiguousarray(rgb[near]), np.ascontiguousarray(seeds[near])
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # its colour models are seeded by k-means: the cut is a function of the picture alone
    cv2.grabCut(part, own, None, *models, 3, cv2.GC_INIT_WITH_MASK)
    cut = (own == cv2.GC_FGD) | (own == cv2.GC_PR_FGD)
    mask = np.zeros((height, width), np.float32)
    if cut.sum() < 0.2 * thing.side**2:
        cv2.ellipse(mask, (thing.x, thing.y), axes, 0, 0, 360, 1.0, -1)
        return mask
    mask[near] = cv2.morphologyEx(cut.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return mask
