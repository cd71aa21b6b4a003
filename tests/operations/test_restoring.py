"""Restoring and enlarging: measured against the photo that was damaged or shrunk."""

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.errors import Unsupported
from diptych.core.operation import Restore, Upscale
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import restoring
from diptych.operations.change import Context

CONTEXT = Context()


def restored(picture, region=None, **said):
    return restoring.restore(picture, Restore(**said), region, CONTEXT)


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


@pytest.fixture(scope="module")
def faded():
    clean = data.astronaut()
    noise = np.random.default_rng(0).normal(0, 8, clean.shape)
    return Picture(np.clip(clean * 0.55 + np.array([70, 60, 45]) + noise, 0, 255).astype(np.uint8))


def test_a_faded_noisy_photo_comes_nearer_to_what_it_was(faded):
    change = restored(faded)
    assert psnr(change.pixels, data.astronaut()) > psnr(faded.pixels, data.astronaut()) + 4
    assert change.engine == "classical restoration"
    assert not change.seeded


def test_strength_scales_it(faded):
    full, half = restored(faded).pixels, restored(faded, strength=0.5).pixels
    assert np.abs(half.astype(int) - faded.pixels).mean() < np.abs(full.astype(int) - faded.pixels).mean()
    assert np.abs(restored(faded, strength=0.0).pixels.astype(int) - faded.pixels).max() <= 1


def test_a_good_photo_changes_little():
    good = Picture(data.astronaut())
    assert psnr(restored(good).pixels, good.pixels) > 22


def test_a_scratch_is_filled_in():
    clean = data.astronaut()
    mask = np.zeros((512, 512), np.uint8)
    cv2.line(mask, (40, 60), (420, 300), 1, 1)
    scratched = Picture(np.where(mask[:, :, None] > 0, np.uint8(255), clean))
    change = restored(scratched, Region(mask.astype(np.float32)))
    outside = mask == 0
    assert np.array_equal(change.pixels[outside], clean[outside])
    assert np.abs(change.pixels[~outside].astype(int) - clean[~outside]).mean() < 30
    assert change.engine == "inpaint"


def test_alpha_and_tiny_pictures(faded):
    clear = Picture(np.dstack([faded.pixels, np.full((512, 512), 77, np.uint8)]))
    assert (restored(clear).pixels[:, :, 3] == 77).all()
    for shape in ((1, 1, 3), (2, 30, 4)):
        assert restored(Picture(np.full(shape, 90, np.uint8))).pixels.shape == shape


@pytest.mark.parametrize("factor", [2.0, 3.0, 4.0])
def test_upscaling_beats_bicubic(factor):
    small_side = int(480 / factor)
    whole = data.astronaut()[:480, :480]
    small = cv2.resize(whole, (small_side, small_side), interpolation=cv2.INTER_AREA)
    change = restoring.upscale(Picture(small), Upscale(factor=factor), None, CONTEXT)
    assert change.pixels.shape == (480, 480, 3)
    assert change.engine.startswith("lanczos")
    bicubic = cv2.resize(small, (480, 480), interpolation=cv2.INTER_CUBIC)
    assert psnr(change.pixels, whole) > psnr(bicubic, whole) + 0.3


def test_upscaling_keeps_alpha_flat_colours_and_limits():
    flat = np.full((20, 30, 4), 120, np.uint8)
    assert (restoring.upscale(Picture(flat), Upscale(factor=2.5), None, CONTEXT).pixels == 120).all()
    assert restoring.upscale(Picture(flat[:1, :1, :3]), Upscale(factor=8), None, CONTEXT).pixels.shape == (8, 8, 3)
    with pytest.raises(Unsupported, match="megapixels"):
        restoring.upscale(Picture(np.zeros((4000, 4000, 3), np.uint8)), Upscale(factor=8), None, CONTEXT)
