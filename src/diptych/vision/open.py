"""OpenGrounder: Target → Regions by open-vocabulary models, for those who have the weights. Fills the Grounder port.

    grounder = open_grounder("grounding-dino:IDEA-Research/grounding-dino-tiny+sam:facebook/sam-vit-base")
    Studio(grounder=grounder).edit("photo.jpg", "make the dog darker")

The embedded grounder takes what stands out for the thing named; these models know what a dog looks like. Which of them
found a region is in its label ("dog, found by OWLv2 (google/owlv2-base-patch16) + SAM (facebook/sam-vit-base)"). What
has no name of a thing (places, colours alone, tones, lettering, the background) stays with the embedded finders, and
is labelled as they label it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from os.path import expanduser
from typing import TYPE_CHECKING

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.core.region import Region
from diptych.core.target import Thing
from diptych.vision.colors import membership, union
from diptych.vision.grounder import COLOR_ONLY, EmbeddedGrounder, nouns
from diptych.vision.open_finders import ByBox, ByMask, Detector, Finder
from diptych.vision.open_models import EXAMPLES, CLIPSeg, load_clipseg, load_grounding_dino, load_owlv2, load_sam
from diptych.vision.places import BOXES, fitness, place_region
from diptych.vision.relations import related
from diptych.vision.working_copy import WorkingCopy

if TYPE_CHECKING:
    from diptych.core.picture import Picture
    from diptych.core.ports import Grounder
    from diptych.core.target import Place, Relation, Target

LOADERS: dict[str, Callable[[str, str], CLIPSeg | Detector]] = {
    "clipseg": load_clipseg,
    "owlv2": load_owlv2,
    "grounding-dino": load_grounding_dino,
}
"""What a spec can begin with → (folder or model id, torch device) → the model."""

OF_COLOR = 0.25
"""Share of a thing that is of the colour it is called by, at the least: the black dog's chest may be white."""

BY_FORM = frozenset({"frame", "tones", "lettering", "depth"})
"""Groups of `nouns.toml` that the embedded finders know by construction."""

STUFF = frozenset({"landscape"})
"""Groups whose nouns name what has no shape of its own. All of it is one region, and a box is no answer."""

SIZES = frozenset({"big", "small"})
"""Attributes that compare candidates; they are no part of the query."""


class OpenGrounder:
    """Asks `finder` for what has the name of a thing, and `fallback` (None: the embedded grounder) for all else.

    `name` says which models they are; so does the label of each region that they found. Scores are the models' own.
    """

    def __init__(self, finder: Finder, fallback: Grounder | None = None) -> None:
        self._finder = finder
        self._fallback = fallback or EmbeddedGrounder()
        self.name = finder.name

    def find(self, picture: Picture, target: Target) -> list[Region]:
        """The regions that match `target`, best first; empty when there is none.

        The models are asked for noun and attributes in English. Colour is measured on the pixels, size, place and
        relation on the regions. `invert`, `quantifier` and `ordinal` are left to the caller. Raises Unsupported for a
        noun without an English name, and what the fallback raises.
        """
        stuff = _names_stuff(target)
        if _names_a_thing(target) and (self._finder.finds_stuff or not stuff):
            found = self._ask(picture, target)
            if stuff and found:
                found = [union(found)]
            found = _of_color(found, picture, target.color)
            found = _within(found, target.place) if stuff else _at(found, target.place)
            found = _by_size(found, target.attributes)
        else:
            found = self._fallback.find(picture, target.model_copy(update={"relation": None}))
        found = [region for region in found if not region.is_empty]
        if target.relation is not None and found:
            anchors = self.find(picture, target.relation.anchor)
            found = _related(found, target.relation, anchors) if anchors else found
        return sorted(found, key=lambda region: -region.score)

    def _ask(self, picture: Picture, target: Target) -> list[Region]:
        attributes = tuple(word for word in target.attributes if word not in SIZES)
        query = Thing(noun=target.noun, attributes=attributes).describe()
        if any(character > "\u2e80" for character in query):  # Chinese, and what else is written so
            raise Unsupported(
                Bilingual(f"{self.name} reads English only, and “{shorten(query)}” has no English name here.",
                          f"{self.name} 只懂英文，而“{shorten(query)}”在这里没有对应的英文名称。"),
                Bilingual("Name the thing in English, or by its colour or place.",
                          "请用英文说出它的名称，或用颜色、位置来指明。"),
            )  # fmt: skip
        label = f"{target.noun}, found by {self.name}"
        found = [region for region in self._finder.find(picture, query) if not region.is_empty]
        return [Region.within(one.patch, *one.box[:2], *one.frame, label, one.score) for one in found]


def _names_stuff(target: Target) -> bool:
    """Whether all of it is meant, as one; "the third tree" is a thing."""
    single = target.ordinal is not None or target.count is not None or target.quantifier == "each"
    return nouns().get(target.noun, ("", ""))[0] in STUFF and not single


def _names_a_thing(target: Target) -> bool:
    if target.text is not None or target.noun in COLOR_ONLY:
        return False
    return nouns().get(target.noun, ("", ""))[0] not in BY_FORM


# ---- what the other words of a target do to candidates --------------------------------------------------


def _of_color(found: list[Region], picture: Picture, color: str | None) -> list[Region]:
    """Those of the colour. It isn't asked of the models: they bind "red" to whatever in the picture is red."""
    if color is None or not found:
        return found
    copy = WorkingCopy.of(picture)
    colored = membership(copy.oklab, color) > 0.5
    kept = []
    for region in found:
        mask = cv2.resize(region.mask, (copy.shape[1], copy.shape[0]), interpolation=cv2.INTER_AREA)
        if float(mask[colored].sum()) >= OF_COLOR * float(mask.sum()):
            kept.append(region)
    return kept


def _at(found: list[Region], place: Place | None) -> list[Region]:
    """Those whose centroid lies at the place."""
    if place is None:
        return found
    rated = [(fitness(region, place), region) for region in found]
    return [replace(region, score=region.score * (0.7 + 0.3 * fit)) for fit, region in rated if fit > 0]


def _within(found: list[Region], place: Place | None) -> list[Region]:
    """What of them lies at the place."""
    if place is None or place not in BOXES:
        return found
    cut = [(region, place_region(place, region.height, region.width)) for region in found]
    return [replace(region, mask=np.minimum(region.mask, frame.mask)) for region, frame in cut if frame is not None]


def _by_size(found: list[Region], attributes: Sequence[str]) -> list[Region]:
    """ "The big one" and "the small one" lower the others by how far they are from it."""
    if len(found) < 2 or not SIZES & set(attributes):
        return found
    areas = [region.area for region in found]
    fits = [area / max(areas) if "big" in attributes else min(areas) / max(area, 1e-9) for area in areas]
    return [replace(region, score=region.score * (0.5 + 0.5 * fit)) for region, fit in zip(found, fits, strict=True)]


def _related(found: list[Region], relation: Relation, anchors: list[Region]) -> list[Region]:
    """As `related`, but a thing "with" another or "in" it may also bear it: the man with the hat, in the red shirt."""
    kept = related(found, relation.kind, anchors)
    if relation.kind not in ("with", "in"):
        return kept
    return [one for one in found if any(one is other for other in kept) or related(anchors, "on", [one])]


# ---- from a spec to a grounder --------------------------------------------------------------------------


def open_grounder(spec: str, device: str = "cpu", fallback: Grounder | None = None) -> OpenGrounder:
    """`spec` is NAME:MODEL or NAME:MODEL+sam:MODEL; a model is a local folder or an id in the Hugging Face cache.

    NAME is a key of LOADERS. SAM makes masks of the boxes of "owlv2" and "grounding-dino". Raises Unsupported for a
    bad spec or missing weights, BrokenWeights, and MissingExtra without the extra `open`.
    """
    first, plus, segmenter = spec.strip().partition("+sam:")
    name, _, model = first.partition(":")
    if name not in LOADERS or not model or (plus and (name == "clipseg" or not segmenter)):
        raise _bad_spec(spec)
    finder = LOADERS[name](expanduser(model), device)
    if isinstance(finder, CLIPSeg):
        return OpenGrounder(ByMask(finder), fallback)
    return OpenGrounder(ByBox(finder, load_sam(expanduser(segmenter), device) if plus else None), fallback)


def _bad_spec(spec: str) -> Unsupported:
    allowed = ", ".join(f"{name}:{EXAMPLES[name]}" for name in LOADERS)
    masks = f"+sam:{EXAMPLES['sam']}"
    return Unsupported(
        Bilingual(
            f"“{shorten(spec)}” names no open-vocabulary grounder.",
            f"“{shorten(spec)}”不是可用的开放词汇定位器。",
        ),
        Bilingual(
            f"Write NAME:MODEL, where MODEL is a folder or an id in the Hugging Face cache, such as {allowed}. After "
            f"owlv2 and grounding-dino, {masks} makes masks of their boxes.",
            f"请写成“名称:模型”，模型是文件夹，或 Hugging Face 缓存中的模型名称，例如 {allowed}。"
            f"owlv2 和 grounding-dino 后面可以加 {masks}，把方框变成蒙版。",
        ),
    )
