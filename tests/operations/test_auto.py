"""Automatic amounts: they mend what is wrong, leave what is right, and stay bounded."""

import numpy as np
import pytest
from skimage import data

from diptych.operations import auto
from diptych.operations.chain import evaluate, simplify
from diptych.operations.color_space import decode, encode, srgb_to_oklab

PHOTO = data.astronaut()
SAMPLE = auto.sample_pixels(PHOTO)


def test_sample_is_small_and_sees_what_the_mask_shows():
    assert 1000 < len(SAMPLE) <= 300 * 300
    mask = np.zeros(PHOTO.shape[:2], np.float32)
    mask[:200, 300:] = 1
    inside = auto.sample_pixels(PHOTO, mask)
    assert inside.mean(axis=0) == pytest.approx(PHOTO[:200, 300:].reshape(-1, 3).mean(axis=0) / 255, abs=0.02)
    assert len(auto.sample_pixels(PHOTO, np.zeros_like(mask))) == len(SAMPLE)
    assert auto.sample_pixels(PHOTO[:1, :1]).shape == (1, 3)


def test_brightness_brings_dark_up_and_bright_down():
    assert auto.brightness_amount(SAMPLE * 0.3) > 0.3
    assert auto.brightness_amount(1 - 0.2 * SAMPLE) < -0.2
    assert abs(auto.brightness_amount(SAMPLE)) < 0.15


def test_contrast_uses_the_whole_range_of_a_flat_picture():
    flat = 0.35 + 0.2 * SAMPLE
    light = auto.luminance(evaluate(simplify(auto.contrast_links(flat)), flat))
    assert np.percentile(light, 99) > 0.85
    assert np.percentile(light, 1) < 0.15


def test_dark_shadows_and_bright_highlights_ask_for_more():
    assert auto.shadows_amount(SAMPLE * 0.4) > auto.shadows_amount(SAMPLE) > 0
    assert auto.highlights_amount(0.5 + 0.5 * SAMPLE) < auto.highlights_amount(SAMPLE) < 0


def test_saturation_wakes_the_dull_and_leaves_grey_grey():
    grey = np.repeat(SAMPLE.mean(axis=1, keepdims=True), 3, axis=1)
    dull = grey + 0.2 * (SAMPLE - grey)
    assert auto.saturation_amount(dull) > 0.3
    assert auto.saturation_amount(grey) == 0
    assert auto.vibrance_amount(grey) == 0


@pytest.mark.parametrize("light", [(1.0, 0.75, 0.5), (0.6, 0.8, 1.0)])
def test_white_balance_takes_most_of_a_colored_light_away(light):
    lit = encode(decode(SAMPLE) * np.array(light))
    cast = np.hypot(*(srgb_to_oklab(lit) - srgb_to_oklab(SAMPLE)).mean(axis=0)[1:])
    balanced = evaluate(simplify(auto.white_balance_links(lit)), lit)
    left = np.hypot(*(srgb_to_oklab(balanced) - srgb_to_oklab(SAMPLE)).mean(axis=0)[1:])
    assert left < 0.7 * cast


def test_no_usable_pixel_means_a_white_light():
    assert auto.white_of(np.ones((50, 3))) == pytest.approx(np.ones(3))


def test_auto_enhance_lifts_an_underexposed_photo_and_spares_a_toned_one():
    dark = SAMPLE * 0.35
    light = auto.luminance(evaluate(simplify(auto.auto_enhance(dark, 1.0)), dark))
    assert light.mean() > 1.7 * auto.luminance(dark).mean()
    assert auto.auto_enhance(dark, 0.0) == ()
    sepia = auto.luminance(SAMPLE)[:, None] * np.array([1.0, 0.85, 0.6])
    assert auto.is_toned(sepia)
    assert not auto.is_toned(SAMPLE)
    after = srgb_to_oklab(evaluate(simplify(auto.auto_enhance(sepia, 1.0)), sepia))
    assert after[:, 2].mean() > 0.03, "still brown"
