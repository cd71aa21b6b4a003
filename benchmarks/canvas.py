"""Which canvas: the generator's transformer on latents and on pixels, with one budget; a DCGAN and a plain VAE beside.

    python benchmarks/canvas.py --runs RUNS [--train [--share 1]] [--scenes 60] [--sheet docs/gallery/canvas.png]

Reads the runs of `canvas_latents` and `canvas_pixels`, and of `dcgan` and `plain_vae` for each seed (RUNS/dcgan_0, …).
`--train` first trains what isn't at its end of them, by the recipes (`--setting`), one after another. Use one thread
(OMP_NUM_THREADS=1): budgets are minutes that the process computed, so that a busy machine changes nothing.
What is measured of the twins, on scenes that were never trained on, each drawn from its layout:

* exact, objects, colors, sizes, places, background: shares of drawings that the checker reads so; exact = all of them.
* psnr: of a drawing against the true picture of its layout, mean in dB.
* ceiling: the same for true pictures that only went through the canvas and back.
* milliseconds: one picture, a batch of one, in turn; memory: largest resident size of a process that draws one, or that
  does two training steps, beside one that only loads the same modules.

What is measured of the two classics: see `classics.py`. Needs the extra `train`, the emoji font and Linux.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import classics
from diptych.evaluation.checker import Checker, agree
from diptych.evaluation.fidelity import psnr
from diptych.evaluation.stickerbook import SEED, scenes
from diptych.models.denoiser import Denoiser
from diptych.models.vae import Vae
from diptych.runtime import JUDGES, Weights
from diptych.sampling.flow import euler, times
from diptych.sampling.guidance import guided
from diptych.training.data import sheet, to_pictures, to_tensor
from diptych.training.loop import Run, Settings, load_weights, optimizers
from diptych.training.recipes import Place, task
from diptych.training.recipes.canvas import canvas, config, known, settings
from diptych.training.recipes.generator import GeneratorTask, LatentPool
from diptych.world.layout import background_row, things_rows
from diptych.world.render import render
from diptych.world.scene import Scene
from diptych.world.sprites import find_font
from reporting import store
from timing import in_turn, load, peak_of

TWINS = {"latents": "canvas_latents", "pixels": "canvas_pixels"}
STEPS, SCALES = (4, 8, 16), (1.0, 1.5, 2.5)
"""Euler steps, and scales of classifier-free guidance; 1 = without."""
PART = 11
"""Which of the benchmark's scenes."""
AT_ONCE = 10


@dataclass
class Twin:
    """One canvas with its trained denoiser."""

    name: str
    task: GeneratorTask
    model: Denoiser
    known: Sequence[str]

    @classmethod
    def of(cls, place: Place, name: str) -> Twin:
        """From its run; of the pool only what normalises cells is read."""
        configured = config(place, name)
        with np.load(place.runs / name / "pool.npz") as saved:
            mean, std = saved["mean"], saved["std"]
        nothing = np.zeros((0, 2, configured.latent, configured.side, configured.side), np.float16)
        none = np.zeros(0)
        drawing = GeneratorTask(LatentPool(nothing, none, none, none, mean, std), configured, canvas(name), name)
        model = load_weights(drawing.build(), place.weights(name))
        assert isinstance(model, Denoiser)
        return cls(name, drawing, model, known(place))

    def draw(self, wanted: Sequence[Scene], steps: int, scale: float, seed: int = 0) -> np.ndarray:
        """N×128×128×3 uint8 of layouts. Noise depends on the seed and on a scene's number."""
        shape = self.task.pool.latents.shape[2:]
        noise = [np.random.default_rng([seed, at]).standard_normal(shape, np.float32) for at in range(len(wanted))]
        things = torch.from_numpy(np.stack([things_rows(scene, self.known) for scene in wanted]))
        rows = [background_row(scene.background, scene.variant) for scene in wanted]
        background = torch.from_numpy(np.stack(rows))
        worded, wordless = self.denoiser(things, background), self.denoiser(things * 0, background * 0)
        cells = euler(guided(worded, wordless, scale), np.stack(noise), times(steps))
        return self.task.decode(torch.from_numpy(cells))

    def denoiser(self, things: Tensor, background: Tensor) -> Callable[[np.ndarray, float], np.ndarray]:
        @torch.no_grad()
        def denoise(z: np.ndarray, t: float) -> np.ndarray:
            noisy = torch.from_numpy(z)
            mask = torch.ones(len(z), 1, *z.shape[2:])
            time = torch.full((len(z),), t)
            return self.model(noisy, time, torch.zeros_like(noisy), mask, things, background).numpy()

        return denoise

    @torch.no_grad()
    def there_and_back(self, pictures: np.ndarray) -> np.ndarray:
        """What the canvas keeps of pictures."""
        return to_pictures(self.task.vae.decode(self.task.vae.encode(to_tensor(pictures))[0]))


# ---- what is measured of them ----------------------------------------------------------------------------------------


def judged(pictures: np.ndarray, wanted: Sequence[Scene], true: np.ndarray, checker: Checker) -> dict[str, float]:
    """What the checker reads of N pictures against what was wanted, and how near they are to the true ones."""
    right: dict[str, list[bool]] = defaultdict(list)
    near = []
    for picture, scene, truth in zip(pictures, wanted, true, strict=True):
        agreed = agree(checker.read(picture), scene)
        for key, value in {"exact": all(agreed.values()), **agreed}.items():
            right[key].append(value)
        near.append(psnr(picture, truth))
    shares = {key: round(float(np.mean(values)), 3) for key, values in right.items()}
    return shares | {"psnr": round(float(np.mean(near)), 2) if np.isfinite(near).all() else None}


def quality(twin: Twin, wanted: Sequence[Scene], font: Path, checker: Checker) -> dict[str, Any]:
    """Drawings at all steps and scales, and the ceiling."""
    true = np.stack([render(scene, font) for scene in wanted])
    drawn = {}
    for steps in STEPS:
        for scale in SCALES:
            parts = [
                twin.draw(wanted[at : at + AT_ONCE], steps, scale, seed=at) for at in range(0, len(wanted), AT_ONCE)
            ]
            drawn[f"{steps} steps, scale {scale:g}"] = judged(np.concatenate(parts), wanted, true, checker)
            sys.stderr.write(
                f"{twin.name}, {steps} steps, scale {scale:g}: {drawn[f'{steps} steps, scale {scale:g}']}\n"
            )
    best = max(drawn, key=lambda key: (drawn[key]["exact"], drawn[key]["objects"], drawn[key]["psnr"]))
    back = np.concatenate([twin.there_and_back(true[at : at + AT_ONCE]) for at in range(0, len(true), AT_ONCE)])
    return {"drawn": drawn, "best": best, "ceiling": judged(back, wanted, true, checker)}


def parameters(twin: Twin) -> dict[str, int]:
    """Of the denoiser, and of what decodes and encodes."""
    vae = twin.task.vae
    parts = {"denoiser": twin.model}
    if isinstance(vae, Vae):
        parts |= {"decoder": vae.decoder, "encoder": vae.encoder}
    return {name: sum(value.numel() for value in part.parameters()) for name, part in parts.items()}


def milliseconds(twins: Mapping[str, Twin], wanted: Sequence[Scene], rounds: int) -> dict[str, dict[str, float]]:
    """Of one picture, for each canvas."""
    one = wanted[:1]
    ways: dict[str, Callable[[], object]] = {}
    for name, twin in twins.items():
        for steps in STEPS:
            ways[f"{name}: {steps} steps"] = lambda twin=twin, steps=steps: twin.draw(one, steps, 1.0)
        ways[f"{name}: 8 steps, guided"] = lambda twin=twin: twin.draw(one, 8, SCALES[-1])
    taken = in_turn(ways, rounds)
    return {
        name: {way.split(": ")[1]: round(value, 1) for way, value in taken.items() if way.startswith(f"{name}:")}
        for name in twins
    }


def memory(place: Place, name: str) -> dict[str, float]:
    """Peak megabytes above those of a process that only loads the modules."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from canvas import act; from pathlib import Path\n"
        "act(Path(sys.argv[2]), *sys.argv[3:])"
    )
    peaks = {
        what: 1000 * peak_of(program, str(Path(__file__).parent), str(place.runs), place.setting, name, what)["peak_gb"]
        for what in ("load", "draw", "train")
    }
    return {"modules": round(peaks["load"])} | {what: round(peaks[what] - peaks["load"]) for what in ("draw", "train")}


def act(runs: Path, setting: str, name: str, what: str) -> None:
    """Draw one picture, do two training steps, or nothing; prints the seconds. For a process of its own."""
    torch.set_num_threads(1)
    place = Place(runs, setting)
    started = perf_counter()
    if what == "draw":
        Twin.of(place, name).draw([next(scenes(known(place), 1, PART))], 8, 1.0)
    if what == "train":
        two_steps(Twin.of(place, name), settings(name)[setting])
    print(perf_counter() - started)  # noqa: T201


def two_steps(twin: Twin, how: Settings) -> None:
    """As the loop does them, on noise in the place of pictures."""
    model = twin.task.build()
    shape = how.batch, *twin.task.pool.latents.shape[2:]
    every = torch.ones(how.batch, 1, *shape[2:])
    batch = {
        "clean": torch.randn(shape), "noise": torch.randn(shape), "source": torch.zeros(shape), "mask": every,
        "weight": every, "time": torch.rand(how.batch), "things": torch.ones(how.batch, 6, 5, dtype=torch.int64),
        "background": torch.ones(how.batch, 4, dtype=torch.int64),
    }  # fmt: skip
    moving = optimizers(model, how)
    for _ in range(2):
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = twin.task.loss(model, batch)
        loss.backward()
        for optimizer in moving:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)


def trained(folder: Path) -> dict[str, float]:
    """How long and how fast a run learned, by the clock of its settings."""
    state = torch.load(folder / "state.pt", weights_only=True, mmap=True)
    minutes = state["seconds"] / 60
    samples = state["step"] * json.loads((folder / "settings.json").read_text())["batch"]
    return {"minutes": round(minutes, 2), "samples": samples, "samples_a_second": round(samples / minutes / 60, 1)}


def runs_of(place: Place, seeds: int, share: float) -> Iterator[Run]:
    """All that is measured, for a share of the recipes' budgets; a stopped one goes on."""
    for name in TWINS.values():
        yield Run(task(name, place), shorter(settings(name)[place.setting], share), place.runs / name)
    for name, recipe in classics.RECIPES.items():
        for seed in range(seeds):
            how = replace(shorter(recipe.SETTINGS[place.setting], share), seed=seed)
            yield Run(task(name, place), how, place.runs / f"{name}_{seed}")


def shorter(how: Settings, share: float) -> Settings:
    """The same for that share of its minutes, or of its steps where it has no minutes."""
    if how.minutes is None:
        return replace(how, steps=max(1, round(how.steps * share)))
    return replace(how, minutes=how.minutes * share)


# ---- the sheet -------------------------------------------------------------------------------------------------------


def contact_sheet(twins: Mapping[str, Twin], best: Mapping[str, str], wanted: Sequence[Scene], font: Path,
                  strips: Sequence[np.ndarray]) -> Image.Image:  # fmt: skip
    """Six scenes: true, on latents, on pixels; below them strips of small pictures, twice as large. 256 colours."""
    shown = wanted[:6]
    rows = [np.stack([render(scene, font) for scene in shown])]
    for name, twin in twins.items():
        steps, scale = best[name].replace(" steps, scale", "").split()
        rows.append(twin.draw(shown, int(steps), float(scale)))
    upper = sheet(np.concatenate(rows), len(shown))
    small = np.concatenate([strip[:11] for strip in strips]).repeat(2, 1).repeat(2, 2)
    lower = sheet(small, 11)
    lower = np.pad(lower, ((6, 0), (0, upper.shape[1] - lower.shape[1]), (0, 0)), constant_values=255)
    return Image.fromarray(np.vstack([upper, lower])).quantize(256)


def measure(place: Place, font: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All figures; also saves the sheet."""
    checker = Checker(Weights(JUDGES, 1))
    wanted = list(scenes(known(place), options.scenes, PART))
    twins = {name: Twin.of(place, recipe) for name, recipe in TWINS.items()}
    taken = milliseconds(twins, wanted, options.rounds)
    found = {
        name: {"parameters": parameters(twin), "trained": trained(place.runs / twin.name), "milliseconds": taken[name],
               "memory_mb": memory(place, twin.name), **quality(twin, wanted, font, checker)}
        for name, twin in twins.items()
    }  # fmt: skip
    rows, strips = classics.measure(place, font, checker, options.pictures, options.seeds)
    for name in classics.RECIPES:
        rows[name]["trained"] = [trained(place.runs / f"{name}_{seed}") for seed in range(options.seeds)]
    if options.sheet:
        best = {name: row["best"] for name, row in found.items()}
        contact_sheet(twins, best, wanted, font, strips).save(options.sheet, optimize=True)
    return {
        "share": options.share, "threads": torch.get_num_threads(), "load": load(), "seed": SEED,
        "nouns": len(known(place)), "scenes": options.scenes, "twins": found, "pictures": options.pictures,
        "classics": rows,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--train", action="store_true", help="first train what isn't at its end in RUNS")
    parser.add_argument("--share", type=float, default=1, help="of the recipes' budgets, that RUNS are trained for")
    parser.add_argument("--setting", default="cpu", choices=("cpu", "gpu", "toy"))
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=500, help="of each of the classics")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=7, help="of which times are medians")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args(arguments)
    place, font = Place(options.runs, options.setting), find_font()
    torch.set_num_threads(1)
    if options.train:
        for run in runs_of(place, options.seeds, options.share):
            run.train()
    said = f"python benchmarks/canvas.py --runs RUNS --train --share {options.share:g} --scenes {options.scenes} "
    said += f"--pictures {options.pictures} --rounds {options.rounds}"
    store("canvas", said, measure(place, font, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
