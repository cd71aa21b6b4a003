"""Styles: every one paints any picture, the same one from the same seed, and looks like what it says."""

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.errors import Unsupported
from diptych.core.operation import Restyle
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Context
from diptych.operations.styles import STYLES, restyle

CONTEXT = Context(seed=1)


@pytest.fixture(scope="module")
def chelsea():
    return Picture(np.ascontiguousarray(data.chelsea()[:240, :320]))


def styled(picture, style, strength=1.0, region=None, context=CONTEXT):
    return restyle(picture, Restyle(style=style, strength=strength), region, context)


@pytest.mark.parametrize("style", STYLES)
def test_each_style_changes_the_picture_and_is_the_same_twice(chelsea, style):
    change = styled(chelsea, style)
    assert change.pixels.shape == chelsea.pixels.shape
    assert change.pixels.dtype == np.uint8
    assert np.abs(change.pixels.astype(int) - chelsea.pixels).mean() > 3
    assert np.array_equal(styled(chelsea, style).pixels, change.pixels)
    assert change.pixels.std() > 8, "a style that leaves nothing to see"
    assert style in change.engine


@pytest.mark.parametrize("style", STYLES)
def test_each_style_says_truly_whether_it_draws_random_numbers(chelsea, style):
    other = styled(chelsea, style, context=Context(seed=2))
    assert np.array_equal(other.pixels, styled(chelsea, style).pixels) == (not other.seeded)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 40, 4)])
def test_each_style_bears_tiny_pictures_and_alpha(style, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    after = styled(Picture(pixels), style).pixels
    assert after.shape == shape
    assert np.array_equal(after[:, :, 3:], pixels[:, :, 3:])


def test_a_region_is_all_that_changes(chelsea):
    region = Region.from_box((60, 40, 200, 160), 240, 320)
    after = styled(chelsea, "oil painting", region=region).pixels
    assert np.array_equal(after[region.mask == 0], chelsea.pixels[region.mask == 0])
    assert not np.array_equal(after[40:160, 60:200], chelsea.pixels[40:160, 60:200])


def test_strength_mixes_with_the_photo(chelsea):
    full = styled(chelsea, "emboss").pixels.astype(int)
    half = styled(chelsea, "emboss", strength=0.5).pixels.astype(int)
    assert np.abs(half - (full + chelsea.pixels) / 2).max() <= 1
    assert np.array_equal(styled(chelsea, "emboss", strength=0.0).pixels, chelsea.pixels)


def test_an_unknown_style_lists_the_known_ones_in_both_languages(chelsea):
    with pytest.raises(Unsupported) as caught:
        styled(chelsea, "in the manner of Vermeer")
    assert "in the manner of Vermeer" in caught.value.say("en")
    assert "oil painting" in caught.value.say("en")
    assert "in the manner of Vermeer" in caught.value.say("zh")
    assert "风格" in caught.value.say("zh")


def test_a_style_name_is_read_without_regard_to_case_and_spaces(chelsea):
    assert np.array_equal(styled(chelsea, "  Line Art ").pixels, styled(chelsea, "line art").pixels)


@pytest.mark.parametrize("style", ["pencil sketch", "charcoal drawing", "line art", "film noir", "ink wash", "emboss"])
def test_monochrome_styles_have_hardly_any_colour(chelsea, style):
    after = styled(chelsea, style).pixels.astype(int)
    assert (after.max(axis=2) - after.min(axis=2)).mean() < 20


def test_a_pencil_sketch_leaves_most_of_the_paper_light_however_dark_the_photo(chelsea):
    for pixels in (chelsea.pixels, (chelsea.pixels * 0.3).astype(np.uint8)):
        sketch = styled(Picture(pixels), "pencil sketch").pixels
        assert np.median(sketch) > 150
        assert np.percentile(sketch, 2) < 110


def test_pixel_art_has_few_colours_and_a_cartoon_has_flat_areas(chelsea):
    pixels = styled(chelsea, "pixel art").pixels
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) <= 24
    cartoon = styled(chelsea, "cartoon").pixels.astype(float).mean(axis=2)
    photo = chelsea.pixels.astype(float).mean(axis=2)
    assert np.median(np.abs(np.diff(cartoon, axis=1))) < 0.8 * np.median(np.abs(np.diff(photo, axis=1)))


def test_stroke_size_goes_with_the_whole_picture():
    large = Picture(np.repeat(np.repeat(data.chelsea()[:200, :200], 4, axis=0), 4, axis=1))
    blocks = styled(large, "pixel art").pixels
    same = (blocks[:, 1:] == blocks[:, :-1]).all(axis=(0, 2))
    assert np.flatnonzero(~same)[0] + 1 == round(8.5 * 0.8)


@pytest.mark.parametrize("style", ["cartoon", "comic", "line art"])
def test_a_large_photo_is_styled_like_its_small_copy(style):
    small = np.ascontiguousarray(data.astronaut())
    large = cv2.resize(small, (2100, 2100), interpolation=cv2.INTER_CUBIC)
    of_large = cv2.resize(styled(Picture(large), style).pixels, (128, 128), interpolation=cv2.INTER_AREA)
    of_small = cv2.resize(styled(Picture(small), style).pixels, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(of_large.astype(int) - of_small).mean() < 20
    assert np.corrcoef(of_large.ravel(), of_small.ravel())[0, 1] > 0.93
