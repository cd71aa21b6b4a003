"""Scenes as arrays: every fact has its number, and cells cover what they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diptych.world.layout import CELL, COLUMNS, background_row, cells_of, thing_cells, things_rows
from diptych.world.scene import SIDE, Background, Scene, Thing
from diptych.world.vocabulary import COLORS, MAX_THINGS, PLACES, SIZES, TIMES, WEATHERS

CAT = Thing(62, 62, "cat", "red", "small")
SCENE = Scene((CAT, Thing(102, 22, "dog", None, "big")), Background("beach", "night", "rain"))


def test_rows_tell_every_thing_apart_and_back(scenes, known):
    for scene in scenes:
        rows = things_rows(scene, known)
        assert rows.shape == (MAX_THINGS, COLUMNS)
        assert rows.dtype == np.int64
        back = [
            Thing(int(x), int(y), known[noun - 1], (None, *COLORS)[color], SIZES[size])
            for noun, color, size, x, y in rows
            if noun
        ]
        assert tuple(back) == scene.things
        assert not rows[len(scene.things) :].any()


def test_a_noun_that_is_not_known_has_no_number():
    with pytest.raises(ValueError, match=r"dog|not in"):
        things_rows(SCENE, ("cat",))


def test_backgrounds_count_from_one():
    assert background_row(Background("plain")).tolist() == [1, 1, 1, 0]
    assert background_row(Background("plain"), 0).tolist() == [1, 1, 1, 1]
    last = background_row(Background("road", TIMES[-1], WEATHERS[-1]), 11)
    assert last.tolist() == [1 + PLACES.index("road"), len(TIMES), len(WEATHERS), 12]


def test_nothing_differs_from_itself_and_another_background_is_everywhere():
    assert not cells_of(SCENE, SCENE).any()
    assert cells_of(SCENE, replace(SCENE, background=Background("sea"))).all()
    assert cells_of(SCENE, replace(SCENE, variant=1)).all()


def test_cells_of_a_move_are_those_of_both_places(scenes):
    moved = replace(SCENE, things=(replace(CAT, x=22), SCENE.things[1]))
    cells = cells_of(SCENE, moved)
    assert (cells == (thing_cells(CAT) | thing_cells(replace(CAT, x=22)))).all()
    assert (cells == cells_of(moved, SCENE)).all()
    assert cells.any()
    assert not cells.all()


def test_cells_cover_the_square_of_a_thing_and_little_more(scenes):
    for thing in (thing for scene in scenes for thing in scene.things):
        pixels = np.kron(thing_cells(thing), np.ones((CELL, CELL))) > 0
        x0, y0, x1, y1 = (int(value) for value in thing.box)
        assert pixels.shape == (SIDE, SIDE)
        assert pixels[max(y0, 0) : y1, max(x0, 0) : x1].all()
        outside = pixels.copy()
        outside[max(y0 - 6 - CELL, 0) : y1 + 6 + CELL, max(x0 - 6 - CELL, 0) : x1 + 6 + CELL] = False
        assert not outside.any()
