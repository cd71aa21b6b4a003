"""Law 1 on random pictures, regions and operations: outside the region every byte is as it was."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diptych.core import operation as op
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Context
from diptych.operations.run import run

THING = Target(noun="thing")
AMOUNT = st.one_of(st.none(), st.floats(-1, 1))
STRENGTH = st.floats(0, 1)


class Fixed:
    """A grounder that finds this region, whatever is asked."""

    name = "fixed"

    def __init__(self, mask):
        self.mask = mask

    def find(self, picture, target):
        return [Region(self.mask, "thing", 0.9)]


def built(step, **parameters):
    return st.builds(step, target=st.just(THING), **parameters)


SAME_FRAME = st.one_of(
    *(
        built(step, amount=AMOUNT)
        for step in (op.Brightness, op.Contrast, op.Highlights, op.Shadows, op.Saturation, op.Vibrance, op.Warmth)
    ),
    built(op.Exposure, stops=st.floats(-4, 4)),
    built(op.Gamma, gamma=st.floats(0.2, 5)),
    built(op.Tint, amount=AMOUNT, color=st.sampled_from([None, "#ff0000", "#0000ff", "#808080"])),
    built(op.Hue, degrees=st.floats(-360, 360)),
    built(op.Grayscale),
    built(op.Sepia, strength=STRENGTH),
    built(op.Invert),
    built(op.Posterize, levels=st.integers(2, 8)),
    built(op.AutoEnhance, strength=STRENGTH),
    built(op.Sharpness, amount=AMOUNT),
    built(op.Blur, strength=STRENGTH, style=st.sampled_from(["gaussian", "bokeh", "motion", "zoom"])),
    built(op.Denoise, strength=STRENGTH),
    built(op.Pixelate),
    built(op.Vignette, amount=st.floats(-1, 1)),
    built(op.Grain, strength=STRENGTH),
    built(op.Recolor, color=st.sampled_from(["#ff0000", "#000000", "#ffffff"]), strength=STRENGTH),
)


@st.composite
def scenes(draw):
    height, width = draw(st.integers(2, 40)), draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pixels = rng.integers(0, 256, (height, width, draw(st.sampled_from([3, 4]))), dtype=np.uint8)
    mask = np.zeros((height, width), np.float32)
    y0, x0 = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    y1, x1 = draw(st.integers(y0 + 1, height)), draw(st.integers(x0 + 1, width))
    mask[y0:y1, x0:x1] = 1.0 if draw(st.booleans()) else rng.random((y1 - y0, x1 - x0))
    mask[y0, x0] = 1.0
    return Picture(pixels), mask


@given(scenes(), st.lists(SAME_FRAME, min_size=1, max_size=4))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_outside_is_identical_and_the_certificates_say_so(scene, steps):
    picture, mask = scene
    context = Context(grounder=Fixed(mask), seed=5)
    outcome = run(picture, Plan(steps=tuple(steps)), context)
    union = np.max([region.mask for region in outcome.regions], axis=0)
    assert outcome.picture.pixels.shape == picture.pixels.shape
    changed = (outcome.picture.pixels != picture.pixels).any(axis=2)
    assert not changed[union == 0].any()
    assert all(certificate.changed_outside == 0 for certificate in outcome.certificates)
    if len(steps) == 1:
        assert outcome.certificates[0].changed_inside == changed.sum()
    again = run(picture, Plan(steps=tuple(steps)), context)
    assert np.array_equal(again.picture.pixels, outcome.picture.pixels)


@given(scenes(), SAME_FRAME)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_far_from_the_region_nothing_is_touched(scene, step):
    """The region's own edge is softened by a few pixels and no more."""
    small, mask = scene
    pixels = np.pad(small.pixels, ((60, 60), (60, 60), (0, 0)), mode="edge")
    picture = Picture(pixels)
    wide = np.pad(mask, 60)
    outcome = run(picture, Plan(steps=(step,)), Context(grounder=Fixed(wide)))
    x0, y0, x1, y1 = Region(wide).box
    far = np.ones(wide.shape, bool)
    far[y0 - 8 : y1 + 8, x0 - 8 : x1 + 8] = False
    assert np.array_equal(outcome.picture.pixels[far], pixels[far])
