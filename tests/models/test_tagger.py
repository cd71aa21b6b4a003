"""The tagger's network: padding changes nothing, the stretch matters, the temperature learns alone."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from diptych.models.tagger import Tagger, TaggerConfig  # noqa: E402

CONFIG = TaggerConfig(("remove", "add", "crop"), ("O", "B-target", "I-target"), rows=64, narrow=8, width=16, depth=2)


def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(1, 64, (2, 7, 5), generator=generator)
    within = torch.zeros(2, 7, dtype=torch.int64)
    within[:, 2:6] = 1
    return tokens, within


def model() -> Tagger:
    torch.manual_seed(0)
    return Tagger(CONFIG).eval()


def test_shapes() -> None:
    kinds, calibrated, directions, tags = model()(*inputs())
    assert kinds.shape == calibrated.shape == (2, 3)
    assert directions.shape == (2, 3)
    assert tags.shape == (2, 7, 3)


def test_padding_changes_nothing() -> None:
    tokens, within = inputs()
    longer = torch.nn.functional.pad(tokens, (0, 0, 0, 4)), torch.nn.functional.pad(within, (0, 4))
    for alone, padded in zip(model()(tokens, within), model()(*longer), strict=True):
        torch.testing.assert_close(alone, padded[:, :7] if padded.ndim == 3 else padded)


def test_the_stretch_that_is_asked_about_matters() -> None:
    tokens, within = inputs()
    other = torch.zeros_like(within)
    other[:, :2] = 1
    network = model()
    assert not torch.allclose(network(tokens, within)[0], network(tokens, other)[0])


def test_only_the_temperature_learns_from_calibrated_logits() -> None:
    network = model()
    network(*inputs())[1].sum().backward()
    moved = [
        name for name, value in network.named_parameters() if value.grad is not None and value.grad.abs().sum() > 0
    ]
    assert moved == ["log_temperature"]


def test_the_temperature_scales() -> None:
    network = model()
    with torch.no_grad():
        network.log_temperature.fill_(torch.tensor(2.0).log().item())
    kinds, calibrated, *_ = network(*inputs())
    torch.testing.assert_close(calibrated, kinds / 2)
