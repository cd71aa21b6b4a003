"""Tone curves: pinned ends, monotone, inverse of one another, and as strong as they say."""

import numpy as np
import pytest

from diptych.operations import tone
from diptych.operations.chain import evaluate, simplify

GREYS = np.repeat(np.linspace(0, 1, 2001)[:, None], 3, axis=1)
AMOUNTS = [-1.0, -0.6, -0.3, -0.15, 0.15, 0.3, 0.6, 1.0]
SIGNED = [tone.brightness, tone.contrast, tone.shadows, tone.highlights]


def curve(chain):
    return evaluate(simplify(chain), GREYS)[:, 0]


def at(chain, value):
    return float(evaluate(simplify(chain), np.full((1, 3), value))[0, 0])


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("make", SIGNED)
def test_black_and_white_stay_and_nothing_turns_back(make, amount):
    values = curve(make(amount))
    assert values[0] == pytest.approx(0, abs=1e-9)
    assert values[-1] == pytest.approx(1, abs=1e-9)
    assert np.diff(values).min() > 0


@pytest.mark.parametrize("make", SIGNED)
def test_minus_undoes_plus(make):
    assert np.abs(curve((*make(0.6), *make(-0.6))) - GREYS[:, 0]).max() < 1e-4


@pytest.mark.parametrize("make", SIGNED)
def test_zero_is_nothing(make):
    assert make(0.0) == ()


@pytest.mark.parametrize("make", SIGNED)
def test_strength_grows_with_the_amount_and_each_word_of_it_shows(make):
    levels = [255 * np.abs(curve(make(amount)) - GREYS[:, 0]).max() for amount in (0.15, 0.3, 0.6, 1.0)]
    assert levels == sorted(levels)
    assert 4 < levels[0] < 20, "a bit"
    assert 8 < levels[1] < 40, "plain"
    assert levels[3] < 110, "still a picture"


def test_each_works_where_its_name_says():
    assert at(tone.brightness(0.3), 0.5) == pytest.approx(0.593, abs=0.002)
    assert at(tone.shadows(0.6), 0.2) - 0.2 > 5 * (at(tone.shadows(0.6), 0.7) - 0.7)
    assert 0.8 - at(tone.highlights(-0.6), 0.8) > 5 * (0.3 - at(tone.highlights(-0.6), 0.3))
    assert at(tone.contrast(0.6), 0.25) < 0.25
    assert at(tone.contrast(0.6), 0.5) == pytest.approx(0.5)
    assert at(tone.contrast(0.6), 0.75) > 0.75


def test_exposure_is_in_stops_of_linear_light():
    # 0.5 encoded is 0.2140 linear; twice that is 0.4281, which is encoded as 0.6866.
    assert at(tone.exposure(1), 0.5) == pytest.approx(0.6866, abs=1e-3)
    assert at((*tone.exposure(1), *tone.exposure(-1)), 0.9) == pytest.approx(0.9)
    assert tone.exposure(0) == ()


def test_gamma_invert_posterize_and_levels():
    assert at(tone.gamma(2), 0.25) == pytest.approx(0.5)
    assert at(tone.invert(), 0.2) == pytest.approx(0.8)
    assert sorted(set(curve(tone.posterize(4)).round(6))) == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert at(tone.levels(0.2, 0.6), 0.4) == pytest.approx(0.5)
    assert at(tone.levels(0.2, 0.6), 0.1) == 0
