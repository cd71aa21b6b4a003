"""How well words find pictures and things in pictures: retrieval, zero-shot labels, referring expressions, absent
targets.

All are drawn from seeds, rendered as true pictures, and put to what users use: the networks that ship, the grammar, the
grounder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diptych.core.errors import AmbiguousTarget, DiptychError, TargetNotFound
from diptych.core.picture import Picture
from diptych.evaluation.retrieval import recall
from diptych.world.referring import KINDS, Reference, refer
from diptych.world.render import render
from diptych.world.scene import Scene, sample_scene
from diptych.world.vocabulary import LANGUAGES, nouns
from diptych.world.wish import choose_wish, full_wish
from diptych.world.words import Voice, phrase

Find = Callable[[Picture, str, str], np.ndarray]
"""(picture, referring words, language) → mask H×W bool of what was found. Raises DiptychError where nothing, or
several."""


def scenes_of(seed: int, count: int, known: Sequence[str], *, held_out: bool | None) -> list[Scene]:
    rng = np.random.default_rng([seed, 51])
    return [sample_scene(rng, known, held_out=held_out) for _ in range(count)]


def retrieval(encoder: Any, known: Sequence[str], font: Path, *, seed: int = 0, count: int = 500) -> dict[str, Any]:
    """R@1 and R@5 of words among `count` pictures, in each language: full descriptions, and what people would say (a
    wish, which leaves some of it out). One in ten combinations was never shown in training. Chance is 1 / count."""
    scenes = scenes_of(seed, count, known, held_out=None)
    points = encoder.pictures([Picture(render(scene, font)) for scene in scenes])
    right = np.eye(count, dtype=bool)
    found: dict[str, Any] = {"pictures": count, "chance": round(1 / count, 4)}
    for language in LANGUAGES:
        rng = np.random.default_rng([seed, 52])
        told = {
            "descriptions": [phrase(full_wish(scene), language, rng) for scene in scenes],
            "wishes": [phrase(choose_wish(scene, rng, held_out=None), language, rng) for scene in scenes],
        }
        found[language] = {}
        for name, texts in told.items():
            similarity = encoder.words(texts) @ points.T
            found[language][name] = {f"R@{k}": recall(similarity, right, k) for k in (1, 5)}
    return found


def zero_shot(encoder: Any, known: Sequence[str], font: Path, *, seed: int = 0, count: int = 300) -> dict[str, Any]:
    """Pictures of one thing, and the names of all `known` nouns: how often the likest name is the right one, by
    cosine."""
    rng = np.random.default_rng([seed, 53])
    scenes = [
        one for one in (sample_scene(rng, known, held_out=None) for _ in range(60 * count)) if len(one.things) == 1
    ]
    scenes = scenes[:count]
    points = encoder.pictures([Picture(render(scene, font)) for scene in scenes])
    right = np.array([[scene.things[0].noun == noun for noun in known] for scene in scenes])
    found: dict[str, Any] = {"pictures": len(scenes), "labels": len(known), "chance": round(1 / len(known), 4)}
    for language in LANGUAGES:
        names = [nouns()[noun].en if language == "en" else nouns()[noun].zh for noun in known]
        found[language] = recall(points @ encoder.words(names).T, right, 1)
    return found


def zero_shot_tags(encoder: Any, known: Sequence[str], font: Path, *, seed: int = 0, count: int = 60) -> dict[str, Any]:
    """The matching head asked for every noun of `known` on pictures of several things: F1 at the threshold that is best
    for it."""
    scenes = scenes_of(seed + 2, count, known, held_out=None)
    pictures = [Picture(render(scene, font)) for scene in scenes]
    truth = np.array([[any(thing.noun == noun for thing in scene.things) for noun in known] for scene in scenes])
    found: dict[str, Any] = {"pictures": count}
    for language in LANGUAGES:
        names = [nouns()[noun].en if language == "en" else nouns()[noun].zh for noun in known]
        chances = np.array([encoder.matches(picture, names) for picture in pictures])
        scores = [
            (2 * ((chances >= line) & truth).sum() / max(1, (chances >= line).sum() + truth.sum()), line)
            for line in np.linspace(0.05, 0.95, 19)
        ]
        best, line = max(scores)
        found[language] = {"F1": round(float(best), 4), "threshold": round(float(line), 2)}
    return found


@dataclass(frozen=True)
class Pointed:
    """A picture, words that point into it, and where they point."""

    scene: Scene
    reference: Reference
    language: str


def pointed(seed: int, count: int, known: Sequence[str], *, held_out: bool | None, rng_key: int = 54) -> list[Pointed]:
    """`count` referring expressions in each language, of all kinds."""
    made = []
    for number, language in enumerate(LANGUAGES):
        rng = np.random.default_rng([seed, rng_key, number])
        found = 0
        while found < count:
            scene = sample_scene(rng, known, held_out=held_out)
            reference = refer(scene, language, rng)
            if reference is not None:
                made.append(Pointed(scene, reference, language))
                found += 1
    return made


def grounding(find: Find, items: Sequence[Pointed], font: Path) -> dict[str, Any]:
    """The share of expressions whose region overlaps the true outline with IoU > 0.5, by language and kind."""
    right: dict[tuple[str, str], list[bool]] = {}
    missed: list[str] = []
    for item in items:
        picture, truth = Picture(render(item.scene, font)), item.reference.mask(font) > 0.5
        try:
            mask = find(picture, item.reference.text, item.language)
            hit = float((mask & truth).sum() / max(1, (mask | truth).sum())) > 0.5
        except DiptychError:
            hit = False
        right.setdefault((item.language, item.reference.kind), []).append(hit)
        if not hit and len(missed) < 20:
            missed.append(item.reference.text)
    found: dict[str, Any] = {}
    for language in dict.fromkeys(item.language for item in items):
        every = [hit for (said, _), hits in right.items() if said == language for hit in hits]
        kinds = {kind: round(float(np.mean(right[language, kind])), 4) for kind in KINDS if (language, kind) in right}
        found[language] = {"expressions": len(every), "right": round(float(np.mean(every)), 4), **kinds}
    return found | {"missed": missed}


def absent_and_ambiguous(
    find: Find, known: Sequence[str], font: Path, *, seed: int = 0, count: int = 100
) -> dict[str, Any]:
    """Things that a picture doesn't show are to be refused as not found; one of two equal things as ambiguous."""
    absent, equal = {}, {}
    for number, language in enumerate(LANGUAGES):
        rng = np.random.default_rng([seed, 55, number])
        refused, asked = [], []
        while len(refused) < count // 2:
            scene = sample_scene(rng, known, held_out=None)
            missing = [noun for noun in known if noun not in {thing.noun for thing in scene.things}]
            words = Voice(language, None).noun(missing[int(rng.integers(len(missing)))])
            refused.append(
                _raises(find, scene, f"the {words}" if language == "en" else words, language, font, TargetNotFound)
            )
        while len(asked) < count // 4:
            scene = sample_scene(rng, known, held_out=None)
            twice = [group for group in scene.groups() if len(group) == 2]
            twice = [group for group in twice if sum(t.noun == group[0].noun for t in scene.things) == 2]
            if twice:
                words = Voice(language, None).noun(twice[0][0].noun)
                words = f"the {words}" if language == "en" else words
                asked.append(_raises(find, scene, words, language, font, AmbiguousTarget))
        absent[language], equal[language] = round(float(np.mean(refused)), 4), round(float(np.mean(asked)), 4)
    return {"absent": {"asked": count // 2 * 2, **absent}, "two alike": {"asked": count // 4 * 2, **equal}}


def _raises(find: Find, scene: Scene, words: str, language: str, font: Path, kind: type[DiptychError]) -> bool:
    try:
        find(Picture(render(scene, font)), words, language)
    except DiptychError as error:
        return isinstance(error, kind)
    return False
