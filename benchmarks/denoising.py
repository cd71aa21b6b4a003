"""How well noise and JPEG's marks are taken off photographs that were never trained on; beside BM3D, non-local means
and wavelets.

    python benchmarks/denoising.py --data DIR [--bm3d COUNT] [--sheet FILE] [--weights FOLDER] [--quick]

DIR holds `photos/` (.jpg); the 40 photographs are held out by the hash of their names (evaluation/held_out.py). FILE
gets a contact sheet. --quick takes parts of two photos and stores nothing. Needs the extra `bench`; `bm3d` in it is for
non-commercial use only. BM3D takes some ten seconds a photo, so it gets the first COUNT of them, and what is said to
lie above it is taken on the same ones.

Noise is white, of 15, 25 and 50 levels in R, G and B, from a fixed seed, cut off at 0 and 255 and rounded: bytes, as a
user's file has them. Published figures are of noise that is neither cut off nor rounded. That is easier: what is cut
off darkens highlights and lightens shadows, which BM3D doesn't know of and Diptych has learned. So both stand beside on
such noise, too, for some of the photos; Diptych never learned from it. PSNR is over R, G and B together, SSIM the mean
of the three (evaluation/fidelity.py); means over the photos.

Who knows what: "blind" is Diptych as it is used, the strength gauged. BM3D, wavelets (Diptych's filter before the
networks) and Diptych "told" get the true sigma. Non-local means get the sigma times the share, out of SHARES, that is
best on six photographs that Diptych learned from; against JPEG, the best of STRENGTHS on those.

The published figures are those of CBSD68, 68 other photographs of the same collection (BSDS). What compares across sets
is the distance from BM3D, which stands in both.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from diptych.evaluation.fidelity import psnr, ssim
from diptych.models.cleaner import SIGMA, STRIDE
from diptych.operations.networks import cleaned, gauged
from diptych.operations.noise import denoise_pixels, estimate_sigma
from diptych.runtime import Weights
from diptych.training.degrading import compressed, noised
from diptych.training.reductions import photo_paths, read_rgb
from peers.denoisers import NON_LOCAL, PUBLISHED, as_bytes, by_bm3d, non_local
from reporting import store
from timing import load

SIGMAS, QUALITIES = (15, 25, 50), (10, 20, 40)
SEED = 2026
TUNING = 6
"""Photographs, of those that are learned from, to find the strengths of non-local means on."""
SHARES = (0.4, 0.6, 0.8, 1.0, 1.3)
STRENGTHS = (2.0, 4.0, 7.0, 11.0)
UNCLIPPED = 10
"""Photographs, at most, for the figure on noise that isn't cut off."""
Clean = Callable[[np.ndarray], np.ndarray]
"""H×W×3 uint8 → H×W×3 uint8."""
Scores = dict[str, np.ndarray]
"""For each way, photos × (PSNR, SSIM, seconds a megapixel)."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/")
    parser.add_argument("--bm3d", type=int, default=20, metavar="COUNT", help="photos that BM3D gets")
    parser.add_argument("--photos", type=int, metavar="COUNT", help="only the first COUNT; and fewer to tune others on")
    parser.add_argument("--sheet", type=Path, help="a contact sheet (PNG); its photos are not ours to publish")
    parser.add_argument("--weights", type=Path, help="a folder of networks in place of those that ship")
    parser.add_argument("--quick", action="store_true", help="parts of two photos, only to see that it runs")
    options = parser.parse_args()
    if not (options.data / "photos").is_dir():
        sys.stderr.write(f"{options.data} has no folder photos: see --help.\n")
        return 2
    weights = Weights() if options.weights is None else Weights(options.weights)
    cv2.setNumThreads(weights.threads)
    photos = [read_rgb(path) for path in photo_paths(options.data, held_out=True)]
    learned = photo_paths(options.data, held_out=False)
    tuning = [read_rgb(path) for path in learned[:: len(learned) // TUNING][:TUNING]]
    if options.photos is not None:
        photos, tuning = photos[: options.photos], tuning[: max(options.photos * TUNING // len(photos), 1)]
    if options.quick:
        photos, tuning = ([photo[:192, :192] for photo in some] for some in (photos[:2], tuning[:1]))
    shares = {name: tuned_shares(way, tuning) for name, way in NON_LOCAL.items()}
    strengths = {str(quality): tuned_strength(quality, tuning) for quality in QUALITIES}
    count = 1 if options.quick else options.bm3d
    noise = {
        str(sigma): compare(noise_ways(weights, sigma, shares), photos, with_noise(sigma), {"BM3D": count})
        for sigma in SIGMAS
    }
    figures: dict[str, Any] = {
        "weights": weights.name_of("gauge", "cleaner"), "photos": len(photos), "seed": SEED,
        "noise": {sigma: means(scores) for sigma, scores in noise.items()},
        "noise not cut off": unclipped(photos[: min(UNCLIPPED, count)], weights, noise),
        "published": PUBLISHED, "above BM3D": {sigma: above(scores, sigma) for sigma, scores in noise.items()},
        "jpeg": {
            str(quality): means(compare(jpeg_ways(weights, quality, strengths), photos, with_jpeg(quality), {}))
            for quality in QUALITIES
        },
        "clean": left_alone(photos, weights), "gauge": gauge(photos, weights),
        "chosen for non-local means": {"share of sigma": shares, "against JPEG": strengths},
        "seconds a megapixel": {**seconds(noise["25"]), "threads": weights.threads, "load": load()},
    }  # fmt: skip
    if options.quick:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    else:
        some = "" if options.photos is None else f" --photos {options.photos}"
        store("denoising", f"python benchmarks/denoising.py --data DIR --bm3d {count}{some}", figures)
    if options.sheet is not None:
        cv2.imwrite(str(options.sheet), contact_sheet(weights, photos, shares)[..., ::-1])
    return 0


# ---- damage --------------------------------------------------------------------------------------------------------


def with_noise(sigma: float) -> Callable[[np.ndarray, int], np.ndarray]:
    """(photo, its number) → the photo with noise, the same each time."""
    return lambda photo, number: noised(photo, sigma, np.random.default_rng([SEED, number, int(sigma)]))


def with_noise_uncut(sigma: float) -> Callable[[np.ndarray, int], np.ndarray]:
    """The same noise before it is made bytes: levels, float32."""

    def damaged(photo: np.ndarray, number: int) -> np.ndarray:
        noise = np.random.default_rng([SEED, number, int(sigma)]).standard_normal(photo.shape, dtype=np.float32)
        return photo + noise * np.float32(sigma)

    return damaged


def with_jpeg(quality: int) -> Callable[[np.ndarray, int], np.ndarray]:
    """Colour at half resolution, as cameras and web sites have it."""
    return lambda photo, number: compressed(photo, quality, subsampled=True)


# ---- what is compared ----------------------------------------------------------------------------------------------


def noise_ways(weights: Weights, sigma: float, shares: dict[str, dict[str, float]]) -> dict[str, Clean]:
    return {
        "Diptych, blind": lambda photo: cleaned(photo, weights)[0],
        "Diptych, told": lambda photo: cleaned(photo, weights, sigma=sigma)[0],
        "wavelets": lambda photo: denoise_pixels(photo, sigma),
        **{name: partial(way, h=shares[name][str(sigma)] * sigma, sigma=sigma) for name, way in NON_LOCAL.items()},
        "BM3D": lambda photo: by_bm3d(photo, sigma, weights.threads),
    }


def jpeg_ways(weights: Weights, quality: int, strengths: dict[str, float]) -> dict[str, Clean]:
    return {
        "Diptych, blind": lambda photo: cleaned(photo, weights)[0],
        "Diptych, told": lambda photo: cleaned(photo, weights, quality=quality)[0],
        "wavelets": lambda photo: denoise_pixels(photo, estimate_sigma(photo)),
        "non-local means, OpenCV": lambda photo: non_local(photo, strengths[str(quality)], 0.0),
    }


def tuned_shares(way: Callable[..., np.ndarray], photos: Sequence[np.ndarray]) -> dict[str, float]:
    """For each sigma the share of it that gives the highest mean PSNR as `h`."""
    best = {}
    for sigma in SIGMAS:
        damaged = [with_noise(sigma)(photo, 1000 + number) for number, photo in enumerate(photos)]
        scores = {share: mean_psnr(partial(way, h=share * sigma, sigma=sigma), damaged, photos) for share in SHARES}
        best[str(sigma)] = max(scores, key=scores.__getitem__)
    return best


def tuned_strength(quality: int, photos: Sequence[np.ndarray]) -> float:
    damaged = [with_jpeg(quality)(photo, number) for number, photo in enumerate(photos)]
    scores = {h: mean_psnr(partial(non_local, h=h, sigma=0.0), damaged, photos) for h in STRENGTHS}
    return max(scores, key=scores.__getitem__)


def mean_psnr(way: Clean, damaged: Sequence[np.ndarray], photos: Sequence[np.ndarray]) -> float:
    return float(np.mean([psnr(way(bad), photo) for bad, photo in zip(damaged, photos, strict=True)]))


# ---- measures ------------------------------------------------------------------------------------------------------


def compare(
    ways: dict[str, Clean],
    photos: Sequence[np.ndarray],
    damage: Callable[[np.ndarray, int], np.ndarray],
    limits: dict[str, int],
) -> Scores:
    """All ways on a photo, then on the next; those named in `limits` on so many only."""
    scores: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ("as it is", *ways)}
    for number, photo in enumerate(photos):
        bad = damage(photo, number)
        for name, way in {"as it is": np.copy, **ways}.items():
            if number >= limits.get(name, len(photos)):
                continue
            started = perf_counter()
            made = way(bad)
            taken = perf_counter() - started
            scores[name].append((psnr(made, photo), ssim(made, photo), taken * 1e6 / (photo.shape[0] * photo.shape[1])))
    return {name: np.array(values) for name, values in scores.items()}


def means(scores: Scores) -> dict[str, dict[str, float]]:
    return {
        name: {
            "photos": len(values),
            "psnr": round(float(values[:, 0].mean()), 3), "ssim": round(float(values[:, 1].mean()), 4),
        }
        for name, values in scores.items()
    }  # fmt: skip


def seconds(scores: Scores) -> dict[str, float]:
    """Medians; scikit-image uses one core, the others all."""
    return {name: round(float(np.median(values[:, 2])), 3) for name, values in scores.items() if name != "as it is"}


def above(scores: Scores, sigma: str) -> dict[str, float]:
    """PSNR above BM3D's: here, on the photos that it got, and of published networks on their set."""
    theirs, published = scores["BM3D"][:, 0], PUBLISHED["psnr"]
    names = ("Diptych, blind", "Diptych, told")
    distances = {name: float((scores[name][: len(theirs), 0] - theirs).mean()) for name in names}
    for name in ("DnCNN", "FFDNet"):
        distances[f"{name}, published"] = published[name][sigma] - published["BM3D"][sigma]
    return {"photos": len(theirs), **{name: round(value, 2) for name, value in distances.items()}}


def unclipped(photos: Sequence[np.ndarray], weights: Weights, noise: dict[str, Scores]) -> dict[str, Any]:
    """PSNR on noise as published figures have it, and on the same noise as bytes, for the first photos."""
    table: dict[str, Any] = {"photos": len(photos)}
    for sigma in SIGMAS:
        found = []
        for number, photo in enumerate(photos):
            levels = with_noise_uncut(sigma)(photo, number)
            ways = (by_bm3d(levels, sigma, weights.threads), on_floats(levels, sigma, weights))
            found.append([psnr(made, photo) for made in ways])
        means = dict(zip(("BM3D", "Diptych, told"), np.mean(found, axis=0), strict=True))
        means |= {f"{name}, bytes": noise[str(sigma)][name][: len(photos), 0].mean() for name in list(means)}
        table[str(sigma)] = {name: round(float(value), 3) for name, value in means.items()}
        table[str(sigma)]["above BM3D"] = round(float(means["Diptych, told"] - means["BM3D"]), 2)
    return table


def on_floats(levels: np.ndarray, sigma: float, weights: Weights) -> np.ndarray:
    """The network on levels below 0 and above 255, which it never learned from and never gets in use."""
    height, width = levels.shape[:2]
    filled = np.pad(levels, ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0)), mode="reflect")
    pictures = np.ascontiguousarray(filled.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
    made = weights.loaded("cleaner")(pictures=pictures, strengths=np.array([[sigma / SIGMA, 0]], np.float32))[0][0]
    return as_bytes(255 * made.transpose(1, 2, 0)[:height, :width])


def left_alone(photos: Sequence[np.ndarray], weights: Weights) -> dict[str, Any]:
    """What the photos as they are go through: changes in levels."""
    changes = [np.abs(cleaned(photo, weights)[0].astype(int) - photo) for photo in photos]
    return {
        "photos changed": sum(bool(change.any()) for change in changes),
        "largest change": int(max(change.max() for change in changes)),
        "mean change": round(float(np.mean([change.mean() for change in changes])), 4),
        "mean change of the most changed": round(float(max(change.mean() for change in changes)), 4),
    }


def gauge(photos: Sequence[np.ndarray], weights: Weights) -> dict[str, Any]:
    """Mean absolute errors of what is read off, in levels and points of quality; what clean photos are taken for."""
    table: dict[str, Any] = {"sigma, error at": {}, "quality, error at": {}}
    for sigma in SIGMAS:
        read = [gauged(with_noise(sigma)(photo, number), weights).sigma for number, photo in enumerate(photos)]
        table["sigma, error at"][str(sigma)] = round(float(np.abs(np.array(read) - sigma).mean()), 2)
    for quality in QUALITIES:
        read = [gauged(with_jpeg(quality)(photo, 0), weights).quality for photo in photos]
        table["quality, error at"][str(quality)] = round(float(np.abs(np.array(read) - quality).mean()), 2)
    clean = [gauged(photo, weights) for photo in photos]
    table["clean photos are taken for"] = {
        "sigma": round(float(np.mean([damage.sigma for damage in clean])), 2),
        "quality": round(float(np.mean([damage.quality for damage in clean])), 2),
    }
    return table


def contact_sheet(weights: Weights, photos: Sequence[np.ndarray], shares: dict[str, dict[str, float]]) -> np.ndarray:
    """A part of a photo in a row: damaged, Diptych blind, BM3D (of JPEG: wavelets), the truth; H×W×3 uint8."""
    rows, side = [], min(300, *photos[0].shape[:2])
    for number, photo in enumerate(photos[:8]):
        sigma, quality = SIGMAS[number % 3], QUALITIES[number % 3]
        if number % 4 < 2:
            bad = with_noise(sigma)(photo, number)
            ways = noise_ways(weights, sigma, shares)
            made = [ways[name](bad) for name in ("Diptych, blind", "BM3D")]
        else:
            bad = with_jpeg(quality)(photo, number)
            made = [cleaned(bad, weights)[0], denoise_pixels(bad, estimate_sigma(bad))]
        y, x = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
        rows.append(np.hstack([one[y : y + side, x : x + side] for one in (bad, *made, photo)]))
    return np.vstack(rows)


if __name__ == "__main__":
    sys.exit(main())
