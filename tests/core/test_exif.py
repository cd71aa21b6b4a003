"""EXIF without loss: text in any script, both byte orders, through every format."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image
from skimage import data

from diptych.core import exif
from diptych.core.picture import Picture

PHOTO = data.astronaut()[:64, :80]
AUTHOR = "王小明 📷"
NOTE = bytes(range(256))


def block(order: str) -> bytes:
    """A block as a camera writes it, with a thumbnail in a second directory."""

    def entry(tag: int, kind: int, count: int, field: bytes) -> bytes:
        return struct.pack(f"{order}HHI", tag, kind, count) + field.ljust(4, b"\0")

    def number(value: int) -> bytes:
        return struct.pack(f"{order}I", value)

    author = AUTHOR.encode() + b"\0"
    main = 8 + 2 + 12 * 6 + 4
    details = main + len(author) + len(author) % 2
    note = details + 2 + 12 * 4 + 4
    thumbnail = note + len(NOTE)
    return b"".join([
        b"II*\0" if order == "<" else b"MM\0*", number(8), struct.pack(f"{order}H", 6),
        entry(0x0112, 3, 1, struct.pack(f"{order}H", 8)),
        entry(0x013B, 2, len(author), number(main)),
        entry(0x0100, 4, 1, number(9999)),
        entry(0x8769, 4, 1, number(details)),
        entry(0x8298, 2, 3, b"CC\0"),
        entry(0x0132, 99, 1, b"what"),
        number(thumbnail),
        author.ljust(details - main, b"\0"),
        struct.pack(f"{order}H", 4),
        entry(0x927C, 7, len(NOTE), number(note)),
        entry(0xA001, 3, 1, struct.pack(f"{order}H", 65535)),
        entry(0xA002, 4, 1, number(9999)),
        entry(0x9206, 5, 1, number(0xFFFFFF)),
        number(0),
        NOTE,
        struct.pack(f"{order}H", 1), entry(0x0201, 4, 1, number(0)), number(0), b"THUMBNAIL",
    ])  # fmt: skip


def tags(content: bytes) -> tuple[dict[int, object], dict[int, object]]:
    found = Image.Exif()
    found.load(content)
    return dict(found), dict(found.get_ifd(0x8769))


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_is_kept(order: str) -> None:
    kept, orientation = exif.keep(b"Exif\0\0" + block(order))
    assert orientation == 8
    assert kept is not None
    main, details = tags(kept)
    assert main[0x0112] == 1
    assert str(main[0x013B]).encode("latin-1").decode() == AUTHOR
    assert main[0x8298] == "CC"
    assert set(main) == {0x0112, 0x013B, 0x8298, 0x8769}
    assert details == {0x927C: NOTE, 0xA001: 1}
    assert b"THUMBNAIL" not in kept


@pytest.mark.parametrize("order", ["<", ">"])
def test_keeping_twice_changes_nothing(order: str) -> None:
    kept, _ = exif.keep(block(order))
    assert kept is not None
    assert exif.keep(kept) == (kept, 1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_every_format_carries_it_unchanged(suffix: str, order: str) -> None:
    kept, _ = exif.keep(block(order))
    picture = Picture(PHOTO.copy(), exif=kept, dpi=(300.0, 300.0))
    content = picture.encode(suffix, quality=100)
    again = Picture.from_bytes(content)
    assert np.abs(again.pixels.astype(int) - PHOTO).mean() < 1.5
    main, details = tags(again.exif or b"")
    assert str(main[0x013B]).encode("latin-1").decode() == AUTHOR
    assert details == {0x927C: NOTE, 0xA001: 1}
    if suffix != "webp":  # it has no place for a resolution but EXIF
        assert again.dpi == pytest.approx((300, 300), abs=0.1)
    assert Picture.from_bytes(picture.encode(suffix, metadata=False)).exif is None
    assert AUTHOR.encode() not in picture.encode(suffix, metadata=False)


def test_pillow_reads_the_tiff_that_is_put_together() -> None:
    kept, _ = exif.keep(block(">"))
    content = Picture(PHOTO.copy(), exif=kept).encode("tiff")
    with Image.open(io.BytesIO(content)) as image:
        assert np.array_equal(np.asarray(image), PHOTO)
        assert image.n_frames == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_block_cut_off_anywhere_is_read_or_dropped(order: str) -> None:
    whole = block(order)
    results = [exif.keep(whole[:length])[0] for length in range(len(whole))]
    assert results[20] is None
    assert results[-1] is not None


def test_directories_that_point_at_each_other_end() -> None:
    loop = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 0)
    kept, _ = exif.keep(loop)
    assert kept is not None
    assert len(kept) < 100


def test_a_block_of_very_many_entries_is_dropped() -> None:
    assert exif.keep(b"II*\0" + struct.pack("<IH", 8, 60_000) + bytes(60_000 * 12)) == (None, 1)
