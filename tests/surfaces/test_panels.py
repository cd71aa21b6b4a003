"""Regions outlined, and before and after side by side."""

from __future__ import annotations

import numpy as np
from skimage import data

from diptych import Picture, Region
from diptych.panels import PALETTE, outlined, side_by_side


def cat() -> Picture:
    return Picture.from_array(data.chelsea())


def test_the_edge_is_drawn_and_the_rest_is_untouched() -> None:
    picture = cat()
    region = Region.from_box((100, 80, 200, 180), picture.height, picture.width)
    drawn = outlined(picture, [region]).pixels
    assert tuple(drawn[179, 150]) == PALETTE[0]
    assert np.array_equal(drawn[110:150, 130:170], picture.rgb[110:150, 130:170])
    assert np.array_equal(drawn[:60], picture.rgb[:60])


def test_colours_follow_the_number_of_the_step() -> None:
    picture = cat()
    region = Region.from_box((100, 80, 200, 180), picture.height, picture.width)
    assert tuple(outlined(picture, [None, region]).pixels[179, 150]) == PALETTE[1]


def test_a_region_at_the_rim_has_an_edge_there() -> None:
    picture = cat()
    drawn = outlined(picture, [Region.whole(picture.height, picture.width)]).pixels
    assert tuple(drawn[-1, picture.width // 2]) == PALETTE[0]
    assert tuple(drawn[picture.height // 2, -1]) == PALETTE[0]


def test_what_does_not_fit_is_passed_over() -> None:
    picture = cat()
    empty = Region(np.zeros((picture.height, picture.width), np.float32))
    assert np.array_equal(outlined(picture, [None, Region.whole(5, 5), empty]).pixels, picture.rgb)


def test_labels_stay_inside_and_may_be_chinese() -> None:
    picture = cat()
    corner = Region.from_box(
        (picture.width - 9, picture.height - 9, picture.width, picture.height),
        picture.height,
        picture.width,
        "天空 sky" * 9,
    )
    assert outlined(picture, [corner]).pixels.shape == picture.rgb.shape
    tiny = Picture(np.zeros((1, 1, 3), np.uint8))
    assert outlined(tiny, [Region.whole(1, 1, "everything")]).pixels.shape == (1, 1, 3)


def test_a_shrunk_copy() -> None:
    picture = cat()
    drawn = outlined(picture, [Region.whole(picture.height, picture.width)], longest=90)
    assert (drawn.width, drawn.height) == (90, 60)


def test_panels_of_different_frames_stand_at_one_height() -> None:
    before, after = cat(), Picture(np.full((150, 100, 4), 255, np.uint8))
    panels = side_by_side(before, after, height=200)
    assert panels.height == 200
    assert panels.width == 301 + 12 + 100
    assert tuple(panels.pixels[0, -50]) == (255, 255, 255)


def test_transparency_shows_a_checkerboard() -> None:
    clear = Picture(np.zeros((32, 32, 4), np.uint8))
    shown = side_by_side(clear, clear).pixels
    assert {tuple(shown[0, 0]), tuple(shown[0, 20])} == {(204, 204, 204), (255, 255, 255)}
