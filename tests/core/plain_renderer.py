"""A renderer of a few operations in plain numpy, for tests of what is above and below rendering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diptych.core.certificate import Certificate
from diptych.core.history import Edit
from diptych.core.operation import Brightness, Crop, Flip, Grain, Invert
from diptych.core.picture import Picture
from diptych.core.plan import describe


@dataclass(frozen=True)
class Rendered:
    picture: Picture
    certificates: tuple[Certificate, ...]


def render(picture: Picture, edits: tuple[Edit, ...]) -> Rendered:
    certificates = []
    for number, edit in enumerate(edits, 1):
        before = picture
        picture = picture.with_pixels(_step(picture.pixels, edit))
        changed = -1 if before.pixels.shape != picture.pixels.shape else int((before.pixels != picture.pixels).sum())
        certificates.append(
            Certificate(
                step=number,
                operation=describe(edit.step),
                changed_inside=max(changed, 0),
                frame=(picture.width, picture.height),
                engine="numpy",
                seed=edit.seed if isinstance(edit.step, Grain) else None,
                seconds=np.random.default_rng().random(),
            )
        )
    return Rendered(picture, tuple(certificates))


def _step(pixels: np.ndarray, edit: Edit) -> np.ndarray:
    match edit.step:
        case Invert():
            return 255 - pixels
        case Flip():
            return np.ascontiguousarray(pixels[:, ::-1])
        case Brightness(amount=amount):
            return np.clip(pixels.astype(int) + round(100 * (amount or 0)), 0, 255).astype(np.uint8)
        case Grain():
            noise = np.random.default_rng(edit.seed).integers(-20, 21, pixels.shape)
            return np.clip(pixels + noise, 0, 255).astype(np.uint8)
        case Crop():
            return np.ascontiguousarray(pixels[4:-4, 4:-4])
    raise NotImplementedError(edit.step.op)
