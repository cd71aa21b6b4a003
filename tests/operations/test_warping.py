"""Warps: nothing at amount 0, where things go otherwise, and how a region bends."""

import numpy as np
import pytest
from skimage import data

from diptych.core.errors import Unsupported
from diptych.core.operation import Warp
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Context
from diptych.operations.warping import warp

CONTEXT = Context()
KINDS = ["stretch", "squeeze", "wave", "swirl", "bulge", "pinch", "fisheye", "perspective", "distort"]


@pytest.fixture(scope="module")
def coffee():
    return Picture(data.coffee())


def warped(picture, region=None, **said):
    return warp(picture, Warp(**said), region, CONTEXT)


@pytest.mark.parametrize("kind", KINDS)
def test_amount_zero_changes_nothing(coffee, kind):
    after = warped(coffee, kind=kind, amount=0.0).pixels
    assert after.shape == coffee.pixels.shape
    assert np.abs(after.astype(int) - coffee.pixels).max() <= 1


@pytest.mark.parametrize("kind", KINDS[2:])
@pytest.mark.parametrize("amount", [-0.5, 0.5])
def test_the_frame_stays_and_has_no_empty_places(kind, amount):
    white = Picture(np.full((90, 140, 3), 255, np.uint8))
    after = warped(white, kind=kind, amount=amount).pixels
    assert after.shape == white.pixels.shape
    assert after.min() == 255


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("axis", ["horizontal", "vertical"])
def test_something_moves(coffee, kind, axis):
    after = warped(coffee, kind=kind, axis=axis).pixels
    assert after.shape != coffee.pixels.shape or np.abs(after.astype(int) - coffee.pixels).mean() > 2


def test_stretch_and_squeeze_change_one_side_by_the_factor(coffee):
    assert warped(coffee, kind="stretch", amount=0.5).pixels.shape == (400, 900, 3)
    assert warped(coffee, kind="squeeze", amount=0.5).pixels.shape == (400, 400, 3)
    assert warped(coffee, kind="stretch", axis="vertical", amount=0.25).pixels.shape == (500, 600, 3)
    assert warped(coffee, kind="stretch", amount=-0.5).pixels.shape == (400, 400, 3)


def disc_area(pixels):
    return np.count_nonzero(pixels[:, :, 0] > 128)


def test_bulge_enlarges_the_middle_and_pinch_shrinks_it():
    y, x = np.mgrid[0:200, 0:200]
    pixels = np.repeat(np.where(np.hypot(x - 99.5, y - 99.5) < 30, 255, 0).astype(np.uint8)[:, :, None], 3, axis=2)
    area = disc_area(pixels)
    disc = Picture(pixels)
    assert disc_area(warped(disc, kind="bulge").pixels) > 1.3 * area
    assert disc_area(warped(disc, kind="pinch").pixels) < 0.8 * area


def test_perspective_widens_what_is_near_and_shows_all_that_is_far():
    stripes = np.zeros((200, 200, 3), np.uint8)
    stripes[:, 80:120] = 255
    after = warped(Picture(stripes), kind="perspective", amount=0.6).pixels[:, :, 0] > 128
    assert abs(int(after[0].sum()) - 40) <= 1
    assert after[-1].sum() > 60


def test_swirl_turns_the_middle_clockwise_and_leaves_the_rim():
    bar = np.zeros((201, 201, 3), np.uint8)
    bar[:100, 97:104] = 255
    after = warped(Picture(bar), kind="swirl", amount=0.2).pixels[:, :, 0]
    columns = np.flatnonzero(after[75] > 128)
    assert columns.mean() > 105
    assert np.array_equal(after[0], bar[0, :, 0])


def test_a_region_bends_within_its_surroundings(coffee):
    region = Region.from_box((250, 150, 350, 250), 400, 600)
    for kind in KINDS:
        change = warped(coffee, region, kind=kind, amount=0.5)
        assert change.pixels.shape == coffee.pixels.shape
        assert change.touched.box == (200, 100, 400, 300)
        outside = change.touched.mask == 0
        assert np.array_equal(change.pixels[outside], coffee.pixels[outside])
        rim = np.abs(change.pixels[100, 200:400].astype(int) - coffee.pixels[100, 200:400])
        assert rim.max() <= 40, kind
        assert not np.array_equal(change.pixels[150:250, 250:350], coffee.pixels[150:250, 250:350])


def test_squeezing_a_region_makes_it_slimmer():
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[60:140, 120:180] = 255
    region = Region.from_box((110, 50, 190, 150), 200, 300)
    after = warped(Picture(pixels), region, kind="squeeze", amount=0.4).pixels[:, :, 0]
    assert np.count_nonzero(after[100] > 128) == pytest.approx(60 / 1.4, abs=3)
    assert np.count_nonzero(after[:, 150] > 128) == 80


def test_empty_region_alpha_and_one_pixel(coffee):
    nothing = Region(np.zeros((400, 600), np.float32))
    assert np.array_equal(warped(coffee, nothing).pixels, coffee.pixels)
    clear = np.dstack([coffee.pixels, np.full((400, 600), 120, np.uint8)])
    assert (warped(Picture(clear), kind="wave").pixels[:, :, 3] == 120).all()
    assert warped(Picture(np.full((1, 1, 3), 5, np.uint8)), kind="swirl").pixels.tolist() == [[[5, 5, 5]]]


def test_too_long_a_picture_is_refused():
    with pytest.raises(Unsupported, match="40000x1"):
        warped(Picture(np.zeros((1, 40_000, 3), np.uint8)))
