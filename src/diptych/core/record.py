"""Record: how a picture came to be, in words and in numbers, written into its file.

It holds all that re-rendering needs besides the source's own bytes. Its digest makes a changed record
show; it is no signature, and `verify` believes nothing but a re-rendering.
"""

from __future__ import annotations

import hashlib
import json
import platform
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, model_validator

from diptych.core.certificate import Certificate
from diptych.core.errors import Bilingual, NotVerified, shorten
from diptych.core.history import MAIN, Branch, Edit, find_branch
from diptych.core.plan import Plan
from diptych.core.target import Value

if TYPE_CHECKING:
    from diptych.core.picture import Picture

RECORD_VERSION: Literal[1] = 1
SIDECAR_SUFFIX = ".diptych.json"


class Frame(Value):
    """A picture's size in pixels."""

    width: int
    height: int


class Source(Frame):
    """The picture that was edited; `sha256` is of its file's bytes (`Picture.fingerprint`)."""

    sha256: str
    name: str = ""


class Encoding(Value):
    """How the file was written: the arguments of `Picture.encode`, and whether the record lies beside it."""

    format: str
    quality: int
    metadata: bool
    sidecar: bool = False


class Score(Value):
    """How well the words of the last wish fit, by a network (`judge`): cosines in -1..1 of the source and of the
    result, and the probability 0..1 that they hold of the result. A hint, not a proof: `verify` recomputes it, but no
    step depends on it."""

    judge: str
    before: float
    after: float
    holds: float


class Record(Value):
    """What was done to `source`, and what came of it.

    diptych        the version that made it; `libraries` are the versions that decide the bytes
    instructions   the words, in order, without repetition
    plan           the steps in effect; `branches` and `branch` are the whole history with seeds and picks
    output         the result's size; None until encoded
    encoding       how it was written; None until encoded
    pictures       SHA-256 by name of the picture files that steps name (a watermark, a background)
    certificates   without `seconds`: what was measured is no part of what was made
    score          how well the last words fit the result; None where there were none
    created        ISO 8601 time, only if the caller gave one: without it, equal edits are equal files
    digest         SHA-256 of the canonical JSON of all the rest; "" until sealed
    """

    version: Literal[1] = RECORD_VERSION
    diptych: str
    source: Source
    instructions: tuple[str, ...] = ()
    plan: Plan = Plan()
    branch: str = MAIN
    branches: tuple[Branch, ...] = Field(default=(Branch(),), min_length=1)
    engines: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    score: Score | None = None
    pictures: dict[str, str] = Field(default_factory=dict)
    output: Frame | None = None
    encoding: Encoding | None = None
    libraries: dict[str, str] = Field(default_factory=dict)
    created: str | None = None
    digest: str = ""

    @model_validator(mode="after")
    def _plan_is_the_history(self) -> Record:
        current = [branch for branch in self.branches if branch.name == self.branch]
        if len(current) != 1 or len({branch.name for branch in self.branches}) != len(self.branches):
            raise ValueError(f"one branch must be called {self.branch!r}, and no two alike")
        if self.plan.steps != tuple(edit.step for edit in current[0].edits if edit.enabled):
            raise ValueError("the plan is not what the history comes to")
        return self

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All steps of the current branch, undone ones with `enabled` False."""
        return find_branch(self.branches, self.branch).edits

    def of_output(self, picture: Picture, encoding: Encoding) -> Record:
        """Completed with what is being written, and sealed."""
        output = Frame(width=picture.width, height=picture.height)
        completed = self.model_copy(update={"output": output, "encoding": encoding, "digest": ""})
        return completed.model_copy(update={"digest": completed.compute_digest()})

    def compute_digest(self) -> str:
        """Hex SHA-256 of the canonical JSON without `digest`."""
        data = self._plain()
        data.pop("digest")
        return hashlib.sha256(_canonical(data).encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical: one line, sorted keys, no spaces, characters as themselves."""
        return _canonical(self._plain())

    def _plain(self) -> dict[str, Any]:
        """JSON data without the time that each step took, so that equal edits are equal files."""
        timed: dict[str, Any] = {"certificates": {"__all__": {"seconds"}}}
        return self.model_dump(mode="json", exclude_none=True, exclude=timed)

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """Raises NotVerified when it is no record, or its digest doesn't fit."""
        try:
            record = cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "record"
            raise damaged_record(Bilingual(f"{where}: {first['msg']}", f"{where}：{first['msg']}")) from error
        digest = record.compute_digest()
        if digest != record.digest:
            said = shorten(record.digest, 16)
            raise damaged_record(
                Bilingual(f"its digest is {digest[:12]}…, it says {said}", f"摘要应为 {digest[:12]}…，记录为 {said}")
            )
        return record


def _canonical(data: dict[str, Any]) -> str:
    """JSON that XML 1.0 can carry: the few characters it forbids are written as \\uXXXX."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.translate(_NOT_IN_XML)


_NOT_IN_XML = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0xFFFE, 0xFFFF)}


def damaged_record(reason: Bilingual) -> NotVerified:
    return NotVerified(
        Bilingual(f"The record is damaged: {reason.en}.", f"编辑记录已损坏：{reason.zh}。"),
        Bilingual(
            "Use an untouched copy of the file, or edit the source anew.", "请使用未改动的文件副本，或重新编辑原图。"
        ),
    )


def library_versions() -> dict[str, str]:
    """The versions that decide which bytes a plan gives."""
    import cv2
    import numpy
    import PIL

    return {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "Pillow": PIL.__version__,
        "opencv": cv2.__version__,
    }


def sidecar_path(path: str | PathLike[str]) -> Path:
    """`photo.bmp` → `photo.bmp.diptych.json`, where the record of a file that can't carry one lies."""
    place = Path(path)
    return place.with_name(place.name + SIDECAR_SUFFIX)


def read_record(file: str | PathLike[str] | bytes) -> Record | None:
    """The record in a file (or in its bytes), else the one in the sidecar beside it, else None.

    Raises NotVerified when there is one but it is damaged, InvalidPicture when the file is no picture.
    """
    from diptych.core.files import read_file
    from diptych.core.formats import read_xmp
    from diptych.core.xmp import unwrap

    data = file if isinstance(file, bytes) else read_file(Path(file))
    packet = read_xmp(data, origin="" if isinstance(file, bytes) else str(Path(file)))
    text: str | bytes | None = unwrap(packet) if packet else None
    if text is None and not isinstance(file, bytes) and sidecar_path(file).is_file():
        text = read_file(sidecar_path(file))
    return None if text is None else Record.from_json(text)
