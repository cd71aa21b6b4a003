"""The finders on real photos: what is known to be in them, and where."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.vision.border import border_region
from diptych.vision.colors import BASIC, color_regions, membership
from diptych.vision.focus import focus, shallowness
from diptych.vision.ground import ground_region
from diptych.vision.landscape import landscape_region
from diptych.vision.skin import skin_region
from diptych.vision.subject import find_cutout, separate_parts, subject_region
from diptych.vision.tones import tone_region
from diptych.vision.working_copy import WorkingCopy, components, shrunk, without_holes


def _copy(rgb: np.ndarray) -> WorkingCopy:
    return WorkingCopy.of(Picture(np.ascontiguousarray(rgb)))


def _disc(height: int, width: int, x: int, y: int, radius: int) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


def _iou(region: Region, truth: np.ndarray) -> float:
    found = region.mask > 0.5
    return float((found & truth).sum() / (found | truth).sum())


@pytest.fixture(scope="module")
def rocket() -> WorkingCopy:
    """A white rocket on its pad against the evening sky."""
    return _copy(data.rocket())


@pytest.fixture(scope="module")
def coffee() -> WorkingCopy:
    """A white cup on a red saucer on a wooden table."""
    return _copy(data.coffee())


def test_the_subject_of_a_plain_scene_is_its_disc_at_full_resolution() -> None:
    rng = np.random.default_rng(0)
    pixels = np.full((900, 1200, 3), (70, 110, 160), np.uint8)
    truth = _disc(900, 1200, 650, 430, 210)
    pixels[truth] = (220, 90, 40)
    pixels = np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
    region = subject_region(_copy(pixels))
    assert _iou(region, truth) > 0.97
    assert region.score > 0.7


def test_nothing_stands_out_of_one_flat_colour() -> None:
    assert find_cutout(_copy(np.full((60, 80, 3), 128, np.uint8))) is None
    assert find_cutout(_copy(np.full((1, 1, 3), 128, np.uint8))) is None


def test_a_transparent_picture_has_its_opaque_part_as_subject() -> None:
    alpha = np.zeros((80, 100), np.uint8)
    alpha[20:60, 30:70] = 255
    pixels = np.dstack([data.coffee()[:80, :100], alpha])
    cutout = find_cutout(WorkingCopy.of(Picture(pixels)))
    assert cutout.score == 1.0
    np.testing.assert_array_equal(cutout.mask > 0.5, alpha > 127)


def test_two_things_apart_are_two_parts() -> None:
    pixels = np.full((240, 320, 3), (60, 100, 60), np.uint8)
    first, second = _disc(240, 320, 100, 120, 40), _disc(240, 320, 220, 120, 30)
    pixels[first | second] = (230, 200, 60)
    parts = separate_parts(find_cutout(_copy(pixels)))
    assert len(parts) == 2
    assert parts[0].score > parts[1].score
    assert (parts[0].mask[first].mean(), parts[1].mask[second].mean()) > (0.9, 0.9)


def test_the_same_picture_gives_the_same_cut_whatever_ran_before(coffee: WorkingCopy) -> None:
    first = find_cutout(coffee)
    cv2.setRNGSeed(12345)
    cv2.randu(np.empty((9, 9), np.uint8), 0, 255)
    np.testing.assert_array_equal(first.mask, find_cutout(coffee).mask)


def test_a_face_that_fills_the_frame_is_the_subject_with_its_ears_and_fur() -> None:
    region = subject_region(_copy(data.chelsea()))
    assert region.mask[:200, 60:260].mean() > 0.95
    assert region.mask[:, 400:].mean() < 0.05  # what is out of focus behind it


def test_a_head_hangs_together_with_its_body() -> None:
    copy = _copy(data.astronaut())
    cutout = find_cutout(copy)
    assert len(separate_parts(cutout)) == 1
    assert cutout.mask[205:230, 195:240].mean() > 0.8  # the neck


def test_a_picture_in_focus_all_over_is_not_shallow() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(50, 12, (120, 160, 3)).astype(np.float32)
    assert shallowness(focus(noise)) < 0.1
    noise[:, :, 0] = cv2.GaussianBlur(noise[:, :, 0], (0, 0), 4)
    noise[40:90, 50:110, 0] += rng.normal(0, 12, (50, 60))
    sharp = focus(noise)
    assert shallowness(sharp) > 0.9
    assert sharp[60, 80] > 0.8 > 0.2 > sharp[10, 10]


def test_the_astronaut_stands_out_and_shows_skin() -> None:
    copy = _copy(data.astronaut())
    region = subject_region(copy)
    assert region.mask[60:200, 190:260].mean() > 0.8  # her face
    assert region.mask[:100, :60].mean() < 0.2  # the flag's corner
    skin = skin_region(copy, find_cutout(copy).mask)
    assert skin.mask[110:140, 200:240].mean() > 0.7
    assert skin.mask[300:, 200:300].mean() < 0.3  # the orange suit


def test_sky_is_found_where_there_is_sky_and_only_there(rocket: WorkingCopy, coffee: WorkingCopy) -> None:
    sky = landscape_region(rocket, "sky")
    assert sky.score > 0.6
    assert sky.mask[:100, 100:280].mean() > 0.9
    assert sky.mask[-40:].mean() < 0.1
    # All of it: outside the towers at the sides, between their struts, and down to the clouds.
    assert sky.mask[:120, :10].mean() > 0.9
    assert sky.mask[:100, 15:60].mean() > 0.4
    assert sky.mask[250:280, 100:150].mean() > 0.9
    assert sky.mask[160:380, 312:328].mean() < 0.2  # the rocket
    assert landscape_region(coffee, "sky") is None
    assert landscape_region(coffee, "grass") is None
    assert landscape_region(coffee, "water") is None


def test_a_made_up_landscape_falls_into_its_parts() -> None:
    rng = np.random.default_rng(1)
    pixels = np.empty((300, 400, 3), np.float64)
    pixels[:150] = np.linspace(0, 1, 150)[:, None, None] * np.array([60, 40, 20]) + np.array([110, 160, 220])
    pixels[150:] = np.array([70, 130, 50]) + rng.normal(0, 14, (150, 400, 1))
    copy = _copy(np.clip(pixels, 0, 255).astype(np.uint8))
    top = np.arange(300)[:, None] < np.full(400, 150)
    assert _iou(landscape_region(copy, "sky"), top) > 0.95
    assert _iou(landscape_region(copy, "grass"), ~top) > 0.9
    assert _iou(ground_region(copy), ~top) > 0.9
    assert landscape_region(copy, "snow") is None


def test_the_red_of_the_saucer_is_red_and_the_cup_is_white(coffee: WorkingCopy) -> None:
    rgb = coffee.rgb.astype(int)
    red = color_regions(coffee, "#ff0000", "red")[0]
    inside = rgb[red.mask > 0.5]
    assert inside[:, 0].mean() - inside[:, 2].mean() > 80
    assert red.score > 0.5
    white = color_regions(coffee, "#ffffff", "white")[0]
    assert rgb[white.mask > 0.9].min(axis=1).mean() > 150
    assert color_regions(coffee, "#0000ff", "blue") == []


@pytest.mark.parametrize("color", ["#ff0000", "#ffff00", "#008000", "#00ffff", "#0000ff", "#800080", "#ffc0cb"])
def test_a_basic_colour_is_itself_and_no_other(color: str) -> None:
    from diptych.operations.color_space import hex_to_oklab

    patches = np.array([[hex_to_oklab(name) for name in BASIC]], np.float32)
    named = dict(zip(BASIC, membership(patches, color)[0], strict=True))
    assert named[color] > 0.5
    # CSS brown (#a52a2a) is a dark red as much as a brown.
    others = [name for name, share in named.items() if share > 0.5 and name not in (color, "#a52a2a")]
    assert others == []


def test_neutral_names_go_by_lightness() -> None:
    levels = np.zeros((1, 11, 3), np.float32)
    levels[0, :, 0] = np.linspace(0, 1, 11)
    black, gray, white = (membership(levels, name)[0] for name in ("#000000", "#808080", "#ffffff"))
    assert black[0] == white[-1] == 1.0
    assert gray.argmax() == 6
    assert black[5] == white[5] == 0.0


def test_shadows_are_dark_and_highlights_light(coffee: WorkingCopy) -> None:
    luma = coffee.picture.rgb.mean(axis=2)
    shadows, highlights = tone_region(coffee, "shadows"), tone_region(coffee, "highlights")
    assert luma[shadows.mask > 0.9].mean() < luma.mean() - 30
    assert luma[highlights.mask > 0.9].mean() > luma.mean() + 60
    assert tone_region(_copy(np.full((20, 20, 3), 140, np.uint8)), "highlights") is None


def test_refining_puts_the_edge_on_the_pictures_edge_and_leaks_nothing() -> None:
    pixels = np.full((1000, 1400, 3), 40, np.uint8)
    truth = _disc(1000, 1400, 700, 500, 300)
    pixels[truth] = 210
    copy = _copy(pixels)
    rough = np.asarray(shrunk(truth[..., None].repeat(3, 2).astype(np.uint8) * 255, 512)[..., 0] > 127, np.float32)
    fine = copy.refine(rough)
    assert fine.shape == (1000, 1400)
    assert _iou(Region(fine), truth) > 0.99
    assert fine[:100].max() == 0.0
    assert fine[500, 700] == 1.0


def test_components_and_holes() -> None:
    binary = np.zeros((40, 40), bool)
    binary[2:20, 2:20] = True
    binary[8:10, 8:10] = False
    binary[30:35, 30:35] = True
    binary[38, 0] = True
    parts = components(binary, smallest=0.01)
    assert [int(part.sum()) for part in parts] == [18 * 18 - 4, 25]
    assert without_holes(parts[0], largest=0.01).sum() == 18 * 18
    assert without_holes(parts[0], largest=0.001).sum() == 18 * 18 - 4


def test_a_border_is_found_where_there_is_one() -> None:
    photo = data.coffee()
    framed = np.pad(photo, ((20, 20), (30, 10), (0, 0)), constant_values=250)
    framed[::2, ::3] -= np.uint8(3)
    region = border_region(framed)
    truth = np.ones(framed.shape[:2], bool)
    truth[20:-20, 30:-10] = False
    np.testing.assert_array_equal(region.mask > 0.5, truth)
    bars = border_region(np.pad(photo, ((40, 40), (0, 0), (0, 0))))
    assert bars.area == pytest.approx(80 / (photo.shape[0] + 80), abs=0.02)
    assert border_region(photo) is None
    assert border_region(np.full((9, 9, 3), 7, np.uint8)) is None
    assert border_region(photo[:1, :1]) is None
