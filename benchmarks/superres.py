"""How well, how fast and in how much memory photographs are enlarged; beside interpolation and published networks.

    python benchmarks/superres.py --data DIR [--sheet FILE] [--weights FOLDER] [--quick]

DIR holds superres/{Set5,Set14}/x{2,4} with pairs `_HR` / `_LR`, reduced by MATLAB's bicubic `imresize`. There are no
pairs of x3: the HR of x2 is cut to multiples of 3 and reduced here (evaluation/bicubic.py); `check` says by how much
that differs from the pairs at x2 and x4, and holds the figures of bicubic interpolation beside the published ones: a
wrong convention would show there. FILE gets a contact sheet. --quick takes two pictures of each set and a small picture
for memory, and stores nothing.

PSNR and SSIM (evaluation/fidelity.py) are taken on Y of bytes, `factor` pixels of the border cut off, the means over
the pictures. A file with one channel, of which Set14 has one, is measured as it is, as MATLAB's scripts do; as Y of
three equal channels, which span fewer levels, it gives Set14 0.09 dB more: `grey as RGB`.

Published figures are marked so and name their sources; their networks learned from 800 and more photographs of 2K, ours
from 360 of 481×321. Milliseconds are measured here: the networks' shapes with random weights, ONNX Runtime with the
same options and threads as ours, in turn, medians. Ours goes from bytes to bytes, as it is used; theirs from floats to
floats, those of ESPCN and FSRCNN for Y alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from safetensors import safe_open

from diptych.evaluation.bicubic import imresize
from diptych.evaluation.fidelity import luma, psnr, ssim, without_border
from diptych.operations.networks import enlarged
from diptych.runtime import Network, Weights
from diptych.training.reductions import read_rgb
from peers.superres_networks import NETWORKS, PUBLISHED, SOURCES, channels, exported, parameters
from reporting import store
from timing import in_turn, load, peak_of

SETS = ("Set5", "Set14")
FACTORS = (2, 3, 4)
SIDE = 256
"""Of the picture that is enlarged four times to take the time."""
LARGE = (5000, 8000)
"""Height and width of 40 megapixels."""

Enlarge = Callable[[np.ndarray, int], np.ndarray]
"""(h×w×3 uint8, factor) → rh×rw×3 uint8."""


class Pair(NamedTuple):
    """small h×w×3, large rh×rw×3, uint8; whether the file has one channel."""

    small: np.ndarray
    large: np.ndarray
    grey: bool = False

    def plane(self, picture: np.ndarray) -> np.ndarray:
        """What is measured of a picture like `large`: H×W float64."""
        return picture[..., 0].astype(np.float64) if self.grey else luma(picture)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds superres/")
    parser.add_argument("--sheet", type=Path, help="a contact sheet (PNG); its pictures are not ours to publish")
    parser.add_argument("--weights", type=Path, help="a folder of networks in place of those that ship")
    parser.add_argument("--quick", action="store_true", help="a few pictures and rounds, only to see that it runs")
    options = parser.parse_args()
    missing = [name for name in SETS if not (options.data / "superres" / name).is_dir()]
    if missing:
        sys.stderr.write(f"{options.data / 'superres'} has no folder {' and no folder '.join(missing)}: see --help.\n")
        return 2
    weights = Weights() if options.weights is None else Weights(options.weights)
    count, rounds = (2, 1) if options.quick else (None, 15)
    found = {
        f"x{factor}": {name: list(pairs(options.data / "superres" / name, factor))[:count] for name in SETS}
        for factor in FACTORS
    }
    ways = methods(weights)
    quality = {
        factor: {name: {way: measure(made, each[name], int(factor[1:])) for way, made in ways.items()} for name in SETS}
        for factor, each in found.items()
    }
    figures = {
        "weights": {name: weights.name_of(name) for name in names()},
        "quality": quality, "check": checks(quality, found),
        "grey as RGB": {
            factor: measure(ways["Diptych"], [one._replace(grey=False) for one in each["Set14"]], int(factor[1:]))
            for factor, each in found.items()
        },
        "published": {"scores": PUBLISHED, "sources": SOURCES},
        "parameters": {
            "Diptych": {f"x{factor}": own_parameters(weights, f"superres{factor}") for factor in FACTORS},
            **{name: {f"x{factor}": parameters(name, factor) for factor in FACTORS} for name in NETWORKS},
        },
        "256x256 to 1024x1024": speed(weights, found["x4"]["Set5"][0].large, rounds),
        "tiles": tiles(weights, found["x2"]["Set14"][0].large),
        "40 megapixels x2": memory(weights, (600, 900) if options.quick else LARGE),
    }  # fmt: skip
    if options.quick:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    else:
        store("superres", "python benchmarks/superres.py --data DIR", figures)
    if options.sheet is not None:
        cv2.imwrite(str(options.sheet), contact_sheet(ways, found)[..., ::-1])
    return 0


def names() -> list[str]:
    return [f"{kind}{factor}" for kind in ("superres", "snapshot") for factor in FACTORS]


def pairs(folder: Path, factor: int) -> Iterator[Pair]:
    for path in sorted((folder / f"x{2 if factor == 3 else factor}").glob("*_HR.png")):
        large, grey = read_rgb(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED).ndim == 2
        if factor != 3:
            yield Pair(read_rgb(path.with_name(path.name.replace("_HR", "_LR"))), large, grey)
            continue
        h, w = large.shape[0] // 3, large.shape[1] // 3
        yield Pair(imresize(large[: 3 * h, : 3 * w], h, w), large[: 3 * h, : 3 * w], grey)


# ---- what is compared ----------------------------------------------------------------------------------------------


def methods(weights: Weights) -> dict[str, Enlarge]:
    return {
        "Diptych": lambda small, factor: enlarged(small, factor, weights, faithful=True),
        "Diptych, for snapshots": lambda small, factor: enlarged(small, factor, weights, faithful=False),
        "bicubic": lambda small, factor: imresize(small, factor * small.shape[0], factor * small.shape[1]),
        "Lanczos": lanczos, "Lanczos, back-projected": back_projected,
    }  # fmt: skip


def lanczos(small: np.ndarray, factor: int) -> np.ndarray:
    return cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_LANCZOS4)


def back_projected(small: np.ndarray, factor: int) -> np.ndarray:
    """What Diptych did before it had networks: two rounds of what the reduced result lacks (Irani & Peleg, 1991)."""
    result = lanczos(small, factor)
    for _ in range(2):
        again = cv2.resize(result, small.shape[1::-1], interpolation=cv2.INTER_AREA)
        missing = cv2.subtract(small, again, dtype=cv2.CV_16S)
        missing = cv2.resize(missing, result.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        result = cv2.add(result, missing, dtype=cv2.CV_8U)
    return result


# ---- measures ------------------------------------------------------------------------------------------------------


def measure(way: Enlarge, found: list[Pair], factor: int) -> dict[str, float]:
    scores = []
    for pair in found:
        made, true = (pair.plane(without_border(one, factor)) for one in (way(pair.small, factor), pair.large))
        scores.append((psnr(made, true), ssim(made, true)))
    means = np.mean(scores, axis=0)
    return {"psnr": round(float(means[0]), 3), "ssim": round(float(means[1]), 4)}


def checks(quality: dict[str, Any], found: dict[str, dict[str, list[Pair]]]) -> dict[str, Any]:
    """Bicubic interpolation here and as published, and our reductions beside those of the pairs."""
    beside = {
        f"{name} {factor}": {"here": each[name]["bicubic"]["psnr"], "published": PUBLISHED["bicubic"][factor][name][0]}
        for factor, each in quality.items()
        for name in SETS
    }
    apart = [
        np.abs(imresize(pair.large, *pair.small.shape[:2]).astype(int) - pair.small)
        for factor in ("x2", "x4")
        for each in found[factor].values()
        for pair in each
    ]
    return {
        "bicubic": beside,
        "our reductions against the pairs', largest difference in levels": int(max(one.max() for one in apart)),
    }


def own_parameters(weights: Weights, name: str) -> int:
    """In use, branches summed; the repetition of pixels was not learned."""
    with safe_open(weights.folder / f"{name}.safetensors", "np") as file:
        return sum(int(np.prod(file.get_slice(key).get_shape())) for key in file.keys() if "repeat" not in key)  # noqa: SIM118


def speed(weights: Weights, picture: np.ndarray, rounds: int) -> dict[str, Any]:
    """Median milliseconds, and how many times as long as ours the others take.

    `alone`: ours before the others are loaded, as it is in use; in turn with them, what their threads still do when it
    is its turn costs it a third.
    """
    photo = np.ascontiguousarray(picture[:SIDE, :SIDE])
    ours = {"Diptych": lambda: enlarged(photo, 4, weights, faithful=True)}
    alone = in_turn(ours, rounds)["Diptych"]
    with tempfile.TemporaryDirectory() as folder:
        theirs = {name: runner(name, Path(folder), weights.threads) for name in NETWORKS}
        medians = in_turn({**ours, **theirs}, rounds)
    return {
        "alone": round(alone, 1),
        "milliseconds": {name: round(value, 1) for name, value in medians.items()},
        "times ours": {name: round(medians[name] / medians["Diptych"], 2) for name in NETWORKS},
        "threads": weights.threads, "rounds": rounds, "load": load(),
    }  # fmt: skip


def runner(name: str, folder: Path, threads: int) -> Callable[[], object]:
    network = Network(exported(name, 4, SIDE, folder), threads)
    picture = np.random.default_rng(0).random((1, channels(name), SIDE, SIDE), np.float32)
    return lambda: network(pictures=picture)


def tiles(weights: Weights, picture: np.ndarray) -> dict[str, Any]:
    """The same picture, larger than a tile, as a whole and in tiles: largest difference in levels for each network."""
    from diptych.operations import networks

    large = np.tile(picture, (2, 2, 1))[:900, :1000]
    differences = {}
    for name in names():
        factor, faithful = int(name[-1]), name.startswith("superres")
        planes = weights.loaded(name)(pictures=large[None])[0][0]
        whole = networks.interleaved(planes, factor).astype(int)
        differences[name] = int(np.abs(enlarged(large, factor, weights, faithful=faithful) - whole).max())
    return {"picture": f"{large.shape[1]}x{large.shape[0]}", "largest difference in levels": differences}


NETWORK_ALONE = """
import sys, time
from pathlib import Path
import numpy as np
from diptych.operations.networks import enlarged
from diptych.runtime import Weights
photo = np.load(sys.argv[2], mmap_mode="r")
started = time.perf_counter()
large = enlarged(photo, 2, Weights(Path(sys.argv[1])), faithful=True)
print(time.perf_counter() - started)
assert large.shape == (2 * photo.shape[0], 2 * photo.shape[1], 3), large.shape
"""
WHOLE_EDIT = """
import sys, time
from pathlib import Path
import numpy as np
from diptych import Picture, Plan, Studio
from diptych.core.operation import Upscale
from diptych.runtime import Weights
photo = Picture(np.load(sys.argv[2]))
started = time.perf_counter()
plan = Plan(steps=(Upscale(factor=2.0, faithful=True),))
large = Studio(weights=Weights(Path(sys.argv[1]))).edit(photo, plan).picture
print(time.perf_counter() - started)
assert (large.height, large.width) == (2 * photo.height, 2 * photo.width), large
"""


def memory(weights: Weights, size: tuple[int, int]) -> dict[str, Any]:
    """Peak of a process that enlarges a picture twice, source and result included: the network alone, a whole edit."""
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.npy"
        np.save(path, picture)
        del picture
        programs = {"network alone": NETWORK_ALONE, "Studio.edit": WHOLE_EDIT}
        peaks = {name: peak_of(program, str(weights.folder), str(path)) for name, program in programs.items()}
    return {"picture": f"{size[1]}x{size[0]}", "load": load(), **peaks}


def contact_sheet(ways: dict[str, Enlarge], found: dict[str, dict[str, list[Pair]]], side: int = 240) -> np.ndarray:
    """x4: a part of each of eight pictures by every way, and the truth; a picture in a row, H×W×3 uint8."""
    rows = []
    for small, large, _ in [*found["x4"]["Set5"], *found["x4"]["Set14"]][:8]:
        height, width = large.shape[:2]
        y, x = max(height - side, 0) // 2, max(width - side, 0) // 2
        parts = [made[y : y + side, x : x + side] for made in (*(way(small, 4) for way in ways.values()), large)]
        whole = [np.pad(part, ((0, side - part.shape[0]), (0, side - part.shape[1]), (0, 0))) for part in parts]
        rows.append(np.hstack(whole))
    return np.vstack(rows)


if __name__ == "__main__":
    sys.exit(main())
