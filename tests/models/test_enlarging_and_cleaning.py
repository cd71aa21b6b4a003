"""Super-resolution and cleaning at small sizes: what is fused is what was trained; how far sources lie."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from diptych.models.cleaner import STRIDE, Cleaner, CleanerConfig
from diptych.models.superres import BranchedConv, Superres, SuperresConfig


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def small_cleaner() -> Cleaner:
    cleaner = Cleaner(CleanerConfig(widths=(8, 8, 8), depths=(1, 1, 1), gauge=8)).eval()
    for parameter in cleaner.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return cleaner


def test_branches_sum_to_one_kernel() -> None:
    """Each branch convolved by itself: 3×3, 1×1 then 3×3, derivatives, identity."""
    layer = BranchedConv(4, 4, 2, identity=True)
    torch.nn.init.normal_(layer.slopes)
    x = torch.randn(2, 4, 9, 7)
    with torch.no_grad():
        wide = F.conv2d(F.conv2d(x, layer.squeeze[:, :, None, None]), layer.spread, padding=1)
        edges = sum(F.conv2d(x, layer.slopes[d][:, :, None, None] * layer.derivatives[d], padding=1) for d in range(3))
        branches = F.conv2d(x, layer.plain, padding=1) + wide + edges + x
        torch.testing.assert_close(layer(x), branches, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_what_is_fused_makes_the_picture_that_was_trained(factor: int) -> None:
    from diptych.operations.networks import interleaved

    model = Superres(SuperresConfig(factor=factor, width=8, depth=2)).eval()
    picture = torch.randint(0, 256, (1, 11, 13, 3), dtype=torch.uint8)
    with torch.no_grad():
        made = model(picture.permute(0, 3, 1, 2).float() / 255)
        planes = model.fused()(picture)
    expected = (made[0].clamp(0, 1) * 255).permute(1, 2, 0).numpy()
    found = interleaved(planes[0].numpy(), factor).astype(float)
    assert np.abs(found - expected).max() <= 0.51


def test_an_untrained_network_is_near_to_repeated_pixels() -> None:
    model = Superres(SuperresConfig(factor=2, width=8, depth=1)).eval()
    torch.nn.init.zeros_(model.tail.plain)
    torch.nn.init.zeros_(model.tail.spread)
    picture = torch.rand(1, 3, 4, 5)
    with torch.no_grad():
        expected = picture.repeat_interleave(2, 2).repeat_interleave(2, 3)
        torch.testing.assert_close(model(picture), expected)


def touched(function, shape: tuple[int, ...], at: int) -> list[int]:
    """Rows of the output that change where row `at` of the input does, in the middle column."""
    plain = torch.rand(shape)
    changed = plain.clone()
    changed[..., at, :] += 1
    with torch.no_grad():
        difference = (function(plain) - function(changed)).abs().amax((0, 1, 3))
    return torch.nonzero(difference > 0).flatten().tolist()


def test_no_pixel_has_sources_further_away_than_is_said() -> None:
    superres = Superres(SuperresConfig(factor=2, width=8, depth=2)).eval()
    reach = superres.config.reach
    rows = touched(superres, (1, 3, 40, 8), 20)
    assert min(rows) >= 2 * (20 - reach)
    assert max(rows) < 2 * (20 + reach + 1)
    cleaner = small_cleaner()
    reach = cleaner.config.reach
    rows = touched(lambda x: cleaner(x, torch.zeros(1, 2)), (1, 3, 4 * STRIDE * 8, 16), 120)
    assert min(rows) >= 120 - reach
    assert max(rows) <= 120 + reach


def test_the_cleaner_listens_to_the_strengths_it_is_told() -> None:
    cleaner, picture = small_cleaner(), torch.rand(1, 3, 64, 72)
    with torch.no_grad():
        little, much = (cleaner(picture, torch.tensor([[value, 0.0]])) for value in (0.1, 0.9))
        assert cleaner.gauge(picture).shape == (1, 2)
    assert not torch.allclose(little, much)
