"""The DCGAN, the plain VAE and the canvas of pixels at small sizes."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from diptych.models.dcgan import Dcgan, DcganConfig
from diptych.models.denoiser import Denoiser, DenoiserConfig
from diptych.models.pixels import CELL, VALUES, Pixels
from diptych.models.plain_vae import PlainVae, PlainVaeConfig
from diptych.models.vae import kl_divergence


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_cells_of_pixels_hold_the_picture() -> None:
    picture = torch.rand(2, 3, 32, 48)
    cells, log_variance = Pixels().encode(picture)
    assert cells.shape == log_variance.shape == (2, VALUES, 4, 6)
    assert torch.equal(Pixels().decode(cells), picture)
    one = cells[0, :, 1, 2].reshape(3, CELL, CELL)
    assert torch.equal(one, picture[0, :, CELL : 2 * CELL, 2 * CELL : 3 * CELL])


def test_the_denoiser_works_on_pixels_with_nearly_as_many_parameters() -> None:
    latents, pixels = (Denoiser(DenoiserConfig(nouns=24, latent=values)) for values in (16, VALUES))
    cells = torch.randn(1, VALUES, 16, 16)
    nothing = torch.zeros(1, 6, 5, dtype=torch.int64), torch.zeros(1, 4, dtype=torch.int64)
    assert pixels(cells, torch.ones(1), cells, torch.ones(1, 1, 16, 16), *nothing).shape == cells.shape
    few, many = (sum(value.numel() for value in model.parameters()) for model in (latents, pixels))
    assert few < many < 1.08 * few


@pytest.fixture
def dcgan() -> Dcgan:
    return Dcgan(DcganConfig(noise=8, width=4))


def test_pictures_are_drawn_and_judged(dcgan: Dcgan) -> None:
    drawn = dcgan.draw(torch.randn(3, 8))
    assert drawn.shape == (3, 3, 32, 32)
    assert drawn.abs().max() <= 1
    assert dcgan.discriminator(drawn).shape == (3,)


def gradients(model: Dcgan, which: tuple[int, ...]) -> dict[str, torch.Tensor | None]:
    """Of each parameter, by the losses numbered `which`; the same noise and the same estimates of norms each time."""
    torch.manual_seed(5)
    noise, pictures = torch.randn(6, 8), torch.rand(6, 3, 32, 32) * 2 - 1
    kept = {name: value.clone() for name, value in model.named_buffers()}
    on_true, on_drawn, by_fixed = model(noise, pictures)
    losses = F.softplus(-on_true).mean() + F.softplus(on_drawn).mean(), F.softplus(-by_fixed).mean()
    model.zero_grad(set_to_none=True)
    sum(losses[index] for index in which).backward()
    for name, value in model.named_buffers():
        value.copy_(kept[name])
    return {name: value.grad for name, value in model.named_parameters()}


def test_each_player_learns_from_its_own_loss_alone(dcgan: Dcgan) -> None:
    judging, drawing, both = (gradients(dcgan, which) for which in ((0,), (1,), (0, 1)))
    for name, together in both.items():
        own, other = (judging, drawing) if name.startswith("discriminator") else (drawing, judging)
        assert other[name] is None
        torch.testing.assert_close(own[name], together)
        assert own[name].abs().max() > 0


def test_the_generator_is_led_by_what_the_discriminator_thinks(dcgan: Dcgan) -> None:
    """The gradient is that of the loss through the discriminator itself."""
    dcgan.eval()  # norms and statistics stay as they are
    found = gradients(dcgan, (1,))
    torch.manual_seed(5)
    dcgan.zero_grad(set_to_none=True)
    F.softplus(-dcgan.discriminator(dcgan.draw(torch.randn(6, 8)))).mean().backward()
    for name, value in dcgan.generator.named_parameters():
        torch.testing.assert_close(found[f"generator.{name}"], value.grad)


def test_the_discriminator_is_held_to_slopes_of_one(dcgan: Dcgan) -> None:
    for value in dcgan.discriminator.parameters():
        torch.nn.init.normal_(value, std=3)
    for _ in range(50):
        dcgan.discriminator(torch.rand(2, 3, 32, 32))
    dcgan.eval()
    for layer in dcgan.discriminator:
        if isinstance(layer, torch.nn.Conv2d):
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)


def test_a_point_becomes_a_picture_and_the_bound_is_that_of_gaussians() -> None:
    model = PlainVae(PlainVaeConfig(latent=4, hidden=16))
    pictures, noise = torch.rand(2, 3, 32, 32) * 2 - 1, torch.zeros(2, 4)
    output, mean, log_variance = model(pictures, noise)
    assert mean.shape == log_variance.shape == (2, 4)
    torch.testing.assert_close(output, model.draw(mean))
    apart = model(pictures, torch.ones(2, 4))[0]
    torch.testing.assert_close(apart, model.draw(mean + (0.5 * log_variance).exp()))
    assert kl_divergence(torch.zeros(2, 4), torch.zeros(2, 4)).item() == pytest.approx(0)


def test_the_loss_of_the_plain_vae_is_the_negative_bound() -> None:
    from diptych.training.recipes.plain_vae import PlainVaeTask

    config = PlainVaeConfig(latent=4, hidden=16)
    model = PlainVae(config)
    batch = {"pictures": torch.rand(3, 3, 32, 32) * 2 - 1, "noise": torch.randn(3, 4)}
    loss, scalars = PlainVaeTask(None, config).loss(model, batch)  # type: ignore[arg-type]  # it draws no batch
    output, mean, log_variance = model(batch["pictures"], batch["noise"])
    sigma = (output - batch["pictures"]).square().mean().sqrt()
    likelihood, less, more = (
        torch.distributions.Normal(output, factor * sigma).log_prob(batch["pictures"]).sum((1, 2, 3))
        for factor in (1, 0.9, 1.1)
    )
    assert likelihood.mean() > max(less.mean(), more.mean())
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    kl = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0, 1)).sum(1)
    torch.testing.assert_close(loss, (kl - likelihood).mean() / (3 * 32 * 32))
    assert scalars["sigma"] == pytest.approx(sigma.item())
