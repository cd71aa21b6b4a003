"""What the learned reader sees: senses that languages share, pieces that slips of the hand leave."""

from __future__ import annotations

import numpy as np
import pytest

from diptych.language.features import AT_ONCE, NOTHING, ROWS, SENSES, features, piece_rows, sense_rows
from diptych.language.tokens import tokenize


def test_shape_and_range() -> None:
    table = features(tokenize('write "SALE 50% off" in red, 20% bigger 左边'))
    assert table.shape[1] == AT_ONCE
    assert table.dtype == np.int64
    assert (table >= NOTHING).all()
    assert (table < ROWS).all()
    assert (table > NOTHING).any(axis=1).all()
    assert features([]).shape == (0, AT_ONCE)


def test_words_of_one_sense_share_it_in_both_languages() -> None:
    (english,), (chinese,) = tokenize("brighten"), tokenize("调亮")
    assert sense_rows(english)[:2] == sense_rows(chinese)[:2]
    assert not set(piece_rows(english)) & set(piece_rows(chinese))


@pytest.mark.parametrize(("right", "mistyped"), [("photograph", "phtograph"), ("tablecloth", "tableclth")])
def test_a_slip_leaves_most_pieces(right: str, mistyped: str) -> None:
    rows = [set(piece_rows(tokenize(word)[0])) for word in (right, mistyped)]
    assert len(rows[0] & rows[1]) >= 3
    assert not rows[0] & set(piece_rows(tokenize("umbrella")[0]))


def test_a_quotation_is_seen_as_one_whatever_it_says() -> None:
    first, second = (features(tokenize(f'"{text}"')) for text in ("remove the dog", "SALE"))
    assert np.array_equal(first, second)


def test_senses_and_pieces_have_their_own_rows() -> None:
    for token in tokenize("please remove the three red cars behind 小狗"):
        assert all(0 < row < SENSES for row in sense_rows(token))
        assert all(SENSES <= row < ROWS for row in piece_rows(token))
