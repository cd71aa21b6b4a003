"""The executor: carries out a plan on a picture, step by step, and certifies every step.

    grounding     a step's target becomes a region (`grounding`), softened where the step asks for it
    fusion        neighbouring tone and colour steps with one target are applied in one pass (`fuse`)
    compositing   new pixels go in where the region lets them (`composite`): outside, bytes are copied
    counting      what differs inside and outside is counted on the result, not believed

The plan that comes back says what was done: a choice that the context made (`pick`, `all_matches`) is written
into the targets, so that the plan alone gives the same picture again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from diptych.core.certificate import Certificate
from diptych.core.errors import Bilingual, InvalidPicture, Unsupported
from diptych.core.operation import AnyOperation, Crop
from diptych.core.picture import Picture
from diptych.core.plan import Plan, describe
from diptych.core.ports import is_for_photos
from diptych.core.region import Box, Region
from diptych.core.target import Target
from diptych.operations import generative, grounding, pointwise
from diptych.operations.auto import sample_pixels
from diptych.operations.chain import Chain, evaluate, simplify
from diptych.operations.change import Answer, Change, Context, Pixels
from diptych.operations.composite import (
    changed_pixels,
    composite,
    composite_box,
    count_differing,
    settle_edges,
    soften,
)
from diptych.operations.entries import ENTRIES, Entry
from diptych.operations.fuse import ColorTransform

KEEPS_THE_SUBJECT = frozenset({"remove_background", "replace_background", "blur_background"})
"""Operations whose region is what stays; without a target they ask the grounder for the subject."""
LOOKS_ITSELF = KEEPS_THE_SUBJECT | {"remove_text"}
"""Operations that without a target look for something, too."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The finished picture, and for each step of `plan` its region (None: the whole picture) and certificate."""

    picture: Picture
    plan: Plan
    regions: tuple[Region | None, ...]
    certificates: tuple[Certificate, ...]
    answers: tuple[Answer, ...] = ()


def run(picture: Picture, plan: Plan, context: Context) -> Outcome:
    """Carry out `plan` on `picture`.

    Raises TargetNotFound, AmbiguousTarget, Unsupported and whatever else a step raises; the picture is immutable,
    so an error leaves nothing behind. `context.on_progress` hears (share done, the step that begins), then (1, "").
    Step k draws its noise from the seed `context.seed + k - 1`.
    """
    execution = _Execution(picture, context, list(plan.steps))
    for group in _groups(plan.steps, reorder=context.mask is None):
        execution.carry_out(group)
    if context.on_progress is not None:
        context.on_progress(1.0, "")
    execution.settle_memory()
    numbers = range(len(plan.steps))
    return Outcome(
        picture=execution.picture,
        plan=plan.model_copy(update={"steps": tuple(execution.steps)}),
        regions=tuple(execution.regions[number] for number in numbers),
        certificates=tuple(execution.certificates[number] for number in numbers),
        answers=tuple(execution.answers),
    )


def _groups(steps: tuple[AnyOperation, ...], *, reorder: bool = True) -> Iterator[tuple[int, ...]]:
    """Numbers (from 0) of the steps that are carried out together, in the order of carrying out.

    Neighbouring pointwise steps with equal targets are one group. A crop to fixed numbers that follows a group of
    fixed untargeted steps goes before it: such steps know no neighbours, so the bytes are the same and fewer
    pixels are touched.
    """
    start = 0
    while start < len(steps):
        end = start + 1
        if pointwise.is_pointwise(steps[start]):
            while end < len(steps) and _fuses(steps[start], steps[end]):
                end += 1
            group = tuple(range(start, end))
            if reorder and end < len(steps) and _commutes(steps[start:end], steps[end]):
                yield (end,)
                end += 1
            yield group
        else:
            yield (start,)
        start = end


def _fuses(first: AnyOperation, other: AnyOperation) -> bool:
    return pointwise.is_pointwise(other) and _target(first) == _target(other)


def _commutes(group: tuple[AnyOperation, ...], follower: AnyOperation) -> bool:
    """Orientation is left out: it looks at the picture for what to keep."""
    fixed = all(_target(step) is None and not pointwise.is_measured(step) for step in group)
    return fixed and isinstance(follower, Crop) and follower.target is None and follower.orientation is None


def _target(step: AnyOperation) -> Target | None:
    target: Target | None = getattr(step, "target", None)
    return target


@dataclass(eq=False)
class _Execution:
    """One run of one plan: the picture so far, and what is known of the steps carried out (by number, from 0)."""

    picture: Picture
    context: Context
    steps: list[AnyOperation]
    regions: dict[int, Region | None] = field(default_factory=dict)
    certificates: dict[int, Certificate] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    found: dict[Target, tuple[Region, Target]] = field(default_factory=dict)
    owned: bool = False  # the picture's pixels were made here and nothing else holds them
    uncropped: tuple[int, int] = (0, 0)  # the frame before the latest step that was not pointwise

    def carry_out(self, group: tuple[int, ...]) -> None:
        if self.context.on_progress is not None:
            self.context.on_progress(group[0] / len(self.steps), describe(self.steps[group[0]]))
        if pointwise.is_pointwise(self.steps[group[0]]):
            self._fused(group)
        else:
            self._single(group[0])
        if self.context.on_preview is not None:
            shown = self.picture
            self.owned = False  # whoever looks may keep it
            self.context.on_preview(lambda: shown)

    def _fused(self, group: tuple[int, ...]) -> None:
        """A run of pointwise steps in one pass. They share the count of changed pixels and, evenly, the time."""
        started = perf_counter()
        target = _target(self.steps[group[0]])
        region = None
        if target is None and self.context.mask is not None:
            region = soften(self._own_mask())
        elif target is not None:
            region, target = self._ground(target)
            for number in group:
                self._settle(number, target)
            region = soften(region)
        links, settled = self._links(group, region)
        pixels, inside, outside = self._colored(ColorTransform(links), region)
        self.picture = self.picture.with_pixels(pixels)
        self.owned = True
        seconds = (perf_counter() - started) / len(group)
        frame = self.uncropped if group[-1] + 1 in self.certificates else None  # a crop went first
        engine = "diptych" if len(group) == 1 else f"diptych ({len(group)} steps fused)"
        for number, step in zip(group, settled, strict=True):
            self._certify(number, step, region, inside, outside, engine, seconds, frame=frame)

    def _links(self, group: tuple[int, ...], region: Region | None) -> tuple[Chain, list[AnyOperation]]:
        """The links of all steps. What is measured is measured on a sample that the links before have changed."""
        links: Chain = ()
        settled = []
        sample = None
        for number in group:
            step = self.steps[number]
            if not pointwise.is_measured(step):
                links = (*links, *pointwise.fixed_links(step))
            else:
                if sample is None:
                    sample = sample_pixels(self.picture.rgb, None if region is None else region.mask)
                seen = evaluate(simplify(links), sample)
                step = pointwise.settle(step, seen)
                links = (*links, *pointwise.links(step, seen))
            settled.append(step)
        return links, settled

    def _colored(self, transform: ColorTransform, region: Region | None) -> tuple[Pixels, int, int]:
        """The pixels after a fused run, and how many differ inside and outside the region."""
        if region is None:
            counts: list[int] = []
            pixels = transform.apply(
                self.picture.pixels, lambda before, after: counts.append(count_differing(before, after))
            )
            return pixels, sum(counts), 0
        x0, y0, x1, y1 = region.box
        pixels = composite_box(self.picture.pixels, transform.apply(self.picture.pixels[y0:y1, x0:x1]), region)
        return pixels, *changed_pixels(self.picture.pixels, pixels, region)

    def settle_memory(self) -> None:
        """A crop is a view of its source; what reads more than rows of it wants pixels that lie together."""
        if not self.picture.pixels.flags.c_contiguous:
            self.picture = self.picture.with_pixels(np.ascontiguousarray(self.picture.pixels))
            self.owned = True

    def _single(self, number: int) -> None:
        started = perf_counter()
        self.settle_memory()
        entry = ENTRIES[self.steps[number].op]
        region = self._region_of(number, entry)
        step = self.steps[number]
        context = replace(self.context, seed=self.context.seed + number)
        done = _perform(self.picture, step, entry, region, context)
        if isinstance(done, Answer):
            self.answers.append(done)
            self._certify(number, step, region, 0, 0, done.engine, perf_counter() - started)
            return
        touched = done.touched if done.touched is not None or not entry.confined else region
        if self.context.mask is not None and done.pixels.shape[:2] == self.picture.pixels.shape[:2]:
            touched = self._own_mask() if touched is None else touched & self._own_mask()
        if done.window is not None and touched is not None:
            touched = settle_edges(touched)
            pixels, inside, outside = self._put_in_window(done.pixels, done.window, touched)
        else:
            pixels, touched, (inside, outside) = _put_in(self.picture, done.pixels, touched, entry)
            self.owned = False
        if not entry.keeps_things:
            self.found.clear()
        self.uncropped = (self.picture.width, self.picture.height)
        self.picture = self.picture.with_pixels(pixels)
        seed = context.seed if done.seeded else None
        shown = touched if touched is not None else region
        self._certify(number, step, shown, inside, outside, done.engine, perf_counter() - started, seed)

    def _put_in_window(self, new: Pixels, window: Box, touched: Region) -> tuple[Pixels, int, int]:
        """The new pixels of a window composited into the picture; pixels changed inside and outside.

        An array that this run has made itself, and that nothing else holds, is written into; any other is copied.
        """
        x0, y0, x1, y1 = touched.box
        left, top, right, bottom = window
        inside_window = touched.is_empty or (left <= x0 and top <= y0 and x1 <= right and y1 <= bottom)
        assert inside_window, f"touched {touched.box} lies outside its window {window}"
        pixels = self.picture.pixels
        in_place = self.owned and new.shape[2] == pixels.shape[2]
        before = pixels[y0:y1, x0:x1].copy()
        if in_place:
            pixels.flags.writeable = True
        pixels = composite_box(pixels, new[y0 - top : y1 - top, x0 - left : x1 - left], touched, in_place=in_place)
        self.owned = True
        return pixels, count_differing(before, pixels[y0:y1, x0:x1]), 0

    def _region_of(self, number: int, entry: Entry) -> Region | None:
        """The region of a step's target; writes the choice that was made into the step."""
        step = self.steps[number]
        target = _target(step)
        if self.context.mask is not None and entry.grounds and (target is not None or not entry.frame):
            # White is where the edit works, also where an operation is given what it is to keep.
            mask = ~self._own_mask() if step.op in KEEPS_THE_SUBJECT else self._own_mask()
            return soften(mask) if entry.softened else settle_edges(mask)
        if step.op == "remove_text" and target is None:
            target = Target(noun="text", quantifier="all")
        if target is None or not entry.grounds:
            return None
        if step.op == "remove":
            from diptych.operations.things import TREATMENTS

            if target.noun in TREATMENTS:  # "the noise in the sky": what is treated can't be pointed at, where can
                where = _where(target)
                return None if where is None else self._ground(where)[0]
        region, settled = self._ground(target)
        if _target(step) is not None:
            self._settle(number, settled)
        return soften(region) if entry.softened else settle_edges(region)

    def _own_mask(self) -> Region:
        """The user's mask. Raises InvalidPicture where an earlier step has given the frame another size."""
        mask = self.context.mask
        assert mask is not None
        frame = (self.picture.height, self.picture.width)
        if mask.frame != frame:
            raise InvalidPicture(
                Bilingual(
                    f"The mask is {mask.width}×{mask.height} pixels, the picture {frame[1]}×{frame[0]}.",
                    f"蒙版是 {mask.width}×{mask.height} 像素，而图片是 {frame[1]}×{frame[0]}。",
                ),
                Bilingual(
                    "Give a mask of the picture's size, and crop or resize in another edit.",
                    "请给出与图片同样大小的蒙版；裁剪或缩放请另外执行。",
                ),
            )
        return mask

    def _ground(self, target: Target) -> tuple[Region, Target]:
        if self.context.mask is not None:
            return self._own_mask(), target
        if target not in self.found:
            self.found[target] = grounding.ground(self.picture, target, self.context)
        return self.found[target]

    def _settle(self, number: int, target: Target) -> None:
        if _target(self.steps[number]) != target:
            self.steps[number] = self.steps[number].model_copy(update={"target": target})

    def _certify(
        self,
        number: int,
        step: AnyOperation,
        region: Region | None,
        inside: int,
        outside: int,
        engine: str,
        seconds: float,
        seed: int | None = None,
        frame: tuple[int, int] | None = None,
    ) -> None:
        assert outside == 0, f"step {number + 1} changed {outside} pixels outside its region"
        target = _target(step)
        self.regions[number] = region
        self.certificates[number] = Certificate(
            step=number + 1,
            operation=describe(step),
            region=None if region is None else region.label or (target.describe() if target else None),
            box=None if region is None else region.box,
            area=1.0 if region is None else region.area,
            score=None if region is None or target is None else region.score,
            grounder=None if region is None else self._found_by(step),
            changed_inside=inside,
            changed_outside=outside,
            frame=frame or (self.picture.width, self.picture.height),
            engine=engine,
            seed=seed,
            seconds=round(seconds, 6),
        )

    def _found_by(self, step: AnyOperation) -> str | None:
        """Who says where the region is: the user's mask, or the grounder."""
        if self.context.mask is not None:
            return self.context.mask.label
        looked_for = _target(step) is not None or step.op in LOOKS_ITSELF
        return self.context.grounder.name if looked_for and self.context.grounder is not None else None


def _perform(
    picture: Picture, step: AnyOperation, entry: Entry, region: Region | None, context: Context
) -> Change | Answer:
    """A painter that was attached for photographs, if it does such steps; else the operation's own function; where
    that can't, any painter that can."""
    if any(is_for_photos(painter) for painter in context.painters):
        fittest = generative.fittest(step, context)
        if fittest is not None:
            return generative.painted(picture, step, region, context, fittest)
    try:
        return entry.load()(picture, step, region, context)
    except Unsupported:
        painter = next((painter for painter in context.painters if painter.can(step)), None)
        if painter is None:
            raise
        return generative.painted(picture, step, region, context, painter)


def _put_in(
    picture: Picture, pixels: Pixels, touched: Region | None, entry: Entry
) -> tuple[Pixels, Region | None, tuple[int, int]]:
    """New pixels composited into the picture; what was touched; pixels changed inside and outside.

    In a frame of another size nothing can be compared: every pixel of it counts as changed.
    """
    if pixels.shape[:2] != picture.pixels.shape[:2]:
        assert entry.frame, f"{entry.function} changed the frame from {picture.pixels.shape} to {pixels.shape}"
        return pixels, None, (pixels.shape[0] * pixels.shape[1], 0)
    if touched is not None:
        touched = settle_edges(touched)
        pixels = composite(picture.pixels, pixels, touched)
    return pixels, touched, changed_pixels(picture.pixels, pixels, touched)


def _where(target: Target) -> Target | None:
    if target.relation is not None:
        return target.relation.anchor
    return Target(place=target.place) if target.place is not None else None
