"""Result: what an edit comes to, and how it shows itself."""

from __future__ import annotations

import html
import os
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.core.picture import Picture
from diptych.panels import outlined, side_by_side

if TYPE_CHECKING:
    from diptych.core.certificate import Certificate
    from diptych.core.document import Document
    from diptych.core.errors import Language
    from diptych.core.plan import Plan
    from diptych.core.record import Record, Score
    from diptych.core.region import Region
    from diptych.operations.change import Answer


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """An edited picture with all that is known about how it came to be.

    picture       the finished picture
    plan          the steps from the source to it
    regions       for each step the region that it was bound to, or None
    certificates  for each step what it changed, counted
    answers       what questions in the plan came to
    document      the source and the log; more edits and undo go on from there
    pictures      SHA-256 by name of the picture files that the steps used
    judge         (words, before, after) → how well the words fit; None: no score is given
    """

    picture: Picture
    plan: Plan
    regions: tuple[Region | None, ...]
    certificates: tuple[Certificate, ...]
    answers: tuple[Answer, ...]
    document: Document
    pictures: Mapping[str, str] = field(default_factory=dict)
    judge: Callable[[str, Picture, Picture], Score] | None = field(default=None)

    def __repr__(self) -> str:
        steps = ", ".join(step.op for step in self.plan.steps)
        return f"Result({self.picture.width}×{self.picture.height}: {steps})"

    def __str__(self) -> str:
        """The steps and the answers, a line each."""
        from diptych.wording import plan_lines

        return "\n".join([plan_lines(self.plan, self._language), *(f"→ {answer.words}" for answer in self.answers)])

    @property
    def planner(self) -> str:
        """Who made the steps of the words: "grammar", "llm qwen3", or several with + between; "" for given plans."""
        said = [edit.planner for edit in self.document.effective if edit.planner]
        return " + ".join(dict.fromkeys(said))

    @property
    def before(self) -> Picture:
        """The source."""
        return self.document.source

    def encode(self, format: str, *, quality: int = 92, metadata: bool = True) -> bytes:  # noqa: A002
        """The bytes of a file with the record in it; see `Picture.encode`. Raises SaveFailed."""
        return self.picture.encode(format, quality=quality, metadata=metadata, record=self.record)

    def save(
        self, path: str | os.PathLike[str], *, quality: int = 92, metadata: bool = True, sidecar: bool = False
    ) -> None:
        """Write the picture with its record, all or nothing; see `Picture.save`. Raises SaveFailed."""
        self.picture.save(path, quality=quality, metadata=metadata, record=self.record, sidecar=sidecar)

    @property
    def record(self) -> Record:
        """How the picture came to be, as it is written into its file."""
        return self.document.to_record(self, pictures=self.pictures, score=self.score)

    @cached_property
    def score(self) -> Score | None:
        """How well the last words fit the result; None where there were none, or nobody judges."""
        said = [edit.instruction for edit in self.document.effective if edit.instruction]
        if self.judge is None or not said:
            return None
        return self.judge(said[-1], self.before, self.picture)

    def outlined(self) -> Picture:
        """The source with the regions outlined; the result, where they were found in a frame of its size only, and of a
        drawing, whose source is an empty canvas."""
        on_source = any(_fits(region, self.before) for region in self.regions) and not self.document.is_drawn
        return outlined(self.before if on_source else self.picture, self.regions)

    def side_by_side(self, height: int = 480) -> Picture:
        """Before, with the regions outlined, and after; `height` in pixels."""
        on_source = [region if _fits(region, self.before) else None for region in self.regions]
        return side_by_side(outlined(self.before, on_source), self.picture, height=height)

    def show(self) -> Path:
        """Open before and after in the system's viewer; without a display only the file is made. Returns its path.

        It is a new `diptych-….png` in the folder for temporary files. It stays there, since the viewer may open it
        after this returns; delete it when it is no longer looked at.
        """
        import tempfile

        handle, name = tempfile.mkstemp(prefix="diptych-", suffix=".png")
        os.close(handle)
        path = Path(name)
        self.side_by_side(720).save(path)
        if _has_display():
            from PIL import Image, ImageShow

            with Image.open(path) as image:
                ImageShow.show(image, title="diptych")
        return path

    def _repr_html_(self) -> str:
        """Notebooks call this: before and after, then the steps."""
        from diptych.wording import label, step

        panels = b64encode(self.side_by_side().encode("jpeg", quality=85)).decode("ascii")
        language = self._language
        heads = ("步骤", "区域", "区域内改动", "区域外") if language == "zh" else (
            "step", "region", "changed inside", "outside"
        )  # fmt: skip
        rows = "".join(
            f"<tr><td>{c.step}</td><td>{html.escape(step(operation, language))}</td>"
            f"<td>{html.escape(label(c.region or '', language))}</td>"
            f"<td>{c.changed_inside:,}</td><td>{c.changed_outside:,}</td></tr>"
            for operation, c in zip(self.plan.steps, self.certificates, strict=True)
        )
        answers = "".join(f"<p>{html.escape(answer.words)}</p>" for answer in self.answers)
        titles = "".join(f"<th>{head}</th>" for head in heads)
        return (
            f'<img alt="before and after" src="data:image/jpeg;base64,{panels}">{answers}'
            f"<table><tr><th></th>{titles}</tr>{rows}</table>"
        )

    @property
    def _language(self) -> Language:
        """That of the last words; English when there were none."""
        words = self.document.instructions
        if not words:
            return "en"
        from diptych.language.tokens import detect_language

        return detect_language(words[-1])


def _fits(region: Region | None, picture: Picture) -> bool:
    return region is not None and region.mask.shape == (picture.height, picture.width)


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
