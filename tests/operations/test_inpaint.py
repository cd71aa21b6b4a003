import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from diptych.core.errors import BrokenWeights, Unsupported
from diptych.operations import seams
from diptych.operations.inpaint import engine, fill
from diptych.runtime import Weights

METHODS = pytest.mark.parametrize("method", ["learned", "classical"])


@pytest.fixture(scope="module")
def coffee():
    return np.ascontiguousarray(data.coffee())


def hole(shape, y0, y1, x0, x1):
    mask = np.zeros(shape[:2], bool)
    mask[y0:y1, x0:x1] = True
    return mask


def error(filled, truth, mask):
    return float(np.abs(filled[mask].astype(float) - truth[mask]).mean())


@METHODS
def test_only_the_hole_changes_and_it_does(coffee, method):
    mask = hole(coffee.shape, 300, 360, 480, 560)
    filled = fill(coffee, mask, method=method)
    assert np.array_equal(filled[~mask], coffee[~mask])
    assert (filled[mask] != coffee[mask]).any()
    assert filled.dtype == np.uint8


@METHODS
def test_what_lay_in_the_hole_does_not_shine_through(coffee, method):
    mask = hole(coffee.shape, 120, 200, 120, 220)
    mask[40:44, 500:560] = True
    painted = np.where(mask[:, :, None], np.uint8(255) - coffee, coffee)
    assert np.array_equal(fill(painted, mask, method=method), fill(coffee, mask, method=method))


@METHODS
def test_the_input_is_not_written_to(coffee, method):
    before, mask = coffee.copy(), hole(coffee.shape, 10, 40, 10, 40)
    fill(coffee, mask, method=method)
    assert np.array_equal(coffee, before)
    assert np.array_equal(mask, hole(coffee.shape, 10, 40, 10, 40))


@METHODS
def test_same_arguments_same_bytes(coffee, method):
    mask = hole(coffee.shape, 20, 90, 20, 90)
    assert np.array_equal(fill(coffee, mask, method=method), fill(coffee, mask, method=method))


def test_the_network_is_needed_only_where_it_is_asked(coffee, tmp_path):
    mask, nothing = hole(coffee.shape, 20, 60, 20, 60), Weights(tmp_path)
    assert np.array_equal(
        fill(coffee, mask, method="classical", weights=nothing), fill(coffee, mask, method="classical")
    )
    with pytest.raises(BrokenWeights):
        fill(coffee, mask, weights=nothing)


def test_certificates_name_what_filled():
    assert engine(Weights(), "classical") == "exemplar inpainting"
    assert engine(Weights(), "learned").startswith("inpainter ")


@METHODS
def test_a_periodic_texture_is_continued(method):
    """Stripes have one true completion; a smear (the mean) would be 60 levels off."""
    x = np.arange(240)
    stripes = np.broadcast_to((128 + 95 * np.sign(np.sin(2 * np.pi * x / 16)))[None, :, None], (200, 240, 3))
    stripes = stripes.astype(np.uint8)
    mask = hole(stripes.shape, 70, 130, 90, 150)
    damaged = np.where(mask[:, :, None], np.uint8(0), stripes)
    assert error(fill(damaged, mask, method=method), stripes, mask) < 8


@METHODS
def test_a_slow_gradient_shows_no_seam(method):
    ramp = np.linspace(40, 215, 300)[None, :, None]
    picture = np.rint(np.broadcast_to(ramp, (220, 300, 3))).astype(np.uint8)
    mask = hole(picture.shape, 70, 150, 110, 190)
    filled = fill(np.where(mask[:, :, None], np.uint8(0), picture), mask, method=method)
    assert error(filled, picture, mask) < 6
    steps = np.abs(np.diff(filled[:, :, 0].astype(int), axis=1))
    assert steps.max() <= 8


@METHODS
def test_wood_keeps_its_grain(coffee, method):
    mask = hole(coffee.shape, 20, 80, 480, 560)
    filled = fill(coffee, mask, method=method)
    grain = float(filled[mask].astype(float).std(axis=0).mean())
    assert grain > 0.4 * float(coffee[mask].astype(float).std(axis=0).mean())


@METHODS
def test_large_hole_is_copied_at_full_resolution(method):
    """The search stops at half resolution here; noise of one pixel's size must survive all the same."""
    rng = np.random.default_rng(3)
    noise = np.clip(rng.normal(128, 30, (700, 700, 3)), 0, 255).astype(np.uint8)
    mask = hole(noise.shape, 200, 430, 200, 430)
    filled = fill(noise, mask, method=method)
    inner = filled[250:380, 250:380, 0].astype(float)
    assert np.diff(inner, axis=1).std() > 15


@METHODS
def test_thin_scratch_is_closed_smoothly(coffee, method):
    mask = hole(coffee.shape, 0, 400, 300, 302)
    damaged = coffee.copy()
    damaged[mask] = 255
    assert error(fill(damaged, mask, method=method), coffee, mask) < 8


@METHODS
def test_many_small_holes_and_one_large(coffee, method):
    mask = hole(coffee.shape, 30, 90, 30, 90)
    for y, x in ((200, 500), (350, 40), (380, 580), (10, 580)):
        mask[y : y + 4, x : x + 4] = True
    damaged = coffee.copy()
    damaged[mask] = (255, 0, 255)
    filled = fill(damaged, mask, method=method)
    is_magenta = (filled[:, :, 0] > 230) & (filled[:, :, 1] < 30) & (filled[:, :, 2] > 230)
    assert not is_magenta.any()


@METHODS
def test_hole_at_the_frames_edge_and_corner(coffee, method):
    for box in ((0, 60, 0, 60), (340, 400, 540, 600), (0, 400, 0, 50)):
        mask = hole(coffee.shape, *box)
        damaged = coffee.copy()
        damaged[mask] = (255, 0, 255)
        filled = fill(damaged, mask, method=method)
        assert np.array_equal(filled[~mask], coffee[~mask])
        assert float(filled[mask][:, 1].mean()) > 5  # no magenta left


@METHODS
def test_nothing_to_fill_is_no_change(coffee, method):
    assert np.array_equal(fill(coffee, np.zeros(coffee.shape[:2], bool), method=method), coffee)


@METHODS
def test_nothing_to_fill_from_is_an_error_with_a_remedy(method):
    with pytest.raises(Unsupported, match="smaller") as caught:
        fill(np.zeros((20, 20, 3), np.uint8), np.ones((20, 20), bool), method=method)
    assert "较小" in caught.value.say("zh") or "小一些" in caught.value.say("zh")


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="mask"):
        fill(np.zeros((20, 20, 3), np.uint8), np.ones((20, 21), bool))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1), st.floats(0.02, 0.9),
    st.sampled_from(["learned", "classical"]),
)  # fmt: skip
def test_any_size_and_any_mask(height, width, seed, share, method):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = rng.random((height, width)) < share
    mask[rng.integers(height), rng.integers(width)] = False
    filled = fill(pixels, mask, method=method)
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
