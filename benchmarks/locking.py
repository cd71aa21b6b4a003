"""Locked-image tuning against its alternatives: what the dual encoder gains in Chinese and loses in English.

    python benchmarks/locking.py --runs DIR [--minutes M] [--seeds N]

DIR holds the runs of `diptych train dual_encoder` (the English tower all begin from). Each arm gets equal minutes on
one core, three seeds each. Prints the figures and stores them in benchmarks/results/locking.json.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from diptych.core.picture import Picture
from diptych.evaluation import seeing
from diptych.models.dual_encoder import DualEncoder
from diptych.training.data import to_tensor
from diptych.training.loop import Run, load_weights
from diptych.training.pairs import squeezed
from diptych.training.recipes import Place, bilingual, dual_encoder
from diptych.training.recipes.dual_encoder import PairsTask
from diptych.world.sprites import find_font
from diptych.world.vocabulary import LANGUAGES
from reporting import store

BATCH = 32
"""A third of the recipe's: more steps in the few minutes that each run has."""
ARMS = {
    "locked": {"locked": r"picture\.", "begin": True, "locked_trunk": True},
    "unlocked": {"locked": "", "begin": True, "locked_trunk": False},
    "from scratch": {"locked": "", "begin": False, "locked_trunk": False},
}
"""What stays as it is, and whether the English tower is where it begins."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="holds dual_encoder/ema.safetensors")
    parser.add_argument("--minutes", type=float, default=2.5)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    english = options.runs / "dual_encoder" / "ema.safetensors"
    if not english.is_file():
        sys.stderr.write(f"{english} is missing: run `diptych train dual_encoder --runs {options.runs}` first.\n")
        return 2
    torch.set_num_threads(1)
    font = find_font(None)
    made = dual_encoder.task(Place(options.runs, "cpu"), font)
    made = replace(made, languages=tuple(LANGUAGES), name="locking")
    before = measured(load_weights(made.build(), english), made)
    arms = {
        name: [arm(made, english, seed, options.minutes, **how) for seed in range(options.seeds)]
        for name, how in ARMS.items()
    }
    command = f"python benchmarks/locking.py --runs DIR --minutes {options.minutes:g} --seeds {options.seeds}"
    store("locking", command, {
        "minutes_each": options.minutes, "english_only": before,
        "after the recipe bilingual": shipped(options.runs, made),
        "arms": {
            name: {"seeds": runs, "mean": mean(runs), "english_kept": kept(runs, before)} for name, runs in arms.items()
        },
    })  # fmt: skip
    return 0


def arm(
    made: PairsTask, english: Path, seed: int, minutes: float, *, locked: str, begin: bool, locked_trunk: bool
) -> dict[str, Any]:
    """One run of one arm, and what it comes to."""
    task = replace(made, locked_trunk=locked_trunk, eye_weights=made.eye_weights if begin else None)
    if locked_trunk:
        task.__dict__["patches"] = made.patches
    settings = replace(
        bilingual.SETTINGS["cpu"],
        minutes=minutes,
        batch=BATCH,
        seed=seed,
        locked=locked,
        warmup=20,
        save_every=100_000,
        ema=0.98,
    )
    with tempfile.TemporaryDirectory() as folder:
        run = Run(task, settings, Path(folder), english if begin else None)
        run.train()
        return measured(run.averaged(), made) | {"pairs": run.step * settings.batch}


def shipped(runs: Path, made: PairsTask) -> dict[str, float] | None:
    """What the whole recipe comes to, where it has run: 20 minutes in place of a few, and batches of 96."""
    path = runs / "bilingual" / "ema.safetensors"
    return measured(load_weights(made.build(), path), made) if path.is_file() else None


class Encoder:
    """A dual encoder in torch as the evaluation takes it."""

    def __init__(self, model: nn.Module, task: PairsTask) -> None:
        self.model: DualEncoder = model.eval()  # type: ignore[assignment]
        self.task = task

    @torch.no_grad()
    def pictures(self, pictures: list[Picture]) -> np.ndarray:
        seen = [to_tensor([squeezed(one.rgb) for one in pictures[at : at + 50]]) for at in range(0, len(pictures), 50)]
        return torch.cat([self.model.picture(self.model.picture.eye.see(some)) for some in seen]).numpy()

    @torch.no_grad()
    def words(self, texts: list[str]) -> np.ndarray:
        tokens = self.task.tokens(texts)
        return self.model.text(self.model.text.words(tokens), tokens).numpy()


def measured(model: nn.Module, task: PairsTask) -> dict[str, float]:
    """R@1 of wishes among 300 pictures, and zero-shot accuracy over all nouns, in both languages."""
    encoder = Encoder(model, task)
    found = seeing.retrieval(encoder, task.known, task.font, seed=1, count=300)
    named = seeing.zero_shot(encoder, task.known, task.font, seed=1, count=100)
    return {f"{language} R@1": found[language]["wishes"]["R@1"] for language in LANGUAGES} | {
        f"{language} zero-shot": named[language] for language in LANGUAGES
    }


def mean(runs: list[dict[str, float]]) -> dict[str, list[float]]:
    """Mean and standard deviation over seeds."""
    return {
        key: [round(float(np.mean([run[key] for run in runs])), 4), round(float(np.std([run[key] for run in runs])), 4)]
        for key in runs[0]
    }


def kept(runs: list[dict[str, float]], before: dict[str, float]) -> float:
    """Share of the English score that is left: 1 - forgetting."""
    return round(float(np.mean([run["en R@1"] for run in runs])) / max(before["en R@1"], 1e-9), 4)


if __name__ == "__main__":
    sys.exit(main())
