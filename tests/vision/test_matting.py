"""The matting network in use: sizes, determinism, people and what they wear; and the user's own mask."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.core.picture import Picture
from diptych.core.target import Target
from diptych.runtime import Weights
from diptych.vision.clothing import group_mask, persons, worn_regions
from diptych.vision.grounder import EmbeddedGrounder
from diptych.vision.matting import Matting, Seen, sureness
from diptych.vision.subject import find_cutout, matted_cutout, person_cutouts, separate_parts
from diptych.vision.working_copy import WorkingCopy

MATTING = Matting(Weights())
NAMES = ("top", "skirt", "bag")


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    data = pytest.importorskip("skimage.data")
    return Picture(np.ascontiguousarray(data.astronaut()))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 200), (64, 64), (199, 301), (1500, 40), (33, 1)])
def test_every_size_gets_masks_about_half_as_large_as_what_is_looked_at(height: int, width: int) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    seen = MATTING.look(rgb)
    longest = max(seen.alpha.shape)
    assert longest == 160
    assert seen.groups.shape[1:] == seen.alpha.shape
    assert float(seen.alpha.min()) >= 0
    assert float(seen.alpha.max()) <= 1
    assert np.allclose(seen.groups.sum(0), 1, atol=1e-4)


def test_the_same_picture_gives_the_same_answer(astronaut: Picture) -> None:
    one, other = MATTING.look(astronaut.rgb), Matting(Weights()).look(astronaut.rgb)
    assert np.array_equal(one.alpha, other.alpha)
    assert np.array_equal(one.groups, other.groups)


def test_a_person_is_seen_and_is_the_subject(astronaut: Picture) -> None:
    copy = WorkingCopy.of(astronaut, MATTING)
    people = person_cutouts(copy)
    assert people
    height, width = copy.shape
    assert people[0].mask[height // 2, width // 2] > 0.5  # the suit
    assert people[0].mask[5, width - 5] < 0.5  # the shuttle's sky
    cutout = find_cutout(copy)
    assert cutout is not None
    assert cutout.by == "matting"


def test_without_the_network_saliency_decides(astronaut: Picture) -> None:
    copy = WorkingCopy.of(astronaut)
    assert copy.seen is None
    assert matted_cutout(copy) is None
    cutout = find_cutout(copy)
    assert cutout is not None
    assert cutout.by == "saliency"


def seen_of(groups: np.ndarray) -> Seen:
    """h×w group numbers → what a network that is sure of them would say."""
    chances = np.full((1 + len(NAMES), *groups.shape), 0.02, np.float32)
    for number in range(1 + len(NAMES)):
        chances[number][groups == number] = 0.94
    return Seen((groups > 0).astype(np.float32), chances, NAMES)


def test_a_group_is_where_it_is_likelier_than_the_others() -> None:
    groups = np.zeros((20, 20), np.uint8)
    groups[:10, 5:15], groups[10:, 5:15] = 1, 2
    seen = seen_of(groups)
    assert np.array_equal(group_mask(seen, ("top",)) > 0.5, groups == 1)
    assert np.array_equal(group_mask(seen, ("top", "skirt")) > 0.5, groups > 0)
    assert not (group_mask(seen, ("bag",)) > 0.5).any()
    with pytest.raises(ValueError, match="hat"):
        seen.group("hat")


def test_people_who_stand_apart_are_two() -> None:
    groups = np.zeros((40, 80), np.uint8)
    groups[5:35, 10:20], groups[5:35, 60:72] = 1, 1
    apart = persons(seen_of(groups))
    assert len(apart) == 2
    assert (apart[0] ^ apart[1]).all()
    assert persons(seen_of(np.zeros((10, 10), np.uint8))) == []


def test_sureness_is_the_iou_that_a_mask_expects_of_itself() -> None:
    assert sureness(np.array([[1.0, 0.0]], np.float32)) == pytest.approx(1)
    assert sureness(np.array([[0.75, 0.25]], np.float32)) == pytest.approx(0.75 / 1.25)
    assert sureness(np.zeros((2, 2), np.float32)) == 0


def test_nothing_is_worn_where_there_is_nobody() -> None:
    plain = Picture(np.full((120, 160, 3), 200, np.uint8))
    copy = WorkingCopy.of(plain, MATTING)
    assert worn_regions(copy, "coat", "coat") == []
    assert EmbeddedGrounder().find(plain, Target(noun="hat")) == []
    assert EmbeddedGrounder().find(plain, Target(noun="woman")) == []


def test_parts_of_a_soft_cutout_keep_their_soft_rims(astronaut: Picture) -> None:
    cutout = matted_cutout(WorkingCopy.of(astronaut, MATTING))
    assert cutout is not None
    parts = separate_parts(cutout)
    assert parts[0].by == "matting"
    assert ((parts[0].mask > 0.05) & (parts[0].mask < 0.95)).any()


@pytest.mark.parametrize("kind", ["grey", "alpha", "one pixel", "thin"])
def test_odd_pictures_are_looked_through_without_an_error(kind: str, astronaut: Picture) -> None:
    pixels = {
        "grey": np.repeat(astronaut.rgb.mean(-1, keepdims=True).astype(np.uint8), 3, axis=2),
        "alpha": np.dstack([astronaut.rgb, np.full(astronaut.rgb.shape[:2], 255, np.uint8)]),
        "one pixel": np.zeros((1, 1, 3), np.uint8),
        "thin": np.ascontiguousarray(astronaut.rgb[:, :3]),
    }[kind]
    grounder = EmbeddedGrounder()
    for noun in ("subject", "person", "dress", "hair", "skin", "sky", "dog"):
        for region in grounder.find(Picture(pixels), Target(noun=noun)):
            assert region.frame == pixels.shape[:2]
            assert 0 <= region.score <= 1
    if kind == "grey":
        assert grounder.find(Picture(pixels), Target(noun="person"))


@pytest.mark.slow
def test_forty_megapixels(astronaut: Picture) -> None:
    large = Picture(np.ascontiguousarray(np.kron(astronaut.rgb, np.ones((12, 13, 1), np.uint8))))
    assert large.width * large.height > 40_000_000
    (subject,) = EmbeddedGrounder().find(large, Target(noun="subject"))
    assert subject.frame == (large.height, large.width)
    assert subject.area > 0.2
