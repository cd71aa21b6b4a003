"""Dynamic thresholding (Imagen, arXiv 2205.11487, section 2.3): what a denoiser guesses is kept in the range of
pictures without flattening what lies near its ends. Pure functions."""

from __future__ import annotations

import numpy as np

PERCENTILE = 99.5


def dynamic_threshold(x: np.ndarray, percentile: float = PERCENTILE) -> np.ndarray:
    """`x` (floats, -1..1 and somewhat beyond) brought into -1..1: s is the `percentile` of |x|; where s > 1, x is
    clipped to -s..s and divided by s, else clipped to -1..1. Raises ValueError for a percentile that is none."""
    if not 0 < percentile <= 100:
        raise ValueError(f"the percentile is {percentile}; it must lie above 0 and at most at 100")
    size = np.abs(x)
    # Most pictures have fewer values beyond 1 than that: then s is at most 1 and nothing has to be sorted.
    beyond = int(np.count_nonzero(size > 1))
    if beyond <= (x.size - 1) * (1 - percentile / 100):
        return np.clip(x, -1, 1)
    s = max(float(np.percentile(size, percentile)), 1.0)
    return np.asarray(np.clip(x, -s, s) / np.float32(s), x.dtype)
