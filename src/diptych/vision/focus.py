"""Focus: what is sharp where much of the frame is not. A shallow depth of field points at the subject.

Sharpness is the local strength of the finest detail (lightness less its Gaussian blur). It says nothing about a
smooth thing in focus, so it joins saliency and does not replace it.
"""

from __future__ import annotations

import cv2
import numpy as np

from diptych.core.region import Mask

SHALLOW, DEEP = 0.12, 0.32
"""Mean sharpness along the top and sides: below the first the surroundings are out of focus, above the second not."""


def focus(lab: Mask) -> Mask:
    """H×W×3 float32 CIELAB → H×W float32 in 0..1; 1 is as sharp as the sharpest twentieth of the picture."""
    lightness = np.ascontiguousarray(lab[:, :, 0])
    detail = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 1.0))
    # Dilation closes the gaps between edges; then the mean of some ten pixels around.
    spread = cv2.GaussianBlur(cv2.dilate(detail, np.ones((5, 5), np.uint8)), (0, 0), max(lab.shape[:2]) / 40)
    return np.clip(spread / max(float(np.percentile(spread, 95)), 0.5), 0.0, 1.0)


def shallowness(sharp: Mask) -> float:
    """0..1: how surely the picture has a shallow depth of field, by how blurred its top and sides are."""
    rim = max(2, min(sharp.shape) // 10)
    outer = np.concatenate([sharp[:rim].ravel(), sharp[:, :rim].ravel(), sharp[:, -rim:].ravel()])
    return float(np.clip((DEEP - float(outer.mean())) / (DEEP - SHALLOW), 0.0, 1.0))
