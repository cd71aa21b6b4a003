"""Should the reader's eye and the generator share their trunk? Both ways for the same number of minutes.

    python benchmarks/trunk.py --runs RUNS [--minutes 5]

Apart: the eye learns to read pictures with convolutions and blocks of its own. Shared: it reads from the generator's
blocks, which get the latents of the picture without noise and without words; each batch also trains the generator, so
that it doesn't forget how to draw: L = L_text + L_image. Both start as a run would at that point: the eye from nothing,
the generator's trunk from RUNS/generator. Needs the extra `train`, RUNS of `diptych train` and the emoji font.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from diptych.models.denoiser import Denoiser
from diptych.models.reader import EyeConfig
from diptych.models.vae import Vae
from diptych.training.loop import Batch, Run, load_weights
from diptych.training.recipes import Place, eye, generator
from diptych.world.sprites import find_font
from reporting import store


class SharedEye(nn.Module):
    """Patches and background, as `models.reader.Eye` gives them, from the generator's trunk."""

    def __init__(self, denoiser: Denoiser, vae: Vae, mean: Tensor, std: Tensor, config: EyeConfig) -> None:
        super().__init__()
        self.denoiser = denoiser
        self.frozen = [vae.requires_grad_(False)]  # in a list: not part of what is trained or saved
        self.scale = mean[:, None, None], std[:, None, None]
        width = denoiser.config.width
        self.patch_head = nn.Linear(width, sum(config.patch_heads))
        self.scene_head = nn.Linear(width, sum(config.scene_heads))
        self.features: list[Tensor] = []
        denoiser.last_norm.register_forward_hook(lambda module, inputs, output: self.features.append(output))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            latents = (self.frozen[0].encode(pictures)[0].float() - self.scale[0]) / self.scale[1]
        b, _, side, _ = latents.shape
        nothing = torch.zeros(b, 6, 5, dtype=torch.int64), torch.zeros(b, 4, dtype=torch.int64)
        self.features.clear()
        self.denoiser(latents, torch.zeros(b), torch.zeros_like(latents), torch.ones(b, 1, side, side), *nothing)
        x = self.features.pop()
        return self.patch_head(x), self.scene_head(x.mean(1))


@dataclass
class SharedTask:
    reading: eye.EyeTask
    drawing: generator.GeneratorTask
    begin: Path
    name: str = "shared"

    def build(self) -> nn.Module:
        pool = self.drawing.pool
        denoiser = load_weights(self.drawing.build(), self.begin)
        assert isinstance(denoiser, Denoiser)
        scale = torch.from_numpy(pool.mean), torch.from_numpy(pool.std)
        return SharedEye(denoiser, self.drawing.vae, *scale, self.reading.config)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        drawn = self.drawing.batch(rng, size // 2)
        return {**self.reading.batch(rng, size), **{f"draw_{name}": value for name, value in drawn.items()}}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        said, scalars = self.reading.loss(model, batch)
        drawn = {name[5:]: value for name, value in batch.items() if name.startswith("draw_")}
        image, more = self.drawing.loss(model.denoiser, drawn)
        return said + image, {**scalars, **more}

    def samples(self, model: nn.Module) -> None:
        del model


@torch.no_grad()
def read(task: eye.EyeTask, model: nn.Module, pictures: int) -> dict[str, float]:
    """Shares read right of pictures that were not trained on."""
    rng = np.random.default_rng([20261121, 1])
    parts = [task.loss(model, task.batch(rng, 32))[1] for _ in range(pictures // 32)]
    return {key: round(float(np.mean([part[key] for part in parts])), 4) for key in parts[0]}


@torch.no_grad()
def drawn(task: generator.GeneratorTask, model: nn.Module) -> float:
    """The generator's loss on eight batches, the same for every model."""
    rng = np.random.default_rng([20261121, 2])
    return round(float(np.mean([task.loss(model, task.batch(rng, 64))[0].item() for _ in range(8)])), 4)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--pictures", type=int, default=512)
    options = parser.parse_args()
    place = Place(options.runs, "cpu")
    font = find_font()
    reading, drawing = eye.task(place, font), generator.task(place, font)
    settings = replace(eye.SETTINGS["cpu"], minutes=options.minutes, save_every=100_000)
    begin = place.weights("generator")
    before = drawn(drawing, load_weights(drawing.build(), begin))
    figures: dict[str, Any] = {"minutes": options.minutes, "seed": settings.seed, "threads": torch.get_num_threads()}
    with tempfile.TemporaryDirectory() as folder:
        apart = Run(reading, settings, Path(folder) / "apart")
        apart.train()
        figures["apart"] = {"samples": apart.step * settings.batch, **read(reading, apart.averaged(), options.pictures),
                            "generator_loss": before}  # fmt: skip
        together = Run(SharedTask(reading, drawing, begin), settings, Path(folder) / "shared")
        together.train()
        model = together.averaged()
        figures["shared"] = {"samples": together.step * settings.batch, **read(reading, model, options.pictures),
                             "generator_loss": drawn(drawing, model.denoiser)}  # fmt: skip
    store("trunk", f"python benchmarks/trunk.py --runs RUNS --minutes {options.minutes:g}", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
