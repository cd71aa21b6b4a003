"""Every recipe at toy size: it trains, lands in its band, and what it makes can be exported and used."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from diptych.core.errors import Unsupported
from diptych.training.recipes import NAMES, Place, start

BANDS = {
    "autoencoder": (0.5, 1.2),
    "generator": (0.5, 1.1),
    "eye": (4.0, 14.0),
    "cycle": (4.0, 14.0),
    "reader": (3.8, 5.6),
    "checker": (7.0, 13.0),
    "matting": (2.0, 6.5),
    "dual_encoder": (3.5, 9.0),
    "bilingual": (3.0, 9.0),
    "cascade512": (0.6, 1.4),
    "cascade1024": (0.6, 1.4),
    "superres4": (0.04, 0.11),
    "superres2": (0.035, 0.06),
    "superres3": (0.035, 0.07),
    "snapshot4": (0.05, 0.13),
    "snapshot2": (0.04, 0.08),
    "snapshot3": (0.05, 0.1),
    "cleaner": (-5.6, -4.4),
    "inpainter": (0.7, 1.2),
    "tagger": (4.0, 14.0),
    "canvas_latents": (0.5, 2.6),
    "canvas_pixels": (0.3, 1.3),
    "dcgan": (0.9, 2.4),
    "plain_vae": (0.2, 0.9),
}
"""Where the last logged loss of each toy run must lie: measured, with room for other machines."""


def column(path: Path, name: str) -> list[float]:
    with path.open() as file:
        return [float(row[name]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def trained(place: Place) -> Place:
    for name in NAMES:
        start(name, place).train()
    return place


@pytest.mark.parametrize("name", NAMES)
def test_the_toy_run_lands_in_its_band(trained: Place, name: str) -> None:
    losses = column(trained.runs / name / "log.csv", "loss")
    low, high = BANDS[name]
    # The inpainter begins from a smooth fill, and random pictures allow no better; of two players one's gain is the
    # other's loss.
    if name not in ("inpainter", "dcgan"):
        assert losses[-1] < losses[0]
    assert low <= losses[-1] <= high


def test_a_recipe_says_what_must_run_before_it(font: Path, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="diptych train autoencoder"):
        start("generator", Place(tmp_path, "toy", None, font))


def test_what_is_exported_is_what_was_trained_and_can_be_used(trained: Place, tmp_path: Path) -> None:
    """ONNX and torch agree within 1e-3, and the networks draw, read and check, however badly."""
    from diptych.evaluation.checker import Checker
    from diptych.painters.embedded import EmbeddedPainter
    from diptych.painters.reading import EmbeddedReader
    from diptych.runtime import Weights
    from diptych.training.export import export_all
    from diptych.world.scene import sample_scene

    worst = export_all(trained, tmp_path / "weights", judges=tmp_path / "judges")
    levels = {name for name in worst if name.startswith(("superres", "snapshot"))}  # they answer in whole levels
    assert max(worst[name] for name in levels) <= 1
    assert max(worst[name] for name in worst.keys() - levels) <= 1e-3
    weights = Weights(tmp_path / "weights")
    scene = sample_scene(np.random.default_rng(0), trained.known)
    drawn = EmbeddedPainter(weights).draw(scene, seed=1)
    assert drawn.shape == (128, 128, 3)
    assert np.array_equal(drawn, EmbeddedPainter(weights).draw(scene, seed=1))
    assert not np.array_equal(drawn, EmbeddedPainter(weights).draw(scene, seed=2))
    reader = EmbeddedReader(weights)
    assert reader.scene(drawn).background
    assert isinstance(reader.in_own_words(scene, "zh"), str)
    Checker(Weights(tmp_path / "judges")).read(drawn)
