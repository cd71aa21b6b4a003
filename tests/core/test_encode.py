"""Encoding and saving: formats, alpha, determinism, and a save that is whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from diptych.core import files
from diptych.core.errors import SaveFailed
from diptych.core.picture import Picture

PICTURE = Picture.from_array(data.chelsea())
SUFFIXES = [".jpg", ".JPEG", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"]


def with_alpha() -> Picture:
    ramp = np.tile(np.linspace(0, 255, PICTURE.width).astype(np.uint8), (PICTURE.height, 1))
    return Picture(np.dstack([PICTURE.pixels, ramp]))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_suffix_names_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"猫{suffix}"
    PICTURE.save(path)
    again = Picture.open(path)
    assert again.format == {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper())
    difference = np.abs(again.pixels.astype(int) - PICTURE.pixels).mean()
    assert difference == 0 if suffix in (".png", ".tif", ".tiff", ".bmp") else difference < 6
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("name", ["a.xyz", "a", ".png", "a.png.", "photo.psd"])
def test_an_unknown_suffix_lists_those_there_are(name: str, tmp_path: Path) -> None:
    with pytest.raises(SaveFailed) as error:
        PICTURE.save(tmp_path / name)
    assert ".jpg .jpeg .png .webp .tif .tiff .bmp .gif" in error.value.say("en")
    assert "请使用这些后缀之一" in error.value.say("zh")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff", "bmp", "gif"])
def test_the_same_picture_is_the_same_bytes(kind: str) -> None:
    for picture in (PICTURE, with_alpha()):
        assert picture.encode(kind) == Picture(picture.pixels.copy()).encode(kind)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff", "bmp", "gif"])
def test_pixels_that_are_a_view_are_written_as_they_look(kind: str) -> None:
    view = PICTURE.pixels[10:200, 300:20:-1]
    assert Picture(view).encode(kind) == Picture.from_array(view).encode(kind)


@pytest.mark.parametrize("quality", [50, 92, 100])
def test_jpeg_has_the_pixels_that_pillow_would_write(quality: int) -> None:
    buffer = io.BytesIO()
    Image.fromarray(PICTURE.pixels).save(buffer, "JPEG", quality=quality)
    ours = Image.open(io.BytesIO(PICTURE.encode("jpg", quality=quality)))
    assert np.array_equal(np.asarray(ours), np.asarray(Image.open(buffer)))


def test_quality_decides_the_size() -> None:
    for kind in ("jpeg", "webp"):
        sizes = [len(PICTURE.encode(kind, quality=quality)) for quality in (10, 50, 92)]
        assert sizes == sorted(sizes)
    assert np.array_equal(Picture.from_bytes(PICTURE.encode("webp", quality=100)).pixels, PICTURE.pixels)


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_quality_out_of_range(quality: int) -> None:
    with pytest.raises(SaveFailed, match=f"1..100, got {quality}"):
        PICTURE.encode("jpg", quality=quality)


def test_alpha_is_laid_on_white_where_there_is_no_place_for_it() -> None:
    picture = with_alpha()
    alpha = picture.pixels[:, :, 3:].astype(float) / 255
    expected = picture.rgb * alpha + 255 * (1 - alpha)
    assert np.abs(Picture.from_bytes(picture.encode("bmp")).pixels - expected).max() <= 1
    assert np.abs(Picture.from_bytes(picture.encode("jpg", quality=98)).pixels - expected).mean() < 2


def test_alpha_goes_along_where_there_is() -> None:
    picture = with_alpha()
    for kind in ("png", "tiff"):
        assert np.array_equal(Picture.from_bytes(picture.encode(kind)).pixels, picture.pixels)
    webp = Picture.from_bytes(picture.encode("webp"))
    assert np.array_equal(webp.alpha, picture.alpha)
    gif = Picture.from_bytes(picture.encode("gif"))
    assert np.array_equal(gif.pixels[:, :, 3] == 255, picture.pixels[:, :, 3] >= 128)
    opaque = gif.pixels[:, :, 3] == 255
    assert np.abs(gif.rgb.astype(int) - picture.rgb)[opaque].mean() < 8


@pytest.mark.parametrize("kind", ["jpg", "png", "tiff", "bmp"])
def test_resolution_goes_along(kind: str) -> None:
    picture = Picture(PICTURE.pixels.copy(), dpi=(300.0, 150.0))
    assert Picture.from_bytes(picture.encode(kind)).dpi == pytest.approx((300, 150), abs=0.1)


def test_too_large_for_the_format() -> None:
    wide = Picture.from_array(np.zeros((1, 70_000, 3), np.uint8))
    for kind in ("jpg", "webp"):
        with pytest.raises(SaveFailed, match="70000 × 1 picture can't be written"):
            wide.encode(kind)
    assert Picture.from_bytes(wide.encode("png")).width == 70_000


def test_an_exif_block_too_large_for_jpeg() -> None:
    picture = Picture(PICTURE.pixels.copy(), exif=b"Exif\0\0" + bytes(70_000))
    with pytest.raises(SaveFailed, match="--no-metadata"):
        picture.encode("jpg")
    assert picture.encode("jpg", metadata=False)


# ---- saving is whole or not at all ---------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "result.png"
    path.write_bytes(b"what was there before")
    return path


def assert_untouched(old: Path) -> None:
    assert old.read_bytes() == b"what was there before"
    assert os.listdir(old.parent) == [old.name]


def failing(number: int) -> object:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_leaves_the_old_file(step: str, number: int, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.os, step, failing(number))
    with pytest.raises(SaveFailed) as error:
        PICTURE.save(old)
    assert os.strerror(number) in error.value.say("en")
    assert str(old) in error.value.say("zh")
    assert error.value.exit_code == 4
    assert_untouched(old)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_that_is_full(tmp_path: Path) -> None:
    link = tmp_path / "full.png"
    link.symlink_to("/dev/full")
    with pytest.raises(SaveFailed, match="No space left on device"):
        PICTURE.save(link)
    assert os.listdir(tmp_path) == ["full.png"]
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_no_permission_in_the_folder(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.os, "open", failing(errno.EACCES))
    with pytest.raises(SaveFailed, match="no permission to write there"):
        PICTURE.save(old)
    monkeypatch.undo()
    assert_untouched(old)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_read_only_folder(old: Path) -> None:
    old.parent.chmod(0o555)
    with pytest.raises(SaveFailed, match="no permission to write there"):
        PICTURE.save(old)
    assert_untouched(old)
    old.parent.chmod(0o755)


def test_a_missing_folder_and_a_folder_in_the_way(old: Path) -> None:
    with pytest.raises(SaveFailed, match="its folder does not exist"):
        PICTURE.save(old.parent / "none" / "a.png")
    with pytest.raises(SaveFailed, match="a part of its path is a file"):
        PICTURE.save(old / "a.png")
    assert_untouched(old)
    folder = old.parent / "folder.png"
    folder.mkdir()
    with pytest.raises(SaveFailed, match="it is a folder"):
        PICTURE.save(folder)
    assert os.listdir(folder) == []


def test_permissions_of_the_replaced_file_are_kept(old: Path) -> None:
    old.chmod(0o640)
    PICTURE.save(old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert np.array_equal(Picture.open(old).pixels, PICTURE.pixels)


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    PICTURE.save(tmp_path / "new.png")
    assert (tmp_path / "new.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_stays_a_link(old: Path) -> None:
    link = old.parent / "link.png"
    link.symlink_to(old)
    PICTURE.save(link)
    assert link.is_symlink()
    assert np.array_equal(Picture.open(old).pixels, PICTURE.pixels)
