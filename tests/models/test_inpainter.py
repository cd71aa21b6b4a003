"""The inpainter at a small size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diptych.models.inpainter import STRIDE, Inpainter, InpainterConfig, membrane


@pytest.fixture
def inpainter() -> Inpainter:
    torch.manual_seed(0)
    model = Inpainter(InpainterConfig((8, 16, 16, 16), depth=1)).eval()
    for parameter in model.parameters():  # some begin at zero, so that blocks begin as nothing
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def masks(height: int, width: int) -> torch.Tensor:
    hole = torch.zeros(1, 1, height, width)
    hole[..., 8:40, 5:25] = 1
    return hole


def test_any_size_of_whole_strides_will_do(inpainter: Inpainter) -> None:
    for height, width in ((4 * STRIDE, 3 * STRIDE), (3 * STRIDE, 5 * STRIDE)):
        assert inpainter(torch.rand(1, 3, height, width), masks(height, width)).shape == (1, 3, height, width)


def test_what_is_in_the_hole_is_not_looked_at(inpainter: Inpainter) -> None:
    pictures, hole = torch.rand(1, 3, 48, 32), masks(48, 32)
    other = torch.where(hole > 0, torch.rand(1, 3, 48, 32), pictures)
    with torch.no_grad():
        torch.testing.assert_close(inpainter(other, hole), inpainter(pictures, hole), rtol=0, atol=0)


def test_the_whole_surroundings_count() -> None:
    """Attention at the bottom: to the network that ships, a change in the far corner changes the hole."""
    from diptych.runtime import shipped

    pictures, hole = torch.rand(1, 3, 96, 96).numpy(), masks(96, 96).numpy()
    other = pictures.copy()
    other[..., 64:, 64:] = -1
    network = shipped().loaded("inpainter")
    one, two = (network(pictures=seen, masks=hole)[0] for seen in (pictures, other))
    assert np.abs(one - two)[..., 8:40, 5:25].max() > 1e-4  # far above rounding


def test_the_first_fill_is_no_brighter_than_its_surroundings_and_continues_a_plain_colour() -> None:
    hole = masks(48, 32)
    picture = torch.rand(1, 3, 48, 32)
    filled = membrane(picture * (1 - hole), 1 - hole)
    inside = filled[..., 8:40, 5:25]
    assert inside.min() >= -0.1
    assert inside.max() <= 1.1
    plain = torch.full((1, 3, 48, 32), 0.3)
    torch.testing.assert_close(membrane(plain * (1 - hole), 1 - hole)[..., 8:40, 5:25], plain[..., 8:40, 5:25])


def test_the_first_fill_grows_from_one_side_to_the_other() -> None:
    """Left black, right white: in the hole between them it grows lighter to the right."""
    picture = torch.cat([torch.zeros(1, 3, 64, 32), torch.ones(1, 3, 64, 32)], dim=3)
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 16:48] = 1
    row = membrane(picture * (1 - hole), 1 - hole)[0, 0, 32, 16:48]
    assert (row.diff() > -0.02).all()
    assert row[0] < 0.25
    assert row[-1] > 0.75
