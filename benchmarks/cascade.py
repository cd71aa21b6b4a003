"""Drawings of 128 pixels made large by the cascade, beside cubic and Lanczos enlargement, on scenes it never saw.

    python benchmarks/cascade.py [--number N] [--font FILE] [--sheet FILE] [--times]

The small pictures are true renders, and so are the large ones that the results are compared with. What a result still
shows is read by the checker of the Stickerbook from its area mean. `variants` tell on the first scenes what words,
steps, added noise and the projection do. FILE gets a contact sheet. Prints the figures and stores them in
benchmarks/results/cascade.json.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from diptych.evaluation.checker import Checker, agree
from diptych.evaluation.stickerbook import scenes, share, timed
from diptych.painters.cascade import LEVELS, LIMIT, STEPS, CascadePainter
from diptych.painters.embedded import EmbeddedPainter
from diptych.runtime import JUDGES, Weights
from diptych.sampling.projection import area_mean, distance
from diptych.world.render import render, render_large
from diptych.world.scene import Scene
from diptych.world.sprites import find_font
from diptych.world.words import describe
from reporting import amend, store
from timing import load

PART = 12
"""Of the benchmark's random numbers: no training and no other benchmark draws these scenes."""
Enlarge = Callable[[np.ndarray, str], np.ndarray]
"""Small picture and what it shows → large picture, uint8."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--number", type=int, default=500, help="scenes at 512 pixels; a tenth of that at 1024")
    parser.add_argument("--font", type=Path)
    parser.add_argument("--times", action="store_true", help="only take the times anew")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here (PNG)")
    options = parser.parse_args()
    weights, font = Weights(), find_font(options.font)
    painter, checker = CascadePainter(weights), Checker(Weights(JUDGES))
    some = list(scenes(checker.known, options.number, PART))
    if options.times:
        amend("cascade", "python benchmarks/cascade.py --times", {"seconds": seconds(painter, some[0], font)})
        return 0
    few = some[: max(options.number // 5, 1)]
    figures = {
        "cascade": painter.name, "steps": dict(STEPS), "levels": dict(LEVELS), "limit": LIMIT,
        "at_512": compare(painter, checker, some, font, 4),
        "at_1024": compare(painter, checker, some[: max(options.number // 10, 1)], font, 8),
        "variants": variants(painter, few, font),
        "drawings": drawings(painter, EmbeddedPainter(weights), checker, few),
        "seconds": seconds(painter, some[0], font),
    }  # fmt: skip
    if options.sheet is not None:
        cv2.imwrite(str(options.sheet), contact_sheet(painter, some[:8], font)[..., ::-1])
    store("cascade", f"python benchmarks/cascade.py --number {options.number}", figures)
    return 0


def by_rule(interpolation: int, factor: int) -> Enlarge:
    def enlarge(small: np.ndarray, words: str) -> np.ndarray:
        side = len(small) * factor
        return np.asarray(cv2.resize(small, (side, side), interpolation=interpolation), np.uint8)

    return enlarge


def compare(
    painter: CascadePainter, checker: Checker, some: Sequence[Scene], font: Path, factor: int
) -> dict[str, Any]:
    """For each way to enlarge: mean PSNR over the pictures, in dB, distance of the area mean from the small picture, in
    levels, and what the checker reads from that; beside it what it reads from the true pictures, small and large."""
    ways: dict[str, Enlarge] = {
        "cascade": lambda small, words: painter.enlarge(small, words, factor),
        "bicubic": by_rule(cv2.INTER_CUBIC, factor),
        "lanczos": by_rule(cv2.INTER_LANCZOS4, factor),
    }
    near: dict[str, list[float]] = defaultdict(list)
    off: dict[str, list[float]] = defaultdict(list)
    read: dict[str, list[dict[str, bool]]] = defaultdict(list)
    for scene in some:
        small, true = render(scene, font), render_large(scene, font, factor)
        words = describe(scene, "en")
        made = {name: enlarge(small, words) for name, enlarge in ways.items()} | {"true large": true}
        for name, large in made.items():
            if name != "true large":
                near[name].append(psnr(large, true))
            off[name].append(distance(large, small))
            read[name].append(agree(checker.read(reduced(large)), scene))
        read["true small"].append(agree(checker.read(small), scene))
    return {
        "scenes": len(some),
        "psnr": {name: round(float(np.mean(values)), 2) for name, values in near.items()},
        "gain_over_bicubic": round(float(np.mean(near["cascade"]) - np.mean(near["bicubic"])), 2),
        "area_mean_off": {
            name: {"mean": round(float(np.mean(values)), 3), "largest": round(max(values), 3)}
            for name, values in off.items()
        },
        "read_right": {
            name: {key: share([one[key] for one in found]) for key in ("objects", "colors", "sizes", "background")}
            for name, found in read.items()
        },
    }


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Of all channels, 0..255."""
    return float(10 * np.log10(255**2 / max(((one.astype(np.float32) - other) ** 2).mean(), 1e-9)))


def reduced(large: np.ndarray) -> np.ndarray:
    return np.asarray(area_mean(large, len(large) // 128) + 0.5, np.uint8)


def variants(painter: CascadePainter, few: Sequence[Scene], font: Path) -> dict[str, Any]:
    """PSNR at 512 pixels, and distance of the area mean, with one thing changed."""
    others = [*few[1:], few[0]]
    one_step, level = {"cascade512": 1}, LEVELS["cascade512"]
    changed: dict[str, dict[str, Any]] = {
        "as it is": {}, "not projected": {"limit": None},
        **{f"{number} steps": {"steps": {"cascade512": number}} for number in (1, 2, 4, 8)},
        **{f"one step, noise {value}": {"steps": one_step, "levels": {"cascade512": value}}
           for value in (0.0, level / 2, level * 2, level * 5)},
        "one step, no words": {"steps": one_step, "words": ""},
        "one step, another's words": {"steps": one_step},
    }  # fmt: skip
    found: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for scene, other in zip(few, others, strict=True):
        small, true = render(scene, font), render_large(scene, font, 4)
        for name, options in changed.items():
            said = {"words": describe(other if "another" in name else scene, "en")} | options
            large = painter.enlarge(small, factor=4, **said)
            found[name][0].append(psnr(large, true))
            found[name][1].append(distance(large, small))
    return {
        name: {"psnr": round(float(np.mean(near)), 2), "area_mean_off": round(float(np.mean(off)), 3)}
        for name, (near, off) in found.items()
    }


def drawings(
    painter: CascadePainter, generator: EmbeddedPainter, checker: Checker, few: Sequence[Scene]
) -> dict[str, Any]:
    """What the generator draws instead of true renders, read by the checker before and after; there is no true large
    picture of these."""
    before, after, off = [], [], []
    for seed, scene in enumerate(few):
        small = generator.draw(scene, seed)
        large = painter.enlarge(small, describe(scene, "en"), 4, seed)
        off.append(distance(large, small))
        before.append(agree(checker.read(small), scene))
        after.append(agree(checker.read(reduced(large)), scene))
    return {
        "drawings": len(few), "area_mean_off": round(float(np.mean(off)), 3),
        **{name: {key: share([one[key] for one in found]) for key in ("objects", "colors")}
           for name, found in (("small", before), ("large", after))},
    }  # fmt: skip


def seconds(painter: CascadePainter, scene: Scene, font: Path) -> dict[str, float]:
    """Warm, everything included; `load`: of the machine."""
    small, words = render(scene, font), describe(scene, "en")
    return {
        "128 to 512": round(timed(lambda: painter.enlarge(small, words, 4), 9), 3),
        "128 to 1024": round(timed(lambda: painter.enlarge(small, words, 8), 9), 3),
        "load": load(),
    }


def contact_sheet(painter: CascadePainter, some: Sequence[Scene], font: Path) -> np.ndarray:
    """A row for each scene: cubic, cascade and true at 512 pixels."""
    rows = []
    for scene in some:
        small = render(scene, font)
        words = describe(scene, "en")
        cubic = by_rule(cv2.INTER_CUBIC, 4)(small, words)
        rows.append(np.hstack([cubic, painter.enlarge(small, words, 4), render_large(scene, font, 4)]))
    return np.vstack(rows)


if __name__ == "__main__":
    sys.exit(main())
