"""Drawings made large by the weights that ship: as large as asked, true to the drawing, and better than by rule."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from diptych.core.errors import Unsupported
from diptych.core.operation import Resize, Upscale
from diptych.core.picture import Picture
from diptych.painters.cascade import CascadePainter
from diptych.runtime import Weights
from diptych.sampling.projection import distance
from diptych.world.render import render, render_large
from diptych.world.scene import Background, Scene, Thing, sample_scene
from diptych.world.sprites import find_font
from diptych.world.words import describe

SCENE = Scene((Thing(44, 60, "cat", "purple", "big"), Thing(100, 36, "star", None, "small")), Background("meadow"))
WORDS = describe(SCENE, "en")


@pytest.fixture(scope="module")
def painter() -> CascadePainter:
    return CascadePainter(Weights())


@pytest.fixture(scope="module")
def font():
    try:
        return find_font()
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def small(font) -> np.ndarray:
    return render(SCENE, font)


@pytest.mark.parametrize(("factor", "side"), [(4, 512), (8, 1024), (2, 256), (6, 768), (1.5, 192)])
def test_a_drawing_becomes_as_large_as_asked_and_stays_true(painter, small, factor, side) -> None:
    large = painter.enlarge(small, WORDS, factor)
    assert large.shape == (side, side, 3)
    assert large.dtype == np.uint8
    if side % 128 == 0:
        assert distance(large, small) <= 2


def test_one_picture_words_and_seed_one_result(painter, small) -> None:
    first, again, other = (painter.enlarge(small, WORDS, 4, seed) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_words_are_heard_and_not_needed(painter, small) -> None:
    told, untold = (painter.enlarge(small, words, 4) for words in (WORDS, ""))
    assert (told != untold).any()
    assert distance(untold, small) <= 2


def test_what_was_made_large_can_be_made_larger(painter, small) -> None:
    half = painter.enlarge(small, WORDS, 4)
    whole = painter.enlarge(half, WORDS, 2)
    assert whole.shape == (1024, 1024, 3)
    assert distance(whole, half) <= 2


@pytest.mark.parametrize(("side", "factor"), [(100, 4), (512, 4), (1024, 1.5)])
def test_other_sizes_are_refused(painter, side, factor) -> None:
    with pytest.raises(Unsupported, match=f"{side}×{side} {factor:g} times"):
        painter.enlarge(np.zeros((side, side, 3), np.uint8), WORDS, factor)


def test_it_takes_what_says_that_it_is_a_drawing(painter, small) -> None:
    assert painter.can(Upscale(factor=4, words=WORDS))
    assert not painter.can(Upscale(factor=4))
    assert not painter.can(Resize(factor=4))
    picture = Picture.from_array(small)
    painted = painter.paint(picture, Upscale(factor=4, words=WORDS), None, 0)
    assert (painted.pixels == painter.enlarge(small, WORDS, 4, 0)).all()
    assert painter.reaches(picture, 8)
    assert not painter.reaches(picture, 8.5)


def test_it_is_nearer_to_the_truth_than_cubic_enlargement(painter, font) -> None:
    rng = np.random.default_rng(2026)
    gains = []
    for _ in range(8):
        scene = sample_scene(rng, ("cat", "tree", "car", "star", "apple", "house"), held_out=None)
        small, true = render(scene, font), render_large(scene, font, 4).astype(float)
        made = painter.enlarge(small, describe(scene, "en"), 4)
        plain = cv2.resize(small, (512, 512), interpolation=cv2.INTER_CUBIC)
        gains.append(10 * np.log10(((plain - true) ** 2).mean() / ((made - true) ** 2).mean()))
    assert float(np.mean(gains)) >= 3
