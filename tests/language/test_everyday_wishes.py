"""Wishes as people type them, each with what it must come to; most were once understood wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from diptych.core.errors import InvalidPlan, NotUnderstood
from diptych.language.compiler import compile_instruction

Step = dict[str, Any]

WISHES: list[tuple[str, list[Step]]] = [
    # complaints go the other way
    ("太暗了", [{"op": "brightness", "amount": 0.3}]),
    ("照片太黄了", [{"op": "tint", "color": "#ffff00", "amount": -0.3}]),
    ("it's too yellow", [{"op": "tint", "color": "#ffff00", "amount": -0.3}]),
    ("偏蓝了，校正一下", [{"op": "tint", "color": "#0000ff", "amount": -0.3}]),
    ("曝光过度了，修一下", [{"op": "brightness", "amount": -0.3}]),
    ("有点偏绿", [{"op": "tint", "color": "#008000", "amount": -0.3, "target": False}]),
    ("脸太黑了", [{"op": "brightness", "amount": 0.3, "target": {"noun": "face"}}]),
    ("the picture is tilted, fix it", [{"op": "straighten", "target": False}]),
    ("this photo is very noisy, fix it", [{"op": "denoise", "strength": False}]),
    ("照片噪点很多，处理一下", [{"op": "denoise", "strength": False}]),
    ("the picture has jpeg artifacts, fix it", [{"op": "denoise", "kind": "compression", "target": False}]),
    ("图片有压缩痕迹，处理一下", [{"op": "denoise", "kind": "compression", "target": False}]),
    ("照片太小了，放大三倍", [{"op": "resize", "factor": 3.0}]),
    ("it's too small, upscale it 3x", [{"op": "upscale", "factor": 3.0}]),
    # restoring, enlarging, and how it is to be done
    ("照片有划痕，修复一下", [{"op": "restore", "scratches": True, "strength": False}]),
    ("restore the photo, it has scratches", [{"op": "restore", "scratches": True, "strength": False}]),
    ("restore it at 50%", [{"op": "restore", "strength": 0.5}]),
    ("稍微修复一下照片", [{"op": "restore", "strength": 0.15}]),
    ("remove the man and fill in the background", [{"op": "remove", "target": {"noun": "man"}}]),
    ("去掉男人并补全背景", [{"op": "remove", "target": {"noun": "man"}}]),
    ("把船往右移，并补全空白", [{"op": "move", "target": {"noun": "boat"}}]),
    ("upscale to 200%", [{"op": "upscale", "factor": 2.0}]),
    ("upscale by 50%", [{"op": "upscale", "factor": 1.5}]),
    ("upscale it to 3000 px wide", [{"op": "resize", "width": 3000}]),
    ("upscale it 2x and add nothing", [{"op": "upscale", "factor": 2.0, "faithful": True}]),
    ("把狗往左移，用传统填充", [{"op": "move", "fill": "classical"}]),
    (
        "using the classical fill, remove the tourist and move the dog left",
        [{"op": "remove", "fill": "classical"}, {"op": "move", "fill": "classical"}],
    ),
    ("make the sky sharper and the dog twice as large", [{"op": "sharpness"}, {"op": "scale", "factor": 2.0}]),
    ("sharpen and resize it to 50%", [{"op": "sharpness"}, {"op": "resize", "factor": 0.5}]),
    # numbers with a sign, factors
    ("brightness +20", [{"op": "brightness", "amount": 0.2}]),
    ("亮度-10", [{"op": "brightness", "amount": -0.1}]),
    ("对比度+20", [{"op": "contrast", "amount": 0.2}]),
    ("make it 20% smaller", [{"op": "resize", "factor": 0.8}]),
    ("缩小20%", [{"op": "resize", "factor": 0.8}]),
    ("make it half as bright", [{"op": "brightness", "amount": -0.5}]),
    ("背景虚化强一点", [{"op": "blur_background", "strength": 0.65}]),
    # one wish, not two
    ("sharpen this blurry photo", [{"op": "sharpness", "amount": 0.3}]),
    ("lighten the shadows a bit but keep the highlights", [{"op": "shadows", "amount": 0.15}]),
    ("加水印“© 小明”，半透明", [{"op": "watermark", "text": "© 小明"}]),
    ("加红色边框，宽30像素", [{"op": "border", "color": "#ff0000", "width": {"pixels": 30}}]),
    ("加文字“新品上市”，居中", [{"op": "add_text", "text": "新品上市", "place": "center"}]),
    ("keep the colours, only sharpen", [{"op": "sharpness", "amount": 0.3}]),
    (
        "加文字“新品”，字号80，红色，居中",
        [{"op": "add_text", "color": "#ff0000", "place": "center", "size": {"pixels": 80}}],
    ),
    (
        "右下角写上“春”，小一点，灰色",
        [{"op": "add_text", "text": "春", "place": "bottom right", "size": {"share": 0.05}}],
    ),
    (
        "add 'SALE', white, 40px, bottom",
        [{"op": "add_text", "text": "SALE", "color": "#ffffff", "size": {"pixels": 40}}],
    ),
    # two wishes, not one
    (
        "turn the exposure down a stop and bump contrast by 25%",
        [{"op": "exposure", "stops": -1.0}, {"op": "contrast", "amount": 0.25}],
    ),
    ("add a vignette and some film grain", [{"op": "vignette"}, {"op": "grain"}]),
    ("加暗角和颗粒", [{"op": "vignette"}, {"op": "grain"}]),
    (
        "add 'A' in the top left and 'B' in the bottom right",
        [
            {"op": "add_text", "text": "A", "place": "top left"},
            {"op": "add_text", "text": "B", "place": "bottom right"},
        ],
    ),
    (
        "blur and darken the background",
        [{"op": "blur_background"}, {"op": "brightness", "amount": -0.3, "target": {"noun": "background"}}],
    ),
    # what is not wanted
    ("do not make it brighter, make it darker", [{"op": "brightness", "amount": -0.3}]),
    ("除了红色部分都变黑白", [{"op": "grayscale", "target": {"color": "#ff0000", "invert": True}}]),
    ("keep only the red parts in colour", [{"op": "grayscale", "target": {"color": "#ff0000", "invert": True}}]),
    ("只保留红色，其他变黑白", [{"op": "grayscale", "target": {"color": "#ff0000", "invert": True}}]),
    # lettering
    ("write Hello World at the bottom", [{"op": "add_text", "text": "Hello World", "place": "bottom"}]),
    ("写上：你好", [{"op": "add_text", "text": "你好"}]),
    (
        'write "Hi" at the top in big yellow letters',
        [{"op": "add_text", "text": "Hi", "place": "top", "color": "#ffff00", "target": False}],
    ),
    ("add a caption saying 'My coffee'", [{"op": "add_text", "text": "My coffee", "target": False}]),
    ("write 'one\ntwo' at the top", [{"op": "add_text", "text": "one\ntwo", "place": "top"}]),
    ("写“早上好”，红色大字", [{"op": "add_text", "text": "早上好", "color": "#ff0000", "size": {"share": 0.13}}]),
    ("铺满水印“样张”", [{"op": "watermark", "text": "样张", "tiled": True}]),
    ("加水印“© 小明”，平铺", [{"op": "watermark", "text": "© 小明", "tiled": True}]),
    # frames and shapes
    ("crop 50 px from each side", [{"op": "crop", "cut": ["left", "right", "top", "bottom"], "pixels": 50}]),
    ("左边切掉50像素", [{"op": "crop", "cut": ["left"], "pixels": 50}]),
    ("加白边", [{"op": "add", "thing": {"noun": "border", "color": "#ffffff"}}]),
    ("make it a square with white padding", [{"op": "border", "aspect": 1.0, "color": "#ffffff"}]),
    ("pad it to a square with white", [{"op": "border", "aspect": 1.0, "color": "#ffffff"}]),
    ("flip it upside down", [{"op": "flip", "axis": "vertical"}]),
    ("上下翻转", [{"op": "flip", "axis": "vertical"}]),
    # styles, colours, hiding, counting
    ("油画", [{"op": "restyle", "style": "oil painting", "target": False}]),
    ("pencil sketch", [{"op": "restyle", "style": "pencil sketch", "target": False}]),
    ("复古风格", [{"op": "restyle", "style": "vintage", "target": False}]),
    ("像素风", [{"op": "restyle", "style": "pixel art", "target": False}]),
    ("change the red to blue", [{"op": "recolor", "color": "#0000ff", "target": {"color": "#ff0000"}}]),
    ("hide the face", [{"op": "pixelate", "target": {"noun": "face"}}]),
    ("把脸遮住", [{"op": "pixelate", "target": {"noun": "face"}}]),
    ("图片里有几个杯子？", [{"op": "count", "target": {"noun": "cup"}}]),
]


def lacks(said: Step, expected: Step) -> list[str]:
    missing = []
    for name, value in expected.items():
        given = said.get(name, False)
        if isinstance(value, dict) and isinstance(given, dict):
            missing += lacks(given, value)
        elif given != (pytest.approx(value) if isinstance(value, float) else value):
            missing.append(f"{name}: {given!r}, not {value!r}")
    return missing


@pytest.mark.parametrize(("words", "steps"), WISHES, ids=[words for words, _ in WISHES])
def test_a_wish_comes_to_its_steps(words: str, steps: list[Step]) -> None:
    plan = compile_instruction(words)
    assert [step.op for step in plan.steps] == [step["op"] for step in steps], str(plan)
    for said, expected in zip(plan.as_dict()["steps"], steps, strict=True):
        assert not lacks(said, expected), str(plan)


@pytest.mark.parametrize("words", ["不要黑白", "don't make it brighter", "no vignette please"])
def test_what_is_only_denied_is_no_wish(words: str) -> None:
    with pytest.raises(NotUnderstood):
        compile_instruction(words)


@pytest.mark.parametrize("words", ["resize to 0%", "resize to 0x0", "缩放到0%"])
def test_nothing_is_left_of_it(words: str) -> None:
    with pytest.raises(InvalidPlan):
        compile_instruction(words)


@pytest.mark.parametrize(("words", "near"), [("satuurraate", "saturate"), ("rotaaate", "rotate")])
def test_the_nearest_known_wish_is_proposed(words: str, near: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        compile_instruction(words)
    assert near in caught.value.say("en")
    assert near in caught.value.say("zh")
