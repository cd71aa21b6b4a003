"""The embedded reader: sees pictures as scenes, describes them, answers and asks about them, and writes plans.

The eye turns pixels into a scene graph; the language model continues its tokens. Each is one network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from diptych.core.errors import Bilingual, NotUnderstood, Unsupported
from diptych.core.picture import Picture
from diptych.painters.arranging import settled
from diptych.runtime import Weights
from diptych.sampling.projection import area_mean
from diptych.world.edits import Edit
from diptych.world.queries import NoQuery, answer
from diptych.world.scene import SIDE, STEP, Background, Scene, Thing, canonical_color, fits
from diptych.world.tokens import ANSWER, END, Malformed, parse_edits, parse_scene, scene_positions, together_ids
from diptych.world.vocabulary import COLORS, INDOORS, MAX_THINGS, PLACES, SIZES, TIMES, WEATHERS
from diptych.world.words import describe

Choice = Callable[[np.ndarray, Sequence[str]], int]
"""Logits of the allowed tokens and their names → the index of the chosen one."""

LONGEST = 96
"""Most tokens that are written in one go."""
SURE = 0.8
"""How sure the eye must be of all that it sees. Of 150 true pictures it was of all, of 150 photographs of three."""
SURE_ENOUGH = 0.5
"""How sure it must be to point at things. It is of 98 of 100 true pictures with combinations that it has never seen (89
at SURE), and of 7 of 100 photographs of just that size."""
LARGE = (4 * SIDE, 8 * SIDE)
"""Sides of drawings that were made large; they are read from their area means."""
OTHER_READER = Bilingual(
    "Give a picture that `diptych draw` made, or pass a reader: Studio(reader=…).",
    "请给出 `diptych draw` 画的图，或提供 reader：Studio(reader=…)。",
)
AT_ONCE = 24
"""Tokens that a position of the language model can hold; text has one, a thing of a scene all that is known of it."""
PATCH = 16
"""Pixels a patch that the eye looks at; one thing's centre at most is in it."""


def greedy(logits: np.ndarray, names: Sequence[str]) -> int:
    del names
    return int(logits.argmax())


def nucleus(rng: np.random.Generator, mass: float = 0.9) -> Choice:
    """Sample where it makes variety (what stands where), among the likeliest that hold `mass` (arXiv 1904.09751);
    take the likeliest for what the words decide (colour, size)."""

    def choose(logits: np.ndarray, names: Sequence[str]) -> int:
        best = int(logits.argmax())
        if names[best].startswith(("color:", "size:", "time:", "weather:")):
            return best
        chances = np.exp(logits - logits.max())
        chances /= chances.sum()
        order = np.argsort(-chances, kind="stable")
        kept = order[: int(np.searchsorted(np.cumsum(chances[order]), mass)) + 1]
        return int(kept[np.searchsorted(np.cumsum(chances[kept]) / chances[kept].sum(), rng.random())])

    return choose


AFTER = {
    "": ("place",),
    "place": ("time",),
    "time": ("weather",),
    "weather": ("noun",),
    "noun": ("color",),
    "color": ("size",),
    "size": ("x",),
    "x": ("y",),
    "y": ("noun", END),
}
"""Which tokens may follow which in a scene: what is written is always well-formed."""


class EmbeddedReader:
    """Fills the Reader port for pictures of the Stickerbook, 128×128, or 512×512 and 1024×1024 made of such."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def name(self) -> str:
        """Names the very weights; read only when something was made, since most edits need none."""
        return f"stickerbook reader {self._weights.name}"

    @cached_property
    def known(self) -> tuple[str, ...]:
        """The nouns that these weights have learned."""
        return tuple(self._weights.manifest["known"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._weights.checked("tokenizer.json")))

    @cached_property
    def _eye(self) -> Any:
        return self._weights.network("eye")

    @cached_property
    def _extend(self) -> Any:
        return self._weights.network("extend")

    @cached_property
    def _specials(self) -> dict[str, int]:
        """Names of the scene tokens → their numbers."""
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        return {
            name[1:-1]: number for name, number in vocabulary.items() if name.startswith("<") and name.endswith(">")
        }

    # ---- the Reader port ----

    def describe(self, picture: Picture, language: str) -> str:
        """What is seen, said by rule: of what is known exactly the language model's own words are less exact."""
        return describe(self.read(picture), language)

    def answer(self, picture: Picture, question: str, language: str) -> str:
        return self.answer_about(self.read(picture), question, language)

    def quiz(self, picture: Picture, language: str, seed: int) -> tuple[str, str]:
        """A question about the picture that the reader thought of, and its answer."""
        return self.quiz_about(self.read(picture), language, seed)

    def read(self, picture: Picture, least: float = SURE) -> Scene:
        """The scene graph of a Stickerbook picture, in pixels of 128×128. Raises Unsupported for what is none, or isn't
        clearly one: where the eye is less sure than `least` of any part of it, and of a larger picture than SURE, since
        photographs often are that large."""
        if picture.width == picture.height and picture.width in LARGE:
            small = area_mean(picture.rgb, picture.width // SIDE)
            picture, least = Picture.from_array(np.asarray(small + 0.5, np.uint8)), max(least, SURE)
        if (picture.width, picture.height) != (SIDE, SIDE):
            raise Unsupported(
                Bilingual(
                    f"The embedded reader reads Stickerbook pictures, {SIDE}×{SIDE} pixels; "
                    f"this is {picture.width}×{picture.height}.",
                    f"内置的读图模型只懂贴纸画（{SIDE}×{SIDE} 像素）；这张图是 {picture.width}×{picture.height}。",
                ),
                OTHER_READER,
            )
        scene, sure = self._look(picture.rgb)
        if sure < least:
            raise Unsupported(
                Bilingual(
                    f"This doesn't look like a Stickerbook picture: the reader is {sure:.0%} sure of what it sees.",
                    f"这张图不像贴纸画：读图模型对所见只有 {sure:.0%} 的把握。",
                ),
                OTHER_READER,
            )
        return scene

    def recognises(self, picture: Picture) -> bool:
        """Whether `read` would read it."""
        return self.sees(picture) is not None

    def sees(self, picture: Picture, least: float = SURE) -> Scene | None:
        """What `read` would read; None where it would refuse."""
        try:
            return self.read(picture, least)
        except Unsupported:
            return None

    def sureness(self, picture: Picture) -> float:
        """The least probability, 0..1, that the eye gives to any part of what it sees on a picture of 128×128, or on
        the area mean of a larger one."""
        return self._look(np.asarray(area_mean(picture.rgb, picture.width // SIDE) + 0.5, np.uint8))[1]

    # ---- what it is asked for ----

    def scene(self, pixels: np.ndarray) -> Scene:
        """The scene graph of a picture, 128×128×3 uint8: at most MAX_THINGS things, those that the eye is surest of."""
        return self._look(pixels)[0]

    def _look(self, pixels: np.ndarray) -> tuple[Scene, float]:
        """The scene, and the least probability that the eye gives to any part of it; 0 where it sees nothing."""
        if pixels.shape != (SIDE, SIDE, 3):
            raise ValueError(f"the picture is {pixels.shape}; it must be ({SIDE}, {SIDE}, 3)")
        patches, (background,) = self._eye(pictures=pixels.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1)
        sections = np.cumsum([1, (PATCH // STEP) ** 2, len(self.known), 1 + len(COLORS)])
        present, *told = np.split(patches[0], sections, axis=-1)
        point, noun, color, size = (head.argmax(-1) for head in told)
        things: list[Thing] = []
        parts = np.split(background, np.cumsum([len(PLACES), len(TIMES)]))
        sure = [chance(part) for part in parts] + [float(1 / (1 + np.exp(-np.abs(present).min())))]
        for at in np.argsort(-present[:, 0], kind="stable")[:MAX_THINGS]:
            if present[at, 0] <= 0:
                break
            row, column = divmod(int(at), SIDE // PATCH)
            down, right = divmod(int(point[at]), PATCH // STEP)
            x, y = (cell * PATCH + step * STEP + STEP // 2 for cell, step in ((column, right), (row, down)))
            name = self.known[noun[at]]
            named = canonical_color(name, COLORS[color[at] - 1]) if color[at] else None
            things.append(Thing(x, y, name, named, SIZES[size[at]]))
            sure += [chance(head[at]) for head in told]
        return Scene(tuple(things), background_of(background)), min(sure) if things else 0.0

    def in_own_words(self, scene: Scene, language: str) -> str:
        """`scene` in a sentence that the language model writes: what it learned of the two languages, measured in
        benchmarks/phases.py."""
        words = self._write_text(self._prompt(f"task:describe:{language}"), scene)
        return words[:1].upper() + words[1:]

    def answer_about(self, scene: Scene, question: str, language: str) -> str:
        """The answer to a question about `scene`: the language model writes what is asked for, as a query, and that
        is run. Raises NotUnderstood where none comes out."""
        prompt = [*self._prompt(f"task:ask:{language}"), *self._words(question), self._specials[ANSWER]]
        tokens, _, _ = self._write(prompt, self._blank(), 0, {END}, greedy)
        asked = str(self._tokenizer.decode(tokens, skip_special_tokens=False))
        try:
            return answer(asked, scene, language)
        except NoQuery as error:
            raise NotUnderstood(
                Bilingual(f"“{question}” is no question that could be made out.", f"看不出“{question}”在问什么。"),
                Bilingual('Ask something like "how many stars are there?".', "请这样问：“有几颗星星？”"),
                (question,),
            ) from error

    def quiz_about(self, scene: Scene, language: str, seed: int) -> tuple[str, str]:
        """A question about `scene` that the reader thought of, and its answer."""
        choose = nucleus(np.random.default_rng([seed, 11]), 0.95)
        memory, at = self.memory(scene)
        tokens, _, _ = self._write(self._prompt(f"task:quiz:{language}"), memory, at, {END}, choose)
        question = self._decode(tokens)
        return question, self.answer_about(scene, question, language)

    def compose(self, words: str, rng: np.random.Generator) -> Scene:
        """Words → a scene that they could describe; another for another `rng`. Raises Malformed if none comes out."""
        prompt = [*self._prompt("task:compose"), *self._words(words), self._specials[ANSWER]]
        return parse_scene(self._write_scene(prompt, self._blank(), nucleus(rng)))

    def plan(self, instruction: str, scene: Scene) -> list[tuple[Edit, Scene]]:
        """Scene and instruction → edits, each with the scene after it, starting from `scene`. Raises Malformed."""
        prompt = [*self._prompt("task:plan"), *self._words(instruction), self._specials[ANSWER]]
        memory, at = self.memory(scene)
        tokens, _, _ = self._write(prompt, memory, at, {END}, greedy)
        names = [self._tokenizer.id_to_token(token)[1:-1] for token in tokens]
        return list(parse_edits(names, scene, settled))

    # ---- writing ----

    def memory(self, scene: Scene) -> tuple[np.ndarray, int]:
        """What the language model keeps of a scene, 2·depth×1×heads×tokens×width float32, and the next position."""
        seen = [together_ids(self._tokenizer, names, words) for names, words in scene_positions(scene)]
        return self._take_in(seen, 0, self._blank())[1], len(seen)

    def _blank(self) -> np.ndarray:
        """The memory of nothing."""
        depth, heads, width = (
            self._weights.manifest["configs"]["reader"][name] for name in ("depth", "heads", "width")
        )
        return np.zeros((2 * depth, 1, heads, 0, width // heads), np.float32)

    def _prompt(self, task: str) -> list[int]:
        return [self._specials[task]]

    def _words(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)

    def _decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens))).strip()

    def _step(self, tokens: Sequence[int], at: int, memory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._take_in([[token] for token in tokens], at, memory)

    def _take_in(
        self, positions: Sequence[Sequence[int]], at: int, memory: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Logits after the last of `positions`, each with up to AT_ONCE tokens, and the memory with them."""
        tokens = np.zeros((1, len(positions), AT_ONCE), np.int64)
        for index, together in enumerate(positions):
            tokens[0, index, : len(together)] = together
        logits, memory = self._extend(tokens=tokens, positions=np.arange(at, at + len(positions))[None], past=memory)
        return logits[0], memory

    def _write(
        self, prompt: Sequence[int], memory: np.ndarray, at: int, stops: set[str], choose: Choice
    ) -> tuple[list[int], np.ndarray, int]:
        """Tokens up to one of `stops`, the memory with them, and the next position."""
        ends = {self._specials[name] for name in stops}
        written: list[int] = []
        logits, memory = self._step(prompt, at, memory)
        at += len(prompt)
        names = self._names
        for _ in range(LONGEST):
            token = choose(logits, names)
            if token in ends:
                break
            written.append(token)
            logits, memory = self._step([token], at, memory)
            at += 1
        return written, memory, at

    @cached_property
    def _names(self) -> list[str]:
        size = self._tokenizer.get_vocab_size(with_added_tokens=True)
        names = [""] * size
        for name, number in self._specials.items():
            names[number] = name
        return names

    def _write_text(self, prompt: Sequence[int], scene: Scene) -> str:
        memory, at = self.memory(scene)
        tokens, _, _ = self._write(prompt, memory, at, {END}, greedy)
        return self._decode(tokens)

    @cached_property
    def _allowed(self) -> dict[str, tuple[np.ndarray, list[str]]]:
        """For each section the token numbers that may follow it, and their names; only nouns that are known."""
        allowed = {}
        for section, sections in AFTER.items():
            names = [
                name for name in self._specials
                if name.split(":")[0] in sections and (not name.startswith("noun:") or name[5:] in self.known)
            ]  # fmt: skip
            names.sort(key=self._specials.__getitem__)
            allowed[section] = np.array([self._specials[name] for name in names]), names
        return allowed

    def _write_scene(self, prompt: Sequence[int], memory: np.ndarray, choose: Choice) -> list[str]:
        written: list[str] = []
        logits, memory = self._step(prompt, 0, memory)
        at, section = len(prompt), ""
        for _ in range(LONGEST):
            numbers, names = self._allowed[section]
            name = names[choose(logits[numbers], names)]
            if name == END:
                return written
            written.append(name)
            section = name.split(":")[0]
            logits, memory = self._step([self._specials[name]], at, memory)
            at += 1
        raise Malformed(f"no end after {LONGEST} tokens")


def chance(logits: np.ndarray) -> float:
    """The probability of the likeliest."""
    return float(1 / np.exp(logits - logits.max()).sum())


def background_of(logits: np.ndarray) -> Background:
    """The likeliest place, time of day and weather of concatenated logits."""
    place, time, weather = np.split(logits, np.cumsum([len(PLACES), len(TIMES)]))
    where = PLACES[int(place.argmax())]
    if where in INDOORS:
        return Background(where)
    return Background(where, TIMES[int(time.argmax())], WEATHERS[int(weather.argmax())])


def is_clear(scene: Scene) -> bool:
    """Whether all things lie on the canvas and apart, so that a picture of them can be read again."""
    return all(
        fits(thing, [other for other in scene.things if other is not thing], edge=0) for thing in scene.things
    ) and len(set(scene.things)) == len(scene.things)
