"""Large drawings from the studio and from the shell: made in two steps, and still drawings afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from diptych import InvalidPlan, Picture, Plan, Studio
from diptych.cli.app import app
from diptych.core.operation import Draw, Repaint, Upscale
from diptych.core.record import read_record
from diptych.sampling.projection import distance
from diptych.world.tokens import parse_scene

NIGHT = "a big purple cat left of two small stars, at night"


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="module")
def large(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "large.png"
    studio.draw(NIGHT, seed=3, size=512).save(path)
    return path


def nouns(studio: Studio, photo: object) -> list[str]:
    step = next(step for step in reversed(studio.open(photo).plan.steps) if isinstance(step, Draw | Repaint))
    return sorted(thing.noun for thing in parse_scene(step.layout.split()).things)


@pytest.mark.parametrize("size", [512, 1024])
def test_a_large_drawing_is_the_small_one_made_large(studio: Studio, size: int) -> None:
    small, made = studio.draw(NIGHT, seed=3), studio.draw(NIGHT, seed=3, size=size)
    assert (made.picture.width, made.picture.height) == (size, size)
    assert [step.op for step in made.plan.steps] == ["draw", "upscale"]
    assert made.plan.steps[0] == small.plan.steps[0]
    assert made.certificates[1].engine.startswith("cascade ")
    assert distance(made.picture.rgb, small.picture.rgb) <= 2


def test_another_size_is_refused(studio: Studio) -> None:
    with pytest.raises(InvalidPlan, match="can't be 200 pixels"):
        studio.draw(NIGHT, size=200)


def test_the_best_of_several_is_made_large(studio: Studio) -> None:
    best = studio.draw(NIGHT, seed=3, best_of=2)
    assert studio.draw(NIGHT, seed=3, best_of=2, size=512).plan.steps[0] == best.plan.steps[0]


def test_it_proves_itself_and_replays_to_the_byte(studio: Studio, large: Path) -> None:
    studio.verify(large)
    document, _ = studio.reopen(large)
    assert (Studio().render(document).picture.pixels == Picture.open(large).pixels).all()


def test_it_can_still_be_read(studio: Studio, large: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.png"
    Picture(np.array(Picture.open(large).pixels)).save(bare)
    for path in (large, bare):
        assert "purple cat" in studio.describe(path)
        assert studio.ask(path, "how many stars are there?") == "2"


def test_an_edit_is_made_while_it_is_small(studio: Studio, large: Path, tmp_path: Path) -> None:
    result = studio.edit(large, "remove the cat", seed=5)
    assert (result.picture.width, result.picture.height) == (512, 512)
    assert [step.op for step in result.plan.steps] == ["draw", "repaint", "upscale"]
    assert nouns(studio, result) == ["star", "star"]
    assert "cat" not in result.plan.steps[-1].words
    edited = tmp_path / "edited.png"
    result.save(edited)
    studio.verify(edited)
    back = studio.render(studio.open(edited).undo().undo())
    assert (back.picture.pixels == Picture.open(large).pixels).all()


def test_other_edits_are_made_on_the_large_one(studio: Studio, large: Path) -> None:
    result = studio.edit(large, "make the cat brighter")
    assert [step.op for step in result.plan.steps] == ["draw", "upscale", "brightness"]
    region = result.regions[-1]
    assert region is not None
    cat = next(thing for thing in parse_scene(result.plan.steps[0].layout.split()).things if thing.noun == "cat")
    assert region.mask[4 * cat.y, 4 * cat.x] > 0.5
    assert 0.01 < region.area < 0.3


@pytest.mark.parametrize("wish", ["upscale it 4x", Plan(steps=(Upscale(factor=4),))])
def test_enlarging_a_drawing_is_the_same_step(studio: Studio, wish: str | Plan, tmp_path: Path) -> None:
    drawn = studio.draw(NIGHT, seed=3)
    result = studio.edit(drawn, wish)
    assert result.certificates[-1].engine.startswith("cascade ")
    assert result.plan.steps[-1] == studio.draw(NIGHT, seed=3, size=512).plan.steps[-1]
    bare = Picture(np.array(drawn.picture.pixels))
    read = studio.edit(bare, wish)
    assert read.plan.steps[-1] == result.plan.steps[-1]
    assert (read.picture.pixels == result.picture.pixels).mean() > 0.3  # other seeds of the steps, the same scene
    read.save(tmp_path / "read.png")
    record = read_record(tmp_path / "read.png")
    assert record is not None
    assert "purple cat" in record.plan.steps[-1].words


def test_photographs_and_faithful_enlargements_go_the_other_way(studio: Studio) -> None:
    rough = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    for photo, step in ((Picture.from_array(rough), Upscale(factor=2)),
                        (studio.draw(NIGHT, seed=3), Upscale(factor=2, faithful=True))):  # fmt: skip
        result = studio.edit(photo, Plan(steps=(step,)))
        assert not result.certificates[-1].engine.startswith("cascade")
        assert result.plan.steps[-1] == step


def test_plans_of_photographs_say_nothing_new() -> None:
    assert "words" not in Upscale(factor=2).model_dump(mode="json")
    assert Upscale.model_validate({"op": "upscale", "factor": 2.0}) == Upscale(factor=2)


def test_the_shell_draws_large(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    result = CliRunner().invoke(app, ["draw", NIGHT, "-o", str(path), "--size", "512"])
    assert result.exit_code == 0, result.output
    assert Picture.open(path).width == 512
    refused = CliRunner().invoke(app, ["draw", NIGHT, "-o", str(path), "--size", "300"])
    assert refused.exit_code != 0
    assert "300" in refused.output
