"""The benchmark's items are fixed and fair, and its judges tell right from wrong."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diptych.core.operation import Draw, Operation
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.evaluation.checker import agree, match
from diptych.evaluation.stickerbook import Prompt, fulfils, prompts, questions, scenes, through, write_prompts
from diptych.world.edits import KINDS, sample_edit
from diptych.world.scene import Scene, sample_scene, with_things
from diptych.world.splits import color_is_held_out
from diptych.world.vocabulary import core_nouns
from diptych.world.wish import Wish

KNOWN = core_nouns()


@pytest.fixture(scope="module")
def hundred() -> list[Prompt]:
    return list(prompts(KNOWN, 90))


@pytest.fixture
def scene() -> Scene:
    rng = np.random.default_rng(4)
    return next(s for s in (sample_scene(rng, KNOWN) for _ in range(500)) if len({t.noun for t in s.things}) == 3)


def test_the_prompts_are_the_same_each_time(hundred: list[Prompt]) -> None:
    assert list(prompts(KNOWN, 90)) == hundred
    assert list(prompts(KNOWN, 12)) == hundred[:12]


def test_a_third_each_is_for_one_two_and_more_things(hundred: list[Prompt]) -> None:
    assert Counter(min(prompt.things, 3) for prompt in hundred) == {1: 30, 2: 30, 3: 30}


def test_a_fifth_has_a_combination_that_training_never_shows(hundred: list[Prompt]) -> None:
    assert sum(prompt.unseen for prompt in hundred) == 18
    for prompt in hundred:
        held = [color_is_held_out(group.noun, group.color) for group in prompt.wish.groups]
        assert any(held) == prompt.unseen


def test_prompts_can_be_written_and_judged_elsewhere(tmp_path: Path, hundred: list[Prompt]) -> None:
    write_prompts(tmp_path / "prompts.jsonl", KNOWN, 5)
    lines = [json.loads(line) for line in (tmp_path / "prompts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [Wish.from_dict(line["wish"]) for line in lines] == [prompt.wish for prompt in hundred[:5]]
    assert set(lines[0]["words"]) == {"en", "zh"}


class Large:
    """A painter of 256×256 whose left half is red; it remembers the words."""

    name = "large"

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def can(self, operation: Operation) -> bool:
        return isinstance(operation, Draw)

    def paint(self, picture: Picture, operation: Operation, region: Region | None, seed: int) -> Picture:
        assert isinstance(operation, Draw)
        self.asked.append((operation.words, seed))
        pixels = np.zeros((256, 256, 3), np.uint8)
        pixels[:, :128, 0] = 255
        return Picture.from_array(pixels)


def test_any_painter_can_be_judged() -> None:
    painter = Large()
    drawn = through(painter)("a red cat", 7)
    assert painter.asked == [("a red cat", 7)]
    assert drawn.shape == (128, 128, 3)
    assert (drawn[:, :64] == (255, 0, 0)).all()
    assert not drawn[:, 64:].any()


def test_questions_come_half_in_each_language() -> None:
    asked = list(questions(KNOWN, 40))
    assert Counter(language for _, language, _ in asked) == {"en": 20, "zh": 20}


def test_a_scene_agrees_with_itself_and_small_shifts_are_forgiven(scene: Scene) -> None:
    assert all(agree(scene, scene).values())
    shifted = with_things(scene, [replace(thing, x=thing.x + 4) for thing in scene.things])
    assert all(agree(shifted, scene).values())


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("colors", {"color": "black"}),
        ("sizes", {"size": "big"}),
        ("places", {"x": 2}),
    ],
)
def test_each_kind_of_error_is_seen_as_that_kind(scene: Scene, key: str, change: dict[str, object]) -> None:
    thing = max(scene.things)
    assert all(getattr(thing, name) != value for name, value in change.items())
    wrong = with_things(scene, [replace(thing, **change), *(other for other in scene.things if other != thing)])
    verdict = agree(wrong, scene)
    assert not verdict[key]
    assert verdict["objects"]


def test_a_missing_thing_is_no_match(scene: Scene) -> None:
    assert match(with_things(scene, scene.things[1:]), scene) is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_fulfilled_by_its_result_and_not_by_its_source(kind: str) -> None:
    rng = np.random.default_rng(7)
    seen = 0
    for scene in scenes(KNOWN, 200, 9):
        edit = sample_edit(scene, rng, KNOWN, kind)
        if edit is None or not edit.after(scene).things:
            continue
        seen += 1
        assert fulfils(edit.after(scene), scene, edit)
        assert not fulfils(scene, scene, edit) or kind == "move"
    assert seen > 10


def test_what_an_edit_does_not_name_must_stay(scene: Scene) -> None:
    rng = np.random.default_rng(8)
    edit = next(e for e in (sample_edit(scene, rng, KNOWN, "recolor") for _ in range(99)) if e is not None)
    after = edit.after(scene)
    bystander = next(thing for thing in after.things if thing not in edit.new)
    for wrong in (replace(bystander, color="purple"), replace(bystander, x=bystander.x - 20)):
        if wrong != bystander:
            assert not fulfils(with_things(after, [wrong, *(t for t in after.things if t != bystander)]), scene, edit)
