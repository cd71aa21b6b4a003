"""Fusion: the fused pass is the float chain to a level, bands nothing, keeps alpha, and is the same each time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from diptych.operations import color, fuse, tone
from diptych.operations.chain import DECODE, ENCODE, Curve, Matrix, evaluate, simplify
from diptych.operations.fuse import ColorTransform

PHOTO = data.astronaut()
EVERY_COLOR = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)

CHAINS = {
    "curves": (*tone.brightness(0.4), *tone.contrast(-0.3), *tone.gamma(1.4)),
    "usual": (*tone.brightness(0.3), *tone.contrast(0.3), *color.saturation(0.3), *color.warmth(0.3)),
    "hue": color.hue(40),
    "tint": color.tint("#00ff00", 0.5),
    "vibrance": color.vibrance(0.5),
    "all": (*tone.gamma(1.5), *color.vibrance(-0.4), *tone.contrast(0.2), *color.hue(-20), *color.sepia(0.3)),
    "steps": (*color.warmth(0.2), *color.vibrance(0.3), *tone.posterize(5)),
    "matrix at both ends": (Matrix(np.eye(3) * 0.9 + 0.03), Curve(lambda x: x**2), Matrix(np.eye(3) * 0.8 + 0.1)),
}


def levels_off(chain, pixels):
    transform = ColorTransform(chain)
    return np.abs(transform.apply(pixels) - 255 * transform.exact(pixels / 255.0))


@pytest.mark.parametrize("name", [name for name in CHAINS if name != "steps"])
def test_fused_is_the_float_chain(name):
    for pixels in (PHOTO, EVERY_COLOR):
        off = levels_off(CHAINS[name], pixels)
        assert off.max() <= 1.5
        assert np.percentile(off, 99.5) <= 0.75  # half a level is rounding


def test_stepped_curves_are_exact_but_at_their_steps():
    assert (levels_off(CHAINS["steps"], PHOTO) > 1).mean() < 0.01


def test_curves_alone_are_exact():
    assert levels_off(CHAINS["curves"], EVERY_COLOR).max() <= 0.5 + 1e-6


@given(
    st.lists(
        st.one_of(
            st.floats(-0.5, 0.5).map(tone.brightness),
            st.floats(-0.5, 0.5).map(tone.contrast),
            st.floats(-0.5, 0.5).map(tone.shadows),
            st.floats(-0.8, 0.0).map(color.saturation),
            st.floats(-0.5, 0.5).map(color.warmth),
            st.floats(-90, 90).map(color.hue),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=40, deadline=None)
def test_fused_is_one_step_after_the_other(steps):
    """But where a step alone would clip: fused, a later step may still bring such a color back."""
    muted = (80 + 0.35 * PHOTO[::16, ::16]).astype(np.uint8)
    stepwise, unclipped = muted / 255.0, np.ones(muted.shape[:2], bool)
    for step in steps:
        stepwise = evaluate(step, stepwise)
        unclipped &= ((stepwise > 0.004) & (stepwise < 0.996)).all(axis=-1)
    fused = ColorTransform(tuple(link for step in steps for link in step)).apply(muted)
    assert np.abs(fused - 255 * stepwise)[unclipped].max(initial=0) <= 1.0


def test_a_ramp_keeps_its_levels_through_many_steps():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    steps = [*tone.brightness(0.6), *tone.brightness(-0.6), *tone.contrast(0.6), *tone.contrast(-0.6)] * 3
    out = ColorTransform((*steps, *color.saturation(0.4), *color.warmth(0.0001))).apply(ramp)[0, :, 1].astype(int)
    assert np.diff(out).min() >= 0
    assert len(set(out)) >= 250


def test_alpha_passes_untouched():
    alpha = np.random.default_rng(1).integers(0, 256, PHOTO.shape[:2], dtype=np.uint8)
    rgba = np.dstack([PHOTO, alpha])
    for name in ("curves", "usual", "vibrance"):
        out = ColorTransform(CHAINS[name]).apply(rgba)
        assert np.array_equal(out[:, :, 3], alpha)
        assert np.array_equal(out[:, :, :3], ColorTransform(CHAINS[name]).apply(PHOTO))


def test_any_part_of_a_picture_comes_out_as_in_the_whole():
    transform = ColorTransform(CHAINS["all"])
    whole = transform.apply(PHOTO)
    assert np.array_equal(transform.apply(PHOTO[13:201, 40:333]), whole[13:201, 40:333])
    assert np.array_equal(transform.apply(PHOTO[:1, :1]), whole[:1, :1])


def test_same_bytes_every_time():
    assert np.array_equal(ColorTransform(CHAINS["all"]).apply(PHOTO), ColorTransform(CHAINS["all"]).apply(PHOTO))


def test_nothing_to_do_changes_nothing():
    assert np.array_equal(ColorTransform(()).apply(PHOTO), PHOTO)


def test_chains_get_short():
    assert simplify((*color.saturation(0.5), *color.warmth(0.5)))[0] is DECODE
    assert len(simplify((*color.saturation(0.5), *color.warmth(0.5)))) == 3
    assert len(simplify((*color.hue(20), *color.tint("#ff0000", 0.3)))) == 7
    assert simplify((*color.hue(20), *color.hue(-20))) == ()
    assert simplify((*tone.exposure(1), *tone.exposure(-1))) == ()
    assert simplify((ENCODE, DECODE)) == ()


def test_matrices_compose_with_their_offsets():
    first = Matrix(np.array([[0.5, 0.2, 0.0], [0.1, 0.9, 0.0], [0.0, 0.3, 0.7]]), np.array([0.1, 0.0, -0.2]))
    second = Matrix(np.eye(3) * 2, np.array([0.0, 0.5, 0.0]))
    values = np.random.default_rng(2).random((10, 3))
    assert second.after(first)(values) == pytest.approx(second(first(values)))


def test_without_wide_tables_in_opencv_the_bytes_are_the_same(monkeypatch):
    expected = ColorTransform(CHAINS["usual"]).apply(PHOTO)
    monkeypatch.setattr(fuse, "_opencv_reads_wide_tables", lambda: False)
    assert np.array_equal(ColorTransform(CHAINS["usual"]).apply(PHOTO), expected)


def test_strips_cover_every_row_once_and_pass_errors_on():
    seen = []
    fuse.in_strips(lambda rows: seen.extend(range(rows.start, rows.stop)), 1001, 4000)
    assert sorted(seen) == list(range(1001))

    def fail(rows):
        raise ValueError(rows.start)

    with pytest.raises(ValueError, match="0"):
        fuse.in_strips(fail, 1001, 4000)
