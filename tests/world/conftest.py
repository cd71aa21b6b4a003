"""Scenes to test with, and the emoji font where the machine has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diptych.core.errors import Unsupported
from diptych.world.scene import Scene, sample_scene
from diptych.world.sprites import find_font
from diptych.world.vocabulary import core_nouns


@pytest.fixture(scope="session")
def font() -> Path:
    try:
        return find_font()
    except Unsupported as error:
        pytest.skip(f"pictures need the font: {error}")


@pytest.fixture(scope="session")
def known() -> tuple[str, ...]:
    return core_nouns()


@pytest.fixture(scope="session")
def scenes(known) -> list[Scene]:
    """400 scenes of the training split."""
    rng = np.random.default_rng(20)
    return [sample_scene(rng, known) for _ in range(400)]
