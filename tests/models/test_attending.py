"""The denoiser with its attention outside: the same network where nothing is held, another where something is."""

from __future__ import annotations

import pytest
import torch

from diptych.models.attending import Attending
from diptych.models.denoiser import Denoiser, DenoiserConfig

CONFIG = DenoiserConfig(nouns=5, width=32, depth=2, heads=2, variants=2, local=16, code=8)


@pytest.fixture
def denoiser() -> Denoiser:
    torch.manual_seed(0)
    model = Denoiser(CONFIG).eval()
    for part in (model.head, model.modulate[1]):
        torch.nn.init.normal_(part.weight, std=0.1)
    return model


def given(nouns: tuple[int, ...] = (1, 2, 3)) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    things = torch.zeros(1, 6, 5, dtype=torch.int64)
    for index, noun in enumerate(nouns):  # all within reach of each other: a cell is told the nearest two
        things[0, index] = torch.tensor([noun, 1, 2, 44 + 16 * index, 60])
    return {
        "noisy": torch.randn(1, 16, 16, 16), "time": torch.tensor([0.6]), "source": torch.zeros(1, 16, 16, 16),
        "mask": torch.ones(1, 1, 16, 16), "things": things, "background": torch.ones(1, 4, dtype=torch.int64),
    }  # fmt: skip


def attention(reads: torch.Tensor, maps: torch.Tensor, share: float) -> dict[str, torch.Tensor]:
    shares = {"reads_held": torch.full((1, 6), share), "maps_held": torch.full((2, 1), share)}
    return {"reads": reads, "maps": maps, **shares}


NOTHING = torch.zeros(1, 6, 256), torch.zeros(2, 1, 2, 64, 64)


@torch.no_grad()
def test_with_nothing_held_it_is_the_denoiser(denoiser: Denoiser) -> None:
    clean, reads, maps = Attending(denoiser)(**given(), **attention(*NOTHING, 0.0))
    torch.testing.assert_close(clean, denoiser(**given()), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 1, 2, 64))
    assert set(reads.unique().tolist()) == {0.0, 1.0}
    assert reads.sum(1).max() == 2
    assert not reads[0, 3:].any()


@torch.no_grad()
def test_its_own_maps_given_back_change_nothing_and_anothers_do(denoiser: Denoiser) -> None:
    attending = Attending(denoiser)
    clean, reads, maps = attending(**given(), **attention(*NOTHING, 0.0))
    torch.testing.assert_close(attending(**given(), **attention(reads, maps, 1.0))[0], clean, rtol=1e-4, atol=1e-5)
    flat = torch.full_like(maps, 1 / 64)
    assert (attending(**given(), **attention(reads, flat, 1.0))[0] - clean).abs().max() > 1e-3


@torch.no_grad()
def test_a_thing_that_nothing_reads_is_as_if_it_were_not_there(denoiser: Denoiser) -> None:
    attending = Attending(denoiser)
    apart = given((1, 2))
    apart["things"][0, 1, 3:] = torch.tensor([108, 20])
    _, reads, _ = attending(**apart, **attention(*NOTHING, 0.0))
    without = apart | {"things": apart["things"].clone()}
    without["things"][0, 1] = 0
    reads[0, 1] = 0
    held = attention(reads, NOTHING[1], 0.0) | {"reads_held": torch.ones(1, 6)}
    torch.testing.assert_close(attending(**apart, **held)[0], denoiser(**without), rtol=1e-4, atol=1e-5)
