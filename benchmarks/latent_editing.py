"""Given pictures edited in the embedded painter's latents: inversion, prompt-to-prompt and SDEdit on the Stickerbook.

    python benchmarks/latent_editing.py [--number N] [--inverted N] [--edits N] [--font FILE]

`inversion`: PSNR in dB of true renders inverted to noise and sampled again, to the autoencoder's own reconstruction
and to the picture. `swap`: one thing of a picture becomes another in the same place. `changed`: the checker reads the
new thing there; `kept`: it reads all else as it was, and nothing more. `inside`, `outside`: mean absolute difference
from the source, in levels, in the cells of what changed and elsewhere. The network is told in both scenes where things
stand, so `noise` alone keeps the layout: what attention adds is in `outside`. `equal_change`: SDEdit at the strength
where it changes the inside as much as prompt-to-prompt does, interpolated. `methods`: what people get of `diptych edit
--method`: the single edits of the Stickerbook benchmark, of every kind, by words in both languages on pictures without
a record, bound to their boxes; judged as there, and beside painting anew. Prints the figures and stores them in
benchmarks/results/latent_editing.json.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from diptych.core.errors import Language
from diptych.core.picture import Picture
from diptych.evaluation.checker import Checker
from diptych.evaluation.stickerbook import SEED, scenes, score_edits, share
from diptych.painters.latent_editing import HELD_UNTIL, LAST, ROUNDS, STEPS, Inverted, LatentEditor, gentle, to_levels
from diptych.painters.stickerbook import Stickerbook
from diptych.painters.ways import METHODS, Way
from diptych.repainting import understood
from diptych.runtime import JUDGES, Weights
from diptych.sampling import editing, flow, samplers, schedules
from diptych.world.edits import Edit, sample_edit
from diptych.world.layout import CELL
from diptych.world.render import render
from diptych.world.scene import Scene
from diptych.world.sprites import find_font
from reporting import store

PART = 17
"""Of the benchmark's random numbers: no training and no other benchmark draws these scenes."""
SWAP_STEPS = 20
STRENGTHS = (0.3, 0.5, 0.7, 0.85)
SLACK = 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--number", type=int, default=200, help="pairs of scenes")
    parser.add_argument("--inverted", type=int, default=50, help="pictures inverted at 50 steps")
    parser.add_argument("--edits", type=int, default=60, help="single edits, of each method")
    parser.add_argument("--font", type=Path)
    options = parser.parse_args()
    weights, font = Weights(), find_font(options.font)
    editor, checker = LatentEditor(weights), Checker(Weights(JUDGES))
    figures = {
        "painter": weights.name_of("encode", "decode", "denoise", "attend"),
        "inversion": inversion(editor, list(scenes(checker.known, options.inverted, PART)), font),
        "swap": swap(editor, checker, font, options.number),
        "methods": methods(Stickerbook(weights), checker, font, options.edits),
    }
    command = f"python benchmarks/latent_editing.py --number {options.number} --inverted {options.inverted}"
    command += f" --edits {options.edits}"
    store("latent_editing", command, figures)
    return 0


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Of all channels, 0..255; 99 at most, for equal pictures."""
    return float(10 * np.log10(255**2 / max(((one.astype(np.float64) - other) ** 2).mean(), 255**2 / 10**9.9)))


# ---- inverted and sampled again ----


def inversion(editor: LatentEditor, some: list[Scene], font: Path, steps: int = STEPS) -> dict[str, Any]:
    """Mean and least PSNR of each way. `with what the autoencoder lost put back` is the source plus the difference of
    what both latents decode to; the others are decoded latents, which can't be nearer to the picture than the
    autoencoder's own reconstruction is."""
    found: dict[str, list[float]] = defaultdict(list)
    seconds = []
    for scene in some:
        pixels = render(scene, font)
        before = perf_counter()
        inverted = editor.invert(pixels, scene, steps)
        latents = editor.resample(inverted)
        seconds.append(perf_counter() - before)
        own, made = to_levels(editor.decode(inverted.path[-1])), to_levels(editor.decode(latents))
        found["autoencoder alone, to the picture"].append(psnr(own, pixels))
        found["to the reconstruction"].append(psnr(made, own))
        found["to the picture"].append(psnr(made, pixels))
        found["to the picture, with what the autoencoder lost put back"].append(
            psnr(editor.put_back(latents, inverted), pixels)
        )
        for name, latents in others(editor, inverted, steps).items():
            found[f"{name}, to the reconstruction"].append(psnr(to_levels(editor.decode(latents)), own))
    return {
        "pictures": len(some), "steps": steps, "last_time": LAST, "rounds": ROUNDS,
        "psnr": {
            name: {"mean": round(float(np.mean(values)), 2), "least": round(min(values), 2)}
            for name, values in found.items()
        },
        "seconds": round(float(np.median(seconds)), 2),
    }  # fmt: skip


def others(editor: LatentEditor, inverted: Inverted, steps: int) -> dict[str, np.ndarray]:
    """The same without rounds, on the even schedule down to time 0 that drawings have, and direct inversion of that."""
    denoise, latents = editor.denoiser(inverted.scene, inverted.variant), inverted.path[-1]
    made = {}
    even = schedules.of_flow(flow.times(steps))
    for name, schedule in (("no rounds", gentle(steps)), ("no rounds, to time 0", even)):
        path = editing.invert(denoise, latents, schedule, 0, editing.along_path)
        made[name] = samplers.euler(denoise, path[0], schedule)
    # The path is that of the even schedule, which came last.
    made["no rounds, to time 0, direct inversion"] = editing.beside(
        lambda source, target, t: (denoise(source, t), denoise(target, t)), path, even
    )
    return made


# ---- one thing becomes another ----


def pairs(checker: Checker, number: int) -> Iterator[tuple[Scene, Edit]]:
    """Scenes, and for each a single thing of it replaced by another."""
    rng = np.random.default_rng([SEED, PART])
    made = 0
    for scene in scenes(checker.known, 50 * number, PART + 1):
        edit = sample_edit(scene, rng, checker.known, "replace")
        if edit is not None and len(edit.new) == 1:
            yield scene, edit
            made += 1
        if made == number:
            return


def swap(editor: LatentEditor, checker: Checker, font: Path, number: int, steps: int = SWAP_STEPS) -> dict[str, Any]:
    rows: dict[str, list[tuple[bool, bool, float, float]]] = defaultdict(list)
    for seed, (scene, edit) in enumerate(pairs(checker, number)):
        pixels, after = render(scene, font), edit.after(scene)
        inverted = editor.invert(pixels, scene, steps)
        cells = np.kron(editor.changed_cells(inverted, after)[0], np.ones((CELL, CELL), bool))
        made = {
            "noise": editor.put_back(editor.resample(inverted, after), inverted),
            "prompt-to-prompt": editor.put_back(editor.prompt_to_prompt(inverted, after, local=False), inverted),
            "prompt-to-prompt, bound": editor.edit(inverted, after),
            "true render": render(after, font),
        }
        for strength in STRENGTHS:
            latents = editor.sdedit(inverted, after, strength, seed)
            made[f"SDEdit {strength:g}"] = editor.put_back(latents, inverted)
        for name, picture in made.items():
            rows[name].append((*judged(checker.read(picture), scene, edit), *moved(picture, pixels, cells)))
    ways = {name: summary(values) for name, values in rows.items()}
    return {
        "pairs": number, "steps": steps, "held_until": HELD_UNTIL, "ways": ways,
        "equal_change": at_equal_change(ways),
    }  # fmt: skip


def judged(found: Scene, before: Scene, edit: Edit) -> tuple[bool, bool]:
    """(the new thing is there, all else is as it was)."""
    new = edit.new[0]
    here = [thing for thing in found.things if max(abs(thing.x - new.x), abs(thing.y - new.y)) <= SLACK]
    rest = [thing for thing in found.things if thing not in here[:1]]
    stayed = [thing for thing in before.things if thing not in edit.old]
    for thing in stayed:
        same = [
            other for other in rest
            if other.kind == thing.kind and max(abs(other.x - thing.x), abs(other.y - thing.y)) <= SLACK
        ]  # fmt: skip
        if not same:
            return has(here, new), False
        rest.remove(same[0])
    return has(here, new), not rest and found.background == before.background


def has(here: list[Any], new: Any) -> bool:
    return any((thing.noun, thing.color) == (new.noun, new.color) for thing in here)


def moved(picture: np.ndarray, source: np.ndarray, cells: np.ndarray) -> tuple[float, float]:
    off = np.abs(picture.astype(np.float32) - source)
    return float(off[cells].mean()), float(off[~cells].mean())


def summary(values: list[tuple[bool, bool, float, float]]) -> dict[str, float]:
    changed, kept, inside, outside = zip(*values, strict=True)
    both = [one[0] and one[1] for one in values]
    return {
        "changed": share(changed), "kept": share(kept), "both": share(both),
        "inside": round(float(np.mean(inside)), 2), "outside": round(float(np.mean(outside)), 3),
    }  # fmt: skip


def at_equal_change(ways: dict[str, dict[str, float]]) -> dict[str, float]:
    """SDEdit, interpolated between its strengths, where its inside has moved as far as prompt-to-prompt's."""
    wanted = ways["prompt-to-prompt"]["inside"]
    along = [ways[f"SDEdit {strength:g}"] for strength in STRENGTHS]
    reached = [one["inside"] for one in along]
    found = {key: round(float(np.interp(wanted, reached, [one[key] for one in along])), 4)
             for key in ("changed", "kept", "both", "outside")}  # fmt: skip
    return {"strength": round(float(np.interp(wanted, reached, STRENGTHS)), 3), **found}


# ---- every kind of edit, as people say it ----


def methods(book: Stickerbook, checker: Checker, font: Path, number: int) -> dict[str, Any]:
    """Each method through the same edits; `repaint` is what drawings are changed by unless a method is named."""
    figures = {}
    for method in METHODS:
        before = perf_counter()
        found = score_edits(changed_by(book, Way(method)), checker, font, number)
        figures[method] = found | {"seconds": round((perf_counter() - before) / number, 2)}
        print(method, figures[method], flush=True)  # noqa: T201
    return figures


def changed_by(book: Stickerbook, way: Way) -> Callable[[np.ndarray, str, str, int], np.ndarray]:
    def change(pixels: np.ndarray, words: str, language: str, seed: int) -> np.ndarray:
        said: Language = "zh" if language == "zh" else "en"
        return book.change(Picture(np.array(pixels)), words, said, seed, understood, way).pixels

    return change


if __name__ == "__main__":
    sys.exit(main())
