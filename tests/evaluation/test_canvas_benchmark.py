"""The benchmark of canvases: its measures tell good from bad, and twins are drawn from their runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

import torch
from safetensors.torch import save_file

import canvas
import classics
from diptych.core.errors import Unsupported
from diptych.evaluation.checker import Checker
from diptych.evaluation.stickerbook import scenes
from diptych.models.denoiser import Denoiser
from diptych.models.plain_vae import PlainVae, PlainVaeConfig
from diptych.runtime import JUDGES, Weights
from diptych.training.recipes import Place
from diptych.training.recipes.canvas import config, known
from diptych.training.recipes.canvas import task as canvas_task
from diptych.training.stickers import CUT, Stickers
from diptych.world.render import render
from diptych.world.splits import color_is_held_out
from diptych.world.sprites import find_font


@pytest.fixture(scope="module")
def font() -> Path:
    try:
        return find_font()
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(Weights(JUDGES, 1))


@pytest.fixture(scope="module")
def stickers(font: Path) -> Stickers:
    return Stickers(("cat", "apple", "car"), font)


@pytest.fixture(scope="module")
def judge(checker: Checker, font: Path) -> classics.Judge:
    return classics.Judge(checker, font)


# ---- the classics ----------------------------------------------------------------------------------------------------


def test_stickers_are_all_looks_and_the_held_out_ones_apart(stickers: Stickers, font: Path) -> None:
    assert stickers.pictures.shape == (12 * len(stickers.things), CUT, CUT, 3)
    unseen = Stickers(stickers.known, font, held_out=True)
    assert all(color_is_held_out(thing.noun, thing.color) for thing in unseen.things)
    assert not {thing.kind for thing in unseen.things} & {thing.kind for thing in stickers.things}


def test_true_stickers_are_read_when_they_are_put_back(stickers: Stickers, judge: classics.Judge) -> None:
    for at in range(0, len(stickers.pictures), 37):
        assert judge.label(stickers.pictures[at]) == stickers.things[at // 12].noun
    assert judge.label(np.zeros((CUT, CUT, 3), np.uint8)) not in stickers.known


def test_entropy_is_in_bits() -> None:
    assert classics.entropy(["a", "b", "c", "d"]) == pytest.approx(2)
    assert classics.entropy(["a"] * 9) == 0
    assert classics.entropy([]) == 0


def test_distances_are_root_mean_squares() -> None:
    a, b = np.zeros((2, 4, 4, 3), np.uint8), np.full((1, 4, 4, 3), 7, np.uint8)
    assert classics.distances(a, b) == pytest.approx(np.full((2, 1), 7.0))


def test_the_frechet_distance_is_that_of_gaussians() -> None:
    rng = np.random.default_rng(0)
    true = rng.standard_normal((4000, 5))
    assert classics.frechet(true, true) == pytest.approx(0, abs=1e-4)
    assert classics.frechet(true + 2, true) == pytest.approx(5 * 4, rel=0.05)
    assert classics.frechet(true * 3, true) == pytest.approx(5 * 4, rel=0.05)  # (3 - 1)² each


def test_a_collapsed_generator_shows_in_every_figure(stickers: Stickers, judge: classics.Judge) -> None:
    rng = np.random.default_rng(1)
    true, fresh = stickers.some(rng, 40), stickers.some(rng, 40)
    good = classics.row(fresh, true, stickers, judge)
    same = classics.row(fresh[:1].repeat(40, 0), true, stickers, judge)
    noise = classics.row(rng.integers(0, 256, fresh.shape, np.uint8), true, stickers, judge)
    assert good["label_entropy"] > 1.4
    assert good["learned"] == 1 > noise["learned"]
    assert (same["label_entropy"], same["labels"], same["pairwise"]) == (0, 1, 0)
    assert good["feature_distance"] < same["feature_distance"]
    assert good["feature_distance"] < noise["feature_distance"]
    assert good["nearest"] == 0 < noise["nearest"]


def test_spread_is_over_seeds_and_reconstruction_is_measured() -> None:
    found = classics.spread([{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 2.0}])
    assert found["a"] == {"mean": 1.5, "least": 1.0, "largest": 2.0}
    model = PlainVae(PlainVaeConfig(latent=4, hidden=8))
    for value in model.parameters():
        torch.nn.init.zeros_(value)
    grey = np.full((2, CUT, CUT, 3), 128, np.uint8)
    assert classics.reconstruction(model, grey) > 45
    assert classics.reconstruction(model, grey - 64) < 13


# ---- the twins -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(font: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Runs of twins that have learned nothing yet."""
    place = Place(tmp_path_factory.mktemp("runs"), "toy", None, font)
    for name in canvas.TWINS.values():
        model = canvas_task(place, font, name).build()
        save_file(model.state_dict(), place.runs / name / "ema.safetensors")
    return place


def test_twins_learn_from_the_same_scenes(place: Place) -> None:
    pools = [np.load(place.runs / name / "pool.npz") for name in canvas.TWINS.values()]
    for part in ("things", "backgrounds", "masks"):
        assert np.array_equal(pools[0][part], pools[1][part])
    assert {pool["latents"].shape[2:] for pool in pools} == {(16, 16, 16), (192, 16, 16)}


def test_a_twin_draws_each_scene_by_itself_and_the_same_each_time(place: Place) -> None:
    twin = canvas.Twin.of(place, "canvas_pixels")
    torch.nn.init.normal_(twin.model.head.weight, std=0.1)
    wanted = list(scenes(known(place), 3, canvas.PART))
    drawn = twin.draw(wanted, 2, 1.5)
    assert drawn.shape == (3, 128, 128, 3)
    assert np.abs(twin.draw(wanted[:1], 2, 1.5)[0].astype(int) - drawn[0]).max() <= 1
    assert not np.array_equal(drawn[0], drawn[1])


def test_a_denoiser_that_knows_the_picture_is_judged_right(place: Place, font: Path, checker: Checker) -> None:
    """What the canvas gives back is what is read: pixels without loss, latents nearly so."""
    wanted = list(scenes(known(place), 4, canvas.PART))
    true = np.stack([render(scene, font) for scene in wanted])
    for name, recipe in canvas.TWINS.items():
        back = canvas.Twin.of(place, recipe).there_and_back(true)
        found = canvas.judged(back, wanted, true, checker)
        assert found["objects"] == 1
        assert found["psnr"] is None if name == "pixels" else found["psnr"] > 28
    wrong = canvas.judged(true[::-1], wanted, true, checker)
    assert wrong["exact"] == 0
    assert wrong["psnr"] < 20


def test_a_training_step_and_the_parameters_are_those_of_the_recipe(place: Place) -> None:
    twin = canvas.Twin.of(place, "canvas_latents")
    count = sum(value.numel() for value in Denoiser(config(place, "canvas_latents")).parameters())
    found = canvas.parameters(twin)
    assert found["denoiser"] == count
    assert found["decoder"] > found["encoder"] > 10**5
    assert set(canvas.parameters(canvas.Twin.of(place, "canvas_pixels"))) == {"denoiser"}
    canvas.two_steps(twin, canvas.settings("canvas_latents")["toy"])


def test_a_share_is_of_minutes_or_else_of_steps() -> None:
    twins, toy = (canvas.settings("canvas_pixels")[setting] for setting in ("cpu", "toy"))
    assert twins.minutes is not None
    assert canvas.shorter(twins, 0.25) == replace(twins, minutes=twins.minutes / 4)
    assert canvas.shorter(toy, 0.25) == replace(toy, steps=toy.steps // 4)


def test_a_run_says_how_fast_it_learned(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"batch": 40}')
    torch.save({"step": 30, "seconds": 60.0, "model": {}}, tmp_path / "state.pt")
    assert canvas.trained(tmp_path) == {"minutes": 1.0, "samples": 1200, "samples_a_second": 20.0}
