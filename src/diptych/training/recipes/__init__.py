"""The recipes by name, and what each needs of the others; each is a Python value headed by its command and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, Unsupported
from diptych.world.sprites import find_font
from diptych.world.vocabulary import core_nouns, nouns

if TYPE_CHECKING:
    from diptych.training.loop import Run, Task

NAMES = ("autoencoder", "generator", "eye", "cycle", "reader", "checker", "matting", "dual_encoder", "bilingual")
SETTINGS = ("cpu", "gpu", "toy")


@dataclass(frozen=True)
class Place:
    """Where a recipe works: `runs`/NAME for each recipe; `data` holds photos; `font` the emoji font, None = found."""

    runs: Path
    setting: str
    data: Path | None = None
    font: Path | None = None
    begin: Path | None = None
    """A folder of NAME.safetensors that new runs start from, as `export` writes them; None = from nothing."""

    @property
    def known(self) -> Sequence[str]:
        """The nouns that are learned: on a GPU all, else the 96 most useful."""
        return tuple(nouns()) if self.setting == "gpu" else core_nouns()

    def weights(self, name: str) -> Path:
        """The averaged weights of a recipe that has run. Raises Unsupported."""
        path = self.runs / name / "ema.safetensors"
        if not path.is_file():
            raise Unsupported(
                Bilingual(f"{path} is missing: the recipe '{name}' has not run.", f"缺少 {path}：尚未训练“{name}”。"),
                Bilingual(f"Run it first: diptych train {name}", f"请先运行：diptych train {name}"),
            )
        return path


def task(name: str, place: Place) -> Task:
    """What recipe `name` trains, with its data made or found."""
    build: Callable[[Place, Path], Task] = import_module(f"diptych.training.recipes.{name}").task
    return build(place, find_font(place.font))


def start(name: str, place: Place) -> Run:
    """The run of recipe `name`, new or taken up where it stopped."""
    from diptych.training.loop import Run

    recipe = import_module(f"diptych.training.recipes.{name}")
    begin = None if place.begin is None else place.begin / f"{name}.safetensors"
    if hasattr(recipe, "BEGIN"):
        begin = place.weights(recipe.BEGIN)
    return Run(task(name, place), recipe.SETTINGS[place.setting], place.runs / name, begin)
