"""Make the pictures of docs/gallery/ that README shows: one photo, one sentence, before and after.

    make docs                       (or: python docs/gallery.py, with the extras "demo" and "ocr" installed)

The photos come with scikit-image: astronaut (NASA, public domain), rocket (SpaceX, public domain), chelsea (Stéfan
van der Walt, CC0), coffee (Rachel Michetti, CC0).
"""

from __future__ import annotations

from pathlib import Path

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


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for name, (photo, wish) in WISHES.items():
        result = Studio().edit(Picture.from_array(photo()), wish)
        panels = side_by_side(outlined(result.before, result.regions), result.picture, height=300)
        panels.save(HERE / f"{name}.jpg", quality=85, record=None)
        print(f"{name}: {wish}")  # noqa: T201


if __name__ == "__main__":
    main()
