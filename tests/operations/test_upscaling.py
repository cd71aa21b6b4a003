"""Enlarging by networks: nearer to the photo than bicubic, exact sizes, alpha, limits."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from skimage import data

from diptych.core.errors import Unsupported
from diptych.core.operation import Upscale
from diptych.core.picture import Picture
from diptych.operations.change import Context
from diptych.operations.upscaling import network_factors, upscale

CONTEXT = Context()


def enlarged(pixels, **said):
    return upscale(Picture(pixels), Upscale(**said), None, CONTEXT)


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_it_beats_bicubic_on_a_photo(factor):
    whole = data.astronaut()[:240, 120:360]
    small = cv2.resize(whole, (240 // factor, 240 // factor), interpolation=cv2.INTER_AREA)
    change = enlarged(small, factor=factor, faithful=True)
    assert change.pixels.shape == whole.shape
    assert change.engine.startswith(f"super-resolution x{factor} ")
    bicubic = cv2.resize(small, (240, 240), interpolation=cv2.INTER_CUBIC)
    assert psnr(change.pixels, whole) > psnr(bicubic, whole) + 0.5


def test_snapshots_have_their_own_network():
    small = data.chelsea()[100:160, 100:160]
    usual, faithful = enlarged(small, factor=2), enlarged(small, factor=2, faithful=True)
    assert usual.engine.startswith("snapshot super-resolution x2 ")
    assert usual.pixels.shape == faithful.pixels.shape == (120, 120, 3)


@pytest.mark.parametrize(
    ("factor", "factors"),
    [(1.01, (2,)), (1.5, (2,)), (2, (2,)), (2.5, (3,)), (3, (3,)), (3.2, (4,)), (4, (4,)), (5, (3, 2)), (6, (3, 2)),
     (6.5, (4, 2)), (8, (4, 2))],
)  # fmt: skip
def test_any_factor_goes_through_the_next_networks(factor, factors):
    assert network_factors(factor) == factors
    change = enlarged(data.coffee()[:30, :41], factor=factor)
    assert change.pixels.shape == (round(30 * factor), round(41 * factor), 3)
    assert change.engine.count("super-resolution") == len(factors)
    assert ("area averaging" in change.engine) == (np.prod(factors) != factor)
    # Shrunk again it shows the same picture.
    again = cv2.resize(change.pixels, (41, 30), interpolation=cv2.INTER_AREA)
    assert np.abs(again.astype(int) - data.coffee()[:30, :41]).mean() < 8


def test_a_large_picture_takes_the_network_below():
    assert network_factors(2.5, 40_000_000) == (2,)
    assert network_factors(1.5, 100_000_000) == ()
    assert network_factors(2, 40_000_000) == (2,)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 2), (16, 16)])
def test_the_smallest_pictures(size):
    made = enlarged(np.full((*size, 3), 120, np.uint8), factor=8)
    assert made.pixels.shape == (8 * size[0], 8 * size[1], 3)
    assert np.abs(made.pixels.astype(int) - 120).max() <= 16


def test_alpha_is_kept_and_hidden_colours_do_not_bleed():
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, :, 1] = 255  # green, hidden
    pixels[8:32, 8:32] = (200, 60, 60, 255)
    made = enlarged(pixels, factor=2).pixels
    assert made.shape == (80, 80, 4)
    assert (made[24:56, 24:56, 3] == 255).all()
    assert (made[:8, :, 3] == 0).all()
    seen = made[made[:, :, 3] > 0].astype(int)
    assert (seen[:, 0] > seen[:, 1] + 80).all()
    whole = enlarged(np.full((20, 30, 4), 120, np.uint8), factor=2.5).pixels
    assert (whole[:, :, 3] == 120).all()


def test_limits_are_told():
    for factor in (0.0, 1.0, -2.0, 9.0, float("nan"), float("inf")):
        with pytest.raises(ValidationError, match="factor"):
            Upscale(factor=factor)
    with pytest.raises(Unsupported, match="megapixels"):
        enlarged(np.zeros((4000, 4000, 3), np.uint8), factor=8)


def test_the_same_bytes_again():
    small = data.astronaut()[:50, :60]
    assert np.array_equal(enlarged(small, factor=3).pixels, enlarged(small, factor=3).pixels)
