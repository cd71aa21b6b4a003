"""Tuning on somebody's own pictures: broken files are reported, the rest is learned, and what comes out can be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from diptych import Studio
from diptych.core.errors import Unsupported
from diptych.core.picture import Picture
from diptych.runtime import WEIGHTS, Weights
from diptych.training.tuning import LOCKS, BadLock, tune_on
from made_pictures import save

WORDS = ("the garden shed", "奶奶的花园", "our dog Rex", "uncle at the lake")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    for number, words in enumerate(WORDS):
        save(folder / f"{number}.png", 40 + number)
        (folder / f"{number}.txt").write_text(words, encoding="utf-8")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    (folder / "broken.txt").write_text("a broken one", encoding="utf-8")
    return folder


def test_own_words_are_learned_and_what_was_locked_stays(mine: Path, tmp_path: Path) -> None:
    tuned = tune_on(mine, tmp_path / "tuned", locked=LOCKS["picture"], steps=40)
    assert tuned.found[1] == 1.0
    assert tuned.found[1] >= tuned.found[0]
    assert [dropped.what for stage in tuned.stages for dropped in stage.dropped] == ["broken.png"]
    shipped, own = (load_file(folder / "dual_encoder.safetensors") for folder in (WEIGHTS, tmp_path / "tuned"))
    for name, value in shipped.items():
        assert torch.equal(value, own[name]) == name.startswith(("picture.", "offset")), name
    studio = Studio(weights=Weights(tmp_path / "tuned"))
    for number, words in enumerate(WORDS):
        alike = [studio.similarity(mine / f"{n}.png", words) for n in range(len(WORDS))]
        assert alike.index(max(alike)) == number, words


def test_a_stopped_tuning_goes_on_to_the_same_weights(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diptych.training import tuning
    from diptych.training.loop import Run

    whole = tune_on(mine, tmp_path / "whole", locked=LOCKS["picture"], steps=12)
    train, calls = Run.train, []

    def interrupted(run: Run, until: int | None = None) -> dict[str, float]:
        calls.append(run.folder.name)
        train(run, until=5 if run.folder.name == "rest" else None)
        if run.folder.name == "rest":
            raise KeyboardInterrupt
        return {}

    monkeypatch.setattr(tuning.Run, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tune_on(mine, tmp_path / "parts", locked=LOCKS["picture"], steps=12)
    monkeypatch.setattr(tuning.Run, "train", train)
    again = tune_on(mine, tmp_path / "parts", locked=LOCKS["picture"], steps=12)
    assert again.steps == whole.steps
    one, other = (load_file(tmp_path / name / "runs" / "rest" / "ema.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_too_few_pictures_and_patterns_that_lock_nothing_are_refused(mine: Path, tmp_path: Path) -> None:
    lone = tmp_path / "lone"
    save(lone / "1.png", 1)
    (lone / "1.txt").write_text("one", encoding="utf-8")
    with pytest.raises(Unsupported, match="only 1 pictures"):
        tune_on(lone, tmp_path / "out", locked=LOCKS["picture"], steps=2)
    for pattern, said in (("nowhere", "nowhere"), (".*", "everything"), ("(", "unterminated")):
        with pytest.raises(BadLock, match=said):
            tune_on(mine, tmp_path / "out2", locked=pattern, steps=2)
    assert not (tmp_path / "out2").exists()


def test_other_pictures_are_learned_anew_in_the_same_folder(mine: Path, tmp_path: Path) -> None:
    first = tune_on(mine, tmp_path / "tuned", locked=LOCKS["picture"], steps=4)
    again = tune_on(mine, tmp_path / "tuned", locked=LOCKS["picture"], steps=4)
    assert again.steps == first.steps == 4
    (mine / "0.txt").write_text("another name for it", encoding="utf-8")
    begun = (tmp_path / "tuned" / "runs" / "begun.txt").read_text()
    tune_on(mine, tmp_path / "tuned", locked=LOCKS["picture"], steps=4)
    assert (tmp_path / "tuned" / "runs" / "begun.txt").read_text() != begun
    (mine / "0.txt").write_text(WORDS[0], encoding="utf-8")


def test_a_photo_is_a_photo_for_tuned_weights_too(mine: Path) -> None:
    assert not Studio().knows(mine / "0.png")
    assert not Studio().knows(Picture(np.zeros((128, 128, 3), np.uint8)))
