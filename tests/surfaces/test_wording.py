"""Steps, labels and errors as people read them, in both languages."""

from __future__ import annotations

import re

import numpy as np
import pytest

from diptych import AmbiguousTarget, Picture, Plan, Region, Studio, Target, TargetNotFound, Unsupported
from diptych.core.operation import ALL_OPERATIONS, Border, Brightness, Crop, Remove, Straighten
from diptych.core.target import Relation
from diptych.operations.catalogue import catalogue
from diptych.wording import label, place, step
from diptych.wording.names import chinese_nouns
from diptych.wording.phrases import target
from diptych.wording.steps import _tables

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said(json: str) -> tuple[str, str]:
    (operation,) = Plan.from_json(f'{{"steps": [{json}]}}').steps
    return step(operation, "en"), step(operation, "zh")


@pytest.mark.parametrize(
    ("json", "english", "chinese"),
    [
        ('{"op": "crop", "aspect": 1.0}', "crop to 1:1", "裁剪为 1:1"),
        ('{"op": "crop", "aspect": 1.7777777}', "crop to 16:9", "裁剪为 16:9"),
        ('{"op": "brightness", "amount": 0.15}', "brighter by 15 %", "调亮 15%"),
        ('{"op": "brightness", "amount": -0.3}', "darker by 30 %", "调暗 30%"),
        (
            '{"op": "add_text", "text": "ACME", "place": "bottom right"}',
            "add the text “ACME” bottom right",
            "在右下角加文字“ACME”",
        ),
        ('{"op": "add_text", "text": "left"}', "add the text “left”", "加文字“left”"),
        ('{"op": "upscale", "factor": 3, "faithful": true}', "enlarge 3 times, faithfully", "忠实放大 3 倍"),
        ('{"op": "denoise", "sigma": 25}', "remove the noise, sigma 25", "降噪，标准差 25"),
        ('{"op": "denoise", "kind": "compression"}', "remove the marks of compression", "去除压缩痕迹"),
        ('{"op": "restore", "scratches": true}', "restore and mend the scratches", "修复并修补划痕"),
        ('{"op": "restore", "scratches": true, "strength": 0}', "mend the scratches", "修补划痕"),
        (
            '{"op": "remove", "target": {"noun": "dog"}, "fill": "classical"}',
            "remove the dog, classical fill",
            "去掉狗，传统填充",
        ),
        (
            '{"op": "move", "target": {"noun": "dog"}, "direction": "left", "fill": "classical"}',
            "move the dog left, classical fill",
            "把狗向左边移动，传统填充",
        ),
        (
            '{"op": "replace", "target": {"noun": "dog"}, "thing": {"noun": "cat"}, "fill": "classical"}',
            "replace the dog with a cat, classical fill",
            "把狗换成猫，传统填充",
        ),
        ('{"op": "remove_text", "fill": "classical"}', "remove the text, classical fill", "去掉文字，传统填充"),
        ('{"op": "restyle", "style": "oil painting"}', "restyle as oil painting", "变成油画风格"),
        (
            '{"op": "blur", "target": {"noun": "sky"}}',
            "blur, 30 %, the sky only",
            "天空：模糊 30%",
        ),
        ('{"op": "replace_background", "color": "#ffffff"}', "make the background white", "背景换成白色"),
        ('{"op": "rotate", "degrees": -90}', "rotate 90° counterclockwise", "逆时针旋转 90°"),
        ('{"op": "straighten", "degrees": 2.5}', "straighten by 2.5° clockwise", "拉平（顺时针 2.5°）"),
        ('{"op": "border", "color": "#ff0000", "width": {"pixels": 20}}', "red border, 20 px", "加红色边框，宽 20 px"),
    ],
)
def test_a_step_in_both_languages(json: str, english: str, chinese: str) -> None:
    assert said(json) == (english, chinese)


def test_every_operation_has_its_forms_and_no_other() -> None:
    assert set(_tables()["steps"]) == {operation.model_fields["op"].default for operation in ALL_OPERATIONS}


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda operation: operation.__name__)
def test_forms_name_parameters_that_there_are(operation: type) -> None:
    fields = set(operation.model_fields)
    forms = _tables()["steps"][operation.model_fields["op"].default]
    assert "when" not in forms[-1]
    for form in forms:
        used = set(re.findall(r"\{(\w+)\}", form["en"] + form["zh"]))
        used |= set(re.findall(r"^\w+", form.get("when", "")))
        assert used <= fields
        assert set(re.findall(r"\{(\w+)\}", form["en"])) == set(re.findall(r"\{(\w+)\}", form["zh"]))


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.op)
def test_the_catalogue_reads_well(entry) -> None:  # type: ignore[no-untyped-def]
    for operation in Studio().plan(entry.say.en).steps:
        english, chinese = step(operation, "en"), step(operation, "zh")
        assert not re.search(r"[{}\[\]#]|None|  ", english + chinese)
        assert not CHINESE.search(english.replace("清仓", ""))
        assert CHINESE.search(chinese) or operation.op == "vague"


def test_empty_steps_read_too() -> None:
    assert step(Brightness(), "en") == "adjust the brightness by measure"
    assert step(Crop(), "zh") == "裁剪"
    assert step(Straighten(), "zh") == "拉平"
    assert step(Remove(), "en") == "remove"
    assert step(Border(aspect=1.0), "en") == "pad with white to 1:1"


def test_targets() -> None:
    dog = Target(noun="dog", attributes=("big",), color="#ffffff")
    assert (target(dog, "en"), target(dog, "zh")) == ("the big white dog", "大白色狗")
    second = Target(noun="person", ordinal=2)
    assert (target(second, "en"), target(second, "zh")) == ("the second person from the left", "左起第 2 个人")
    on = Target(noun="cup", relation=Relation(kind="on", anchor=Target(noun="table")))
    assert (target(on, "en"), target(on, "zh")) == ("the cup on the table", f"{chinese_nouns()['table']}上的杯子")
    assert target(Target(noun="sky", invert=True), "zh") == "天空以外的部分"
    assert target(Target(text="SALE"), "en") == "the text “SALE”"


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("main subject, taken for the cup", "主体（当作杯子）"),
        ("face (by skin colour and shape)", "脸（按肤色和形状）"),
        ("#ff0000 part", "红色部分"),
        ("#ffa500 part, taken for the suit", "橙色部分（当作西装）"),
        ("at the left half", "左半边"),
        ("dog at the left", "左边的狗"),
        ("everything except #ff0000 part", "除红色部分以外的部分"),
        ("the text “ACME”", "文字“ACME”"),
        ("girl on the table", f"{'桌子'}上的女孩"),
        ("2 small star", "2 个小星星"),
        ("background", "背景"),
        ("50% OFF wibble", "50% OFF wibble"),
        ("叽里咕噜", "叽里咕噜"),
        ("", ""),
    ],
)
def test_labels(text: str, chinese: str) -> None:
    assert label(text, "zh") == chinese


def test_colours_have_names_in_english_too() -> None:
    assert label("#ffffff border", "en") == "white border"
    assert label("#123457 border", "en") == "#123457 border"


def test_where_a_region_lies() -> None:
    corner = Region.from_box((0, 0, 10, 10), 100, 100)
    assert place(corner, "en") == "top left, 1 % of the picture"
    assert place(corner, "zh") == "左上角，占 1%"
    assert place(Region.from_box((40, 40, 60, 60), 100, 100), "en").startswith("center")


def balloons() -> Picture:
    pixels = np.full((200, 600, 3), 235, np.uint8)
    pixels[60:140, 80:200] = pixels[60:140, 400:520] = (210, 20, 20)
    return Picture(pixels)


def test_errors_speak_of_targets_as_people_do() -> None:
    sky = Plan.from_json('{"steps": [{"op": "invert", "target": {"noun": "part", "color": "#008000"}}]}')
    with pytest.raises(TargetNotFound) as error:
        Studio().edit(balloons(), sky)
    assert "“绿色部分”" in error.value.say("zh")
    assert "“green part”" in str(error.value)


def test_candidates_are_told_apart_in_words() -> None:
    red = Plan.from_json('{"steps": [{"op": "invert", "target": {"noun": "part", "color": "#ff0000"}}]}')
    with pytest.raises(AmbiguousTarget) as error:
        Studio().edit(balloons(), red)
    english, chinese = error.value.say("en"), error.value.say("zh")
    assert re.search(r"1\. red part.* \(left, 8.*\n.*2\. red part.* \(right, 8", english)
    assert re.search(r"1\. 红色部分.*（左边，占 8.*\n.*2\. 红色部分.*（右边，占 8", chinese)
    assert "--show-regions" in english
    assert "--show-regions" in chinese


def test_lists_in_chinese_errors_are_chinese() -> None:
    with pytest.raises(Unsupported) as error:
        Studio().edit(balloons(), Plan.from_json('{"steps": [{"op": "restyle", "style": "klingon"}]}'))
    said = error.value.say("zh")
    assert "油画" in said
    assert "oil painting" not in said
    assert "oil painting" in error.value.say("en")


def test_a_count_is_said_in_the_language_of_the_question() -> None:
    (answer,) = Studio().edit(balloons(), "有几个红色的气球？").answers
    assert re.fullmatch(r"数到 2 个：红色气球。", answer.words)
    (answer,) = Studio().edit(balloons(), "how many red balloons are there?").answers
    assert answer.words == "I count 2: red balloon."
