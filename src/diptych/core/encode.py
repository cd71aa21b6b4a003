"""Picture → bytes, the same bytes every time."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from diptych.core.errors import Bilingual, SaveFailed, shorten
from diptych.core.exif import attach

if TYPE_CHECKING:
    from diptych.core.picture import Picture
    from diptych.core.record import Record

Pixels = NDArray[np.uint8]

SUFFIXES: dict[str, str] = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".gif": "GIF",
}
"""File name suffix → format."""

CARRIES_RECORD = frozenset({"JPEG", "PNG", "WEBP", "TIFF"})
"""The formats that have a place for XMP, and so for a record."""

_SEGMENT = 65533
"""The most that one JPEG segment holds: 16-bit length, of which the length itself is two bytes."""

_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\x00"


def format_of(name: str | Path) -> str:
    """The format for a file name by its suffix, or by a format's bare name ("png"). Raises SaveFailed."""
    path = Path(name)
    found = SUFFIXES.get(path.suffix.lower()) or SUFFIXES.get(f".{str(name).lower()}")
    if found:
        return found
    known = " ".join(SUFFIXES)
    quoted = shorten(path.suffix or name, 200)
    raise SaveFailed(
        Bilingual(f"'{quoted}' does not name a format that can be written.", f"“{quoted}”不是可以写入的格式。"),
        Bilingual(f"End the file name in one of: {known}", f"请使用这些后缀之一：{known}"),
    )


def encode_with_record(
    picture: Picture, name: str, *, quality: int, metadata: bool, record: Record | None, sidecar: bool
) -> tuple[bytes, bytes | None]:
    """The file's bytes for a file name or format, and the sidecar's, if the record goes there.

    The record is completed with the output first, so that a file tells how to make itself. Raises SaveFailed,
    also where the record should go into a format that has no place for one.
    """
    kind = format_of(name)
    if record is None:
        return encode(picture, kind, quality=quality, metadata=metadata, xmp=None), None
    from diptych.core.record import Encoding
    from diptych.core.xmp import wrap

    how = Encoding(format=kind, quality=quality, metadata=metadata, sidecar=sidecar)
    if not sidecar and kind not in CARRIES_RECORD:
        raise SaveFailed(
            Bilingual(f"A {kind} file has no place for the record of edits.", f"{kind} 文件无法携带编辑记录。"),
            Bilingual("Save it with a sidecar, or as PNG.", "请同时保存记录文件（sidecar），或保存为 PNG。"),
        )
    text = record.of_output(picture, how).to_json()
    xmp = None if how.sidecar else wrap(text)
    told = parameters_text(record) if metadata and xmp is not None else None
    data = encode(picture, kind, quality=quality, metadata=metadata, xmp=xmp, parameters=told)
    return data, text.encode() if how.sidecar else None


def parameters_text(record: Record) -> str | None:
    """What a drawing was made from, in the form that AUTOMATIC1111's web UI writes and other tools read: the prompt,
    then the settings on one line. None for what was not drawn."""
    from diptych.core.operation import Draw

    drawn = next((edit for edit in record.edits if edit.step.op == "draw" and edit.enabled), None)
    if drawn is None or not isinstance(drawn.step, Draw):
        return None
    step = drawn.step
    told = (("Steps", step.steps), ("Sampler", step.sampler), ("CFG scale", step.guidance))
    sampling = "".join(f"{name}: {value}, " for name, value in told if value is not None)
    size = f"{record.source.width}x{record.source.height}"
    model = ", ".join(engine for engine in record.engines if engine != "diptych")
    settings = f"{sampling}Seed: {drawn.seed}, Size: {size}, Model: {model}, Version: diptych {record.diptych}"
    return f"{step.words}\n{settings}"


def encode(
    picture: Picture, kind: str, *, quality: int, metadata: bool, xmp: bytes | None, parameters: str | None = None
) -> bytes:
    """The file's bytes, with an XMP packet if one is given, and in a PNG the text chunk `parameters`.

    `kind` is a format as Pillow names it; `quality` (1..100) is for JPEG and WebP (100: lossless there).

    Alpha is laid on white where the format has none (JPEG, BMP), and cut at one half for GIF. EXIF and the
    resolution go along where the format has a place for them and `metadata` is true. Raises SaveFailed.
    """
    if not 1 <= quality <= 100:
        raise SaveFailed(
            Bilingual(f"The quality must lie in 1..100, got {quality}.", f"质量应在 1 到 100 之间，得到 {quality}。"),
            Bilingual("Leave it out for 92, which is visually lossless.", "省略时为 92，肉眼看不出损失。"),
        )
    exif = picture.exif if metadata else None
    dpi = picture.dpi if metadata else None
    try:
        if kind == "JPEG":
            return _jpeg(picture, quality, exif, dpi, xmp)
        return _others(picture, kind, quality, exif, dpi, xmp, parameters)
    except (OSError, ValueError, struct.error, MemoryError, SystemError) as error:
        raise SaveFailed(
            Bilingual(
                f"A {picture.width} × {picture.height} picture can't be written as {kind}: {shorten(error)}.",
                f"{picture.width} × {picture.height} 的图片无法保存为 {kind}：{shorten(error)}。",
            ),
            Bilingual("Choose another format, such as PNG or TIFF.", "请换一种格式，例如 PNG 或 TIFF。"),
        ) from error


def _jpeg(
    picture: Picture, quality: int, exif: bytes | None, dpi: tuple[float, float] | None, xmp: bytes | None
) -> bytes:
    """OpenCV writes the scan (baseline, 4:2:0; the very bytes that Pillow writes), we the segments before it."""
    import cv2

    if max(picture.width, picture.height) > 65500:
        raise ValueError("a JPEG has at most 65,500 pixels a side")
    bgr = cv2.cvtColor(_on_white(picture), cv2.COLOR_RGB2BGR)
    done, scan = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise OSError("the JPEG encoder failed")
    data = memoryview(np.ascontiguousarray(scan).data)
    after_jfif = 4 + int.from_bytes(data[4:6], "big")  # SOI, then APP0 with its length at 4
    x, y = (round(dpi[0]), round(dpi[1])) if dpi else (1, 1)
    jfif = struct.pack(">4sH5sHBHHBB", b"\xff\xd8\xff\xe0", 16, b"JFIF\x00", 0x0101, 1 if dpi else 0, x, y, 0, 0)
    return b"".join([jfif, _app1(exif, "EXIF"), _app1(_XMP_MARK + xmp if xmp else None, "XMP"), data[after_jfif:]])


def _app1(content: bytes | None, what: str) -> bytes:
    if content is None:
        return b""
    if len(content) > _SEGMENT:
        remedy = (
            Bilingual("Save with --no-metadata, or as PNG.", "请加 --no-metadata 保存，或保存为 PNG。")
            if what == "EXIF"
            else Bilingual("Save with --sidecar, or as PNG.", "请加 --sidecar 保存，或保存为 PNG。")
        )
        raise SaveFailed(
            Bilingual(
                f"The {what} block has {len(content):,} bytes; a JPEG takes at most {_SEGMENT:,}.",
                f"{what} 数据有 {len(content):,} 字节，JPEG 最多容纳 {_SEGMENT:,} 字节。",
            ),
            remedy,
        )
    return b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content


def _others(
    picture: Picture,
    kind: str,
    quality: int,
    exif: bytes | None,
    dpi: tuple[float, float] | None,
    xmp: bytes | None,
    parameters: str | None,
) -> bytes:
    """Pillow writes these. PNG, TIFF and BMP are lossless; GIF has 256 colours at most."""
    options: dict[str, object] = {"dpi": dpi} if dpi else {}
    image = Image.fromarray(_on_white(picture) if kind == "BMP" else picture.pixels)
    if kind == "PNG":
        chunks = PngInfo()
        if xmp:
            chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
        if parameters:
            chunks.add_text("parameters", parameters)
        # Level 3 writes 12 megapixels in 1.0 s, level 6 in 2.7 s for 12 % fewer bytes.
        options |= {"pnginfo": chunks, "compress_level": 3}
    elif kind == "WEBP":
        options |= {"quality": quality, "lossless": quality == 100, "method": 2, "xmp": xmp or b""}
    elif kind == "TIFF":
        # Between deflated strips Pillow before 13 leaves whatever memory held, so that no two files are equal.
        if int(PIL.__version__.split(".")[0]) >= 13:
            options |= {"compression": "tiff_adobe_deflate"}
    elif kind == "GIF":
        image, options = _palette(picture), {"optimize": False}
        if picture.has_alpha:
            options["transparency"] = 255
    if exif and kind in ("PNG", "WEBP"):
        options["exif"] = exif
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return attach(buffer.getvalue(), exif, xmp) if kind == "TIFF" else buffer.getvalue()


def _palette(picture: Picture) -> Image.Image:
    """At most 256 colours by median cut, dithered; with alpha 255 and a transparent one."""
    colors = Image.fromarray(np.ascontiguousarray(picture.rgb)).quantize(255 if picture.has_alpha else 256)
    if picture.alpha is None:
        return colors
    indices = np.array(colors)
    indices[picture.alpha < 128] = 255
    clear = Image.fromarray(indices)
    clear.putpalette(colors.getpalette() or [])
    return clear


def _on_white(picture: Picture) -> Pixels:
    """H×W×3: straight alpha composited on white, rounded."""
    if not picture.has_alpha:
        return np.ascontiguousarray(picture.pixels)
    image = Image.fromarray(picture.pixels)
    white = Image.new("RGB", image.size, "white")
    white.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return np.asarray(white)
