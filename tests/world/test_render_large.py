"""Scenes drawn larger: the same scene, sharper; and the small pictures stay what they were. Needs the emoji font."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from diptych.sampling.projection import area_mean, distance
from diptych.world import pen
from diptych.world.backdrops import backdrop, large_backdrop
from diptych.world.render import render, render_large
from diptych.world.scene import SIDE, Background, Scene, Thing
from diptych.world.vocabulary import INDOORS, PLACES, TIMES, WEATHERS

BACKDROPS = "d307a5f6fb3f44e6473777d75ec6c2ef717d2bbf85bdcd17fb2b7d8b10dfe12b"
"""SHA-256 of all backdrops as they were before they could be drawn larger (OpenCV 5.0)."""


@pytest.mark.skipif(not cv2.__version__.startswith("5.0"), reason="other versions of OpenCV round otherwise")
def test_the_small_backdrops_are_to_the_byte_what_they_were() -> None:
    together = hashlib.sha256()
    for place in PLACES:
        indoors = place in INDOORS
        for time in TIMES[:1] if indoors else TIMES:
            for weather in WEATHERS[:1] if indoors else WEATHERS:
                for variant in range(12):
                    together.update(backdrop(place, time, weather, variant).tobytes())
    assert together.hexdigest() == BACKDROPS


def test_figures_on_the_small_canvas_are_opencvs() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = np.zeros((2, SIDE, SIDE, 3), np.uint8)
    for _ in range(50):
        x0, y0, x1, y1 = (int(value) for value in rng.integers(-10, 140, 4))
        color = tuple(int(value) for value in rng.integers(0, 256, 3))
        pen.disc(ours, x0, y0, 2, color)
        cv2.circle(theirs, (x0, y0), 2, color, -1, cv2.LINE_AA)
        pen.line(ours, (x0, y0), (x1, y1), color, 2)
        cv2.line(theirs, (x0, y0), (x1, y1), color, 2, cv2.LINE_AA)
        pen.polygon(ours, [(x0, y0), (x1, y1), (y0, x1)], color)
        cv2.fillPoly(theirs, [np.array([(x0, y0), (x1, y1), (y0, x1)], np.int32)], color, cv2.LINE_AA)
        pen.arch(ours, x1, y0, 6, 2, color)
        cv2.ellipse(theirs, (x1, y0), (6, 2), 0, 180, 360, color, 1, cv2.LINE_AA)
        left, right, top, bottom = *sorted((x0, x1)), *sorted((y0, y1))
        pen.box(ours, left, top, right, bottom, color)
        cv2.rectangle(theirs, (left, top), (right, bottom), color, -1)
        assert (ours == theirs).all()


@pytest.mark.parametrize("scale", [4, 8])
@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("place", PLACES)
def test_a_large_backdrop_is_the_small_one(place: str, weather: str, scale: int) -> None:
    if place in INDOORS and weather != "clear":
        return
    large = large_backdrop(place, "day", weather, 3, scale)
    assert large.shape == (SIDE * scale, SIDE * scale, 3)
    assert distance(large, backdrop(place, "day", weather, 3)) < 2.0


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_large_picture_is_the_small_one_where_it_is_seen_from_afar(scenes, font, scale) -> None:
    off = []
    for scene in scenes[:6]:
        small, large = render(scene, font), render_large(scene, font, scale)
        off.append(distance(large, small))
        # Where things stand is the same to a fraction of a small pixel: moved by one, the pictures fit much worse.
        assert off[-1] < 0.6 * distance(np.roll(large, scale, 1), small)
    assert max(off) < 4.5
    assert float(np.mean(off)) < 2.0


def test_a_large_picture_is_sharper_than_an_enlarged_one(font) -> None:
    scene = Scene((Thing(60, 60, "cat", None, "big"),), Background("plain"))
    large = render_large(scene, font, 8)
    enlarged = cv2.resize(render(scene, font), large.shape[:2], interpolation=cv2.INTER_CUBIC)

    def sharpness(picture: np.ndarray) -> float:
        return float(np.percentile(np.abs(np.diff(picture.astype(int), axis=1)).max(-1), 99.5))

    assert sharpness(large) > 1.5 * sharpness(enlarged)


def test_a_large_picture_is_a_pure_function_of_its_scene(scenes, font) -> None:
    assert (render_large(scenes[0], font, 4) == render_large(scenes[0], font, 4)).all()
    with pytest.raises(ValueError, match="the scale is 1"):
        render_large(scenes[0], font, 1)


def test_the_area_mean_of_a_picture_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(ValueError, match="no multiple of 4"):
        area_mean(np.zeros((10, 12, 3)), 4)
