"""Super-resolution: photographs two, three and four times as large.

    diptych train superres4 --setting cpu --data ../shared/data     # then superres2, superres3; then snapshot4, 2, 3

One recipe, three factors, two kinds. `superres` learns from clean reductions by bicubic interpolation and adds nothing
that isn't certain; `snapshot` goes on from it with small pictures that are blurred, noisy and compressed, as real ones
are. Factors 2 and 3 begin with the layers of factor 4. Runs that lie beside one as NAME-2, NAME-3, … are averaged with
it when it is exported. The held-out photographs (evaluation/held_out.py) are never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diptych.evaluation.bicubic import imresize
from diptych.models.stored import read_weights
from diptych.models.superres import Superres, SuperresConfig
from diptych.training.data import sheet
from diptych.training.degrading import snapshot
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.training.reductions import Reductions, photo_paths

FACTORS = (2, 3, 4)
SIDE = 48
"""Pixels of a side of the small crops."""
PAGES = 240
"""Drawn pages among what is learned from."""
LUMA = (0.299, 0.587, 0.114)
EPSILON = 0.03
"""Of the Charbonnier loss, in pictures of 0..1: smaller differences count by their squares, as PSNR counts them."""

_CPU = Settings(steps=10**6, batch=16, lr=3e-3, warmup=200, cooldown=0.6, weight_decay=0.0, ema=0.999, save_every=1000)
_GPU = replace(_CPU, steps=150_000, batch=32, warmup=1000, ema=0.9995, save_every=10_000)
_TOY = Settings(steps=40, batch=2, lr=2e-3, warmup=5, ema=0.9, save_every=40, log_every=5)
_MINUTES = {"superres4": 145, "superres2": 16, "superres3": 5, "snapshot4": 5, "snapshot2": 4, "snapshot3": 3}


def settings(name: str) -> dict[str, Settings]:
    """Of each recipe of the family: `cpu`, `gpu`, `toy`. What goes on from other weights begins at half the rate, and
    averages its weights over fewer steps, since it takes fewer."""
    begins = name == "superres4"
    rate, ema = (1.0, 0.9998) if begins else (0.5, _CPU.ema)
    cpu = replace(_CPU, lr=rate * _CPU.lr, ema=ema, minutes=_MINUTES[name])
    return {"cpu": cpu, "gpu": replace(_GPU, lr=rate * _GPU.lr), "toy": _TOY}


@dataclass
class SuperresTask:
    reductions: Reductions
    config: SuperresConfig
    name: str
    begin: Path | None = None
    """Weights whose layers are taken over where they have the same shape."""

    def build(self) -> nn.Module:
        model = Superres(self.config)
        if self.begin is not None:
            own = model.state_dict()
            given = read_weights(self.begin)
            own.update({key: value for key, value in given.items() if own[key].shape == value.shape})
            model.load_state_dict(own)
        return model.to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        pairs = [self.reductions.crop(rng, SIDE) for _ in range(size)]
        if self.name.startswith("snapshot"):
            pairs = [(snapshot(small, rng), large) for small, large in pairs]
        return {"small": unit([small for small, _ in pairs]), "large": unit([large for _, large in pairs])}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        made = model(batch["small"].contiguous(memory_format=torch.channels_last)).float()
        difference = made - batch["large"]
        luma = torch.einsum("bchw,c->bhw", difference, torch.tensor(LUMA, device=made.device))
        loss = charbonnier(luma, EPSILON) + 0.3 * charbonnier(difference, EPSILON)
        return loss, {"psnr": -10 * luma.detach().square().mean().log10().item()}

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Parts of six photographs, small and large."""
        rng = np.random.default_rng(0)
        pairs = [self.reductions.crop(rng, SIDE) for _ in range(6)]
        return np.stack([small for small, _ in pairs]), np.stack([large for _, large in pairs])

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        small, large = self.shown
        made = model(unit(small).to(next(model.parameters()).device)).cpu()
        made = (made.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        plain = np.stack([imresize(one, *large.shape[1:3]) for one in small])
        return sheet(np.concatenate([plain, made, large]), len(small))


def unit(pictures: np.ndarray | list[np.ndarray]) -> Tensor:
    """N pictures H×W×3 uint8 → N×3×H×W float32 in 0..1."""
    stacked = torch.from_numpy(np.ascontiguousarray(np.stack(list(pictures))))
    return stacked.permute(0, 3, 1, 2).float() / 255


def charbonnier(difference: Tensor, epsilon: float) -> Tensor:
    """Mean of sqrt(d² + ε²): square for small differences, absolute for large ones."""
    return (difference.square() + epsilon**2).sqrt().mean()


def task(place: Place, font: Path, name: str) -> SuperresTask:
    factor = int(name[-1])
    begin = None
    if name.startswith("snapshot"):
        begin = place.weights(f"superres{factor}")
    elif factor != 4:
        begin = place.weights("superres4")
    small = {"width": 8, "depth": 2} if place.setting == "toy" else {}
    config = SuperresConfig(factor=factor, **small)
    drawn = 0 if place.setting == "toy" else PAGES
    return SuperresTask(Reductions(photo_paths(place.photos, held_out=False), factor, drawn), config, name, begin)
