"""Fonts are chosen by the characters they have; what none has is an error that names it."""

from __future__ import annotations

import os
import struct
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ImageFont

from diptych.core.errors import NoFont
from diptych.operations import fonts
from diptych.operations.fonts import FONT_VARIABLE, Style, bundled_face, choose_fonts, font_files, font_folders, load
from diptych.operations.scripts import clusters, script_of
from diptych.operations.sfnt import faces_of, read_faces


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux without any font; returns the folder in which the user's own would be."""
    monkeypatch.setattr(fonts.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "shared"))
    monkeypatch.delenv(FONT_VARIABLE, raising=False)
    folder = tmp_path / ".fonts"
    folder.mkdir()
    return folder


def font_bytes() -> bytes:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert isinstance(font.path, BytesIO)
    return font.path.getvalue()


def sfnt(tables: dict[str, bytes], base: int = 0) -> bytes:
    """A font file of these tables, whose offsets count from `base` bytes before it."""
    head = struct.pack(">4sHHHH", b"\x00\x01\x00\x00", len(tables), 0, 0, 0)
    offset = base + 12 + 16 * len(tables)
    directory, body = b"", b""
    for tag, content in tables.items():
        directory += struct.pack(">4sIII", tag.encode(), 0, offset + len(body), len(content))
        body += content
    return head + directory + body


def cmap_12(*groups: tuple[int, int, int]) -> bytes:
    body = b"".join(struct.pack(">III", *group) for group in groups)
    subtable = struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(groups)) + body
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + subtable


def names(family: str) -> bytes:
    raw = family.encode("utf-16-be")
    return struct.pack(">HHH6H", 0, 1, 18, 3, 1, 0x409, 1, len(raw), 0) + raw


def test_the_bundled_font_has_basic_latin_and_no_chinese() -> None:
    face = bundled_face()
    assert face.family == "Aileron"
    assert face.has("The quick brown fox jumps over the lazy dog, 0123456789!?&%")
    assert not face.has("清")
    assert not face.has("A清")
    assert face.has("")


def test_coverage_agrees_with_what_freetype_draws() -> None:
    """Every ASCII character that the reader says is there draws otherwise than the glyph for missing ones."""
    face, font = bundled_face(), load(bundled_face(), 40)
    missing = font.getmask("\U0010fffd").getbbox(), bytes(font.getmask("\U0010fffd"))
    for code in range(0x21, 0x7F):
        drawn = font.getmask(chr(code))
        assert face.has(chr(code)) == ((drawn.getbbox(), bytes(drawn)) != missing), chr(code)


def test_format_12_with_characters_beyond_the_first_plane() -> None:
    data = sfnt({"cmap": cmap_12((0x41, 0x5A, 3), (0x1F600, 0x1F64F, 40)), "name": names("Test Sans")})
    (face,) = read_faces(memoryview(data), None)
    assert face.family == "Test Sans"
    assert face.has("AZ\U0001f600\U0001f64f")
    assert not face.has("a")
    assert not face.has("@")
    assert not face.has("\U0001f650")


def test_a_group_of_missing_glyphs_is_not_coverage() -> None:
    (face,) = read_faces(memoryview(sfnt({"cmap": cmap_12((0x41, 0x42, 0), (0x43, 0x44, 5))})), None)
    assert not face.has("A")
    assert face.has("CD")


def test_a_collection_lists_each_of_its_faces() -> None:
    head = struct.pack(">4sIIII", b"ttcf", 0x10000, 2, 20, 0)
    first = sfnt({"cmap": cmap_12((0x41, 0x41, 1)), "name": names("One")}, base=20)
    second = sfnt({"cmap": cmap_12((0x4E00, 0x4E00, 1)), "name": names("Two")}, base=20 + len(first))
    data = struct.pack(">4sIIII", b"ttcf", 0x10000, 2, 20, 20 + len(first)) + first + second
    assert len(head) == 20
    faces = read_faces(memoryview(data), None)
    assert [(face.family, face.index) for face in faces] == [("One", 0), ("Two", 1)]
    assert faces[1].has("一")
    assert not faces[0].has("一")


def test_color_bitmaps_are_known_with_their_size_and_gradient_fonts_are_left_out() -> None:
    strike = bytes(44) + bytes([109, 136, 32, 1])
    bitmaps = {"cmap": cmap_12((0x1F600, 0x1F600, 1)), "CBLC": struct.pack(">HHI", 3, 0, 1) + strike, "CBDT": b"\0" * 4}
    (face,) = read_faces(memoryview(sfnt(bitmaps)), None)
    assert face.color
    assert face.strike == 136
    gradients = {"cmap": cmap_12((0x1F600, 0x1F600, 1)), "COLR": struct.pack(">H", 1) + bytes(12)}
    assert read_faces(memoryview(sfnt(gradients)), None) == []


@pytest.mark.parametrize(
    "content", [b"", b"not a font at all", b"ttcf\x00\x01\x00\x00\xff\xff\xff\xff", b"\x00\x01\x00\x00\x00\x09"]
)
def test_a_broken_font_file_is_skipped(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ttf"
    path.write_bytes(content)
    assert faces_of(path) == ()


def test_a_truncated_font_file_is_skipped_or_read_but_never_raises(tmp_path: Path) -> None:
    whole = font_bytes()
    for length in range(0, len(whole), 997):
        path = tmp_path / f"cut{length}.ttf"
        path.write_bytes(whole[:length])
        assert isinstance(faces_of(path), tuple)


def test_english_needs_no_font_on_the_system(bare_machine: Path) -> None:
    (run,) = choose_fonts("ACME, 50% off!").runs("ACME, 50% off!")
    assert run.face is bundled_face()
    for style in (Style(bold=True), Style(serif=True)):
        (run,) = choose_fonts("ACME", style).runs("ACME")
        assert run.face is bundled_face()


def test_what_no_font_has_is_named_with_the_package_that_has_it(bare_machine: Path) -> None:
    with pytest.raises(NoFont) as caught:
        choose_fonts("清仓 SALE 🎉")
    for language in ("en", "zh"):
        words = caught.value.say(language)
        assert "清仓🎉" in words
        assert "SALE" not in words
        assert "apt install fonts-noto-cjk fonts-noto-color-emoji" in words
        assert FONT_VARIABLE in words
    assert caught.value.exit_code == 9


def test_a_font_in_the_users_folder_is_found(bare_machine: Path) -> None:
    folder = bare_machine / "deep" / "down"
    folder.mkdir(parents=True)
    (folder / "Chinese.ttf").write_bytes(sfnt({"cmap": cmap_12((0x4E00, 0x9FFF, 1)), "name": names("Somebody's")}))
    (folder / "readme.txt").write_text("not a font")
    found = choose_fonts("清仓 SALE").runs("清仓 SALE")
    assert [(run.text, run.face.family) for run in found] == [("清仓", "Somebody's"), (" SALE", "Aileron")]


def test_the_variable_goes_before_everything(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bare_machine.parent / "elsewhere.ttf"
    path.write_bytes(font_bytes())
    monkeypatch.setenv(FONT_VARIABLE, str(path))
    (run,) = choose_fonts("ACME").runs("ACME")
    assert run.face.path == path


def test_a_variable_that_names_no_font_is_an_error(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FONT_VARIABLE, "/nowhere/at/all.ttf")
    with pytest.raises(NoFont, match=r"/nowhere/at/all\.ttf"):
        choose_fonts("ACME")


def test_chinese_and_emoji_are_set_in_fonts_that_have_them_or_refused() -> None:
    """On a machine with such fonts each run's face has its characters; on one without, the error names them."""
    text = "清仓 SALE 50% off 🎉"
    system = [face for path in font_files(font_folders(os.environ, sys.platform)) for face in faces_of(path)]
    if not all(any(face.has(character) for face in system) for character in "清仓🎉"):
        with pytest.raises(NoFont, match=r"[清仓🎉]"):
            choose_fonts(text)
        return
    runs = choose_fonts(text).runs(text)
    assert "".join(run.text for run in runs) == text
    assert all(run.face.has(run.text.strip()) for run in runs)
    assert runs[0].text.startswith("清仓")
    assert "SALE" in runs[1].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a🎉b", [("a", False), ("🎉", True), ("b", False)]),
        ("👨‍👩‍👧", [("👨‍👩‍👧", True)]),
        ("🇨🇳🇫🇷", [("🇨🇳", True), ("🇫🇷", True)]),
        ("1️⃣2", [("1️⃣", True), ("2", False)]),
        ("👍🏽", [("👍🏽", True)]),
        ("❤❤️", [("❤", False), ("❤️", True)]),
        ("e\u0301x", [("e\u0301", False), ("x", False)]),
        ("清\n仓", [("清", False), ("\n", False), ("仓", False)]),
    ],
)
def test_emoji_sequences_stay_together(text: str, expected: list[tuple[str, bool]]) -> None:
    assert list(clusters(text)) == expected


@pytest.mark.parametrize(
    ("character", "script"),
    [("A", "latin"), ("é", "latin"), ("Я", "latin"), ("清", "han"), ("，", "han"), ("か", "kana"), ("한", "hangul"),
     ("م", "other"), (" ", None), ("7", None), ("!", None)],
)  # fmt: skip
def test_scripts(character: str, script: str | None) -> None:
    assert script_of(character) == script


def test_folders_of_every_platform() -> None:
    linux = font_folders({"HOME": "/home/a", "XDG_DATA_DIRS": "/usr/share:/opt/share"}, "linux")
    assert linux[:2] == (Path("/home/a/.fonts"), Path("/home/a/.local/share/fonts"))
    assert Path("/opt/share/fonts") in linux
    assert Path("/a/Library/Fonts") in font_folders({"HOME": "/a"}, "darwin")
    windows = font_folders({"USERPROFILE": "/u", "WINDIR": "/w"}, "win32")
    assert windows == (Path("/u/AppData/Local/Microsoft/Windows/Fonts"), Path("/w/Fonts"))
