import numpy as np
import pytest
from skimage import data

from diptych.core.errors import InvalidPicture, InvalidPlan, TargetNotFound, Unsupported
from diptych.core.operation import BlurBackground, RemoveBackground, ReplaceBackground
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.region import Region
from diptych.core.target import Target, Thing
from diptych.operations import background, scenes
from diptych.operations.change import Context
from diptych.operations.run import run


class Subject:
    name = "subject"

    def __init__(self, *regions):
        self.regions = list(regions)
        self.asked = []

    def find(self, picture, target):
        self.asked.append(target)
        return self.regions


@pytest.fixture(scope="module")
def astronaut():
    return Picture(np.ascontiguousarray(data.astronaut()))


@pytest.fixture(scope="module")
def subject():
    y, x = np.mgrid[:512, :512]
    body = ((x - 220) / 150) ** 2 + ((y - 330) / 260) ** 2 < 1
    return Region(body.astype(np.float32), "woman", 0.9).feather(1.5)


@pytest.fixture
def disc():
    """A saturated red disc on a blue ground, with a three-pixel edge that mixes both, and its true alpha."""
    y, x = np.mgrid[:200, :200].astype(np.float32)
    alpha = np.clip((60 - np.hypot(x - 100, y - 100)) / 6 + 0.5, 0, 1)
    mixed = alpha[:, :, None] * np.array([220, 30, 30]) + (1 - alpha[:, :, None]) * np.array([20, 50, 230])
    return Picture(np.rint(mixed).astype(np.uint8)), Region(alpha.astype(np.float32), "disc")


def test_remove_background_is_the_subject_on_transparency(astronaut, subject):
    change = background.remove_background(astronaut, RemoveBackground(), subject, Context())
    assert change.pixels.shape == (512, 512, 4)
    assert np.abs(change.pixels[:, :, 3] / 255 - subject.mask).max() < 0.01
    sure = subject.mask == 1
    assert np.array_equal(change.pixels[:, :, :3][sure], astronaut.pixels[sure])


def test_the_subjects_own_pixels_are_proven_untouched(astronaut, subject):
    step = ReplaceBackground(color="#00ff00", target=Target(noun="woman"))
    outcome = run(astronaut, Plan(steps=(step,)), Context(grounder=Subject(subject)))
    assert outcome.certificates[0].changed_outside == 0
    sure = subject.mask == 1
    assert np.array_equal(outcome.picture.pixels[sure], astronaut.pixels[sure])
    assert (outcome.picture.pixels[subject.mask == 0] == (0, 255, 0)).all()


def test_without_a_region_the_subject_is_asked_for(astronaut, subject):
    grounder = Subject(subject)
    background.remove_background(astronaut, RemoveBackground(), None, Context(grounder=grounder))
    assert [target.noun for target in grounder.asked] == ["subject"]


def test_no_subject_and_no_grounder_are_errors(astronaut):
    with pytest.raises(TargetNotFound):
        background.remove_background(astronaut, RemoveBackground(), None, Context(grounder=Subject()))
    with pytest.raises(Unsupported):
        background.blur_background(astronaut, BlurBackground(), None, Context())


def test_no_halo_of_the_old_background(disc):
    """On black the edge is red going to black; a halo would have blue above red somewhere."""
    picture, region = disc
    pixels = background.replace_background(picture, ReplaceBackground(color="#000000"), region, Context()).pixels
    edge = (region.mask > 0.1) & (region.mask < 0.95)
    values = pixels[edge].astype(int)
    assert (values[:, 2] - values[:, 0]).max() < 5
    naive = region.mask[:, :, None] * picture.pixels
    assert (naive[edge][:, 2] - naive[edge][:, 0]).max() > 15


def test_gradient_runs_between_its_colours(astronaut, subject):
    step = ReplaceBackground(gradient=("#000000", "#ffffff"))
    pixels = background.replace_background(astronaut, step, subject, Context()).pixels
    column = pixels[:, 500].mean(axis=1)
    assert column[0] < 10
    assert column[-1] > 245
    smooth = np.convolve(column, np.ones(9) / 9, "valid")
    assert (np.diff(smooth) > -1).all()


def test_picture_file_covers_the_frame(tmp_path, astronaut, subject):
    Picture(np.ascontiguousarray(data.coffee())).save(tmp_path / "wood.png")
    step = ReplaceBackground(picture="wood.png")
    pixels = background.replace_background(astronaut, step, subject, Context(folder=tmp_path)).pixels
    assert pixels.shape == astronaut.pixels.shape
    assert pixels[5, 5].tolist() != astronaut.pixels[5, 5].tolist()
    assert len(np.unique(pixels[:, 450:].reshape(-1, 3), axis=0)) > 1000


def test_missing_picture_file_is_named(tmp_path, astronaut, subject):
    step = ReplaceBackground(picture="nowhere.jpg")
    with pytest.raises(InvalidPicture, match=r"nowhere\.jpg"):
        background.replace_background(astronaut, step, subject, Context(folder=tmp_path))


def test_nothing_said_is_an_invalid_plan(astronaut, subject):
    with pytest.raises(InvalidPlan) as caught:
        background.replace_background(astronaut, ReplaceBackground(), subject, Context())
    assert "背景" in caught.value.say("zh")


def test_a_scene_without_a_formula_is_refused_before_any_work(astronaut):
    step = ReplaceBackground(scene=Thing(noun="beach"))
    with pytest.raises(Unsupported, match="beach") as caught:
        background.replace_background(astronaut, step, None, Context())
    assert "sunset" in caught.value.remedy.en


@pytest.mark.parametrize("noun", scenes.scenes())
@pytest.mark.parametrize("size", [(97, 61), (33, 80)])
def test_scenes_are_repeatable_and_no_flat_colour(noun, size):
    first, second = (scenes.paint(Thing(noun=noun), *size, np.random.default_rng(5)) for _ in range(2))
    assert first.shape == (size[1], size[0], 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert first.astype(float).std(axis=(0, 1)).max() > 5


@pytest.mark.parametrize("noun", ["sunset", "night sky", "bokeh", "snow", "cloud"])
def test_scenes_follow_the_seed(noun):
    first, second = (scenes.paint(Thing(noun=noun), 90, 60, np.random.default_rng(seed)) for seed in (1, 2))
    assert (first != second).any()


def test_coloured_scenes():
    wall = scenes.paint(Thing(noun="wall", color="#336699"), 8, 6, np.random.default_rng(0))
    assert (wall == (0x33, 0x66, 0x99)).all()
    studio = scenes.paint(Thing(noun="studio", color="#c03030"), 60, 40, np.random.default_rng(0))
    assert studio[20, 30, 0] > studio[20, 30, 1] + 60
    night = scenes.paint(Thing(noun="sky", attributes=("starry",)), 60, 40, np.random.default_rng(0))
    storm = scenes.paint(Thing(noun="sky", attributes=("stormy",)), 60, 40, np.random.default_rng(0))
    assert night.mean() < 80 < storm.mean()


def test_blur_smooths_the_background_and_keeps_the_subject(astronaut, subject):
    change = background.blur_background(astronaut, BlurBackground(), subject, Context())
    sure, behind = subject.mask == 1, subject.mask == 0
    assert np.array_equal(change.pixels[sure], astronaut.pixels[sure])

    def detail(pixels):
        steps = np.abs(np.diff(pixels[:, :, 0].astype(float), axis=1))
        return steps[behind[:, 1:]].mean()

    assert detail(change.pixels) < 0.45 * detail(astronaut.pixels)


def test_blur_carries_no_rim_of_the_subject(disc):
    """Just outside the disc the background is flat blue and has to stay so."""
    picture, region = disc
    pixels = background.blur_background(picture, BlurBackground(strength=1.0), region, Context()).pixels
    outside = region.mask == 0
    assert np.abs(pixels[outside].astype(int) - (20, 50, 230)).max() <= 3


def test_stronger_blur_is_blurrier(astronaut, subject):
    def spread(strength):
        pixels = background.blur_background(astronaut, BlurBackground(strength=strength), subject, Context()).pixels
        return float(np.abs(np.diff(pixels[:, 400:].astype(float), axis=1)).mean())

    assert spread(1.0) < spread(0.3) < spread(0.05)


def test_alpha_survives(astronaut, subject):
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[:100] = 0
    picture = Picture(np.dstack([astronaut.pixels, alpha]))
    cut = background.remove_background(picture, RemoveBackground(), subject, Context()).pixels
    assert (cut[:100, :, 3] == 0).all()
    blurred = background.blur_background(picture, BlurBackground(), subject, Context()).pixels
    assert np.array_equal(blurred[:, :, 3], alpha)
    flat = background.replace_background(picture, ReplaceBackground(color="#ff0000"), subject, Context()).pixels
    assert (flat[:50, :, :3] == (255, 0, 0)).all()
