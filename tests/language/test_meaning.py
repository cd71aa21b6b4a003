"""What verbs mean for the objects they are given: one sentence per reading, and the step that it must make."""

from __future__ import annotations

from typing import Any

import pytest

from diptych.core.errors import InvalidPlan
from diptych.language.compiler import compile_instruction
from diptych.language.lexicon import read_table
from diptych.language.meaning.senses import SENSES

PERSON = {"noun": "person"}
HIS_OR_HER_HAIR = {"noun": "hair", "relation": {"kind": "of", "anchor": PERSON}}
WORD_UNDER = {"noun": "text", "text": "under"}
ONE_STEP = {
    # removing
    "remove everything except the balloon": {"op": "remove_background", "target": {"noun": "balloon"}},
    "blur everything but the girl": {"op": "blur_background", "target": {"noun": "girl"}},
    "remove the tint": {"op": "tint"},
    "remove the yellow tint": {"op": "tint", "amount": -1.0},
    "remove the blur from the car": {"op": "sharpness", "target": {"noun": "car"}},
    "drop the saturation": {"op": "saturation", "amount": -0.3},
    "remove everyone": {"op": "remove", "target": {"noun": "person", "quantifier": "all"}},
    "hide the face with a blur": {"op": "blur", "target": {"noun": "face"}},
    "keep only the car": {"op": "remove_background", "target": {"noun": "car"}},
    "只保留汽车": {"op": "remove_background", "target": {"noun": "car"}},
    "reduce the crowd": {"op": "remove", "target": {"noun": "crowd"}},
    # adding and giving
    "add a vintage filter": {"op": "restyle", "style": "vintage"},
    "add a blue filter": {"op": "tint", "color": "#0000ff"},
    "add a 20 pixel black border": {"op": "border", "width": {"pixels": 20}, "color": "#000000"},
    "add blue to the sky": {"op": "recolor", "target": {"noun": "sky"}},
    "add some contrast": {"op": "contrast", "amount": 0.3},
    "add a hat instead of the crown": {"op": "replace", "target": {"noun": "crown"}, "thing": {"noun": "hat"}},
    "paste my cat onto the moon": {"op": "combine", "scene": {"noun": "moon"}},
    "give her red hair": {"op": "recolor", "color": "#ff0000", "target": HIS_OR_HER_HAIR},
    "give him bigger eyes": {"op": "scale", "factor": 1.3},
    "give it a vintage look": {"op": "restyle", "style": "vintage"},
    "give the photo a dreamy look": {"op": "restyle"},
    "fill the glass with water": {"op": "add", "thing": {"noun": "water"}},
    # changing and making
    "use a cat instead of the dog": {"op": "replace", "target": {"noun": "dog"}, "thing": {"noun": "cat"}},
    "用海滩做背景": {"op": "replace_background", "scene": {"noun": "beach"}},
    "replace the room behind him with a forest": {"op": "replace_background", "target": PERSON},
    "fill the background with red": {"op": "replace_background", "color": "#ff0000"},
    "change the size of the dog": {"op": "scale", "target": {"noun": "dog"}},
    "change the sign to OPEN": {"op": "replace_text", "text": "OPEN"},
    "change the letter B to an R": {"op": "replace_text", "text": "R"},
    "change the number to 7": {"op": "replace_text", "text": "7"},
    "turn it into a watercolor": {"op": "restyle", "style": "watercolor"},
    "make him a robot": {"op": "replace", "target": PERSON, "thing": {"noun": "robot"}},
    "make him hold a cup": {"op": "add", "target": PERSON, "thing": {"noun": "cup"}},
    "make the colors pop": {"op": "saturation", "amount": 0.3},
    "make the shadows lighter": {"op": "shadows", "amount": 0.3},
    "make the contrast higher": {"op": "contrast", "amount": 0.3},
    "make the contrast lower": {"op": "contrast", "amount": -0.3},
    "make the background transparent": {"op": "remove_background"},
    "make the background blurry": {"op": "blur_background"},
    "make her skin whiter": {"op": "brightness", "amount": 0.3, "target": {"noun": "skin"}},
    "我脸别那么白": {"op": "brightness", "amount": -0.3, "target": {"noun": "face"}},
    "make it less yellow": {"op": "tint", "amount": -0.3, "color": "#ffff00"},
    # qualities
    "darken the edges": {"op": "vignette", "amount": 0.4},
    "flatten the contrast": {"op": "contrast", "amount": -0.3},
    "shift the hue by 30 degrees": {"op": "hue", "degrees": 30.0},
    "make the dog longer": {"op": "warp", "kind": "stretch"},
    "adjust the color": {"op": "tint"},
    "raise the lamp": {"op": "move", "direction": "up"},
    "the photo is too noisy": {"op": "denoise"},
    "照片太模糊了": {"op": "sharpness"},
    "no color": {"op": "grayscale"},
    # restyling and colours
    "paint the car blue": {"op": "recolor", "color": "#0000ff", "target": {"noun": "car"}},
    "color the background white": {"op": "replace_background", "color": "#ffffff"},
    "whiten the teeth": {"op": "recolor", "color": "#ffffff", "target": {"noun": "tooth"}},
    "把墙刷白": {"op": "recolor", "color": "#ffffff"},
    "cartoonize it": {"op": "restyle", "style": "cartoon"},
    "colorize the photo": {"op": "restyle", "style": "color"},
    "airbrush her skin": {"op": "restyle", "style": "airbrushed"},
    "smooth the background": {"op": "blur_background"},
    "fix this old photo": {"op": "restore"},
    # shapes, sizes and turns
    "make it square": {"op": "crop", "aspect": 1.0},
    "make it 16:9": {"op": "crop", "aspect": 1.777778},
    "crop off the bottom by 20%": {"op": "crop", "cut": ["bottom"], "share": 0.2},
    "crop it tighter": {"op": "crop", "zoom": 1.3},
    "enlarge the canvas": {"op": "extend"},
    "upscale it 6 times": {"op": "upscale", "factor": 6.0},
    "upscale the photo by a factor of 3": {"op": "upscale", "factor": 3.0},
    "upscale it to 4k": {"op": "resize", "longest": 3840},
    "enlarge it 3x without adding detail": {"op": "upscale", "factor": 3.0, "faithful": True},
    "放大4倍不失真": {"op": "upscale", "factor": 4.0},
    "restore the photo with sigma 20": {"op": "restore", "sigma": 20.0},
    "sharpen with strength 50%": {"op": "sharpness", "amount": 0.5},
    "模糊，强度20%": {"op": "blur", "strength": 0.2},
    "denoise 25": {"op": "denoise", "sigma": 25.0},
    "remove the scratches on the left": {"op": "remove", "target": {"noun": "scratch", "place": "left"}},
    "fix the scratches on the left": {"op": "remove", "target": {"noun": "scratch", "place": "left"}},
    "resize it to 1920 px wide": {"op": "resize", "width": 1920},
    "make the photo smaller": {"op": "resize", "factor": 0.5},
    "把画面放大到车牌": {"op": "crop", "target": {"noun": "license plate"}, "zoom": 1.3},
    "rotate it slightly": {"op": "rotate", "degrees": 5.0},
    "turn the photo on its side": {"op": "rotate", "degrees": 90.0},
    "move the car to the left by 10%": {"op": "move", "direction": "left", "distance": {"share": 0.1}},
    "把舞者往左边移": {"op": "move", "direction": "left"},
    "make two copies of the balloon": {"op": "duplicate", "count": 2},
    # lettering
    'write "over" where it says "under"': {"op": "replace_text", "target": WORD_UNDER, "text": "over"},
    "write Happy New Year at the top": {"op": "add_text", "text": "Happy New Year", "place": "top"},
    "watermark it with the words Ann Lee": {"op": "watermark", "text": "Ann Lee"},
}  # fmt: skip


def steps(instruction: str) -> list[dict[str, Any]]:
    return compile_instruction(instruction).as_dict()["steps"]


@pytest.mark.parametrize(("instruction", "expected"), ONE_STEP.items())
def test_one_reading(instruction: str, expected: dict[str, Any]) -> None:
    (step,) = steps(instruction)
    assert {name: step.get(name) for name in expected} == expected


def test_each_coordinated_thing_gets_a_step() -> None:
    assert [step["target"]["noun"] for step in steps("sharpen the text and the face")] == ["text", "face"]
    assert [step["text"] for step in steps("write 'A' at the top and 'B' at the bottom")] == ["A", "B"]
    assert [step["thing"]["noun"] for step in steps("add a hat, a scarf and sunglasses")] == [
        "hat",
        "scarf",
        "sunglasses",
    ]


def test_each_quality_takes_the_number_beside_it() -> None:
    first, second = steps("increase the brightness by 20% and the contrast by 10%")
    assert (first["op"], first["amount"]) == ("brightness", 0.2)
    assert (second["op"], second["amount"]) == ("contrast", 0.1)


def test_a_comparison_carries_over_until_another_is_said() -> None:
    vivid, warm = steps("make it less saturated and warmer")
    assert (vivid["op"], vivid["amount"]) == ("saturation", -0.3)
    assert (warm["op"], warm["amount"]) == ("warmth", 0.3)


@pytest.mark.parametrize(
    "instruction",
    [
        *("resize to 0x0", "add a white border 0:1", "宽度改成0像素"),
        *("upscale it 0x", "upscale it 9x", "超分100倍", "denoise with sigma 500"),
    ],
)
def test_numbers_that_no_picture_can_have_are_errors(instruction: str) -> None:
    with pytest.raises(InvalidPlan):
        compile_instruction(instruction)


def test_every_sense_of_the_lexicon_has_a_function() -> None:
    assert set(read_table("verbs.toml")) <= set(SENSES)
