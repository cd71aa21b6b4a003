"""Scratches that were drawn on photos are found, and little else; filling them leaves the rest as it was."""

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.errors import TargetNotFound
from diptych.core.operation import Remove, Restore
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations import restoring
from diptych.operations.change import Context
from diptych.operations.scratches import find_scratches
from diptych.operations.things import remove
from drawn_scratches import scratched

PHOTOS = {"astronaut": data.astronaut, "coffee": data.coffee, "cat": data.chelsea}
CONTEXT = Context()
SEEN = 24
"""Levels: what a line changes by less can't be seen, white on white."""


def mended(picture, region=None, **said):
    return restoring.restore(picture, Restore(strength=0.0, scratches=True, **said), region, CONTEXT)


@pytest.mark.parametrize("name", PHOTOS)
def test_drawn_scratches_are_found_and_little_else(name):
    photo = PHOTOS[name]()
    assert find_scratches(photo).mean() < 0.005
    recall, precision = [], []
    for seed in (1, 2, 3):
        made, mask = scratched(photo, seed)
        found = find_scratches(made)
        visible = mask & (np.abs(made.astype(int) - photo).max(axis=2) >= SEEN)
        recall.append((found & visible).sum() / visible.sum())
        near = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        precision.append((found & near).sum() / found.sum())
    assert np.mean(recall) >= 0.8
    assert np.mean(precision) >= 0.8


@pytest.mark.parametrize("photo", [data.gravel, data.grass])
def test_texture_is_not_scratched(photo):
    assert find_scratches(np.dstack([photo()] * 3)).mean() < 0.01


def test_edges_are_no_lines():
    steps = np.repeat(np.uint8([20, 240, 20, 240]), 80)
    assert not find_scratches(np.dstack([np.tile(steps, (320, 1))] * 3)).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (47, 47), (48, 48), (200, 60)])
def test_any_size_has_an_answer(size):
    flat = np.full((*size, 3), 128, np.uint8)
    assert find_scratches(flat).shape == size
    assert not find_scratches(flat).any()


def test_a_large_scan_is_looked_at_smaller():
    photo = cv2.resize(data.chelsea(), (2706, 1800), interpolation=cv2.INTER_CUBIC)
    cv2.line(photo, (300, 200), (2300, 1500), (250, 250, 250), 7, cv2.LINE_AA)
    found = find_scratches(photo)
    line = np.zeros(photo.shape[:2], np.uint8)
    cv2.line(line, (300, 200), (2300, 1500), 1, 7)
    assert found.shape == photo.shape[:2]
    assert found[line > 0].mean() > 0.9
    assert found.mean() < 2 * line.mean() + 0.005


@pytest.mark.parametrize("fill", ["learned", "classical"])
def test_scratches_are_filled_and_nothing_else_changes(fill):
    photo = data.chelsea()
    made, mask = scratched(photo, 3, count=4)
    change = mended(Picture(made), fill=fill)
    untouched = change.touched.mask == 0
    assert np.array_equal(change.pixels[untouched], made[untouched])
    before, after = (np.abs(pixels.astype(int) - photo)[mask].mean() for pixels in (made, change.pixels))
    assert after < 0.3 * before
    assert ("inpainter" in change.engine) == (fill == "learned")


def test_only_those_in_the_region_and_alpha_stays():
    made, _ = scratched(data.chelsea(), 3, count=6)
    clear = Picture(np.dstack([made, np.full(made.shape[:2], 90, np.uint8)]))
    left = Region.from_box((0, 0, 220, 300), 300, 451)
    change = mended(clear, left, fill="classical")
    assert not change.touched.mask[:, 220:].any()
    assert np.array_equal(change.pixels[:, 220:], clear.pixels[:, 220:])
    assert (change.pixels[:, :, 3] == 90).all()


def test_removing_them_is_the_same_and_a_mask_wins():
    made, _ = scratched(data.chelsea(), 3, count=4)
    step = Remove(target=Target(noun="scratch"), fill="classical")
    assert np.array_equal(
        remove(Picture(made), step, None, CONTEXT).pixels, mended(Picture(made), fill="classical").pixels
    )
    own = Region.from_box((10, 10, 40, 20), 300, 451)
    masked = remove(Picture(made), step, own, Context(mask=own))
    filled = masked.touched.mask > 0
    assert filled[own.mask > 0].all()
    assert filled.sum() < 4 * (own.mask > 0).sum()


def test_none_found_is_said():
    with pytest.raises(TargetNotFound, match="--mask") as error:
        mended(Picture(np.full((100, 100, 3), 128, np.uint8)))
    assert "划痕" in error.value.say("zh")
