"""Chinese for a dual encoder that knows English, by locked-image tuning (Zhai et al., LiT, arXiv 2111.07991).

    diptych train bilingual --setting cpu --data ../shared/data

Goes on from `dual_encoder`. One line decides: `locked` below. The picture tower stays as it is, so that nothing that
English has found in pictures is lost; the text tower and the matching head learn both languages. Captions that the
English model finds least like their photographs are left out first.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from diptych.models.dual_encoder import DualEncoder
from diptych.training.loop import Settings, load_weights
from diptych.training.pairs import Stage, align
from diptych.training.recipes import Place, dual_encoder
from diptych.training.recipes.dual_encoder import LOOKS, PairsTask
from diptych.world.vocabulary import LANGUAGES

BEGIN = "dual_encoder"
"""The recipe whose weights this one goes on from."""

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=96, lr=7e-4, muon_lr=2e-3, warmup=50, cooldown=0.6, minutes=20, ema=0.995,
                    save_every=200, log_every=25, locked=r"picture\."),
    "gpu": Settings(steps=8_000, batch=512, lr=7e-4, muon_lr=2e-3, warmup=200, cooldown=0.6, ema=0.998, save_every=2000,
                    locked=r"picture\."),
    "toy": Settings(steps=60, batch=8, lr=2e-3, muon_lr=4e-3, warmup=2, ema=0.9, save_every=60, log_every=20,
                    locked=r"picture\."),
}  # fmt: skip


def task(place: Place, font: Path) -> PairsTask:
    made = replace(dual_encoder.task(place, font), languages=tuple(LANGUAGES), name="bilingual")
    if made.pairs:
        model = load_weights(made.build(), place.weights(BEGIN))
        made, aligned = aligned_by(model, made)
        dual_encoder.report(place.runs / "bilingual", [aligned])
    return made


@torch.no_grad()
def aligned_by(model: DualEncoder, made: PairsTask) -> tuple[PairsTask, Stage]:
    """`made` without the captions that `model`, which has seen them all, finds least like their pictures."""
    count = len(made.pairs)
    looks = made.photo_patches.unflatten(0, (LOOKS, count)).float()
    points = torch.stack([model.picture(look) for look in looks]).mean(0)
    alike = []
    for point, pair in zip(points, made.pairs, strict=True):
        tokens = made.tokens(pair.captions)
        alike.append((model.text(model.text.words(tokens), tokens) @ point).numpy())
    pairs, stage = align(made.pairs, alike)
    kept = {pair.path for pair in pairs}
    rows = np.array([index for index, pair in enumerate(made.pairs) if pair.path in kept])
    chosen = torch.from_numpy(np.concatenate([rows + look * count for look in range(LOOKS)]))
    thinned = replace(made, pairs=pairs, photos=made.photos[rows])
    thinned.__dict__["photo_patches"] = made.photo_patches[chosen]  # seen already
    return thinned, stage
