"""How well holes in photographs that were never trained on are filled; beside OpenCV's and scikit-image's fills.

    python benchmarks/removal.py --data DIR [--every N] [--sheet FILE] [--times]

DIR holds `photos/` (.jpg) and `people/` (masks .png). The 40 photos and the silhouettes are held out by the hash of
their names (evaluation/held_out.py). Each photo gets five holes, 200 in all: silhouettes of held-out people, mirrored
or not, of 2 to 15 % of the photo, anywhere inside of it; all from a fixed seed. FILE gets a contact sheet of 24: the
hole outlined, filled, the truth. Prints the figures and stores them in benchmarks/results/removal.json.

Measures, on 8-bit sRGB:
* psnr: 10 log10(255² / the mean square error over the hole's pixels and the three channels), the mean over the holes.
* ssim: the map of scikit-image's `structural_similarity` (three channels, Gaussian window, sigma 1.5, no sample
  covariance, range 255), its mean over the hole's pixels, the mean over the holes. At the hole's border the window
  reaches into what is known.
* frechet: the Fréchet distance |m1 - m2|² + Tr(S1 + S2 - 2 (S1 S2)^½) between Gaussians fitted to the features of
  the 200 filled holes and of the 200 true ones. A feature has 30 numbers, taken over the hole's pixels: for three
  scales (sigma 1, 2, 4 px) and four directions (0, 45, 90, 135°) the mean and the deviation of the magnitude of a
  band-pass response (the first derivative of a Gaussian along the direction, together with the second one) of the
  lightness, as log(1 + x); mean and deviation of the three channels of Lab. Each number is divided by its deviation
  over the true holes. It says whether texture and colour are as strong, as varied and as oriented as in true photos,
  not whether they are in the right place: a smear has no energy in the fine bands.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import cv2
import numpy as np
from scipy import linalg
from skimage.metrics import structural_similarity
from skimage.restoration import inpaint_biharmonic

from diptych.operations.coarse_fill import coarse_fill
from diptych.operations.inpaint import fill
from diptych.runtime import Weights
from diptych.training.holes import silhouettes
from diptych.training.reductions import photo_paths, read_rgb
from reporting import amend, store
from timing import load

HOLES = 5
"""For each photo."""
LEAST, MOST = 0.02, 0.15
"""Share of the photo that is hole."""
RADIUS = 5
"""Of OpenCV's fills."""
LARGE = (4242, 2828)
"""Width and height of 12 megapixels."""

Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(H×W×3 uint8, H×W bool) → H×W×3 uint8."""


class Case(NamedTuple):
    """photo H×W×3 uint8, hole H×W bool."""

    photo: np.ndarray
    hole: np.ndarray


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/ and people/")
    parser.add_argument(
        "--sheet", type=Path, help="write a contact sheet here (PNG); its photos are not ours to publish"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th hole; 1 = all")
    parser.add_argument("--times", action="store_true", help="only take the times anew")
    options = parser.parse_args()
    missing = [name for name in ("photos", "people") if not (options.data / name).is_dir()]
    if missing:
        sys.stderr.write(f"{options.data} has no folder {' and no folder '.join(missing)}: see --help.\n")
        return 2
    weights = Weights()
    found = list(cases(options.data))[:: options.every]
    fills: dict[str, Fill] = {
        "Diptych": lambda photo, hole: fill(photo, hole, weights=weights),
        "Diptych, classical": lambda photo, hole: fill(photo, hole, method="classical"),
        "Diptych, the coarse network alone": lambda photo, hole: coarse_fill(photo, hole, weights),
        "Telea": telea, "Navier-Stokes": navier_stokes, "biharmonic": biharmonic,
    }  # fmt: skip
    times = "12 megapixels, 5 % hole"
    if options.times:
        amend("removal", "python benchmarks/removal.py --data DIR --times", {times: large(fills, found)})
        return 0
    truth = np.stack([feature(case.photo, case.hole) for case in found])
    some = f" --every {options.every}" if options.every > 1 else ""
    store("removal", f"python benchmarks/removal.py --data DIR{some}", {
        "weights": weights.name_of("inpainter"), "photos": len({case.photo.tobytes() for case in found}),
        "holes": len(found),
        "share_of_photo": {"mean": round(float(np.mean([case.hole.mean() for case in found])), 4)},
        "fills": {name: measure(method, found, truth) for name, method in fills.items()},
        times: large(fills, found),
    })  # fmt: skip
    if options.sheet is not None:
        cv2.imwrite(str(options.sheet), contact_sheet(fills["Diptych"], found)[..., ::-1])
    return 0


def cases(data: Path) -> Iterator[Case]:
    outlines = silhouettes(data, held_out=True)
    for number, path in enumerate(photo_paths(data, held_out=True)):
        photo = read_rgb(path)
        for again in range(HOLES):
            rng = np.random.default_rng([2026, number, again])
            yield Case(photo, placed(rng, outlines, *photo.shape[:2]))


def placed(rng: np.random.Generator, outlines: Sequence[np.ndarray], height: int, width: int) -> np.ndarray:
    """One of the outlines, H×W bool, in a frame of height×width, wholly inside of it."""
    while True:
        outline = outlines[int(rng.integers(len(outlines)))]
        outline = outline[:, ::-1] if rng.random() < 0.5 else outline
        share = float(np.exp(rng.uniform(np.log(LEAST), np.log(MOST))))
        scale = (share * height * width / outline.sum()) ** 0.5
        rows, columns = (max(round(side * scale), 1) for side in outline.shape)
        if rows > height or columns > width:
            continue
        shape = cv2.resize(outline.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
        y, x = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
        hole = np.zeros((height, width), bool)
        hole[y : y + rows, x : x + columns] = shape
        if LEAST <= hole.mean() <= MOST:
            return hole


# ---- what is compared ----------------------------------------------------------------------------------------------


def telea(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return cv2.inpaint(photo, hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)


def navier_stokes(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return cv2.inpaint(photo, hole.astype(np.uint8), RADIUS, cv2.INPAINT_NS)


def biharmonic(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """In the hole's box and a few pixels around it: the operator looks no further."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    box = np.s_[max(rows[0] - 8, 0) : rows[-1] + 9, max(columns[0] - 8, 0) : columns[-1] + 9]
    filled = photo.copy()
    levels = inpaint_biharmonic(photo[box], hole[box], channel_axis=2) * 255
    filled[box][hole[box]] = np.rint(np.clip(levels, 0, 255))[hole[box]]
    return filled


# ---- measures ------------------------------------------------------------------------------------------------------


def measure(method: Fill, found: Sequence[Case], truth: np.ndarray) -> dict[str, float]:
    psnrs, ssims, features = [], [], []
    for photo, hole in found:
        filled = method(photo, hole)
        if not np.array_equal(filled[~hole], photo[~hole]):
            raise ValueError("pixels outside of the hole have changed")
        psnrs.append(psnr(filled, photo, hole))
        ssims.append(ssim(filled, photo, hole))
        features.append(feature(filled, hole))
    return {
        "psnr": round(float(np.mean(psnrs)), 3), "ssim": round(float(np.mean(ssims)), 4),
        "frechet": round(frechet(np.stack(features), truth), 3),
    }  # fmt: skip


def psnr(filled: np.ndarray, photo: np.ndarray, hole: np.ndarray) -> float:
    square = np.square(filled[hole].astype(np.float64) - photo[hole]).mean()
    return float(10 * np.log10(255**2 / max(square, 1e-3)))


def ssim(filled: np.ndarray, photo: np.ndarray, hole: np.ndarray) -> float:
    _, map_ = structural_similarity(
        filled, photo, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255,
        full=True,
    )  # fmt: skip
    return float(map_[hole].mean())


SIGMAS, DIRECTIONS = (1.0, 2.0, 4.0), 4


def feature(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """30 numbers: see above."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    planes = []
    for sigma in SIGMAS:
        for direction in range(DIRECTIONS):
            odd, even = derivatives(sigma, np.pi * direction / DIRECTIONS)
            size = np.hypot(cv2.filter2D(lab[..., 0], -1, odd), cv2.filter2D(lab[..., 0], -1, even))
            planes.append(np.log1p(size))
    values = np.dstack([*planes, lab])[hole]
    return np.concatenate([values.mean(0), values.std(0)]).astype(np.float64)


def derivatives(sigma: float, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Kernels of the first and second derivative of a Gaussian along `angle`, of mean 0, times sigma and sigma²."""
    reach = round(3 * sigma)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64) / sigma
    t = x * np.cos(angle) + y * np.sin(angle)
    bell = np.exp(-(x**2 + y**2) / 2) / (2 * np.pi * sigma**2)
    even = (t**2 - 1) * bell
    return (-t * bell).astype(np.float32), (even - even.mean()).astype(np.float32)


def frechet(found: np.ndarray, truth: np.ndarray) -> float:
    """Between Gaussians fitted to N×D features, each dimension in deviations of the truth."""
    unit = truth.std(0)
    one, other = found / unit, truth / unit
    covariances = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = linalg.sqrtm(covariances[0] @ covariances[1])
    apart = np.square(one.mean(0) - other.mean(0)).sum()
    return float(apart + np.trace(covariances[0] + covariances[1] - 2 * np.real(root)))


def large(fills: dict[str, Fill], found: Sequence[Case]) -> dict[str, float]:
    """Seconds of each way of ours; `load`: of the machine."""
    return {name: seconds(fills[name], found) for name in ("Diptych", "Diptych, classical")} | {"load": load()}


def seconds(method: Fill, found: Sequence[Case], rounds: int = 5) -> float:
    """The median over photos enlarged to 12 megapixels, with the silhouette whose share is nearest to 5 %, warm."""
    case = min(found, key=lambda case: abs(case.hole.mean() - 0.05))
    hole = cv2.resize(case.hole.astype(np.uint8), LARGE, interpolation=cv2.INTER_NEAREST) > 0
    taken = []
    for other in found[:: HOLES * 8][:rounds]:
        enlarged = cv2.resize(other.photo, LARGE, interpolation=cv2.INTER_CUBIC)
        here = hole if enlarged.shape[:2] == hole.shape else np.ascontiguousarray(hole.T)
        method(enlarged, here)
        started = perf_counter()
        method(enlarged, here)
        taken.append(perf_counter() - started)
    return round(float(np.median(taken)), 3)


def contact_sheet(method: Fill, found: Sequence[Case], count: int = 24) -> np.ndarray:
    """The hole outlined, filled, and the truth; three cases in a row, H×W×3 uint8."""
    tiles = []
    for photo, hole in found[:: len(found) // count][:count]:
        marked = photo.copy()
        outlines, _ = cv2.findContours(hole.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(marked, outlines, -1, (255, 0, 255), 2)
        three = np.hstack([marked, method(photo, hole), photo])
        size = (900, 600) if photo.shape[0] < photo.shape[1] else (600, 600)
        fitted = cv2.resize(
            three, (size[0], round(size[0] * three.shape[0] / three.shape[1])), interpolation=cv2.INTER_AREA
        )
        tile = np.full((304, 904, 3), 255, np.uint8)
        fitted = fitted[:300, :900]
        tile[: fitted.shape[0], : fitted.shape[1]] = fitted
        tiles.append(tile)
    return np.vstack([np.hstack(tiles[at : at + 3]) for at in range(0, len(tiles), 3)])


if __name__ == "__main__":
    sys.exit(main())
