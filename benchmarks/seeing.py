"""What words find: pictures by the dual encoder, things on sticker scenes by the grounder; in both languages.

    python benchmarks/seeing.py --data DIR [--number N]

DIR holds `captions/` (captions.jsonl and images). Prints the figures and stores them in benchmarks/results/seeing.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from diptych import Studio
from diptych.core.picture import Picture
from diptych.evaluation import seeing
from diptych.evaluation.held_out import CAPTIONED, first_by_hash
from diptych.evaluation.retrieval import recall
from diptych.operations.grounding import ground
from diptych.runtime import Weights
from diptych.training.pairs import collect
from diptych.vision.likeness import Likeness
from diptych.world.render import render
from diptych.world.sprites import find_font
from diptych.world.wish import choose_wish, full_wish
from diptych.world.words import phrase
from reporting import store

ORDER = {"en": "blur {}", "zh": "把{}模糊"}
"""Referring words are put into an instruction, as users do; what the grammar and the grounder make of it is judged."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds captions/")
    parser.add_argument("--number", type=int, default=1000, help="referring expressions in each language")
    options = parser.parse_args()
    if not (options.data / "captions" / "captions.jsonl").is_file():
        sys.stderr.write(f"{options.data} has no captions/captions.jsonl: see --help.\n")
        return 2
    weights = Weights()
    encoder, known, font = Likeness(weights), weights.manifest["known"], find_font(None)
    find, number = finder(), options.number
    everything = seeing.pointed(0, number, known, held_out=None)
    unseen = seeing.pointed(0, max(1, number // 5), known, held_out=True, rng_key=56)
    store("seeing", f"python benchmarks/seeing.py --data DIR --number {number}", {
        "weights": encoder.name,
        "seed": 0,
        "retrieval": seeing.retrieval(encoder, known, font),
        "zero_shot": seeing.zero_shot(encoder, known, font),
        "zero_shot_tags": seeing.zero_shot_tags(encoder, known, font),
        "captions": captions(encoder, options.data),
        "matching": matching(encoder, known, font),
        "grounding": seeing.grounding(find, everything, font),
        "grounding_unseen": seeing.grounding(find, unseen, font),
        "refusals": seeing.absent_and_ambiguous(find, known, font),
        "seconds": seconds(encoder, known, font),
    })  # fmt: skip
    return 0


def finder() -> seeing.Find:
    """Words to mask by what an edit uses: the grammar, the reader, the grounder, and the choice among candidates."""
    studio = Studio()

    def find(picture: Picture, words: str, language: str) -> np.ndarray:
        (step,) = studio.plan(ORDER[language].format(words)).steps
        region, _ = ground(picture, step.target, studio.engines.context)
        return np.asarray(region.mask > 0.5)

    return find


def captions(encoder: Likeness, data: Path) -> dict[str, Any]:
    """Held-out photographs found by each of their English captions, and the level of chance."""
    pairs, _ = collect(data / "captions")
    apart = set(first_by_hash("captions", [pair.path.stem for pair in pairs], CAPTIONED))
    held = [pair for pair in pairs if pair.path.stem in apart]
    points = encoder.pictures([Picture.open(pair.path) for pair in held])
    texts = [caption for pair in held for caption in pair.captions]
    right = np.array([[pair is other for other in held] for pair in held for _ in pair.captions])
    similarity = encoder.words(texts) @ points.T
    return {"photos": len(held), "captions": len(texts)} | {
        f"R@{k}": {"reached": recall(similarity, right, k), "chance": round(k / len(held), 4)} for k in (1, 10)
    }


def matching(encoder: Likeness, known: list[str], font: Path, count: int = 200) -> dict[str, Any]:
    """The matching head: of a picture's own wish and that of a scene that differs by one edit, which it finds
    likelier."""
    from diptych.world.edits import sample_edit
    from diptych.world.wish import judge

    found: dict[str, Any] = {"pairs": count}
    for number, language in enumerate(("en", "zh")):
        rng = np.random.default_rng([0, 57, number])
        right = []
        for scene in seeing.scenes_of(7, 3 * count, known, held_out=None):
            edit = sample_edit(scene, rng, known)
            after = scene if edit is None else edit.after(scene)
            if not after.things or all(atom.holds for atom in judge(full_wish(after), scene)):
                continue
            texts = [
                phrase(choose_wish(scene, rng, held_out=None), language, rng),
                phrase(full_wish(after), language, rng),
            ]
            own, other = encoder.matches(Picture(render(scene, font)), texts)
            right.append(own > other)
            if len(right) == count:
                break
        found[language] = round(float(np.mean(right)), 4)
    return found


def seconds(encoder: Likeness, known: list[str], font: Path) -> dict[str, float]:
    """Warm, a picture and a sentence at a time."""
    pictures = [Picture(render(scene, font)) for scene in seeing.scenes_of(3, 20, known, held_out=None)]
    encoder.pictures(pictures[:1]), encoder.words(["a cat"])
    started = perf_counter()
    for picture in pictures:
        encoder.pictures([picture])
    seen = perf_counter()
    for _ in pictures:
        encoder.words(["two red cars at night"])
    return {
        "picture": round((seen - started) / len(pictures), 4),
        "sentence": round((perf_counter() - seen) / len(pictures), 4),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
