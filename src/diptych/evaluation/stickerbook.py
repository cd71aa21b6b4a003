"""The Stickerbook benchmark: fixed prompts, pictures, questions and edits, and how well an engine does on them.

The items are made from a fixed seed, and can be written to a file that other systems are run on. Judging needs the
emoji font (for true pictures) and the checker's weights.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from diptych.core.errors import DiptychError
from diptych.core.operation import Draw as DrawStep
from diptych.core.picture import Picture
from diptych.core.ports import Painter
from diptych.evaluation.checker import Checker, agree
from diptych.world.edits import Edit, instruct_chain, sample_chain
from diptych.world.layout import cells_of
from diptych.world.questions import Question, ask
from diptych.world.render import render
from diptych.world.scene import SIDE, Scene, sample_scene, spot_holds
from diptych.world.splits import color_is_held_out
from diptych.world.vocabulary import LANGUAGES
from diptych.world.wish import SLACK, Wish, choose_wish, judge
from diptych.world.words import describe, phrase

SEED = 20261120
DRAWINGS, PICTURES, QUESTIONS, EDITS = 1000, 1000, 2000, 1000


@dataclass(frozen=True)
class Prompt:
    """One wish in both languages; `unseen` if it has a (noun, colour) that training never showed."""

    wish: Wish
    words: dict[str, str]
    things: int
    unseen: bool

    def as_dict(self) -> dict[str, Any]:
        return {"wish": self.wish.as_dict(), "words": self.words, "things": self.things, "unseen": self.unseen}


def prompts(known: Sequence[str], number: int = DRAWINGS) -> Iterator[Prompt]:
    """Wishes for one, two and three or more things in turn; every fifth with an unseen combination."""
    rng = np.random.default_rng([SEED, 1])
    made = 0
    while made < number:
        unseen = made % 5 == 4
        scene = sample_scene(rng, known, held_out=unseen)
        wanted = 1 + made % 3
        if min(len(scene.things), 3) != wanted:
            continue
        wish = choose_wish(scene, rng, held_out=None if unseen else False)
        words = {language: phrase(wish, language, rng) for language in LANGUAGES}
        held = any(color_is_held_out(group.noun, group.color) for group in wish.groups)
        made += 1
        yield Prompt(wish, words, len(scene.things), held)


def scenes(known: Sequence[str], number: int, part: int) -> Iterator[Scene]:
    """Scenes as they are in training, with any combination of noun and colour."""
    rng = np.random.default_rng([SEED, part])
    for _ in range(number):
        yield sample_scene(rng, known, held_out=None)


def write_prompts(path: Path, known: Sequence[str], number: int = DRAWINGS) -> None:
    """The prompts as JSON lines: words in both languages and the wish that a picture is judged by."""
    lines = [json.dumps(prompt.as_dict(), ensure_ascii=False) for prompt in prompts(known, number)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


Draw = Callable[[str, int], np.ndarray]
"""Words and seed → 128×128×3 uint8."""


def through(painter: Painter) -> Draw:
    """Any engine that fills the Painter port and takes words for a drawing, as what is scored: it gets a white canvas
    of 128×128 and a Draw without layout; a larger picture is brought down to that size."""

    def draw(words: str, seed: int) -> np.ndarray:
        canvas = Picture.from_array(np.full((SIDE, SIDE, 3), 255, np.uint8))
        painted = painter.paint(canvas, DrawStep(words=words, layout=""), None, seed).rgb
        if painted.shape == canvas.rgb.shape:
            return painted
        return np.asarray(Image.fromarray(painted).resize((SIDE, SIDE), Image.Resampling.BOX))

    return draw


def score_drawings(draw: Draw, checker: Checker, number: int = DRAWINGS, seed: int = 0) -> dict[str, Any]:
    """Share of drawings in which every atom of the wish holds, by number of things, language, and kind of atom."""
    whole: dict[str, list[bool]] = defaultdict(list)
    atoms: dict[str, list[bool]] = defaultdict(list)
    failures = 0
    for prompt in prompts(checker.known, number):
        for language in LANGUAGES:
            try:
                found = judge(prompt.wish, checker.read(draw(prompt.words[language], seed)))
            except DiptychError:
                failures += 1
                found = []
            right = bool(found) and all(atom.holds for atom in found)
            size = f"{min(prompt.things, 3)}{'+' if prompt.things >= 3 else ''}"
            for key in ("all", language, size, f"{size} {language}", "unseen" if prompt.unseen else "seen"):
                whole[key].append(right)
            for atom in found:
                atoms[atom.kind].append(atom.holds)
    return {
        "all_right": {key: share(values) for key, values in sorted(whole.items())},
        "atoms": {key: share(values) for key, values in sorted(atoms.items())},
        "refused": failures,
        "prompts": number,
    }


Read = Callable[[np.ndarray, str], str]
"""Picture and language → description."""


def score_descriptions(read: Read, known: Sequence[str], font: Path, number: int = PICTURES) -> dict[str, Any]:
    """Share of pictures described exactly: every thing, count, colour, size and place, and the background, word for
    word as the truth is described."""
    right: dict[str, list[bool]] = defaultdict(list)
    for scene in scenes(known, number, 2):
        picture = render(scene, font)
        for language in LANGUAGES:
            right[language].append(read(picture, language) == describe(scene, language))
    return {"exact": {language: share(values) for language, values in right.items()}, "pictures": number}


Answer = Callable[[np.ndarray, str, str], str]
"""Picture, question and language → answer."""


def questions(known: Sequence[str], number: int = QUESTIONS) -> Iterator[tuple[Scene, str, Question]]:
    """Half in each language, four about each picture."""
    rng = np.random.default_rng([SEED, 3])
    made = 0
    while made < number:
        scene = sample_scene(rng, known, held_out=None)
        for _ in range(4):
            language = LANGUAGES[made % 2]
            question = ask(scene, language, rng, known)
            if question is not None and made < number:
                made += 1
                yield scene, language, question


def score_answers(answer: Answer, known: Sequence[str], font: Path, number: int = QUESTIONS) -> dict[str, Any]:
    """Share of questions answered exactly, by language and by kind."""
    right: dict[str, list[bool]] = defaultdict(list)
    for scene, language, question in questions(known, number):
        said = answer(render(scene, font), question.text, language)
        for key in ("all", language, question.kind):
            right[key].append(said == question.answer)
    return {"right": {key: share(values) for key, values in sorted(right.items())}, "questions": number}


Change = Callable[[np.ndarray, str, str, int], np.ndarray]
"""Picture, instruction, language and seed → changed picture."""


def score_edits(change: Change, checker: Checker, font: Path, number: int = EDITS, seed: int = 0) -> dict[str, Any]:
    """Share of single edits after which the right thing changed and all the rest is kept, and what differs outside of
    where the change belongs: mean squared error of pixels 0..255, and structural similarity (where scikit-image is)."""
    right: dict[str, list[bool]] = defaultdict(list)
    outside: list[float] = []
    similar: list[float] = []
    refused = 0
    rng = np.random.default_rng([SEED, 4])
    for index, scene in enumerate(scenes(checker.known, number, 5)):
        edit = sample_chain(scene, rng, checker.known, 1)[0]
        language = LANGUAGES[index % 2]
        picture = render(scene, font)
        try:
            after = change(picture, instruct_chain([edit], scene, language, rng), language, seed)
        except DiptychError:
            refused += 1
            good = False
        else:
            found = checker.read(after)
            good = fulfils(found, scene, edit)
            kept = ~np.kron(cells_of(scene, edit.after(scene)) | cells_of(scene, found), np.ones((8, 8), bool))
            if kept.any():
                outside.append(float(((after.astype(float) - picture) ** 2)[kept].mean()))
                similar += similarity(picture, after, kept)
        for key in ("all", language, edit.kind):
            right[key].append(good)
    return {
        "right": {key: share(values) for key, values in sorted(right.items())},
        "mse_outside": round(float(np.mean(outside)), 4) if outside else None,
        "ssim_outside": round(float(np.mean(similar)), 4) if similar else None,
        "refused": refused,
        "edits": number,
    }


def similarity(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> list[float]:
    """Mean structural similarity (Wang et al. 2004) of two H×W×3 uint8 pictures `where` H×W is true; empty without
    scikit-image."""
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        return []
    _, each = structural_similarity(one, other, channel_axis=2, full=True)
    # A window of 7 pixels that looks across the edge sees the change itself.
    inner = np.lib.stride_tricks.sliding_window_view(np.pad(where, 3, constant_values=True), (7, 7)).all((2, 3))
    return [float(each[inner].mean())] if inner.any() else []


def fulfils(found: Scene, before: Scene, edit: Edit, slack: int = 8) -> bool:
    """Whether `found` is `before` with `edit` done. Where a thing was added or moved to, only the said spot counts."""
    after = edit.after(before)
    if found.background != after.background or len(found.things) != len(after.things):
        return False
    free = edit.kind in ("add", "move")
    left = list(found.things)
    for thing in after.things:
        placed_freely = free and thing in edit.new
        same = [
            other for other in left
            if other.kind == thing.kind
            and (placed_freely or max(abs(other.x - thing.x), abs(other.y - thing.y)) <= slack)
            and (not placed_freely or edit.spot is None or spot_holds(other, edit.spot, SLACK))
        ]  # fmt: skip
        if not same:
            return False
        left.remove(same[0])
    return True


def score_variety(draw: Draw, known: Sequence[str], font: Path, number: int = 20, seeds: int = 8) -> dict[str, float]:
    """How much drawings of one wish differ over seeds, and how near drawings come to training pictures; root mean
    square distances of 32×32 thumbnails, 0..255. `fresh` is what true pictures that were never trained on have to
    theirs: a drawing that copies would lie much nearer."""
    rng = np.random.default_rng([SEED, 6])
    trained = np.stack([thumbnail(render(sample_scene(rng, known), font)) for _ in range(4000)])
    fresh = np.stack([thumbnail(render(sample_scene(rng, known), font)) for _ in range(200)])
    spread, nearest = [], []
    for prompt in prompts(known, number):
        drawn = [thumbnail(draw(prompt.words["en"], seed)) for seed in range(seeds)]
        spread += [rms(a, b) for i, a in enumerate(drawn) for b in drawn[:i]]
        nearest += [distance_to(one, trained) for one in drawn[:2]]
    return {
        "between_seeds": round(float(np.mean(spread)), 2),
        "nearest_training_picture": round(float(np.mean(nearest)), 2),
        "nearest_training_picture_of_fresh": round(float(np.mean([distance_to(one, trained) for one in fresh])), 2),
    }


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32).reshape(32, 4, 32, 4, 3).mean((1, 3))


def rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a - b) ** 2).mean()))


def distance_to(one: np.ndarray, many: np.ndarray) -> float:
    return float(np.sqrt(((many - one) ** 2).mean((1, 2, 3)).min()))


def validate_checker(checker: Checker, font: Path, number: int = 1000) -> dict[str, Any]:
    """How well the checker reads true pictures, and how often it notices a wrong one: each scene is also compared with
    one that differs by an edit."""
    right: dict[str, list[bool]] = defaultdict(list)
    noticed: list[bool] = []
    rng = np.random.default_rng([SEED, 8])
    for scene in scenes(checker.known, number, 7):
        found = checker.read(render(scene, font))
        for key, value in agree(found, scene).items():
            right[key].append(value)
        right["all"].append(all(agree(found, scene).values()))
        edit = sample_chain(scene, rng, checker.known, 1)[0]
        noticed.append(
            not fulfils(
                checker.read(render(edit.after(scene), font)), scene, Edit("background", background=scene.background)
            )
        )
    return {
        "right": {key: share(values) for key, values in right.items()},
        "wrong_noticed": share(noticed),
        "pictures": number,
    }


def timed(act: Callable[[], object], times: int = 5) -> float:
    """Median seconds of `act`, after one call to warm up."""
    act()
    taken = []
    for _ in range(times):
        start = perf_counter()
        act()
        taken.append(perf_counter() - start)
    return float(np.median(taken))


def share(values: Sequence[bool]) -> float:
    return round(sum(values) / max(len(values), 1), 4)
