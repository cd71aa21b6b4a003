"""Prompt-to-prompt's functions of maps: what is shared stays, what is new is the target's own, nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diptych.sampling import attention


def maps(words: int, seed: int = 0) -> np.ndarray:
    """1×heads×queries×words, rows that add up to one."""
    scores = np.exp(np.random.default_rng(seed).standard_normal((1, 2, 16, words)))
    return (scores / scores.sum(-1, keepdims=True)).astype(np.float32)


def test_a_swapped_word_gets_the_attention_of_the_one_before():
    words = attention.align(["a", "cat", "on", "the", "moon"], ["a", "dog", "on", "the", "moon"])
    np.testing.assert_array_equal(words.mapping, np.eye(5))
    assert words.shared.tolist() == [1, 0, 1, 1, 1]
    np.testing.assert_array_equal(attention.replace(maps(5), words.mapping), maps(5))


SHORT, LONG = "a cat here", "a fire truck here"


@pytest.mark.parametrize(("before", "after"), [(SHORT, LONG), (LONG, SHORT)])
def test_where_one_word_becomes_two_nothing_is_lost(before, after):
    words = attention.align(before.split(), after.split())
    source = maps(len(before.split()))
    made = attention.replace(source, words.mapping)
    np.testing.assert_allclose(made.sum(-1), source.sum(-1), rtol=1e-6)
    np.testing.assert_array_equal(made[..., [0, -1]], source[..., [0, -1]])


def test_refining_leaves_added_words_to_themselves():
    words = attention.align(["a", "cat"], ["a", "very", "big", "cat"])
    source, target = maps(2, 1), maps(4, 2)
    made = attention.refine(source, target, words.mapping, words.shared)
    np.testing.assert_allclose(made[..., [0, 3]], source)
    np.testing.assert_allclose(made[..., [1, 2]], target[..., [1, 2]])
    assert words.mapping[:, 1:3].sum() == 0


def test_removed_words_leave_the_others_where_they_were():
    words = attention.align(["a", "very", "big", "cat"], ["a", "cat"])
    np.testing.assert_array_equal(attention.replace(maps(4), words.mapping), maps(4)[..., [0, 3]])


def test_weights_scale_single_words():
    made = attention.reweight(maps(3), np.array([1, 2.5, 0], np.float32))
    np.testing.assert_allclose(made[..., 1], maps(3)[..., 1] * 2.5)
    np.testing.assert_array_equal(made[..., 0], maps(3)[..., 0])
    assert not made[..., 2].any()


def test_tensors_do_as_arrays_do():
    words = attention.align(["a", "cat"], ["a", "big", "dog"])
    source, target = maps(2, 1), maps(3, 2)
    expected = attention.refine(source, target, words.mapping, words.shared)
    turned = attention.refine(*(torch.from_numpy(part) for part in (source, target, *words)))
    np.testing.assert_allclose(turned.numpy(), expected, atol=1e-6)


def test_shares_hold_early_and_let_go_late():
    assert [attention.share_at(t, 0.5) for t in (1.0, 0.5, 0.49)] == [1, 1, 0]
    own, other = maps(3, 1), maps(3, 2)
    np.testing.assert_allclose(attention.held(own, other, 0.25), 0.75 * own + 0.25 * other, rtol=1e-6)
    np.testing.assert_array_equal(attention.held(own, other, 0.0), own)


def test_where_words_are_shown_is_found():
    shown = np.zeros((1, 2, 4, 3), np.float32)
    shown[0, :, 2, 1] = 0.9
    shown[0, :, 3, 1] = 0.2
    assert attention.attended(shown, [1]).tolist() == [[False, False, True, False]]
    assert not attention.attended(shown, [0]).any()
