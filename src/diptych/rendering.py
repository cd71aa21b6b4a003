"""Rendering: a document's edits carried out with the engines at hand, and the user's own masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diptych.core.errors import Bilingual, Language, NotVerified, TargetNotFound, shorten
from diptych.core.picture import Picture
from diptych.core.plan import Plan, describe
from diptych.operations.change import Context
from diptych.operations.run import Outcome, run

if TYPE_CHECKING:
    from diptych.core.history import Edit
    from diptych.core.region import Region


@dataclass(frozen=True)
class Executor:
    """Renders a document: carries its edits out with the engines it holds. A pure function of its arguments."""

    context: Context
    on_progress: Callable[[float, str], None] | None = field(default=None, compare=False)
    on_preview: Callable[[Callable[[], Picture]], None] | None = field(default=None, compare=False)

    @property
    def key(self) -> Executor:
        """The same without who watches; by this a cache remembers what was rendered."""
        return Executor(self.context)

    def __call__(self, picture: Picture, edits: tuple[Edit, ...]) -> Outcome:
        """Edits with one seed and pick run together, so that their pointwise steps can fuse."""
        outcome = Outcome(picture, Plan(), (), (), ())
        done = 0
        for (seed, pick, all_matches, mask, mask_sha256), group in groupby(edits, _settings):
            plan = Plan(steps=tuple(edit.step for edit in group))
            context = replace(
                self.context, seed=seed, pick=pick, all_matches=all_matches,
                mask=None if mask is None else own_mask(self.context.folder, mask, mask_sha256),
                on_progress=self._part(done, plan, edits), on_preview=self.on_preview,
            )  # fmt: skip
            outcome = _joined(outcome, run(outcome.picture, plan, context))
            done += len(plan.steps)
        return outcome

    def _part(self, done: int, plan: Plan, edits: Sequence[Edit]) -> Callable[[float, str], None] | None:
        """Progress of one group as that of the whole, its steps said as people say them."""
        report = self.on_progress
        if report is None:
            return None
        from diptych.wording import step

        language: Language = "zh" if self.context.language == "zh" else "en"
        said = {describe(operation): step(operation, language) for operation in plan.steps}
        return lambda fraction, text: report((done + fraction * len(plan.steps)) / len(edits), said.get(text, text))


def _settings(edit: Edit) -> tuple[int, int | None, bool, str | None, str | None]:
    return edit.seed, edit.pick, edit.all_matches, edit.mask, edit.mask_sha256


def own_mask(folder: Path, name: str, sha256: str | None = None) -> Region:
    """The region that a mask file shows: its alpha where it is transparent anywhere, else its brightness; white is
    inside.

    Raises InvalidPicture for what can't be read, TargetNotFound where nothing is white.
    """
    from diptych.core.region import Region

    picture = Picture.open(folder / name)
    if sha256 is not None and picture.sha256 != sha256:
        raise NotVerified(
            Bilingual(
                f"The mask '{shorten(name)}' has changed since the edit.",
                f"蒙版“{shorten(name)}”在编辑之后被改动过。",
            ),
            Bilingual(
                f"Put the file with SHA-256 {sha256[:12]}… back, and give a new mask another name.",
                f"请把 SHA-256 为 {sha256[:12]}… 的文件放回原处；新的蒙版请另取名字。",
            ),
        )
    levels = picture.alpha
    if levels is None or int(levels.min()) == 255:
        levels = np.rint(picture.rgb.astype(np.float32).mean(-1)).astype(np.uint8)
    region = Region(levels.astype(np.float32) / 255.0, f"mask {Path(name).name}")
    if region.is_empty:
        raise TargetNotFound(
            Bilingual(f"The mask '{shorten(name)}' is black all over.", f"蒙版“{shorten(name)}”全是黑色。"),
            Bilingual("Paint white what is to be edited.", "请把要编辑的部分涂成白色。"),
        )
    return region


def _joined(before: Outcome, after: Outcome) -> Outcome:
    """Two outcomes, one after the other, as one; steps are numbered through."""
    count = len(before.plan.steps)
    certificates = tuple(c.model_copy(update={"step": c.step + count}) for c in after.certificates)
    return Outcome(
        picture=after.picture,
        plan=Plan(steps=before.plan.steps + after.plan.steps),
        regions=before.regions + after.regions,
        certificates=before.certificates + certificates,
        answers=before.answers + after.answers,
    )
