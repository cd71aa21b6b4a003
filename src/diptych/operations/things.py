"""Operations on things: recolor, remove, move, scale, duplicate, add, replace.

Each is a function `(picture, operation, region, context) -> Change`; the region is where the target was found.
How they work is told in `recoloring`, `removal`, `moving` and `adding`.
"""

from __future__ import annotations

import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported
from diptych.core.operation import Add, Duplicate, Move, Recolor, Remove, Replace, Scale
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import adding, inpaint, moving, removal, scenes
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.recoloring import recolored
from diptych.operations.removal import TREATMENTS

__all__ = ["TREATMENTS", "add", "duplicate", "move", "recolor", "remove", "replace", "scale"]


MATERIALS = frozenset(
    ["water", "sea", "ocean", "lake", "river", "pond", "wave", "waterfall", "sky", "cloud", "snow", "ice", "grass",
     "lawn", "field", "forest", "mountain", "sand", "beach", "ground", "smoke", "fog", "skin", "face"]
)  # fmt: skip
"""Canonical nouns of what is tinted rather than painted over when it gets another colour."""


def recolor(picture: Picture, operation: Recolor, region: Region | None, context: Context) -> Change:
    """Another colour for what the region shows (None: for everything); its shading stays, alpha too."""
    pixels: Pixels = picture.pixels.copy()
    if region is not None and region.is_empty:
        return Change(pixels)
    x0, y0, x1, y1 = region.box if region is not None else (0, 0, picture.width, picture.height)
    mask = None if region is None else region.mask[y0:y1, x0:x1]
    view = picture.rgb[y0:y1, x0:x1]
    tint = operation.target is not None and operation.target.noun in MATERIALS
    pixels[y0:y1, x0:x1, :3] = recolored(view, mask, operation.color, operation.strength, tint=tint)
    return Change(pixels, engine="OKLab recolouring")


def remove(picture: Picture, operation: Remove, region: Region | None, context: Context) -> Change:
    """Fill the region from its surroundings; or the treatment that the target's noun has in TREATMENTS."""
    noun = operation.target.noun if operation.target else ""
    treatment = TREATMENTS.get(noun)
    if treatment is not None:
        return treatment(picture, operation, region, context)
    return removal.without(picture, _needed(region, "remove", "去掉"), context.weights, operation.fill)


def move(picture: Picture, operation: Move, region: Region | None, context: Context) -> Change:
    """What the region shows at another place; the gap is filled."""
    return moving.moved(picture, operation, _needed(region, "move", "移动"), context)


def scale(picture: Picture, operation: Scale, region: Region | None, context: Context) -> Change:
    """What the region shows, larger or smaller; the gap is filled."""
    return moving.scaled(picture, operation, _needed(region, "scale", "缩放"), context)


def duplicate(picture: Picture, operation: Duplicate, region: Region | None, context: Context) -> Change:
    """Copies of what the region shows beside it."""
    return moving.duplicated(picture, operation, _needed(region, "duplicate", "复制"))


def add(picture: Picture, operation: Add, region: Region | None, context: Context) -> Change:
    """A new thing, drawn or as a sticker. Raises Unsupported when that takes a generative painter."""
    return adding.added(picture, operation, region, context)


def replace(picture: Picture, operation: Replace, region: Region | None, context: Context) -> Change:
    """Another thing where the region's was: that one is removed, the new one stands in its box. A sky is repainted."""
    thing = operation.thing
    if thing is None:
        raise InvalidPlan(
            Bilingual("The replacement says nothing to put in.", "替换没有说明换成什么。"),
            Bilingual("Say what comes instead: 'replace the dog with a cat'.", "请说明换成什么，例如“把狗换成猫”。"),
        )
    region = _needed(region, "replace", "替换")
    if operation.target is not None and operation.target.noun == "sky" and scenes.can_paint(thing):
        behind = scenes.paint(thing, picture.width, picture.height, context.rng())
        pixels = behind if picture.alpha is None else np.dstack([behind, picture.alpha])
        touched = region.feather(max(1.0, 0.002 * min(picture.width, picture.height)))
        return Change(pixels, touched, f"procedural {thing.noun}", seeded=True)
    piece, corner, engine = adding.fitted(thing, region.box, context)
    cleared, hole = removal.emptied(picture, region, weights=context.weights, method=operation.fill)
    change = adding.placed(picture.with_pixels(cleared), piece, [corner], thing, engine)
    touched = change.touched | hole if change.touched else hole
    return Change(change.pixels, touched, f"{engine}; {inpaint.engine(context.weights, operation.fill)}")


def _needed(region: Region | None, verb: str, verb_zh: str) -> Region:
    if region is None or region.is_empty:
        raise Unsupported(
            Bilingual(f"It isn't said what to {verb}.", f"没有说明要{verb_zh}什么。"),
            Bilingual(f"Name the thing: '{verb} the dog'.", f"请说出对象，例如“{verb_zh}狗”。"),
        )
    return region
