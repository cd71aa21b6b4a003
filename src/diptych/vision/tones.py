"""Regions by luminance: the shadows and the highlights of a picture."""

from __future__ import annotations

from typing import Literal

import numpy as np

from diptych.core.region import Region
from diptych.vision.working_copy import WorkingCopy


def tone_region(copy: WorkingCopy, tone: Literal["shadows", "highlights"]) -> Region | None:
    """The soft region of the darkest or lightest tones, or None when there are none.

    A tone counts by its OKLab lightness against the picture's own range (2nd to 98th percentile): shadows are
    the lowest third of it and never above 0.5, highlights the highest fifth and never below 0.7. The mask falls
    off over a tenth of the range, so an edit under it leaves no contour.
    """
    lightness = copy.oklab[:, :, 0]
    low, high = (float(value) for value in np.percentile(lightness, (2, 98)))
    span = max(high - low, 1e-3)
    if tone == "shadows":
        edge = min(low + span / 3, 0.5)
        soft = (edge - lightness) / (0.1 * span) + 0.5
    else:
        edge = max(high - span / 5, 0.7)
        soft = (lightness - edge) / (0.1 * span) + 0.5
    mask = np.clip(soft, 0.0, 1.0).astype(np.float32)
    if float((mask > 0.5).mean()) < 0.002:
        return None
    # The wider the picture's range, the clearer which tones are meant.
    return Region(copy.refine(mask), tone, round(min(0.9, 0.4 + span), 3))
