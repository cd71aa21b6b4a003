from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from skimage import data

from diptych import Picture


@pytest.fixture(scope="session")
def photo_bytes() -> bytes:
    """A real photo (512×512, a person) as a JPEG."""
    return Picture.from_array(data.astronaut()).encode("jpeg")


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this test alone and of what it starts: nothing is left in the system's."""
    place = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)  # Python remembers what it found before
    return place


@pytest.fixture
def folder(tmp_path: Path, photo_bytes: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with photo.jpg, and shop/ with two more photos."""
    (tmp_path / "photo.jpg").write_bytes(photo_bytes)
    (tmp_path / "shop").mkdir()
    for name, photo in (("cup", data.coffee()), ("cat", data.chelsea())):
        Picture.from_array(photo).save(tmp_path / "shop" / f"{name}.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path
