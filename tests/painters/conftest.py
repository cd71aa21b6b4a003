"""What tests of large models share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """name → the folder of that tiny model, made when it is first asked for."""
    tiny_models = pytest.importorskip("tiny_models")
    root, made = tmp_path_factory.mktemp("models"), dict[str, Path]()

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tiny_models.make(name, root / name.replace(" ", "-"))
        return made[name]

    return folder
