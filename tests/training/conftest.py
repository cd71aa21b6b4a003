"""Recipes need the extra `train` and the emoji font."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from diptych.core.errors import Unsupported
from diptych.training.recipes import Place
from diptych.world.sprites import find_font


@pytest.fixture(scope="session")
def font() -> Path:
    try:
        return find_font()
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def place(font: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One folder for all toy runs: later recipes use what earlier ones made."""
    return Place(tmp_path_factory.mktemp("runs"), "toy", None, font)
