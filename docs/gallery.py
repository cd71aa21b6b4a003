"""Make the pictures of docs/gallery/ that README shows: one photo, one sentence, before and after.

    make docs                       (or: python docs/gallery.py, with the extras "demo" and "ocr" installed)

The photos come with scikit-image: astronaut (NASA, public domain), rocket (SpaceX, public domain), chelsea (Stéfan
van der Walt, CC0), coffee (Rachel Michetti, CC0).
"""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data

from diptych import Picture, Studio
from diptych.panels import outlined, side_by_side

HERE = Path(__file__).parent / "gallery"

WISHES = {
    "corner": (data.chelsea, "crop it square, make it a bit brighter and put 'ACME' in the bottom right corner"),
    "background": (data.coffee, "把背景虚化，颜色暖一点"),
    "cutout": (data.coffee, "make the background light blue"),
    "drawing": (data.astronaut, "变成铅笔素描"),
    "halves": (data.rocket, "make the left half black and white and pixelate the bottom right corner"),
    "old": (data.astronaut, "make it look like an old photo"),
}
"""Name of the picture → (the photo, the wish)."""


def small() -> np.ndarray:
    """A cat of 150×100 pixels."""
    return np.asarray(Image.fromarray(data.chelsea()[:300, :450]).resize((150, 100), Image.Resampling.BICUBIC))


def noisy() -> np.ndarray:
    """A coffee in the dark: noise of 25 levels."""
    photo = data.coffee()[60:360, 100:550]
    noise = np.random.default_rng(0).normal(0, 25, photo.shape)
    return np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)


def squeezed() -> np.ndarray:
    """An astronaut through JPEG of quality 12."""
    file = io.BytesIO()
    Image.fromarray(data.astronaut()[:300, :450]).save(file, "jpeg", quality=12)
    return np.asarray(Image.open(io.BytesIO(file.getvalue())))


def scratched() -> np.ndarray:
    """An old print: faded, with scratches."""
    photo = (data.astronaut()[:300, :450] * 0.6 + 70).astype(np.uint8)
    rng = np.random.default_rng(4)
    for x, width in zip(rng.integers(20, 430, 5).tolist(), (1, 2, 1, 2, 1), strict=True):
        ends = np.array([[x, 0], [x + 12, 120], [x - 6, 299]], np.int32)
        cv2.polylines(photo, [ends], False, (246, 244, 238), width, cv2.LINE_AA)
    return photo


RESTORED = {
    "enlarged": (small, "upscale it 3x"),
    "cleaned": (noisy, "remove the noise"),
    "unsqueezed": (squeezed, "去除压缩痕迹"),
    "restored": (scratched, "修复照片并去除划痕"),
}
"""The same, of photos that something has happened to. What was small is shown enlarged by bicubic interpolation."""


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for name, (photo, wish) in WISHES.items():
        result = Studio().edit(Picture.from_array(photo()), wish)
        panels = side_by_side(outlined(result.before, result.regions), result.picture, height=300)
        panels.save(HERE / f"{name}.jpg", quality=85, record=None)
        print(f"{name}: {wish}")  # noqa: T201
    for name, (photo, wish) in RESTORED.items():
        result = Studio().edit(Picture.from_array(photo()), wish)
        size = (result.picture.width, result.picture.height)
        before = Image.fromarray(result.before.rgb).resize(size, Image.Resampling.BICUBIC)
        panels = side_by_side(Picture.from_array(np.asarray(before)), result.picture, height=300)
        panels.save(HERE / f"{name}.jpg", quality=90, record=None)
        print(f"{name}: {wish}")  # noqa: T201


if __name__ == "__main__":
    main()
