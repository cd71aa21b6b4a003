"""Colour spaces: published values, round trips, and whole pictures against single colours."""

import numpy as np
import pytest
from skimage import data

from diptych.operations.color_space import (
    decode,
    encode,
    hex_to_oklab,
    hex_to_srgb,
    linear_pixels,
    oklab_pixels,
    oklab_to_pixels,
    oklab_to_srgb,
    srgb_pixels,
    srgb_to_oklab,
)


def test_transfer_curve_has_the_standards_values():
    assert decode(np.array([0.0, 0.04045, 0.5, 1.0])) == pytest.approx([0.0, 0.0031308, 0.2140411, 1.0], abs=1e-6)
    values = np.linspace(0, 1, 1001)
    assert np.abs(encode(decode(values)) - values).max() < 1e-6


@pytest.mark.parametrize(
    ("color", "lab"),
    [  # Ottosson's own figures for the sRGB corners
        ("#ffffff", (1.0, 0.0, 0.0)),
        ("#ff0000", (0.62796, 0.22486, 0.12585)),
        ("#00ff00", (0.86644, -0.23389, 0.17950)),
        ("#0000ff", (0.45201, -0.03246, -0.31153)),
        ("#000000", (0.0, 0.0, 0.0)),
    ],
)
def test_oklab_of_known_colors(color, lab):
    assert hex_to_oklab(color) == pytest.approx(lab, abs=1e-4)
    assert oklab_to_srgb(np.array(lab)) == pytest.approx(hex_to_srgb(color), abs=2e-3)


def test_whole_pictures_agree_with_single_colors():
    rgb = data.astronaut()[::7, ::7]
    assert np.abs(linear_pixels(rgb) - decode(rgb / 255)).max() < 1e-6
    assert np.abs(oklab_pixels(rgb) - srgb_to_oklab(rgb / 255)).max() < 1e-4


def test_pictures_survive_both_round_trips_to_the_byte():
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.array_equal(srgb_pixels(linear_pixels(rgb)), rgb)
    assert np.array_equal(oklab_to_pixels(oklab_pixels(rgb)), rgb)
