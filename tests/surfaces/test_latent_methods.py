"""Drawings edited in their latents, from the studio and from the shell: what changes, what stays, what is proven."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from diptych import InvalidPlan, NotVerified, Picture, Plan, Result, Studio, Unsupported
from diptych.cli.app import app
from diptych.core.operation import Repaint, Replace
from diptych.core.target import Target, Thing
from diptych.painters import latent
from diptych.world.tokens import parse_scene

LATENT = ("prompt-to-prompt", "sdedit", "invert")
SWAP, SWAP_ZH = "replace the cat with a dog", "把猫换成狗"


@pytest.fixture(scope="module", autouse=True)
def few_steps() -> Iterator[None]:
    """Enough to see a dog; how well the methods do at their own number of steps the benchmark measures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latent, "STEPS", 6)
        yield


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="module")
def drawing(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "cat.png"
    studio.draw("a big cat left of a red ball on a beach", seed=1).save(path)
    return path


@pytest.fixture(scope="module")
def swapped(studio: Studio, drawing: Path) -> dict[str, Result]:
    """The swap by each method."""
    return {method: studio.edit(drawing, SWAP, method=method) for method in LATENT}  # type: ignore[arg-type]


@pytest.mark.parametrize("method", LATENT)
def test_what_is_named_changes_and_all_else_stays_to_the_byte(
    studio: Studio, drawing: Path, swapped: dict[str, Result], method: str
) -> None:
    result = swapped[method]
    step = result.plan.steps[-1]
    assert isinstance(step, Repaint)
    assert [step.method, "dog" in step.layout, "cat" in step.before] == [method, True, True]
    inside = np.zeros((128, 128), bool)
    for x0, y0, x1, y1 in step.boxes:
        inside[y0:y1, x0:x1] = True
    changed = (result.picture.pixels != Picture.open(drawing).pixels).any(-1)
    assert changed[inside].mean() > 0.3
    assert not changed[~inside].any()
    assert {thing.noun for thing in studio.engines.stickerbook.reader.scene(result.picture.rgb).things} == {
        "dog",
        "ball",
    }
    certificate = result.certificates[-1]
    assert method in certificate.engine
    assert "6 steps" in certificate.engine
    assert certificate.changed_outside == 0
    assert (certificate.seed is not None) == (method == "sdedit")


def test_the_methods_give_other_pictures_than_painting_anew(
    studio: Studio, drawing: Path, swapped: dict[str, Result]
) -> None:
    anew = studio.edit(drawing, SWAP)
    assert "method" not in anew.plan.to_json()
    made = {result.picture.pixels.tobytes() for result in (anew, *swapped.values())}
    assert len(made) == 4


def test_an_edit_proves_itself_and_a_changed_method_does_not_pass(
    studio: Studio, swapped: dict[str, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dog.png"
    swapped["sdedit"].save(path)
    assert studio.verify(path).steps == 2
    monkeypatch.setattr(latent, "STEPS", 7)
    with pytest.raises(NotVerified, match=r"6 steps.*7 steps"):
        Studio().verify(path)


def test_a_picture_without_its_record_is_read(studio: Studio, drawing: Path) -> None:
    bare = Picture(Picture.open(drawing).pixels)
    result = studio.edit(bare, SWAP_ZH, method="sdedit")
    step = result.plan.steps[0]
    assert isinstance(step, Repaint)
    assert {thing.noun for thing in parse_scene(step.before.split()).things} == {"cat", "ball"}
    assert {thing.noun for thing in parse_scene(step.layout.split()).things} == {"dog", "ball"}


def test_both_languages_and_a_given_plan_are_one_edit(
    studio: Studio, drawing: Path, swapped: dict[str, Result]
) -> None:
    said = swapped["sdedit"].plan.steps[-1]
    chinese = studio.edit(drawing, SWAP_ZH, method="sdedit").plan.steps[-1]
    plan = Plan(steps=(Replace(target=Target(noun="cat"), thing=Thing(noun="dog")),))
    given = studio.edit(drawing, plan, method="sdedit").plan.steps[-1]
    for other in (chinese, given):
        assert isinstance(other, Repaint)
        assert other.model_copy(update={"words": ""}) == said.model_copy(update={"words": ""})


def test_strength_is_how_far_it_goes(studio: Studio, drawing: Path) -> None:
    source = Picture.open(drawing).pixels.astype(int)
    moved = [
        np.abs(studio.edit(drawing, SWAP, method="sdedit", strength=strength).picture.pixels - source).mean()
        for strength in (0.0, 1.0)
    ]
    assert moved[0] < 0.6 * moved[1]


def test_the_same_again_is_done_by_the_same_method(studio: Studio) -> None:
    drawn = studio.draw("two cats and a red ball on a beach", seed=3)
    first = studio.edit(drawn, "replace the left cat with a dog", method="sdedit", strength=0.9)
    other = studio.edit(first, "the other one").plan.steps[-1]
    assert isinstance(other, Repaint)
    assert (other.method, other.strength) == ("sdedit", 0.9)
    with pytest.raises(Unsupported, match="goes back"):
        studio.edit(first, "undo", method="sdedit")


def test_what_the_methods_do_not_do_is_said(studio: Studio, drawing: Path, tmp_path: Path) -> None:
    photo = Picture.from_array(np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8))
    with pytest.raises(Unsupported, match="this picture is none") as caught:
        studio.edit(photo, SWAP, method="invert")
    assert "贴纸画" in caught.value.problem.zh
    with pytest.raises(Unsupported, match=r"doesn't do this: .*brighter") as caught:
        studio.edit(drawing, "make it brighter", method="prompt-to-prompt")
    assert "调亮" in caught.value.problem.zh
    mask = tmp_path / "mask.png"
    Image.new("L", (128, 128), 255).save(mask)
    with pytest.raises(Unsupported, match="a mask can't be given"):
        studio.edit(drawing, SWAP, method="sdedit", mask=mask)
    with pytest.raises(Unsupported, match="no method 'magic'"):
        studio.edit(drawing, SWAP, method="magic")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "strength", "said"),
    [("sdedit", 1.5, "strength is 1.5"), ("sdedit", float("nan"), "strength is nan"), ("invert", 0.5, "invert has no"),
     ("repaint", 0.5, "repaint has no"), (None, 0.5, "repaint has no")],
)  # fmt: skip
def test_strengths_that_cannot_be(studio: Studio, drawing: Path, method: str, strength: float, said: str) -> None:
    with pytest.raises(InvalidPlan, match=said) as caught:
        studio.edit(drawing, SWAP, method=method, strength=strength)  # type: ignore[arg-type]
    assert "强度" in caught.value.problem.zh


def test_a_plan_whose_method_lacks_what_it_needs_is_refused(studio: Studio, swapped: dict[str, Result]) -> None:
    step = swapped["sdedit"].plan.steps[-1]
    for change in ({"before": ""}, {"method": "repaint"}, {"method": "invert", "strength": 0.5}, {"before": "what"}):
        wrong = Plan(steps=(step.model_copy(update=change),))
        with pytest.raises(InvalidPlan):
            studio.edit(Picture(swapped["sdedit"].picture.pixels), wrong)


def test_from_the_shell(drawing: Path, tmp_path: Path) -> None:
    out = tmp_path / "dog.png"
    call = ["edit", str(drawing), SWAP_ZH, "--method", "sdedit", "--strength", "0.9", "-o", str(out)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "在潜变量中编辑（sdedit，强度 90%）" in done.output
    told = CliRunner().invoke(app, ["verify", str(out), "--lang", "en"])
    assert "verified" in told.output.lower()
    refused = CliRunner().invoke(app, [*call[:5], "--strength", "2", "--json", "-o", str(out)])
    assert json.loads(refused.output)["error"]["type"] == "InvalidPlan"
