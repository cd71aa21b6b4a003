"""Picture: an immutable sRGB picture in memory, with what must survive from its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from os import PathLike

    from diptych.core.record import Record

MAX_PIXELS = 300_000_000
"""Larger pictures are refused before they are decoded (1.2 GB in memory with alpha)."""


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """H×W×3 or H×W×4 uint8, sRGB, straight alpha; EXIF orientation already applied.

    exif     the source file's EXIF block with its orientation set to 1, or None
    dpi      horizontal and vertical resolution, or None
    format   the source file's format as Pillow names it ("JPEG"), or None when it was made in memory
    name     the source file's name without its folder, or ""
    sha256   hex digest of the source file's bytes, or None when it was made in memory
    bits     bits a channel in the source file; 16 were rounded to 8
    """

    pixels: NDArray[np.uint8]
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: str | None = None
    name: str = ""
    sha256: str | None = None
    bits: int = 8

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] not in (3, 4):
            raise ValueError(f"a picture is H×W×3 or H×W×4 uint8, got {self.pixels.shape} {self.pixels.dtype}")
        self.pixels.flags.writeable = False

    @classmethod
    def open(cls, path: str | PathLike[str], *, max_pixels: int = MAX_PIXELS) -> Picture:
        """Read a file: JPEG, PNG, WebP, TIFF, BMP, or the first frame of a GIF. Raises InvalidPicture."""
        from pathlib import Path

        from diptych.core.decode import decode
        from diptych.core.files import read_file

        place = Path(path)
        return decode(read_file(place), name=place.name, origin=str(place), max_pixels=max_pixels)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "", *, max_pixels: int = MAX_PIXELS) -> Picture:
        """The same for the content of a file. Raises InvalidPicture."""
        from diptych.core.decode import decode

        return decode(data, name=name, max_pixels=max_pixels)

    @classmethod
    def from_array(cls, array: NDArray[np.uint8]) -> Picture:
        """A copy of H×W (gray), H×W×3 (RGB) or H×W×4 (RGBA, straight alpha) uint8."""
        pixels = np.repeat(array[:, :, None], 3, axis=2) if array.ndim == 2 else array.copy()
        return cls(pixels)

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def has_alpha(self) -> bool:
        return int(self.pixels.shape[2]) == 4

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """H×W×3 view."""
        return self.pixels[:, :, :3]

    @property
    def alpha(self) -> NDArray[np.uint8] | None:
        """H×W view, or None."""
        return self.pixels[:, :, 3] if self.has_alpha else None

    @property
    def pixel_sha256(self) -> str:
        """Hex SHA-256 of height, width, channels (little-endian uint32) and the pixels' bytes."""
        digest = hashlib.sha256(np.array(self.pixels.shape, "<u4").tobytes())
        digest.update(np.ascontiguousarray(self.pixels).data)
        return digest.hexdigest()

    @property
    def fingerprint(self) -> str:
        """What a record calls the picture by: the hash of its file, or "pixels:" and that of its pixels."""
        return self.sha256 or f"pixels:{self.pixel_sha256}"

    def with_pixels(self, pixels: NDArray[np.uint8]) -> Picture:
        """Other pixels, with the same EXIF, resolution, name and format; it is no longer the file of that hash."""
        return replace(self, pixels=pixels, sha256=None)

    def __repr__(self) -> str:
        said = "".join(f", {value!r}" for value in (self.format, self.name) if value)
        return f"Picture({self.width}×{self.height} {'RGBA' if self.has_alpha else 'RGB'}{said})"

    def _repr_png_(self) -> bytes:
        """Notebooks call this: the picture, at most 1024 pixels a side."""
        import io

        from PIL import Image

        image = Image.fromarray(self.pixels)
        image.thumbnail((1024, 1024))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return buffer.getvalue()

    def encode(
        self,
        format: str,  # noqa: A002 - Pillow's word for it
        *,
        quality: int = 92,
        metadata: bool = True,
        record: Record | None = None,
    ) -> bytes:
        """The bytes of a file in `format` ("png", "jpeg", "webp", "tiff", "bmp", "gif"), always the same ones.

        `quality` 1..100 is for JPEG and WebP (100: lossless). Alpha is laid on white in JPEG and BMP and cut
        at one half in GIF. `metadata` False leaves EXIF, and so the place where it was taken, out. `record` is
        completed with the output and written into the file as XMP; BMP and GIF can't carry one. Raises SaveFailed.
        """
        from diptych.core.encode import encode_with_record

        return encode_with_record(self, format, quality=quality, metadata=metadata, record=record, sidecar=False)[0]

    def save(
        self,
        path: str | PathLike[str],
        *,
        quality: int = 92,
        metadata: bool = True,
        record: Record | None = None,
        sidecar: bool = False,
    ) -> None:
        """Write a file, all of it or nothing; its suffix names the format. See `encode`.

        With `sidecar`, and always for BMP and GIF, the record goes to `PATH.diptych.json` instead. A file that
        is replaced keeps its permissions; when anything fails it is untouched. Raises SaveFailed.
        """
        from pathlib import Path

        from diptych.core.encode import CARRIES_RECORD, encode_with_record, format_of
        from diptych.core.files import replace_files
        from diptych.core.record import sidecar_path

        place = Path(path)
        apart = sidecar or format_of(place.name) not in CARRIES_RECORD
        data, beside = encode_with_record(
            self, place.name, quality=quality, metadata=metadata, record=record, sidecar=apart
        )
        contents = {place: data}
        if beside is not None:
            contents[sidecar_path(place)] = beside
        replace_files(contents)
