"""Guidance by how well a picture fits words: the gradients are right, and drawings come nearer to the words."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diptych.models.similarity import clip_encoder, similarity_gradient
from diptych.painters.latent_editing import LatentEditor
from diptych.runtime import WEIGHTS, Weights
from diptych.sampling import flow, schedules
from diptych.sampling.guidance import steered
from diptych.training.guiding import Guide, load_guide
from diptych.world.scene import Background, Scene, Thing


@pytest.fixture(scope="module")
def guide() -> Guide:
    return load_guide(WEIGHTS)


def test_what_is_loaded_is_what_ships(guide: Guide) -> None:
    """The same points and pictures as the exported graphs give."""
    weights = Weights()
    pictures = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    patches = weights.network("see")(pictures=pictures.numpy())[0]
    with torch.no_grad():
        made = guide.encode(pictures).numpy()
    np.testing.assert_allclose(made, weights.network("picture")(patches=patches)[0], atol=1e-4)
    latents = torch.randn(1, 16, 16, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        decoded = guide.decode(latents).numpy()
    np.testing.assert_allclose(decoded, weights.network("decode")(latents=latents.numpy())[0], atol=1e-3)
    tokens = np.array([guide.tokenizer.encode("一只红色的猫").ids], np.int64)
    np.testing.assert_allclose(guide.words("一只红色的猫"), weights.network("text")(tokens=tokens)[1][0], atol=1e-4)


def test_the_gradient_is_that_of_differences() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 16), torch.nn.Tanh()).double()
    wanted = torch.randn(16)
    encode = lambda x: layer(x.double())  # noqa: E731
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype(np.float64)
    slope = similarity_gradient(encode, wanted, scale=3.0)(x, 0.5)
    assert slope.dtype == x.dtype

    def cosine(values: np.ndarray) -> float:
        points = encode(torch.from_numpy(values)).detach()
        return 3 * float(torch.cosine_similarity(points, wanted[None].double(), dim=-1).sum())

    for at in [(0, 0, 0, 0), (1, 2, 7, 3)]:
        step = np.zeros_like(x)
        step[at] = 1e-3
        assert slope[at] == pytest.approx((cosine(x + step) - cosine(x - step)) / 2e-3, rel=1e-2, abs=1e-5)
    turned = similarity_gradient(encode, wanted, scale=3.0)(torch.from_numpy(x).float(), 0.5)
    np.testing.assert_allclose(turned.numpy(), slope, rtol=1e-3, atol=1e-6)


def test_a_transformers_clip_guides_as_well() -> None:
    """The real class at a tiny random size."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = transformers.CLIPModel(transformers.CLIPConfig(
        vision_config={**small, "image_size": 32, "patch_size": 16}, text_config={**small, "vocab_size": 20},
        projection_dim=8,
    )).eval()  # fmt: skip
    encode = clip_encoder(model.get_image_features, 32)
    gradient = similarity_gradient(encode, torch.randn(8))
    x = torch.rand(1, 3, 48, 40) * 1.8 - 0.9
    slope = gradient(x, 0.5)
    assert slope.shape == x.shape
    wanted = torch.randn(8)
    climb = similarity_gradient(encode, wanted)

    def cosine(values: torch.Tensor) -> float:
        with torch.no_grad():
            return float(torch.cosine_similarity(encode(values), wanted[None]))

    direction = climb(x, 0.5)
    assert cosine(x + 0.02 * direction / direction.abs().max()) > cosine(x)


def test_a_drawing_steered_by_the_dual_encoder_is_nearer_to_the_words(guide: Guide) -> None:
    editor = LatentEditor(Weights())
    scene = Scene((Thing(60, 68, "cat", None, "big"),), Background("plain"))
    denoise, words = editor.denoiser(scene, 0), "a big cat at night in the snow"
    noise = np.random.default_rng(2).standard_normal((16, 16, 16), dtype=np.float32)

    def nearness(latents: np.ndarray) -> float:
        with torch.no_grad():
            return float(guide.encode(guide.decode(torch.from_numpy(latents)[None]))[0] @ guide.words(words))

    plain = flow.euler(denoise, noise, flow.times(6))
    pulled = steered(denoise, guide.gradient(words), 40.0, schedules.flow_level)
    assert nearness(flow.euler(pulled, noise, flow.times(6))) > nearness(plain) + 0.02
