"""Which photographs are never trained on: chosen by the hash of their names, so that anyone chooses the same."""

from __future__ import annotations

from collections.abc import Sequence

from diptych.world.splits import bucket

SHARE = 0.2
"""Of people and fashion photographs, to judge matting by."""
CAPTIONED = 100
"""Captioned photographs, to judge retrieval by."""
PLAIN = 40
"""Of DATA/photos, to judge denoising and removal by: `first_by_hash("photos", stems, PLAIN)`."""


def photo_is_held_out(folder: str, stem: str, share: float = SHARE) -> bool:
    """`folder` and `stem` as in people/0001.jpg, without the ending."""
    return bucket(f"photo:{folder}/{stem}") < share


def first_by_hash(folder: str, stems: Sequence[str], count: int) -> list[str]:
    """The `count` names whose hashes come first."""
    return sorted(stems, key=lambda stem: bucket(f"photo:{folder}/{stem}"))[:count]
