"""Places in the frame: geometry, and which regions lie at a place."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.region import Region
from diptych.core.target import Place
from diptych.vision.places import centroid, fitness, place_region

PLACES = [place for place in get_args(Place) if place not in ("foreground", "background")]


@pytest.mark.parametrize("place", PLACES)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_every_place_is_there_in_a_frame_of_any_size(place: Place, height: int, width: int) -> None:
    region = place_region(place, height, width)
    assert region is not None
    assert not region.is_empty
    assert region.mask.shape == (height, width)
    assert set(np.unique(region.mask)) <= {0.0, 1.0}


def test_halves_share_the_frame_between_them() -> None:
    left, right = place_region("left half", 7, 9), place_region("right half", 7, 9)
    np.testing.assert_array_equal(left.mask + right.mask, np.ones((7, 9)))
    thirds = [place_region(place, 7, 10).mask for place in ("left third", "middle third", "right third")]
    np.testing.assert_array_equal(sum(thirds), np.ones((7, 10)))


def test_corner_names_say_where() -> None:
    assert place_region("top left", 90, 120).box == (0, 0, 40, 30)
    assert place_region("bottom right", 90, 120).box == (80, 60, 120, 90)
    assert place_region("left half", 90, 120).box == (0, 0, 60, 90)


def test_edges_are_the_rim_and_corners_its_four_ends() -> None:
    edges, corners = place_region("edges", 100, 100), place_region("corners", 100, 100)
    assert edges.mask[50, 0] == edges.mask[0, 50] == edges.mask[99, 50] == 1
    assert edges.mask[50, 50] == corners.mask[50, 50] == corners.mask[0, 50] == 0
    assert all(corners.mask[y, x] == 1 for y in (0, 99) for x in (0, 99))


def test_depth_is_no_position() -> None:
    assert place_region("background", 10, 10) is None


def test_fitness_goes_by_the_centroid() -> None:
    left = Region.from_box((10, 40, 30, 60), 100, 100)
    assert centroid(left) == pytest.approx((0.2, 0.5))
    assert fitness(left, "left") > fitness(left, "left half") * 0.5 > 0
    assert fitness(left, "right") == fitness(left, "right half") == fitness(left, "bottom right") == 0
    assert fitness(left, "left third") == 1
