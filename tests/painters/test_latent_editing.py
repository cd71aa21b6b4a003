"""Given pictures edited in latents: they come back, and an edit changes what it names and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import latent_editing as benchmark
from diptych.evaluation.checker import Checker
from diptych.painters import latent
from diptych.painters.latent_editing import Inverted, LatentEditor
from diptych.painters.stickerbook import Stickerbook
from diptych.runtime import JUDGES, Weights
from diptych.world.edits import Edit
from diptych.world.render import render
from diptych.world.scene import Background, Scene, Thing
from diptych.world.sprites import find_font

CAT, BALL = Thing(44, 84, "cat", None, "medium"), Thing(100, 44, "ball", "red", "medium")
DOG = Thing(44, 84, "dog", None, "medium")
BEFORE = Scene((CAT, BALL), Background("beach"), variant=4)
AFTER = Scene((DOG, BALL), BEFORE.background, variant=4)
EDIT = Edit("replace", (CAT,), (DOG,))


@pytest.fixture(scope="module")
def font() -> Path:
    return find_font(None)


@pytest.fixture(scope="module")
def editor() -> LatentEditor:
    return LatentEditor(Weights())


@pytest.fixture(scope="module")
def inverted(editor: LatentEditor, font: Path) -> Inverted:
    return editor.invert(render(BEFORE, font), BEFORE, steps=12)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(Weights(JUDGES))


def test_the_graph_with_attention_is_the_denoiser(editor: LatentEditor) -> None:
    z = np.random.default_rng(0).standard_normal((16, 16, 16), dtype=np.float32)
    clean, reads, maps = editor.attending(BEFORE, 4, z, 0.6, None, 0.0)
    np.testing.assert_allclose(clean, editor.denoiser(BEFORE, 4)(z, 0.6), atol=1e-4)
    np.testing.assert_allclose(editor.attending(BEFORE, 4, z, 0.6, (reads, maps), 1.0)[0], clean, atol=1e-4)
    np.testing.assert_allclose(maps.sum(-1), 1, atol=1e-5)
    assert np.abs(editor.attending(AFTER, 4, z, 0.6, None, 0.0)[0] - clean).max() > 0.1


def test_the_variant_of_a_backdrop_is_seen_in_the_picture(inverted: Inverted) -> None:
    assert inverted.variant == 4


def test_inverted_and_sampled_again_the_picture_comes_back(editor: LatentEditor, inverted: Inverted) -> None:
    latents = editor.resample(inverted)
    own = editor.decode(inverted.path[-1])
    assert benchmark.psnr(editor.decode(latents), own) > 35
    assert benchmark.psnr(editor.put_back(latents, inverted), inverted.pixels) > 35
    assert (editor.put_back(inverted.path[-1], inverted) == inverted.pixels).all()


def test_beside_its_source_an_unchanged_scene_is_the_source(editor: LatentEditor, inverted: Inverted) -> None:
    latents = editor.prompt_to_prompt(inverted, BEFORE, local=False)
    np.testing.assert_allclose(latents, inverted.path[-1], atol=2e-3)
    assert (editor.edit(inverted, BEFORE) == inverted.pixels).all()


def test_a_swapped_thing_is_there_and_all_else_is_to_the_byte(
    editor: LatentEditor, inverted: Inverted, checker: Checker
) -> None:
    made = editor.edit(inverted, AFTER)
    assert benchmark.judged(checker.read(made), BEFORE, EDIT) == (True, True)
    cells = np.kron(editor.changed_cells(inverted, AFTER)[0], np.ones((8, 8))) > 0
    assert (made[~cells] == inverted.pixels[~cells]).all()
    assert 0.02 < cells.mean() < 0.35
    assert (made == editor.edit(inverted, AFTER)).all()  # the same again


def test_held_attention_keeps_more_than_noise_alone(editor: LatentEditor, inverted: Inverted) -> None:
    cells = np.kron(editor.changed_cells(inverted, AFTER)[0], np.ones((8, 8), bool))
    made = editor.put_back(editor.prompt_to_prompt(inverted, AFTER, until=0.0, local=False), inverted)
    plain = editor.put_back(editor.resample(inverted, AFTER), inverted)
    drawn = editor.put_back(editor.sdedit(inverted, AFTER, 0.8), inverted)
    kept = [benchmark.moved(picture, inverted.pixels, cells)[1] for picture in (made, plain, drawn)]
    assert kept == sorted(kept)


def test_a_thing_read_with_weight_nothing_is_gone(editor: LatentEditor, inverted: Inverted, checker: Checker) -> None:
    index = BEFORE.things.index(CAT)
    latents = editor.prompt_to_prompt(inverted, BEFORE, weights={index: 0.0}, local=False)
    found = checker.read(editor.put_back(latents, inverted))
    assert [thing.noun for thing in found.things] == ["ball"]


def test_judging_tells_changed_from_kept() -> None:
    assert benchmark.judged(AFTER, BEFORE, EDIT) == (True, True)
    assert benchmark.judged(BEFORE, BEFORE, EDIT) == (False, True)
    assert benchmark.judged(Scene((DOG,), BEFORE.background), BEFORE, EDIT) == (True, False)
    assert benchmark.judged(Scene((DOG, BALL), Background("plain")), BEFORE, EDIT) == (True, False)


@pytest.mark.slow
def test_the_benchmark_runs_at_toy_size(
    editor: LatentEditor, checker: Checker, font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = benchmark.inversion(editor, [BEFORE], font, steps=4)
    assert found["psnr"]["no rounds, to time 0, direct inversion, to the reconstruction"]["least"] > 50
    swapped = benchmark.swap(editor, checker, font, number=1, steps=4)
    assert swapped["ways"]["prompt-to-prompt, bound"]["outside"] == 0
    monkeypatch.setattr(latent, "STEPS", 4)
    found = benchmark.methods(Stickerbook(Weights()), checker, font, number=1)
    assert list(found) == ["repaint", "prompt-to-prompt", "sdedit", "invert"]
    assert all(figures["edits"] == 1 for figures in found.values())
