import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from diptych.core.errors import Unsupported
from diptych.operations import seams
from diptych.operations.inpaint import fill


@pytest.fixture(scope="module")
def coffee():
    return np.ascontiguousarray(data.coffee())


def hole(shape, y0, y1, x0, x1):
    mask = np.zeros(shape[:2], bool)
    mask[y0:y1, x0:x1] = True
    return mask


def error(filled, truth, mask):
    return float(np.abs(filled[mask].astype(float) - truth[mask]).mean())


def test_only_the_hole_changes_and_it_does(coffee):
    mask = hole(coffee.shape, 300, 360, 480, 560)
    filled = fill(coffee, mask)
    assert np.array_equal(filled[~mask], coffee[~mask])
    assert (filled[mask] != coffee[mask]).any()
    assert filled.dtype == np.uint8


def test_the_input_is_not_written_to(coffee):
    before = coffee.copy()
    fill(coffee, hole(coffee.shape, 10, 40, 10, 40))
    assert np.array_equal(coffee, before)


def test_same_arguments_same_bytes(coffee):
    mask = hole(coffee.shape, 20, 90, 20, 90)
    assert np.array_equal(fill(coffee, mask), fill(coffee, mask))


def test_a_periodic_texture_is_continued():
    """Stripes have one true completion; a smear (the mean) would be 60 levels off."""
    x = np.arange(240)
    stripes = np.broadcast_to((128 + 95 * np.sign(np.sin(2 * np.pi * x / 16)))[None, :, None], (200, 240, 3))
    stripes = stripes.astype(np.uint8)
    mask = hole(stripes.shape, 70, 130, 90, 150)
    damaged = np.where(mask[:, :, None], np.uint8(0), stripes)
    assert error(fill(damaged, mask), stripes, mask) < 8


def test_a_slow_gradient_shows_no_seam():
    ramp = np.linspace(40, 215, 300)[None, :, None]
    picture = np.rint(np.broadcast_to(ramp, (220, 300, 3))).astype(np.uint8)
    mask = hole(picture.shape, 70, 150, 110, 190)
    filled = fill(np.where(mask[:, :, None], np.uint8(0), picture), mask)
    assert error(filled, picture, mask) < 6
    steps = np.abs(np.diff(filled[:, :, 0].astype(int), axis=1))
    assert steps.max() <= 8


def test_fills_wood_better_than_its_mean_colour_and_keeps_its_grain(coffee):
    mask = hole(coffee.shape, 20, 80, 480, 560)
    filled = fill(coffee, mask)
    grain = float(filled[mask].astype(float).std(axis=0).mean())
    assert grain > 0.4 * float(coffee[mask].astype(float).std(axis=0).mean())


def test_large_hole_is_copied_at_full_resolution():
    """The search stops at half resolution here; noise of one pixel's size must survive all the same."""
    rng = np.random.default_rng(3)
    noise = np.clip(rng.normal(128, 30, (700, 700, 3)), 0, 255).astype(np.uint8)
    mask = hole(noise.shape, 200, 430, 200, 430)
    filled = fill(noise, mask)
    inner = filled[250:380, 250:380, 0].astype(float)
    assert np.diff(inner, axis=1).std() > 15


def test_thin_scratch_is_closed_smoothly(coffee):
    mask = hole(coffee.shape, 0, 400, 300, 302)
    damaged = coffee.copy()
    damaged[mask] = 255
    assert error(fill(damaged, mask), coffee, mask) < 8


def test_many_small_holes_and_one_large(coffee):
    mask = hole(coffee.shape, 30, 90, 30, 90)
    for y, x in ((200, 500), (350, 40), (380, 580), (10, 580)):
        mask[y : y + 4, x : x + 4] = True
    damaged = coffee.copy()
    damaged[mask] = (255, 0, 255)
    filled = fill(damaged, mask)
    is_magenta = (filled[:, :, 0] > 230) & (filled[:, :, 1] < 30) & (filled[:, :, 2] > 230)
    assert not is_magenta.any()


def test_hole_at_the_frames_edge_and_corner(coffee):
    for box in ((0, 60, 0, 60), (340, 400, 540, 600), (0, 400, 0, 50)):
        mask = hole(coffee.shape, *box)
        damaged = coffee.copy()
        damaged[mask] = (255, 0, 255)
        filled = fill(damaged, mask)
        assert np.array_equal(filled[~mask], coffee[~mask])
        assert float(filled[mask][:, 1].mean()) > 5  # no magenta left


def test_nothing_to_fill_is_no_change(coffee):
    assert np.array_equal(fill(coffee, np.zeros(coffee.shape[:2], bool)), coffee)


def test_nothing_to_fill_from_is_an_error_with_a_remedy():
    with pytest.raises(Unsupported, match="smaller") as caught:
        fill(np.zeros((20, 20, 3), np.uint8), np.ones((20, 20), bool))
    assert "较小" in caught.value.say("zh") or "小一些" in caught.value.say("zh")


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="mask"):
        fill(np.zeros((20, 20, 3), np.uint8), np.ones((20, 21), bool))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1), st.floats(0.02, 0.9))
def test_any_size_and_any_mask(height, width, seed, share):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = rng.random((height, width)) < share
    mask[rng.integers(height), rng.integers(width)] = False
    filled = fill(pixels, mask)
    assert np.array_equal(filled[~mask], pixels[~mask])


def test_correction_levels_a_step_between_two_copies():
    """Two flat pieces, 10 levels apart, inside a flat picture: added up they are flat again."""
    image = np.full((40, 80, 3), 100, np.float32)
    image[:, 50:] = 110
    inside = hole(image.shape, 10, 30, 10, 30)
    dy = np.zeros((40, 80), np.int64)
    dx = np.where(inside, np.where(np.arange(80) < 20, 25, 40), 0)
    y, x = np.mgrid[:40, :80]
    copied = image[y + dy, x + dx]
    added = seams.correction(image, inside, dy, dx)
    assert np.ptp(copied[inside]) == 10
    assert np.ptp((copied + added)[inside]) < 1.0
    assert not added[~inside].any()
