"""Words to tokens: quotation marks, apostrophes, numbers, colours, both scripts, typos."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.language.lexicon import lexicon
from diptych.language.tokens import Token, detect_language, repair, tokenize


def quotes(text: str) -> list[str]:
    return [token.text for token in tokenize(text) if token.surface == "quote"]


def surfaces(text: str) -> list[tuple[str, str]]:
    return [(token.text, token.surface) for token in tokenize(text)]


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


def first(text: str) -> Token:
    return tokenize(text)[0]


# ---- quotation marks -----------------------------------------------------------------------------------

MARKS = [
    '"ACME"',
    "“ACME”",
    "'ACME'",
    "‘ACME’",
    "「ACME」",
    "『ACME』",
    "《ACME》",
    "«ACME»",
    "`ACME`",
    "„ACME“",
    "＂ACME＂",
    "”ACME”",
]


@pytest.mark.parametrize("quoted", MARKS)
@pytest.mark.parametrize(
    "frame", ["add {} at the top", "在顶部加上{}", "在顶部加上 {} 这几个字", "write {}, then blur it"]
)
def test_every_kind_of_quotation_mark(quoted: str, frame: str) -> None:
    text = frame.format(quoted)
    assert quotes(text) == ["ACME"]
    token = next(token for token in tokenize(text) if token.surface == "quote")
    assert text[token.start : token.end] == quoted


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("add 'Don't stop'", ["Don't stop"]),
        ("add ‘Don’t stop’", ["Don’t stop"]),
        ('add "it\'s here"', ["it's here"]),
        ("写上'Don't stop'", ["Don't stop"]),
        ("replace 'SALE' with '清仓'", ["SALE", "清仓"]),
        ("把“SALE”换成“清仓”", ["SALE", "清仓"]),
        ("加上“他说「好」”", ["他说「好」"]),
        ("write \"say 'hi'\"", ["say 'hi'"]),
        ("add '  ACME  '", ["ACME"]),
        ("add '50% OFF!'", ["50% OFF!"]),
        ("add 'remove the dog'", ["remove the dog"]),
        ("加上“去掉狗，然后调亮”", ["去掉狗，然后调亮"]),
        ("add 'Ünïcödé 日本語 🎉'", ["Ünïcödé 日本語 🎉"]),
        ("add 'MiXeD Case'", ["MiXeD Case"]),
        ("把'A'换成'B'", ["A", "B"]),
        ("写上'hello',然后调亮", ["hello"]),
    ],
)
def test_what_is_quoted_is_kept_as_it_was_written(text: str, inner: list[str]) -> None:
    assert quotes(text) == inner


@pytest.mark.parametrize(
    "text", ['add "', "add '' at the top", "写上“", 'say "hello', "加上「你好", "5' tall", 'a 5" frame']
)
def test_an_open_or_empty_quotation_quotes_nothing(text: str) -> None:
    assert quotes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "don't change the dog's hat",
        "the dogs' ears and the cat's tail",
        "don’t touch the man’s hat",
        "it's the man's",
        "the girls' dresses'",
    ],
)
def test_an_apostrophe_is_no_quotation_mark(text: str) -> None:
    assert quotes(text) == []


# ---- apostrophes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "noun"), [("man's hat", "man"), ("man’s hat", "man"), ("dogs' ears", "dog"), ("woman's face", "woman")]
)
def test_a_possessive_is_the_owner(text: str, noun: str) -> None:
    owner = first(text)
    assert owner.possessive
    assert owner.sense("thing") == noun


@pytest.mark.parametrize("text", ["don't change", "don’t change", "dont change"])
def test_a_negation_with_and_without_its_apostrophe(text: str) -> None:
    token = first(text)
    assert "keep" in token.verbs()
    assert token.end == len(text)


# ---- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("by 50%", "50%"),
        ("by 50 %", "50 %"),
        ("提高50％", "50％"),
        ("旋转-90度", "-90"),
        ("+2 EV", "+2"),
        ("gamma 1.4", "1.4"),
        ("turn 45°", "45°"),
        ("crop to 16:9", "16:9"),
        ("裁成16：9", "16：9"),
        ("裁成 4 : 3", "4 : 3"),
        ("to 800x600", "800x600"),
        ("改成800×600像素", "800×600"),
        ("改成800 x 600", "800 x 600"),
        ("20px", "20"),
        ("加3个", "3"),
    ],
)
def test_numbers_stay_whole(text: str, number: str) -> None:
    assert [token.text for token in tokenize(text) if token.surface == "number"] == [number]


def test_a_number_of_times() -> None:
    for text in ("twice", "two times", "两倍", "翻倍"):
        assert [token.sense("amount") for token in tokenize(text)] == ["double"]


# ---- colours -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("make it #ff8800", "#ff8800"),
        ("make it #FF8800.", "#ff8800"),
        ("make it #f80", "#f80"),
        ("改成#ff8800", "#ff8800"),
        ("改成#ff8800的颜色", "#ff8800"),
        ("#f80色的字", "#f80"),
        ("把#00ff00换成红色", "#00ff00"),
        ("#ff8800，然后调亮", "#ff8800"),
    ],
)
def test_hex_colors(text: str, color: str) -> None:
    assert [token.text for token in tokenize(text) if token.surface == "color"] == [color]


@pytest.mark.parametrize("text", ["#12345", "#ff88001", "#ggg", "number # 5", "#", "#新年"])
def test_what_only_looks_like_a_hex_color(text: str) -> None:
    assert "color" not in [token.surface for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rebeccapurple", "rebecca purple"),
        ("sky blue", "sky blue"),
        ("天蓝色", "sky blue"),
        ("navy", "navy"),
        ("藏青", "navy"),
    ],
)
def test_color_names_are_one_token(text: str, name: str) -> None:
    token = first(text)
    assert token.sense("color") == name
    assert token.end == len(text)


# ---- phrases, case and both scripts --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "get rid of",
        "trash can",
        "top right corner",
        "a little bit",
        "black and white",
        "next to",
        "背景",
        "正方形",
        "右下角",
        "垃圾桶",
        "自然饱和度",
        "对比度",
    ],
)
def test_a_phrase_of_the_lexicon_is_one_token(text: str) -> None:
    assert words(text) == [text]
    assert first(text).known


@pytest.mark.parametrize("text", ["REMOVE THE DOG", "Remove the Dog", "remove the dog"])
def test_case_does_not_matter(text: str) -> None:
    assert words(text) == ["remove", "the", "dog"]


def test_chinese_is_cut_into_words() -> None:
    assert words("把背景换成白色") == ["把", "背景", "换成", "白色"]
    assert words("去掉垃圾桶和电线") == ["去掉", "垃圾桶", "和", "电线"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("把logo去掉", ["把", "logo", "去掉"]),
        ("crop成1:1", ["crop", "成", "1:1"]),
        ("加上ACME", ["加上", "acme"]),
        ("把狗P掉", ["把", "狗", "p掉"]),
    ],
)
def test_both_scripts_in_one_sentence(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_unknown_characters_join_into_one_token() -> None:
    assert surfaces("齉龘靐") == [("齉龘靐", "word")]
    assert not first("齉龘靐").known


def test_marks_are_their_own_tokens() -> None:
    assert surfaces("brighter, then sharper.")[1] == (",", "mark")
    assert surfaces("调亮，锐化。")[1] == ("，", "mark")


# ---- typos ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("remvoe", "remove"),
        ("brigthen", "brighten"),
        ("repalce", "replace"),
        ("contrst", "contrast"),
        ("bakground", "background"),
        ("rotatte", "rotate"),
        ("saturaton", "saturation"),
    ],
)
def test_a_slip_of_the_pen_is_mended(typo: str, meant: str) -> None:
    assert first(typo).senses[:1] == lexicon().english[meant][:1]


@pytest.mark.parametrize(
    "word", ["ther", "abc", "xqzt", "qwertyuiop", "brillante", "perro", "entferne", "ACME2", "日本語"]
)
def test_what_is_no_slip_is_left_alone(word: str) -> None:
    assert repair(word.lower(), lexicon()) is None


# ---- language ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("make it brighter", "en"),
        ("调亮一点", "zh"),
        ("add '新年快乐，万事如意' at the top", "en"),
        ("在顶部写上“Happy New Year to all of you”", "zh"),
        ("把logo去掉", "zh"),
        ('replace "清仓" with "SALE"', "en"),
        ("", "en"),
        ("123", "en"),
        ("😀", "en"),
    ],
)
def test_the_language_is_that_of_the_words_outside_quotation_marks(text: str, language: str) -> None:
    assert detect_language(text) == language


# ---- whatever the text ---------------------------------------------------------------------------------

characters = st.one_of(
    st.characters(categories=["L", "M", "N", "P", "S", "Z"]),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    st.sampled_from("“”‘’「」『』《》'\"`#%°:x0123456789"),
)


@settings(max_examples=300, deadline=None)
@given(st.text(characters, max_size=50))
def test_tokens_stand_in_order_and_leave_out_only_space(text: str) -> None:
    """Offsets never overlap, and what no token covers is white space or a character that no script here writes."""
    position = 0
    for token in tokenize(text):
        assert token.start >= position
        assert token.end > token.start
        assert not text[position : token.start].strip()
        position = token.end
    assert not text[position:].strip()
    assert position <= len(text)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20).filter(lambda inner: inner.strip() == inner),
    st.sampled_from(["“{}”", "「{}」", "『{}』", "《{}》", "«{}»", '"{}"']),
)
def test_any_letters_come_out_of_quotation_marks_unchanged(inner: str, marks: str) -> None:
    assert quotes(f"add {marks.format(inner)} at the top") == [inner]
    assert quotes(f"在顶部加上{marks.format(inner)}") == [inner]
