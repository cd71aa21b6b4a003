"""ICC profiles: pixels of any profile → sRGB."""

from __future__ import annotations

import functools
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.uint8]


def to_srgb(image: Image.Image | Pixels, icc: bytes | None) -> Pixels:
    """H×W×3 or H×W×4 uint8 in sRGB of an image in mode L, LA, RGB, RGBA or CMYK (or of H×W×3 RGB pixels).

    Relative colorimetric with black point compensation, as photo programs do it. Without a profile, or with
    one that is broken or doesn't fit the image's mode, gray and RGB are taken as sRGB and CMYK as plain ink
    complements. Alpha is not touched.
    """
    mode = "RGB" if isinstance(image, np.ndarray) else image.mode
    has_alpha = mode in ("LA", "RGBA")
    color_mode = mode[:-1] if has_alpha else mode
    transform = _transform(icc, color_mode) if icc else None
    if isinstance(image, np.ndarray):
        if transform is None:
            return image
        image = Image.fromarray(image)
    if transform is None:
        return np.array(image.convert("RGBA" if has_alpha else "RGB"))
    color = ImageCms.applyTransform(image.convert(color_mode), transform)
    if color is None:
        raise OSError("the colour transform gave no image")
    if has_alpha:
        color.putalpha(image.getchannel("A"))
    return np.array(color)


@functools.lru_cache(maxsize=8)
def _transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform to sRGB, or None where there is nothing to do or the profile can't be used."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    return None if mode == "RGB" and _is_identity(transform) else transform


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether it moves no colour of a 9×9×9 lattice by more than one level: the many spellings of sRGB do not."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    moved = ImageCms.applyTransform(Image.fromarray(lattice), transform)
    return moved is not None and int(np.abs(np.asarray(moved, np.int16) - lattice).max()) <= 1
