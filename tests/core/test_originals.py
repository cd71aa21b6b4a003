"""The untouched source of a file that is edited in place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from diptych.core.errors import InvalidPicture
from diptych.core.originals import find_original, keep_original


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_copy_is_kept_once(tmp_path: Path) -> None:
    photo = tmp_path / "a [1].jpg"
    photo.write_bytes(b"first")
    assert keep_original(photo) == tmp_path / "a [1].original.jpg"
    assert keep_original(photo) == tmp_path / "a [1].original.jpg"
    assert len(list(tmp_path.iterdir())) == 2


def test_another_one_is_not_overwritten(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    for content in (b"first", b"second", b"third", b"second"):
        photo.write_bytes(content)
        keep_original(photo)
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("*original*")}
    assert kept == {"a.original.jpg": b"first", "a.original2.jpg": b"second", "a.original3.jpg": b"third"}
    assert find_original(photo, sha256(b"third")) == tmp_path / "a.original3.jpg"
    assert find_original(photo, sha256(b"none")) is None


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidPicture):
        keep_original(tmp_path / "a.jpg")
