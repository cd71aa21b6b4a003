"""Enlarging photos by the super-resolution networks, to any size."""

from __future__ import annotations

from math import prod

import cv2
import numpy as np

from diptych.core.operation import Upscale
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import painted
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.networks import FACTORS, enlarged, superres_name
from diptych.operations.resampling import MAX_PIXELS, check_size, resize_pixels

_PAIRS = ((3, 2), (4, 2))
"""Two networks one after the other, for factors above the largest."""


def upscale(picture: Picture, operation: Upscale, region: Region | None, context: Context) -> Change:
    """`factor` times as many pixels a side, by a network.

    2, 3 and 4 go straight; other factors by the next larger one (above 4: by two) and then, averaged, down to the
    exact size. Snapshots are enlarged by the network that takes blur, noise and JPEG off on the way; with `faithful`
    by the one that adds nothing. Alpha is resampled (Lanczos). Raises Unsupported above 300 megapixels.
    """
    if operation.words:
        return painted.enlarge(picture, operation, context)
    width = max(round(picture.width * operation.factor), 1)
    height = max(round(picture.height * operation.factor), 1)
    check_size(width, height)
    factors = network_factors(operation.factor, picture.width * picture.height)
    color = _covered(picture)
    names = []
    for number, factor in enumerate(factors):
        # What the first has made is clean already.
        faithful = operation.faithful or number > 0
        color = enlarged(color, factor, context.weights, faithful=faithful)
        names.append(superres_name(context.weights, factor, faithful=faithful))
    if color.shape[:2] != (height, width):
        color = resize_pixels(color, width, height)
        names.append("area averaging" if prod(factors) > operation.factor else "lanczos")
    if picture.alpha is None:
        return Change(color, engine=", ".join(names))
    alpha = resize_pixels(np.dstack([picture.alpha] * 3), width, height)[:, :, 0]
    return Change(np.dstack([color, alpha]), engine=", ".join(names))


def network_factors(factor: float, area: int = 0) -> tuple[int, ...]:
    """The networks' factors whose product is `factor` (1..8) or the next above it: 1.5 is (2,), 5 is (3, 2).

    Where a picture of `area` pixels would become too large on the way, the next below it: none for 1.5.
    """
    above = *((one,) for one in FACTORS), *_PAIRS
    chosen = next(one for one in above if prod(one) >= factor)
    if area * prod(chosen) ** 2 <= MAX_PIXELS:
        return chosen
    return next((one for one in reversed(above) if prod(one) <= factor), ())


def _covered(picture: Picture) -> Pixels:
    """The colours; where nothing shows, those of the nearest pixel that does: no edge draws in what is hidden."""
    color = np.ascontiguousarray(picture.rgb)
    alpha = picture.alpha
    if alpha is None or not (hidden := alpha == 0).any() or hidden.all():
        return color
    _, nearest = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    of_label[nearest[~hidden]] = color[~hidden]
    return np.asarray(of_label[nearest], np.uint8)
