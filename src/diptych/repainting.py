"""Repainting: wishes that come to changes of a drawing, whose painter knows what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, NotUnderstood, Unsupported, shorten
from diptych.core.operation import Repaint, Upscale
from diptych.core.plan import Plan
from diptych.engines import Engines, has_canvas_size, language_of
from diptych.painters.enlarging import last_enlargement, layout_of
from diptych.painters.ways import PAINTED_ANEW, Way

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.errors import Language
    from diptych.core.operation import Operation

SIZES = (128, 512, 1024)
"""Pixels a side that drawings come in; the larger ones are enlarged from the first."""
EMBEDDED_PLANNER = "grammar and reader"
"""Who plans changes of drawings, unless a language model does."""
REPAINTED = frozenset(
    {
        "add",
        "remove",
        "replace",
        "recolor",
        "move",
        "scale",
        "duplicate",
        "replace_background",
        "combine",
        "restyle",
        "tint",
        "vague",
    }
)
"""Operations that on a drawing are its painter's: it knows what the drawing shows."""


def understood(words: str) -> Sequence[Operation]:
    """The steps that the grammar makes of words; none where it doesn't understand them. The learned reader isn't asked:
    the Stickerbook's own knows what is drawn."""
    from diptych.language.compiler import compile_instruction

    try:
        return compile_instruction(words, learned=False).steps
    except NotUnderstood:
        return ()


def repainted(
    engines: Engines,
    document: Document,
    words: str,
    language: Language | None,
    seed: int,
    given: Sequence[Operation] | None = None,
    way: Way = PAINTED_ANEW,
) -> tuple[Document, Plan] | None:
    """A document and the changes of a drawing that the wish comes to for it; None where the picture is none, or where
    the grammar understands the wish as something that needs no painter (tone, filters, frame, questions).

    `given` are the steps of the wish where another planner made them, `way` is how they are to be made. A drawing that
    was made large is changed while it is small: the step is taken back, and done again after the changes.
    """
    made_large = last_enlargement(document)
    if made_large is None:
        plan = _changes(engines, document, words, language, seed, given, way)
        return None if plan is None else (document, plan)
    small = document.undo_step(made_large.number)
    plan = _changes(engines, small, words, language, seed, given, way)
    if plan is None:
        return None
    last = plan.steps[-1]
    assert isinstance(last, Repaint)
    again = enlargement(engines, made_large.step.factor, last.layout)
    return small, Plan(steps=(*plan.steps, again))


def _changes(
    engines: Engines,
    document: Document,
    words: str,
    language: Language | None,
    seed: int,
    given: Sequence[Operation] | None,
    way: Way,
) -> Plan | None:
    if not has_canvas_size(document.source):
        return None
    steps = understood(words) if given is None else given
    if steps and not any(step.op in REPAINTED for step in steps):
        return None
    picture = engines.render(document).picture
    if not has_canvas_size(picture):
        return None
    layout, book = layout_of(document), engines.stickerbook
    if layout is None and not book.reader.recognises(picture):
        return None
    language = language or language_of(words)
    if given is not None:
        changes = book.plan_steps(picture, words, given, language, layout=layout, seed=seed, way=way)
    else:
        changes = book.plan_changes(picture, words, language, layout=layout, understand=understood, seed=seed, way=way)
    return Plan(steps=tuple(changes))


def check_way(engines: Engines, document: Document, plan: Plan, way: Way) -> None:
    """Raises Unsupported, where a plan is no change of a drawing, for a way that is for such changes alone."""
    if not way.in_latents:
        return
    small = document if (large := last_enlargement(document)) is None else document.undo_step(large.number)
    picture = engines.render(small).picture
    known = layout_of(small) is not None or engines.stickerbook.reader.recognises(picture)
    if not (has_canvas_size(picture) and known):
        raise Unsupported(
            Bilingual(
                f"{way.method} edits drawings of the Stickerbook, and this picture is none.",
                f"{way.method} 只能编辑贴纸画，而这张图不是。",
            ),
            Bilingual(
                "Leave --method out, or use a picture that `diptych draw` made; large models have methods of their own "
                "(--painter).",
                "请去掉 --method，或使用 `diptych draw` 画出的图；大模型（--painter）另有自己的方法。",
            ),
        )
    from diptych.wording import plan_lines

    said = [shorten(plan_lines(plan, language).replace("\n", "; "), 120) for language in ("en", "zh")]
    raise Unsupported(
        Bilingual(f"{way.method} doesn't do this: {said[0]}.", f"{way.method} 不能做这件事：{said[1]}。"),
        Bilingual(
            "It changes what is drawn: things, their colours, sizes and places, and the background. Leave --method out "
            "for the rest.",
            "它改变画的内容：物体及其颜色、大小、位置，以及背景。其他修改请去掉 --method。",
        ),
    )


def enlargement(engines: Engines, factor: float, layout: str) -> Upscale:
    """A drawing made larger, told what it shows."""
    return Upscale(factor=factor, words=engines.stickerbook.describe(layout, "en"))


def told(engines: Engines, document: Document, plan: Plan) -> Plan:
    """The plan; an Upscale that it begins with is told what the picture shows, where that is a drawing."""
    first = plan.steps[0] if plan.steps else None
    frame = document.source
    if not isinstance(first, Upscale) or first.words or first.faithful or frame.width != frame.height:
        return plan
    enlarger = engines.stickerbook.enlarger
    if frame.width not in SIZES or not enlarger.ready:
        return plan
    picture, layout = engines.render(document).picture, layout_of(document)
    if not enlarger.reaches(picture, first.factor):
        return plan
    if layout is not None:
        step = enlargement(engines, first.factor, layout)
    else:
        scene = engines.stickerbook.reader.sees(picture)
        if scene is None:
            return plan
        step = first.model_copy(update={"words": engines.stickerbook.said_of(scene)})
    return Plan(steps=(step, *plan.steps[1:]))
