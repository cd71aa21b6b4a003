"""The recipes by name, and what each needs of the others; each is a Python value headed by its command and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, Unsupported
from diptych.world.sprites import find_font
from diptych.world.vocabulary import core_nouns, nouns

if TYPE_CHECKING:
    from diptych.training.loop import Run, Task

NAMES = (
    "autoencoder",
    "generator",
    "eye",
    "cycle",
    "reader",
    "checker",
    "matting",
    "dual_encoder",
    "bilingual",
    "superres4",
    "superres2",
    "superres3",
    "snapshot4",
    "snapshot2",
    "snapshot3",
    "cleaner",
    "inpainter",
    "cascade512",
    "cascade1024",
    "tagger",
    "canvas_latents",
    "canvas_pixels",
    "dcgan",
    "plain_vae",
)
FAMILIES = {
    **dict.fromkeys(("cascade512", "cascade1024"), "cascade"),
    **dict.fromkeys(("canvas_latents", "canvas_pixels"), "canvas"),
    **dict.fromkeys(("superres4", "superres2", "superres3", "snapshot4", "snapshot2", "snapshot3"), "superres"),
}
"""Recipes that share a module, which has `settings(name)` in place of SETTINGS, and whose `task` is told the name."""
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

    @property
    def photos(self) -> Path:
        """The folder of data, for recipes that need photographs. Raises Unsupported where none was named."""
        if self.data is None:
            raise Unsupported(
                Bilingual("This network learns from photographs.", "这个模型需要用照片来训练。"),
                Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
            )
        return self.data

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
    if name in FAMILIES:
        of_family: Callable[[Place, Path, str], Task] = _module(name).task
        return of_family(place, find_font(place.font), name)
    build: Callable[[Place, Path], Task] = _module(name).task
    return build(place, find_font(place.font))


def _module(name: str) -> ModuleType:
    return import_module(f"diptych.training.recipes.{FAMILIES.get(name, name)}")


def start(name: str, place: Place) -> Run:
    """The run of recipe `name`, new or taken up where it stopped."""
    from diptych.training.loop import Run

    recipe = _module(name)
    begin = None if place.begin is None else place.begin / f"{name}.safetensors"
    if hasattr(recipe, "BEGIN"):
        begin = place.weights(recipe.BEGIN)
    settings = recipe.settings(name) if name in FAMILIES else recipe.SETTINGS
    return Run(task(name, place), settings[place.setting], place.runs / name, begin)
