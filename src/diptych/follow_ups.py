"""Follow-ups: words about the change before ("a bit more", 撤销第二步), carried out on a document's history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.core.operation import Upscale
from diptych.engines import Engines, language_of
from diptych.painters.enlarging import layout_of
from diptych.painters.ways import way_of
from diptych.rendering import Executor
from diptych.repainting import EMBEDDED_PLANNER, repainted, understood

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.errors import Language
    from diptych.core.history import Edit
    from diptych.core.target import Target
    from diptych.language.turns import Turn
    from diptych.painters.ways import Way


def followed_up(
    engines: Engines,
    document: Document,
    words: str,
    seed: int,
    pick: int | None,
    language: Language | None,
    way: Way | None = None,
) -> Document | None:
    """The document after words about the change before; None for other words. `way` is how a drawing is to be changed;
    None: as it was before. Raises HistoryError where there was no change, Unsupported for a way that is for drawings,
    and what finding another thing raises."""
    from diptych.language.revising import last_said, needs_history, repeated, retargeted, revised, target_said
    from diptych.language.turns import turn_of

    turn = turn_of(words)
    if turn is None:
        return None
    if not document.edits:
        if understood(words):
            return None
        raise needs_history(words)
    if document.is_drawn and turn.kind in ("more", "same", "other"):
        return _drawn_again(engines, document, turn, words, seed, pick, language, way)
    if way is not None and way.in_latents:
        raise _no_way(way, words)
    if turn.kind == "same":
        steps = [edit.step for _, edit in last_said(document)]
        plan = repeated(steps, target_said(turn.words), words)
        named = ("grammar",) * len(plan.steps)
        return document.apply(plan, instruction=words, seed=seed, pick=pick, planners=named)
    if turn.kind == "other":
        return retargeted(document, lambda number, edit: _other(engines, document, number, edit, pick), words)
    return revised(document, turn, words)


def _other(engines: Engines, document: Document, number: int, edit: Edit, pick: int | None) -> Target:
    """What else a step's target can mean, on the picture that the step was given."""
    from diptych.wishes import other_target

    before = tuple(one for one in document.edits[: number - 1] if one.enabled)
    picture = Executor(engines.context)(document.source, before).picture
    return other_target(picture, edit, engines.context, pick)


def _drawn_again(
    engines: Engines,
    document: Document,
    turn: Turn,
    words: str,
    seed: int,
    pick: int | None,
    language: Language | None,
    way: Way | None,
) -> Document:
    """The same again, elsewhere, or on the other thing: what was said last, planned anew for what is drawn."""
    from diptych.language.revising import joined, repeated, revised, target_of, target_said
    from diptych.language.turns import Turn
    from diptych.wishes import chosen_of

    edits = [edit for edit in document.effective if not isinstance(edit.step, Upscale)]
    said = edits[-1].instruction.split(" … ")[0]
    steps = () if len(edits) < 2 else understood(said)
    if not steps:
        return revised(document, Turn("more"), words)  # raises what says that there is nothing to repeat
    if turn.kind == "same":
        steps = repeated(steps, target_said(turn.words), words).steps
    target = next((found for step in steps if (found := target_of(step)) is not None), None)
    if turn.kind == "other" and target is not None:
        before, after = document.undo(), layout_of(document)
        layout = layout_of(before)
        others = [] if after is None or layout is None else engines.stickerbook.others(layout, after, target)
        steps = repeated(steps, chosen_of(others, target, pick), words).steps
        document = before
    way = way or way_of(edits[-1].step)
    changed = repainted(engines, document, said, language or language_of(words), seed, steps, way)
    if changed is None:
        return revised(document, Turn("more"), words)
    small, plan = changed
    named = (EMBEDDED_PLANNER,) * len(plan.steps)
    return small.apply(plan, instruction=joined(said, words), seed=seed, planners=named)


def _no_way(way: Way, words: str) -> Unsupported:
    return Unsupported(
        Bilingual(
            f"“{shorten(words)}” goes back to what was done; there is nothing for {way.method} to do.",
            f"“{shorten(words)}”说的是之前的操作，用不上 {way.method}。",
        ),
        Bilingual("Leave --method out, or say what is to change.", "请去掉 --method，或说出要改什么。"),
    )
