"""Tokens: scenes and edits come back from them, and nothing malformed passes."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.world.edits import Edit, sample_chain
from diptych.world.scene import Background, Scene, Thing
from diptych.world.tokens import (
    TASKS,
    Malformed,
    edit_tokens,
    parse_edits,
    parse_scene,
    scene_tokens,
    special_tokens,
)

CAT = Thing(22, 62, "cat", "red", "medium")
SCENE = Scene((CAT, Thing(102, 62, "dog", None, "small")), Background("beach", "night", "rain"))


def test_special_tokens_are_unique_and_lead_with_padding():
    tokens = special_tokens()
    assert len(set(tokens)) == len(tokens)
    assert tokens[:3] == ["pad", "end", "answer"]
    assert [token for token in tokens if token.startswith("task:")] == [f"task:{task}" for task in TASKS]


def test_the_numbers_of_special_tokens_never_change():
    tokens = special_tokens()
    before_nouns = tokens[: tokens.index("noun:cat")]
    assert len(before_nouns) == 82
    assert hashlib.sha256(" ".join(before_nouns).encode()).hexdigest()[:16] == "0a2b238f255820f5"


def test_every_token_of_a_scene_or_edit_is_a_special_token(scenes, known):
    rng, specials = np.random.default_rng(50), set(special_tokens())
    for scene in scenes:
        assert set(scene_tokens(scene)) <= specials
    for scene in scenes[:100]:
        assert {token for edit in sample_chain(scene, rng, known, 2) for token in edit_tokens(edit)} <= specials


def test_a_scene_comes_back_from_its_tokens(scenes):
    for scene in scenes:
        tokens = scene_tokens(scene)
        assert len(tokens) == 3 + 5 * len(scene.things)
        assert parse_scene(tokens) == replace(scene, variant=0)


def test_different_scenes_have_different_tokens(scenes):
    plain = {replace(scene, variant=0) for scene in scenes}
    assert len({tuple(scene_tokens(scene)) for scene in plain}) == len(plain)


def test_chains_of_edits_come_back_from_their_tokens(scenes, known):
    rng = np.random.default_rng(51)
    for scene in scenes[:200]:
        chain = sample_chain(scene, rng, known, 3)
        tokens = [token for edit in chain for token in edit_tokens(edit)]
        parsed = list(parse_edits(tokens, scene))
        assert [edit.kind for edit, _ in parsed] == [edit.kind for edit in chain]
        before = scene
        for (edit, after), meant in zip(parsed, chain, strict=True):
            assert set(edit.old) == set(meant.old)
            assert set(edit.new) == set(meant.new)
            assert after == edit.after(before) == meant.after(before)
            before = after


def test_a_position_points_at_the_nearest_thing():
    (edit, after), = parse_edits(["op:remove", "x:6", "y:14"], SCENE)  # fmt: skip
    assert edit == Edit("remove", old=(CAT,))
    assert after.things == SCENE.things[1:]


def test_a_colour_that_is_the_natural_one_is_read_as_natural():
    background = ["place:plain", "time:day", "weather:clear"]
    scene = parse_scene([*background, "noun:strawberry", "color:red", "size:big", "x:15", "y:15"])
    assert scene.things[0].color is None


@pytest.mark.parametrize(
    ("tokens", "missing"),
    [
        ([], "place"),
        (["place:beach", "time:day"], "weather"),
        ([*scene_tokens(SCENE)[:-1]], "y"),
        ([*scene_tokens(SCENE), "end"], "noun"),
        (["time:day", "place:beach", "weather:clear"], "place"),
    ],
)
def test_what_is_no_scene_is_refused_with_what_is_missing(tokens, missing):
    with pytest.raises(Malformed, match=f"stands where {missing} should"):
        parse_scene(tokens)


def test_more_things_than_a_scene_holds_are_refused():
    crowd = ["noun:cat", "color:natural", "size:small", "x:1", "y:1"] * 7
    with pytest.raises(Malformed, match="7 things"):
        parse_scene(["place:sea", "time:day", "weather:clear", *crowd])


def test_an_edit_of_nothing_is_refused():
    with pytest.raises(Malformed, match="where there is none"):
        list(parse_edits(["op:remove", "x:1", "y:1"], Scene(())))
    with pytest.raises(Malformed, match="op"):
        list(parse_edits(["x:1", "y:1"], SCENE))


EDITS = [
    *("op:add", "noun:star", "color:blue", "size:big", "x:3", "y:4"),
    *("op:remove", "x:6", "y:14"),
    *("op:replace", "x:25", "y:15", "noun:tree", "color:red"),
    *("op:recolor", "x:3", "y:4", "color:red"),
    *("op:move", "x:3", "y:4", "x:9", "y:9"),
    *("op:resize", "x:9", "y:9", "size:small"),
    *("op:background", "place:sea", "time:day", "weather:fog"),
]


@given(st.integers(0, 100), st.sampled_from(special_tokens()), st.booleans())
def test_one_wrong_token_gives_another_reading_or_malformed_and_nothing_else(at, token, cut):
    for tokens, parse in (
        (scene_tokens(SCENE), parse_scene),
        (EDITS, lambda tokens: list(parse_edits(tokens, SCENE))),
    ):
        at %= len(tokens)
        assert parse(tokens)
        with contextlib.suppress(Malformed):
            parse([*tokens[:at], token, *([] if cut else tokens[at + 1 :])])
