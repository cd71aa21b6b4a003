"""What benchmarks/canvas.py measures of the DCGAN and the plain VAE, for each seed, beside true pictures.

* feature_distance: the Fréchet distance |m1 - m2|² + Tr(S1 + S2 - 2 (S1 S2)^½) between Gaussians fitted to features of
  drawn pictures and of true ones. The features are the checker's own: the mean and the largest value of each of the
  last 144 channels of its trunk, in deviations over the true pictures. Figures of other projects are no match for it.
* nearest: root mean square distance (levels, 0..255) of a drawn picture to the nearest that was trained on, mean.
* pairwise: the same between two drawn pictures, the mean over all pairs; the diversity of pixels.
* label_entropy: bits of the distribution of nouns that the checker reads, of pictures in which it sees a thing at all
  (`seen`); the diversity of meaning. `labels` is how many nouns there are among them, `learned` the share of labels
  that are nouns which were trained on: the checker gives mush a name, too, but any of all that it knows.
* reconstruction: PSNR in dB, where pictures can be encoded: of pictures that were trained on, and of held-out
  combinations of noun and colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from diptych.evaluation.checker import Checker
from diptych.evaluation.fidelity import psnr
from diptych.evaluation.stickerbook import timed
from diptych.models.checker import Checker as Network
from diptych.models.checker import CheckerConfig
from diptych.models.dcgan import Dcgan
from diptych.models.plain_vae import PlainVae
from diptych.runtime import JUDGES
from diptych.training.data import to_pictures, to_tensor
from diptych.training.loop import load_weights
from diptych.training.recipes import Place, dcgan, plain_vae
from diptych.training.recipes.canvas import known
from diptych.training.stickers import Stickers, empty, put_back
from diptych.world.render import render
from diptych.world.scene import SIDE

RECIPES: dict[str, ModuleType] = {"dcgan": dcgan, "plain_vae": plain_vae}
PAIRS = 200
"""Pictures of which all pairs are looked at."""


def entropy(labels: Sequence[str]) -> float:
    """-Σ p log2 p, in bits."""
    shares = np.array(list(Counter(labels).values())) / max(len(labels), 1)
    return float((shares * np.log2(1 / shares)).sum())


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Root mean square differences in levels of N and M pictures, N×M."""
    a, b = (pictures.reshape(len(pictures), -1).astype(np.float64) for pictures in (some, others))
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.sqrt(np.clip(squares, 0, None) / a.shape[1])


def frechet(drawn: np.ndarray, true: np.ndarray) -> float:
    """Between Gaussians fitted to N×D features, each dimension in deviations of the true ones."""
    unit = true.std(0) + 1e-6
    a, b = drawn / unit, true / unit
    covariances = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # Tr (S1 S2)^½ by eigenvalues: those of a product of covariances are real and not negative.
    roots = np.sqrt(np.clip(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0, None))
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(covariances[0] + covariances[1]) - 2 * roots.sum())


class Judge:
    """The checker, as a reader of small pictures and as the source of features."""

    def __init__(self, checker: Checker, font: Path) -> None:
        self.checker = checker
        network = load_weights(Network(CheckerConfig(len(checker.known))), JUDGES / "checker.safetensors")
        assert isinstance(network, Network)
        self.network = network
        self.surroundings = render(empty(), font)

    @torch.no_grad()
    def features(self, pictures: np.ndarray) -> np.ndarray:
        """N×288."""
        found = self.network.trunk(to_tensor(pictures))
        return torch.cat([found.mean((2, 3)), found.amax((2, 3))], dim=1).double().numpy()

    def label(self, picture: np.ndarray) -> str | None:
        """The noun of the thing that is nearest to the middle; None where nothing is seen."""
        things = self.checker.read(put_back(picture, self.surroundings)).things
        middle = SIDE / 2
        return min(things, key=lambda one: (one.x - middle) ** 2 + (one.y - middle) ** 2).noun if things else None


def row(pictures: np.ndarray, true: np.ndarray, trained_on: Stickers, judge: Judge) -> dict[str, float]:
    """The figures of N drawn pictures; `true` are as many that the distance of features is taken to."""
    labels = [judge.label(picture) for picture in pictures]
    seen = [label for label in labels if label is not None]
    some = pictures[:PAIRS]
    return {
        "feature_distance": round(frechet(judge.features(pictures), judge.features(true)), 2),
        "nearest": round(float(distances(some, trained_on.pictures).min(1).mean()), 2),
        "pairwise": round(float(distances(some, some)[np.triu_indices(len(some), 1)].mean()), 2),
        "seen": round(len(seen) / len(labels), 3), "label_entropy": round(entropy(seen), 3), "labels": len(set(seen)),
        "learned": round(sum(label in trained_on.known for label in seen) / max(len(seen), 1), 3),
    }  # fmt: skip


@torch.no_grad()
def drawn(model: Dcgan | PlainVae, number: int, seed: int) -> np.ndarray:
    """`number` pictures of standard normal noise."""
    size = model.config.noise if isinstance(model, Dcgan) else model.config.latent
    noise = np.random.default_rng([seed, 3]).standard_normal((number, size), np.float32)
    return to_pictures(model.draw(torch.from_numpy(noise)))


@torch.no_grad()
def reconstruction(model: PlainVae, pictures: np.ndarray) -> float:
    """Mean PSNR in dB of what comes back of the mean point."""
    back = to_pictures(model.draw(model.encode(to_tensor(pictures))[0]))
    return round(float(np.mean([psnr(one, other) for one, other in zip(back, pictures, strict=True)])), 2)


def spread(rows: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Mean, least and largest of each figure over seeds."""
    return {
        key: {"mean": round(float(np.mean(values)), 3), "least": min(values), "largest": max(values)}
        for key in rows[0]
        for values in [[one[key] for one in rows]]
    }


def measure(
    place: Place, font: Path, checker: Checker, number: int, seeds: int
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Rows by name, "true" among them, and some pictures of each for the sheet."""
    judge, stickers = Judge(checker, font), Stickers(known(place), font)
    unseen = Stickers(known(place), font, held_out=True).pictures
    rng = np.random.default_rng(17)
    true, fresh = stickers.some(rng, number), stickers.some(rng, number)
    rows: dict[str, Any] = {"true": row(fresh, true, stickers, judge)}
    strips = [fresh]
    for name, recipe in RECIPES.items():
        found = []
        for seed in range(seeds):
            model = load_weights(recipe.task(place, font).build(), place.runs / f"{name}_{seed}" / "ema.safetensors")
            assert isinstance(model, Dcgan | PlainVae)
            pictures = drawn(model, number, seed)
            found.append(row(pictures, true, stickers, judge))
            if isinstance(model, PlainVae):
                found[-1] |= {"reconstruction": reconstruction(model, true),
                              "reconstruction_unseen": reconstruction(model, unseen)}  # fmt: skip
            if seed == 0:
                strips.append(pictures)
                rows[name] = {
                    "parameters": sum(value.numel() for value in model.parameters()),
                    "milliseconds": round(1000 * timed(lambda model=model: drawn(model, 1, 0), 20), 2),
                }  # fmt: skip
        rows[name] |= {"seeds": found, "over_seeds": spread(found)}
    return rows, strips
