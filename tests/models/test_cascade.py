"""The stages of the cascade at small sizes: what goes in and out, what is read of the words, and that they learn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from diptych.models.cascade import Cascade, CascadeConfig, enlarged

SMALL = {"widths": (8, 8, 16), "words": 12, "point": 10, "condition": 16}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def given(config: CascadeConfig, side: int = 64, batch: int = 2) -> dict[str, torch.Tensor]:
    return {
        "noisy": torch.randn(batch, 3, side, side),
        "low": torch.rand(batch, 3, side // config.factor, side // config.factor) * 2 - 1,
        "time": torch.full((batch,), 0.6), "level": torch.full((batch,), 0.05),
        "words": torch.randn(batch, 4, config.words), "tokens": torch.tensor([[3, 4, 5, 0]] * batch),
        "point": torch.randn(batch, config.point),
    }  # fmt: skip


def awake(model: Cascade) -> Cascade:
    """With layers that begin at zero at work."""
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return model.eval()


@pytest.mark.parametrize("factor", [2, 4])
def test_a_new_stage_adds_nothing_to_the_enlarged_picture(factor: int) -> None:
    config = CascadeConfig(factor=factor, **SMALL)
    inputs = given(config)
    made = Cascade(config)(**inputs)
    assert made.shape == inputs["noisy"].shape
    assert not made.any()


@pytest.mark.parametrize("factor", [2, 4])
def test_every_input_counts(factor: int) -> None:
    config = CascadeConfig(factor=factor, **SMALL)
    model, inputs = awake(Cascade(config)), given(config)
    with torch.no_grad():
        first = model(**inputs)
        for name in ("noisy", "low", "time", "level", "words", "point"):
            other = model(**(inputs | {name: inputs[name] * 0.5}))
            assert not torch.allclose(first, other, atol=1e-4), name


def test_words_that_fill_up_are_not_read() -> None:
    config = CascadeConfig(**SMALL)
    model, inputs = awake(Cascade(config)), given(config)
    longer = inputs | {
        "words": torch.cat([inputs["words"], torch.randn(2, 3, config.words)], dim=1),
        "tokens": torch.cat([inputs["tokens"], torch.zeros(2, 3, dtype=torch.int64)], dim=1),
    }
    silent = inputs | {"tokens": torch.zeros_like(inputs["tokens"])}
    with torch.no_grad():
        torch.testing.assert_close(model(**longer), model(**inputs), rtol=1e-4, atol=1e-5)
        assert torch.isfinite(model(**silent)).all()
        assert not torch.allclose(model(**silent), model(**inputs), atol=1e-4)


def test_each_picture_of_a_batch_is_made_by_itself() -> None:
    config = CascadeConfig(**SMALL)
    model, inputs = awake(Cascade(config)), given(config)
    alone = {name: value[1:] for name, value in inputs.items()}
    with torch.no_grad():
        torch.testing.assert_close(model(**alone), model(**inputs)[1:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("factor", [2, 4])
def test_torch_and_opencv_enlarge_alike(factor: int) -> None:
    """The network is trained on one and used on the other."""
    low = torch.rand(1, 3, 24, 24) * 2 - 1
    size = (24 * factor, 24 * factor)
    by_opencv = cv2.resize(low[0].permute(1, 2, 0).numpy(), size, interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(enlarged(low, factor)[0].permute(1, 2, 0).numpy(), by_opencv, atol=1e-3)


def test_a_stage_learns_one_picture() -> None:
    config = CascadeConfig(**(SMALL | {"widths": (16, 16, 16)}))
    model, inputs = Cascade(config), given(config, batch=1)
    large = torch.nn.functional.interpolate(torch.rand(1, 3, 16, 16) * 2 - 1, scale_factor=4.0)
    detail = (large - enlarged(torch.nn.functional.avg_pool2d(large, 4), 4)) / config.detail
    inputs |= {"low": torch.nn.functional.avg_pool2d(large, 4), "noisy": 0.4 * detail + 0.6 * inputs["noisy"]}
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(150):
        loss = (model(**inputs) - detail).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1 * detail.square().mean().item()
