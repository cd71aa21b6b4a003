"""Where results go."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from diptych.cli.files import Outputs, expand


def test_beside_the_input_by_default() -> None:
    assert Outputs().path_for("a/photo.jpg") == Path("a/photo_edited.jpg")


def test_transparency_needs_a_format_that_holds_it() -> None:
    assert Outputs().path_for("photo.jpg", needs_alpha=True) == Path("photo_edited.png")
    assert Outputs("{stem}{suffix}").path_for("photo.jpeg", needs_alpha=True) == Path("photo.png")
    assert Outputs().path_for("photo.webp", needs_alpha=True) == Path("photo_edited.webp")


def test_a_file_that_was_named_is_kept_as_named() -> None:
    assert Outputs("out.jpg").path_for("photo.png", needs_alpha=True) == Path("out.jpg")


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("out.png", "out.png"),
        ("out/", "out/photo.jpg"),
        ("out/{stem}_x{suffix}", "out/photo_x.jpg"),
        ("{number:03d}_{name}", "007_photo.jpg"),
    ],
)
def test_files_folders_and_templates(to: str, expected: str) -> None:
    assert Outputs(to).path_for("in/photo.jpg", 7) == Path(expected)


def test_standard_streams() -> None:
    assert Outputs("-").path_for("photo.jpg") is None
    assert Outputs().path_for("-") is None
    assert Outputs("out.png").path_for("-") == Path("out.png")


@pytest.mark.parametrize(
    ("outputs", "inputs", "message"),
    [
        (Outputs("photo.jpg"), ["photo.jpg"], "is an input"),
        (Outputs("./photo.jpg"), ["photo.jpg"], "is an input"),
        (Outputs("out.jpg"), ["a.jpg", "b.jpg"], "need a folder or a template"),
        (Outputs("out/{stem}.png"), ["a/x.jpg", "b/x.jpg"], "two results"),
        (Outputs("out/"), ["a/x.jpg", "b/x.jpg"], "two results"),
        (Outputs("{size}.png"), ["a.jpg", "b.jpg"], "knows {stem}"),
        (Outputs("{stem"), ["a.jpg"], "knows {stem}"),
        (Outputs("out.jpg", in_place=True), ["a.jpg"], "exclude each other"),
        (Outputs(in_place=True), ["-"], "not stdin"),
    ],
)
def test_wrong_calls_are_told_before_anything_is_done(outputs: Outputs, inputs: list[str], message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message.replace("{", r"\{")):
        outputs.check(inputs)


def test_in_place_may_overwrite() -> None:
    Outputs(in_place=True).check(["a.jpg", "b.jpg"])
    assert Outputs(in_place=True).path_for("a.jpg", needs_alpha=True) == Path("a.jpg")


def test_globs_that_the_shell_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.jpg", "a.jpg", "c.png", "odd[1].jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert expand(["?.jpg", "c.png"]) == ["a.jpg", "b.jpg", "c.png"]
    assert expand(["odd[1].jpg"]) == ["odd[1].jpg"]
    assert expand(["-", "missing.jpg"]) == ["-", "missing.jpg"]
    with pytest.raises(typer.BadParameter, match="no file matches"):
        expand(["*.tiff"])
