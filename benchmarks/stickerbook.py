"""Drawing, describing, answering and editing in the Stickerbook, and how long they take.

    python benchmarks/stickerbook.py [--number N] [--font FILE] [--times]

What is right and wrong is `diptych bench stickerbook`. Times are medians, of whole processes (from the shell) and
inside of a warm one; beside them, where torch is installed, the denoiser in torch eager.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from diptych import Picture, Studio
from diptych.evaluation.stickerbook import timed
from diptych.judged import PARTS, measure, measure_part
from diptych.painters.stickerbook import Stickerbook
from diptych.runtime import WEIGHTS, Weights
from diptych.world.sprites import find_font
from reporting import RESULTS, amend, now, store

WORDS = "a big purple cat left of two small stars, at night"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument(
        "--number", type=int, default=1000, help="prompts, pictures and edits; questions are twice as many"
    )
    parser.add_argument("--font", type=Path)
    parser.add_argument("--workers", type=int, default=2, help="processes, of one thread each")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="measure these again and keep the others' figures")
    parser.add_argument("--times", action="store_true", help="only the times anew, which want a quiet machine")
    options = parser.parse_args()
    if options.times:
        command = "python benchmarks/stickerbook.py --times"
        amend("stickerbook", command, {"seconds": times(), "denoiser_milliseconds": beside_torch()})
        return 0
    if options.parts:
        again(options)
        return 0
    figures: dict[str, Any] = {"seconds": times(), "denoiser_milliseconds": beside_torch()}
    figures |= measure(options.number, options.font, lambda text: sys.stderr.write(text + "\n"), options.workers)
    store("stickerbook", f"python benchmarks/stickerbook.py --number {options.number}", figures)
    return 0


def again(options: argparse.Namespace) -> None:
    """Some parts anew, into the stored figures; "again" says which, when, and at which commit."""
    path = RESULTS / "stickerbook.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    for part in options.parts:
        stored[part] = measure_part(part, options.number, find_font(options.font), None)
        stored.setdefault("again", {})[part] = now()
    path.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def times() -> dict[str, float]:
    """Seconds: a drawing from the shell, process start included, and a drawing and a description in a warm process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.png"
        command = [sys.executable, "-m", "diptych", "draw", WORDS, "-o", str(path)]
        shell = []
        for _ in range(5):
            start = perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            shell.append(perf_counter() - start)
        studio, book = Studio(), Stickerbook()
        pixels = studio.draw(WORDS).picture.pixels
        found = {
            "draw_from_the_shell": round(median(shell), 3),
            "draw_warm": round(timed(lambda: studio.draw(WORDS, seed=4)), 3),
        }
        reader, bare = book.reader, Path(folder) / "bare.png"
        Picture(np.array(pixels)).save(bare)  # without its record: it has to be read
        return found | {
            "describe_warm": round(timed(lambda: studio.describe(bare)), 3),
            "see_warm": round(timed(lambda: reader.scene(pixels)), 3),
        }


def beside_torch() -> dict[str, float] | None:
    """Milliseconds of one call of the denoiser on one picture: ONNX, and torch eager with the same weights and threads;
    None without torch."""
    try:
        import torch
    except ImportError:
        return None
    from diptych.models.denoiser import Denoiser, DenoiserConfig
    from diptych.training.loop import load_weights

    weights = Weights()
    config = weights.manifest["configs"]["generator"]
    model = load_weights(Denoiser(DenoiserConfig(**config)), WEIGHTS / "generator.safetensors")
    torch.set_num_threads(weights.threads)
    side, channels = 16, model.config.latent
    arrays = {
        "noisy": np.zeros((1, channels, side, side), np.float32), "time": np.array([0.5], np.float32),
        "source": np.zeros((1, channels, side, side), np.float32), "mask": np.ones((1, 1, side, side), np.float32),
        "things": np.ones((1, 6, 5), np.int64), "background": np.ones((1, 4), np.int64),
    }  # fmt: skip
    network = weights.network("denoise")
    tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
    with torch.no_grad():
        eager = timed(lambda: model(**tensors), 20)
    onnx = timed(lambda: network(**arrays), 20)
    return {"onnx": round(1000 * onnx, 2), "torch_eager": round(1000 * eager, 2), "ratio": round(onnx / eager, 3)}


if __name__ == "__main__":
    sys.exit(main())
