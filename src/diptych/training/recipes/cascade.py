"""The cascade: drawings of 128 pixels as pictures of 512, and those as pictures of 1024.

    diptych train cascade512 --setting cpu      # 26 minutes on one core, after 3 of rendering
    diptych train cascade1024 --setting cpu     # 8, after 2

One recipe, two stages, which know nothing of each other: each learns from true pictures, to which noise is added so
that it doesn't trust what an earlier stage drew (noise conditioning augmentation). Needs the emoji font, and of the
weights that ship the autoencoder and the text tower. Figures: docs/models.md. The gpu setting has not been measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diptych.models.cascade import Cascade, CascadeConfig, enlarged
from diptych.training.data import sheet, to_pictures, to_tensor
from diptych.training.enlarging import Pairs, make_pairs
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place

_CPU = Settings(steps=10**6, batch=16, lr=2e-3, warmup=100, cooldown=0.6, weight_decay=0.0, ema=0.998, save_every=500)
_GPU = replace(_CPU, steps=60_000, batch=64, warmup=1000, ema=0.9995, save_every=5000)
_TOY = Settings(steps=40, batch=4, lr=3e-3, warmup=5, weight_decay=0.0, ema=0.8, save_every=40, log_every=5)
_MINUTES = {"cascade512": 96, "cascade1024": 8}

CONFIGS = {
    "cascade512": CascadeConfig(),
    "cascade1024": CascadeConfig(factor=2, widths=(32, 32, 32), up=(1, 1), detail=0.06),
}
SCALES = {"cascade512": 4, "cascade1024": 8}
"""Of the large picture, in times of 128 pixels."""
SCENES = {
    "cascade512": {"cpu": 1800, "gpu": 20_000, "toy": 8},
    "cascade1024": {"cpu": 400, "gpu": 5000, "toy": 3},
}
CROP = 256
"""Pixels of a side of the large crops."""

FROM_NOTHING = 0.85
"""Share of samples at time 1, where sampling begins and, in one step, ends."""
DROP = 0.15
"""Share of samples without words."""
LOUDEST = 0.2
"""Largest standard deviation of the noise on the small picture, in pictures of -1..1; u² of it for a uniform u."""
EPSILON = 0.5
"""Of the Charbonnier loss, in units of the detail."""


def settings(name: str) -> dict[str, Settings]:
    """Of each stage: `cpu`, `gpu`, `toy`."""
    return {"cpu": replace(_CPU, minutes=_MINUTES[name]), "gpu": _GPU, "toy": _TOY}


@dataclass
class CascadeTask:
    pairs: Pairs
    config: CascadeConfig
    name: str
    crop: int = CROP

    def build(self) -> nn.Module:
        return Cascade(self.config).to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        factor = self.config.factor
        step = 4 * self.config.cell // factor
        crops = [self.pairs.crop(rng, self.crop // factor, step) for _ in range(size)]
        numbers = np.array([number for _, _, number in crops])
        sentence = rng.integers(self.pairs.tokens.shape[1], size=size)
        said = rng.random(size) >= DROP
        tokens = self.pairs.tokens[numbers, sentence] * said[:, None]
        longest = max(int((tokens > 0).sum(1).max()), 1)
        # Logit-normal, shifted towards noise, as in the generator.
        time = 1 / (1 + np.exp(-(rng.standard_normal(size) * 1.2 + 0.8)))
        time[rng.random(size) < FROM_NOTHING] = 1
        level = (LOUDEST * rng.random(size) ** 2).astype(np.float32)
        low = to_tensor([small for small, _, _ in crops])
        quiver = torch.from_numpy(rng.standard_normal(low.shape, dtype=np.float32))
        large = to_tensor([one for _, one, _ in crops])
        return {
            "low": low + torch.from_numpy(level)[:, None, None, None] * quiver, "large": large,
            "noise": torch.from_numpy(rng.standard_normal(large.shape, dtype=np.float32)),
            "time": torch.from_numpy(time.astype(np.float32)), "level": torch.from_numpy(level),
            "tokens": torch.from_numpy(tokens[:, :longest].astype(np.int64)),
            "words": torch.from_numpy(self.pairs.words[numbers, sentence, :longest].astype(np.float32)),
            "point": torch.from_numpy((self.pairs.points[numbers, sentence] * said[:, None]).astype(np.float32)),
        }  # fmt: skip

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """x-prediction of the detail; Charbonnier, since it is uncertain where an edge runs, and squares would blur it.

        `gain`: how many dB nearer to the truth than the cubic enlargement, over all times and noise levels.
        """
        plain = enlarged(batch["low"], self.config.factor)
        detail = (batch["large"] - plain) / self.config.detail
        time = batch["time"][:, None, None, None]
        noisy = (1 - time) * detail + time * batch["noise"]
        made = model(
            noisy.contiguous(memory_format=torch.channels_last), batch["low"], batch["time"], batch["level"],
            batch["words"], batch["tokens"], batch["point"],
        )  # fmt: skip
        error = made.float() - detail
        loss = (error.square() + EPSILON**2).sqrt().mean()
        gain = 10 * (detail.square().mean() / error.detach().square().mean()).log10()
        return loss, {"gain": gain.item()}

    @cached_property
    def shown(self) -> Batch:
        """Six crops as they are in use: one step from noise, nearly no noise on the small picture."""
        batch = self.batch(np.random.default_rng(0), 6)
        return batch | {"time": torch.ones(6)}

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        """Enlarged by cubic convolution, made, and true."""
        device = next(model.parameters()).device
        batch = {name: value.to(device) for name, value in self.shown.items()}
        plain = enlarged(batch["low"], self.config.factor)
        made = plain + self.config.detail * model(
            batch["noise"], batch["low"], batch["time"], batch["level"], batch["words"], batch["tokens"], batch["point"]
        )
        return sheet(np.concatenate([to_pictures(one) for one in (plain, made, batch["large"])]), len(plain))


def task(place: Place, font: Path, name: str) -> CascadeTask:
    """The task on a pool of pairs, which is made on the first call and kept beside the checkpoints."""
    folder = place.runs / name / "pool"
    config = CONFIGS[name]
    if not (folder / "told.npz").exists():
        make_pairs(folder, place.known, font, SCENES[name][place.setting], SCALES[name], config.factor, seed=0)
    if place.setting == "toy":
        return CascadeTask(Pairs.load(folder), replace(config, widths=(16, 16, 16), up=(1, 1)), name, crop=128)
    return CascadeTask(Pairs.load(folder), config, name)
