"""Border, rounded corners and more canvas: the picture inside stays as it is."""

import numpy as np
import pytest
from skimage import data

from diptych.core.errors import Unsupported
from diptych.core.operation import Border, Extend, Length, RoundCorners
from diptych.core.picture import Picture
from diptych.operations import frame
from diptych.operations.change import Context

CONTEXT = Context()


@pytest.fixture(scope="module")
def coffee():
    return Picture(data.coffee())


def apply(picture, operation):
    return getattr(frame, operation.op)(picture, operation, None, CONTEXT).pixels


def test_border_lies_around_the_untouched_picture(coffee):
    framed = apply(coffee, Border(width=Length(pixels=10), color="#203040"))
    assert framed.shape == (420, 620, 3)
    assert np.array_equal(framed[10:-10, 10:-10], coffee.pixels)
    assert (framed[:10] == (0x20, 0x30, 0x40)).all()


def test_border_on_some_sides_and_as_a_share(coffee):
    framed = apply(coffee, Border(width=Length(share=0.1), sides=("bottom", "left")))
    assert framed.shape == (440, 640, 3)
    assert np.array_equal(framed[:400, 40:], coffee.pixels)


@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 0.5])
def test_border_pads_to_an_aspect(coffee, aspect):
    framed = apply(coffee, Border(aspect=aspect))
    assert framed.shape[1] / framed.shape[0] == pytest.approx(aspect, rel=0.005)
    assert framed.shape[0] == 400 or framed.shape[1] == 600
    below = apply(coffee, Border(aspect=1.0, sides=("bottom",)))
    assert np.array_equal(below[:400], coffee.pixels)


def test_border_is_opaque_around_transparency():
    clear = Picture(np.zeros((10, 10, 4), np.uint8))
    framed = apply(clear, Border(width=Length(pixels=2)))
    assert (framed[0] == 255).all()
    assert framed[5, 5, 3] == 0


def test_round_corners_cut_quarter_circles_only(coffee):
    rounded = apply(coffee, RoundCorners(radius=Length(pixels=50)))
    assert np.array_equal(rounded[:, :, :3], coffee.pixels)
    alpha = rounded[:, :, 3].astype(float) / 255
    assert alpha[0, 0] == 0
    assert alpha[50:-50].min() == 1
    assert (1 - alpha).sum() == pytest.approx((4 - np.pi) * 50**2, rel=0.01)
    assert np.array_equal(alpha, alpha[::-1])
    assert np.array_equal(alpha, alpha[:, ::-1])


def test_round_corners_at_most_make_a_pill_and_keep_what_was_clear():
    pixels = np.full((40, 100, 4), 255, np.uint8)
    pixels[:, 50:, 3] = 100
    alpha = apply(Picture(pixels), RoundCorners(radius=Length(pixels=500)))[:, :, 3]
    assert alpha[20, 0] > 200
    assert alpha[20, 60] == 100
    assert alpha[0, 0] == 0


@pytest.mark.parametrize("sides", [(), ("left",), ("top", "right")])
@pytest.mark.parametrize("share", [0.1, 2.5])
def test_extend_keeps_the_picture_and_joins_on_smoothly(coffee, sides, share):
    small = Picture(coffee.pixels[::4, ::4].copy())
    wide, high = round(share * 150), round(share * 100)
    left, right = (wide if not sides or side in sides else 0 for side in ("left", "right"))
    top, bottom = (high if not sides or side in sides else 0 for side in ("top", "bottom"))
    after = apply(small, Extend(sides=sides, share=share))
    assert after.shape == (100 + top + bottom, 150 + left + right, 3)
    assert np.array_equal(after[top : top + 100, left : left + 150], small.pixels)
    if left:
        # The step across the seam is that between neighbours inside the picture.
        rows = after[top : top + 100].astype(int)
        assert (
            np.abs(rows[:, left - 1] - rows[:, left]).mean()
            < 1.2 * np.abs(np.diff(small.pixels.astype(int), axis=1)).mean() + 6
        )


def test_extend_of_a_large_picture_has_no_seam_where_sizes_meet():
    y, x = np.mgrid[0:1200, 0:1600]
    ramp = np.dstack([x * 255 / 1600, y * 255 / 1200, np.full_like(x, 90.0)])
    after = apply(Picture(np.rint(ramp).astype(np.uint8)), Extend(sides=("right",), share=0.5)).astype(int)
    assert np.abs(np.diff(after[600], axis=0)).max() <= 4


def test_extend_keeps_alpha(coffee):
    pixels = np.dstack([coffee.pixels[:60, :80], np.full((60, 80), 255, np.uint8)])
    after = apply(Picture(pixels), Extend(share=0.3))
    assert after.shape[2] == 4
    assert (after[:, :, 3] == 255).all()


def test_extend_names_its_engine_and_one_pixel_can_grow():
    change = frame.extend(Picture(np.full((1, 1, 3), 9, np.uint8)), Extend(share=4.0), None, CONTEXT)
    assert change.engine == "mirror-fill"
    assert (change.pixels == 9).all()


def test_a_frame_too_large_is_refused(coffee):
    with pytest.raises(Unsupported, match="megapixels"):
        apply(coffee, Border(width=Length(pixels=90_000)))
    with pytest.raises(Unsupported, match="megapixels"):
        apply(Picture(np.zeros((4000, 4000, 3), np.uint8)), Extend(share=4.0))
