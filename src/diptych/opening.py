"""Opening: files, bytes and pictures as documents to go on from, and the proof of what a file says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from diptych.core.document import Document
from diptych.core.errors import Bilingual, DiptychError, NotVerified, shorten
from diptych.core.files import read_file
from diptych.core.originals import find_original
from diptych.core.picture import Picture
from diptych.core.record import Record, read_record
from diptych.core.verify import Verification, verify
from diptych.engines import CANVAS, Engines
from diptych.photos import Photo, received
from diptych.rendering import Executor
from diptych.result import Result

LARGEST_CANVAS = 4096 * 4096
"""Pixels of what a large model draws at most: an empty canvas named in a record is made anew up to that."""
CLOSE_SCORES = 0.002
"""How far a score may lie from the one in a record: it is rounded, and networks differ in the last digit between
machines."""

File = str | PathLike[str] | bytes
Given = str | PathLike[str] | Picture | None
"""The source of a file, where somebody says which it is."""
Notice = Callable[[Bilingual], None]


def opened(
    engines: Engines, photo: Photo, source: Given = None, fresh: bool = False, on_notice: Notice | None = None
) -> Document:
    """The document to go on from, as `Studio.open` says."""
    photo = received(photo)
    if isinstance(photo, Document):
        return photo
    if isinstance(photo, Result):
        return photo.document
    if isinstance(photo, Picture):
        return Document(photo)
    if not fresh:
        record = _record_if_sound(photo, on_notice)
        if record is not None:
            document = _continued(engines, photo, record, source, on_notice)
            if document is not None:
                return document
    return Document(_read(photo))


def reopened(file: File, source: Given = None) -> tuple[Document, Record]:
    """The document that a file was saved from, and its record. Raises NotVerified where there is none."""
    record = read_record(file)
    if record is None:
        raise NotVerified(
            Bilingual("The file carries no record of edits.", "文件中没有编辑记录。"),
            Bilingual("Give a file that `diptych edit` has written.", "请给出由 `diptych edit` 写出的文件。"),
        )
    return Document.from_record(record, _source_of(file, record, source)), record


def shown(engines: Engines, photo: Photo) -> Picture:
    """The picture as it is in its file, whatever its record says."""
    photo = received(photo)
    if isinstance(photo, Picture):
        return photo
    if isinstance(photo, Document | Result):
        return engines.render(photo).picture if isinstance(photo, Document) else photo.picture
    return _read(photo)


def empty_canvas(height: int = CANVAS[0], width: int = CANVAS[1]) -> Picture:
    """White, to be drawn on."""
    return Picture.from_array(np.full((height, width, 3), 255, np.uint8))


def _read(file: File) -> Picture:
    return Picture.from_bytes(file) if isinstance(file, bytes) else Picture.open(file)


def _record_if_sound(photo: File, on_notice: Notice | None) -> Record | None:
    try:
        return read_record(photo)
    except NotVerified as error:
        if on_notice:
            on_notice(error.problem)
        return None


def _continued(
    engines: Engines, photo: File, record: Record, source: Given, on_notice: Notice | None
) -> Document | None:
    """The document behind the record; None (and a notice) when going on from it could lose something."""
    if source is not None:
        return Document.from_record(record, _source_of(photo, record, source))
    try:
        original = _source_of(photo, record, None)
        data = photo if isinstance(photo, bytes) else read_file(Path(photo))
        # Another program may have changed the pixels and kept the record. To go on from the source
        # would silently undo that, so the file has to prove itself first.
        proven(engines, data, original, record)
    except DiptychError as error:  # also where another grounder had found what this one doesn't
        if on_notice:
            on_notice(
                Bilingual(
                    f"It is edited as it is, not from its source: {error.problem.en}",
                    f"按文件现状编辑，不从原图继续：{error.problem.zh}",
                )
            )
        return None
    return Document.from_record(record, original)


def _source_of(file: File, record: Record, source: Given) -> Picture:
    """The source: the one given, or beside `file` the one of the recorded name, or its kept original.

    Raises NotVerified.
    """
    if isinstance(source, Picture):
        return source
    if source is not None:
        return Picture.open(source)
    frame = record.source
    if not frame.name and frame.height * frame.width <= LARGEST_CANVAS:  # drawn: its source is an empty canvas
        canvas = empty_canvas(frame.height, frame.width)
        if canvas.fingerprint == frame.sha256:
            return canvas
    named = Path(record.source.name).name  # a record must not point out of the folder
    beside = None if isinstance(file, bytes) or not named else Path(file).with_name(named)
    if beside is not None and beside.is_file():
        picture = Picture.open(beside)
        if picture.fingerprint == record.source.sha256:
            return picture
    kept = beside and find_original(beside, record.source.sha256)
    if kept:
        return replace(Picture.open(kept), name=named)  # edited in place: it is that file, under its own name
    said = shorten(record.source.name or "?")
    raise NotVerified(
        Bilingual(
            f"Its source '{said}' (SHA-256 {record.source.sha256[:12]}…) is not beside it.",
            f"原图“{said}”（SHA-256 {record.source.sha256[:12]}…）不在同一文件夹。",
        ),
        Bilingual("Say where it is with --source FILE.", "请用 --source 文件 指明原图。"),
    )


# ---- proof -------------------------------------------------------------------------------------------------


def proven(engines: Engines, data: bytes, source: Picture, record: Record) -> Verification:
    """That rendering the record again gives the file's bytes, and its score. Raises NotVerified."""
    document = Document.from_record(record, source)
    pictures = engines.pictures_in(document)
    proof = verify(data, source, Executor(engines.context), record=record, pictures=pictures)
    _check_score(engines, document, record, proof.picture)
    return proof


def _check_score(engines: Engines, document: Document, record: Record, picture: Picture) -> None:
    """Raises NotVerified where the same network now gives another score; of another network nothing can be said."""
    said, words = record.score, [edit.instruction for edit in document.effective if edit.instruction]
    if said is None or not words or said.judge != engines.sight.likeness.name:
        return
    found = engines.score(document, words[-1], document.source, picture)
    pairs = ((found.before, said.before), (found.after, said.after), (found.holds, said.holds))
    if any(abs(one - other) > CLOSE_SCORES for one, other in pairs):
        raise NotVerified(
            Bilingual(
                f"The score in the record is {said.before}, {said.after}, {said.holds}; it comes to "
                f"{found.before}, {found.after}, {found.holds}.",
                f"记录中的得分是 {said.before}、{said.after}、{said.holds}，重新计算得 "
                f"{found.before}、{found.after}、{found.holds}。",
            ),
            Bilingual("Use an untouched copy of the file.", "请使用未改动的文件副本。"),
        )
