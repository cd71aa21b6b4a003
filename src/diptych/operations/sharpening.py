"""Unsharp masking without halos, and how soft a picture is."""

from __future__ import annotations

import cv2
import numpy as np

from diptych.operations.change import Pixels


def sharpen_pixels(pixels: Pixels, amount: float, radius: float) -> Pixels:
    """An H×W×3 picture with its luma detail (Gaussian of `radius` pixels taken off) added, `amount` 0..1.

    The detail is cored (below 1.5 levels it is noise more often than not) and what it may add is limited:
    no pixel goes further than a few levels beyond the darkest and brightest of its neighbourhood, which is what a
    halo is. The same offset goes to R, G and B, so hue and chroma differences stay.
    """
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    plane = luma.astype(np.float32)
    detail = plane - cv2.GaussianBlur(plane, (0, 0), radius)
    fine = plane - cv2.GaussianBlur(plane, (0, 0), 2.2 * radius)
    boost = 2.2 * amount * detail + 0.8 * amount * fine
    boost = np.sign(boost) * np.maximum(np.abs(boost) - 1.5 * amount, 0.0)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(radius) + 3,) * 2)
    slack = 3.0 + 12.0 * amount
    most = cv2.dilate(luma, around).astype(np.float32) - plane + slack
    least = cv2.erode(luma, around).astype(np.float32) - plane - slack
    offset = cv2.cvtColor(cv2.min(cv2.max(boost, least), most), cv2.COLOR_GRAY2RGB)
    sharpened = np.asarray(cv2.add(pixels, offset, dtype=cv2.CV_8U), np.uint8)
    return sharpened


def softness(pixels: Pixels) -> float:
    """How much sharpness an H×W×3 picture lacks, 0 (crisp) to 1 (blurred).

    A second blur hardly changes the gradients of a blurred edge, but halves those of a crisp one (Crété
    et al., 2007). The strongest tenth of the gradients, which are edges and not noise, are compared with
    themselves after a blur of 1.5 pixels.
    """
    luma = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    before = cv2.magnitude(cv2.Sobel(luma, -1, 1, 0), cv2.Sobel(luma, -1, 0, 1))
    smooth = cv2.GaussianBlur(luma, (0, 0), 1.5)
    after = cv2.magnitude(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1))
    edges = before >= np.percentile(before[::4, ::4], 90)
    kept = float(after[edges].sum()) / max(float(before[edges].sum()), 1.0)
    return float(np.clip((kept - 0.55) / 0.4, 0.0, 1.0))
