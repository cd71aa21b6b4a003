"""Held-out combinations: about one in ten, fixed for ever, never a natural look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.world.splits import HELD_OUT_SHARE, bucket, color_is_held_out, relation_is_held_out
from diptych.world.vocabulary import COLORS, RELATIONS, core_nouns


@given(st.text())
def test_a_bucket_is_a_number_below_one_that_depends_on_the_key_alone(key):
    assert 0 <= bucket(key) < 1
    assert bucket(key) == bucket.__wrapped__(key)


def test_buckets_are_the_same_on_every_machine():
    assert bucket("color:cat:red") == pytest.approx(0.6475712219506953)


def test_one_colour_pair_in_ten_is_held_out():
    held = [color_is_held_out(noun, color) for noun in core_nouns() for color in COLORS]
    assert sum(held) / len(held) == pytest.approx(HELD_OUT_SHARE, abs=0.03)


def test_one_stated_relation_in_ten_is_held_out():
    known = core_nouns()[:30]
    held = [relation_is_held_out(a, relation, b) for a in known for relation in RELATIONS for b in known if a != b]
    assert sum(held) / len(held) == pytest.approx(HELD_OUT_SHARE, abs=0.02)


def test_a_natural_look_is_never_held_out():
    assert not any(color_is_held_out(noun, None) for noun in core_nouns())
