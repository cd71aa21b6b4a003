"""The reader, and the tokenizer it shares with everything that has words.

    diptych train reader --setting cpu

Each sample is one scene with about ten lessons: descriptions, questions, plans, and, without seeing the scene, words to
scene. No picture is needed: pictures become scenes by the eye. cpu: 60 minutes on one core. The weights that ship
came in several steps (docs/models.md); a run from nothing with this setting, and the gpu setting, were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.models.reader import AT_ONCE, PAD, Reader, ReaderConfig
from diptych.training.loop import Batch, Settings
from diptych.training.recipes import Place
from diptych.world.edits import instruct_chain, sample_chain
from diptych.world.questions import ask
from diptych.world.scene import Scene, sample_scene
from diptych.world.tokens import (
    ANSWER,
    END,
    edit_tokens,
    scene_positions,
    scene_tokens,
    special_tokens,
    together_ids,
)
from diptych.world.vocabulary import LANGUAGES, MAX_THINGS, nouns
from diptych.world.wish import choose_wish
from diptych.world.words import describe, phrase

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=16, lr=1e-3, muon_lr=2.5e-3, warmup=100, cooldown=0.5, minutes=60, ema=0.998,
                    save_every=500),
    "gpu": Settings(steps=30_000, batch=256, lr=1.5e-3, muon_lr=5e-3, warmup=500, cooldown=0.4, ema=0.9995,
                    save_every=5000),
    "toy": Settings(steps=60, batch=4, lr=2e-3, muon_lr=4e-3, warmup=10, ema=0.9, save_every=60, log_every=20),
}  # fmt: skip

VOCABULARY = 4096
LENGTH = 256
"""Tokens of a scene and its lessons."""


def corpus(known: Sequence[str], seed: int, sentences: int) -> Iterator[str]:
    """What the tokenizer learns from: everything that the Stickerbook says."""
    rng = np.random.default_rng([seed, 3])
    for _ in range(sentences):
        scene = sample_scene(rng, known)
        wish, chain = choose_wish(scene, rng), sample_chain(scene, rng, known, 1)
        for language in LANGUAGES:
            yield phrase(wish, language, rng)
            yield describe(scene, language)
            yield instruct_chain(chain, scene, language, rng)
            question = ask(scene, language, rng, known)
            if question is not None:
                yield question.text


def train_tokenizer(seed: int = 0, sentences: int = 20_000) -> Tokenizer:
    """A byte-level BPE of both languages; the scene tokens are added as tokens of their own, first."""
    tokenizer = Tokenizer(models.BPE())
    # Each Chinese character stands alone: longer merges would make one token of 红色的小 and hide what it is made of.
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase(), normalizers.Prepend(" ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("[\u4e00-\u9fff]"), "isolated"),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[f"<{name}>" for name in special_tokens()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(tuple(nouns()), seed, sentences), trainer)
    return tokenizer


Lesson = tuple[list[int], int, str]
"""Tokens, how many of them are given rather than learned, and the kind of lesson, one of WEIGHTS."""

WEIGHTS = {"describe": 1.0, "compose": 0.25, "ask": 2.0, "quiz": 0.5, "plan": 2.0}
"""How much a token of each kind counts. Answers are short and decide everything; where a layout puts a thing, and
what a quiz asks, is chance, and what can't be foretold is noise to what can."""
BLIND = ("compose", "ask")
"""The kinds of lessons that don't see the scene: what a question asks for stands in its words alone."""


@dataclass
class ReaderTask:
    known: Sequence[str]
    tokenizer: Tokenizer
    config: ReaderConfig
    length: int = LENGTH
    name: str = "reader"

    def build(self) -> nn.Module:
        return Reader(self.config)

    def special(self, names: Sequence[str]) -> list[int]:
        return [self.tokenizer.token_to_id(f"<{name}>") for name in names]

    def text(self, words: str) -> list[int]:
        return list(self.tokenizer.encode(words).ids)

    def lessons(self, scene: Scene, rng: np.random.Generator) -> Iterator[Lesson]:
        """All that is taught about one scene, in random order."""
        graph = self.special([*scene_tokens(scene), END])
        made: list[Lesson] = []
        composing = LANGUAGES[int(rng.integers(len(LANGUAGES)))]
        words = self.text(phrase(choose_wish(scene, rng), composing, rng))
        words = self.special(["task:compose"]) + words + self.special([ANSWER])
        made.append((words + graph, len(words), "compose"))
        for language in LANGUAGES:
            described = self.special([f"task:describe:{language}"]) + self.text(describe(scene, language))
            made.append((described + self.special([END]), 1, "describe"))
            for _ in range(3):
                question = ask(scene, language, rng, self.known)
                if question is None:
                    continue
                inventing = rng.random() < 0.15
                kind = "quiz" if inventing else "ask"
                asked = self.special([f"task:{kind}:{language}"]) + self.text(question.text)
                asked_for = self.text(question.query) if kind == "ask" else []
                tokens = asked + self.special([ANSWER] if asked_for else []) + asked_for + self.special([END])
                made.append((tokens, len(asked) + 1 if asked_for else 1, kind))
        chain = sample_chain(scene, rng, self.known, int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15])))
        plan = self.special([token for edit in chain for token in edit_tokens(edit)] + [END])
        for language in LANGUAGES:
            words = self.text(instruct_chain(chain, scene, language, rng))
            words = self.special(["task:plan"]) + words + self.special([ANSWER])
            made.append((words + plan, len(words), "plan"))
        yield from (made[int(index)] for index in rng.permutation(len(made)))

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        shape, names = (size, self.length), ("tokens", "positions", "segments", "targets")
        arrays = {name: np.zeros(shape, np.int64) for name in names}
        arrays["tokens"][:], arrays["segments"][:], arrays["targets"][:] = PAD, -999, -100
        scenes, weights = np.full((size, 1 + MAX_THINGS, AT_ONCE), PAD), np.ones(shape, np.float32)
        for row in range(size):
            scene = sample_scene(rng, self.known)
            seen = scene_positions(scene)
            at = first = len(seen)
            for place, (names, words) in enumerate(seen):
                together = together_ids(self.tokenizer, names, words)
                scenes[row, place, : len(together)] = together
            arrays["segments"][row, :first] = 0
            arrays["positions"][row, :first] = np.arange(first)
            for number, (tokens, given, kind) in enumerate(self.lessons(scene, rng), start=1):
                end, start = at + len(tokens), 0 if kind in BLIND else first
                if end > self.length or start + len(tokens) > self.config.longest:
                    continue
                arrays["tokens"][row, at:end] = tokens
                arrays["positions"][row, at:end] = start + np.arange(len(tokens))
                arrays["segments"][row, at:end] = -number if kind in BLIND else number
                weights[row, at:end] = WEIGHTS[kind]
                arrays["targets"][row, at + given - 1 : end - 1] = tokens[given:]
                at = end
        arrays |= {"scenes": scenes, "weights": weights}
        return {name: torch.from_numpy(value) for name, value in arrays.items()}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Mean cross-entropy of the tokens that are learned, weighted by kind of lesson."""
        learned = batch["targets"] >= 0
        logits = model(batch["scenes"], batch["tokens"], batch["positions"], batch["segments"], learned).float()
        targets = batch["targets"][learned]
        blind = (batch["segments"] < 0)[learned]
        right = (logits.argmax(-1) == targets).float()
        weights = batch["weights"][learned]
        answers = blind & (weights == WEIGHTS["ask"])
        scalars = {"right": right[~blind].mean().item(), "right_blind": right[blind].mean().item(),
                   "right_answers": right[answers].mean().item()}  # fmt: skip
        return (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum(), scalars

    def samples(self, model: nn.Module) -> None:
        del model


def task(place: Place, font: Path) -> ReaderTask:
    """The task with its tokenizer, which is trained on the first call and kept beside the checkpoints."""
    path = place.runs / "reader" / "tokenizer.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        train_tokenizer(sentences=500 if place.setting == "toy" else 20_000).save(str(path))
    wide = {"width": 384, "depth": 10, "heads": 6} if place.setting == "gpu" else {}
    small = {"width": 64, "depth": 2} if place.setting == "toy" else {}
    config = ReaderConfig(VOCABULARY, **wide, **small)
    return ReaderTask(place.known, Tokenizer.from_file(str(path)), config)
