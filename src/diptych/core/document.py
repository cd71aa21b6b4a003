"""Document: a source picture and the log of its edits; every state is rendered from the source.

Ten edits decode once and encode once, and undoing the third of them is rendering without it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

from diptych.core.certificate import Certificate
from diptych.core.errors import Bilingual, HistoryError, InvalidPlan, NotVerified, shorten
from diptych.core.history import MAIN, Applied, Branch, Edit, Revised, find_branch
from diptych.core.picture import Picture
from diptych.core.plan import Plan, describe
from diptych.core.record import Record, Score, Source, library_versions


class Rendering(Protocol):
    """What a renderer gives back, at least."""

    @property
    def picture(self) -> Picture: ...

    @property
    def certificates(self) -> tuple[Certificate, ...]: ...


R = TypeVar("R", bound=Rendering)

Renderer = Callable[[Picture, tuple[Edit, ...]], R]
"""Carries the edits out on the picture, in order. Must be a pure function of its arguments."""


class RenderCache:
    """The last few renderings, by renderer and edits; shared by the states of one document."""

    def __init__(self, size: int = 2) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[Any, tuple[Edit, ...]], Any] = OrderedDict()

    def get(self, render: Renderer[R], source: Picture, edits: tuple[Edit, ...]) -> R:
        # Whoever is told of progress is no part of the key: kept here, he would be kept with all that he keeps.
        key = (getattr(render, "key", render), edits)
        if key in self._kept:
            self._kept.move_to_end(key)
            kept: R = self._kept[key]
            return kept
        rendering = render(source, edits)
        self._kept[key] = rendering
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return rendering


@dataclass(frozen=True, repr=False)
class Document:
    """Immutable: every change returns a new Document over the same source.

    Steps are counted from 1 in the order in which they were applied; an undone step keeps its number.
    """

    source: Picture
    history: tuple[Branch, ...] = (Branch(),)
    current: str = MAIN
    cache: RenderCache = field(default_factory=RenderCache, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"Document({self.source!r}, {len(self.edits)} steps, branch {self.current!r})"

    def __str__(self) -> str:
        """Its history: the words, and their steps under them; undone ones with a minus."""
        lines, said = [], None
        for number, edit in enumerate(self.edits, 1):
            if edit.instruction and edit.instruction != said:
                lines.append(f"“{edit.instruction}”")
            said = edit.instruction
            lines.append(f"  {' ' if edit.enabled else '-'} {number}. {describe(edit.step)}")
        return "\n".join(lines) or "no edits"

    def _repr_html_(self) -> str:
        """Notebooks call this: the source's name and size, and the history."""
        from html import escape

        size = f"{self.source.width}×{self.source.height}"
        return f"<p>{escape(self.source.name)} {size}</p><pre>{escape(str(self))}</pre>"

    # ---- what it holds ----

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All steps of the current branch, undone ones with `enabled` False."""
        return self._branch.edits

    @property
    def effective(self) -> tuple[Edit, ...]:
        """The steps that are rendered."""
        return tuple(edit for edit in self.edits if edit.enabled)

    @property
    def plan(self) -> Plan:
        return Plan(steps=tuple(edit.step for edit in self.effective))

    @property
    def is_drawn(self) -> bool:
        """Its first step draws it: there is nothing to see on its source."""
        return bool(self.plan.steps) and self.plan.steps[0].op == "draw"

    @property
    def instructions(self) -> tuple[str, ...]:
        """What was said, in order, each once."""
        return tuple(dict.fromkeys(edit.instruction for edit in self.effective if edit.instruction))

    @property
    def branches(self) -> tuple[str, ...]:
        return tuple(branch.name for branch in self.history)

    # ---- changes ----

    def apply(
        self,
        plan: Plan,
        *,
        instruction: str = "",
        seed: int = 0,
        pick: int | None = None,
        all_matches: bool = False,
        mask: str | None = None,
        mask_sha256: str | None = None,
        planners: Sequence[str] = (),
    ) -> Document:
        """Append the plan's steps; `mask` names the file of the region that all of them work on, `planners` who made
        each. Raises InvalidPlan when it has none."""
        if not plan.steps:
            raise InvalidPlan(
                Bilingual("The plan has no steps.", "计划里没有任何步骤。"),
                Bilingual("Say what to change.", "请说明要改什么。"),
            )
        said = instruction.encode("utf-8", "replace").decode()  # a lone surrogate has no place in a file
        named = (*planners, *("" for _ in plan.steps))
        edits = tuple(
            Edit(
                step=step,
                instruction=said,
                seed=seed,
                pick=pick,
                all_matches=all_matches,
                mask=mask,
                mask_sha256=mask_sha256,
                planner=planner,
            )
            for step, planner in zip(plan.steps, named, strict=False)
        )
        return self._with(self._branch.then(Applied(edits=edits)))

    def revise(self, edits: Mapping[int, Edit]) -> Document:
        """Give steps, by their number, other edits; one action, so one `undo` takes all of it back. Raises
        HistoryError for a step that isn't there."""
        for step in edits:
            if not 1 <= step <= len(self.edits):
                self._branch.toggle(step, enabled=False)  # raises what says which steps there are
        numbers = tuple(sorted(edits))
        return self._with(self._branch.then(Revised(steps=numbers, edits=tuple(edits[step] for step in numbers))))

    def undo(self) -> Document:
        """Take back the last action: a whole instruction, or the undoing of a step. Raises HistoryError."""
        return self._with(self._branch.undo())

    def redo(self) -> Document:
        """Take back the last `undo`. Raises HistoryError."""
        return self._with(self._branch.redo())

    def undo_step(self, step: int) -> Document:
        """Switch one step off, wherever it stands. Raises HistoryError."""
        return self._with(self._branch.toggle(step, enabled=False))

    def redo_step(self, step: int) -> Document:
        """Switch it on again. Raises HistoryError."""
        return self._with(self._branch.toggle(step, enabled=True))

    def branch(self, name: str) -> Document:
        """Continue on a copy of the current branch, called `name`. Raises HistoryError when there is one."""
        if not 1 <= len(name) <= 200 or name in self.branches:
            raise HistoryError(
                Bilingual(f"'{shorten(name)}' can't name a new branch.", f"“{shorten(name)}”不能作为新分支的名称。"),
                Bilingual(
                    f"Take a name of 1 to 200 characters other than: {', '.join(self.branches)}",
                    f"请用 1 到 200 个字符的名称，且不同于：{'、'.join(self.branches)}",
                ),
            )
        copy = self._branch.model_copy(update={"name": name})
        return replace(self, history=(*self.history, copy), current=name)

    def switch(self, name: str) -> Document:
        """Raises HistoryError when there is no such branch."""
        return replace(self, current=find_branch(self.history, name).name)

    # ---- rendering ----

    def render(self, render: Renderer[R]) -> R:
        """The current state, from the source; the same state a second time comes from the cache."""
        return self.cache.get(render, self.source, self.effective)

    def replay(self, render: Renderer[R]) -> R:
        """The current state, rendered anew whatever the cache holds."""
        return render(self.source, self.effective)

    # ---- to and from a file's record ----

    def to_record(
        self,
        rendering: Rendering,
        *,
        pictures: Mapping[str, str] | None = None,
        score: Score | None = None,
        created: str | None = None,
    ) -> Record:
        """For `Picture.save(record=…)`, which completes it with the output and seals it.

        `pictures` are the SHA-256 by name of the picture files that the steps name; `score` says how well the words
        fit.
        """
        certificates = tuple(one.model_copy(update={"seconds": 0.0}) for one in rendering.certificates)
        return Record(
            diptych=version("diptych"),
            source=Source(
                name=self.source.name,
                sha256=self.source.fingerprint,
                width=self.source.width,
                height=self.source.height,
            ),
            instructions=self.instructions,
            plan=self.plan,
            branch=self.current,
            branches=self.history,
            engines=tuple(sorted({certificate.engine for certificate in certificates})),
            certificates=certificates,
            score=score,
            pictures=dict(pictures or {}),
            libraries=library_versions(),
            created=created,
        )

    @classmethod
    def from_record(cls, record: Record, source: Picture) -> Document:
        """The document that a file was saved from. Raises NotVerified when `source` is another picture."""
        check_source(record, source)
        return cls(source, record.branches, record.branch)

    @property
    def _branch(self) -> Branch:
        return find_branch(self.history, self.current)

    def _with(self, branch: Branch) -> Document:
        history = tuple(branch if old.name == branch.name else old for old in self.history)
        return replace(self, history=history)


def check_source(record: Record, source: Picture) -> None:
    """Raises NotVerified unless `source` is the very file that the record names."""
    wanted = record.source
    if source.fingerprint == wanted.sha256:
        return
    named = shorten(wanted.name or "?")
    given = shorten(source.name or "?")
    raise NotVerified(
        Bilingual(
            f"'{given}' (SHA-256 {source.fingerprint[:12]}…) is not the source that the record names: "
            f"'{named}', {wanted.width} × {wanted.height}, SHA-256 {wanted.sha256[:12]}….",
            f"“{given}”（SHA-256 {source.fingerprint[:12]}…）不是记录中的原图：“{named}”，"
            f"{wanted.width} × {wanted.height}，SHA-256 {wanted.sha256[:12]}…。",
        ),
        Bilingual(f"Give the unchanged file '{named}' as the source.", f"请把未改动的文件“{named}”作为原图。"),
    )
