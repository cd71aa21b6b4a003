"""Files: read with a limit, replace all or nothing.

A file is written beside the one that it will replace, flushed to the disk, and renamed over it. Whatever
goes wrong before the rename (a full disk, a power cut), the old file is whole and no half-written one is left.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from diptych.core.errors import Bilingual, InvalidPicture, SaveFailed, shorten

MAX_BYTES = 1 << 30
"""The largest file that is read (1 GiB): more than any picture within the pixel limit needs in practice."""


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """All bytes of a picture's file. Raises InvalidPicture (missing, a folder, no permission, too large)."""
    quoted = shorten(path, 200)
    try:
        if path.is_dir():
            raise InvalidPicture(
                Bilingual(f"'{quoted}' is a folder, not a picture.", f"“{quoted}”是文件夹，不是图片。"),
                Bilingual(
                    "Name a picture in it, or use a pattern such as '*.jpg'.",
                    "请指定其中的图片，或用“*.jpg”这样的通配符。",
                ),
            )
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise InvalidPicture(
            Bilingual(f"There is no file '{quoted}'.", f"找不到文件“{quoted}”。"),
            Bilingual("Check the spelling and the folder.", "请检查文件名和所在文件夹。"),
        ) from error
    except PermissionError as error:
        raise InvalidPicture(
            Bilingual(f"No permission to read '{quoted}'.", f"没有权限读取“{quoted}”。"),
            Bilingual(
                "Change its permissions, or copy it to a folder of yours.",
                "请修改文件权限，或把它复制到您自己的文件夹。",
            ),
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InvalidPicture(
            Bilingual(f"'{quoted}' can't be read: {shorten(error)}.", f"无法读取“{quoted}”：{shorten(error)}。"),
            Bilingual("Check the name and the drive that it is on.", "请检查文件名以及它所在的磁盘。"),
        ) from error
    if len(data) > max_bytes:
        raise InvalidPicture(
            Bilingual(f"'{quoted}' is larger than {max_bytes:,} bytes.", f"“{quoted}”超过 {max_bytes:,} 字节。"),
            Bilingual("Save it smaller, or compressed, and try again.", "请缩小或压缩后再试。"),
        )
    return data


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write every file beside its place, then rename them all. A replaced file's permissions are kept.

    A symbolic link stays a link: what it points at is replaced. A device or a pipe can't be renamed over and
    is written to directly. Raises SaveFailed; then the old files are as they were and no temporary one remains
    (of several files, the first may be new when renaming a later one fails: nothing is written by then).
    """
    pending: list[tuple[Path, Path]] = []
    writing = next(iter(contents))
    try:
        for path, data in contents.items():
            writing = path
            place = path.resolve()
            if place.is_dir():
                raise IsADirectoryError(f"{path} is a folder")
            if place.exists() and not place.is_file():
                place.write_bytes(data)
                continue
            temporary = place.parent / f".diptych-{secrets.token_hex(8)}.tmp"
            pending.append((temporary, place))
            _write_through(temporary, data)
            if place.exists():
                temporary.chmod(stat.S_IMODE(place.stat().st_mode))
        for temporary, place in pending:
            writing = place
            os.replace(temporary, place)
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL; RuntimeError: a loop of links (3.10)
        raise _save_failed(writing, error) from error
    finally:
        for temporary, _ in pending:
            with contextlib.suppress(OSError):  # it may never have come to be
                temporary.unlink()


def _write_through(path: Path, data: bytes) -> None:
    """A new file (never an existing one) with the process's usual permissions, on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _save_failed(path: Path, error: Exception) -> SaveFailed:
    reason, remedy = _REASONS.get(type(error), (None, None))
    said = reason or Bilingual(shorten(error), shorten(error))
    quoted = shorten(path, 200)
    return SaveFailed(
        Bilingual(f"'{quoted}' was not saved: {said.en}.", f"“{quoted}”没有保存：{said.zh}。"),
        remedy or Bilingual("Free some space or save to another folder.", "请腾出空间，或保存到其他文件夹。"),
    )


_REASONS: dict[type[Exception], tuple[Bilingual, Bilingual]] = {
    IsADirectoryError: (
        Bilingual("it is a folder", "它是文件夹"),
        Bilingual("Add a file name, such as 'result.png'.", "请加上文件名，例如“result.png”。"),
    ),
    FileNotFoundError: (
        Bilingual("its folder does not exist", "所在文件夹不存在"),
        Bilingual("Make the folder first, or save elsewhere.", "请先创建文件夹，或保存到别处。"),
    ),
    NotADirectoryError: (
        Bilingual("a part of its path is a file, not a folder", "路径中有一段是文件而不是文件夹"),
        Bilingual("Check the path.", "请检查路径。"),
    ),
    PermissionError: (
        Bilingual("no permission to write there", "没有写入权限"),
        Bilingual("Save to a folder of yours.", "请保存到您有权限的文件夹。"),
    ),
}
