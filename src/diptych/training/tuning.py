"""Tuning: the dual encoder learns the words of somebody's own pictures.

collect → clean → a first look at all of it → align → the rest of the time. The trunk of the picture tower is always
locked, since the reader sees through it too; what else stays as it is, the caller says (locked-image tuning, arXiv
2111.07991).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from diptych.core.errors import Bilingual, Unsupported
from diptych.models.dual_encoder import DualEncoder, DualEncoderConfig
from diptych.models.reader import EyeConfig
from diptych.runtime import WEIGHTS
from diptych.training.export import export_dual_encoder, write_manifest
from diptych.training.loop import Run, Settings, load_weights, lock
from diptych.training.pairs import Pair, Stage, clean, collect
from diptych.training.recipes.bilingual import aligned_by
from diptych.training.recipes.dual_encoder import LOOKS, PairsTask

TRUNK = r"picture\.eye\."
LOCKS = {"picture": r"picture\.", "text": rf"{TRUNK}|text\.", "none": TRUNK}
"""What `lock` can be called; anything else is a pattern of parameter names."""
FIRST = 0.25
"""Share of the time before `align`."""
FEWEST = 2
SHARED = ("eye.safetensors", "eye.onnx", "see.onnx", "tokenizer.json")
"""What tuned weights need besides their own, as it ships."""


@dataclass(frozen=True)
class Tuned:
    """What tuning came to. `found`: of the captions, the share whose own picture is the likest of all, before and
    after: how well it was learned, not how well it generalises."""

    folder: Path
    stages: tuple[Stage, ...]
    found: tuple[float, float]
    steps: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder), "stages": [stage.as_dict() for stage in self.stages],
            "found_before": self.found[0], "found_after": self.found[1], "steps": self.steps,
        }  # fmt: skip


def tune_on(
    folder: Path,
    output: Path,
    *,
    locked: str,
    minutes: float = 5.0,
    steps: int | None = None,
    seed: int = 0,
    weights: Path = WEIGHTS,
) -> Tuned:
    """Tune the dual encoder in `weights` on the pictures and words of `folder`; what can be used with `Weights(output)`
    is written to `output`, with checkpoints in output/runs and what was left out in output/pairs.json.

    `locked` is a pattern of parameter names (LOCKS); `steps` stands instead of `minutes` where equal runs are wanted.
    Raises Unsupported where fewer than two pictures can be used, BadLock for a pattern that locks nothing or all.
    """
    try:
        lock(DualEncoder(read_config(weights)), locked)
    except (ValueError, re.error) as error:
        raise BadLock(str(error)) from error
    pairs, collected = collect(folder)
    pairs, photos, cleaned = clean(pairs)
    if len(pairs) < FEWEST:
        reasons = "; ".join(f"{one.what}: {one.why.en}" for one in (*collected.dropped, *cleaned.dropped)[:5])
        chinese = "；".join(f"{one.what}：{one.why.zh}" for one in (*collected.dropped, *cleaned.dropped)[:5])
        raise Unsupported(
            Bilingual(
                f"Of {folder} only {len(pairs)} pictures with words can be used ({reasons}).",
                f"{folder} 里只有 {len(pairs)} 张配了文字的图片可用（{chinese}）。",
            ),
            Bilingual("Give at least two that differ.", "请至少给出两张不同的图片。"),
        )
    runs = output / "runs"
    start_anew_unless(runs, pairs, photos, f"{locked} {minutes} {steps} {seed}", weights)
    begin = runs / "begin.safetensors"
    start_from(weights, begin)
    task = tuning_task(weights, pairs, photos)
    before = found_first(load_weights(task.build(), begin), task)
    settings = Settings(
        steps=1_000_000, batch=64, lr=3e-4, muon_lr=8e-4, warmup=10, cooldown=0.6, ema=0.98, save_every=50,
        log_every=10,
        precision="bf16", seed=seed, locked=f"{TRUNK}|{locked}",
    )  # fmt: skip
    first = Run(task, shortened(settings, FIRST, minutes, steps), runs / "first", begin)
    first.train()
    thinned, aligned = aligned_by(first.averaged().cpu(), task)
    rest = Run(
        thinned, shortened(settings, 1 - FIRST, minutes, steps), runs / "rest", runs / "first" / "ema.safetensors"
    )
    rest.train()
    model = rest.averaged().cpu()
    after = found_first(model, task)
    stages = (collected, cleaned, aligned)
    said = json.dumps([stage.as_dict() for stage in stages], indent=1, ensure_ascii=False)
    (output / "pairs.json").write_text(said + "\n", encoding="utf-8")
    write_tuned(model, weights, output)
    return Tuned(output, stages, (before, after), first.step + rest.step)


class BadLock(ValueError):
    """A pattern that is none, or that locks nothing or everything."""


def start_anew_unless(runs: Path, pairs: Sequence[Pair], photos: np.ndarray, how: str, weights: Path) -> None:
    """Make `runs`, empty unless it was begun with the same pictures, words, settings and weights: then it goes on."""
    digest = hashlib.sha256(photos.tobytes())
    for pair in pairs:
        digest.update(repr((pair.path.name, pair.captions)).encode("utf-8", "replace"))
    digest.update(how.encode() + (weights / "dual_encoder.safetensors").read_bytes())
    mark = runs / "begun.txt"
    if not (mark.is_file() and mark.read_text(encoding="utf-8") == digest.hexdigest()):
        shutil.rmtree(runs, ignore_errors=True)
        runs.mkdir(parents=True)
        mark.write_text(digest.hexdigest(), encoding="utf-8")


def shortened(settings: Settings, share: float, minutes: float, steps: int | None) -> Settings:
    if steps is not None:
        return replace(settings, steps=max(1, round(steps * share)))
    return replace(settings, minutes=minutes * share)


def read_config(weights: Path) -> DualEncoderConfig:
    """The shape of the dual encoder in a folder of weights."""
    said = json.loads((weights / "manifest.json").read_text(encoding="utf-8"))["configs"]["dual_encoder"]
    eye = {name: tuple(value) if isinstance(value, list) else value for name, value in said["eye"].items()}
    return DualEncoderConfig(**{**said, "eye": EyeConfig(**eye)})


def start_from(weights: Path, begin: Path) -> None:
    """The weights of a whole dual encoder, which ships in two files."""
    eye = {f"picture.eye.{name}": value for name, value in load_file(weights / "eye.safetensors").items()}
    save_file({**load_file(weights / "dual_encoder.safetensors"), **eye}, begin)


def tuning_task(weights: Path, pairs: Sequence[Pair], photos: np.ndarray) -> PairsTask:
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    return PairsTask(
        (), Path(), tokenizer, read_config(weights), (), weights / "eye.safetensors", 0, pairs, photos, name="tuning"
    )


@torch.no_grad()
def found_first(model: DualEncoder, task: PairsTask) -> float:
    """Of all captions, the share whose own picture is the likest (R@1); pictures with equal captions count alike."""
    looks = task.photo_patches.unflatten(0, (LOOKS, len(task.pairs))).float()
    points = torch.stack([model.picture(look) for look in looks]).mean(0)
    right = []
    for pair in task.pairs:
        tokens = task.tokens(pair.captions)
        likest = (model.text(model.text.words(tokens), tokens) @ points.T).argmax(1)
        right += [
            caption in task.pairs[int(index)].captions for caption, index in zip(pair.captions, likest, strict=True)
        ]
    return round(float(np.mean(right)), 4)


def write_tuned(model: DualEncoder, weights: Path, output: Path) -> None:
    """Networks, weights and manifest, so that `Weights(output)` can be used in place of those that ship."""
    for name in SHARED:
        shutil.copyfile(weights / name, output / name)
    worst = export_dual_encoder(model, output)
    shipped = json.loads((weights / "manifest.json").read_text(encoding="utf-8"))
    networks = {name: shipped["networks"][name] for name in ("eye", "see", "picture", "text", "match")}
    write_manifest(output, {
        "networks": networks, "known": shipped["known"], "setting": "tuned", "parity": worst,
        "configs": {name: shipped["configs"][name] for name in ("eye", "dual_encoder")},
    })  # fmt: skip
