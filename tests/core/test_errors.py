"""The tree of errors: both languages, distinct exit codes."""

from __future__ import annotations

import pytest

from diptych.core import errors
from diptych.core.errors import AmbiguousTarget, Bilingual, DiptychError, MissingExtra, NotUnderstood, shorten
from diptych.core.region import Region


def test_each_branch_of_the_tree_has_its_exit_code() -> None:
    branches = DiptychError.__subclasses__()
    codes = [branch.exit_code for branch in branches]
    assert sorted(codes) == list(range(3, 3 + len(branches)))
    assert DiptychError.exit_code == 1


def test_an_error_speaks_both_languages() -> None:
    error = errors.SaveFailed(Bilingual("Not saved.", "没有保存。"), Bilingual("Try again.", "请重试。"))
    assert str(error) == error.say("en") == "Not saved. Try again."
    assert error.say("zh").replace(" ", "") == "没有保存。请重试。"
    assert str(error.problem) == "Not saved."


def test_a_missing_extra_gives_the_install_line() -> None:
    error = MissingExtra("ocr", Bilingual("Reading text", "识别文字"))
    assert "pip install 'diptych[ocr]'" in error.say("en")
    assert "pip install 'diptych[ocr]'" in error.say("zh")
    assert isinstance(error, errors.Unsupported)
    assert error.extra == "ocr"


def test_errors_carry_what_they_are_about() -> None:
    said = (Bilingual("a", "b"), Bilingual("c", "d"))
    region = Region.whole(2, 2)
    assert AmbiguousTarget(*said, [region]).candidates == (region,)
    assert NotUnderstood(*said, ["frobnicate"]).words == ("frobnicate",)


@pytest.mark.parametrize(
    ("value", "quoted"), [("a\n b\tc", "a b c"), ("x" * 81, "x" * 79 + "…"), ("x" * 80, "x" * 80), (3.5, "3.5")]
)
def test_a_value_is_quoted_in_one_short_line(value: object, quoted: str) -> None:
    assert shorten(value) == quoted
