"""What removal learns from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from diptych.core.errors import Unsupported
from diptych.evaluation.held_out import photo_is_held_out
from diptych.training import holes
from diptych.training.holes import Holes, silhouettes
from diptych.training.recipes.inpainter import hole_loss


def test_a_sample_is_a_function_of_its_seed(data: Path) -> None:
    source = Holes(data)
    one, other = (source.sample(np.random.default_rng(3), 64, 48) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
    assert one[0].shape == (64, 48, 3)
    assert one[1].shape == (64, 48)
    assert one[1].dtype == bool


def test_there_is_always_a_hole_and_something_around_it(data: Path) -> None:
    source = Holes(data)
    shares = [source.sample(np.random.default_rng(seed), 64, 48)[1].mean() for seed in range(120)]
    assert min(shares) > 0
    assert max(shares) < 0.6
    assert np.quantile(shares, 0.9) > 3 * np.quantile(shares, 0.1)


def test_outlines_are_of_one_side_of_the_split(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    names = [f"{number:04}" for number in range(40)]
    for number, name in enumerate(names):  # each outline has an area of its own
        mask = np.zeros((60, 60), np.uint8)
        mask[5:45, 3 : 4 + number] = 255
        cv2.imwrite(str(tmp_path / "people" / f"{name}.png"), mask)
    held = {40 * (1 + number) for number, name in enumerate(names) if photo_is_held_out("people", name)}
    assert 0 < len(held) < 20
    assert {int(shape.sum()) for shape in silhouettes(tmp_path, held_out=True)} == held
    assert held.isdisjoint(int(shape.sum()) for shape in silhouettes(tmp_path, held_out=False))
    for shape in silhouettes(tmp_path, held_out=True):  # cut to its box
        assert shape[0].any() and shape[-1].any() and shape[:, 0].any() and shape[:, -1].any()  # noqa: PT018


def test_without_outlines_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="--data DIR"):
        silhouettes(tmp_path, held_out=False)


def test_new_canvas_lies_along_sides() -> None:
    for seed in range(30):
        hole = holes.canvas(np.random.default_rng(seed), 60, 80)
        rows, columns = np.flatnonzero(~hole.all(1)), np.flatnonzero(~hole.all(0))
        known = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert not hole[known].any()
        assert hole.sum() == hole.size - (~hole[known]).sum()
        assert hole.any()


def test_lines_are_thin_and_boxes_are_not() -> None:
    def radius(hole: np.ndarray) -> float:
        return float(cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 5).max())

    thin = [radius(holes.lines(np.random.default_rng(seed), 128, 128)) for seed in range(20)]
    thick = [radius(holes.box(np.random.default_rng(seed), 128, 128)) for seed in range(20)]
    assert np.median(thin) < 5 < np.median(thick)


def test_the_loss_counts_every_hole_alike_and_nothing_outside() -> None:
    """An error of 1 everywhere in its hole weighs the same in a small and in a large one, but for the border's
    share."""
    masks = torch.zeros(2, 1, 64, 64)
    masks[0, :, 8:24, 8:24] = 1
    masks[1, :, 8:56, 8:56] = 1
    small, large = (hole_loss(masks[i : i + 1].expand(-1, 3, -1, -1), masks[i : i + 1]) for i in range(2))
    assert 4.0 < large < small < 4.0 + 0.3 * 2 * 2 * 16 / 16**2 + 1e-4
    assert hole_loss(torch.zeros(2, 3, 64, 64), masks) == 0
