"""Steps that a painter for photographs carries out: who does it, and where it may touch the picture.

A painter makes pixels; what of them is taken is decided here and composited by `run`, so that whatever the model
changed elsewhere is dropped.

    restyle                      the target, else everything
    remove                       the target and a little around it, for its rim and shadow
    replace                      the same, and more, for the new thing has another outline
    add                          a box as large as such a thing would be, on or beside its target, or at its place
    replace_background, combine  everything but the subject
    extend                       the new margins
The user's own mask wins over all of them.
"""

from __future__ import annotations

from diptych.core.operation import Add, AnyOperation, Combine, Extend, Remove, Replace, ReplaceBackground, Upscale
from diptych.core.picture import Picture
from diptych.core.ports import Painter, PhotoPainter, is_for_photos
from diptych.core.region import Region
from diptych.operations import adding, background, frame
from diptych.operations.change import Change, Context
from diptych.operations.composite import composite
from diptych.operations.drawing import can_draw
from diptych.operations.painted import watched
from diptych.operations.removal import TREATMENTS
from diptych.operations.weather import can_overlay

_RIM, _OUTLINE = 0.012, 0.05
"""How far beyond its target a removal and a replacement reach, as shares of the picture's shorter side."""


def fittest(step: AnyOperation, context: Context) -> PhotoPainter | None:
    """The painter for photographs that does `step` best; None where there is none, or where a formula does it exactly.

    Of equally fit ones the first that was attached.
    """
    attached = [one for one in context.painters if is_for_photos(one)]
    if not attached or _is_exact(step):
        return None
    best = max(attached, key=lambda painter: painter.fitness(step))
    return best if best.fitness(step) > 0 else None


def painted(picture: Picture, step: AnyOperation, region: Region | None, context: Context, painter: Painter) -> Change:
    """The step by `painter`, touching nothing but its scope."""
    painter = watched(painter, context)
    if isinstance(step, Extend):
        return _extended(picture, step, context, painter)
    touched = None if isinstance(step, Upscale) else scope(picture, step, region, context)
    made = painter.paint(picture, step, touched, context.seed)
    return Change(made.pixels, touched, painter.name, seeded=True)


def scope(picture: Picture, step: AnyOperation, region: Region | None, context: Context) -> Region | None:
    """Where the step may change the picture; None for everywhere. `region` is what its target was found to be.

    Raises Unsupported, TargetNotFound where a subject is needed and there is none.
    """
    if context.mask is not None and not isinstance(step, ReplaceBackground | Combine):
        return context.mask
    shorter = min(picture.width, picture.height)
    if isinstance(step, Remove | Replace) and region is not None:
        share = _RIM if isinstance(step, Remove) else _OUTLINE
        return region.grow(max(round(share * shorter), 2)).feather(max(0.002 * shorter, 0.7))
    if isinstance(step, Add):
        box = adding.room_for(picture, step, region)
        return Region.from_box(box, picture.height, picture.width, step.thing.describe())
    if isinstance(step, ReplaceBackground | Combine):
        return background.behind(background.kept_subject(picture, region, context))
    return region


def _extended(picture: Picture, step: Extend, context: Context, painter: Painter) -> Change:
    """More canvas, painted; the picture itself stays as it was, byte for byte."""
    canvas, box = frame.larger_canvas(picture, step)
    margins = ~Region.from_box(box, canvas.shape[0], canvas.shape[1])
    made = painter.paint(picture.with_pixels(canvas), step, margins, context.seed)
    return Change(composite(canvas, made.pixels, margins), engine=painter.name, seeded=True)


def _is_exact(step: AnyOperation) -> bool:
    """Shapes, frames, weather and light have formulas, noise and haze have treatments, and a classical fill was asked
    for by name: none of that needs a model that makes things up."""
    if isinstance(step, Add):
        noun = step.thing.noun
        return can_draw(noun) or can_overlay(noun) or noun in ("border", "frame")
    if isinstance(step, Remove) and step.target is not None and step.target.noun in TREATMENTS:
        return True
    return isinstance(step, Remove | Extend) and step.fill == "classical"
