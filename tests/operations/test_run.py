"""The executor: fusion, order, certificates, targets, painters, progress, and what it gives back."""

import numpy as np
import pytest
from skimage import data

from diptych.core import operation as op
from diptych.core.errors import TargetNotFound, Unsupported
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.region import Region
from diptych.core.target import Relation, Target
from diptych.operations import pointwise
from diptych.operations.change import Context
from diptych.operations.entries import ENTRIES
from diptych.operations.fuse import ColorTransform
from diptych.operations.run import run

PHOTO = Picture(data.astronaut()[::2, ::2].copy())
SKY = Target(noun="sky")
BOX = (40, 30, 150, 120)


class OneBox:
    """A grounder that finds one box whatever is asked, and remembers what was asked."""

    name = "one box"

    def __init__(self, box=BOX):
        self.box = box
        self.asked = []

    def find(self, picture, target):
        self.asked.append(target)
        return [Region.from_box(self.box, picture.height, picture.width, "thing", 0.8)] if self.box else []


class Red:
    """A painter that can do some operations, and paints everything red, outside the region too."""

    name = "red painter"

    def __init__(self, *can):
        self.ops = can

    def can(self, operation):
        return operation.op in self.ops

    def paint(self, picture, operation, region, seed):
        pixels = picture.pixels.copy()
        pixels[:, :, :3] = (255, 0, seed)
        return Picture(pixels)


def do(*steps, picture=PHOTO, **context):
    return run(picture, Plan(steps=steps), Context(**context))


def test_every_operation_has_exactly_one_way():
    known = {step.model_fields["op"].default for step in op.ALL_OPERATIONS}
    fused = set(pointwise.FIXED) | set(pointwise.MEASURED)
    assert set(ENTRIES) | fused == known
    assert not set(ENTRIES) & fused


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_entry_loads(name):
    assert callable(ENTRIES[name].load())


def test_no_steps_no_change():
    outcome = do()
    assert np.array_equal(outcome.picture.pixels, PHOTO.pixels)
    assert outcome.certificates == outcome.regions == outcome.answers == ()


def test_a_fused_run_is_one_transform_and_a_certificate_a_step():
    steps = (op.Brightness(amount=0.3), op.Contrast(amount=0.2), op.Saturation(amount=0.3), op.Warmth(amount=0.2))
    outcome = do(*steps)
    links = tuple(link for step in steps for link in pointwise.fixed_links(step))
    expected = ColorTransform(links).apply(PHOTO.pixels)
    assert np.array_equal(outcome.picture.pixels, expected)
    differing = int((expected != PHOTO.pixels).any(axis=2).sum())
    assert [certificate.step for certificate in outcome.certificates] == [1, 2, 3, 4]
    for certificate in outcome.certificates:
        assert certificate.changed_inside == differing
        assert certificate.changed_outside == 0
        assert certificate.engine == "diptych (4 steps fused)"
        assert certificate.frame == (PHOTO.width, PHOTO.height)
    assert outcome.certificates[1].operation == "contrast amount=0.2"


def test_measured_amounts_stand_in_the_certificate_and_not_in_the_plan():
    dark = Picture((PHOTO.pixels // 4).astype(np.uint8))
    outcome = do(op.Brightness(), picture=dark)
    assert outcome.certificates[0].operation == "brightness amount=0.6"
    assert outcome.plan.steps[0].amount is None


def test_what_is_measured_sees_the_steps_before_it():
    dark = Picture((PHOTO.pixels // 4).astype(np.uint8))
    fused = do(op.Brightness(amount=0.8), op.Brightness(), picture=dark)
    apart = do(op.Brightness(), picture=do(op.Brightness(amount=0.8), picture=dark).picture)
    assert fused.certificates[1].operation == apart.certificates[0].operation


def test_a_target_limits_the_run_and_is_looked_for_once():
    grounder = OneBox()
    outcome = do(op.Brightness(amount=0.4, target=SKY), op.Hue(degrees=90, target=SKY), grounder=grounder)
    region = outcome.regions[0]
    assert region is outcome.regions[1]
    changed = (outcome.picture.pixels != PHOTO.pixels).any(axis=2)
    assert not changed[region.mask == 0].any()
    certificate = outcome.certificates[1]
    assert certificate.changed_inside == changed.sum() > 0
    assert (certificate.region, certificate.score, certificate.box) == ("thing", 0.8, region.box)
    assert grounder.asked == [SKY]


def test_other_targets_do_not_fuse():
    grounder = OneBox()
    ground_target = Target(noun="ground")
    outcome = do(
        op.Brightness(amount=0.4, target=SKY), op.Brightness(amount=-0.4, target=ground_target), grounder=grounder
    )
    assert grounder.asked == [SKY, ground_target]
    assert {certificate.engine for certificate in outcome.certificates} == {"diptych"}


def test_nothing_found_raises_and_leaves_the_picture_alone():
    before = PHOTO.pixels.copy()
    with pytest.raises(TargetNotFound):
        do(op.Brightness(amount=0.4), op.Hue(target=SKY), grounder=OneBox(None))
    assert np.array_equal(PHOTO.pixels, before)


def test_a_pick_is_written_into_the_plan():
    class Two(OneBox):
        def find(self, picture, target):
            boxes = ((150, 30, 200, 120), (20, 30, 70, 120))
            return [Region.from_box(box, picture.height, picture.width, "dog", 0.9) for box in boxes]

    picked = do(op.Brightness(amount=0.4, target=SKY), op.Blur(target=SKY), grounder=Two(), pick=2)
    assert [step.target.ordinal for step in picked.plan.steps] == [2, 2]
    again = run(PHOTO, picked.plan, Context(grounder=Two()))
    assert np.array_equal(again.picture.pixels, picked.picture.pixels)


def test_a_crop_goes_first_and_the_bytes_do_not_know():
    tones = (op.Brightness(amount=0.3), op.Vibrance(amount=0.4), op.Hue(degrees=20))
    crop = op.Crop(box=(0.1, 0.2, 0.7, 0.9))
    together = do(*tones, crop)
    apart = do(crop, picture=do(*tones).picture)
    assert np.array_equal(together.picture.pixels, apart.picture.pixels)
    assert [certificate.operation.split()[0] for certificate in together.certificates] == [
        "brightness",
        "vibrance",
        "hue",
        "crop",
    ]
    assert together.certificates[0].frame == (PHOTO.width, PHOTO.height)
    assert together.certificates[3].frame == (together.picture.width, together.picture.height)


def test_a_crop_waits_for_what_is_measured():
    steps = (op.AutoEnhance(), op.Crop(box=(0.0, 0.0, 0.4, 0.4)))
    apart = do(steps[1], picture=do(steps[0]).picture)
    assert np.array_equal(do(*steps).picture.pixels, apart.picture.pixels)


def test_alpha_survives_tone_steps():
    alpha = np.random.default_rng(0).integers(0, 256, (PHOTO.height, PHOTO.width, 1), dtype=np.uint8)
    rgba = Picture(np.concatenate([PHOTO.pixels, alpha], axis=2))
    outcome = do(op.Brightness(amount=0.4, target=SKY), op.Warmth(amount=0.4), picture=rgba, grounder=OneBox())
    assert np.array_equal(outcome.picture.alpha, rgba.alpha)


def test_a_painter_steps_in_and_is_kept_inside():
    painters = (Red("restyle"),)
    step = op.Restyle(style="a style that nobody has", target=SKY)
    outcome = do(step, grounder=OneBox(), painters=painters, seed=7)
    region = outcome.regions[0]
    assert (outcome.picture.pixels[region.mask == 1] == (255, 0, 7)).all()
    assert np.array_equal(outcome.picture.pixels[region.mask == 0], PHOTO.pixels[region.mask == 0])
    assert (outcome.certificates[0].engine, outcome.certificates[0].seed) == ("red painter", 7)


def test_without_a_painter_that_can_the_refusal_stands():
    with pytest.raises(Unsupported):
        do(op.Restyle(style="a style that nobody has"), painters=(Red("extend"),))


def test_noise_follows_the_seed_and_the_step():
    once = do(op.Grain(), seed=3)
    assert np.array_equal(do(op.Grain(), seed=3).picture.pixels, once.picture.pixels)
    assert not np.array_equal(do(op.Grain(), seed=4).picture.pixels, once.picture.pixels)
    assert [certificate.seed for certificate in do(op.Grain(), op.Grain(), seed=3).certificates] == [3, 4]


def test_a_target_is_looked_for_again_once_things_have_moved():
    grounder = OneBox()
    do(op.Blur(target=SKY), op.Brightness(amount=0.2, target=SKY), grounder=grounder)
    assert len(grounder.asked) == 1
    do(op.Flip(), op.Brightness(amount=0.2, target=SKY), grounder=grounder)
    do(op.Blur(target=SKY), op.Flip(), op.Blur(target=SKY), grounder=grounder)
    assert len(grounder.asked) == 4


def test_all_text_is_meant_where_none_is_named():
    grounder = OneBox()
    outcome = do(op.RemoveText(), grounder=grounder)
    assert grounder.asked == [Target(noun="text", quantifier="all")]
    assert outcome.certificates[0].changed_outside == 0


def test_noise_is_treated_and_not_looked_for():
    grounder = OneBox()
    do(op.Remove(target=Target(noun="noise")), grounder=grounder)
    assert grounder.asked == []
    do(op.Remove(target=Target(noun="noise", place="left half")), grounder=grounder)
    assert grounder.asked == [Target(place="left half")]
    sky = Target(noun="noise", relation=Relation(kind="in", anchor=SKY))
    outcome = do(op.Remove(target=sky), grounder=grounder)
    assert grounder.asked[1:] == [SKY]
    region = outcome.regions[0]
    assert np.array_equal(outcome.picture.pixels[region.mask == 0], PHOTO.pixels[region.mask == 0])


def test_frames_may_change_and_say_so():
    outcome = do(op.Resize(width=100, height=50), op.Rotate(degrees=90))
    assert [certificate.frame for certificate in outcome.certificates] == [(100, 50), (50, 100)]
    assert outcome.certificates[0].changed_inside == 5000


def test_progress_is_told_at_each_step_and_at_the_end():
    heard = []
    do(op.Blur(), op.Brightness(amount=0.1), op.Hue(), on_progress=lambda share, what: heard.append((share, what)))
    assert heard == [(0.0, "blur"), (pytest.approx(1 / 3), "brightness amount=0.1"), (1.0, "")]
