"""How often the right one comes first: recall at k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ranks(similarity: NDArray[np.float32], right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each of N queries how many of M answers are likelier than its best right one (0 = it comes first).

    `similarity` N×M; `right` N×M bool, at least one true in a row. Ties count against the query.
    """
    best = np.where(right, similarity, -np.inf).max(1, keepdims=True)
    return np.asarray(((similarity >= best) & ~right).sum(1))


def recall(similarity: NDArray[np.float32], right: NDArray[np.bool_], k: int) -> float:
    """Share of the queries with a right answer among their first `k`."""
    return round(float((ranks(similarity, right) < k).mean()), 4)
