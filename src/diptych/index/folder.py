"""Folder: which files in it are pictures by their names; none is opened."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from diptych.core.errors import Bilingual, InvalidPicture, shorten
from diptych.core.formats import SUFFIXES

Stamp = tuple[int, int]
"""A file's size in bytes and time of change in ns."""


def walk(folder: Path) -> tuple[dict[str, Stamp], dict[str, InvalidPicture]]:
    """Relative POSIX paths of files with a picture's suffix, sorted; and the folders inside that can't be listed.

    What begins with a dot is passed over (.diptych, thumbnails, what macOS leaves beside pictures); links to files
    count, links to folders don't. Raises InvalidPicture where `folder` itself can't be listed.
    """
    found: dict[str, Stamp] = {}
    unlisted: dict[str, InvalidPicture] = {}
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(folder / inside) as listing:
                entries = [entry for entry in listing if not entry.name.startswith(".")]
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            unlisted[inside] = _not_listed(folder / inside, error)
            if not inside:
                raise unlisted[inside] from error
            continue
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            with suppress(OSError):  # it has vanished meanwhile, or is a link in a circle
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif os.path.splitext(path)[1].lower() in SUFFIXES and entry.is_file():
                    stat = entry.stat()
                    found[path] = stat.st_size, stat.st_mtime_ns
    return dict(sorted(found.items())), unlisted


def check(folder: Path) -> None:
    """Raises InvalidPicture where there is no such folder, or it can't be listed."""
    try:
        os.scandir(folder).close()
    except (OSError, ValueError) as error:
        raise _not_listed(folder, error) from error


def is_within(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _not_listed(folder: Path, error: Exception) -> InvalidPicture:
    quoted, reason = shorten(folder, 200), shorten(error)
    if isinstance(error, FileNotFoundError):
        problem = Bilingual(f"There is no folder '{quoted}'.", f"找不到文件夹“{quoted}”。")
    elif isinstance(error, NotADirectoryError):
        problem = Bilingual(f"'{quoted}' is a file, not a folder.", f"“{quoted}”是文件，不是文件夹。")
    else:
        problem = Bilingual(f"The folder '{quoted}' can't be read: {reason}.", f"无法读取文件夹“{quoted}”：{reason}。")
    return InvalidPicture(
        problem, Bilingual("Name a folder of pictures that you may read.", "请指定一个您有权读取的图片文件夹。")
    )
