"""How well people, subjects and clothes are outlined on photographs that were never trained on; beside GrabCut and
MediaPipe.

    python benchmarks/matting.py --data DIR [--mediapipe PYTHON] [--sheet FILE]

DIR holds `people/` (photos .jpg, masks .png) and `fashion/` (photos, label maps .png, labels.json); which photos are
held out is decided by the hash of their names (evaluation/held_out.py). PYTHON is an interpreter that has mediapipe
0.10.21, the last version that carries its network in the package. FILE gets a contact sheet of 24 held-out photos with
what people wear. Prints the figures and stores them in benchmarks/results/matting.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from diptych.core.picture import Picture
from diptych.core.target import Target
from diptych.evaluation.held_out import SHARE
from diptych.runtime import Weights
from diptych.training.cutouts import GROUPS, Photo, photos_of
from diptych.vision.clothing import KIN, REACH
from diptych.vision.grounder import EmbeddedGrounder
from diptych.vision.matting import Matting
from diptych.vision.subject import person_cutouts, refined, salient_cutout
from diptych.vision.working_copy import WorkingCopy
from reporting import store

SETS = ("people", "fashion")
Cut = Callable[[Picture], np.ndarray]
"""Picture → soft mask H×W float32 in 0..1."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds people/ and fashion/")
    parser.add_argument("--mediapipe", type=Path, help="a Python interpreter with mediapipe 0.10.21")
    parser.add_argument(
        "--sheet", type=Path, help="write a contact sheet here (PNG); its photos are not ours to publish"
    )
    options = parser.parse_args()
    missing = [name for name in SETS if not (options.data / name).is_dir()]
    if missing:
        sys.stderr.write(f"{options.data} has no folder {' and no folder '.join(missing)}: see --help.\n")
        return 2
    weights = Weights()
    matting = Matting(weights)
    held = {name: photos_of(options.data, name, held_out=True) for name in SETS}
    cuts: dict[str, Cut] = {"Diptych": subject_of(weights), "GrabCut from saliency": by_grabcut}
    table: dict[str, Any] = {name: {kind: measure(cut, held[name]) for kind, cut in cuts.items()} for name in SETS}
    if options.mediapipe is not None:
        for name in SETS:
            masks = mediapipe_masks(options.mediapipe, options.data / name, held[name])
            table[name]["MediaPipe selfie (general)"] = scores(masks, held[name])
    command = "python benchmarks/matting.py --data DIR" + (" --mediapipe PYTHON" if options.mediapipe else "")
    store("matting", command, {
        "weights": matting.name, "held_out_share": SHARE, "subject": table,
        "person": {name: measure(person_of(matting), held[name]) for name in SETS},
        "clothing": clothing(matting, held["fashion"]),
        "absent": absent(weights, held["fashion"], options.data),
        "milliseconds": milliseconds(matting, held["people"]),
    })  # fmt: skip
    if options.sheet is not None:
        cv2.imwrite(str(options.sheet), contact_sheet(matting, held["fashion"][:24])[..., ::-1])
    return 0


# ---- what is compared ----------------------------------------------------------------------------------------------


def subject_of(weights: Weights) -> Cut:
    """As every edit finds the subject."""
    grounder = EmbeddedGrounder(weights)

    def cut(picture: Picture) -> np.ndarray:
        found = grounder.find(picture, Target(noun="subject"))
        return found[0].mask if found else np.zeros((picture.height, picture.width), np.float32)

    return cut


def person_of(matting: Matting) -> Cut:
    """All that is a person's, as the network sees it."""

    def cut(picture: Picture) -> np.ndarray:
        copy = WorkingCopy.of(picture, matting)
        masks = [refined(copy, one) for one in person_cutouts(copy)]
        return np.maximum.reduce(masks) if masks else np.zeros((picture.height, picture.width), np.float32)

    return cut


def by_grabcut(picture: Picture) -> np.ndarray:
    copy = WorkingCopy.of(picture)
    cutout = salient_cutout(copy)
    return np.zeros((picture.height, picture.width), np.float32) if cutout is None else refined(copy, cutout)


def mediapipe_masks(python: Path, folder: Path, photos: Sequence[Photo]) -> list[np.ndarray]:
    """Masks by MediaPipe, in a process of its own: it wants another NumPy."""
    with tempfile.TemporaryDirectory() as place:
        inputs, outputs = Path(place) / "in", Path(place) / "out"
        inputs.mkdir()
        for photo in photos:
            (inputs / f"{photo.name}.jpg").write_bytes((folder / f"{photo.name}.jpg").read_bytes())
        script = Path(__file__).parent / "peers" / "mediapipe_mask.py"
        subprocess.run([str(python), str(script), str(inputs), str(outputs)], check=True, capture_output=True)
        return [cv2.imread(str(outputs / f"{photo.name}.png"), 0).astype(np.float32) / 255 for photo in photos]


# ---- measures ------------------------------------------------------------------------------------------------------


def measure(cut: Cut, photos: Sequence[Photo]) -> dict[str, Any]:
    return scores([cut(Picture(photo.picture.copy())) for photo in photos], photos)


def scores(masks: Sequence[np.ndarray], photos: Sequence[Photo]) -> dict[str, Any]:
    """IoU at one half, and the mean absolute error of the soft mask, 0..1."""
    ious = [iou(mask > 0.5, photo.alpha > 0.5) for mask, photo in zip(masks, photos, strict=True)]
    errors = [np.abs(mask - photo.alpha).mean() for mask, photo in zip(masks, photos, strict=True)]
    return {
        "photos": len(photos),
        "mean_iou": round(float(np.mean(ious)), 4), "median_iou": round(float(np.median(ious)), 4),
        "worst_tenth": round(float(np.quantile(ious, 0.1)), 4), "mae": round(float(np.mean(errors)), 4),
    }  # fmt: skip


def iou(found: np.ndarray, true: np.ndarray) -> float:
    return float((found & true).sum() / max(1, (found | true).sum()))


def clothing(matting: Matting, photos: Sequence[Photo]) -> dict[str, Any]:
    """IoU of each group over all photos, their mean, and the mean over the groups that each photo shows."""
    shared, total = np.zeros(1 + len(GROUPS)), np.zeros(1 + len(GROUPS))
    each = []
    for photo in photos:
        seen = matting.look(photo.picture)
        large = cv2.resize(seen.groups.transpose(1, 2, 0), photo.picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        found = large.argmax(-1)
        present = [group for group in np.unique(photo.groups) if group]
        each.append(np.mean([iou(found == group, photo.groups == group) for group in present]))
        for group in range(1 + len(GROUPS)):
            shared[group] += ((found == group) & (photo.groups == group)).sum()
            total[group] += ((found == group) | (photo.groups == group)).sum()
    by_group = {name: round(float(shared[i] / max(total[i], 1)), 4) for i, name in enumerate(GROUPS, start=1)}
    return {
        "photos": len(photos), "mean_iou": round(float(np.mean(list(by_group.values()))), 4),
        "mean_iou_of_a_photo": round(float(np.mean(each)), 4), "by_group": by_group,
    }  # fmt: skip


ASKED = {"hat": "hat", "bag": "bag", "scarf": "scarf", "glasses": "glasses", "dress": "dress", "skirt": "skirt"}
NOT_THERE = ("man", "woman", "dress", "shoe", "hair")


def absent(weights: Weights, photos: Sequence[Photo], data: Path, count: int = 50) -> dict[str, Any]:
    """Things that people don't wear, nor anything that is easily taken for them, and people where there are none: how
    often it is said that they aren't there."""
    from diptych.training.cutouts import SCENERY

    grounder = EmbeddedGrounder(weights)
    worn, nobody = [], []
    for photo in photos:
        for noun, group in ASKED.items():
            worn_here = {GROUPS[number - 1] for number in np.unique(photo.groups) if number}
            if len(worn) < count and worn_here.isdisjoint({group, *KIN.get(group, ())}):
                worn.append(not grounder.find(Picture(photo.picture.copy()), Target(noun=noun)))
    for number, name in enumerate(SCENERY[:count]):
        picture = Picture.open(data / "photos" / f"{name}.jpg")
        nobody.append(not grounder.find(picture, Target(noun=NOT_THERE[number % len(NOT_THERE)])))
    return {
        "not worn": {"asked": len(worn), "refused": round(float(np.mean(worn)), 4)},
        "nobody there": {"asked": len(nobody), "refused": round(float(np.mean(nobody)), 4),
                         "note": "scenery of the training set, of which the network has learned that it is nobody"},
    }  # fmt: skip


def milliseconds(matting: Matting, photos: Sequence[Photo], rounds: int = 15) -> dict[str, Any]:
    """A photograph of one megapixel, warm: the network, and with the border drawn at full resolution. Medians."""
    large = cv2.resize(photos[0].picture, (1155, 866), interpolation=cv2.INTER_CUBIC)
    picture = Picture(large)
    network, whole = [], []
    for _ in range(rounds):
        started = perf_counter()
        copy = WorkingCopy.of(picture, matting)
        seen = copy.seen
        assert seen is not None
        looked = perf_counter()
        copy.refine(copy.fitted(seen.alpha), REACH)
        whole.append(perf_counter() - started)
        network.append(looked - started)
    return {
        "network": round(1000 * float(np.median(network)), 1),
        "with refinement": round(1000 * float(np.median(whole)), 1),
    }


def contact_sheet(matting: Matting, photos: Sequence[Photo]) -> np.ndarray:
    """Photos, and beside each what is worn, in colours; 6 in a row, H×W×3 uint8."""
    colors = np.random.default_rng(4).integers(60, 255, (1 + len(GROUPS), 3)).astype(np.float32)
    tiles = []
    for photo in photos:
        groups = cv2.resize(matting.look(photo.picture).groups.transpose(1, 2, 0), photo.picture.shape[1::-1]).argmax(
            -1
        )
        painted = np.where(groups[..., None] > 0, 0.35 * photo.picture + 0.65 * colors[groups], photo.picture)
        both = np.hstack([photo.picture, painted.astype(np.uint8)])
        tiles.append(cv2.resize(both, (300, 225), interpolation=cv2.INTER_AREA))
    return np.vstack([np.hstack(tiles[at : at + 6]) for at in range(0, len(tiles) - 5, 6)])


if __name__ == "__main__":
    sys.exit(main())
