"""Formats: which kind of picture some bytes are, and Pillow's reader for it with only the header read.

The format is told from the content, never from the file's name. Pillow's plugins are called by name, not
through `Image.open`: its limit against decompression bombs is a global of the process, ours an argument.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ImageFile import ImageFile

from diptych.core.errors import Bilingual, InvalidPicture, shorten

_PLUGINS: dict[str, type[ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
"""Endings, in lower case, by which pictures are looked for in a folder; what is in the file decides."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)

BROKEN_FILE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, AttributeError,
    RuntimeError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's plugins raise on a damaged file."""


@contextmanager
def without_warnings() -> Iterator[None]:
    """Pillow warns of odd metadata; what matters for the picture is raised instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_header(data: bytes, origin: str) -> tuple[str, ImageFile]:
    """The format, and Pillow's image of it with its header read and its pixels not. Raises InvalidPicture."""
    kind = _kind(data)
    if kind is None:
        raise _not_a_picture(data, origin)
    try:
        return kind, _PLUGINS[kind](io.BytesIO(data), "")
    except BROKEN_FILE as error:
        raise damaged(origin, error) from error


def read_xmp(data: bytes, *, origin: str = "") -> bytes | None:
    """The XMP packet in a file's bytes, or None; no pixel is decoded. Raises InvalidPicture."""
    with without_warnings():
        _, image = open_header(data, shorten(origin or f"{len(data):,} bytes", 200))
    packet = image.info.get("xmp")
    return packet.encode() if isinstance(packet, str) else packet


def read_dpi(image: ImageFile) -> tuple[float, float] | None:
    """Dots per inch where the file says something usable."""
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 1.0 < x < 65535.0 and 1.0 < y < 65535.0 else None


def _kind(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)


def damaged(origin: str, error: BaseException) -> InvalidPicture:
    if isinstance(error, Image.DecompressionBombError):  # in the WebP and TIFF plugins, from 179 megapixels on
        return InvalidPicture(
            Bilingual(f"'{origin}' is too large to be decoded safely.", f"“{origin}”过大，无法安全解码。"),
            Bilingual("Make it smaller first, or save it as PNG.", "请先缩小图片，或另存为 PNG。"),
        )
    reason = shorten(error) or type(error).__name__
    return InvalidPicture(
        Bilingual(f"'{origin}' is damaged or cut off: {reason}.", f"“{origin}”已损坏或不完整：{reason}。"),
        Bilingual("Copy or download it again, or export it anew.", "请重新复制、下载或导出这张图片。"),
    )


_OTHER_KINDS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftypavif", "AVIF"), (4, b"ftyp", "HEIC / MP4"), (0, b"%PDF", "PDF"), (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML / SVG"), (0, b"8BPS", "Photoshop"), (0, b"\x00\x00\x00\x0cjP", "JPEG 2000"),
    (0, b"\x00\x00\x01\x00", "ICO"), (0, b"PK\x03\x04", "ZIP"),
)  # fmt: skip


def _not_a_picture(data: bytes, origin: str) -> InvalidPicture:
    other = next((kind for at, mark, kind in _OTHER_KINDS if data.startswith(mark, at)), None)
    if not data:
        problem = Bilingual(f"'{origin}' is empty (0 bytes).", f"“{origin}”是空文件（0 字节）。")
    elif other:
        problem = Bilingual(
            f"'{origin}' is a {other} file, which can't be read.", f"“{origin}”是 {other} 文件，无法读取。"
        )
    else:
        start = shorten(data[:24].decode("utf-8", "replace"), 24)
        problem = Bilingual(
            f"'{origin}' is not a picture (it begins with {start!r}).", f"“{origin}”不是图片（开头是 {start!r}）。"
        )
    return InvalidPicture(
        problem,
        Bilingual(
            "Give a JPEG, PNG, WebP, TIFF, BMP or GIF file; export others as one of these.",
            "请使用 JPEG、PNG、WebP、TIFF、BMP 或 GIF 文件；其他格式请先导出为其中之一。",
        ),
    )
