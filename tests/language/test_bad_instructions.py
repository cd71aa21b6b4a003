"""Instructions that can't be planned: one error of the tree with words and remedy, never another exception."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.core.errors import DiptychError, NotUnderstood
from diptych.core.plan import Plan
from diptych.language.compiler import compile_instruction

HAN = re.compile(r"[\u3400-\u9fff]")

EMPTY = {
    "nothing": "",
    "a space": " ",
    "spaces, tabs and lines": " \t\r\n \n",
    "the ideographic space": "\u3000\u3000",
    "a hundred thousand spaces": " " * 100_000,
}

TOO_LONG = {
    "English": "make it brighter. " * 5_556,
    "Chinese": "调亮一点，" * 20_000,
    "one word": "a" * 100_000,
    "quotation marks": "“" * 100_000,
}

OTHER_LANGUAGES = {
    "French": "Supprimez le chien, s'il vous plaît",
    "German": "Entferne bitte den Hund",
    "Spanish": "quita el perro, por favor",
    "Russian": "удали собаку с фотографии",
    "Arabic": "أزل الكلب من الصورة",
    "Hindi": "कुत्ते को हटाओ",
    "Thai": "ลบสุนัขออก",
    "Korean": "사진을 밝게 해 주세요",
    "Japanese, kana": "もっとあかるくしてください",
    "Japanese, katakana": "コントラストヲアゲテクダサイ",
    "Japanese, kanji and kana": "写真を明るくしてください",
    "Japanese, about a dog": "犬を消してください",
}

NO_WORDS = {
    "one emoji": "😀",
    "animals": "🐶🐱",
    "skin tones and a joined heart": "👍🏽👍🏽 ❤️‍🔥",
    "a flag": "🇨🇳",
    "gibberish": "asdfgh qwerty zxcvb",
    "rare characters": "齉龘靐",
    "mojibake": "锟斤拷烫烫烫",
    "particles": "的的的的",
    "English marks": "!!!???",
    "Chinese marks": "。。。，，、；",
    "brackets": "()[]{}<>",
    "empty quotation marks": '"" “” 「」 《》',
    "a null byte": "\0",
    "null bytes": "\0\0\0",
    "control characters": "\x01\x02\x1b[0m",
    "zero-width": "\u200b\u200b\ufeff",
    "a number": "12345",
    "a percentage": "50%",
    "a bare colour": "#ff8800",
    "a greeting": "hello",
    "a Chinese greeting": "你好",
    "thanks": "thanks a lot",
    "please": "请",
    "talk of the weather": "今天天气真好",
    "a pangram": "The quick brown fox",
}

OUT_OF_RANGE = [
    "rotate it 999999999 degrees", "旋转999999999度", "crop to 1:0", "裁成1:0", "crop to 0:0",
    "crop to 99999999:1", "resize to 0x0", "尺寸改成0x0", "resize to 99999999 px wide", "resize it to 0%",
    "缩小到0%", "放大0倍", "upscale it 1000x", "posterize it to 1000 levels", "add a 9999999px border",
    "blur with a radius of 100000000 px", "set the gamma to 0", "set the gamma to 1000",
    "increase the exposure by 100 stops", "曝光增加100档", "make the dog 1000 times bigger", "把狗放大1000倍",
    "zoom in 1000x", "add 5000 birds", "加5000只鸟", "make 1000 copies of the dog", "把狗复制1000份",
    "move the dog 9999999px to the left", "shift the hue by 10000 degrees", "extend it by 10000%",
    "删掉第0个人", "brightness +9999999%", "裁掉左边100%", "改成#ff8800的", "改成#12345", "800x600旋转",
    "rotate 800x600 degrees", "add a 1:0 border", "虚化16:9像素", "blur by 16:9 percent", "下面百分之1:0虚化",
    "变成#", "watermark it with #", "写上#",
]  # fmt: skip

ENDLESS_NUMBERS = [
    "resize to {}px wide",
    "rotate it {} degrees",
    "increase the brightness by {}%",
    "add {} birds",
    "加{}只鸟",
    "裁成{}:1",
]

NESTED = {
    "relations": "remove the dog" + " on the table" * 400,
    "Chinese possessives": "去掉" + "狗的" * 800 + "头",
    "English possessives": "remove the dog" + "'s dog" * 800,
    "coordination": "remove " + "the dog and " * 400 + "the cat",
    "Chinese coordination": "去掉" + "狗和" * 800 + "猫",
    "clauses": "brighten it, " * 400,
    "exceptions": "blur everything" + " except the dog" * 300,
    "one character": "狗" * 3_000,
    "negations": "not " * 1_000,
    "verbs": "remove " * 700,
    "open quotations": "“" * 5_000,
    "half quotations": "'a" * 2_500,
}


def refusal(instruction: str) -> NotUnderstood:
    """The error that the instruction raises, whose two sentences are there in both languages."""
    with pytest.raises(NotUnderstood) as caught:
        compile_instruction(instruction)
    error = caught.value
    for message in (error.problem, error.remedy):
        assert message.en
        assert HAN.search(message.zh)
        assert "\n" not in message.en + message.zh
    assert len(error.problem.en) < 400
    return error


@pytest.mark.parametrize("instruction", EMPTY.values(), ids=EMPTY.keys())
def test_an_empty_instruction_is_said_to_be_empty(instruction: str) -> None:
    error = refusal(instruction)
    assert "empty" in error.problem.en
    assert "空" in error.problem.zh


@pytest.mark.parametrize("instruction", TOO_LONG.values(), ids=TOO_LONG.keys())
def test_an_endless_instruction_is_refused_with_its_length(instruction: str) -> None:
    error = refusal(instruction)
    assert f"{len(instruction):,}" in error.problem.en
    assert str(len(instruction)) in error.problem.zh


@pytest.mark.parametrize("instruction", OTHER_LANGUAGES.values(), ids=OTHER_LANGUAGES.keys())
def test_other_languages_are_not_understood(instruction: str) -> None:
    error = refusal(instruction)
    assert error.words
    assert error.words[0].lower() in instruction.lower()
    assert error.words[0] in error.problem.en
    assert error.words[0] in error.problem.zh


@pytest.mark.parametrize("instruction", NO_WORDS.values(), ids=NO_WORDS.keys())
def test_what_says_nothing_is_not_understood(instruction: str) -> None:
    assert refusal(instruction).words


@pytest.mark.parametrize("instruction", OUT_OF_RANGE)
def test_values_out_of_range_give_a_plan_or_an_error_of_the_tree(instruction: str) -> None:
    assert_planned_or_refused(instruction)


@pytest.mark.parametrize("instruction", ENDLESS_NUMBERS)
@pytest.mark.parametrize("digits", [20, 400, 5_000])
def test_numbers_without_end(instruction: str, digits: int) -> None:
    assert_planned_or_refused(instruction.format("9" * digits))


@pytest.mark.parametrize("instruction", NESTED.values(), ids=NESTED.keys())
def test_deep_nesting_and_long_rows(instruction: str) -> None:
    assert_planned_or_refused(instruction)


def test_a_null_byte_inside_a_sentence() -> None:
    assert_planned_or_refused("remove\0the\0dog")
    assert_planned_or_refused("把狗\0去掉")


def test_bytes_that_are_no_text() -> None:
    """A shell argument that isn't UTF-8 arrives with lone surrogates (PEP 383)."""
    assert refusal("\udcff\udcfe").words
    assert_planned_or_refused("add '\udcff' at the top")


def outcome(instruction: str) -> Plan | DiptychError:
    try:
        return compile_instruction(instruction)
    except DiptychError as error:
        return error


def assert_planned_or_refused(instruction: str) -> None:
    """Anything but a Plan (that survives JSON) or a DiptychError fails."""
    result = outcome(instruction)
    if isinstance(result, Plan):
        assert result.steps
        assert Plan.from_json(result.to_json()) == result
    else:
        assert all((result.problem.en, result.problem.zh, result.remedy.en, result.remedy.zh))


KNOWN = [
    "make", "it", "brighter", "remove", "the", "dog", "'s", "add", "a", "red", "replace", "with", "cat", "crop",
    "to", "16:9", "50%", "2x", "800x600", "twice", "except", "only", "keep", "and", "then", ",", ".", "'ACME'",
    '"', "“SALE”", "blur", "background", "left", "corner", "top", "right", "rotate", "90", "degrees", "px", "-",
    "+", "#ff8800", "all", "second", "on", "of", "behind", "how", "many", "what", "not", "20", "把", "狗", "的",
    "去掉", "换成", "猫", "调亮", "一点", "稍微", "大幅", "背景", "虚化", "加上", "“清仓”", "右下角", "裁成",
    "正方形", "，", "。", "除了", "以外", "只", "然后", "并", "再", "两倍", "红色", "第二个", "旋转", "度",
    "像素", "三", "只鸟", "和", "给", "它", "保持不变", "几个", "不要", "P掉", "get rid of", "a bit",
    "black and white", "border", "caption", "watermark", "resize to", "write", "bigger", "move", "水印", "边框",
    "写上", "移到", "复制", "放到", "抠出来", "合成到", "百分之", "比", "第", "倍", "1:0", "0", "1000000", "#",
    "x", "less", "too",
]  # fmt: skip
"""Words that the grammar acts on: at random they reach further into it than random characters do."""

scripts = st.characters(categories=["L", "M", "N", "P", "S", "Z", "Cc", "Cf"])
han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
ascii_text = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
pieces = st.one_of(
    st.sampled_from(KNOWN),
    st.text(scripts, max_size=6),
    st.text(han, max_size=6),
    st.text(ascii_text, max_size=10),
    st.integers().map(str),
)


@settings(max_examples=300, deadline=None)
@given(st.text(st.one_of(scripts, han, ascii_text), max_size=60))
def test_random_text_in_mixed_scripts(instruction: str) -> None:
    assert_planned_or_refused(instruction)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(KNOWN), max_size=14), st.sampled_from(["", " "]))
def test_random_sentences_of_known_words(words: list[str], joint: str) -> None:
    assert_planned_or_refused(joint.join(words))


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=12), st.sampled_from(["", " "]))
def test_known_words_amid_noise(words: list[str], joint: str) -> None:
    assert_planned_or_refused(joint.join(words))
