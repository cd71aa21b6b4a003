"""The dual encoder, English first.

    diptych train dual_encoder --setting cpu --data ../shared/data

Learns from the Stickerbook and, where DATA/captions is there, from captioned photographs; the trunk of the picture
tower is the eye's, and locked. Chinese comes afterwards, by the recipe `bilingual`. One process: the negatives of a
batch are in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from diptych.evaluation.held_out import CAPTIONED, first_by_hash
from diptych.models.dual_encoder import LOSSES, PAD, DualEncoder, DualEncoderConfig
from diptych.models.reader import EyeConfig
from diptych.runtime import WEIGHTS
from diptych.training.data import to_tensor
from diptych.training.loop import Batch, Settings
from diptych.training.pairs import Pair, Stage, clean, collect
from diptych.training.recipes import Place, eye
from diptych.world.edits import sample_edit
from diptych.world.partial import choose_partial, partial_phrase, shows
from diptych.world.render import render
from diptych.world.scene import Scene, sample_scene
from diptych.world.wish import Wish, choose_wish, full_wish, judge
from diptych.world.words import phrase

SETTINGS = {
    "cpu": Settings(steps=200_000, batch=96, lr=1e-3, muon_lr=3e-3, warmup=50, cooldown=0.5, minutes=36, ema=0.995,
                    save_every=200, log_every=25, locked=r"picture\.eye\."),
    "gpu": Settings(steps=12_000, batch=512, lr=1e-3, muon_lr=4e-3, warmup=300, cooldown=0.5, ema=0.998,
                    save_every=2000, locked=r"picture\.eye\."),
    "toy": Settings(steps=60, batch=8, lr=2e-3, muon_lr=4e-3, warmup=2, ema=0.9, save_every=60, log_every=20,
                    locked=r"picture\.eye\."),
}  # fmt: skip
SCENES = {"cpu": 16_000, "gpu": 120_000, "toy": 32}
"""Scenes whose patches are kept, so that the locked trunk sees each only once."""
PHOTO_BATCHES = 0.2
"""Share of the batches that are photographs."""
LOOKS = 4
"""Crops of each photograph, half of them mirrored, that are kept."""
AT_ONCE = 64

Said = tuple[str, Wish | None, bool]
"""A sentence, the wish it says (None for a caption), and whether that is partial."""


@dataclass
class PairsTask:
    """`languages` are spoken at random. `eye_weights`: the trunk to start from; None = as it comes."""

    known: Sequence[str]
    font: Path
    tokenizer: Tokenizer
    config: DualEncoderConfig
    languages: tuple[str, ...]
    eye_weights: Path | None = None
    scenes: int = 0
    pairs: Sequence[Pair] = ()
    photos: np.ndarray = field(default_factory=lambda: np.zeros((0, 128, 128, 3), np.uint8))
    objective: str = "softmax"
    locked_trunk: bool = True
    kept: Path | None = None
    """A folder where what the locked trunk sees is kept from one run to the next."""
    name: str = "dual_encoder"

    def build(self) -> nn.Module:
        model = DualEncoder(self.config)
        if self.eye_weights is not None:
            model.picture.eye.load_state_dict({k: v.float() for k, v in load_file(self.eye_weights).items()})
        return model

    # ---- pictures ----

    @cached_property
    def pool(self) -> list[Scene]:
        rng = np.random.default_rng([0, 17])
        return [sample_scene(rng, self.known) for _ in range(self.scenes)]

    @cached_property
    def patches(self) -> Tensor:
        """Of the pool, N×64×W float16."""
        return self.once("scenes", [self.pool], lambda scene: render(scene, self.font))

    @cached_property
    def photo_patches(self) -> Tensor:
        """Of the photographs, N·LOOKS×64×W float16."""
        rng = np.random.default_rng([0, 18])
        return self.once("photos", [self.photos] * LOOKS, lambda photo: jittered(photo, rng))

    def once(self, name: str, rounds: Sequence[Sequence], show: Callable) -> Tensor:  # type: ignore[type-arg]
        """`seen`, made once for each trunk and number of things and kept as a file."""
        if self.kept is None:
            return self.seen(rounds, show)
        trunk = "" if self.eye_weights is None else hashlib.sha256(self.eye_weights.read_bytes()).hexdigest()[:12]
        path = self.kept / f"{name}_{sum(len(things) for things in rounds)}_{trunk}.npy"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".part.npy")
            np.save(beside, self.seen(rounds, show).numpy())
            beside.replace(path)
        return torch.from_numpy(np.load(path))

    @torch.no_grad()
    def seen(self, rounds: Sequence[Sequence], show: Callable) -> Tensor:  # type: ignore[type-arg]
        """What the trunk makes of things that `show` makes pictures of, some at a time."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        trunk = self.build().picture.eye.to(device, memory_format=torch.channels_last).eval()
        parts = []
        for things in rounds:
            for start in range(0, len(things), AT_ONCE):
                pictures = to_tensor([show(thing) for thing in things[start : start + AT_ONCE]]).to(device)
                with torch.autocast(device, torch.bfloat16):
                    parts.append(trunk.see(pictures.contiguous(memory_format=torch.channels_last)).half().cpu())
        return torch.cat(parts)

    # ---- words ----

    def said(self, scene: Scene, rng: np.random.Generator, language: str) -> Said:
        """A description, a wish, or a part of one, as someone might say it."""
        kind = rng.random()
        if kind < 0.35:
            partial = choose_partial(scene, rng)
            return partial_phrase(partial, language, rng), partial, True
        wish = full_wish(scene) if kind < 0.65 else choose_wish(scene, rng)
        return phrase(wish, language, rng), wish, False

    def wrongly_said(self, scene: Scene, rng: np.random.Generator, language: str) -> Said:
        """What holds of a scene that differs by one edit, and not of this one."""
        for _ in range(4):
            edit = sample_edit(scene, rng, self.known)
            other = scene if edit is None else edit.after(scene)
            if not other.things:
                continue
            text, wish, partial = self.said(other, rng, language)
            assert wish is not None
            if not (shows(wish, scene) if partial else all(atom.holds for atom in judge(wish, scene))):
                return text, wish, partial
        other = self.pool[int(rng.integers(len(self.pool)))]
        return phrase(full_wish(other), language, rng), full_wish(other), False

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """N×T int64, filled up with PAD."""
        sound = [text.encode("utf-8", "replace").decode() for text in texts]  # a lone surrogate is no text
        rows = [row.ids[: self.config.longest] for row in self.tokenizer.encode_batch(sound)]
        filled = np.full((len(rows), max(4, *(len(row) for row in rows))), PAD, np.int64)
        for index, row in enumerate(rows):
            filled[index, : len(row)] = row
        return torch.from_numpy(filled)

    # ---- batches ----

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """`patches` B×64×W or `pictures` B×3×128×128, `tokens` 2B×T (the words, then wrong ones), `positives` B×2B
        bool."""
        if len(self.pairs) and (not self.scenes or rng.random() < PHOTO_BATCHES):
            return self.photo_batch(rng, min(size, len(self.pairs)))
        chosen = rng.integers(len(self.pool), size=size)
        scenes = [self.pool[int(index)] for index in chosen]
        spoken = [self.languages[int(index)] for index in rng.integers(len(self.languages), size=size)]
        right = [self.said(scene, rng, language) for scene, language in zip(scenes, spoken, strict=True)]
        wrong = [self.wrongly_said(scene, rng, language) for scene, language in zip(scenes, spoken, strict=True)]
        positives = np.eye(size, 2 * size, dtype=bool)
        for column, (_, wish, partial) in enumerate([*right, *wrong]):
            if partial and wish is not None:
                positives[:, column] = [shows(wish, scene) for scene in scenes]
        look = (
            {"patches": self.patches[torch.from_numpy(chosen)]}
            if self.locked_trunk
            else {"pictures": to_tensor([render(scene, self.font) for scene in scenes])}
        )
        texts = [text for text, _, _ in [*right, *wrong]]
        return {**look, "tokens": self.tokens(texts), "positives": torch.from_numpy(positives)}

    def photo_batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Different photographs; the wrong words are other photographs' captions."""
        chosen = rng.permutation(len(self.pairs))[:size]
        others = [(int(index) + int(rng.integers(1, max(2, len(self.pairs))))) % len(self.pairs) for index in chosen]
        texts = [
            self.pairs[int(i)].captions[int(rng.integers(len(self.pairs[int(i)].captions)))] for i in [*chosen, *others]
        ]
        positives = np.zeros((size, 2 * size), bool)
        for column, index in enumerate([*chosen, *others]):
            # A word that several pictures have (a folder's name) is right for all of them.
            positives[:, column] = [texts[column] in self.pairs[int(row)].captions for row in chosen]
            positives[:, column] |= chosen == index
        if self.locked_trunk:
            rows = chosen + len(self.pairs) * rng.integers(LOOKS, size=size)
            look = {"patches": self.photo_patches[torch.from_numpy(rows)]}
        else:
            look = {"pictures": to_tensor([jittered(self.photos[int(index)], rng) for index in chosen])}
        return {**look, "tokens": self.tokens(texts), "positives": torch.from_numpy(positives)}

    # ---- loss ----

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Contrast in both directions, and the matching head on each picture with its words, with wrong ones, and with
        the words of another picture that it confuses most (drawn by likelihood)."""
        patches = (
            batch["patches"].to(model.log_scale.dtype)
            if "patches" in batch
            else model.picture.eye.see(batch["pictures"])
        )
        tokens, positives = batch["tokens"], batch["positives"]
        size = len(positives)
        words = model.text.words(tokens)
        pictures, texts = model.picture(patches), model.text(words, tokens)
        scale = model.log_scale.exp().clamp(max=100)
        similarity = scale * pictures @ texts.T
        objective = LOSSES[self.objective]
        offset = model.offset if self.objective == "sigmoid" else 0.0
        contrast = objective(similarity + offset, positives) + objective(
            similarity[:, :size].T + offset, positives[:, :size].T
        )
        with torch.no_grad():
            chances = similarity[:, :size].float().masked_fill(positives[:, :size], -1e4).softmax(1) + 1e-9
            # Drawn by the batch's own content: no generator is needed, and a resumed run draws the same.
            confused = (chances.log() + gumbel(chances.shape, tokens)).argmax(1)
        pick = torch.cat([torch.arange(2 * size, device=tokens.device), confused])
        rows = torch.arange(size, device=tokens.device).repeat(3)
        answers = positives[rows, pick].float()
        logits = model.matching(words[pick], tokens[pick], patches[rows]).float()
        matching = F.binary_cross_entropy_with_logits(logits, answers)
        found = similarity[:, :size].argmax(1)
        hit = positives[torch.arange(size, device=tokens.device), found].float().mean()
        right = ((logits > 0) == (answers > 0)).float().mean()
        return contrast + matching, {"found": hit.item(), "matched": right.item(), "scale": scale.item()}

    def samples(self, model: nn.Module) -> None:
        del model


def gumbel(shape: Sequence[int], tokens: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(int(tokens.sum()))
    noise = torch.rand(tuple(shape), generator=generator).clamp(1e-9, 1 - 1e-7)
    return -(-noise.log()).log().to(tokens.device)


def jittered(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random part of a 128×128 photograph, mirrored half of the time, back at its size."""
    import cv2

    side = int(rng.integers(100, 129))
    x, y = rng.integers(0, 129 - side, 2)
    part = cv2.resize(photo[y : y + side, x : x + side], photo.shape[1::-1], interpolation=cv2.INTER_AREA)
    return part[:, ::-1] if rng.random() < 0.5 else part


def trunk_weights(place: Place) -> Path | None:
    """The eye that has been trained here, else the one that ships, if it has this setting's shape; else an untrained
    one."""
    own = place.runs / "cycle" / "ema.safetensors"
    if own.is_file():
        return own
    return (place.begin or WEIGHTS) / "eye.safetensors" if place.setting == "cpu" else None


def configured(place: Place, tokenizer: Tokenizer) -> DualEncoderConfig:
    small = {"width": 32, "joint": 16, "depth": 1, "heads": 2, "matching_depth": 1} if place.setting == "toy" else {}
    seen = EyeConfig(**shipped_eye()) if place.setting == "cpu" else eye.configured(place)
    return DualEncoderConfig(seen, tokenizer.get_vocab_size(with_added_tokens=True), **small)


def shipped_eye() -> dict[str, object]:
    """The shape of the eye that ships."""
    said = json.loads((WEIGHTS / "manifest.json").read_text(encoding="utf-8"))["configs"]["eye"]
    return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


def captioned(data: Path | None, *, held_out: bool) -> tuple[list[Pair], np.ndarray, list[Stage]]:
    """The captioned photographs of DATA/captions, collected and cleaned, of one side of the split; none without
    data."""
    if data is None or not (data / "captions").is_dir():
        return [], np.zeros((0, 128, 128, 3), np.uint8), []
    pairs, collected = collect(data / "captions")
    apart = set(first_by_hash("captions", [pair.path.stem for pair in pairs], CAPTIONED))
    pairs, photos, cleaned = clean([pair for pair in pairs if (pair.path.stem in apart) == held_out])
    return pairs, photos, [collected, cleaned]


def task(place: Place, font: Path) -> PairsTask:
    own = place.runs / "reader" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(own if own.is_file() else WEIGHTS / "tokenizer.json"))
    pairs, photos, stages = captioned(place.data, held_out=False)
    report(place.runs / "dual_encoder", stages)
    return PairsTask(
        place.known, font, tokenizer, configured(place, tokenizer), ("en",), trunk_weights(place),
        SCENES[place.setting], pairs, photos, kept=place.runs / "dual_encoder" / "seen",
    )  # fmt: skip


def report(folder: Path, stages: Sequence[Stage]) -> None:
    """What each step of the preparation left out, as data beside the checkpoints."""
    if stages:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps([one.as_dict() for one in stages], indent=1, ensure_ascii=False)
        (folder / "pairs.json").write_text(text + "\n", encoding="utf-8")
