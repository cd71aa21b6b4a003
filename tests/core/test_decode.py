"""Decoding: every kind of file against what it was made of, and broken ones against the error tree."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL
import pytest
from PIL import Image
from skimage import data

from diptych.core.errors import InvalidPicture
from diptych.core.picture import Picture

PHOTO = np.ascontiguousarray(data.astronaut()[:300, 100:340])  # 240 wide, 300 high


PILLOW = int(PIL.__version__.split(".")[0])


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels_of(content: bytes) -> np.ndarray:
    return Picture.from_bytes(content).pixels


def png(depth: int, color_type: int, samples: np.ndarray, transparent: bytes = b"") -> bytes:
    """A PNG written out by hand, for the kinds that no library here writes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2" if depth == 16 else "u1").tobytes() for row in samples)
    return b"".join([
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)),
        chunk(b"tRNS", transparent) if transparent else b"",
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ])  # fmt: skip


# ---- formats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_give_the_pixels_back(kind: str) -> None:
    picture = Picture.from_bytes(encoded(Image.fromarray(PHOTO), kind), "a")
    assert np.array_equal(picture.pixels, PHOTO)
    assert (picture.format, picture.name, picture.width, picture.height) == (kind, "a", 240, 300)


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 92},
        {"quality": 95, "subsampling": 0},
        {"quality": 60, "subsampling": 1},
        {"progressive": True},
        {"quality": 90, "keep_rgb": True},
        {"optimize": True, "restart_marker_rows": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_short_way_for_jpeg_gives_the_pixels_of_pillow(mode: str, options: dict[str, object]) -> None:
    content = encoded(Image.fromarray(PHOTO).convert(mode), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    assert np.array_equal(pixels_of(content), expected)


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(Image.fromarray(PHOTO), "JPEG")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("Pillow decoded"))
    assert pixels_of(content).shape == PHOTO.shape


def test_a_jpeg_with_a_thumbnail_and_bytes_after_its_end() -> None:
    thumbnail = encoded(Image.fromarray(PHOTO[:50, :50]), "JPEG")
    content = encoded(Image.fromarray(PHOTO), "JPEG")
    comment = b"\xff\xfe" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    joined = content[:2] + comment + content[2:] + b"\0\0 appended"
    assert np.array_equal(pixels_of(joined), pixels_of(content))


def test_webp_lossy_lossless_and_animated() -> None:
    photo = Image.fromarray(PHOTO)
    assert np.array_equal(pixels_of(encoded(photo, "WEBP", lossless=True)), PHOTO)
    content = encoded(photo, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(255 - PHOTO)])
    first = pixels_of(content)
    assert np.array_equal(first[:, :, :3], PHOTO)


def test_the_first_frame_of_gif_and_apng() -> None:
    red, blue = Image.new("RGB", (8, 6), "red"), Image.new("RGB", (8, 6), "blue")
    for kind in ("GIF", "PNG"):
        content = encoded(red, kind, save_all=True, append_images=[blue])
        assert (pixels_of(content) == (255, 0, 0)).all()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_the_name_does_not_matter(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(encoded(Image.fromarray(PHOTO), kind))
    assert Picture.open(path).format == kind
    assert Picture.open(str(path)).name == "holiday.jpg"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_one_pixel(kind: str) -> None:
    content = encoded(Image.new("RGB", (1, 1), (250, 250, 250)), kind)
    assert np.abs(pixels_of(content).astype(int) - 250).max() <= 2
    assert pixels_of(content).shape == (1, 1, 3)


# ---- kinds of pixels -----------------------------------------------------------------------------------


def test_alpha_is_kept_even_when_opaque() -> None:
    alpha = np.arange(300 * 240, dtype=np.uint8).reshape(300, 240)
    rgba = np.dstack([PHOTO, alpha])
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(pixels_of(encoded(Image.fromarray(rgba), kind)), rgba)
    rgba[:, :, 3] = 255
    assert np.array_equal(pixels_of(encoded(Image.fromarray(rgba), "PNG")), rgba)


def test_gray_with_alpha() -> None:
    image = Image.fromarray(PHOTO).convert("L")
    image.putalpha(100)
    decoded = pixels_of(encoded(image, "PNG"))
    assert np.array_equal(decoded[:, :, 1], np.asarray(image)[:, :, 0])
    assert (decoded[:, :, 3] == 100).all()


def test_palette_with_and_without_transparency() -> None:
    image = Image.fromarray(PHOTO).quantize(64)
    expected = np.asarray(image.convert("RGB"))
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        assert np.array_equal(pixels_of(encoded(image, kind)), expected), kind
    for kind in ("PNG", "GIF"):
        decoded = pixels_of(encoded(image, kind, transparency=5, optimize=False))
        clear = np.asarray(image) == 5
        assert clear.any()
        assert np.array_equal(decoded[:, :, 3] == 0, clear), kind
        assert np.array_equal(decoded[~clear][:, :3], expected[~clear]), kind


def test_one_bit() -> None:
    image = Image.fromarray(PHOTO).convert("1")
    for kind in ("PNG", "TIFF", "BMP"):
        assert np.array_equal(pixels_of(encoded(image, kind))[:, :, 0], np.asarray(image.convert("L"))), kind


def test_eight_bit_colour_key() -> None:
    key = struct.pack(">HHH", *PHOTO[0, 0].tolist())
    decoded = pixels_of(png(8, 2, PHOTO, key))
    assert np.array_equal(decoded[:, :, 3] < 128, np.all(np.equal(PHOTO, PHOTO[0, 0]), axis=2))


def test_cmyk_without_a_profile_is_plain_complements() -> None:
    cmyk = np.zeros((4, 4, 4), np.uint8)
    cmyk[:, :, 0], cmyk[2:, :, 3] = 255, 255
    decoded = pixels_of(encoded(Image.frombytes("CMYK", (4, 4), cmyk.tobytes()), "TIFF"))
    assert decoded[0, 0].tolist() == [0, 255, 255]
    assert decoded[3, 3].tolist() == [0, 0, 0]


def test_cmyk_jpeg_is_not_inverted() -> None:
    decoded = pixels_of(encoded(Image.fromarray(PHOTO).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(decoded.astype(int) - PHOTO).mean() < 3


@pytest.fixture(scope="module")
def deep() -> np.ndarray:
    """A 16-bit picture whose low bytes matter."""
    return np.random.default_rng(3).integers(0, 65536, (20, 31, 4)).astype(np.uint16)


def rounded(samples: np.ndarray) -> np.ndarray:
    return np.round(samples / 257.0).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_are_rounded(suffix: str, channels: int, deep: np.ndarray) -> None:
    samples = deep[:, :, :channels]
    order = [0, 1, 2] if channels == 1 else [2, 1, 0, 3][:channels]
    content = cv2.imencode(suffix, samples if channels > 1 else samples[:, :, 0])[1].tobytes()
    expected = rounded(samples if channels > 1 else np.repeat(samples, 3, axis=2))[:, :, order]
    assert np.array_equal(pixels_of(content), expected)


def test_sixteen_bit_gray_with_alpha_and_colour_keys(deep: np.ndarray) -> None:
    decoded = pixels_of(png(16, 4, deep[:, :, :2]))
    assert np.array_equal(decoded[:, :, 2], rounded(deep[:, :, 0]))
    assert np.array_equal(decoded[:, :, 3], rounded(deep[:, :, 1]))
    for color_type, channels in ((0, 1), (2, 3)):
        key = deep[4, 5, :channels]
        decoded = pixels_of(png(16, color_type, deep[:, :, :channels], key.astype(">u2").tobytes()))
        assert np.argwhere(decoded[:, :, 3] == 0).tolist() == [[4, 5]]
        assert np.array_equal(decoded[:, :, 0], rounded(deep[:, :, 0]))


def test_sixteen_bit_tiff_where_zero_is_white(deep: np.ndarray) -> None:
    content = encoded(Image.fromarray(deep[:, :, 0]), "TIFF", tiffinfo={262: 0})
    assert np.array_equal(pixels_of(content)[:, :, 0], rounded(65535 - deep[:, :, 0]))


def test_white_and_black_at_sixteen_bits_stay_so() -> None:
    ramp = np.array([[0, 128, 129, 257, 32896, 65406, 65407, 65535]], np.uint16)
    assert pixels_of(png(16, 0, ramp))[0, :, 0].tolist() == [0, 0, 1, 1, 128, 254, 255, 255]
    assert Picture.from_bytes(png(16, 0, ramp)).bits == 16
    assert Picture.from_bytes(png(8, 0, ramp >> 8)).bits == 8


def test_float_pixels_are_refused_with_a_remedy() -> None:
    content = encoded(Image.fromarray(np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)), "TIFF")
    with pytest.raises(InvalidPicture, match=r"kind .F.\. Save it as an RGB or gray picture of 8 or 16 bits"):
        Picture.from_bytes(content)


# ---- orientation and metadata --------------------------------------------------------------------------


def exif_with(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Leica"
    exif[0x8769] = {0x9003: "2024:05:01 10:00:00", 0xA002: 240, 0xA003: 300, 0xA001: 65535}
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}
    return exif


STORED = {
    1: PHOTO,
    2: PHOTO[:, ::-1],
    3: PHOTO[::-1, ::-1],
    4: PHOTO[::-1],
    5: PHOTO.transpose(1, 0, 2),
    6: np.rot90(PHOTO, 1),
    7: PHOTO.transpose(1, 0, 2)[::-1, ::-1],
    8: np.rot90(PHOTO, -1),
}
"""How a camera stores the upright photo for each value of the tag."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_orientation_is_applied_once_and_reset(kind: str, orientation: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation]))
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    picture = Picture.from_bytes(encoded(stored, kind, exif=exif_with(orientation).tobytes(), **options))
    assert picture.pixels.shape == PHOTO.shape
    assert np.abs(picture.pixels.astype(int) - PHOTO).mean() < (2 if kind == "JPEG" else 1e-9)
    kept = Image.Exif()
    assert picture.exif is not None
    kept.load(picture.exif)
    assert kept[0x0112] == 1
    assert kept[0x010F] == "Leica"


def test_exif_keeps_what_describes_the_photo_and_drops_what_describes_the_file() -> None:
    picture = Picture.from_bytes(encoded(Image.fromarray(PHOTO), "TIFF", exif=exif_with(1).tobytes()))
    kept = Image.Exif()
    kept.load(picture.exif or b"")
    assert {0x0111, 0x0102, 0x0103, 0x0106}.isdisjoint(kept)  # strips, bits, compression, photometric
    details = kept.get_ifd(0x8769)
    assert details[0x9003] == "2024:05:01 10:00:00"
    assert details[0xA001] == 1
    assert 0xA002 not in details
    assert kept.get_ifd(0x8825)[2] == (48.0, 51.0, 29.0)


def test_an_orientation_alone_is_nothing_to_keep() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert Picture.from_bytes(encoded(Image.fromarray(PHOTO), "JPEG", exif=exif.tobytes())).exif is None


def test_a_broken_exif_block_does_not_hinder() -> None:
    good = exif_with(1).tobytes()
    for broken in (good[:20], b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40, b"Exif\0\0garbage"):
        content = encoded(Image.fromarray(PHOTO), "JPEG", exif=broken)
        assert pixels_of(content).shape == PHOTO.shape


def test_resolution() -> None:
    assert Picture.from_bytes(encoded(Image.fromarray(PHOTO), "JPEG", dpi=(300, 300))).dpi == (300, 300)
    assert Picture.from_bytes(encoded(Image.fromarray(PHOTO), "JPEG")).dpi is None


# ---- bad input -----------------------------------------------------------------------------------------


def assert_told(error: pytest.ExceptionInfo[InvalidPicture], english: str, chinese: str) -> None:
    assert english in error.value.say("en")
    assert chinese in error.value.say("zh")
    assert error.value.remedy.en
    assert error.value.exit_code == 3


@pytest.mark.parametrize(
    ("content", "english", "chinese"),
    [
        (b"", "is empty (0 bytes)", "空文件"),
        ("你好，这是文字".encode(), "is not a picture (it begins with '你好", "不是图片"),
        (b"%PDF-1.7\n", "is a PDF file", "是 PDF 文件"),
        (b"\x00\x00\x00\x1cftypheic", "is a HEIC / MP4 file", "HEIC"),
        (b"\xff\xd8\xff\xe0", "damaged or cut off", "已损坏"),
        (b"BM", "damaged or cut off", "已损坏"),
        (b"II*\x00", "damaged or cut off", "已损坏"),
    ],
)
def test_what_is_no_picture(content: bytes, english: str, chinese: str, tmp_path: Path) -> None:
    path = tmp_path / "input.jpg"
    path.write_bytes(content)
    with pytest.raises(InvalidPicture) as error:
        Picture.open(path)
    assert_told(error, english, chinese)
    assert str(path) in error.value.say("en")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidPicture) as error:
        Picture.open(tmp_path)
    assert_told(error, "is a folder", "是文件夹")


def test_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path / "nofolder" / "none.png"):
        with pytest.raises(InvalidPicture) as error:
            Picture.open(path)
        assert_told(error, f"There is no file '{path}'", "找不到文件")


def test_an_impossible_name() -> None:
    with pytest.raises(InvalidPicture):
        Picture.open("a\0b.png")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    path.chmod(0)
    if os.access(path, os.R_OK):  # an administrator may read everything

        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidPicture) as error:
        Picture.open(path)
    assert_told(error, "No permission to read", "没有权限")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_truncated(kind: str, share: float, capfd: pytest.CaptureFixture[str]) -> None:
    content = encoded(Image.fromarray(PHOTO), kind)
    with pytest.raises(InvalidPicture) as error:
        Picture.from_bytes(content[: int(len(content) * share)], "cut.img")
    assert_told(error, "'cut.img' is damaged or cut off", "已损坏或不完整")
    assert capfd.readouterr() == ("", "")


def test_a_truncated_progressive_jpeg() -> None:
    content = encoded(Image.fromarray(PHOTO), "JPEG", progressive=True)
    with pytest.raises(InvalidPicture):
        Picture.from_bytes(content[:-200])


def test_too_large_is_told_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(Image.fromarray(PHOTO), "PNG")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(InvalidPicture) as error:
        Picture.from_bytes(content, "big.png", max_pixels=71_999)
    assert_told(error, "'big.png' is 240 × 300 pixels, more than the limit of 71,999", "超过 71,999 像素的上限")
    assert "max_pixels" in error.value.remedy.en


def test_a_decompression_bomb() -> None:
    bomb = png(8, 0, np.zeros((1, 1), np.uint8)).replace(
        struct.pack(">II", 1, 1), struct.pack(">II", 60_000, 60_000), 1
    )
    header = bomb[12:29]
    bomb = bomb[:29] + struct.pack(">I", zlib.crc32(header)) + bomb[33:]
    with pytest.raises(InvalidPicture, match="60,000 × 60,000"):
        Picture.from_bytes(bomb)


def test_the_limit_is_ours_and_not_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = {kind: encoded(Image.fromarray(PHOTO), kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")}
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(contents["PNG"]))
    for kind in ("WEBP", "TIFF"):  # these plugins check by themselves, WebP's since Pillow 13
        content = contents.pop(kind)
        if kind == "WEBP" and PILLOW < 13:
            assert pixels_of(content).shape == PHOTO.shape
            continue
        with pytest.raises(InvalidPicture, match="too large to be decoded safely"):
            pixels_of(content)
    for content in contents.values():
        assert pixels_of(content).shape == PHOTO.shape


def test_damaged_bytes_never_raise_anything_else() -> None:
    """Random damage over all formats: a picture comes out, or InvalidPicture; nothing else."""
    rng = np.random.default_rng(11)
    small = Image.fromarray(PHOTO[:40, :50])
    files = [encoded(small.convert(mode), kind) for mode, kind in (
        ("RGB", "JPEG"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "WEBP"), ("RGB", "TIFF"),
        ("P", "GIF"), ("RGB", "BMP"), ("P", "BMP"),
    )]  # fmt: skip
    refused = 0
    for content in files:
        for _ in range(40):
            damaged = bytearray(content)
            for at in rng.integers(0, min(len(damaged), 300), 3):
                damaged[at] = rng.integers(0, 256)
            try:
                Picture.from_bytes(bytes(damaged), max_pixels=1_000_000)
            except InvalidPicture:
                refused += 1
    assert refused > 50
