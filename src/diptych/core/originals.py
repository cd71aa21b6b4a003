"""Originals: the untouched source of a file that was edited in place, kept beside it.

`photo.jpg` → `photo.original.jpg`; where that name is taken by another picture, `photo.original2.jpg` and so on.
"""

from __future__ import annotations

import glob
import hashlib
from itertools import count
from pathlib import Path

from diptych.core.files import read_file, replace_files


def keep_original(path: Path) -> Path:
    """Copy the file beside itself and return the copy's name; one that is kept already is not written again.

    Nothing that exists is ever overwritten. Raises InvalidPicture when it can't be read, SaveFailed.
    """
    data = read_file(path)
    kept = find_original(path, hashlib.sha256(data).hexdigest())
    if kept is not None:
        return kept
    names = (path.with_name(f"{path.stem}.original{number if number > 1 else ''}{path.suffix}") for number in count(1))
    place = next(name for name in names if not name.exists())
    replace_files({place: data})
    return place


def find_original(path: Path, sha256: str) -> Path | None:
    """The kept original of `path` that has this hex SHA-256, or None."""
    pattern = f"{glob.escape(path.stem)}.original*{glob.escape(path.suffix)}"
    for candidate in sorted(path.parent.glob(pattern)):
        if candidate.is_file() and hashlib.sha256(read_file(candidate)).hexdigest() == sha256:
            return candidate
    return None
