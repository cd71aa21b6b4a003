"""Picture as a value: shape, immutability, hashes."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from skimage import data

from diptych.core.picture import Picture


def test_an_array_is_copied() -> None:
    pixels = data.astronaut()
    picture = Picture.from_array(pixels)
    pixels[0, 0] = 0
    assert picture.pixels[0, 0].tolist() == [154, 147, 151]
    assert pixels.flags.writeable


def test_pixels_can_not_be_written() -> None:
    picture = Picture.from_array(data.astronaut())
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 0


def test_gray_becomes_three_channels() -> None:
    gray = data.camera()
    picture = Picture.from_array(gray)
    assert picture.pixels.shape == (512, 512, 3)
    assert all(np.array_equal(picture.pixels[:, :, channel], gray) for channel in range(3))


def test_alpha_and_rgb_are_views() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    picture = Picture.from_array(pixels)
    assert (picture.width, picture.height, picture.has_alpha) == (7, 5, True)
    assert np.array_equal(picture.rgb, pixels[:, :, :3])
    assert np.array_equal(picture.alpha, pixels[:, :, 3])
    assert Picture.from_array(pixels[:, :, :3]).alpha is None


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros(4, np.uint8)],
    ids=["two channels", "float", "one dimension"],
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="H×W×3 or H×W×4 uint8"):
        Picture.from_array(array)


def test_an_opened_picture_is_known_by_its_file_and_an_edited_one_by_its_pixels() -> None:
    picture = Picture.from_array(data.astronaut())
    content = picture.encode("png")
    opened = Picture.from_bytes(content, "a.png")
    assert opened.fingerprint == hashlib.sha256(content).hexdigest()
    edited = opened.with_pixels(255 - opened.pixels)
    assert edited.name == "a.png"
    assert edited.fingerprint == f"pixels:{edited.pixel_sha256}"
    assert edited.pixel_sha256 != opened.pixel_sha256
    assert picture.pixel_sha256 == opened.pixel_sha256


def test_the_pixel_hash_knows_the_shape() -> None:
    wide, tall = np.zeros((2, 6, 3), np.uint8), np.zeros((6, 2, 3), np.uint8)
    assert Picture.from_array(wide).pixel_sha256 != Picture.from_array(tall).pixel_sha256


def test_repr_is_short() -> None:
    assert repr(Picture.from_array(data.astronaut())) == "Picture(512×512 RGB)"
