"""upscale and restore as a user runs them, the same in words, and what their records say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data
from typer.testing import CliRunner, Result

from diptych import Picture, Plan, Studio
from diptych.cli.app import app
from diptych.core.record import read_record


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with small photos: noisy.png, cat.png."""
    photo = data.astronaut()[60:150, 180:280]
    noise = np.random.default_rng(0).normal(0, 20, photo.shape)
    Picture.from_array(np.clip(photo + noise, 0, 255).astype(np.uint8)).save(tmp_path / "noisy.png")
    Picture.from_array(data.chelsea()[80:150, 100:200]).save(tmp_path / "cat.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def diptych(*words: str, code: int = 0) -> Result:
    run = CliRunner().invoke(app, list(words))
    assert run.exit_code == code, run.output
    if code:
        assert "Traceback" not in run.output
    return run


def test_upscale_makes_it_larger_and_says_by_what(small: Path) -> None:
    run = diptych("upscale", "cat.png", "-o", "large.png")
    assert Picture.open("large.png").pixels.shape == (140, 200, 3)
    assert "enlarge 2 times" in run.stderr
    record = read_record("large.png")
    assert record is not None
    assert record.engines[0].startswith("snapshot super-resolution x2")


def test_it_is_what_words_do(small: Path) -> None:
    diptych("upscale", "cat.png", "--factor", "1.5", "--faithful", "-o", "command.png", "-q")
    diptych("edit", "cat.png", "upscale it 1.5x faithfully", "-o", "words.png", "-q")
    diptych("edit", "cat.png", "忠实放大1.5倍", "-o", "zh.png", "-q")
    pixels = [Picture.open(f"{name}.png").pixels for name in ("command", "words", "zh")]
    assert pixels[0].shape == (105, 150, 3)
    assert np.array_equal(pixels[0], pixels[1])
    assert np.array_equal(pixels[0], pixels[2])


def test_history_undo_and_verify_work_on_it(small: Path) -> None:
    diptych("upscale", "cat.png", "-o", "large.png", "-q")
    diptych("verify", "large.png")
    assert "enlarge 2 times" in diptych("history", "large.png").output
    diptych("edit", "large.png", "make it brighter", "-o", "bright.png", "-q")
    diptych("undo", "bright.png", "--step", "1", "-o", "back.png")
    assert Picture.open("back.png").pixels.shape == (70, 100, 3)


def test_restore_takes_the_noise_off(small: Path) -> None:
    run = diptych("restore", "noisy.png", "--lang", "zh")
    assert "修复" in run.stderr
    diptych("restore", "noisy.png", "--denoise", "0", "-o", "noise_left.png", "-q")
    made, left = (Picture.open(name).pixels.astype(float) for name in ("noisy_edited.png", "noise_left.png"))
    assert np.abs(np.diff(made, axis=1)).mean() < 0.6 * np.abs(np.diff(left, axis=1)).mean()
    diptych("verify", "noisy_edited.png")


def test_several_inputs_and_json(small: Path) -> None:
    run = diptych("restore", "*.png", "--denoise", "15", "--strength", "0.5", "-o", "out/", "--json")
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer["plan"]["steps"] for answer in answers] == 2 * [[{"op": "restore", "strength": 0.5, "sigma": 15.0}]]
    assert sorted(path.name for path in Path("out").iterdir()) == ["cat.png", "noisy.png"]


def test_scratches_alone(small: Path) -> None:
    photo = data.chelsea().copy()
    photo[150:152, 40:400] = 250
    Picture.from_array(photo).save("scratched.png")
    run = diptych("restore", "scratched.png", "--scratches", "--strength", "0", "--fill", "classical", "-o", "o.png")
    assert "mend the scratches" in run.stderr
    assert ", 0 outside" in run.stderr
    made = Picture.open("o.png").pixels.astype(int)
    assert np.abs(made[150:152, 60:380] - data.chelsea()[150:152, 60:380]).mean() < 15
    assert np.array_equal(made[:140], photo[:140])
    diptych("restore", "cat.png", "--scratches", "--strength", "0", code=7)


def test_a_mask_is_filled(small: Path) -> None:
    mask = np.zeros((70, 100), np.uint8)
    mask[30:34, 20:40] = 255
    Picture.from_array(np.dstack([mask] * 3)).save("mask.png")
    diptych("restore", "cat.png", "--mask", "mask.png", "--fill", "classical", "-o", "o.png", "-q")
    changed = (Picture.open("o.png").pixels != Picture.open("cat.png").pixels).any(axis=2)
    assert changed.any()
    assert not changed[mask == 0].any()


def test_edit_fills_as_it_is_told(small: Path) -> None:
    plan = diptych("edit", "cat.png", "remove the dog", "--fill", "classical", "--plan-only", "--json").stdout
    assert Plan.from_json(plan) == Studio().plan("remove the dog with the classical fill")
    diptych("edit", "cat.png", "extend it to the left by 10%", "--fill", "classical", "-o", "wide.png", "-q")
    record = read_record("wide.png")
    assert record is not None
    assert record.plan.steps[0].fill == "classical"  # type: ignore[union-attr]
    assert record.instructions == ("extend it to the left by 10%",)


@pytest.mark.parametrize("picture", ["gray", "alpha", "palette", "animated"])
def test_pictures_of_every_kind(picture: str, small: Path) -> None:
    from PIL import Image

    photo = Image.fromarray(data.chelsea()[80:120, 100:150])
    made = {"gray": photo.convert("L"), "alpha": photo.convert("RGBA"), "palette": photo.convert("P")}
    if picture == "animated":
        photo.save("in.gif", save_all=True, append_images=[photo.rotate(90)])
        name = "in.gif"
    else:
        if picture == "alpha":
            made["alpha"].putalpha(Image.linear_gradient("L").resize(photo.size))
        made[picture].save("in.png")
        name = "in.png"
    diptych("upscale", name, "-o", "large.png", "-q")
    large = Picture.open("large.png")
    assert (large.width, large.height) == (100, 80)
    assert large.has_alpha == (picture == "alpha")
    diptych("restore", name, "-o", "restored.png", "-q")
    if picture == "alpha":
        assert np.array_equal(Picture.open("restored.png").alpha, Picture.open(name).alpha)


@pytest.mark.parametrize(
    "words",
    [
        ("upscale", "cat.png", "--factor", "0"),
        ("upscale", "cat.png", "--factor", "1"),
        ("upscale", "cat.png", "--factor", "9"),
        ("upscale", "cat.png", "--factor", "nan"),
        ("upscale", "cat.png", "--factor", "two"),
        ("upscale",),
        ("restore", "cat.png", "--denoise", "-1"),
        ("restore", "cat.png", "--denoise", "nan"),
        ("restore", "cat.png", "--denoise", "much"),
        ("restore", "cat.png", "--strength", "2"),
        ("restore", "cat.png", "--strength", "nan"),
        ("restore", "cat.png", "--strength", "0"),
        ("restore", "cat.png", "--fill", "paint"),
    ],
)
def test_wrong_calls(words: tuple[str, ...], small: Path) -> None:
    diptych(*words, code=2)
    assert sorted(path.name for path in small.iterdir()) == ["cat.png", "noisy.png"]


def test_wrong_values_are_told_in_both_languages(small: Path) -> None:
    assert "at most 8, not 9" in diptych("upscale", "cat.png", "--factor", "9", code=2).output
    assert "不能是 9" in diptych("upscale", "cat.png", "--factor", "9", "--lang", "zh", code=2).output
