"""Storage: an index as one file.

It is an uncompressed ZIP of `entries.json` (the encoder's name; relative paths with sizes, times, hashes and what is
wrong with them) and `vectors.npy` (float32, one row for each content, in the order in which the files first have it).
A content is known by its SHA-256. The file lies in FOLDER/.diptych/index/ or, where that can't be written, in the
user's cache folder under the hash of FOLDER's path.

Every save writes a whole new file beside the old one and renames it over that. So a reader finds one state or the other
and never parts of two; of two processes that save at once the last one wins, and what only the other had encoded is
encoded again by the next update. An interrupted update leaves what was saved last. ZIP's checksums tell of damage.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, SaveFailed, shorten
from diptych.core.files import replace_files
from diptych.core.formats import BROKEN_FILE
from diptych.index.folder import Stamp

VERSION = 1
NAME = "index.zip"
INSIDE = Path(".diptych", "index", NAME)
DAMAGED = (*BROKEN_FILE, zipfile.BadZipFile)
"""What reading a damaged index can raise, whatever was done to it."""

Vectors = NDArray[np.float32]
Said = tuple[str, str, str, str]
"""Problem and remedy, in English and Chinese each."""


class File(NamedTuple):
    """What is known of a file; `trouble` where it can't be used as a picture."""

    size: int
    mtime_ns: int
    sha256: str
    trouble: Said | None = None

    @property
    def stamp(self) -> Stamp:
        return self.size, self.mtime_ns


@dataclass(frozen=True)
class Saved:
    """What one file holds: N×D `vectors` of the N different contents of `files`, by the encoder of that name."""

    encoder: str
    files: dict[str, File]
    vectors: Vectors

    def to_bytes(self) -> dict[str, bytes]:
        """The members of the ZIP."""
        vectors = io.BytesIO()
        np.lib.format.write_array(vectors, self.vectors, allow_pickle=False)
        entries = {"version": VERSION, "encoder": self.encoder, "files": self.files}
        return {"entries.json": json.dumps(entries).encode(), "vectors.npy": vectors.getvalue()}


def contents_of(files: Mapping[str, File]) -> Iterable[str]:
    """Each content once, in the order in which the files first have it: that of the rows."""
    return dict.fromkeys(file.sha256 for file in files.values() if file.trouble is None)


def cache_for(folder: Path) -> Path:
    """The place in the user's cache folder that belongs to a folder of pictures."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "diptych" / "indexes" / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]


def write(place: Path, members: Mapping[str, bytes]) -> None:
    """A ZIP of the members, uncompressed; all of it or nothing. Raises SaveFailed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # A link is followed when a file is replaced, and one that came along with a folder could name any file.
        if any(part.is_symlink() for part in (place, place.parent, place.parent.parent)):
            raise OSError("it is a link")
    except OSError as error:
        quoted, reason = shorten(place, 200), shorten(error)
        raise SaveFailed(
            Bilingual(f"'{quoted}' was not saved: {reason}.", f"“{quoted}”没有保存：{reason}。"),
            Bilingual("Move what is in its way, or change the permissions.", "请移开阻碍它的文件，或修改权限。"),
        ) from error
    replace_files({place: buffer.getvalue()})


def unpack(file: Path, *names: str) -> list[bytes]:
    """Members of a ZIP with the right checksums, none larger than the file itself. Raises any of DAMAGED."""
    with zipfile.ZipFile(file) as archive:
        if any(archive.getinfo(name).compress_type != zipfile.ZIP_STORED for name in names):
            raise ValueError("it is compressed")
        return [archive.read(name) for name in names]


def read(file: Path) -> Saved:
    """What was saved; anybody can have written it, so that all of it is checked. Raises any of DAMAGED."""
    entries, rows = unpack(file, "entries.json", "vectors.npy")
    said = json.loads(entries)
    if said["version"] != VERSION:
        raise ValueError(f"its version is {said['version']!r}, not {VERSION}")
    files = {path: File(*entry) for path, entry in said["files"].items()}
    for path, entry in files.items():
        if not (_stays_inside(path) and _is_sound(entry)):
            raise ValueError(f"its entry {shorten(path)!r} is wrong")
    vectors = np.load(io.BytesIO(rows), allow_pickle=False)
    contents = len(dict.fromkeys(contents_of(files)))
    if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != contents or not np.isfinite(vectors).all():
        raise ValueError(f"{vectors.shape} {vectors.dtype} isn't vectors of {contents} contents")
    return Saved(str(said["encoder"]), files, vectors)


def _stays_inside(path: str) -> bool:
    return not {"", ".", ".."} & set(path.split("/")) and (os.name != "nt" or not {":", "\\"} & set(path))


def _is_sound(file: File) -> bool:
    typed = isinstance(file.size, int) and isinstance(file.mtime_ns, int) and isinstance(file.sha256, str)
    said = file.trouble is None or (len(file.trouble) == 4 and all(isinstance(part, str) for part in file.trouble))
    return typed and said and re.fullmatch("[0-9a-f]{64}", file.sha256) is not None
