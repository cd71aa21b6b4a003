"""Compositing and counting: copies are exact, mixes are right, alpha is weighed, differences are all found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from diptych.core.region import Region
from diptych.operations.composite import changed_pixels, composite, composite_box, settle_edges, soften

RNG = np.random.default_rng(0)


def noise(height, width, channels=3):
    return RNG.integers(0, 256, (height, width, channels), dtype=np.uint8)


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.floats(0, 1, width=32)),
    st.sampled_from([3, 4]),
    st.sampled_from([3, 4]),
)
@settings(max_examples=60, deadline=None)
def test_outside_is_before_and_inside_is_after(mask, channels_before, channels_after):
    region = settle_edges(Region(mask))
    before, after = noise(*mask.shape, channels_before), noise(*mask.shape, channels_after)
    out = composite(before, after, region)
    assert np.array_equal(out[region.mask == 0][:, :3], before[region.mask == 0][:, :3])
    assert np.array_equal(out[region.mask == 1][:, :3], after[region.mask == 1][:, :3])
    opaque = np.full(mask.shape, 255)
    assert np.array_equal(
        out[region.mask == 0][:, 3:],
        (before[:, :, 3] if channels_before == 4 else opaque)[region.mask == 0][:, None][:, : out.shape[2] - 3],
    )
    assert changed_pixels(before, out, region)[1] == 0


def test_between_is_mixed_by_the_mask():
    before, after = np.zeros((1, 5, 3), np.uint8), np.full((1, 5, 3), 200, np.uint8)
    mask = np.array([[0, 0.25, 0.5, 0.75, 1]], np.float32)
    assert composite(before, after, Region(mask))[0, :, 0].tolist() == [0, 50, 100, 150, 200]


def test_transparent_pixels_lend_no_color():
    before = np.array([[[255, 0, 0, 255]]], np.uint8)
    after = np.array([[[0, 255, 0, 0]]], np.uint8)  # green, but not there
    assert composite(before, after, Region(np.full((1, 1), 0.5, np.float32)))[0, 0].tolist() == [255, 0, 0, 128]


def test_box_and_whole_give_the_same():
    before, after = noise(50, 60), noise(50, 60)
    region = Region.from_box((5, 7, 31, 42), 50, 60).feather(2)
    x0, y0, x1, y1 = region.box
    assert np.array_equal(composite_box(before, after[y0:y1, x0:x1], region), composite(before, after, region))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_every_difference_is_counted(data):
    before = noise(30, 20, data.draw(st.sampled_from([3, 4])))
    after = before.copy()
    places = data.draw(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 19)), unique=True))
    for y, x in places:
        after[y, x, data.draw(st.integers(0, before.shape[2] - 1))] ^= 1
    region = Region.from_box((0, 0, 10, 30), 30, 20)
    inside = sum(x < 10 for _, x in places)
    assert changed_pixels(before, after, region) == (inside, len(places) - inside)
    assert changed_pixels(before, after) == (len(places), 0)


def test_soft_edges_are_soft_near_the_edge_only():
    region = Region.from_box((40, 40, 160, 160), 200, 200, "box", 0.7)
    soft = soften(region)
    assert soft.mask[100, 100] == 1
    assert soft.mask[10, 10] == 0
    assert 0.6 < soft.mask[100, 40] < 0.9
    assert 0.1 < soft.mask[100, 39] < 0.4
    assert (soft.label, soft.score) == ("box", 0.7)
    assert 30 <= soft.box[0] < 40


def test_softening_whole_and_empty_frames_changes_nothing():
    assert (soften(Region.whole(30, 40)).mask == 1).all()
    empty = Region(np.zeros((30, 40), np.float32))
    assert soften(empty).is_empty


@pytest.mark.parametrize("value", [0.001, 0.9995])
def test_negligible_mask_values_are_settled(value):
    assert set(np.unique(settle_edges(Region(np.full((2, 2), value, np.float32))).mask)) <= {0.0, 1.0}
