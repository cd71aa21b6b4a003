"""EXIF: read and written without loss, as the tree of directories that it is (TIFF 6.0, section 2; CIPA DC-008).

Values stay the bytes that they are, in the block's own byte order: text in any script, maker notes and
comments survive. (Pillow rewrites text as ASCII, which turns Chinese names into question marks.)
"""

from __future__ import annotations

import struct
from typing import TypeAlias

Order: TypeAlias = str
"""Byte order as `struct` writes it: "<" for II, ">" for MM."""

Directory: TypeAlias = "dict[int, tuple[int, bytes | Directory]]"
"""Tag → (TIFF type, value): the value's bytes, or the directory that the tag points at."""

_MARK = b"Exif\x00\x00"
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of one value of each TIFF type."""

_WORDS = {3: 2, 8: 2, 4: 4, 5: 4, 9: 4, 10: 4, 11: 4, 13: 4, 12: 8}
"""Bytes that swap together in each type that has a byte order."""

_SHORT, _LONG, _BYTE = 3, 4, 1
_ORIENTATION, _XMP = 0x0112, 0x02BC
_DETAILS, _GPS, _INTEROPERABILITY = 0x8769, 0x8825, 0xA005
_POINTERS = frozenset({_DETAILS, _GPS, _INTEROPERABILITY})
_COLOR_SPACE, _PIXEL_WIDTH, _PIXEL_HEIGHT = 0xA001, 0xA002, 0xA003

_DEEPEST = 3
_MOST_ENTRIES = 1000
_LARGEST = 65_535
"""Bounds against blocks made to fill the memory: depth, entries of one directory, bytes of one value."""

_KEPT = frozenset({
    0x010E, 0x010F, 0x0110, _ORIENTATION, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x013C,
    0x4746, 0x4749, 0x8298, _DETAILS, _GPS, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
})  # fmt: skip
"""Tags of the main directory that describe the photo: what it shows, camera, resolution, date, artist, rating,
copyright, and the Exif and GPS directories. The others tell how the old file was laid out."""


def keep(block: bytes) -> tuple[bytes | None, int]:
    """What of a block (or of a whole TIFF file) goes along with the picture, and the orientation that it told.

    Orientation becomes 1 and the colour space sRGB, as the pixels are; the thumbnail and the size in pixels
    are left out, as an edit would make them false. A block that can't be read is None, with orientation 1.
    """
    try:
        order, found = _parse(block, _LARGEST)
        stored = found.get(_ORIENTATION, (0, b""))
        orientation = _first_short(order, stored[1]) if stored[0] == _SHORT else 1
    except (struct.error, ValueError):
        return None, 1
    kept = {tag: entry for tag, entry in found.items() if tag in _KEPT and tag != _ORIENTATION}
    if not kept:
        return None, orientation
    kept[_ORIENTATION] = (_SHORT, struct.pack(f"{order}H", 1))
    details = kept.get(_DETAILS, (0, b""))[1]
    if isinstance(details, dict):
        details.pop(_PIXEL_WIDTH, None)
        details.pop(_PIXEL_HEIGHT, None)
        if _COLOR_SPACE in details:
            details[_COLOR_SPACE] = (_SHORT, struct.pack(f"{order}H", 1))
    return _MARK + _header(order, 8) + _directory(order, kept, 8), orientation


def attach(tiff: bytes, exif: bytes | None, xmp: bytes | None) -> bytes:
    """A TIFF file of 8-bit samples with a block's tags and an XMP packet in its main directory.

    The directory is written anew at the end, in the block's byte order, to which 8-bit samples are indifferent.
    """
    own_order, own = _parse(tiff, len(tiff))
    order, tags = _parse(exif, _LARGEST) if exif else (own_order, {})
    for tag, (kind, value) in own.items():
        swap = order != own_order and isinstance(value, bytes)
        tags[tag] = (kind, _swapped(kind, value) if swap and isinstance(value, bytes) else value)
    if xmp:
        tags[_XMP] = (_BYTE, xmp)
    body = tiff[8:] + b"\x00" * (len(tiff) % 2)
    return _header(order, 8 + len(body)) + body + _directory(order, tags, 8 + len(body))


def _header(order: Order, first: int) -> bytes:
    return (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, first)


def _parse(block: bytes, largest: int) -> tuple[Order, Directory]:
    """Raises struct.error or ValueError where the block breaks off or is none."""
    block = block.removeprefix(_MARK)
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        raise ValueError("no TIFF header")
    magic, first = struct.unpack_from(f"{order}HI", block, 2)
    if magic != 42:
        raise ValueError(f"not a TIFF header: {magic}")
    return order, _read(block, order, first, largest, 1)


def _read(block: bytes, order: Order, at: int, largest: int, depth: int) -> Directory:
    """One directory; entries of unknown type, too large, or whose value lies outside the block are left out."""
    (count,) = struct.unpack_from(f"{order}H", block, at)
    if count > _MOST_ENTRIES:
        raise ValueError(f"{count} entries")
    directory: Directory = {}
    for number in range(count):
        entry = at + 2 + 12 * number
        tag, kind, length = struct.unpack_from(f"{order}HHI", block, entry)
        size = _SIZES.get(kind, 0) * length
        (pointer,) = struct.unpack_from(f"{order}I", block, entry + 8)
        if tag in _POINTERS:
            if depth < _DEEPEST and kind in (_LONG, 13):
                directory[tag] = (_LONG, _read(block, order, pointer, largest, depth + 1))
            continue
        start = entry + 8 if size <= 4 else pointer
        if 0 < size <= min(largest, len(block) - start):
            directory[tag] = (kind, block[start : start + size])
    return directory


def _directory(order: Order, directory: Directory, at: int) -> bytes:
    """One directory as it stands at offset `at`, with what it points at behind it."""
    entries, values = b"", b""
    free = at + 2 + 12 * len(directory) + 4
    for tag, (kind, value) in sorted(directory.items(), key=lambda item: item[0]):
        behind = value if isinstance(value, bytes) else _directory(order, value, free + len(values))
        count = len(value) // _SIZES[kind] if isinstance(value, bytes) else 1
        if isinstance(value, bytes) and len(value) <= 4:
            field = value.ljust(4, b"\x00")
        else:
            field = struct.pack(f"{order}I", free + len(values))
            values += behind + b"\x00" * (len(behind) % 2)
        entries += struct.pack(f"{order}HHI", tag, kind, count) + field
    return struct.pack(f"{order}H", len(directory)) + entries + b"\x00\x00\x00\x00" + values


def _first_short(order: Order, value: bytes | Directory) -> int:
    return int(struct.unpack_from(f"{order}H", value)[0]) if isinstance(value, bytes) else 1


def _swapped(kind: int, value: bytes) -> bytes:
    word = _WORDS.get(kind, 1)
    return b"".join(value[at : at + word][::-1] for at in range(0, len(value), word))
