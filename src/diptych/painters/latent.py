"""The painter that edits a given drawing in latents: it fills the Painter port for one of the methods of
`latent_editing`. Attention, or the noise that the picture comes from, keeps what was there."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from diptych.core.operation import Operation, Repaint
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.painters.embedded import check_side, scene_of
from diptych.painters.latent_editing import LatentEditor
from diptych.runtime import Weights
from diptych.world.layout import CELL
from diptych.world.scene import SIDE, Scene

STEPS = 20
"""Of each way between picture and noise: what the swaps of `benchmarks/latent_editing.py` are measured with."""
USUAL: dict[str, float | None] = {"prompt-to-prompt": 0.5, "sdedit": 0.8, "invert": None}
"""Methods, each with its strength unless another is asked for. Of prompt-to-prompt it is the time down to which the
source's attention is held (0: to the end), of SDEdit the time that is begun at, the schedule's last at least (1: from
noise alone)."""
NETWORKS = ("encode", "decode", "denoise", "attend")


class LatentPainter:
    """Edits pictures of 128×128 by one of the methods in USUAL. One step on one picture gives the same bytes; only
    SDEdit depends on the seed."""

    def __init__(self, weights: Weights, method: str) -> None:
        self._weights = weights
        self._method = method

    @cached_property
    def name(self) -> str:
        """The very networks, the method and the steps: with the plan they decide the pixels."""
        networks = NETWORKS if self._method == "prompt-to-prompt" else NETWORKS[:3]
        return f"stickerbook latents {self._weights.name_of(*networks)} ({self._method}, {STEPS} steps)"

    @cached_property
    def _editor(self) -> LatentEditor:
        return LatentEditor(self._weights)

    def can(self, operation: Operation) -> bool:
        return isinstance(operation, Repaint) and operation.method == self._method

    def paint(self, picture: Picture, operation: Operation, region: Region | None, seed: int) -> Picture:
        """Carry out a Repaint by this method. Raises Unsupported for a picture of another size than 128×128,
        InvalidPlan for layouts that are none or name things that these weights don't know."""
        assert isinstance(operation, Repaint)
        assert region is not None
        check_side(picture)
        known = tuple(self._weights.manifest["known"])
        before, after = scene_of(operation.before, known), scene_of(operation.layout, known)
        strength = operation.strength if operation.strength is not None else USUAL[self._method]
        return picture.with_pixels(self.edit(picture.rgb, before, after, cells_in(region.mask), strength, seed))

    def edit(
        self, pixels: np.ndarray, before: Scene, after: Scene, cells: np.ndarray, strength: float | None, seed: int
    ) -> np.ndarray:
        """`pixels` (128×128×3 uint8), which show `before`, with what `after` says in `cells` (1×S×S bool). What the
        decoder makes of their neighbours differs a little; the caller composites."""
        editor = self._editor
        if self._method == "sdedit":
            assert strength is not None
            seen = editor.see(pixels, before, STEPS)
            return editor.put_back(editor.sdedit(seen, after, strength, seed, cells), seen)
        inverted = editor.invert(pixels, before, STEPS)
        if self._method == "invert":
            return editor.put_back(editor.redraw(inverted, after, cells), inverted)
        assert strength is not None
        return editor.put_back(editor.prompt_to_prompt(inverted, after, until=strength, cells=cells), inverted)


def cells_in(mask: np.ndarray) -> np.ndarray:
    """H×W → 1×S×S bool: the cells of 8 pixels that `mask` reaches."""
    side = SIDE // CELL
    return np.asarray(mask.reshape(side, CELL, side, CELL).max((1, 3)) > 0)[None]
