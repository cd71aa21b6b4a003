"""The lexicon's data of things, colours, attributes and styles: well-formed, unambiguous, bilingual."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageColor

from diptych.language.lexicon import Sense, lexicon, read_table

HAN = re.compile(r"[\u3400-\u9fff]")
HEX = re.compile(r"#[0-9a-f]{6}")
NOUN_FILES = {"things.toml": "thing", "attributes.toml": "attribute", "styles.toml": "style"}
SMALLEST = {"things.toml": 1200, "attributes.toml": 150, "styles.toml": 60}

KINDS = {
    *("brightness", "contrast", "saturation", "warmth", "sharpness", "blur", "denoise", "grayscale", "sepia", "invert"),
    *("vignette", "tint", "crop", "rotate", "flip", "resize", "straighten", "warp", "remove", "add", "replace"),
    *("recolor", "move", "scale", "restyle", "remove_background", "replace_background", "blur_background", "add_text"),
    *("remove_text", "replace_text", "extend", "restore", "combine", "vague"),
}

SAME_THING = [
    ("guy", "男的", "man"),
    ("lady", "女士", "woman"),
    ("puppies", "小狗", "puppy"),
    ("doggo", "狗狗", "dog"),
    ("passers-by", "路人", "passerby"),
    ("power lines", "电线", "wire"),
    ("phone pole", "电线杆", "telephone pole"),
    ("garbage can", "垃圾桶", "trash can"),
    ("fold line", "折痕", "crease"),
    ("zits", "痘痘", "pimple"),
    ("bags under the eyes", "眼袋", "eye bag"),
    ("teeth", "牙齿", "tooth"),
    ("feet", "脚", "foot"),
    ("leaves", "树叶", "leaf"),
    ("wolves", "狼", "wolf"),
    ("mice", "老鼠", "mouse"),
    ("spectacles", "眼镜", "glasses"),
    ("glasses", "眼镜", "glasses"),
    ("woods", "树林", "forest"),
    ("number plate", "车牌", "license plate"),
    ("northern lights", "极光", "aurora"),
    ("sofa", "沙发", "sofa"),
    ("couch", "沙发", "sofa"),
    ("cell phone", "手机", "phone"),
    ("ocean", "大海", "sea"),
    ("knives", "刀", "knife"),
    ("starry sky", "星空", "night sky"),
]

SAME_COLOR = [
    ("grey", "灰色", "gray"),
    ("light grey", "浅灰", "light gray"),
    ("lightblue", "淡蓝色", "light blue"),
    ("navy blue", "藏青", "navy"),
    ("burgundy", "酒红", "wine red"),
    ("sky blue", "天蓝", "sky blue"),
    ("off-white", "米白", "off-white"),
    ("flesh color", "肤色", "flesh color"),
    ("aqua", "青色", "cyan"),
    ("golden", "金色", "gold"),
    ("deep green", "墨绿", "dark green"),
]

SAME_STYLE = [
    ("oil paint", "油画", "oil painting"),
    ("watercolour", "水彩画", "watercolor"),
    ("sketch", "素描", "pencil sketch"),
    ("comic book", "漫画", "comic"),
    ("chinese painting", "国画", "ink wash"),
    ("8-bit", "像素风", "pixel art"),
    ("van gogh", "梵高", "post-impressionist"),
]

SAME_ATTRIBUTE = [
    ("huge", "巨大", "big"),
    ("elderly", "年老", "old"),
    ("plaid", "格子", "checkered"),
    ("blond", "金发", "blond-haired"),
    ("seated", "坐着", "sitting"),
]


def entries(name: str) -> dict[str, dict[str, Any]]:
    """Canonical name → entry of one file, whether its tables are grouped or not; a name given twice fails."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in read_table(name).items():
        grouped = {key: value} if "en" in value else value
        for canonical, entry in grouped.items():
            assert canonical not in found, f"{canonical!r} stands twice in {name}"
            found[canonical] = entry
    found.pop("modifiers", None)
    return found


def colors() -> dict[str, dict[str, Any]]:
    return {name: entry for name, entry in read_table("colors.toml").items() if name != "modifiers"}


def owners(table: dict[str, dict[str, Any]], language: str) -> dict[str, set[str]]:
    """Each form of a language → the canonical names that claim it."""
    claimed: dict[str, set[str]] = {}
    for canonical, entry in table.items():
        forms = [canonical, *entry["en"]] if language == "en" else entry["zh"]
        for form in forms:
            claimed.setdefault(form.lower(), set()).add(canonical)
    return claimed


def first(language: str, phrase: str, kind: str) -> str | None:
    known = lexicon().english if language == "en" else lexicon().chinese
    return next((sense.name for sense in known.get(phrase, ()) if sense.kind == kind), None)


@pytest.mark.parametrize("name", NOUN_FILES)
def test_every_entry_is_well_formed(name: str) -> None:
    table = entries(name)
    assert len(table) >= SMALLEST[name]
    for canonical, entry in table.items():
        assert set(entry) == {"en", "zh"}, canonical
        assert entry["zh"], f"{canonical} has no Chinese"
        for form in [canonical, *entry["en"]]:
            assert form, canonical
            assert form == " ".join(form.lower().split()), form
            assert not HAN.search(form), form
        for form in entry["zh"]:
            assert HAN.search(form) or form.isascii(), form
            assert re.fullmatch(r"\S+", form), form


@pytest.mark.parametrize("name", [*NOUN_FILES, "colors.toml"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_form_belongs_to_two_entries(name: str, language: str) -> None:
    table = colors() if name == "colors.toml" else entries(name)
    shared = {form: names for form, names in owners(table, language).items() if len(names) > 1}
    assert not shared


@pytest.mark.parametrize("name", [*NOUN_FILES, "colors.toml"])
def test_no_form_is_listed_twice_in_one_entry(name: str) -> None:
    table = colors() if name == "colors.toml" else entries(name)
    for canonical, entry in table.items():
        for forms in ([canonical, *entry["en"]], entry["zh"]):
            repeated = [form for form, times in Counter(form.lower() for form in forms).items() if times > 1]
            assert not repeated, canonical


@pytest.mark.parametrize(("name", "kind"), NOUN_FILES.items())
def test_the_reader_gives_every_listed_form_its_own_noun(name: str, kind: str) -> None:
    """Plurals by rule don't take a listed form away ("glasses" is eyewear, "woods" is the forest)."""
    for canonical, entry in entries(name).items():
        for form in [canonical, *entry["en"]]:
            assert first("en", form, kind) == canonical
        for form in entry["zh"]:
            assert first("zh", form.lower(), kind) == canonical


def test_regular_plurals_are_left_to_the_rule() -> None:
    for canonical, entry in entries("things.toml").items():
        listed = [canonical, *entry["en"]]
        for form in listed:
            assert f"{form}s" not in entry["en"], f"{form}s follows by rule"


def test_words_that_common_chinese_is_made_of_are_no_nouns() -> None:
    """As nouns they would be cut out of 亮一点, 右下角, 左边, 小心, 慢慢地, 风格, 对象."""
    nouns = owners(entries("things.toml"), "zh")
    assert not nouns.keys() & set("点角边心地风象的一上下左右中里大小有不把")


def test_the_picture_itself_is_no_thing() -> None:
    table = entries("things.toml")
    assert not owners(table, "en").keys() & {"picture", "photo", "image", "pic", "photograph"}
    assert not owners(table, "zh").keys() & {"图", "图片", "照片", "图像", "画面", "相片"}


def test_colors_are_hex_and_have_both_languages_or_are_css_spellings() -> None:
    for name, entry in colors().items():
        assert set(entry) == {"hex", "en", "zh"}, name
        assert HEX.fullmatch(entry["hex"]), name
        assert all(HAN.search(form) for form in entry["zh"]), name
        assert entry["zh"] or name in ImageColor.colormap, f"{name} has no Chinese"


def test_all_148_css_names_have_the_value_that_css_gives_them() -> None:
    by_form = {form: entry["hex"] for name, entry in colors().items() for form in [name, *entry["en"]]}
    assert len(ImageColor.colormap) == 148
    # Pillow replaces a value by its (red, green, blue) once it has looked it up.
    css = {name: "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(name)) for name in ImageColor.colormap}
    assert {name: by_form.get(name) for name in css} == css


def test_dark_gray_is_darker_than_gray_unless_css_is_spelled() -> None:
    known = colors()
    assert known["dark gray"]["hex"] < known["gray"]["hex"] < known["darkgray"]["hex"]


def test_modifiers_point_the_way_that_they_say() -> None:
    modifiers = read_table("colors.toml")["modifiers"]
    for name, entry in modifiers.items():
        assert -1 <= entry["lightness"] <= 1, name
        assert -1 <= entry["chroma"] <= 1, name
        assert entry["zh"], name
    assert modifiers["light"]["lightness"] > 0 > modifiers["dark"]["lightness"]
    assert modifiers["muted"]["chroma"] < 0 < modifiers["bright"]["chroma"]
    for language in ("en", "zh"):
        shared = {form: names for form, names in owners(modifiers, language).items() if len(names) > 1}
        assert not shared


@pytest.mark.parametrize(
    ("kind", "english", "chinese", "canonical"),
    [
        *(("thing", *row) for row in SAME_THING),
        *(("color", *row) for row in SAME_COLOR),
        *(("style", *row) for row in SAME_STYLE),
        *(("attribute", *row) for row in SAME_ATTRIBUTE),
    ],
)
def test_both_languages_meet_in_one_name(kind: str, english: str, chinese: str, canonical: str) -> None:
    assert first("en", english, kind) == canonical
    assert first("zh", chinese, kind) == canonical
    assert Sense(kind, canonical) in lexicon().english[canonical]


def own_requests() -> list[dict[str, Any]]:
    path = Path(__file__).parent / "data" / "own_requests.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_own_requests_are_well_formed_and_cover_all_kinds() -> None:
    requests = own_requests()
    assert len(requests) >= 320
    for language in ("en", "zh"):
        sentences = [request[language] for request in requests]
        assert len(set(sentences)) == len(sentences)
    for request in requests:
        assert HAN.search(request["zh"]), request
        assert not HAN.search(re.sub(r'"[^"]*"', "", request["en"])), request
        assert 1 <= len(request["ops"]) <= 4, request
        for op in request["ops"]:
            assert set(op) == {"op", "dir", "target", "value", "where"}, request
            assert op["op"] in KINDS, request
            assert op["dir"] in (None, "up", "down"), request
    assert {op["op"] for request in requests for op in request["ops"]} == KINDS
