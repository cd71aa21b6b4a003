"""Prompt-to-prompt (Hertz et al., arXiv 2208.01626) as pure functions of attention maps; and what a reference's style
is taken over with (StyleAligned).

A map is B×heads×queries×words (or any shape that ends so): how much each place of the picture looks at each word; in
self-attention the words are places again. A drawing is edited by giving the target's network, in part of its steps,
maps that come of the source's. Who owns the network brings maps in and out: the embedded painter as inputs and outputs
of its graph, a diffusers model through an attention processor.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np

from diptych.sampling.guidance import deviation
from diptych.sampling.predictions import Array

TINY = 1e-5
"""Added to deviations that are divided by."""


class Alignment(NamedTuple):
    """Which words of a source say the same as which of a target.

    mapping   source×target float32: a source word's share in each target word; its column is zero for added words
    shared    target float32: 1 where the word is the source's own, 0 where it was replaced or added
    """

    mapping: np.ndarray
    shared: np.ndarray


def align(source: Sequence[Hashable], target: Sequence[Hashable]) -> Alignment:
    """Words (or tokens) in order. A word that takes another's place gets its attention; where one stands for several,
    or several for one, what the source's words had is divided evenly, so that nothing is lost."""
    mapping = np.zeros((len(source), len(target)), np.float32)
    shared = np.zeros(len(target), np.float32)
    matcher = SequenceMatcher(None, source, target, autojunk=False)
    for kind, i0, i1, j0, j1 in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and i1 - i0 == j1 - j0):
            mapping[range(i0, i1), range(j0, j1)] = 1
        elif kind == "replace":
            mapping[i0:i1, j0:j1] = 1 / (j1 - j0)
        if kind == "equal":
            shared[j0:j1] = 1
    return Alignment(mapping, shared)


def replace(source: Array, mapping: Array) -> Array:
    """Word swap: the target's map is the source's, each word's attention given to the word in its place."""
    return source @ mapping


def refine(source: Array, target: Array, mapping: Array, shared: Array) -> Array:
    """Added or changed words attend as they do of themselves, the shared ones as in the source."""
    return shared * (source @ mapping) + (1 - shared) * target


def reweight(maps: Array, weights: Array) -> Array:
    """Each word's attention times its weight (one number a word): above 1 more of it, below less, 0 nothing."""
    return maps * weights


def held(own: Array, given: Array, share: float | Array) -> Array:
    """(1 - share) · own + share · given."""
    return own + share * (given - own)


def share_at(time: float, until: float, full: float = 1.0) -> float:
    """How much of the source's maps is used at `time` (1 noise … 0 picture, or timesteps): `full` down to `until`, then
    nothing. Early steps decide on the layout, late ones on texture."""
    return full if time >= until else 0.0


def attended(maps: np.ndarray, words: Sequence[int], threshold: float = 0.3) -> np.ndarray:
    """Where a picture shows some words: their maps, averaged over heads and words, relative to the highest, above
    `threshold`. B×heads×queries×words → B×queries bool (the paper's local blend)."""
    mean = maps[..., list(words)].mean(axis=(-3, -1))
    return np.asarray(mean > threshold * np.maximum(mean.max(axis=-1, keepdims=True), 1e-12))


def adain(own: Array, given: Array) -> Array:
    """Adaptive instance normalisation (arXiv 1703.06868) of queries or keys: …×places×channels `own` with the mean and
    deviation, over places, that each channel of `given` has; their numbers of places may differ. With it queries find
    the reference's keys (StyleAligned, arXiv 2312.02133, equation 3)."""
    mean, wanted = own.mean(-2, keepdims=True), given.mean(-2, keepdims=True)
    ratio = deviation(given, (-2,)) / (deviation(own, (-2,)) + TINY)
    return (own - mean) * ratio + wanted
