"""Verify: a file is what its record says when rendering it again gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from diptych.core.certificate import Certificate
from diptych.core.document import Document, Renderer, Rendering, check_source
from diptych.core.errors import Bilingual, InvalidPicture, NotVerified, shorten
from diptych.core.picture import Picture
from diptych.core.record import Record, library_versions, read_record


@dataclass(frozen=True)
class Verification:
    """What was proven: the file has `size` bytes, and they are what `record` gives from its source: `picture`,
    encoded."""

    record: Record
    size: int
    steps: int
    picture: Picture


def verify(
    data: bytes,
    source: Picture,
    render: Renderer[Rendering],
    *,
    record: Record | None = None,
    pictures: Mapping[str, str] | None = None,
) -> Verification:
    """Render and encode again, and compare the whole file byte for byte.

    `data` are the file's bytes; `record` is the one from its sidecar, for a file that carries none; `pictures` are
    the SHA-256 by name of the files that its steps use, as they are now. Raises NotVerified that names what differs:
    no record, the record, the source, such a file, the pixels, a certificate, the bytes.
    """
    if record is None:
        record = _embedded(data)
    check_source(record, source)
    if pictures is not None:
        _compare_pictures(pictures, record)
    if record.output is None or record.encoding is None:
        raise _differs(
            Bilingual("The record does not say how the file was written", "记录没有说明文件的写入方式"), record
        )
    rendering = Document.from_record(record, source).replay(render)
    _compare_certificates(rendering.certificates, record)
    picture, how = rendering.picture, record.encoding
    again = picture.encode(
        how.format, quality=how.quality, metadata=how.metadata, record=None if how.sidecar else record
    )
    if again != data:
        raise _differs(_pixel_difference(data, again) or _byte_difference(data, again), record)
    return Verification(record, len(data), len(record.plan.steps), picture)


def _embedded(data: bytes) -> Record:
    try:
        record = read_record(data)
    except InvalidPicture as error:
        raise NotVerified(error.problem, error.remedy) from error
    if record is None:
        raise NotVerified(
            Bilingual("The file carries no record of edits.", "文件中没有编辑记录。"),
            Bilingual(
                "Verify a file that Diptych has written, with its '.diptych.json' beside it if it has one.",
                "请验证由 Diptych 写出的文件；如有“.diptych.json”，请放在同一文件夹。",
            ),
        )
    return record


def _compare_pictures(pictures: Mapping[str, str], record: Record) -> None:
    for name, sha256 in record.pictures.items():
        if pictures.get(name) == sha256:
            continue
        said = shorten(name)
        is_gone = name not in pictures
        raise NotVerified(
            Bilingual(
                f"The picture '{said}' that a step uses {'is gone' if is_gone else 'has changed'}.",
                f"某一步用到的图片“{said}”{'不见了' if is_gone else '已被改动'}。",
            ),
            Bilingual(
                f"Put the file with SHA-256 {sha256[:12]}… back in its place.",
                f"请把 SHA-256 为 {sha256[:12]}… 的文件放回原处。",
            ),
        )


def _compare_certificates(rendered: Sequence[Certificate], record: Record) -> None:
    """All but the time that each step took."""
    timeless = [[c.model_copy(update={"seconds": 0.0}) for c in side] for side in (rendered, record.certificates)]
    if timeless[0] == timeless[1]:
        return
    for number, (new, old) in enumerate(zip(*timeless, strict=False), 1):
        if new != old:
            said = shorten(old.operation)
            if new.engine != old.engine:
                raise _another_engine(number, old.engine, new.engine)
            raise _differs(
                Bilingual(
                    f"The certificate of step {number} ({said}) differs", f"第 {number} 步（{said}）的证明不一致"
                ),
                record,
            )
    counts = f"{len(timeless[0])} / {len(timeless[1])}"
    raise _differs(Bilingual(f"The number of certificates differs ({counts})", f"证明的数量不一致（{counts}）"), record)


def _another_engine(number: int, then: str, now: str) -> NotVerified:
    return NotVerified(
        Bilingual(f"Step {number} was made by {shorten(then, 120)}; here it is made by {shorten(now, 120)}.",
                  f"第 {number} 步由 {shorten(then, 120)} 生成；在这里由 {shorten(now, 120)} 生成。"),
        Bilingual("Verify it with the same engines, weights and settings (--painter, --grounder).",
                  "请用同样的引擎、权重和设置验证（--painter、--grounder）。"),
    )  # fmt: skip


def _pixel_difference(data: bytes, again: bytes) -> Bilingual | None:
    """How the pixels that the two files show differ; None when they do not."""
    try:
        there, here = Picture.from_bytes(data), Picture.from_bytes(again)
    except InvalidPicture as error:
        return Bilingual(error.problem.en.rstrip("."), error.problem.zh.rstrip("。"))
    sizes = [f"{picture.width} × {picture.height}" for picture in (there, here)]
    if there.pixels.shape != here.pixels.shape:
        return Bilingual(
            f"The file shows {sizes[0]} pixels, rendering again gives {sizes[1]}",
            f"文件为 {sizes[0]} 像素，重新渲染得到 {sizes[1]}",
        )
    rows, columns = np.nonzero((there.pixels != here.pixels).any(axis=2))
    if rows.size == 0:
        return None
    box = f"{columns.min()},{rows.min()}–{columns.max() + 1},{rows.max() + 1}"
    return Bilingual(
        f"{rows.size:,} pixels differ from a new rendering, in the box {box}",
        f"与重新渲染相比有 {rows.size:,} 个像素不同，位于框 {box}",
    )


def _byte_difference(data: bytes, again: bytes) -> Bilingual:
    shared = min(len(data), len(again))
    unequal = np.flatnonzero(np.frombuffer(data[:shared], np.uint8) != np.frombuffer(again[:shared], np.uint8))
    count = unequal.size + abs(len(data) - len(again))
    first = int(unequal[0]) if unequal.size else shared
    return Bilingual(
        f"{count:,} of {len(data):,} bytes differ, the first at offset {first:,}",
        f"{len(data):,} 字节中有 {count:,} 字节不同，第一处在偏移 {first:,}",
    )


def _differs(what: Bilingual, record: Record) -> NotVerified:
    """With a remedy that names other library versions, the one honest cause, when there are any."""
    here = library_versions()
    others = [f"{name} {old}" for name, old in record.libraries.items() if here.get(name, old) != old]
    remedy = Bilingual("The file or its record was changed after saving.", "文件或其记录在保存后被改动过。")
    if others:
        listed = ", ".join(others)
        remedy = Bilingual(
            f"It was made with {listed}: verify it with these versions, or it was changed after saving.",
            f"它由 {listed} 生成：请用这些版本验证；否则就是保存后被改动过。",
        )
    return NotVerified(Bilingual(f"{what.en}.", f"{what.zh}。"), remedy)
