"""Words that point at things: they fit what they point at, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.world.referring import KINDS, refer
from diptych.world.scene import Scene, Thing
from diptych.world.vocabulary import LANGUAGES, nouns

CATS = Scene(
    (Thing(28, 60, "cat", "red", "small"), Thing(68, 60, "cat", None, "small"), Thing(100, 20, "tree", None, "small"))
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_references_of_every_kind_come_out_and_repeat(scenes, kind, language):
    found = []
    for seed, scene in enumerate(scenes[:150]):
        reference = refer(scene, language, np.random.default_rng(seed), kind)
        assert reference == refer(scene, language, np.random.default_rng(seed), kind)
        if reference is None:
            continue
        found.append(reference)
        assert set(reference.things) <= set(scene.things)
        assert "{" not in reference.text
        entry = nouns()[reference.things[0].noun]
        forms = (entry.zh, *entry.also_zh) if language == "zh" else (entry.en, entry.plural, *sum(entry.also_en, ()))
        assert any(form in reference.text for form in forms)
    assert len(found) > 10


def test_what_is_counted_is_counted_from_the_left():
    said = {refer(CATS, "zh", np.random.default_rng(seed), "counted") for seed in range(12)}
    texts = {(reference.text, reference.things[0].x) for reference in said if reference.text.startswith("左边")}
    assert texts == {("左边第一只猫", 28), ("左边第二只猫", 68)} or {text[-1] for text, _ in texts} <= {
        "猫",
        "咪",
        "子",
    }
    for text, x in texts:
        assert ("第一" in text) == (x == 28)


def test_a_place_that_two_share_points_at_neither():
    pair = Scene((Thing(28, 28, "cat", None, "small"), Thing(28, 68, "cat", None, "small")))
    for seed in range(20):
        reference = refer(pair, "en", np.random.default_rng(seed), "placed")
        assert reference is not None
        assert " left" not in reference.text or "top" in reference.text or "upper" in reference.text


def test_the_mask_covers_what_is_meant_and_no_more(font):
    reference = refer(CATS, "en", np.random.default_rng(1), "related")
    assert reference is not None
    mask = reference.mask(font)
    assert mask.shape == (128, 128)
    assert mask.dtype == np.float32
    rows, columns = np.where(mask > 0.5)
    thing = reference.things[0]
    assert abs(columns.mean() - thing.x) < 6
    assert abs(rows.mean() - thing.y) < 6
