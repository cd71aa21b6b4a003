"""How well the embedded finders outline people: mean IoU with outlines drawn by people.

    python benchmarks/regions.py --data DIR [--limit N]

DIR holds `people/` (photos .jpg with 0/255 masks .png) and `fashion/` (photos .jpg with label maps .png, 0 is
background). Prints the figures and stores them in benchmarks/results/regions.json. About 0.3 s a photo.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from diptych.core.picture import Picture
from diptych.core.target import Target
from diptych.vision.grounder import EmbeddedGrounder
from reporting import store

SETS = ("people", "fashion")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds people/ and fashion/")
    parser.add_argument("--limit", type=int, default=0, help="photos of each set, evenly spread (0: all)")
    options = parser.parse_args()
    missing = [name for name in SETS if not (options.data / name).is_dir()]
    if missing:
        sys.stderr.write(f"{options.data} has no folder {' and no folder '.join(missing)}: see --help.\n")
        return 2
    command = "python benchmarks/regions.py --data DIR" + (f" --limit {options.limit}" if options.limit else "")
    store("regions", command, {"sets": {name: measure(_photos(options.data / name, options.limit)) for name in SETS}})
    return 0


def measure(photos: list[Path]) -> dict[str, Any]:
    """The subject against the outline of the people, over `photos` (each with its mask beside it as .png)."""
    grounder = EmbeddedGrounder()
    rows = []
    started = perf_counter()
    for photo in photos:
        picture = Picture(np.array(Image.open(photo).convert("RGB")))
        truth = np.array(Image.open(photo.with_suffix(".png"))) > 0
        found = grounder.find(picture, Target(noun="subject"))
        mask = found[0].mask > 0.5 if found else np.zeros(truth.shape, bool)
        rows.append((_iou(mask, truth), found[0].score if found else 0.0))
    iou, score = np.array(rows).T
    return {
        "photos": len(photos),
        "mean_iou": round(float(iou.mean()), 4),
        "median_iou": round(float(np.median(iou)), 4),
        "iou_above_half": round(float((iou > 0.5).mean()), 4),
        "nothing_found": int((score == 0).sum()),
        "score_iou_correlation": round(float(np.corrcoef(score, iou)[0, 1]), 4),
        "by_score": _by_score(iou, score),
        "seconds_per_photo": round((perf_counter() - started) / len(photos), 3),
    }


def _by_score(iou: np.ndarray, score: np.ndarray) -> list[dict[str, Any]]:
    """What a score is worth: in each band, how many cuts, their mean IoU, and the share with IoU above a half."""
    bands = []
    for low, high in ((0.0, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 1.01)):
        band = iou[(score >= low) & (score < high)]
        if band.size:
            means = {"mean_iou": round(float(band.mean()), 4), "right": round(float((band > 0.5).mean()), 4)}
            bands.append({"score": f"{low:.1f}-{min(high, 1.0):.1f}", "photos": int(band.size), **means})
    return bands


def _photos(folder: Path, limit: int) -> list[Path]:
    photos = sorted(path for path in folder.glob("*.jpg") if path.with_suffix(".png").exists())
    return photos[:: max(1, len(photos) // limit)][:limit] if limit else photos


def _iou(mask: np.ndarray, truth: np.ndarray) -> float:
    return float((mask & truth).sum() / max(1, (mask | truth).sum()))


if __name__ == "__main__":
    sys.exit(main())
