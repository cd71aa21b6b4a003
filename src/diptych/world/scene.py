"""Scene graphs: what stands where on what background, and which statements about that are true.

Coordinates are pixels of the 128-pixel canvas, x to the right, y downwards. Centres lie on a grid of STEP pixels, so
that a scene and its tokens say exactly the same. The grid is that of the latents: a sticker has the same latents
wherever it stands, so what is learned of it in one place helps in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from diptych.world.backdrops import VARIANTS
from diptych.world.splits import color_is_held_out
from diptych.world.sprites import SIDES
from diptych.world.vocabulary import (
    COLORS,
    INDOORS,
    MAX_COUNT,
    MAX_THINGS,
    PLACES,
    SIZES,
    TIMES,
    WEATHERS,
    nouns,
)

SIDE = 128
STEP = 8
CELLS = SIDE // STEP
GAP = 2
"""Pixels that stay free between the squares of two things."""


@dataclass(frozen=True, order=True)
class Thing:
    """One sticker: centre (x, y) in pixels, on the grid of STEP; color None = its natural look."""

    x: int
    y: int
    noun: str
    color: str | None
    size: str

    @property
    def side(self) -> int:
        return SIDES[self.size]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) in pixels."""
        half = self.side / 2
        return self.x - half, self.y - half, self.x + half, self.y + half

    @property
    def kind(self) -> tuple[str, str | None, str]:
        return self.noun, self.color, self.size


def reading_order(thing: Thing) -> tuple[int, int, str, str, str]:
    """By x, then by y; what stands at one place, as a writer of layouts may err, by name and looks."""
    return thing.x, thing.y, thing.noun, thing.color or "", thing.size


@dataclass(frozen=True)
class Background:
    """Where and when a scene is. Indoors there is neither time of day nor weather."""

    place: str = "plain"
    time: str = "day"
    weather: str = "clear"

    def __post_init__(self) -> None:
        for value, known in ((self.place, PLACES), (self.time, TIMES), (self.weather, WEATHERS)):
            if value not in known:
                raise ValueError(f"{value!r} is not one of {known}")
        if self.place in INDOORS and (self.time != "day" or self.weather != "clear"):
            raise ValueError(f"{self.place} has no time of day and no weather")


@dataclass(frozen=True)
class Scene:
    """The truth about one picture. `things` are kept in reading order: by x, then by y."""

    things: tuple[Thing, ...]
    background: Background = field(default_factory=Background)
    variant: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "things", tuple(sorted(self.things, key=reading_order)))

    def groups(self) -> list[tuple[Thing, ...]]:
        """Things of equal noun, colour and size together, in order of their first."""
        grouped: dict[tuple[str, str | None, str], list[Thing]] = {}
        for thing in self.things:
            grouped.setdefault(thing.kind, []).append(thing)
        return [tuple(group) for group in grouped.values()]


def canonical_color(noun: str, color: str | None) -> str | None:
    """The colour as it stands in a scene: a palette colour that the noun already has by nature is None."""
    return None if color == nouns()[noun].own else color


def spot_holds(thing: Thing, spot: str, slack: int = 0) -> bool:
    """Whether `thing` is at `spot` (one of vocabulary.SPOTS); `slack` pixels of tolerance.

    left / right / top / bottom are the outer 40 % of the canvas; middle is within 18 % of the centre on both axes.
    """
    near, far, half = SIDE * 0.4 + slack, SIDE * 0.6 - slack, SIDE * 0.18 + slack
    if spot == "middle":
        return abs(thing.x - SIDE / 2) <= half and abs(thing.y - SIDE / 2) <= half
    held = {"left": thing.x <= near, "right": thing.x >= far, "top": thing.y <= near, "bottom": thing.y >= far}
    return all(held[word] for word in spot.split())


def spot_box(spot: str | None) -> tuple[float, float, float, float]:
    """Where centres may lie so that `spot` holds, (x0, y0, x1, y1) in pixels; None = anywhere."""
    near, far, half = SIDE * 0.4, SIDE * 0.6, SIDE * 0.18
    if spot is None:
        return 0, 0, SIDE, SIDE
    if spot == "middle":
        return SIDE / 2 - half, SIDE / 2 - half, SIDE / 2 + half, SIDE / 2 + half
    words = spot.split()
    return (
        far if "right" in words else 0,
        far if "bottom" in words else 0,
        near if "left" in words else SIDE,
        near if "top" in words else SIDE,
    )


def relation_holds(first: Sequence[Thing], relation: str, second: Sequence[Thing], slack: int = 0) -> bool:
    """Whether all of `first` stand `relation` (one of vocabulary.RELATIONS) to all of `second`.

    The centres of the nearest two must differ by 10 pixels along the axis, and the groups' means more along it
    than across it.
    """
    axis, sign = {"left of": ("x", 1), "right of": ("x", -1), "above": ("y", 1), "below": ("y", -1)}[relation]
    across = "y" if axis == "x" else "x"
    along = min(sign * (getattr(b, axis) - getattr(a, axis)) for a in first for b in second)

    def mean(group: Sequence[Thing], name: str) -> float:
        return sum(getattr(thing, name) for thing in group) / len(group)

    shift = sign * (mean(second, axis) - mean(first, axis))
    drift = abs(mean(second, across) - mean(first, across))
    return along >= 10 - slack and shift >= drift - slack


def between_holds(middle: Sequence[Thing], one: Sequence[Thing], other: Sequence[Thing], slack: int = 0) -> bool:
    """Whether `middle` stands between `one` and `other`, side by side or one above the other."""
    return any(
        (relation_holds(one, relation, middle, slack) and relation_holds(middle, relation, other, slack))
        or (relation_holds(other, relation, middle, slack) and relation_holds(middle, relation, one, slack))
        for relation in ("left of", "above")
    )


def row_holds(group: Sequence[Thing], slack: int = 0) -> bool:
    """Whether two or more things stand in one horizontal row: centres within 6 pixels of height."""
    heights = [thing.y for thing in group]
    return len(group) >= 2 and max(heights) - min(heights) <= 6 + slack


def fits(thing: Thing, others: Sequence[Thing], edge: int = 1) -> bool:
    """Whether `thing` lies on the canvas and overlaps none of `others`."""
    x0, y0, x1, y1 = thing.box
    if x0 < edge or y0 < edge or x1 > SIDE - edge or y1 > SIDE - edge:
        return False
    return all(
        x1 + GAP <= other.box[0] or other.box[2] + GAP <= x0 or y1 + GAP <= other.box[1] or other.box[3] + GAP <= y0
        for other in others
    )


# ---- sampling -------------------------------------------------------------------------------------------------------

LAYOUTS = ("free", "row", "relation", "between")
COUNT_WEIGHTS = (0.62, 0.19, 0.10, 0.05, 0.04)
GROUP_WEIGHTS = (0.30, 0.42, 0.28)


def sample_background(rng: np.random.Generator) -> Background:
    place = PLACES[int(rng.integers(len(PLACES)))]
    if place in INDOORS:
        return Background(place)
    time = TIMES[int(rng.choice(3, p=(0.55, 0.15, 0.30)))]
    weather = WEATHERS[int(rng.choice(4, p=(0.64, 0.12, 0.12, 0.12)))]
    return Background(place, time, weather)


def sample_kind(
    rng: np.random.Generator, known: Sequence[str], held_out: bool | None = False
) -> tuple[str, str | None]:
    """A (noun, colour). `held_out` False = combinations of the training split, True = only the others, None = any."""
    while True:
        noun = known[int(rng.integers(len(known)))]
        color = None if held_out is not True and rng.random() < 0.3 else COLORS[int(rng.integers(len(COLORS)))]
        color = canonical_color(noun, color)
        if held_out is None or color_is_held_out(noun, color) == held_out:
            return noun, color


def sample_scene(
    rng: np.random.Generator, known: Sequence[str], *, groups: int | None = None, held_out: bool | None = False
) -> Scene:
    """A random scene of one to three kinds of things and at most MAX_THINGS things. Pure in `rng`."""
    while True:
        scene = try_scene(rng, known, groups, held_out)
        if scene is not None:
            return scene


def try_scene(
    rng: np.random.Generator, known: Sequence[str], groups: int | None, held_out: bool | None
) -> Scene | None:
    number = groups or 1 + int(rng.choice(3, p=GROUP_WEIGHTS))
    kinds: list[tuple[str, str | None]] = []
    while len(kinds) < number:
        kind = sample_kind(rng, known, held_out if not kinds else (False if held_out else held_out))
        if all(kind[0] != other[0] for other in kinds) or (rng.random() < 0.1 and kind not in kinds):
            kinds.append(kind)
    layout = LAYOUTS[int(rng.choice(4, p=(0.5, 0.12, 0.28, 0.10)))]
    if layout == "relation" and number < 2:
        layout = "row" if rng.random() < 0.4 else "free"
    if layout == "between" and number < 3:
        layout = "relation" if number == 2 else "free"
    counts = [1 + int(rng.choice(MAX_COUNT, p=COUNT_WEIGHTS)) for _ in kinds]
    if layout == "row" and sum(counts) < 2:
        counts[0] = 2 + int(rng.integers(3))
    if sum(counts) > MAX_THINGS:
        return None
    sizes = [sample_size(rng, sum(counts)) for _ in kinds]
    groups_of = [(noun, color, size, count) for (noun, color), size, count in zip(kinds, sizes, counts, strict=True)]
    things = PLACERS[layout](rng, groups_of)
    if things is None:
        return None
    return Scene(tuple(things), sample_background(rng), int(rng.integers(VARIANTS)))


def sample_size(rng: np.random.Generator, total: int) -> str:
    weights = ((0.22, 0.43, 0.35), (0.3, 0.45, 0.25), (0.36, 0.48, 0.16), (0.5, 0.5, 0.0))[min(total, 4) - 1]
    return SIZES[int(rng.choice(3, p=weights))]


Group = tuple[str, "str | None", str, int]


def snap(value: float) -> int:
    """The nearest centre on the grid of STEP."""
    return int(np.clip(round((value - STEP / 2) / STEP), 0, CELLS - 1)) * STEP + STEP // 2


def snap_inside(value: float, side: int) -> int:
    """The nearest centre on the grid for which a square of `side` pixels stays on the canvas."""
    hidden = -(-(side // 2 + 1 - STEP // 2) // STEP)
    low, high = hidden * STEP + STEP // 2, (CELLS - 1 - hidden) * STEP + STEP // 2
    return int(np.clip(snap(value), low, high))


def drop_in(
    rng: np.random.Generator,
    kind: tuple[str, str | None, str],
    others: Sequence[Thing],
    box: tuple[float, float, float, float],
) -> Thing | None:
    """A thing of `kind` at a random free place whose centre lies in `box`; None after 24 tries."""
    noun, color, size = kind
    half = SIDES[size] / 2 + 1
    low_x, high_x = max(box[0], half), min(box[2], SIDE - half)
    low_y, high_y = max(box[1], half), min(box[3], SIDE - half)
    if low_x > high_x or low_y > high_y:
        return None
    for u, v in rng.random((24, 2)):
        at = low_x + u * (high_x - low_x), low_y + v * (high_y - low_y)
        thing = Thing(snap_inside(at[0], SIDES[size]), snap_inside(at[1], SIDES[size]), noun, color, size)
        if fits(thing, others):
            return thing
    return None


def place_free(rng: np.random.Generator, groups: Sequence[Group]) -> list[Thing] | None:
    things: list[Thing] = []
    for noun, color, size, count in sorted(groups, key=lambda group: -SIDES[group[2]]):
        for _ in range(count):
            thing = drop_in(rng, (noun, color, size), things, (0, 0, SIDE, SIDE))
            if thing is None:
                return None
            things.append(thing)
    return things


def place_row(rng: np.random.Generator, groups: Sequence[Group]) -> list[Thing] | None:
    """All things side by side at one height, groups kept together."""
    kinds = [(noun, color, size) for noun, color, size, count in groups for _ in range(count)]
    width = sum(SIDES[size] for _, _, size in kinds)
    free = SIDE - 2 - width - GAP * (len(kinds) - 1)
    tallest = max(SIDES[size] for _, _, size in kinds)
    if free < STEP * len(kinds):
        return None
    gap = float(rng.uniform(0, free / len(kinds)))
    x = 1 + float(rng.uniform(0, free - gap * (len(kinds) - 1)))
    y = snap(float(rng.uniform(tallest / 2 + 1, SIDE - tallest / 2 - 1)))
    things: list[Thing] = []
    for noun, color, size in kinds:
        thing = Thing(snap(x + SIDES[size] / 2), y, noun, color, size)
        if not fits(thing, things):
            return None
        things.append(thing)
        x += SIDES[size] + GAP + gap
    return things


def place_cluster(
    rng: np.random.Generator, group: Group, others: Sequence[Thing], box: tuple[float, float, float, float]
) -> list[Thing] | None:
    noun, color, size, count = group
    placed: list[Thing] = []
    for _ in range(count):
        thing = drop_in(rng, (noun, color, size), [*others, *placed], box)
        if thing is None:
            return None
        placed.append(thing)
    return placed


def place_relation(rng: np.random.Generator, groups: Sequence[Group]) -> list[Thing] | None:
    """The first two groups on two sides of a line at about one height (or one above the other); the third anywhere."""
    line = float(rng.uniform(0.35, 0.65)) * SIDE
    low = float(rng.uniform(0, 0.5)) * SIDE
    sideways = rng.random() < 0.6
    boxes = [(0, low, line, low + SIDE * 0.5), (line, low, SIDE, low + SIDE * 0.5)]
    if not sideways:
        boxes = [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes]
    if rng.random() < 0.5:
        boxes.reverse()
    things: list[Thing] = []
    for index, group in enumerate(groups):
        placed = place_cluster(rng, group, things, boxes[index] if index < 2 else (0, 0, SIDE, SIDE))
        if placed is None:
            return None
        things.extend(placed)
    relation = "left of" if sideways else "above"
    first, second = things[: groups[0][3]], things[groups[0][3] : groups[0][3] + groups[1][3]]
    return things if relation_holds(first, relation, second) or relation_holds(second, relation, first) else None


def place_between(rng: np.random.Generator, groups: Sequence[Group]) -> list[Thing] | None:
    """The first group in the middle, the other two on its sides."""
    low = float(rng.uniform(0.1, 0.4)) * SIDE
    third = SIDE / 3
    boxes = [
        (third, low, 2 * third, low + SIDE * 0.4),
        (0, low, third, low + SIDE * 0.4),
        (2 * third, low, SIDE, low + SIDE * 0.4),
    ]
    if rng.random() < 0.3:
        boxes = [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes]
    if rng.random() < 0.5:
        boxes[1], boxes[2] = boxes[2], boxes[1]
    parts: list[list[Thing]] = []
    for group, box in zip(groups, boxes, strict=True):
        placed = place_cluster(rng, group, [thing for part in parts for thing in part], box)
        if placed is None:
            return None
        parts.append(placed)
    if not between_holds(parts[0], parts[1], parts[2]):
        return None
    return [thing for part in parts for thing in part]


PLACERS = {"free": place_free, "row": place_row, "relation": place_relation, "between": place_between}


def with_things(scene: Scene, things: Sequence[Thing]) -> Scene:
    """`scene` with other things on the same background."""
    return replace(scene, things=tuple(things))
