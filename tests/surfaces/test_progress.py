"""The progress bar: only on a terminal, only for long work."""

from __future__ import annotations

import io
import sys
import time

import pytest

from diptych.cli import progress
from diptych.cli.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(seconds: float, *, shown: bool = True) -> str:
    terminal = sys.stderr = Terminal()
    with ProgressBar(2, shown=shown) as bar:
        bar.report(0.5, "first wish")
        time.sleep(seconds)
        bar.next_job()
        bar.report(0.5, "second wish")
    return terminal.getvalue()


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    monkeypatch.setenv("TERM", "xterm")


def test_long_work_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    drawn = work(0.8)
    assert "first wish" in drawn
    assert "25%" in drawn


def test_quick_work_is_silent() -> None:
    assert work(0.0) == ""


def test_it_stays_away_when_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    assert work(0.2, shown=False) == ""


def test_a_pipe_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    assert work(0.2) == ""
