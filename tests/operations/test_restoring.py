"""Restoring: measured against the photo that was damaged."""

import re

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.operation import Restore
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import restoring
from diptych.operations.change import Context
from drawn_scratches import scratched

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
    assert re.fullmatch(r"cleaner \w+, classical restoration", change.engine)
    assert not change.seeded


def test_strength_scales_it(faded):
    full, half = restored(faded).pixels, restored(faded, strength=0.5).pixels
    assert np.abs(half.astype(int) - faded.pixels).mean() < np.abs(full.astype(int) - faded.pixels).mean()
    assert np.abs(restored(faded, strength=0.0).pixels.astype(int) - faded.pixels).max() <= 1


def test_a_good_photo_changes_little():
    good = Picture(data.astronaut())
    change = restored(good)
    assert psnr(change.pixels, good.pixels) > 25
    assert change.engine == "classical restoration"


def test_the_noise_can_be_said(faded):
    left, taken = restored(faded, sigma=0.0), restored(faded, sigma=8.0)
    assert left.engine == "classical restoration"
    assert "cleaner" in taken.engine
    assert psnr(taken.pixels, data.astronaut()) > psnr(left.pixels, data.astronaut()) + 2


def test_scratches_go_with_the_rest():
    photo = data.chelsea()
    made, mask = scratched(photo, 3, count=4)
    change = restored(Picture(made), scratches=True, fill="classical")
    assert change.engine.startswith("exemplar inpainting, ")
    kept = restored(Picture(made)).pixels
    assert np.abs(change.pixels.astype(int) - photo)[mask].mean() < 0.4 * np.abs(kept.astype(int) - photo)[mask].mean()
    assert "inpainting" not in restored(Picture(np.full((90, 90, 3), 99, np.uint8)), scratches=True).engine


def test_a_scratch_is_filled_in():
    clean = data.astronaut()
    mask = np.zeros((512, 512), np.uint8)
    cv2.line(mask, (40, 60), (420, 300), 1, 1)
    scratched = Picture(np.where(mask[:, :, None] > 0, np.uint8(255), clean))
    change = restored(scratched, Region(mask.astype(np.float32)))
    outside = mask == 0
    assert np.array_equal(change.pixels[outside], clean[outside])
    assert np.abs(change.pixels[~outside].astype(int) - clean[~outside]).mean() < 30
    assert change.engine.startswith("inpainter ")


def test_alpha_and_tiny_pictures(faded):
    clear = Picture(np.dstack([faded.pixels, np.full((512, 512), 77, np.uint8)]))
    assert (restored(clear).pixels[:, :, 3] == 77).all()
    for shape in ((1, 1, 3), (2, 30, 4)):
        assert restored(Picture(np.full(shape, 90, np.uint8))).pixels.shape == shape
