"""Crop, rotate, straighten, flip, resize: what is kept, what is lossless, and what a region alone does."""

import numpy as np
import pytest
from skimage import data

from diptych.core.errors import InvalidPlan, Unsupported
from diptych.core.operation import Crop, Flip, Resize, Rotate, Straighten
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import geometry
from diptych.operations.change import Context
from diptych.operations.tilt import measure_tilt
from diptych.operations.turning import inner_size, turn_frame

CONTEXT = Context()


@pytest.fixture(scope="module")
def coffee():
    return Picture(data.coffee())


@pytest.fixture(scope="module")
def astronaut():
    return Picture(data.astronaut())


def with_alpha(picture):
    height, width = picture.pixels.shape[:2]
    alpha = np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))
    return Picture(np.dstack([picture.pixels, alpha]))


def cropped(picture, region=None, **said):
    return geometry.crop(picture, Crop(**said), region, CONTEXT).pixels


@pytest.mark.parametrize(
    ("said", "box"),
    [
        ({}, (60, 40, 540, 360)),
        ({"aspect": 1.0}, (100, 0, 500, 400)),
        ({"aspect": 1.0, "anchor": "left"}, (0, 0, 400, 400)),
        ({"aspect": 3.0, "anchor": "bottom"}, (0, 200, 600, 400)),
        ({"zoom": 2.0}, (150, 100, 450, 300)),
        ({"zoom": 2.0, "anchor": "top right"}, (300, 0, 600, 200)),
        ({"cut": ("left",)}, (90, 0, 600, 400)),
        ({"cut": ("top", "bottom"), "share": 0.25}, (0, 100, 600, 300)),
        ({"share": 0.5}, (150, 100, 450, 300)),
        ({"box": (0.5, 0.0, 1.0, 0.25)}, (300, 0, 600, 100)),
        ({"width": 100, "height": 50, "anchor": "bottom right"}, (500, 350, 600, 400)),
        ({"width": 300}, (150, 0, 450, 400)),
        ({"height": 100, "aspect": 2.0}, (200, 150, 400, 250)),
        ({"anchor": "left half"}, (0, 0, 300, 400)),
        ({"anchor": "middle third"}, (200, 0, 400, 400)),
    ],
)
def test_crop_keeps_exactly_the_box_it_says(coffee, said, box):
    x0, y0, x1, y1 = box
    kept = cropped(coffee, **said)
    assert np.array_equal(kept, coffee.pixels[y0:y1, x0:x1])
    assert not kept.flags.writeable  # it may be a view of the source


def test_crop_to_a_target_keeps_it_with_a_margin_and_in_the_wanted_aspect(astronaut):
    face = Region.from_box((170, 20, 280, 190), 512, 512)
    tight = cropped(astronaut, face)
    assert tight.shape[:2] == (197, 137)  # 170 and 110, and 8 % of 170 on each side
    square = cropped(astronaut, face, aspect=1.0)
    assert square.shape[0] == square.shape[1] >= 170
    closer = cropped(astronaut, face, zoom=3.0)
    assert closer.shape[0] < square.shape[0]
    assert closer.shape[0] >= 170


def test_crop_target_wider_than_the_aspect_allows_stays_in_the_frame(coffee):
    everything = Region.whole(400, 600)
    assert cropped(coffee, everything, aspect=0.5).shape == (400, 200, 3)


def test_orientation_stands_for_three_to_four_and_keeps_the_busy_side():
    pixels = np.full((300, 600, 3), 120, np.uint8)
    pixels[:, 400:560] = data.astronaut()[:300, 150:310]
    picture = Picture(pixels)
    portrait = cropped(picture, orientation="portrait")
    assert portrait.shape == (300, 225, 3)
    assert np.abs(portrait.astype(int) - 120).mean() > 25
    assert cropped(picture, orientation="landscape").shape == (300, 400, 3)
    assert cropped(picture, orientation="portrait", aspect=16 / 9).shape == (300, 169, 3)


def test_circle_is_transparent_outside_and_soft_at_its_edge(coffee):
    circle = cropped(coffee, shape="circle")
    assert circle.shape == (400, 400, 4)
    assert np.array_equal(circle[:, :, :3], coffee.pixels[:, 100:500])
    alpha = circle[:, :, 3]
    assert alpha[0, 0] == 0
    assert alpha[200, 200] == 255
    assert alpha.mean() / 255 == pytest.approx(np.pi / 4, abs=0.001)
    assert 0 < np.count_nonzero((alpha > 0) & (alpha < 255)) < 4000
    assert cropped(coffee, shape="circle", aspect=1.5).shape == (400, 600, 4)


def test_crop_that_leaves_nothing_or_does_not_fit_says_so(coffee):
    with pytest.raises(Unsupported, match="60%"):
        cropped(coffee, cut=("left", "right"), share=0.6)
    with pytest.raises(Unsupported, match="2000x400"):
        cropped(coffee, width=2000)
    with pytest.raises(Unsupported, match="holds nothing"):
        cropped(coffee, box=(0.5, 0.0, 0.5, 1.0))


def test_crop_of_one_pixel():
    assert cropped(Picture(np.zeros((1, 1, 3), np.uint8)), zoom=10.0).shape == (1, 1, 3)


def test_quarter_turns_are_lossless_and_clockwise(coffee):
    turned = geometry.rotate(coffee, Rotate(degrees=90), None, CONTEXT).pixels
    assert np.array_equal(turned, np.rot90(coffee.pixels, -1))
    back = turn_frame(turned, 270)
    assert np.array_equal(back, coffee.pixels)
    assert np.array_equal(turn_frame(coffee.pixels, -360), coffee.pixels)


@pytest.mark.parametrize("degrees", [3.0, -7.5, 30.0, 45.0, 100.0, 181.0])
def test_other_turns_have_no_empty_corners(degrees):
    white = np.full((300, 500, 3), 255, np.uint8)
    assert turn_frame(white, degrees).min() == 255
    width, height = inner_size(500, 300, degrees)
    assert turn_frame(white, degrees).shape == (height, width, 3)


def test_small_turn_there_and_back_keeps_the_middle(coffee):
    there = turn_frame(coffee.pixels, 5)
    back = turn_frame(there, -5)
    height, width = back.shape[:2]
    top, left = (400 - height) // 2, (600 - width) // 2
    same = coffee.pixels[top : top + height, left : left + width].astype(float)
    assert np.abs(same - back)[60:-60, 60:-60].mean() < 6


def test_alpha_turns_along_without_dark_edges(coffee):
    turned = geometry.rotate(with_alpha(coffee), Rotate(degrees=90), None, CONTEXT).pixels
    assert np.array_equal(turned[:, :, 3], np.rot90(with_alpha(coffee).pixels[:, :, 3], -1))
    cutout = np.zeros((200, 200, 4), np.uint8)
    cutout[50:150, 50:150] = (255, 255, 255, 255)
    turned = turn_frame(cutout, 20)
    visible = turned[turned[:, :, 3] > 16]
    assert visible[:, :3].min() > 235


@pytest.mark.parametrize("name", ["astronaut", "camera", "rocket"])
@pytest.mark.parametrize("degrees", [-5.5, -2.0, 3.3, 6.0])
def test_tilt_follows_a_known_turn_within_half_a_degree(name, degrees):
    pixels = getattr(data, name)()
    pixels = np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
    upright = measure_tilt(pixels)
    turned = measure_tilt(turn_frame(pixels, degrees))
    assert upright is not None
    assert turned is not None
    assert turned - upright == pytest.approx(degrees, abs=0.5)


def test_straighten_levels_a_leaning_picture(astronaut):
    leaning = Picture(turn_frame(astronaut.pixels, 4.0))
    straight = geometry.straighten(leaning, Straighten(), None, CONTEXT).pixels
    assert straight.shape[0] < leaning.height
    assert abs(measure_tilt(straight)) < 0.5
    said = geometry.straighten(leaning, Straighten(degrees=-4.0), None, CONTEXT).pixels
    assert abs(said.shape[0] - straight.shape[0]) < 12


def test_straighten_without_lines_asks_for_the_angle():
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    with pytest.raises(Unsupported, match="Say the angle"):
        geometry.straighten(Picture(noise), Straighten(), None, CONTEXT)
    with pytest.raises(Unsupported):
        geometry.straighten(Picture(np.zeros((5, 5, 3), np.uint8)), Straighten(), None, CONTEXT)


def test_flip_is_its_own_inverse(coffee):
    for axis, mirrored in (("horizontal", coffee.pixels[:, ::-1]), ("vertical", coffee.pixels[::-1])):
        flipped = geometry.flip(coffee, Flip(axis=axis), None, CONTEXT).pixels
        assert np.array_equal(flipped, mirrored)
        assert flipped.flags.c_contiguous


def test_flip_of_a_rectangle_mirrors_it_in_place_and_nothing_else(coffee):
    region = Region.from_box((100, 50, 300, 250), 400, 600)
    change = geometry.flip(coffee, Flip(), region, CONTEXT)
    expected = coffee.pixels.copy()
    expected[50:250, 100:300] = coffee.pixels[50:250, 100:300][:, ::-1]
    assert np.array_equal(change.pixels, expected)


def test_turning_a_region_moves_only_what_it_touched(coffee):
    region = Region.from_box((220, 140, 340, 220), 400, 600)
    change = geometry.rotate(coffee, Rotate(degrees=90), region, CONTEXT)
    untouched = change.touched.mask == 0
    assert np.array_equal(change.pixels[untouched], coffee.pixels[untouched])
    turned = np.rot90(coffee.pixels[140:220, 220:340], -1)
    middle = change.pixels[180 - 40 : 180 + 40, 280 - 30 : 280 + 30]
    assert np.abs(middle.astype(int) - turned[20:-20, 10:-10]).mean() < 3
    corners = change.pixels[150:210, 222:236]
    assert not np.array_equal(corners, coffee.pixels[150:210, 222:236])


def test_an_empty_region_changes_nothing(coffee):
    nothing = Region(np.zeros((400, 600), np.float32))
    assert np.array_equal(geometry.rotate(coffee, Rotate(degrees=30), nothing, CONTEXT).pixels, coffee.pixels)


@pytest.mark.parametrize(
    ("said", "shape"),
    [
        ({"width": 300}, (200, 300)),
        ({"height": 100}, (100, 150)),
        ({"width": 50, "height": 60}, (60, 50)),
        ({"factor": 0.5}, (200, 300)),
        ({"longest": 1200}, (800, 1200)),
        ({"shortest": 40}, (40, 60)),
        ({"factor": 0.0001}, (1, 1)),
    ],
)
def test_resize_to_each_way_of_saying_it(coffee, said, shape):
    change = geometry.resize(coffee, Resize(**said), None, CONTEXT)
    assert change.pixels.shape == (*shape, 3)
    assert change.engine == ("lanczos" if shape > (400, 600) else "area")


def test_shrinking_averages_areas_and_enlarging_keeps_the_picture(coffee):
    small = geometry.resize(coffee, Resize(factor=0.5), None, CONTEXT).pixels
    means = coffee.pixels.reshape(200, 2, 300, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - means).max() <= 1
    large = geometry.resize(coffee, Resize(factor=3), None, CONTEXT).pixels
    again = geometry.resize(Picture(large), Resize(width=600), None, CONTEXT).pixels
    assert np.abs(again.astype(int) - coffee.pixels).mean() < 1.5


def test_resize_does_not_bleed_hidden_colours():
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :, 1] = 255
    pixels[16:48, 16:48] = (255, 255, 255, 255)
    small = geometry.resize(Picture(pixels), Resize(width=23), None, CONTEXT).pixels
    visible = small[small[:, :, 3] > 8]
    assert visible[:, 0].min() > 240


def test_resize_refuses_the_unsayable_and_the_huge(coffee):
    with pytest.raises(InvalidPlan, match="nothing"):
        geometry.resize(coffee, Resize(), None, CONTEXT)
    with pytest.raises(InvalidPlan, match="factor, width"):
        geometry.resize(coffee, Resize(width=10, factor=2), None, CONTEXT)
    with pytest.raises(Unsupported, match="megapixels"):
        geometry.resize(coffee, Resize(width=90_000, height=90_000), None, CONTEXT)
