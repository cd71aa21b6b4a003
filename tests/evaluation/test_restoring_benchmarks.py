"""The benchmarks of super-resolution and denoising, on made pictures: their conventions hold, and their measures tell
good from bad."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

import denoising
import superres
from diptych.evaluation.bicubic import imresize
from diptych.operations.networks import Damage
from peers.superres_networks import NETWORKS, PUBLISHED, SOURCES, channels, parameters


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Edges, slopes and a texture, 96×120×3."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:96, :120]
    waves = 60 * np.sin(x / 5 + y / 11)
    planes = [128 + waves, 2 * x + 10 * (y // 24 % 2), 220 - y + rng.normal(0, 4, y.shape)]
    return np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8)


# ---- super-resolution ----------------------------------------------------------------------------------------------


def test_enlarging_a_reduction_comes_near_the_source(picture: np.ndarray) -> None:
    small = imresize(picture, 48, 60)
    pair = [superres.Pair(small, picture)]
    ways = superres.methods(weights=None)  # type: ignore[arg-type]  # those below need none
    scores = {name: superres.measure(ways[name], pair, 2) for name in ("bicubic", "Lanczos", "Lanczos, back-projected")}
    nearest = superres.measure(lambda one, factor: one.repeat(factor, 0).repeat(factor, 1), pair, 2)
    assert all(found["psnr"] > nearest["psnr"] + 1 and found["ssim"] > nearest["ssim"] for found in scores.values())
    perfect = superres.measure(lambda one, factor: picture ^ 1, pair, 2)
    assert perfect["psnr"] > 45


def test_grey_files_are_measured_as_they_are() -> None:
    """Y of three equal channels spans 219 levels, grey 255: 1.32 dB between them."""
    large = np.random.default_rng(0).integers(20, 200, (32, 32, 1), dtype=np.uint8).repeat(3, 2)
    pair = superres.Pair(large[::2, ::2], large, grey=True)

    def off_by_three(small: np.ndarray, factor: int) -> np.ndarray:
        return large + np.uint8(3)

    grey, rgb = (superres.measure(off_by_three, [one], 2)["psnr"] for one in (pair, pair._replace(grey=False)))
    assert grey == pytest.approx(20 * np.log10(255 / 3), abs=1e-3)
    assert rgb - grey == pytest.approx(20 * np.log10(255 / 219), abs=1e-3)


def test_pairs_of_x3_are_cut_to_its_multiples(tmp_path: Path, picture: np.ndarray) -> None:
    (tmp_path / "x2").mkdir()
    cv2.imwrite(str(tmp_path / "x2" / "one_HR.png"), picture[:94, :119, ::-1])
    cv2.imwrite(str(tmp_path / "x2" / "one_LR.png"), imresize(picture[:94, :118], 47, 59)[..., ::-1])
    (three,) = superres.pairs(tmp_path, 3)
    assert three.large.shape == (93, 117, 3)
    assert three.small.shape == (31, 39, 3)
    (two,) = superres.pairs(tmp_path, 2)
    assert np.array_equal(two.small, imresize(picture[:94, :118], 47, 59))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("ESPCN", 24_800),
        ("FSRCNN", 12_464 + 345),  # published without biases and slopes
        ("SAFMN", 240_000),
        ("IMDN", 715_000),
        ("EDSR-baseline", 1_518_000),
    ],
)
def test_shapes_have_the_published_parameters_and_sizes(name: str, count: int) -> None:
    import torch

    assert parameters(name, 4) == pytest.approx(count, rel=0.01)
    assert name in PUBLISHED
    assert name in SOURCES
    for factor in (2, 3, 4):
        with torch.no_grad():
            made = NETWORKS[name](factor).eval()(torch.rand(1, channels(name), 16, 24))
        assert made.shape == (1, channels(name), 16 * factor, 24 * factor)


# ---- denoising -----------------------------------------------------------------------------------------------------


def test_damage_is_the_same_each_time_and_as_strong_as_said(picture: np.ndarray) -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noisy = denoising.with_noise(25)(grey, 3)
    assert noisy.std() == pytest.approx(25, rel=0.02)
    assert np.array_equal(noisy, denoising.with_noise(25)(grey, 3))
    assert not np.array_equal(noisy, denoising.with_noise(25)(grey, 4))
    assert np.array_equal(noisy, denoising.as_bytes(denoising.with_noise_uncut(25)(grey, 3)))
    assert denoising.with_noise_uncut(50)(np.zeros_like(grey), 0).min() < -100


def test_each_way_takes_noise_off(picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bm3d", reason="the extra 'bench' is not installed")

    def blurred(photo: np.ndarray, weights: object, **told: float) -> tuple[np.ndarray, Damage]:
        return cv2.GaussianBlur(photo, (0, 0), 1), Damage()

    monkeypatch.setattr(denoising, "cleaned", blurred)
    shares = {name: {"25": 0.8} for name in denoising.NON_LOCAL}
    weights = type("Two", (), {"threads": 1})()
    ways = denoising.noise_ways(weights, 25, shares)
    scores = denoising.compare(ways, [picture, picture[::-1]], denoising.with_noise(25), {"BM3D": 1})
    table = denoising.means(scores)
    assert table["as it is"]["psnr"] == pytest.approx(20.2, abs=0.5)  # 20 log10(255 / 25), a little is cut off
    assert all(found["psnr"] > table["as it is"]["psnr"] + 3 for name, found in table.items() if name != "as it is")
    above = denoising.above(scores, "25")
    assert above["DnCNN, published"] == 0.53
    assert above["Diptych, blind"] == pytest.approx(scores["Diptych, blind"][0, 0] - scores["BM3D"][0, 0], abs=0.006)
    assert (above["photos"], table["BM3D"]["photos"], table["wavelets"]["photos"]) == (1, 1, 2)
    assert all(taken > 0 for taken in denoising.seconds(scores).values())


def test_strengths_are_chosen_by_what_is_best(picture: np.ndarray) -> None:
    best_at = {15: 0.6, 25: 1.0, 50: 0.4}

    def way(photo: np.ndarray, h: float, sigma: float) -> np.ndarray:
        return picture if h == best_at[int(sigma)] * sigma else photo

    chosen = denoising.tuned_shares(way, [picture ^ 1])
    assert chosen == {"15": 0.6, "25": 1.0, "50": 0.4}
