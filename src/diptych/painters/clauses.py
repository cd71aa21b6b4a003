"""An instruction in clauses, and what a clause plainly says of the background: "make it day", 把天气换成雪天."""

from __future__ import annotations

import re
from functools import cache

from diptych.painters.mentions import bounded, scan
from diptych.world.edits import Edit
from diptych.world.scene import Background, Scene
from diptych.world.vocabulary import INDOORS, LANGUAGES, PLACES, TIMES, WEATHERS
from diptych.world.words import table

VERBS = (
    "add|also|change|color|delete|draw|enlarge|erase|get|let|make|move|paint|place|put|remove|replace|set|shift|shrink"
    "|swap|take|turn"
)
BREAK = re.compile(
    rf"\s*[;；]\s*|[,，]?\s*\b(?:and )?then\s+|,?\s+and\s+(?=(?:{VERBS})\b)|,\s+(?=(?:{VERBS})\b)"
    r"|[，,]?\s*(?:然后|接着)[，,]?|，(?=再|并|把|将|让|给|加|去|换|改|放|添)",
    re.IGNORECASE,
)
SAID = (
    (PLACES, ("places", "place_names")),
    (TIMES, ("times", "time_names")),
    (WEATHERS, ("weathers", "weather_names", "weathers_of_a_time", "weather_edits")),
)


def clauses(instruction: str) -> list[str]:
    """The parts of an instruction that each ask for one thing, as far as verbs and commas tell."""
    return [part for part in (piece.strip(" .。!！") for piece in BREAK.split(instruction)) if part]


@cache
def ways(sections: tuple[str, ...]) -> dict[str, str]:
    """Words, without their articles → the place, time or weather that they mean, in both languages."""
    return {
        re.sub(r"^(?:a|an|the) ", "", way): key
        for language in LANGUAGES
        for section in sections
        for key, said in table(language)[section].items()
        for way in said
    }


def background_edit(clause: str, scene: Scene) -> Edit | None:
    """The background that a clause without things asks for; None where it names a thing or no background."""
    if scan(clause)[0]:
        return None
    left, found = clause.lower(), []
    for names, sections in SAID:
        known = ways(sections)
        pattern = "|".join(bounded(way) for way in sorted(known, key=len, reverse=True))
        match = re.search(pattern, left)
        found.append(known[match.group()] if match else None)
        if match:
            left = left[: match.start()] + " " * len(match.group()) + left[match.end() :]
        assert found[-1] is None or found[-1] in names
    if not any(found):
        return None
    old = scene.background
    place = found[0] or old.place
    new = Background(place) if place in INDOORS else Background(place, found[1] or old.time, found[2] or old.weather)
    return None if new == old else Edit("background", background=new)
