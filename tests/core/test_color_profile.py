"""ICC profiles against the equations that they stand for; the profiles are made here, by hand."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from diptych.core.picture import Picture

PHOTO = np.ascontiguousarray(data.coffee()[:120, 200:360])

# Primaries of Display P3 adapted to D50, as columns X Y Z (the values that its published profile has).
P3_TO_XYZ = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
SRGB_TO_XYZ = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
D50 = (0.96420, 1.0, 0.82491)


def fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile(space: bytes, connection: bytes, device_class: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC version 2.4 profile (ICC.1:2001-04): header, table of tags, tags."""
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + fixed(*D50),
        **tags,
    }
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x02400000, device_class, space, connection)
    header += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(*D50)
    return header.ljust(128, b"\0") + table + body


def gamma_curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def rgb_profile(to_xyz: np.ndarray, gamma: float) -> bytes:
    columns = {name: b"XYZ \0\0\0\0" + fixed(*to_xyz[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma_curve(gamma))
    return profile(b"RGB ", b"XYZ ", b"mntr", columns | curves)


def gray_profile(gamma: float) -> bytes:
    return profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": gamma_curve(gamma)})


def cmyk_profile() -> bytes:
    """A 2×2×2×2 table to Lab in which only black ink darkens: L = 100 (1 - K), a = b = 0."""
    identity = bytes(range(256))
    grid = b"".join(bytes([255 if not at & 1 else 0, 128, 128]) for at in range(16))
    matrix = fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + identity * 4 + grid + identity * 3
    return profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": table, b"A2B1": table})


def to_srgb(encoded: np.ndarray, to_xyz: np.ndarray, gamma: float) -> np.ndarray:
    """The same in numpy: linearise, change primaries, clip, IEC 61966-2-1 transfer curve."""
    linear = (encoded / 255.0) ** gamma @ to_xyz.T @ np.linalg.inv(SRGB_TO_XYZ).T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def decoded(image: Image.Image, kind: str, icc: bytes, **options: object) -> np.ndarray:
    buffer = io.BytesIO()
    image.save(buffer, kind, icc_profile=icc, **options)
    return Picture.from_bytes(buffer.getvalue()).pixels


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_wide_gamut_becomes_srgb(kind: str) -> None:
    result = decoded(Image.fromarray(PHOTO), kind, rgb_profile(P3_TO_XYZ, 2.2))
    error = np.abs(result - to_srgb(PHOTO, P3_TO_XYZ, 2.2))
    assert error.mean() < 0.5
    assert np.percentile(error, 99.9) < 2.5
    assert np.abs(result.astype(int) - PHOTO).mean() > 2  # and it is a change


def test_a_jpeg_with_a_profile_on_the_short_way() -> None:
    plain = io.BytesIO()
    Image.fromarray(PHOTO).save(plain, "JPEG", quality=95)
    stored = np.asarray(Image.open(plain))
    result = decoded(Image.fromarray(PHOTO), "JPEG", rgb_profile(P3_TO_XYZ, 2.2), quality=95)
    assert np.abs(result - to_srgb(stored, P3_TO_XYZ, 2.2)).mean() < 0.5


def test_alpha_is_not_touched() -> None:
    alpha = np.arange(PHOTO.shape[0] * PHOTO.shape[1], dtype=np.uint8).reshape(PHOTO.shape[:2])
    result = decoded(Image.fromarray(np.dstack([PHOTO, alpha])), "PNG", rgb_profile(P3_TO_XYZ, 2.2))
    assert np.array_equal(result[:, :, 3], alpha)
    assert np.abs(result[:, :, :3] - to_srgb(PHOTO, P3_TO_XYZ, 2.2)).mean() < 0.5


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_gray_profile(kind: str) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
    result = decoded(Image.fromarray(ramp), kind, gray_profile(1.0), **({"quality": 100} if kind == "JPEG" else {}))
    assert result.shape == (16, 256, 3)
    linear = ramp / 255.0
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(result[:, :, 1] - expected).mean() < 1.0


def test_cmyk_profile_is_used() -> None:
    inks = np.zeros((8, 8, 4), np.uint8)
    inks[:, :, 0], inks[4:, :, 3] = 255, 255  # full cyan, which this profile shows as white; black below
    image = Image.frombytes("CMYK", (8, 8), inks.tobytes())
    for kind in ("TIFF", "JPEG"):
        result = decoded(image, kind, cmyk_profile())
        assert result[0, 0].min() >= 253
        assert result[7, 7].max() <= 2


def test_the_many_spellings_of_srgb_change_nothing() -> None:
    for icc in (
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"padding",
    ):
        assert np.array_equal(decoded(Image.fromarray(PHOTO), "PNG", icc), PHOTO)


@pytest.mark.parametrize(
    "icc", [b"not a profile", rgb_profile(P3_TO_XYZ, 2.2)[:200], gray_profile(2.2), cmyk_profile()], ids=len
)
def test_a_profile_that_is_broken_or_of_another_kind_is_taken_as_srgb(icc: bytes) -> None:
    assert np.array_equal(decoded(Image.fromarray(PHOTO), "PNG", icc), PHOTO)
