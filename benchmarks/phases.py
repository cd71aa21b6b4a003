"""What each phase of training brought: the text side alone, the eye on top, and the cycle phase.

    python benchmarks/phases.py --runs RUNS [--number 300]

Text side: descriptions and answers where the true scene is given. Eye: scenes read exactly from true pictures. Cycle:
words → picture → words, before and after it: drawings of scenes never trained on, read back exactly. Needs the
extra `train`, RUNS of `diptych train` and the emoji font.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from diptych.evaluation.stickerbook import questions, scenes
from diptych.painters.reading import EmbeddedReader
from diptych.runtime import Weights
from diptych.training.loop import load_weights
from diptych.training.recipes import Place, cycle, eye
from diptych.world.render import render
from diptych.world.sprites import find_font
from diptych.world.vocabulary import LANGUAGES
from diptych.world.words import describe
from reporting import store


def text_side(reader: EmbeddedReader, number: int) -> dict[str, float]:
    """Shares of descriptions and answers that are right word for word, given the true scene."""
    told = [
        reader.in_own_words(scene, language) == describe(scene, language)
        for scene in scenes(reader.known, number, 21)
        for language in LANGUAGES
    ]
    answered = [
        reader.answer_about(scene, question.text, language) == question.answer
        for scene, language, question in questions(reader.known, number)
    ]
    return {"described": round(float(np.mean(told)), 4), "answered": round(float(np.mean(answered)), 4)}


@torch.no_grad()
def read_back(task: eye.EyeTask, model: nn.Module, pictures: np.ndarray, truth: list[Any]) -> float:
    """Share of pictures whose scene is read exactly."""
    from diptych.training.data import to_tensor
    from diptych.world.layout import background_row

    right = []
    for start in range(0, len(pictures), 20):
        some = truth[start : start + 20]
        batch = {
            "pictures": to_tensor(pictures[start : start + 20]),
            "patches": torch.from_numpy(np.stack([eye.patch_targets(scene, task.known) for scene in some])),
            "background": torch.from_numpy(np.stack([background_row(scene.background)[:3] - 1 for scene in some])),
        }
        right.append(task.loss(model, batch)[1]["scenes_right"] * len(some))
    return round(sum(right) / len(pictures), 4)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--number", type=int, default=300)
    options = parser.parse_args()
    place, font = Place(options.runs, "cpu"), find_font()
    reader = EmbeddedReader(Weights())
    figures: dict[str, Any] = {"number": options.number, "text_side": text_side(reader, options.number)}
    task = eye.task(place, font)
    true = list(scenes(place.known, options.number, 22))
    renders = np.stack([render(scene, font) for scene in true])
    drawings, drawn = cycle.make_drawings(place, font, options.number, seed=1)
    for name in ("eye", "cycle"):
        model = load_weights(task.build(), place.weights(name))
        figures[f"after_{name}"] = {
            "true_pictures": read_back(task, model, renders, true),
            "words_to_picture_to_words": read_back(task, model, drawings, list(drawn)),
        }
    store("phases", f"python benchmarks/phases.py --runs RUNS --number {options.number}", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
