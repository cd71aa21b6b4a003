"""The README tells the truth: its snippets run, its links lead somewhere, and the two languages are twins."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from diptych.core.errors import DiptychError

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "README.zh.md")


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


@pytest.fixture
def environment(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The shell finds `diptych` of the interpreter that runs the tests, and no display."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("page", PAGES)
def test_commands_run(page: str, folder: Path, environment: dict[str, str]) -> None:
    script = "set -euo pipefail\n" + "\n".join(blocks(page, "bash"))
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    made = {"out.jpg", "soft_regions.png", "edited2.jpg", "no_border.jpg", "gray.jpg", "look.cube", "small"}
    made |= {"large.jpg", "restored.jpg"}
    assert made <= set(os.listdir())
    assert sorted(os.listdir("small")) == ["cat_small.jpg", "cup_small.jpg"]


@pytest.mark.parametrize("page", PAGES)
def test_python_runs(page: str, folder: Path, environment: dict[str, str]) -> None:
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), {"__name__": "readme"})
    assert {"out.png", "only_the_border.jpg"} <= set(os.listdir())


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_exit_code_is_told(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    codes = {error.exit_code for error in DiptychError.__subclasses__()}
    assert all(f"\n| {code} | " in text for code in codes | {0, 1, 2})


def test_the_languages_are_twins() -> None:
    english, chinese = ((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    for pattern in (r"^#+ ", r"^```(\w+)", r"^\| ", r"!\[\]\(([^)]+)\)", r"^\d\. ", r"^- "):
        assert re.findall(pattern, english, re.M) == re.findall(pattern, chinese, re.M), pattern


def test_generated_pages_are_current() -> None:
    run = subprocess.run([sys.executable, ROOT / "docs" / "build.py", "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
