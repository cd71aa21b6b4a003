"""Drawing, describing, asking and editing with the weights that ship, from the studio and from the shell."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from diptych import BrokenWeights, InvalidPlan, NotUnderstood, Picture, Plan, Studio, Unsupported
from diptych.cli.app import app
from diptych.core.operation import Draw, Repaint
from diptych.judged import PARTS, measure_part
from diptych.painters.stickerbook import Stickerbook
from diptych.runtime import WEIGHTS, Weights
from diptych.world.sprites import find_font
from diptych.world.tokens import parse_scene

NIGHT = "a big purple cat left of two small stars, at night"
MEADOW = "草地上有一只红色的小鸟和一棵树"


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="module")
def night(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "night.png"
    studio.draw(NIGHT, seed=3).save(path)
    return path


def said(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), env={"LANG": "en_US.UTF-8", "LC_ALL": ""})
    assert result.exit_code == code, result.output
    return result.output


def test_a_wish_and_a_seed_are_one_picture(studio: Studio) -> None:
    first, again, other = (studio.draw(NIGHT, seed=seed).encode("PNG") for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_layout_says_what_was_wished(studio: Studio) -> None:
    step = studio.draw(NIGHT).plan.steps[0]
    assert isinstance(step, Draw)
    scene = parse_scene(step.layout.split())
    assert sorted(thing.noun for thing in scene.things) == ["cat", "star", "star"]
    assert scene.background.time == "night"
    cat = next(thing for thing in scene.things if thing.noun == "cat")
    assert (cat.color, cat.size) == ("purple", "big")
    assert all(cat.x < thing.x for thing in scene.things if thing is not cat)


def test_chinese_wishes_are_drawn_too(studio: Studio) -> None:
    step = studio.draw(MEADOW).plan.steps[0]
    assert isinstance(step, Draw)
    scene = parse_scene(step.layout.split())
    assert scene.background.place == "meadow"
    assert {(thing.noun, thing.color) for thing in scene.things} == {("bird", "red"), ("tree", None)}


def test_a_drawing_tells_how_it_was_made_and_proves_it(studio: Studio, night: Path) -> None:
    with Image.open(night) as image:
        parameters = image.text["parameters"]  # type: ignore[attr-defined]
    assert parameters.startswith(NIGHT + "\n")
    assert "Seed: 3, Size: 128x128, Model: stickerbook painter" in parameters
    studio.verify(night)


def test_an_edit_changes_its_boxes_only_and_can_be_undone(studio: Studio, night: Path, tmp_path: Path) -> None:
    result = studio.edit(night, "replace the cat with a green dog")
    step = result.plan.steps[-1]
    assert isinstance(step, Repaint)
    inside = np.zeros((128, 128), bool)
    for x0, y0, x1, y1 in step.boxes:
        inside[y0:y1, x0:x1] = True
    changed = (result.picture.pixels != studio.draw(NIGHT, seed=3).picture.pixels).any(-1)
    assert changed.any()
    assert not changed[~inside].any()
    assert result.certificates[-1].changed_outside == 0
    assert ("dog", "green") in {(thing.noun, thing.color) for thing in parse_scene(step.layout.split()).things}
    saved = tmp_path / "dog.png"
    result.save(saved)
    studio.verify(saved)
    undone = studio.render(result.document.undo()).picture
    assert np.array_equal(undone.pixels, studio.draw(NIGHT, seed=3).picture.pixels)


def test_equal_instructions_in_both_languages_change_alike(studio: Studio, night: Path) -> None:
    english = studio.edit(night, "make the stars red").plan.steps[-1]
    chinese = studio.edit(night, "把星星变成红色").plan.steps[-1]
    assert isinstance(english, Repaint)
    assert isinstance(chinese, Repaint)
    assert (english.layout, english.boxes) == (chinese.layout, chinese.boxes)


def test_tone_and_frame_of_a_drawing_stay_with_the_grammar(studio: Studio, night: Path) -> None:
    assert [step.op for step in studio.edit(night, "make it brighter").plan.steps] == ["draw", "brightness"]


def test_a_drawing_is_described_from_what_is_known_of_it(studio: Studio, night: Path) -> None:
    assert "big purple cat" in studio.describe(night)
    assert "two small stars" in studio.describe(night)
    assert "紫色的大猫" in studio.describe(night, language="zh")
    question, answer = studio.quiz(night, seed=1)
    assert question.endswith(("?", "."))
    assert answer


def test_questions_about_a_drawing_are_answered_in_their_language(studio: Studio, night: Path) -> None:
    assert studio.ask(night, "how many stars are there?") == "2"
    assert studio.ask(night, "猫是什么颜色的？") == "紫色"
    assert studio.ask(night, "is there a dog?") == "no"


def test_a_drawing_without_its_record_is_read(studio: Studio, night: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.png"
    Image.fromarray(studio.draw(NIGHT, seed=3).picture.pixels).save(bare)
    assert studio.describe(bare) == studio.describe(night)
    assert studio.ask(bare, "有几颗星星？") == "2"
    question, answer = studio.quiz(bare, seed=2, language="zh")
    assert question
    assert answer
    steps = studio.edit(bare, "remove the cat").plan.steps
    assert isinstance(steps[0], Repaint)
    assert [thing.noun for thing in parse_scene(steps[0].layout.split()).things] == ["star", "star"]


def test_what_is_there_is_moved_not_added_again(studio: Studio, night: Path) -> None:
    step = studio.edit(night, "put the cat in the middle").plan.steps[-1]
    assert isinstance(step, Repaint)
    assert sorted(thing.noun for thing in parse_scene(step.layout.split()).things) == ["cat", "star", "star"]


def test_the_reader_plans_what_the_grammar_does_not(studio: Studio, night: Path) -> None:
    step = studio.edit(night, "把时间换成白天").plan.steps[-1]
    assert isinstance(step, Repaint)
    assert parse_scene(step.layout.split()).background.time == "day"


@pytest.mark.parametrize(
    "question", ["", "x" * 500, "how many unicorns are there?", "有几只独角兽？", "is there a wombat?"]
)
def test_questions_that_cannot_be_answered(studio: Studio, night: Path, question: str) -> None:
    with pytest.raises(NotUnderstood):
        studio.ask(night, question)


def test_a_photo_is_not_read(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(np.zeros((200, 300, 3), np.uint8)).save(path)
    with pytest.raises(Unsupported, match="128"):
        studio.describe(path)


@pytest.mark.parametrize(
    ("words", "named"),
    [("a wombat", "wombat"), ("forty cats", "forty"), ("四十只猫", "四十"), ("a tiger on a meadow", "tiger")],
)
def test_unknown_words_are_named_not_guessed(studio: Studio, words: str, named: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        studio.draw(words)
    assert any(named in word or word in named for word in caught.value.words)


@pytest.mark.parametrize("words", ["", "   ", "x" * 10_000, "!!!"])
def test_wishes_that_are_none(studio: Studio, words: str) -> None:
    with pytest.raises(NotUnderstood):
        studio.draw(words)


def test_places_that_contradict_each_other(studio: Studio) -> None:
    with pytest.raises(NotUnderstood, match="contradict"):
        studio.draw("a cat left of a dog, the cat right of the dog")


def test_both_languages_in_one_wish(studio: Studio) -> None:
    step = studio.draw("a red cat and 一颗星星").plan.steps[0]
    assert isinstance(step, Draw)
    assert {thing.noun for thing in parse_scene(step.layout.split()).things} == {"cat", "star"}
    step = studio.draw("一只红色的 dog 和 two stars").plan.steps[0]
    assert isinstance(step, Draw)
    assert sorted(thing.noun for thing in parse_scene(step.layout.split()).things) == ["dog", "star", "star"]


def test_photographs_are_not_read_as_stickers(studio: Studio, photo_bytes: bytes) -> None:
    with pytest.raises(Unsupported, match="doesn't look like a Stickerbook picture"):
        studio.describe(photo_bytes)  # 512×512, as large drawings are
    with pytest.raises(Unsupported, match="128×128"):
        studio.describe(Picture.from_array(np.zeros((200, 300, 3), np.uint8)))


def test_a_layout_that_is_none_is_refused(studio: Studio, night: Path) -> None:
    with pytest.raises(InvalidPlan, match="no scene"):
        studio.edit(night, Plan(steps=(Repaint(words="?", layout="nonsense", boxes=((0, 0, 8, 8),)),)))


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    for name in ("eye.safetensors", "eye.onnx"):
        broken = folder / name
        whole = broken.read_bytes()
        broken.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(BrokenWeights, match=re.escape(name)):
            Stickerbook(Weights(folder)).reader.scene(np.zeros((128, 128, 3), np.uint8))
        broken.unlink()
        with pytest.raises(BrokenWeights, match=re.escape(name) + ".* missing"):
            Stickerbook(Weights(folder)).reader.scene(np.zeros((128, 128, 3), np.uint8))
        broken.write_bytes(whole)


def test_the_shell_draws_reads_and_edits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "seed 0" in said("draw", NIGHT, "-o", "night.png")
    assert "随机种子 5…8" in said("draw", MEADOW, "-n", "4", "--grid", "-o", "grid.png", "--seed", "5")
    with Image.open("grid.png") as grid:
        assert grid.width > 256
    assert "cat" in said("describe", "night.png")
    assert "猫" in said("describe", "night.png", "--lang", "zh")
    assert "seed 4" in said("quiz", "night.png", "--seed", "4")
    said("edit", "night.png", "把猫换成一只绿色的狗，再加一个月亮", "-o", "after.png")
    assert "verified" in said("verify", "after.png").lower()
    assert json.loads(said("draw", "a cat", "--json", "-o", "cat.png"))["seed"] == 0


@pytest.mark.parametrize(
    "settings", [{"steps": 4}, {"guidance": 2.0}, {"sampler": "heun", "steps": 3}, {"sampler": "dpm++2m"}]
)
def test_how_it_is_sampled_is_in_the_plan_and_proven(
    studio: Studio, night: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    result = studio.draw(NIGHT, seed=3, **settings)
    step, usual = result.plan.steps[0], studio.draw(NIGHT, seed=3).plan.steps[0]
    assert isinstance(step, Draw)
    assert step == usual.model_copy(update=settings)
    assert (result.picture.pixels != Picture.open(night).pixels).any()
    result.save(tmp_path / "drawn.png")
    assert Studio().verify(tmp_path / "drawn.png").record.plan.steps == (step,)
    seen = studio.engines.stickerbook.reader.scene(result.picture.rgb)
    assert "cat" in {thing.noun for thing in seen.things}
    with Image.open(tmp_path / "drawn.png") as image:
        told = image.text["parameters"]  # type: ignore[attr-defined]
    assert ("CFG scale: 2.0" in told, "Steps: " in told) == ("guidance" in settings, "steps" in settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"steps": 0}, "steps 0"), ({"steps": 201}, "steps 201"), ({"guidance": 0.5}, "guidance 0.5"),
     ({"guidance": float("nan")}, "guidance nan"), ({"sampler": "magic"}, "sampler magic")],
)  # fmt: skip
def test_settings_that_cannot_be(studio: Studio, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidPlan, match=said) as caught:
        studio.draw("a cat", **settings)
    assert "作画" in caught.value.problem.zh


def test_negative_words_have_nothing_to_keep_out() -> None:
    assert "nothing else" in said("draw", "a cat", "--negative", "a dog", code=2)
    assert "usual steps" in said("draw", "a cat", "--check", "--steps", "4", code=2)


def test_several_drawings_are_those_of_their_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said("draw", "a cat", "-n", "2", "-o", "cats.png")
    said("draw", "a cat", "--seed", "1", "-o", "one.png")
    assert Path("cats_2.png").read_bytes() == Path("one.png").read_bytes()


def test_without_a_name_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said("draw", "a cat")
    first = Path("drawing.png").read_bytes()
    said("draw", "a dog")
    assert Path("drawing.png").read_bytes() == first
    assert Path("drawing-2.png").exists()


@pytest.mark.parametrize("part", [part for part in PARTS if part != "variety"])
def test_every_part_of_the_benchmark_gives_figures(part: str) -> None:
    try:
        font = find_font()
    except Unsupported as error:
        pytest.skip(str(error))
    figures = measure_part(part, number=3, font=font, threads=1)
    assert json.loads(json.dumps(figures)) == figures
    assert all(0 <= value <= 1 for value in flat(figures) if isinstance(value, float) and value == value)


def flat(figures: dict[str, object]) -> list[object]:
    """The shares of a nested dict; errors and counts are left out."""
    found: list[object] = []
    for key, value in figures.items():
        found += flat(value) if isinstance(value, dict) else [value] if "mse" not in key else []
    return found
