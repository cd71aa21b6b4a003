"""A thing alone, with alpha: drawn twice on two plain papers, and what differs is the paper (difference matting)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diptych.world.scene import SIDE, STEP, Background, Scene, Thing

PAPERS = Background("plain", "day"), Background("plain", "night")
MIDDLE = SIDE // 2 + STEP // 2
FAINT = 0.04
"""Alpha below this is noise of the network, not a shadow."""


def cut_out(draw: Callable[[Scene], np.ndarray], noun: str, color: str | None) -> np.ndarray:
    """H×W×4 uint8, straight alpha, cropped to what shows. `draw` makes 128×128×3 uint8 of a scene, with equal noise.

    Both drawings show F·a + P·(1 - a) for papers P that are known at the borders, so
    a = 1 - (I₁ - I₂)·(P₁ - P₂) / |P₁ - P₂|² (Smith and Blinn 1996, "Blue Screen Matting").
    """
    thing = Thing(MIDDLE, MIDDLE, noun, color, "big")
    first, second = (draw(Scene((thing,), paper)).astype(np.float32) for paper in PAPERS)
    papers = [np.median(np.concatenate([drawn[:8].reshape(-1, 3), drawn[-8:].reshape(-1, 3)]), axis=0)
              for drawn in (first, second)]  # fmt: skip
    apart = papers[0] - papers[1]
    alpha = np.clip(1 - (first - second) @ apart / (apart @ apart), 0, 1)
    alpha = np.where(alpha < FAINT, 0, alpha)
    x0, y0, x1, y1 = (int(edge) for edge in thing.box)
    near = np.zeros_like(alpha)
    near[y0 - 6 : y1 + 7, x0 - 6 : x1 + 7] = 1  # nothing of a thing lies farther out than its rim and shadow
    alpha *= near
    color_layer = (first - papers[0] * (1 - alpha[..., None])) / np.maximum(alpha[..., None], FAINT)
    whole = np.dstack([np.clip(color_layer, 0, 255), alpha * 255]).round().astype(np.uint8)
    rows, columns = np.where(alpha.max(1) > 0)[0], np.where(alpha.max(0) > 0)[0]
    if not len(rows):
        return whole[:0, :0]
    return whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
