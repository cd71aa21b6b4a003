"""Pictures of scenes: pure, and changed only where a thing stands. Needs the emoji font, else all are skipped."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from diptych.world.backdrops import VARIANTS, backdrop
from diptych.world.layout import CELL, thing_cells
from diptych.world.render import overlap, render, thing_mask
from diptych.world.scene import SIDE, Background, Scene, Thing, with_things
from diptych.world.sprites import MARGIN, SIDES, find_font, glyph, recolor, sprite
from diptych.world.vocabulary import COLORS, INDOORS, PLACES, SIZES, TIMES, WEATHERS, nouns

BACKGROUNDS = [
    Background(place, time, weather)
    for place, time, weather in product(PLACES, TIMES, WEATHERS)
    if place not in INDOORS or (time, weather) == ("day", "clear")
]


# ---- backdrops need no font -----------------------------------------------------------------------------------------


def test_every_place_time_and_weather_looks_different():
    pictures = {backdrop(b.place, b.time, b.weather, 0).tobytes() for b in BACKGROUNDS}
    assert len(pictures) == len(BACKGROUNDS)


def test_variants_of_a_place_differ_and_repeat_exactly():
    for place in ("meadow", "city", "space"):
        pictures = [backdrop(place, "day", "clear", variant) for variant in range(VARIANTS)]
        assert len({picture.tobytes() for picture in pictures}) == VARIANTS
        again = backdrop.__wrapped__(place, "day", "clear", 0)
        assert (again == pictures[0]).all()


def test_night_is_darker_than_day_and_backdrops_can_not_be_written_to():
    for place in PLACES:
        if place not in INDOORS:
            day, night = backdrop(place, "day", "clear", 0), backdrop(place, "night", "clear", 0)
            assert night.mean() < 0.6 * day.mean()
    with pytest.raises(ValueError, match="read-only"):
        day[0, 0] = 0


@pytest.mark.parametrize("x", [0, 3, 64, 125, 127])
def test_what_hangs_over_an_edge_is_cut(x):
    into, part = overlap((SIDE, SIDE, 3), (38, 38), x, 64)
    shape = [edge.stop - edge.start for edge in into]
    assert shape == [edge.stop - edge.start for edge in part]
    assert 0 <= into[1].start < into[1].stop <= SIDE
    assert 0 <= part[1].start < part[1].stop <= 38


# ---- pictures -------------------------------------------------------------------------------------------------------


def test_a_picture_is_a_pure_function_of_its_scene(scenes, font):
    for scene in scenes[:40]:
        picture = render(scene, font)
        assert picture.shape == (SIDE, SIDE, 3)
        assert picture.dtype == np.uint8
        kept = picture.copy()
        picture[:] = 0
        assert (render(scene, font) == kept).all(), "a caller's changes reach the cache"


def test_a_cached_sticker_is_the_one_that_would_be_made_anew(font):
    scene = Scene((Thing(62, 62, "cat", "blue", "big"),), Background("beach", "night", "fog"))
    warm = render(scene, font)
    for cached in (sprite, glyph, backdrop):
        cached.cache_clear()
    assert (render(scene, font) == warm).all()


def test_a_thing_changes_pixels_only_within_its_cells(scenes, font):
    for scene in scenes[:80]:
        for thing in scene.things:
            without = with_things(scene, [other for other in scene.things if other is not thing])
            differs = (render(scene, font) != render(without, font)).any(axis=2)
            cells = np.kron(thing_cells(thing), np.ones((CELL, CELL))) > 0
            assert differs.any()
            assert not (differs & ~cells).any(), (scene, thing)


def test_the_mask_of_a_thing_is_where_it_hides_the_background(font):
    thing = Thing(62, 62, "heart", "green", "medium")
    light, dark = (render(Scene((thing,), Background("plain", time)), font).astype(int) for time in ("day", "night"))
    shines_through = np.abs(light - dark).max(axis=2) > 4
    mask = thing_mask(thing, font)
    assert not shines_through[mask > 0.99].any()
    assert shines_through[mask == 0].all()
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert (mask > 0.99).sum() > 400


def test_every_core_noun_has_a_sticker_in_every_size(known, font):
    for noun, size in product(known, SIZES):
        sticker = sprite(noun, None, size, font)
        side = SIDES[size] + 2 * MARGIN
        assert sticker.color.shape == (side, side, 3)
        assert sticker.mask.shape == (side, side)
        assert (sticker.mask > 0.5).mean() > 0.08, noun


def test_every_noun_of_the_file_has_its_own_glyph(font):
    assert len({glyph(noun, font).tobytes() for noun in nouns()}) == len(nouns())


def test_colours_look_like_themselves_and_unlike_each_other(font):
    bare = glyph("car", font)
    ink = bare[..., 3] > 127
    means = {color: recolor(bare, color)[ink][:, :3].mean(axis=0) for color in COLORS}
    for one, other in product(COLORS, COLORS):
        assert one == other or np.abs(means[one] - means[other]).max() > 40, (one, other)
    for channel, color in enumerate(("red", "green", "blue")):
        assert means[color].argmax() == channel
    assert (recolor(bare, "red")[..., 3] == bare[..., 3]).all()


def test_a_bigger_sticker_covers_more(font):
    areas = [float(thing_mask(Thing(62, 62, "star", None, size), font).sum()) for size in SIZES]
    assert areas == sorted(areas)
    assert areas[2] > 3 * areas[0]


def test_things_apart_can_be_drawn_in_any_order(font):
    one, other = Thing(30, 30, "cat", None, "medium"), Thing(90, 90, "dog", None, "medium")
    both = render(Scene((one, other)), font)
    single = render(Scene((one,)), font)
    where = np.kron(thing_cells(other), np.ones((CELL, CELL))) > 0
    assert (both[~where] == single[~where]).all()
    assert (both != render(replace(Scene((one, other)), variant=1), font)).any()


def test_a_font_that_is_not_there_is_refused_with_the_line_that_installs_it(tmp_path):
    from diptych.core.errors import Unsupported

    with pytest.raises(Unsupported, match="apt-get install fonts-noto-color-emoji"):
        find_font(tmp_path / "none.ttf")
