"""The learned reader of wishes: what a clause asks for that the grammar could not read.

    diptych train tagger --setting cpu --data DIR

DIR/requests/requests.jsonl holds requests that people wrote; its odd lines are learned from (one in eight of them for
the temperature alone), and with them sentences that are made up from the lexicon.
cpu: 30 minutes on half a core, 155 thousand sentences. The gpu setting has not been measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.core.errors import Bilingual, Language, Unsupported
from diptych.language.features import LONGEST, NOTHING, ROWS, SENSES, features
from diptych.language.readings import SLOTS, kinds
from diptych.language.tagger import around
from diptych.language.tokens import Token, tokenize
from diptych.models.tagger import Tagger, TaggerConfig
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.training.requests import is_held_out, requests, wishes_of
from diptych.training.wishes import Wish, sample_wish

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=32, lr=1.5e-3, muon_lr=3e-3, warmup=100, cooldown=0.5, minutes=30, ema=0.998,
                    save_every=500, precision="no"),
    "gpu": Settings(steps=20_000, batch=256, lr=2e-3, muon_lr=4e-3, warmup=300, cooldown=0.5, ema=0.999,
                    save_every=5000),
    "toy": Settings(steps=60, batch=8, lr=2e-3, muon_lr=4e-3, warmup=10, ema=0.9, save_every=60, log_every=20,
                    precision="no"),
}  # fmt: skip

TAGS = ("O", *(f"{mark}-{slot}" for slot in SLOTS for mark in "BI"))
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LENGTHS = (0.45, 0.28, 0.17, 0.1)
"""Shares of batches with sentences of one clause, two, three and four."""
WRITTEN, HELD_OUT = 0.4, 1 / 8
"""Shares of a batch: requests that people wrote; requests that only the temperature learns from."""
SENSELESS = (0.0, 0.15, 0.5)
"""Shares of a sentence's tokens that lose what the lexicon knows of them: what the grammar can't read has such."""
UNREADABLE = 0.06
"""The share of tokens of which only the senses are seen."""
IGNORED = -100


@dataclass
class TaggerTask:
    rows: Sequence[dict]  # type: ignore[type-arg]
    config: TaggerConfig
    name: str = "tagger"

    @cached_property
    def written(self) -> list[list[Wish]]:
        """To learn from, in both languages, by length."""
        return by_length([row for row in self.rows if not is_held_out(row)])

    @cached_property
    def held_out(self) -> list[list[Wish]]:
        return by_length([row for row in self.rows if is_held_out(row)])

    def build(self) -> nn.Module:
        return Tagger(self.config)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Sentences of about one length, so that little of it is padding."""
        held = max(1, round(size * HELD_OUT))
        group = int(rng.choice(len(LENGTHS), p=LENGTHS))
        samples = [self.sample(rng, group, number < held) for number in range(size)]
        length = max(len(sample["within"]) for sample in samples)
        filling = {"tokens": NOTHING, "within": 0, "tags": IGNORED}
        batch = {}
        for name in samples[0]:
            rows = [sample[name] for sample in samples]
            if name in filling:
                short = [[(0, length - len(row)), *[(0, 0)] * (row.ndim - 1)] for row in rows]
                rows = [np.pad(row, gap, constant_values=filling[name]) for row, gap in zip(rows, short, strict=True)]
            batch[name] = torch.from_numpy(np.stack(rows))
        return batch

    def sample(self, rng: np.random.Generator, group: int, held: bool) -> dict[str, np.ndarray]:
        """One wish as arrays; what is held out is seen as it is."""
        written = (self.held_out if held else self.written)[group]
        if held:
            return self.encode(written[int(rng.integers(len(written)))], held=True)
        if rng.random() < WRITTEN:
            wish = written[int(rng.integers(len(written)))]
        else:
            wish = sample_wish(rng, LANGUAGES[int(rng.integers(2))], 1 + group)
        sample = self.encode(wish)
        unread = rng.random(len(sample["tokens"])) < UNREADABLE
        sample["tokens"][unread] *= sample["tokens"][unread] < SENSES
        senseless = rng.random(len(sample["tokens"])) < rng.choice(SENSELESS)
        sample["tokens"][senseless] *= sample["tokens"][senseless] >= SENSES
        sample["tokens"][~sample["tokens"].any(-1), 0] = 1  # what has lost everything is no padding
        return sample

    def encode(self, wish: Wish, *, held: bool = False) -> dict[str, np.ndarray]:
        tokens = around(tokenize(wish.text), wish.start, wish.end)
        within = np.array([wish.start <= t.start and t.end <= wish.end for t in tokens], np.int64)
        direction = IGNORED if wish.direction is None else wish.direction
        return {
            "tokens": features(tokens),
            "within": within,
            "tags": tags_of(tokens, within, wish),
            "kinds": np.array([kind in wish.kinds for kind in self.config.kinds], np.float32),
            "direction": np.array(direction, np.int64),
            "held": np.array(held),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropies of kinds (a sum over kinds), direction and tags; of what is held out that of kinds alone, of
        which nothing but the temperature learns."""
        logits, calibrated, directions, tags = (part.float() for part in model(batch["tokens"], batch["within"]))
        held, learned = batch["held"], ~batch["held"]
        each = summed_cross_entropy(logits, batch["kinds"])
        of_chances = summed_cross_entropy(calibrated[held], batch["kinds"][held]).mean()
        of_kinds = each[learned].mean()
        of_direction = mean_cross_entropy(directions[learned], batch["direction"][learned])
        of_tags = mean_cross_entropy(tags[learned].flatten(0, 1), batch["tags"][learned].flatten())
        right = ((logits > 0) == (batch["kinds"] > 0.5)).all(-1).float()
        scalars = {
            "kinds": of_kinds.item(), "direction": of_direction.item(), "tags": of_tags.item(),
            "right": right[learned].mean().item(), "right_held": right[held].mean().item(),
            "held": of_chances.item(),
        }  # fmt: skip
        return of_kinds + 0.5 * of_direction + 2 * of_tags + of_chances, scalars

    def samples(self, model: nn.Module) -> None:
        del model


def by_length(rows: Sequence[dict]) -> list[list[Wish]]:  # type: ignore[type-arg]
    """The wishes of the rows in both languages in groups of LENGTHS, the shortest first; where there are too few for
    that, all of them."""
    wishes = [wish for language in LANGUAGES for wish in wishes_of(rows, language)]
    wishes.sort(key=lambda wish: len(tokenize(wish.text)))
    cuts = np.round(np.cumsum(LENGTHS) * len(wishes)).astype(int)
    return [wishes[first:last] or wishes for first, last in zip([0, *cuts], cuts, strict=False)]


def summed_cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    """B: over the kinds, each of which is asked for or not."""
    return F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(-1)


def mean_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Of the targets that aren't IGNORED; 0 where all are."""
    known = targets != IGNORED
    return F.cross_entropy(logits[known], targets[known]) if known.any() else logits.sum() * 0


def tags_of(tokens: Sequence[Token], within: np.ndarray, wish: Wish) -> np.ndarray:
    """T int64: the tag of each token; IGNORED outside of the stretch, and where nobody knows."""
    if wish.spans is None:
        return np.full(len(tokens), IGNORED, np.int64)
    tags = np.where((within > 0) & (not wish.partly), 0, IGNORED)
    for slot, start, end in wish.spans:
        inside = [at for at, token in enumerate(tokens) if start <= token.start < end and within[at]]
        for number, at in enumerate(inside):
            tags[at] = TAGS.index(f"{'I' if number else 'B'}-{slot}")
    return tags


def task(place: Place, font: Path) -> TaggerTask:
    del font
    if place.data is None:
        raise Unsupported(
            Bilingual("This network learns from requests that people wrote.", "这个模型要从真实的修图请求学习。"),
            Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
        )
    config = TaggerConfig(kinds(), TAGS, rows=ROWS, longest=LONGEST)
    if place.setting == "toy":
        config = replace(config, narrow=32, width=48, depth=2)
    return TaggerTask(requests(place.data), config)
