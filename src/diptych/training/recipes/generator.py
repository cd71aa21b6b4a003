"""The picture generator and editor.

    diptych train generator --setting cpu

Scenes are encoded to latents once, in pairs that differ by an edit; half of the batches draw from nothing, the others
paint the part that differs into the other picture. cpu: 60 minutes on one core after 5 of
encoding, 173 thousand samples. Figures: docs/models.md. The gpu setting has not been measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diptych.models.denoiser import Denoiser, DenoiserConfig
from diptych.models.pixels import Pixels
from diptych.models.vae import Vae, VaeConfig
from diptych.training.data import sheet, to_pictures, to_tensor
from diptych.training.loop import Batch, Settings, load_weights
from diptych.training.recipes import Place
from diptych.world.edits import sample_edit
from diptych.world.layout import CELL, background_row, cells_of, things_rows
from diptych.world.render import render
from diptych.world.scene import SIDE, Scene, sample_scene
from diptych.world.sprites import SIDES
from diptych.world.vocabulary import SIZES

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=64, lr=1.2e-3, muon_lr=4e-3, warmup=200, cooldown=0.4, minutes=60, ema=0.9985,
                    save_every=500, compile=True),
    "gpu": Settings(steps=40_000, batch=512, lr=1.5e-3, muon_lr=5e-3, warmup=500, cooldown=0.35, ema=0.9995,
                    save_every=5000),
    "toy": Settings(steps=60, batch=16, lr=2e-3, muon_lr=4e-3, warmup=10, ema=0.9, save_every=60, log_every=20),
}  # fmt: skip

DROP = 0.1
"""Share of drawings trained without words, for classifier-free guidance."""


THINGS_COUNT = 3.0
"""How much more the cells of things count than those of the background, whose clouds and flakes can't be foretold."""


def covered(things: np.ndarray) -> np.ndarray:
    """N×K×5 layouts → N×S×S bool: the cells of 8 pixels that lie under a thing."""
    half = np.array([SIDES[size] for size in SIZES])[things[..., 2]] / 2 + 4
    centres = np.arange(SIDE // CELL) * CELL + CELL / 2
    across = np.abs(centres - things[..., 3, None]) < half[..., None]
    down = np.abs(centres - things[..., 4, None]) < half[..., None]
    there = (things[..., 0] > 0)[..., None, None]
    return (down[..., :, None] & across[..., None, :] & there).any(1)


@dataclass
class LatentPool:
    """Pairs of scenes as normalised latents: N×2×C×S×S float16, their layouts and backgrounds, and what differs.

    `masks` N×S×S bool: the cells that an edit from one to the other must paint (the same both ways).
    """

    latents: np.ndarray
    things: np.ndarray
    backgrounds: np.ndarray
    masks: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    def save(self, path: Path) -> None:
        beside = path.with_suffix(".part.npz")
        np.savez(beside, **self.__dict__)
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> LatentPool:
        with np.load(path) as saved:
            return cls(**{name: saved[name] for name in saved.files})


@torch.no_grad()
def make_pool(
    vae: Vae | Pixels, known: Sequence[str], font: Path, pairs: int, seed: int, batch: int = 64
) -> LatentPool:
    """Sample, render and encode `pairs` pairs of scenes (a scene and what an edit makes of it). The same for a seed,
    whatever they are encoded by."""
    rng = np.random.default_rng([seed, 77])
    latents, things, backgrounds, masks = [], [], [], []
    for start in range(0, pairs, batch):
        couples: list[tuple[Scene, Scene]] = []
        while len(couples) < min(batch, pairs - start):
            scene = sample_scene(rng, known)
            edit = sample_edit(scene, rng, known)
            couples.append((scene, edit.after(scene) if edit is not None else scene))
        pictures = to_tensor([render(scene, font) for couple in couples for scene in couple])
        with torch.autocast("cpu", torch.bfloat16):
            mean, _ = vae.encode(pictures.contiguous(memory_format=torch.channels_last))
        latents.append(mean.float().numpy().astype(np.float16).reshape(len(couples), 2, *mean.shape[1:]))
        things.append([[things_rows(scene, known) for scene in couple] for couple in couples])
        backgrounds.append(
            [[background_row(scene.background, scene.variant) for scene in couple] for couple in couples]
        )
        masks.append([cells_of(*couple) for couple in couples])
    every = np.concatenate(latents)
    mean, std = every.mean((0, 1, 3, 4), dtype=np.float32), every.astype(np.float32).std((0, 1, 3, 4))
    every = ((every - mean[:, None, None]) / std[:, None, None]).astype(np.float16)
    return LatentPool(every, np.concatenate(things).astype(np.int16), np.concatenate(backgrounds).astype(np.int8),
                      np.concatenate(masks), mean, std)  # fmt: skip


@dataclass
class GeneratorTask:
    pool: LatentPool
    config: DenoiserConfig
    vae: Vae | Pixels
    name: str = "generator"

    def build(self) -> nn.Module:
        return Denoiser(self.config)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        pick = rng.integers(len(self.pool.latents), size=size)
        side = rng.integers(2, size=size)
        clean = self.pool.latents[pick, side].astype(np.float32)
        other = self.pool.latents[pick, 1 - side].astype(np.float32)
        edits = rng.random(size) < 0.4
        mask = np.where(edits[:, None, None], self.pool.masks[pick], True)
        things = self.pool.things[pick, side].astype(np.int64)
        background = self.pool.backgrounds[pick, side].astype(np.int64)
        # A picture that is edited doesn't say which variant it is: what is to stay shows it.
        hidden = ~mask.all((1, 2)) | (rng.random(size) < DROP)
        background[hidden, 3] = 0
        dropped = rng.random(size) < DROP
        things[dropped], background[dropped] = 0, 0
        # Logit-normal time (arXiv 2403.03206), shifted towards noise: there the layout has to say how things look.
        time = 1 / (1 + np.exp(-(rng.standard_normal(size) * 1.1 + 0.9)))
        weight = mask * (1 + THINGS_COUNT * covered(things))
        tensors = {
            "clean": clean, "source": other * ~mask[:, None], "mask": mask[:, None].astype(np.float32),
            "weight": weight[:, None].astype(np.float32),
            "noise": rng.standard_normal(clean.shape, dtype=np.float32), "time": time.astype(np.float32),
            "things": things, "background": background,
        }  # fmt: skip
        return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in tensors.items()}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """x-prediction: (x̂ - x)² / max(t, 0.1) inside of the mask. Between the loss on x and that on the velocity,
        which divides by t² (arXiv 2511.13720) and spends half of the gradient where little noise is left."""
        time = batch["time"][:, None, None, None]
        noisy = (1 - time) * batch["clean"] + time * batch["noise"]
        output = model(noisy, batch["time"], batch["source"], batch["mask"], batch["things"], batch["background"])
        error = (output.float() - batch["clean"]).square()
        weighted = error / time.clamp(min=0.1) * batch["weight"]
        loss = weighted.sum() / (batch["weight"].sum() * error.shape[1])
        return loss, {"mse": error.mean().item()}

    def samples(self, model: nn.Module) -> np.ndarray:
        """Sixteen pictures from the layouts of the pool's first scenes, below the true ones."""
        number = 16
        first = (values[:number, 0] for values in (self.pool.things, self.pool.backgrounds, self.pool.latents))
        things, background, true = (torch.from_numpy(np.ascontiguousarray(values)) for values in first)
        drawn = self.draw(model, things.long(), background.long(), np.random.default_rng(5))
        return sheet(np.concatenate([self.decode(true.float()), drawn]), number // 2)

    @torch.no_grad()
    def draw(
        self, model: nn.Module, things: Tensor, background: Tensor, rng: np.random.Generator, steps: int = 10
    ) -> np.ndarray:
        """Pictures N×128×128×3 uint8 of layouts N×K×5 and backgrounds N×4, without guidance."""
        shape = len(things), *self.pool.latents.shape[2:]
        device = next(model.parameters()).device
        z = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).to(device)
        mask, source = torch.ones(shape[0], 1, *shape[2:], device=device), torch.zeros_like(z)
        for index in range(steps):
            now, then = 1 - index / steps, 1 - (index + 1) / steps
            time = torch.full(shape[:1], now, device=device)
            clean = model(z, time, source, mask, things.to(device), background.to(device))
            z = clean + (z - clean) * (then / now)
        return self.decode(z.cpu())

    @torch.no_grad()
    def decode(self, latents: Tensor) -> np.ndarray:
        """Normalised latents → pictures N×128×128×3 uint8."""
        std, mean = (torch.from_numpy(values)[:, None, None] for values in (self.pool.std, self.pool.mean))
        return to_pictures(self.vae.decode(latents * std + mean))


PAIRS = {"cpu": 20_000, "gpu": 200_000, "toy": 64}


def task(place: Place, font: Path) -> GeneratorTask:
    """The task on a pool of latents, which is made on the first call and kept beside the checkpoints."""
    vae = Vae(VaeConfig())
    load_weights(vae, place.weights("autoencoder"))
    path = place.runs / "generator" / "pool.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make_pool(vae.to(memory_format=torch.channels_last), place.known, font, PAIRS[place.setting], seed=0).save(path)
    wide = {"width": 384, "depth": 12, "heads": 6} if place.setting == "gpu" else {}
    small = {"width": 64, "depth": 2} if place.setting == "toy" else {}
    return GeneratorTask(LatentPool.load(path), DenoiserConfig(nouns=len(place.known), **wide, **small), vae)
