"""Difference matting gives back what was laid on the papers."""

from __future__ import annotations

import numpy as np

from diptych.painters.cutting import MIDDLE, cut_out
from diptych.world.scene import Scene

PAPER = {"day": (238, 234, 222), "night": (36, 42, 84)}
GREEN = np.array((30, 160, 60), np.float32)


def disc(radius: float = 20.0) -> np.ndarray:
    """Alpha of a disc with a soft edge of 4 pixels."""
    y, x = np.mgrid[:128, :128] + 0.5
    return np.clip((radius + 2 - np.hypot(x - MIDDLE, y - MIDDLE)) / 4, 0, 1).astype(np.float32)


def lay(scene: Scene) -> np.ndarray:
    assert scene.things[0].noun == "frog"
    alpha = disc()[..., None]
    paper = np.array(PAPER[scene.background.time], np.float32)
    return (GREEN * alpha + paper * (1 - alpha)).round().astype(np.uint8)


def test_alpha_and_color_come_back() -> None:
    cut = cut_out(lay, "frog", None)
    assert cut.dtype == np.uint8
    assert cut.shape[2] == 4
    assert abs(cut.shape[0] - 44) <= 2
    true = disc()
    rows, columns = np.where(true > 0.04)
    window = true[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert window.shape == cut.shape[:2]
    assert np.abs(cut[..., 3] / 255 - window).max() < 0.05
    solid = cut[..., 3] > 200
    assert np.abs(cut[solid][:, :3].astype(float) - GREEN).max() <= 4


def test_what_is_nothing_is_empty() -> None:
    empty = cut_out(lambda scene: np.full((128, 128, 3), PAPER[scene.background.time], np.uint8), "frog", None)
    assert empty.size == 0
