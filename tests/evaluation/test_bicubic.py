"""Bicubic interpolation as MATLAB has it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from diptych.evaluation.bicubic import imresize


@pytest.fixture
def picture() -> np.ndarray:
    """Smooth noise, 60×84×3."""
    small = np.random.default_rng(2).integers(0, 256, (10, 14, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((84, 60), Image.Resampling.BICUBIC))


def test_weights_by_hand() -> None:
    """Half the size: taps of Keys' kernel at 1/4, 3/4, 5/4 and 7/4, halved, on both sides of each centre."""
    column = np.zeros((16, 1, 1), np.uint8)
    column[7] = 200
    near, far = 0.8671875, 0.2265625  # Keys at 1/4 and 3/4
    reduced = imresize(column, 8, 1)[:, 0, 0]
    assert reduced[3] == round(200 * near / 2)
    assert reduced[4] == round(200 * far / 2)
    assert reduced[2] == 0  # the tap is negative, and bytes end there


def test_the_outermost_pixels_repeat_beyond_the_border() -> None:
    picture = np.random.default_rng(4).integers(0, 256, (12, 18, 3), dtype=np.uint8)
    wide = np.pad(picture, ((12, 12), (18, 18), (0, 0)), mode="edge")
    assert np.array_equal(imresize(wide, 12, 18)[4:8, 6:12], imresize(picture, 4, 6))


@pytest.mark.parametrize("size", [(30, 42), (20, 28), (15, 21), (120, 168)])
def test_it_is_nearly_pillows_inside(picture: np.ndarray, size: tuple[int, int]) -> None:
    """Pillow begins with the columns, and leaves out what is beyond the border."""
    other = np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.BICUBIC))
    inner = np.s_[8:-8, 8:-8] if size[0] > 60 else np.s_[2:-2, 2:-2]
    difference = np.abs(imresize(picture, *size).astype(int) - other)[inner]
    assert difference.max() <= 2
    assert difference.mean() < 0.4


def test_a_plain_picture_stays_plain() -> None:
    plain = np.full((9, 12, 3), 77, np.uint8)
    assert (imresize(plain, 3, 4) == 77).all()
    assert (imresize(plain, 27, 36) == 77).all()
