"""JPEG's quality read back from pixels of real photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.operations.change import Pixels
from diptych.operations.jpeg_marks import gauged_quality, steps


def compressed(photo: Pixels, quality: int) -> Pixels:
    coded = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
@pytest.mark.parametrize("quality", [10, 25, 50, 75, 85])
def test_the_quality_is_read_back(name: str, quality: int) -> None:
    photo = np.asarray(getattr(data, name)(), np.uint8)
    assert abs(gauged_quality(compressed(photo, quality)) - quality) <= 2


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_what_was_not_compressed_is_not_said_to_be(name: str) -> None:
    photo = np.asarray(getattr(data, name)(), np.uint8)
    assert gauged_quality(photo) == 100
    assert gauged_quality(np.ascontiguousarray(photo[:40, :40])) == 100


def test_noise_after_compression_hides_it_and_noise_before_does_not() -> None:
    photo = np.asarray(data.chelsea(), np.uint8)
    noise = np.random.default_rng(0).normal(0, 12, photo.shape)
    noisy = np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)
    assert abs(gauged_quality(compressed(noisy, 60)) - 60) <= 2
    assert gauged_quality(noisy) == 100


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (8, 8), (64, 1)])
def test_pictures_without_blocks_say_nothing(size: tuple[int, int]) -> None:
    assert gauged_quality(np.full((*size, 3), 90, np.uint8)) == 100


def test_steps_are_those_of_libjpeg() -> None:
    """As Pillow writes them into a file of quality 30, in zigzag order: the first three are (0,0), (0,1), (1,0)."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "jpeg", quality=30)
    table = Image.open(io.BytesIO(file.getvalue())).quantization[0]
    assert sorted(steps(30).flatten().astype(int)) == sorted(table)
    assert steps(50)[0, 1] == 11
    assert (steps(100) == 1).all()
