"""Pairs of scenes for the cascade: the small picture, the large one rendered anew, and the words, made once and kept.

The small picture of the first stage is `render` at 128 pixels, as the generator learned it (not the area mean of the
large one, from which it differs by a level on average), and of every second scene that picture as the autoencoder gives
it back, as drawings come. That of the second is `render_large` at 512.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diptych.runtime import Weights, shipped
from diptych.sampling.conditioning import Sentences
from diptych.world.render import render, render_large
from diptych.world.scene import SIDE, Scene, sample_scene
from diptych.world.vocabulary import LANGUAGES
from diptych.world.wish import choose_wish
from diptych.world.words import describe, phrase

LONGEST = 48
"""Tokens of a sentence that are kept in the pool."""
PER_SCENE = 2
"""Sentences of a scene: one describes it whole, one is a wish; in either language."""
NEAR_A_THING = 0.75
"""Share of crops around a thing: backdrops are quickly learned."""


@dataclass
class Pairs:
    """N scenes. `small` N×h×h×3, `large` N×H×H×3 uint8 (on disk); `things` N×2 int16, the centre of one thing in
    pixels of SIDE; `tokens` N×PER_SCENE×T int32, `words` N×PER_SCENE×T×W, `points` N×PER_SCENE×D float16."""

    small: np.ndarray
    large: np.ndarray
    things: np.ndarray
    tokens: np.ndarray
    words: np.ndarray
    points: np.ndarray

    @property
    def factor(self) -> int:
        return self.large.shape[1] // self.small.shape[1]

    @classmethod
    def load(cls, folder: Path) -> Pairs:
        with np.load(folder / "told.npz") as told:
            kept = {name: told[name] for name in told.files}
        pictures = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("small", "large")}
        return cls(**pictures, **kept)

    def crop(self, rng: np.random.Generator, side: int, step: int) -> tuple[np.ndarray, np.ndarray, int]:
        """side×side×3 of a random small picture, what the large one has there, and the number of the scene. Crops begin
        at multiples of `step`, so that the network's cells lie in them as they lie in the whole."""
        number = int(rng.integers(len(self.small)))
        extent = self.small.shape[1]
        at = rng.integers(0, (extent - side) // step + 1, 2) * step
        if rng.random() < NEAR_A_THING:
            middle = self.things[number] * (extent // SIDE) + rng.integers(-side // 3, side // 3 + 1, 2)
            at = np.clip((middle - side // 2) // step * step, 0, (extent - side) // step * step)
        x, y = (int(value) for value in at)
        f = self.factor
        small = self.small[number, y : y + side, x : x + side]
        return small, self.large[number, y * f : (y + side) * f, x * f : (x + side) * f], number


def make_pairs(folder: Path, known: Sequence[str], font: Path, scenes: int, scale: int, factor: int, seed: int) -> None:
    """Render `scenes` scenes at `scale` times SIDE and at a `factor`-th of that, and keep them in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 512 * scale])
    sides = {"small": SIDE * scale // factor, "large": SIDE * scale}
    pictures = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.uint8, (scenes, side, side, 3))
        for name, side in sides.items()
    }
    weights = shipped()
    sentences = Sentences(weights)
    config = weights.manifest["configs"]["dual_encoder"]
    tokens = np.zeros((scenes, PER_SCENE, LONGEST), np.int32)
    words = np.zeros((*tokens.shape, config["width"]), np.float16)
    points = np.zeros((scenes, PER_SCENE, config["joint"]), np.float16)
    things = np.zeros((scenes, 2), np.int16)
    for number in range(scenes):
        scene = sample_scene(rng, known)
        pictures["large"][number] = render_large(scene, font, scale)
        if scale > factor:
            pictures["small"][number] = render_large(scene, font, scale // factor)
        else:
            small = render(scene, font)
            pictures["small"][number] = given_back(small, weights) if number % 2 else small
        thing = scene.things[int(rng.integers(len(scene.things)))]
        things[number] = thing.x, thing.y
        for index, sentence in enumerate(said(scene, rng)):
            told = sentences.told(sentence)
            count = min(len(told.tokens), LONGEST)
            tokens[number, index, :count] = told.tokens[:count]
            words[number, index, :count] = told.words[:count]
            points[number, index] = told.point
    for one in pictures.values():
        one.flush()
    beside = folder / "told.part.npz"
    np.savez(beside, things=things, tokens=tokens, words=words, points=points)
    beside.replace(folder / "told.npz")  # last: a pool is whole where it is there


def said(scene: Scene, rng: np.random.Generator) -> tuple[str, str]:
    """PER_SCENE sentences that hold of the scene."""
    one, other = (LANGUAGES[int(pick)] for pick in rng.integers(0, 2, 2))
    return describe(scene, one), phrase(choose_wish(scene, rng), other, rng)


def given_back(picture: np.ndarray, weights: Weights) -> np.ndarray:
    """128×128×3 uint8 through the autoencoder and back."""
    scaled = picture.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
    decoded = weights.loaded("decode")(latents=weights.loaded("encode")(pictures=scaled)[0])[0][0]
    return ((np.clip(decoded, -1, 1) + 1) * 127.5).round().astype(np.uint8).transpose(1, 2, 0)
