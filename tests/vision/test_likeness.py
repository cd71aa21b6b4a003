"""The dual encoder in use: points on a sphere that don't depend on what else is asked, and words that fit."""

from __future__ import annotations

import numpy as np
import pytest

from diptych import Studio
from diptych.core.picture import Picture
from diptych.evaluation.retrieval import ranks, recall
from diptych.runtime import Weights
from diptych.vision.likeness import Likeness, squeezed
from diptych.world.scene import Background, Scene, Thing, sample_scene
from diptych.world.vocabulary import core_nouns
from diptych.world.words import describe

LIKENESS = Likeness(Weights())


@pytest.fixture(scope="module")
def drawn() -> list[Picture]:
    """Pictures that the embedded painter draws: no font is needed."""
    painter = Studio().engines.stickerbook.painter
    return [Picture(painter.draw(scene, seed=1)) for scene in SCENES]


SCENES = [
    Scene((Thing(68, 68, "cat", "red", "big"),), Background("meadow", "day", "clear")),
    Scene(
        (Thing(36, 68, "car", "blue", "medium"), Thing(92, 68, "car", "blue", "medium")),
        Background("road", "night", "clear"),
    ),
    Scene((Thing(68, 28, "star", None, "medium"), Thing(68, 92, "tree", None, "big")), Background("plain")),
]


def test_points_are_unit_vectors_and_independent_of_their_company(drawn: list[Picture]) -> None:
    together = LIKENESS.pictures(drawn)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([LIKENESS.pictures([picture]) for picture in drawn])
    assert np.allclose(together, alone, atol=1e-5)
    texts = ["a cat", "夜晚的两辆蓝色汽车", "x" * 4000, ""]
    words = LIKENESS.words(texts)
    assert words.shape == (4, together.shape[1])
    assert np.allclose(np.linalg.norm(words, axis=1), 1, atol=1e-5)
    assert np.allclose(words[1], LIKENESS.words(texts[1:2])[0], atol=1e-5)
    assert LIKENESS.pictures([]).shape == LIKENESS.words([]).shape == (0, LIKENESS.dimensions)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_description_finds_its_picture(language: str, drawn: list[Picture]) -> None:
    similarity = LIKENESS.words([describe(scene, language) for scene in SCENES]) @ LIKENESS.pictures(drawn).T
    assert similarity.argmax(1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("true", "false"), [("a red cat", "two blue cars at night"), ("一只红色的猫", "夜晚的两辆蓝色汽车")]
)
def test_true_words_match_better_than_false_ones(true: str, false: str, drawn: list[Picture]) -> None:
    cat = LIKENESS.matches(drawn[0], [true, false])
    cars = LIKENESS.matches(drawn[1], [true, false])
    assert cat[0] > 0.5 > cat[1]
    assert cars[1] > 0.5 > cars[0]


def test_any_picture_can_be_looked_at() -> None:
    rng = np.random.default_rng(0)
    odd = [
        Picture(rng.integers(0, 256, shape, dtype=np.uint8))
        for shape in ((1, 1, 3), (7, 900, 3), (50, 40, 4), (2000, 1500, 3))
    ]
    assert np.isfinite(LIKENESS.pictures(odd)).all()
    assert squeezed(odd[3].rgb).shape == (128, 128, 3)


def test_squeezing_a_large_photo_by_thinning_is_near_to_squeezing_all_of_it() -> None:
    import cv2

    rng = np.random.default_rng(1)
    smooth = cv2.resize(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8), (2400, 1800), interpolation=cv2.INTER_CUBIC)
    whole = cv2.resize(smooth, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(squeezed(smooth).astype(int) - whole).mean() < 1.5


def test_recall_counts_ties_against_the_query() -> None:
    similarity = np.array([[0.9, 0.1, 0.3], [0.5, 0.5, 0.2], [0.1, 0.2, 0.8]], np.float32)
    right = np.array([[True, False, False], [True, False, False], [True, True, False]])
    assert ranks(similarity, right).tolist() == [0, 1, 1]
    assert recall(similarity, right, 1) == pytest.approx(0.3333, abs=1e-3)
    assert recall(similarity, right, 2) == 1


def test_a_library_of_scenes_is_searched_in_both_languages() -> None:
    """Thirty drawings, each found by its description."""
    rng = np.random.default_rng(5)
    painter = Studio().engines.stickerbook.painter
    scenes = [sample_scene(rng, core_nouns()) for _ in range(30)]
    points = LIKENESS.pictures([Picture(painter.draw(scene, seed=2)) for scene in scenes])
    for language in ("en", "zh"):
        similarity = LIKENESS.words([describe(scene, language) for scene in scenes]) @ points.T
        assert recall(similarity, np.eye(30, dtype=bool), 1) >= 0.9
