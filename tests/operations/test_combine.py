import numpy as np
import pytest
from skimage import data

from diptych.core.errors import InvalidPicture, InvalidPlan, Unsupported
from diptych.core.operation import Combine
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.region import Region
from diptych.core.target import Thing
from diptych.operations.change import Context
from diptych.operations.combine import combine
from diptych.operations.run import run


@pytest.fixture(scope="module")
def cat():
    return Picture(np.ascontiguousarray(data.chelsea()))  # 451x300


@pytest.fixture
def folder(tmp_path):
    Picture(np.ascontiguousarray(data.coffee()[::2, ::2])).save(tmp_path / "coffee.png")  # 300x200
    return tmp_path


def test_beside_matches_heights(cat, folder):
    pixels = combine(cat, Combine(picture="coffee.png", layout="beside"), None, Context(folder=folder)).pixels
    assert pixels.shape == (300, 451 + 450, 3)
    assert np.array_equal(pixels[:, :451], cat.pixels)


def test_above_matches_widths(cat, folder):
    pixels = combine(cat, Combine(picture="coffee.png", layout="above"), None, Context(folder=folder)).pixels
    assert pixels.shape == (300 + 301, 451, 3)
    assert np.array_equal(pixels[:300], cat.pixels)


def test_grid_takes_the_squarer_way(cat, folder):
    context = Context(folder=folder)
    wide = combine(cat, Combine(picture="coffee.png", layout="grid"), None, context).pixels
    assert wide.shape[1] == cat.width  # two landscapes: one above the other
    tall = Picture(np.ascontiguousarray(cat.pixels[:, 150:250]))
    Picture(np.ascontiguousarray(cat.pixels[:, :100])).save(folder / "tall.png")
    pixels = combine(tall, Combine(picture="tall.png", layout="grid"), None, context).pixels
    assert pixels.shape[0] == tall.height


def test_blend_is_half_of_each(cat, folder):
    Picture(np.zeros((50, 80, 3), np.uint8)).save(folder / "black.png")
    pixels = combine(cat, Combine(picture="black.png", layout="blend"), None, Context(folder=folder)).pixels
    assert np.abs(pixels.astype(int) - cat.pixels / 2).max() <= 0.5


def test_into_stands_the_cut_out_on_the_other_picture(cat, folder):
    y, x = np.mgrid[:300, :451]
    region = Region((((x - 220) / 120) ** 2 + ((y - 200) / 120) ** 2 < 1).astype(np.float32), "cat")
    pixels = combine(cat, Combine(picture="coffee.png"), region, Context(folder=folder)).pixels
    other = data.coffee()[::2, ::2]
    assert pixels.shape == other.shape
    assert np.array_equal(pixels[:10], other[:10])
    changed = (pixels != other).any(axis=2)
    assert changed[-1].any()  # the cat's picture cut it off below, and so does the new one
    assert changed.any(axis=1).sum() == pytest.approx(0.85 * 200, abs=3)


def test_into_a_computed_scene(cat):
    region = Region.from_box((100, 50, 300, 250), 300, 451)
    pixels = combine(cat, Combine(scene=Thing(noun="sunset")), region, Context()).pixels
    assert pixels.shape == cat.pixels.shape
    assert (pixels[:20] != cat.pixels[:20]).any()


def test_transparency_of_either_is_kept(cat, folder):
    clear = np.zeros((40, 40, 4), np.uint8)
    Picture(clear).save(folder / "clear.png")
    pixels = combine(cat, Combine(picture="clear.png", layout="beside"), None, Context(folder=folder)).pixels
    assert pixels.shape[2] == 4
    assert (pixels[:, :451, 3] == 255).all()
    assert (pixels[:, 451:, 3] == 0).all()


def test_through_the_executor(cat, folder):
    plan = Plan(steps=(Combine(picture="coffee.png", layout="beside"),))
    outcome = run(cat, plan, Context(folder=folder))
    assert outcome.certificates[0].frame == (901, 300)


def test_errors_say_what_to_do(cat, folder):
    context = Context(folder=folder)
    with pytest.raises(InvalidPlan, match="file"):
        combine(cat, Combine(layout="beside"), None, context)
    with pytest.raises(InvalidPicture, match="missing"):
        combine(cat, Combine(picture="missing.png", layout="beside"), None, context)
    with pytest.raises(Unsupported, match="paris"):
        combine(cat, Combine(scene=Thing(noun="paris"), layout="beside"), None, context)
