"""The cycle phase: what words became must become words again.

    diptych train cycle --setting cpu

The eye goes on learning, and half of its pictures are now drawn by the generator from layouts that it must read back.
cpu: 4 minutes on one core, on 500 drawings that are made first. Figures: docs/models.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from diptych.training.loop import Settings, load_weights
from diptych.training.recipes import Place, eye, generator
from diptych.world.layout import background_row, things_rows
from diptych.world.scene import Scene, sample_scene
from diptych.world.tokens import parse_scene, scene_tokens

BEGIN = "eye"
"""The recipe whose weights this one goes on from."""

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=32, lr=3e-4, muon_lr=8e-4, warmup=20, cooldown=0.7, minutes=4, ema=0.99,
                    save_every=50),
    "gpu": Settings(steps=4_000, batch=256, lr=3e-4, muon_lr=8e-4, warmup=100, cooldown=0.7, ema=0.999,
                    save_every=1000),
    "toy": Settings(steps=20, batch=8, lr=1e-3, muon_lr=2e-3, warmup=5, ema=0.9, save_every=20, log_every=10),
}  # fmt: skip

DRAWINGS = {"cpu": 500, "gpu": 20_000, "toy": 16}
AT_ONCE = 16


def task(place: Place, font: Path) -> eye.EyeTask:
    """The eye's task with drawings, which are made on the first call and kept beside the checkpoints."""
    path = place.runs / "cycle" / "drawn.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures, scenes = make_drawings(place, font, DRAWINGS[place.setting])
        beside = path.with_suffix(".part.npz")
        np.savez(beside, pictures=pictures, layouts=[" ".join(scene_tokens(scene)) for scene in scenes])
        beside.replace(path)
    with np.load(path) as saved:
        drawn = saved["pictures"], [parse_scene(layout.split()) for layout in saved["layouts"]]
    return eye.EyeTask(place.known, font, eye.configured(place), drawn, name="cycle")


def make_drawings(place: Place, font: Path, number: int, seed: int = 0) -> tuple[np.ndarray, Sequence[Scene]]:
    """`number` pictures that the generator draws of random scenes, and the scenes."""
    drawing = generator.task(place, font)
    model = load_weights(drawing.build(), place.weights("generator"))
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    rng = np.random.default_rng([seed, 91])
    scenes = [sample_scene(rng, place.known) for _ in range(number)]
    parts = []
    for start in range(0, number, AT_ONCE):
        some = scenes[start : start + AT_ONCE]
        things = torch.from_numpy(np.stack([things_rows(scene, place.known) for scene in some]))
        background = torch.from_numpy(np.stack([background_row(scene.background, scene.variant) for scene in some]))
        parts.append(drawing.draw(model, things, background, rng))
    return np.concatenate(parts), scenes
