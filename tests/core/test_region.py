"""Region: its box, its algebra, its edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diptych.core.region import Region

MASKS = hnp.arrays(np.float32, (6, 9), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0]))


@given(MASKS, MASKS)
@settings(max_examples=60, deadline=None)
def test_the_algebra_of_fuzzy_sets(a: np.ndarray, b: np.ndarray) -> None:
    first, second = Region(a), Region(b)
    assert np.array_equal((first & second).mask, np.minimum(a, b))
    assert np.array_equal((first | second).mask, np.maximum(a, b))
    assert np.array_equal((~~first).mask, a)
    assert np.array_equal((~(first & second)).mask, (~first | ~second).mask)


@given(MASKS)
@settings(max_examples=60, deadline=None)
def test_the_box_is_tight(mask: np.ndarray) -> None:
    region = Region(mask)
    x0, y0, x1, y1 = region.box
    inside = np.zeros_like(mask)
    inside[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    assert np.array_equal(inside, mask)
    assert region.is_empty == (not mask.any())
    if not region.is_empty:
        edges = (mask[y0, x0:x1], mask[y1 - 1, x0:x1], mask[y0:y1, x0], mask[y0:y1, x1 - 1])
        assert all(edge.any() for edge in edges)


def test_from_box_is_clipped() -> None:
    region = Region.from_box((-5, 2, 4, 99), height=6, width=9, label="corner", score=0.5)
    assert region.box == (0, 2, 4, 6)
    assert region.area == pytest.approx(16 / 54)
    assert (region.label, region.score, region.width, region.height) == ("corner", 0.5, 9, 6)
    assert Region.from_box((20, 20, 30, 30), 6, 9).is_empty
    assert Region.from_box((-9, -9, -1, -1), 6, 9).is_empty


def test_whole() -> None:
    region = Region.whole(4, 5, "all")
    assert region.box == (0, 0, 5, 4)
    assert region.area == 1.0


def test_labels_and_scores_combine() -> None:
    sky, sea = Region.from_box((0, 0, 9, 2), 6, 9, "sky", 0.9), Region.from_box((0, 4, 9, 6), 6, 9, "sea", 0.6)
    assert ((sky | sea).label, (sky & sea).label, (~sky).label) == ("sky or sea", "sky and sea", "not sky")
    assert (sky | sea).score == 0.6
    assert (~Region.whole(2, 2)).label == ""


def test_feather_softens_only_the_edge() -> None:
    hard = Region.from_box((20, 20, 60, 60), 80, 80)
    soft = hard.feather(2)
    assert soft.mask[40, 40] == pytest.approx(1, abs=1e-5)
    assert soft.mask[5, 5] == 0
    assert soft.mask[40, 20] == pytest.approx(0.6, abs=0.02)  # the edge lies between pixels 19 and 20
    assert soft.mask[40, 19] == pytest.approx(0.4, abs=0.02)
    assert soft.area == pytest.approx(hard.area, rel=1e-3)
    assert hard.feather(0) is hard
    assert np.allclose(Region.whole(9, 9).feather(3).mask, 1)


def test_grow_and_shrink() -> None:
    hard = Region.from_box((20, 20, 60, 60), 80, 80)
    assert hard.grow(5).box == (15, 15, 65, 65)
    assert hard.grow(-5).box == (25, 25, 55, 55)
    assert hard.grow(5).mask[15, 15] == 0  # a disc rounds the corners
    assert hard.grow(0) is hard
    assert hard.grow(-30).is_empty


def test_a_mask_can_not_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Region.whole(2, 2).mask[0, 0] = 0


@pytest.mark.parametrize(
    "mask",
    [np.zeros((0, 3)), np.zeros(3), np.full((2, 2), 1.5), np.full((2, 2), -0.1), np.full((2, 2), np.nan)],
    ids=str,
)
def test_what_is_no_mask(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a region's mask"):
        Region(mask)


def test_regions_of_two_pictures_do_not_mix() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Region.whole(2, 2) & Region.whole(2, 3)
