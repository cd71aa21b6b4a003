"""Colour steps: what they keep (luminance, lightness, grey, skin) and where they go."""

import numpy as np
import pytest
from skimage import data

from diptych.operations import color
from diptych.operations.chain import evaluate, simplify
from diptych.operations.color_space import LUMINANCE, decode, srgb_to_oklab

PHOTO = data.astronaut()[::9, ::9].reshape(-1, 3) / 255.0
GREYS = np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1)
MUTED = 0.35 + 0.3 * PHOTO  # far from the gamut's edge


def done(chain, values):
    return evaluate(simplify(chain), values)


def luminance(values):
    return decode(values) @ np.array(LUMINANCE)


def chroma(values):
    return np.hypot(*srgb_to_oklab(values)[:, 1:].T)


@pytest.mark.parametrize("amount", [-1, -0.5, 0.3, 1])
def test_saturation_keeps_luminance_and_grey(amount):
    assert np.abs(luminance(done(color.saturation(amount), MUTED)) - luminance(MUTED)).max() < 1e-3
    assert np.abs(done(color.saturation(amount), GREYS) - GREYS).max() < 1e-3


def test_saturation_moves_chroma_its_way():
    means = [chroma(done(color.saturation(amount), PHOTO)).mean() for amount in (-1, -0.5, 0, 0.15, 0.3, 0.6, 1)]
    assert means == sorted(means)
    assert means[0] < 1e-3


def test_grayscale_is_minus_one_saturation():
    grey = done(color.grayscale(), PHOTO)
    assert np.abs(grey - done(color.saturation(-1), PHOTO)).max() < 1e-6
    assert np.ptp(grey, axis=1).max() < 1e-9


def test_vibrance_does_most_for_muted_colors_and_spares_skin():
    muted, vivid, skin = np.array([[0.45, 0.5, 0.55]]), np.array([[0.1, 0.4, 0.9]]), np.array([[0.8, 0.62, 0.53]])
    gain = [float(chroma(done(color.vibrance(0.6), one))[0] / chroma(one)[0]) for one in (muted, vivid, skin)]
    assert gain[0] > 1.5
    assert gain[1] < 1.25
    assert 1.0 < gain[2] < 1 + 0.6 * (gain[0] - 1)


def test_vibrance_down_leaves_the_vivid():
    muted, vivid = np.array([[0.45, 0.5, 0.55]]), np.array([[0.1, 0.4, 0.9]])
    assert chroma(done(color.vibrance(-1), muted))[0] < 0.3 * chroma(muted)[0]
    assert chroma(done(color.vibrance(-1), vivid))[0] > 0.5 * chroma(vivid)[0]


def test_warmth_moves_grey_along_daylight():
    grey = np.array([[0.5, 0.5, 0.5]])
    b = [srgb_to_oklab(done(color.warmth(amount), grey))[0, 2] for amount in (-1, -0.3, 0, 0.3, 1)]
    assert b == sorted(b)
    assert b[0] < -0.02
    assert b[3] > 0.01
    warm = done(color.warmth(0.3), grey)[0]
    assert warm[0] > warm[1] > warm[2]
    assert abs(luminance(warm[None])[0] / luminance(grey)[0] - 1) < 0.08


@pytest.mark.parametrize("kelvin_xy", [(5000, 0.3457, 0.3585), (6504, 0.3127, 0.3290), (4000, 0.3823, 0.3838)])
def test_daylight_locus_has_the_tabulated_chromaticities(kelvin_xy):
    kelvin, x, y = kelvin_xy
    xyz = color.daylight_xyz(1e6 / kelvin)
    # D50 is tabulated for 5003 K.
    assert xyz / xyz.sum() == pytest.approx([x, y, 1 - x - y], abs=6e-4)


def test_neutralize_makes_the_given_white_grey():
    white = np.array([1.0, 0.8, 0.55])
    seen = done(color.neutralize(white), np.atleast_2d(0.6 * np.ones(3)) * 1.0)
    assert seen[0, 0] < seen[0, 2], "red was too much and goes down"
    from diptych.operations.color_space import encode

    balanced = done(color.neutralize(white), encode(0.4 * white)[None])
    assert np.ptp(balanced) < 2e-3


def test_hue_turns_colors_and_leaves_grey():
    assert np.abs(done(color.hue(75), GREYS) - GREYS).max() < 1e-3
    before, after = srgb_to_oklab(MUTED), srgb_to_oklab(done(color.hue(75), MUTED))
    assert np.abs(after[:, 0] - before[:, 0]).max() < 2e-3
    assert np.abs(np.hypot(*after[:, 1:].T) - np.hypot(*before[:, 1:].T)).max() < 2e-3
    assert np.abs(done((*color.hue(75), *color.hue(-75)), PHOTO) - PHOTO).max() < 1e-6
    assert color.hue(360) == ()


def test_tint_leans_grey_towards_its_color_and_back():
    grey = np.array([[0.5, 0.5, 0.5]])
    blue = done(color.tint("#0000ff", 0.5), grey)[0]
    assert blue[2] > blue[0]
    assert blue[2] > blue[1]
    yellow = done(color.tint("#0000ff", -0.5), grey)[0]
    assert yellow[2] < yellow[0]
    assert done(color.tint("#0000ff", 0.5), np.zeros((1, 3))) == pytest.approx(0, abs=1e-6)
    magenta = done(color.tint(None, 0.5), grey)[0]
    assert magenta[1] < magenta[0]


def test_tint_of_grey_takes_color_away():
    assert chroma(done(color.tint("#808080", 0.5), PHOTO)).mean() < 0.7 * chroma(PHOTO).mean()


def test_sepia_is_brown_everywhere_and_by_degrees():
    full = done(color.sepia(1.0), PHOTO)
    assert (full[:, 0] >= full[:, 1] - 1e-9).all()
    assert (full[:, 1] >= full[:, 2] - 1e-9).all()
    assert color.sepia(0.0) == ()
    half = done(color.sepia(0.5), PHOTO)
    assert 0 < np.abs(half - PHOTO).mean() < np.abs(full - PHOTO).mean()
