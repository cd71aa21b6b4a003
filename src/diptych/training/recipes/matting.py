"""Matting: subjects, people, and what they wear.

    diptych train matting --setting cpu --data ../shared/data

Learns from DATA/people, DATA/fashion, and stickers and cut-out people before the scenery of DATA/photos. Held-out
photographs (evaluation/held_out.py) are never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.core.errors import Bilingual, Unsupported
from diptych.models.matting import GROUPS, Matting, MattingConfig
from diptych.training.cutouts import FRAMES, Cutouts, photos_of
from diptych.training.data import sheet, to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=16, lr=2e-3, warmup=100, cooldown=0.45, weight_decay=0.02, minutes=118,
                    ema=0.998, save_every=250),
    "gpu": Settings(steps=30_000, batch=48, lr=3e-3, warmup=300, cooldown=0.45, weight_decay=0.02, ema=0.999,
                    save_every=2000),
    "toy": Settings(steps=20, batch=4, lr=2e-3, warmup=5, ema=0.9, save_every=20, log_every=5),
}  # fmt: skip


WEIGHTS = (0.7, 1.5, 1.5, 1.5, 1.5, 2.0, 1.5, 2.5, 2.5, 3.0, 4.0, 5.0, 4.0, 5.0, 2.5)
"""Of a pixel's cross-entropy, for none and for each of GROUPS: the fewer pixels a group has, the more each counts."""


@dataclass
class MattingTask:
    cutouts: Cutouts
    config: MattingConfig
    name: str = "matting"

    def build(self) -> nn.Module:
        return Matting(self.config).to(memory_format=torch.channels_last)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Upright or lying frames, one kind a batch: photographs are looked at as they are, not squeezed. One in three
        is of the full size."""
        longer, shorter = FRAMES[int(rng.random() < 2 / 3)]
        height, width = (longer, shorter) if rng.random() < 0.65 else (shorter, longer)
        samples = [self.cutouts.sample(rng, height, width) for _ in range(size)]
        return {
            "pictures": to_tensor([sample.picture for sample in samples]),
            "alpha": torch.from_numpy(np.stack([sample.alpha for sample in samples])),
            "groups": torch.from_numpy(np.stack([sample.groups for sample in samples])).long(),
            "labelled": torch.tensor([sample.labelled for sample in samples]),
            "outlined": torch.tensor([sample.outlined for sample in samples]),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        alpha, groups = model(batch["pictures"].contiguous(memory_format=torch.channels_last))
        known = batch["outlined"]
        alpha, groups = alpha[known, 0].float(), groups.float()
        true = batch["alpha"][known]
        matte = F.binary_cross_entropy_with_logits(alpha, true) * 2 + overlap_loss(alpha.sigmoid(), true)
        said = group_loss(groups, batch["groups"], batch["labelled"])
        with torch.no_grad():
            found, there = alpha > 0, true > 0.5
            union = (found | there).flatten(1).sum(1)
            iou = ((found & there).flatten(1).sum(1) / union.clamp(min=1))[union > 0].mean()
            parts = batch["groups"][batch["labelled"]]
            worn = groups[batch["labelled"]].argmax(1)[parts > 0] == parts[parts > 0]
        return matte + said, {"iou": iou.item(), "worn_right": worn.float().mean().item() if len(worn) else 0.0}

    @cached_property
    def shown(self) -> np.ndarray:
        """Eight held-out photographs, 320×224, to look at."""
        photos = [*photos_of(self.cutouts.data, "people", held_out=True)[:4],
                  *photos_of(self.cutouts.data, "fashion", held_out=True)[:4]]  # fmt: skip
        return np.stack([cv2.resize(photo.picture, FRAMES[0][::-1]) for photo in photos])

    @torch.no_grad()
    def samples(self, model: nn.Module) -> np.ndarray:
        device = next(model.parameters()).device
        alpha, groups = (answer.cpu() for answer in model(to_tensor(self.shown).to(device)))
        mattes = F.interpolate(alpha.sigmoid(), scale_factor=2.0)[:, 0, ..., None].numpy()
        colors = np.random.default_rng(0).integers(40, 255, (1 + len(GROUPS), 3))
        parts = F.interpolate(groups.argmax(1)[:, None].float(), scale_factor=2.0)[:, 0].long().numpy()
        rows = [self.shown, (self.shown * mattes + 255 * (1 - mattes)), colors[parts]]
        return sheet(np.concatenate(rows).astype(np.uint8), len(self.shown))


def overlap_loss(found: Tensor, true: Tensor) -> Tensor:
    """1 - soft IoU of each picture, B×H×W in 0..1: small subjects count as much as large ones. What has no subject is
    left to the cross-entropy."""
    shared, total = (found * true).flatten(1).sum(1), (found + true - found * true).flatten(1).sum(1)
    there = true.flatten(1).amax(1) > 0.5
    return ((1 - shared / total.clamp(min=1)) * there).sum() / there.sum().clamp(min=1)


def group_loss(logits: Tensor, groups: Tensor, labelled: Tensor) -> Tensor:
    """Cross-entropy B×(1+groups)×H×W against B×H×W. Where only the person is known, of "some part" against none."""
    chances = logits.log_softmax(1)
    nothing = chances[:, 0]
    some = torch.log1p(-nothing.exp().clamp(max=1 - 1e-5))
    apart = -torch.where(groups > 0, some, nothing)
    exact = -chances.gather(1, groups[:, None])[:, 0]
    weight = torch.tensor(WEIGHTS, device=logits.device)[groups]
    weight = torch.where(labelled[:, None, None] | (groups == 0), weight, 1.0)
    pixels = (torch.where(labelled[:, None, None], exact, apart) * weight).mean()
    return pixels + group_overlap_loss(chances[labelled].exp(), groups[labelled])


def group_overlap_loss(chances: Tensor, groups: Tensor) -> Tensor:
    """1 - soft IoU of each group over the whole batch, the mean over the groups that are there: a belt counts as much
    as a coat. B×(1+groups)×H×W, B×H×W."""
    if not len(groups):
        return chances.sum()
    true = F.one_hot(groups, chances.shape[1]).movedim(-1, 1).to(chances.dtype)
    shared, total = (chances * true).sum((0, 2, 3)), (chances + true - chances * true).sum((0, 2, 3))
    there = true.sum((0, 2, 3)) > 0
    there[0] = False
    return ((1 - shared / total.clamp(min=1)) * there).sum() / there.sum().clamp(min=1)


def task(place: Place, font: Path) -> MattingTask:
    if place.data is None:
        raise Unsupported(
            Bilingual("Matting is learned from photographs with masks.", "抠图模型需要带蒙版的照片来训练。"),
            Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
        )
    small = {"widths": (8, 16, 16, 16, 16), "depth": 1} if place.setting == "toy" else {}
    return MattingTask(Cutouts(place.data, place.known, font), MattingConfig(**small))
