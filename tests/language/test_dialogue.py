"""Several clauses, one wish: what is said in two breaths is one step, and what only explains is none."""

from __future__ import annotations

from typing import Any

import pytest

from diptych.core.operation import (
    AnyOperation,
    Blur,
    Brightness,
    Crop,
    Remove,
    RemoveBackground,
    Replace,
    ReplaceBackground,
    Restyle,
    Vague,
)  # fmt: skip
from diptych.core.target import Target, Thing
from diptych.language.compiler import compile_instruction
from diptych.language.dialogue import settle

NEW_BACKGROUND = "replace_background"


def steps(instruction: str) -> list[dict[str, Any]]:
    return compile_instruction(instruction).as_dict()["steps"]


def kinds(instruction: str) -> list[str]:
    return [step.op for step in compile_instruction(instruction).steps]


@pytest.mark.parametrize(
    ("english", "chinese", "expected"),
    [
        ("remove the background and add a beach", "去掉背景，换成海滩", {"op": NEW_BACKGROUND}),
        ("cut out the dog and put it on the moon", "把狗抠出来放到月球上", {"op": "combine"}),
        ("it's too dark, brighten it a lot", "太暗了，调亮很多", {"op": "brightness", "amount": 0.6}),
        ("crop it, make it square", "裁剪一下，裁成正方形", {"op": "crop", "aspect": 1.0}),
        ("remove the pole and put a tree in its place", "把杆子去掉，换成树", {"op": "replace"}),
        ("add a watermark and write 'Ann'", "加个水印，写上“Ann”", {"op": "watermark", "text": "Ann"}),
        ("brighten the sky, brighten the sky", "把天空调亮，把天空调亮", {"op": "brightness", "amount": 0.3}),
    ],
)  # fmt: skip
def test_two_breaths_are_one_step(english: str, chinese: str, expected: dict[str, Any]) -> None:
    for instruction in (english, chinese):
        (step,) = steps(instruction)
        assert expected.items() <= step.items(), instruction


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("zoom in and center the car", {"op": "crop", "target": {"noun": "car"}}),
        ("change the background, make it blue", {"op": "replace_background", "color": "#0000ff"}),
        ("add a filter, less bright", {"op": "brightness", "amount": -0.3}),
        ("add a watermark that says 'Ann', 30% opacity", {"op": "watermark", "opacity": 0.3}),
        ("make it look like he is flying and crop it", {"op": "crop"}),
        ("brighten it but keep the sky unchanged", {"op": "brightness", "target": {"noun": "sky", "invert": True}}),
        ("don't crop it, brighten it", {"op": "brightness"}),
        ("increase the contrast to make it stand out", {"op": "contrast"}),
    ],
)  # fmt: skip
def test_what_explains_another_step_is_none_of_its_own(instruction: str, expected: dict[str, Any]) -> None:
    (step,) = steps(instruction)
    assert expected.items() <= step.items()


def test_it_means_what_was_spoken_of_last() -> None:
    brighter, larger = steps("brighten the dog and make it bigger")
    assert brighter["target"] == larger["target"] == {"noun": "dog"}
    _, removed = steps("brighten the dog and remove it")
    assert removed == {"op": "remove", "target": {"noun": "dog"}}
    assert steps("brighten the tree and give him a hat")[1]["target"] == {"noun": "person"}


def test_a_topic_is_what_the_next_clause_is_about() -> None:
    (step,) = steps("我拇指挡到镜头了，能去掉吗")
    assert step["op"] == "remove"
    assert "target" in step


def test_a_shared_verb_reaches_the_next_thing() -> None:
    red, black = steps("make the dress red and the shoes black")
    assert (red["target"]["noun"], red["color"]) == ("dress", "#ff0000")
    assert (black["target"]["noun"], black["color"]) == ("shoe", "#000000")
    assert kinds("把他往右移并缩小") == ["move", "scale"]
    assert kinds("去掉路人，还有电线") == ["remove", "remove"]


JOINED: list[tuple[list[AnyOperation], list[AnyOperation]]] = [
    ([], []),
    ([Blur(), Blur()], [Blur()]),
    ([Crop(), Crop(aspect=1.0)], [Crop(aspect=1.0)]),
    ([Crop(aspect=1.0), Crop()], [Crop(aspect=1.0), Crop()]),
    ([Brightness(amount=0.3), Brightness(amount=0.6)], [Brightness(amount=0.6)]),
    ([Brightness(amount=0.3), Brightness(amount=-0.6)], [Brightness(amount=0.3), Brightness(amount=-0.6)]),
    ([RemoveBackground(), RemoveBackground(target=Target(noun="dog"))], [RemoveBackground(target=Target(noun="dog"))]),
    ([RemoveBackground(), Blur(), ReplaceBackground()], [ReplaceBackground(), Blur()]),
    (
        [Remove(target=Target(noun="dog")), Replace(thing=Thing(noun="cat"))],
        [Replace(target=Target(noun="dog"), thing=Thing(noun="cat"))],
    ),
    ([Vague(words="surprise me")], [Vague(words="surprise me")]),
    ([Vague(words="surprise me"), Blur()], [Blur()]),
    ([Vague(words="add a filter"), Blur()], [Vague(words="add a filter"), Blur()]),
    ([Vague(words="加滤镜"), Brightness(amount=0.3)], [Brightness(amount=0.3)]),
    ([Restyle(style="as if he flew"), Blur()], [Blur()]),
    ([Restyle(style="as if he flew")], [Restyle(style="as if he flew")]),
    ([Restyle(style="vintage"), Blur()], [Restyle(style="vintage"), Blur()]),
]


@pytest.mark.parametrize(("said", "settled"), JOINED)
def test_settling(said: list[AnyOperation], settled: list[AnyOperation]) -> None:
    assert settle(said) == settled
    assert settle(settled) == settled
