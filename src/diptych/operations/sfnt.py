"""What a font file says of itself: the families in it, their weight, and the characters that they cover.

A small reader of the sfnt container (TrueType, OpenType, and collections of either), after the OpenType
specification 1.9: tables `name`, `OS/2`, `head`, `cmap` (formats 4 and 12), `CBLC` and `sbix`. It exists so
that a font is chosen by the characters that it has, without rendering any and without another dependency.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Tables = dict[str, tuple[int, int]]
"""Tag → (offset, length) in the file."""

_COLLECTION = b"ttcf"
_SINGLE = (b"\x00\x01\x00\x00", b"OTTO", b"true")


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a font file; `path` None is the font that Pillow carries.

    weight   100..900 as in OS/2 (400 regular, 700 bold)
    strike   pixels per em of the largest colour bitmap, None for outlines
    color    it draws in its own colours
    """

    path: Path | None
    index: int
    family: str
    weight: int = 400
    slanted: bool = False
    narrow: bool = False
    strike: int | None = None
    color: bool = False
    starts: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32), repr=False)
    ends: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32), repr=False)

    def has(self, characters: str) -> bool:
        """Whether it has a glyph for every one of `characters`."""
        if not characters or not self.starts.size:
            return not characters
        codes = np.fromiter(map(ord, characters), np.uint32)
        at = np.searchsorted(self.starts, codes, side="right") - 1
        return bool(np.all((at >= 0) & (codes <= self.ends[at])))


@lru_cache(maxsize=4096)
def faces_of(path: Path) -> tuple[Face, ...]:
    """The faces in a font file; empty when it is not one that can be read (a broken font is skipped, not fatal)."""
    try:
        data = np.memmap(path, np.uint8, mode="r")
        return tuple(face for face in read_faces(data.data, path) if face.starts.size)
    except (OSError, ValueError, struct.error, IndexError):
        return ()


def read_faces(data: memoryview, path: Path | None) -> list[Face]:
    """Parse all faces of a font file's bytes. Raises struct.error or ValueError on a damaged file."""
    tag = bytes(data[:4])
    if tag == _COLLECTION:
        (count,) = struct.unpack_from(">I", data, 8)
        offsets = struct.unpack_from(f">{min(count, 256)}I", data, 12)
    elif tag in _SINGLE:
        offsets = (0,)
    else:
        return []
    ranges: dict[int, tuple[NDArray[np.uint32], NDArray[np.uint32]]] = {}  # faces of a collection often share a cmap
    faces = []
    for index, offset in enumerate(offsets):
        tables = _tables(data, offset)
        if "cmap" not in tables or _needs_paint_tree(data, tables):
            continue
        where = tables["cmap"][0]
        if where not in ranges:
            ranges[where] = _character_ranges(data, where)
        faces.append(_face(data, tables, path, index, *ranges[where]))
    return faces


def _face(
    data: memoryview,
    tables: Tables,
    path: Path | None,
    index: int,
    starts: NDArray[np.uint32],
    ends: NDArray[np.uint32],
) -> Face:
    weight, width = 400, 5
    if "OS/2" in tables:
        weight, width = struct.unpack_from(">HH", data, tables["OS/2"][0] + 4)
    slanted = False
    if "head" in tables:
        (mac_style,) = struct.unpack_from(">H", data, tables["head"][0] + 44)
        slanted = bool(mac_style & 2)
    return Face(
        path=path,
        index=index,
        family=_family(data, tables),
        weight=weight,
        slanted=slanted,
        narrow=width < 5,
        strike=_largest_strike(data, tables),
        color=any(tag in tables for tag in ("CBDT", "sbix", "COLR")),
        starts=starts,
        ends=ends,
    )


def _tables(data: memoryview, offset: int) -> Tables:
    (count,) = struct.unpack_from(">H", data, offset + 4)
    found: Tables = {}
    for number in range(count):
        tag, _checksum, start, length = struct.unpack_from(">4sIII", data, offset + 12 + 16 * number)
        found[tag.decode("latin-1")] = (start, length)
    return found


def _family(data: memoryview, tables: Tables) -> str:
    """The English family name (name ID 1), else any family name there is."""
    if "name" not in tables:
        return ""
    base = tables["name"][0]
    count, strings = struct.unpack_from(">HH", data, base + 2)
    best, best_rank = "", 3
    for number in range(count):
        platform, _encoding, language, name_id, length, offset = struct.unpack_from(">6H", data, base + 6 + 12 * number)
        if name_id != 1:
            continue
        rank = 0 if (platform, language) == (3, 0x409) else 1 if (platform, language) == (1, 0) else 2
        if rank < best_rank:
            raw = bytes(data[base + strings + offset : base + strings + offset + length])
            best, best_rank = raw.decode("mac-roman" if platform == 1 else "utf-16-be", "replace"), rank
    return best


def _needs_paint_tree(data: memoryview, tables: Tables) -> bool:
    """COLR version 1 (gradients) without bitmaps: FreeType's plain rasteriser, and so Pillow, draws it blank."""
    if "COLR" not in tables or "CBDT" in tables or "sbix" in tables:
        return False
    return bool(struct.unpack_from(">H", data, tables["COLR"][0])[0] > 0)


def _largest_strike(data: memoryview, tables: Tables) -> int | None:
    if "CBLC" in tables:
        base = tables["CBLC"][0]
        (count,) = struct.unpack_from(">I", data, base + 4)
        return max((data[base + 8 + 48 * number + 45] for number in range(count)), default=None)
    if "sbix" in tables:
        base = tables["sbix"][0]
        (count,) = struct.unpack_from(">I", data, base + 4)
        strikes = struct.unpack_from(f">{count}I", data, base + 8)
        return max((struct.unpack_from(">H", data, base + strike)[0] for strike in strikes), default=None)
    return None


def _character_ranges(data: memoryview, base: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Sorted, disjoint (first, last) code points of the widest Unicode subtable."""
    (count,) = struct.unpack_from(">H", data, base + 2)
    subtables: dict[int, int] = {}
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, base + 4 + 8 * number)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            (layout,) = struct.unpack_from(">H", data, base + offset)
            subtables[layout] = base + offset
    if 12 in subtables:
        return _format_12(data, subtables[12])
    if 4 in subtables:
        return _format_4(data, subtables[4])
    return np.zeros(0, np.uint32), np.zeros(0, np.uint32)


def _format_12(data: memoryview, base: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    (count,) = struct.unpack_from(">I", data, base + 12)
    groups = np.frombuffer(data, ">u4", count * 3, base + 16).reshape(-1, 3).astype(np.uint32)
    groups = groups[groups[:, 2] > 0]  # glyph 0 is .notdef
    return groups[:, 0].copy(), groups[:, 1].copy()


def _format_4(data: memoryview, base: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Segments may hold holes (glyph 0), so each code point is looked up; at most 65536 of them."""
    (doubled,) = struct.unpack_from(">H", data, base + 6)
    count = doubled // 2
    ends = np.frombuffer(data, ">u2", count, base + 14).astype(np.int64)
    starts = np.frombuffer(data, ">u2", count, base + 16 + doubled).astype(np.int64)
    deltas = np.frombuffer(data, ">u2", count, base + 16 + 2 * doubled).astype(np.int64)
    offsets_at = base + 16 + 3 * doubled
    offsets = np.frombuffer(data, ">u2", count, offsets_at).astype(np.int64)
    covered = np.zeros(0x10000 + 1, np.bool_)
    for segment in range(count):
        first, last = int(starts[segment]), int(ends[segment])
        if first > last or first == 0xFFFF:
            continue
        length = last - first + 1
        if offsets[segment] == 0:
            glyphs = (np.arange(first, last + 1) + deltas[segment]) & 0xFFFF
        else:
            at = offsets_at + 2 * segment + int(offsets[segment])
            length = min(length, (len(data) - at) // 2)
            glyphs = np.frombuffer(data, ">u2", max(length, 0), at).astype(np.int64)
        covered[first : first + len(glyphs)] |= glyphs != 0
    edges = np.flatnonzero(np.diff(covered.astype(np.int8), prepend=0))
    return edges[0::2].astype(np.uint32), (edges[1::2] - 1).astype(np.uint32)
