"""What the learned reader sees of a token: how it is written and what the lexicon knows of it, as rows of one table.

The rows are hashes (feature hashing, arXiv 0902.2206; letters in pieces as in fastText, arXiv 1607.04606), so that no
vocabulary ships, a mistyped word shares most of its rows with the right one, and a word that the lexicon learns later
finds its senses where they were. 亮 and "bright" share their sense, and so both languages teach one network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np

from diptych.language.tokens import Token

NOTHING = 0
SENSES, ROWS = 1024, 6144
"""Rows 1 to SENSES - 1 are senses, from there to ROWS - 1 pieces of words; 0 adds nothing."""
AT_ONCE = 24
"""Most rows of one token."""
MOST_SENSES, MOST_PIECES = 6, 16
LONGEST = 96
"""Most tokens that are read at once."""
_NAMED = frozenset({"verb", "quality", "more", "less", "place"})
"""Kinds of senses of which the name counts; of others the kind: a cat is a thing."""


def features(tokens: Sequence[Token]) -> np.ndarray:
    """T×AT_ONCE int64: the rows of each token, NOTHING where it has fewer."""
    table = np.full((len(tokens), AT_ONCE), NOTHING, np.int64)
    for place, token in enumerate(tokens):
        rows = [*sense_rows(token), *piece_rows(token)]
        table[place, : len(rows)] = rows
    return table


def sense_rows(token: Token) -> list[int]:
    """What it is (a word, a number, a quotation) and what it can mean."""
    names = [token.surface]
    for sense in token.senses:
        name = f"{sense.kind}:{sense.name}" if sense.kind in _NAMED else sense.kind
        if name not in names:
            names.append(name)
    return [1 + crc32(name.encode()) % (SENSES - 1) for name in names[: 1 + MOST_SENSES]]


def piece_rows(token: Token) -> list[int]:
    """How it is written. Of quotations and numbers only the unit counts: what they say is for the grammar's readers."""
    if token.surface == "quote":
        return []
    pieces = list(dict.fromkeys(_pieces(token)))[:MOST_PIECES]
    return [SENSES + crc32(piece.encode()) % (ROWS - SENSES) for piece in pieces]


def _pieces(token: Token) -> Iterator[str]:
    """The word, its words, and runs of its letters: three of Latin ones, one and two of Chinese ones."""
    text = token.text
    if token.surface == "number":
        yield "".join("0" if character.isdigit() else character for character in text)
        return
    yield text
    for word in text.split():
        yield f"<{word}>"
        if word.isascii():
            marked = f"<{word}>"
            yield from (marked[at : at + 3] for at in range(len(marked) - 2))
        else:
            yield from word
            yield from (word[at : at + 2] for at in range(len(word) - 1))
