"""Tags: what is in a picture, in words, each with how sure it is and what says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diptych.vision.clothing import CALLED, worn_regions
from diptych.vision.landscape import landscape_region
from diptych.vision.subject import person_cutouts
from diptych.vision.working_copy import WorkingCopy
from diptych.world.partial import background_names
from diptych.world.vocabulary import INDOORS, nouns

if TYPE_CHECKING:
    from diptych.core.errors import Language
    from diptych.core.picture import Picture
    from diptych.vision.matting import Matting
    from diptych.world.scene import Scene

SURE = 0.6
"""A tag is given from this score of its finder on."""
LANDSCAPE = ("sky", "water", "grass", "foliage", "sand", "snow")


@dataclass(frozen=True)
class Tag:
    """`name` in the language that was asked for; `score` in 0..1; `by` names what says so."""

    name: str
    score: float
    by: str


def sticker_tags(scene: Scene, sureness: float, by: str, language: Language) -> list[Tag]:
    """What a Stickerbook picture shows, by what the reader sees in it: things, then where and when. `sureness` is the
    reader's.

    The dual encoder could tag it too, and finds 3 of 4 (benchmarks/results/seeing.json); the reader is exact.
    """
    things = dict.fromkeys(nouns()[thing.noun] for thing in scene.things)
    words = [noun.zh if language == "zh" else noun.en for noun in things]
    background, names = scene.background, background_names(language)
    where: tuple[str, ...] = (background.place,)
    if background.place not in INDOORS:
        where = (background.place, background.time, background.weather)
    words += [names[key] for key in where if key != "plain"]
    return [Tag(word, round(sureness, 3), by) for word in words]


def photo_tags(picture: Picture, matting: Matting, names: dict[str, str]) -> list[Tag]:
    """What the finders see on a photograph: people, what they wear, and landscape. `names` translates their English
    names; what it lacks stays as it is."""
    copy = WorkingCopy.of(picture, matting)
    found = []
    people = person_cutouts(copy)
    if people and people[0].score >= SURE:
        found.append(Tag(names.get("person", "person"), people[0].score, matting.name))
        for kind in copy.seen.names if copy.seen is not None else ():
            worn = worn_regions(copy, kind, kind) if kind != "other" else []
            if worn and worn[0].score >= SURE:
                found.append(Tag(names.get(CALLED.get(kind, kind), kind), worn[0].score, matting.name))
    for kind in LANDSCAPE:
        region = landscape_region(copy, kind)
        if region is not None and region.score >= SURE and region.area >= 0.03:
            found.append(Tag(names.get(kind, kind), round(region.score, 3), "landscape by colour and texture"))
    return sorted(found, key=lambda tag: -tag.score)
