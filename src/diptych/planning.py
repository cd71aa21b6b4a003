"""Planning: who is asked what a wish comes to, for words alone and for words about a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, DiptychError, InvalidPlan, NotUnderstood, Unsupported
from diptych.core.operation import Draw
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.record import read_record
from diptych.engines import Engines, has_canvas_size
from diptych.painters.ways import PAINTED_ANEW, Way
from diptych.repainting import EMBEDDED_PLANNER, check_way, repainted, told, understood

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.errors import Language
    from diptych.core.facts import Facts
    from diptych.language.planning import Planned


def planned(engines: Engines, words: str, document: Document | None = None) -> Planned:
    """What the words come to, and who planned it, as `Studio.planned` says."""
    from diptych.language.planning import planned_by
    from diptych.wishes import check_no_turn, facts_of

    check_no_turn(words)

    def facts() -> Facts:
        grounder = engines.context.grounder
        assert document is not None
        assert grounder is not None
        return facts_of(document, engines.render(document).picture, words, engines.sight, grounder)

    return planned_by(engines.planner, words, None if document is None else facts)


def plan_of(engines: Engines, wish: object) -> Plan:
    """Raises InvalidPlan for what is neither words nor a plan, NotUnderstood for words that say nothing."""
    if isinstance(wish, Plan):
        return wish
    if isinstance(wish, str):
        return planned(engines, wish).plan
    name = type(wish).__name__
    raise InvalidPlan(
        Bilingual(f"A wish can't be '{name}'.", f"愿望不能是“{name}”。"),
        Bilingual("Say it in words, or give a Plan.", "请用文字说明，或给出 Plan。"),
    )


def planned_for(
    engines: Engines,
    document: Document,
    wish: object,
    seed: int,
    language: Language | None,
    way: Way = PAINTED_ANEW,
    *,
    masked: bool = False,
) -> tuple[Document, Planned]:
    """A document and what the wish comes to for it: on a drawing changes of it, by the grammar and the reader, and by a
    language model where these don't understand. Raises Unsupported for a `way` that is for other wishes."""
    from diptych.language.planning import Planned

    if masked and way.in_latents:
        raise _no_mask(way)
    chosen = engines.chosen
    refused: NotUnderstood | None = None
    if not isinstance(wish, str):
        made = Planned(plan_of(engines, wish), ())
    else:
        if wish and chosen.planner is None and chosen.planner_kind != "llm" and not masked:
            try:
                changed = repainted(engines, document, wish, language, seed, way=way)
            except NotUnderstood as error:
                if getattr(engines.planner, "model", None) is None:
                    raise
                changed, refused = None, error
            if changed is not None:
                small, plan = changed
                return small, Planned(plan, (EMBEDDED_PLANNER,) * len(plan.steps))
        made = planned(engines, wish, document)
    by_model = isinstance(wish, str) and chosen.planner is None and (refused or chosen.planner_kind == "llm")
    if way.in_latents or (by_model and not masked):
        said = wish if isinstance(wish, str) else ""
        changed = repainted(engines, document, said, language, seed, made.plan.steps, way)
        if changed is not None:
            small, plan = changed
            return small, replace(made, plan=plan, planners=(made.by,) * len(plan.steps) if made.planners else ())
    check_way(engines, document, made.plan, way)
    return document, replace(made, plan=told(engines, document, made.plan))


def _no_mask(way: Way) -> Unsupported:
    return Unsupported(
        Bilingual(
            f"{way.method} edits the parts of a drawing that the words change; a mask can't be given besides.",
            f"{way.method} 编辑画中文字所说的部分，不能另给蒙版。",
        ),
        Bilingual("Leave the mask out, or leave --method out.", "请去掉蒙版，或去掉 --method。"),
    )


# ---- before a picture is opened ----------------------------------------------------------------------------


def may_understand(engines: Engines, words: str, photos: Sequence[str | PathLike[str]]) -> bool:
    """Whether words can come to something on these photos, as far as that is known without opening them: the grammar
    understands them, they may speak of what is drawn, or somebody else plans."""
    from diptych.language.turns import turn_of

    if turn_of(words) is not None:
        return True
    chosen = engines.chosen
    if chosen.planner is not None or getattr(engines.planner, "model", chosen.planner_kind == "llm"):
        return True
    return bool(understood(words)) or has_drawn(photos)


def has_drawn(photos: Sequence[str | PathLike[str]]) -> bool:
    """Whether one of the files says that it was drawn here, or has a drawing's size: then a wish that the grammar
    doesn't understand may still speak of what is drawn."""
    for photo in photos:
        try:
            record = read_record(photo)
            picture = Picture.open(photo) if record is None else None
        except DiptychError:
            continue
        if record is not None and any(isinstance(step, Draw) for step in record.plan.steps):
            return True
        if picture is not None and has_canvas_size(picture):
            return True
    return False
