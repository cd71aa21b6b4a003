"""Super-resolution and cleaning with the weights that ship, on real photographs of any size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from diptych.operations import networks
from diptych.operations.change import Pixels
from diptych.operations.networks import cleaned, enlarged, gauged, interleaved
from diptych.operations.tiles import tiled
from diptych.runtime import shipped


@pytest.fixture(scope="module")
def photo() -> Pixels:
    """Chelsea the cat, 300×451×3."""
    return np.asarray(data.chelsea(), np.uint8)


def psnr(found: Pixels, true: Pixels) -> float:
    return float(10 * np.log10(255**2 / np.mean((found.astype(float) - true.astype(float)) ** 2)))


def noisy(photo: Pixels, sigma: float) -> Pixels:
    noise = np.random.default_rng(3).normal(0, sigma, photo.shape)
    return np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)


def compressed(photo: Pixels, quality: int) -> Pixels:
    coded = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


# ---- tiles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "stride"), [(16, 1), (40, 8), (64, 8), (1000, 8)])
def test_tiles_are_the_whole_where_the_work_reaches_no_further_than_said(side: int, stride: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (131, 203, 3), dtype=np.uint8)

    def work(part: Pixels) -> Pixels:
        blurred = cv2.blur(part, (9, 9), borderType=cv2.BORDER_CONSTANT)
        return np.asarray(blurred.repeat(2, 0).repeat(2, 1), np.uint8)

    made = tiled(pixels, work, side=side, reach=4, factor=2, stride=stride)
    assert np.array_equal(made, work(pixels))


def test_tiles_that_overlap_too_little_would_show() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)

    def work(part: Pixels) -> Pixels:
        return np.asarray(cv2.blur(part, (9, 9), borderType=cv2.BORDER_CONSTANT), np.uint8)

    assert not np.array_equal(tiled(pixels, work, side=32, reach=3), work(pixels))


# ---- super-resolution --------------------------------------------------------------------------------------


def test_planes_interleaved_are_the_pixels_of_each_block() -> None:
    factor, height, width = 3, 4, 5
    large = np.random.default_rng(0).integers(0, 256, (factor * height, factor * width, 3), dtype=np.uint8)
    blocks = large.reshape(height, factor, width, factor, 3)
    planes = np.ascontiguousarray(blocks.transpose(1, 3, 4, 0, 2).reshape(-1, height, width))
    assert np.array_equal(interleaved(planes, factor), large)


@pytest.mark.parametrize("factor", networks.FACTORS)
@pytest.mark.parametrize("faithful", [True, False])
def test_tiled_enlarging_equals_that_of_the_whole(
    photo: Pixels, factor: int, faithful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = np.ascontiguousarray(photo[:150, :211])
    whole = enlarged(part, factor, shipped(), faithful=faithful)
    assert whole.shape == (150 * factor, 211 * factor, 3)
    monkeypatch.setattr(networks, "_SUPERRES_TILE", 64)
    assert np.array_equal(enlarged(part, factor, shipped(), faithful=faithful), whole)


@pytest.mark.parametrize("factor", networks.FACTORS)
def test_the_faithful_network_beats_lanczos_on_bicubic_reductions(factor: int) -> None:
    photo = Image.fromarray(np.asarray(data.astronaut(), np.uint8)).crop((0, 0, 480, 480))
    small = photo.resize((480 // factor, 480 // factor), Image.Resampling.BICUBIC)
    plain = np.asarray(small.resize(photo.size, Image.Resampling.LANCZOS), np.uint8)
    made = enlarged(np.asarray(small, np.uint8), factor, shipped(), faithful=True)
    assert psnr(made, np.asarray(photo)) > psnr(plain, np.asarray(photo)) + 0.7


def test_the_snapshot_network_takes_off_what_the_faithful_one_enlarges(photo: Pixels) -> None:
    height, width = (side // 2 for side in photo.shape[:2])
    true = np.ascontiguousarray(photo[: 2 * height, : 2 * width])
    small = np.asarray(cv2.resize(true, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    bad = compressed(noisy(small, 6), 75)
    made = {faithful: enlarged(bad, 2, shipped(), faithful=faithful) for faithful in (True, False)}
    assert psnr(made[False], true) > psnr(made[True], true) + 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 2), (9, 200)])
def test_pictures_of_any_size_can_be_enlarged_and_cleaned(photo: Pixels, size: tuple[int, int]) -> None:
    part = np.ascontiguousarray(photo[: size[0], : size[1]])
    assert enlarged(part, 4, shipped(), faithful=False).shape == (4 * size[0], 4 * size[1], 3)
    assert cleaned(part, shipped(), sigma=20)[0].shape == part.shape
    assert cleaned(part, shipped())[0].shape == part.shape


def test_other_factors_are_refused(photo: Pixels) -> None:
    with pytest.raises(ValueError, match="2, 3, 4, none for 5"):
        enlarged(photo, 5, shipped(), faithful=True)


# ---- cleaning ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [10, 25, 50])
def test_noise_is_gauged_and_taken_off(photo: Pixels, sigma: float) -> None:
    bad = noisy(photo, sigma)
    made, damage = cleaned(bad, shipped())
    assert abs(damage.sigma - sigma) <= 0.15 * sigma + 1.5
    assert psnr(made, photo) > psnr(bad, photo) + 4


@pytest.mark.parametrize("quality", [10, 25])
def test_blocks_are_gauged_and_taken_off(photo: Pixels, quality: int) -> None:
    bad = compressed(photo, quality)
    assert abs(gauged(bad, shipped()).quality - quality) <= 15
    assert psnr(cleaned(bad, shipped())[0], photo) > psnr(bad, photo) + 0.3


def test_what_is_clean_and_what_is_told_to_be_stays_as_it_is(photo: Pixels) -> None:
    assert np.array_equal(cleaned(photo, shipped())[0], photo)
    assert np.array_equal(cleaned(noisy(photo, 20), shipped(), sigma=0)[0], noisy(photo, 20))
    assert np.array_equal(cleaned(photo, shipped(), quality=100)[0], photo)


def test_more_strength_takes_more_off(photo: Pixels) -> None:
    bad = noisy(photo, 20)
    gone = [np.abs(cleaned(bad, shipped(), sigma=sigma)[0].astype(int) - bad).mean() for sigma in (5, 20, 40)]
    assert gone[0] < gone[1] < gone[2]


def test_tiled_cleaning_equals_that_of_the_whole(photo: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    large = noisy(np.ascontiguousarray(np.tile(photo, (2, 1, 1))[:520, :400]), 15)
    whole, _ = cleaned(large, shipped(), sigma=15)
    monkeypatch.setattr(networks, "_CLEANER_TILE", 256)
    assert np.array_equal(cleaned(large, shipped(), sigma=15)[0], whole)


def test_equal_pictures_give_equal_bytes(photo: Pixels) -> None:
    bad = noisy(photo, 15)
    assert np.array_equal(cleaned(bad, shipped())[0], cleaned(bad.copy(), shipped())[0])
