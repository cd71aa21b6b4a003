"""Combinations that training never shows, chosen by hash: what generalisation is measured on.

One in ten (noun, colour) pairs never appears in a training picture; one in ten (noun, relation, noun) triples is
never stated in training words.
"""

from __future__ import annotations

import hashlib
from functools import cache

HELD_OUT_SHARE = 0.1


@cache
def bucket(key: str) -> float:
    """A number in [0, 1) that depends on `key` alone (SHA-256)."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") / 2**48


def color_is_held_out(noun: str, color: str | None) -> bool:
    """Natural looks are never held out: a noun that was never seen at all can't be drawn."""
    return color is not None and bucket(f"color:{noun}:{color}") < HELD_OUT_SHARE


def relation_is_held_out(first: str, relation: str, second: str) -> bool:
    return bucket(f"relation:{first}:{relation}:{second}") < HELD_OUT_SHARE
