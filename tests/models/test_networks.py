"""The networks at small sizes: shapes, invariances, and that the ways to run one agree."""

from __future__ import annotations

import pytest
import torch

from diptych.models.checker import Checker, CheckerConfig
from diptych.models.denoiser import Denoiser, DenoiserConfig, fold, unfold
from diptych.models.dual_encoder import PAD, DualEncoder, DualEncoderConfig, sigmoid_loss, softmax_loss
from diptych.models.matting import GROUPS, STRIDE, Matting, MattingConfig
from diptych.models.reader import AT_ONCE, Eye, EyeConfig, Reader, ReaderConfig
from diptych.models.vae import Vae, VaeConfig, gradient_loss, kl_divergence


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def vae() -> Vae:
    return Vae(VaeConfig(latent=4, widths=(8, 12, 16))).eval()


def test_latents_are_eight_times_smaller_and_come_back(vae: Vae) -> None:
    mean, log_variance = vae.encode(torch.rand(2, 3, 32, 64))
    assert mean.shape == log_variance.shape == (2, 4, 4, 8)
    assert vae.decode(mean).shape == (2, 3, 32, 64)


def test_decoding_a_part_is_part_of_decoding(vae: Vae) -> None:
    """No layer looks at the whole picture, so far from the cut a tile equals the whole."""
    for parameter in vae.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    latents = torch.randn(1, 4, 24, 24)
    with torch.no_grad():
        whole, tile = vae.decode(latents), vae.decode(latents[..., :16])
    torch.testing.assert_close(tile[..., :48], whole[..., :48], rtol=1e-4, atol=1e-5)


def test_the_kl_divergence_is_that_of_two_gaussians() -> None:
    mean, log_variance = torch.randn(2, 4, 3, 3), torch.randn(2, 4, 3, 3)
    first = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    second = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    expected = torch.distributions.kl_divergence(first, second).mean()
    torch.testing.assert_close(kl_divergence(mean, log_variance), expected)


def test_the_gradient_loss_ignores_a_shift_of_brightness() -> None:
    picture = torch.rand(1, 3, 8, 8)
    assert gradient_loss(picture + 0.3, picture) < 1e-6
    assert gradient_loss(picture.flip(-1), picture) > 0.1


def test_folding_into_patches_can_be_undone() -> None:
    cells = torch.randn(2, 64, 5)
    assert torch.equal(unfold(fold(cells, 2, 8), 2, 8), cells)
    assert torch.equal(fold(cells, 2, 8)[0, 1], cells[0, [2, 3, 10, 11]].flatten())


@pytest.fixture
def denoiser() -> Denoiser:
    model = Denoiser(DenoiserConfig(nouns=5, width=32, depth=2, heads=2, variants=2, local=16, code=8)).eval()
    torch.nn.init.normal_(model.head.weight, std=0.1)
    torch.nn.init.normal_(model.modulate[1].weight, std=0.1)
    return model


def layout(*rows: tuple[int, int, int, int, int]) -> torch.Tensor:
    things = torch.zeros(1, 6, 5, dtype=torch.int64)
    for index, row in enumerate(rows):
        things[0, index] = torch.tensor(row)
    return things


def test_the_order_of_things_in_a_layout_does_not_matter(denoiser: Denoiser) -> None:
    z, mask, ones = torch.randn(1, 16, 16, 16), torch.ones(1, 1, 16, 16), torch.ones(1, 4, dtype=torch.int64)
    cat, dog = (1, 2, 1, 28, 44), (2, 0, 0, 92, 100)
    with torch.no_grad():
        one = denoiser(z, torch.tensor([0.5]), torch.zeros_like(z), mask, layout(cat, dog), ones)
        other = denoiser(z, torch.tensor([0.5]), torch.zeros_like(z), mask, layout(dog, cat), ones)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("size", "reach"), [(0, 2), (1, 3), (2, 4)])
def test_a_thing_is_told_to_the_cells_it_covers_and_no_others(denoiser: Denoiser, size: int, reach: int) -> None:
    told = denoiser.painted.things(layout((1, 2, size, 60, 68)))
    rows, columns = torch.where((told.abs().sum(-1) > 0).reshape(16, 16))
    assert (rows.min(), rows.max()) == (8 - reach, 8 + reach)
    assert (columns.min(), columns.max()) == (7 - reach, 7 + reach)


def test_a_thing_looks_the_same_wherever_it_stands(denoiser: Denoiser) -> None:
    here, there = (denoiser.painted.things(layout((3, 1, 0, x, y))) for x, y in ((44, 52), (84, 28)))
    moved = here.reshape(16, 16, -1).roll((-3, 5), (0, 1))
    torch.testing.assert_close(moved, there.reshape(16, 16, -1))


def test_an_unsaid_background_is_told_by_no_map_of_a_said_one(denoiser: Denoiser) -> None:
    said, unsaid = (denoiser.painted.backdrop(torch.full((1, 4), value)) for value in (1, 0))
    assert (said - unsaid).abs().amin(-1).max() > 0


@pytest.fixture
def reader() -> Reader:
    return Reader(ReaderConfig(vocabulary=50, width=32, depth=2, heads=2)).eval()


def random_tokens(length: int) -> torch.Tensor:
    return torch.randint(1, 50, (1, length))


def random_scene(length: int = 4) -> torch.Tensor:
    return torch.randint(1, 50, (1, length, AT_ONCE))


def run(reader: Reader, scene: torch.Tensor, parts: list[torch.Tensor], segments: list[int]) -> torch.Tensor:
    """Logits at all positions of a scene and of lessons about it."""
    first = scene.shape[1]
    tokens = torch.cat([torch.zeros(1, first, dtype=torch.int64), *parts], 1)
    starts = [first if segment >= 0 else 0 for segment in segments]
    places = [start + torch.arange(part.shape[1]) for start, part in zip(starts, parts, strict=True)]
    positions = torch.cat([torch.arange(first), *places])[None]
    numbers = sum(([segment] * part.shape[1] for segment, part in zip(segments, parts, strict=True)), [0] * first)
    everywhere = torch.ones(tokens.shape, dtype=torch.bool)
    with torch.no_grad():
        return reader(scene, tokens, positions, torch.tensor([numbers]), everywhere)


def test_lessons_packed_together_read_as_if_alone(reader: Reader) -> None:
    scene, first, second = random_scene(), random_tokens(6), random_tokens(9)
    together, alone = run(reader, scene, [first, second], [1, 2]), run(reader, scene, [second], [1])
    torch.testing.assert_close(together[10:], alone[4:], rtol=1e-4, atol=1e-4)


def test_a_blind_lesson_does_not_see_the_scene(reader: Reader) -> None:
    scene, other, words = random_scene(), random_scene(), random_tokens(6)
    torch.testing.assert_close(run(reader, scene, [words], [-1])[4:], run(reader, other, [words], [-1])[4:])
    assert (run(reader, scene, [words], [1])[4:] - run(reader, other, [words], [1])[4:]).abs().max() > 1e-4


def test_writing_token_by_token_equals_reading_at_once(reader: Reader) -> None:
    scene, words = random_scene(), random_tokens(3)
    blank = [(torch.zeros(1, 2, 0, 16), torch.zeros(1, 2, 0, 16))] * 2
    whole = run(reader, scene, [words], [1])
    with torch.no_grad():
        _, memory = reader.extend(scene, torch.arange(4)[None], blank)
        for at in range(3):
            one = torch.zeros(1, 1, AT_ONCE, dtype=torch.int64)
            one[..., 0] = words[:, at]
            logits, memory = reader.extend(one, torch.tensor([[4 + at]]), memory)
    torch.testing.assert_close(logits, whole[-1:], rtol=1e-3, atol=1e-4)


def test_padding_beside_a_token_is_nothing(reader: Reader) -> None:
    alone = torch.zeros(1, 1, AT_ONCE, dtype=torch.int64)
    alone[..., 0] = 7
    shuffled = alone.roll(2, -1)
    torch.testing.assert_close(
        reader.embed(alone, torch.zeros(1, 1).long()), reader.embed(shuffled, torch.zeros(1, 1).long())
    )


def test_the_eye_looks_at_patches_of_sixteen_pixels() -> None:
    config = EyeConfig(nouns=7, widths=(16, 16, 32), width=32, depth=1, heads=2)
    patches, background = Eye(config).eval()(torch.rand(2, 3, 128, 128))
    assert patches.shape == (2, 64, 1 + 4 + 7 + 10 + 3)
    assert background.shape == (2, 12 + 3 + 4)


def test_the_checker_looks_at_cells_of_eight_pixels() -> None:
    config = CheckerConfig(nouns=7, widths=(8, 12, 16))
    cells, background = Checker(config).eval()(torch.rand(2, 3, 128, 128))
    assert cells.shape == (2, 16, 16, 1 + 7 + 10 + 3)
    assert background.shape == (2, 12 + 3 + 4)


# ---- matting and the dual encoder -----------------------------------------------------------------------------------


def small_matting() -> Matting:
    return Matting(MattingConfig(widths=(8, 16, 16, 16, 16), depth=1)).eval()


@pytest.mark.parametrize(("height", "width"), [(STRIDE, STRIDE), (2 * STRIDE, 5 * STRIDE)])
def test_mattes_are_half_as_large_as_what_is_looked_at(height: int, width: int) -> None:
    alpha, groups = small_matting()(torch.rand(2, 3, height, width))
    assert alpha.shape == (2, 1, height // 2, width // 2)
    assert groups.shape == (2, 1 + len(GROUPS), height // 2, width // 2)


def test_a_norm_that_is_part_of_its_convolution_computes_the_same() -> None:
    from diptych.training.export import fused

    matting = small_matting()
    for part in matting.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 1.5)
    pictures = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        for one, other in zip(matting(pictures), fused(matting)(pictures), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in fused(matting).modules())


SMALL_EYE = EyeConfig(nouns=5, widths=(16, 16, 32), width=32, depth=1)
SMALL_DUAL = DualEncoderConfig(SMALL_EYE, vocabulary=50, joint=16, width=32, depth=1, heads=2, matching_depth=1)


def test_both_towers_give_points_on_one_sphere_and_padding_says_nothing() -> None:
    dual = DualEncoder(SMALL_DUAL).eval()
    tokens = torch.randint(1, 50, (3, 6))
    longer = torch.cat([tokens, torch.full((3, 4), PAD)], dim=1)
    pictures = torch.rand(3, 3, 128, 128)
    with torch.no_grad():
        seen, said, match = dual(pictures, tokens)
        _, said_longer, match_longer = dual(pictures, longer)
    assert seen.shape == said.shape == (3, 16)
    torch.testing.assert_close(seen.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(said.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(said_longer, said, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(match_longer, match, rtol=1e-4, atol=1e-5)


def test_the_softmax_loss_is_cross_entropy_where_each_has_one() -> None:
    similarity = torch.randn(6, 9) * 3
    expected = torch.nn.functional.cross_entropy(similarity, torch.arange(6))
    torch.testing.assert_close(softmax_loss(similarity, torch.eye(6, 9, dtype=torch.bool)), expected)


def test_what_is_right_too_is_not_pushed_away() -> None:
    similarity = torch.tensor([[4.0, 4.0, -1.0], [0.0, 5.0, 0.0]])
    twice = torch.tensor([[True, True, False], [False, True, False]])
    once = torch.tensor([[True, False, False], [False, True, False]])
    assert softmax_loss(similarity, twice) < softmax_loss(similarity, once)
    none = torch.tensor([[False, False, False], [False, True, False]])
    torch.testing.assert_close(softmax_loss(similarity, none), softmax_loss(similarity[1:], none[1:]))


def test_the_sigmoid_loss_judges_each_pair_alone() -> None:
    similarity = torch.randn(4, 7)
    positives = torch.eye(4, 7, dtype=torch.bool)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(similarity, positives.float(), reduction="none")
    torch.testing.assert_close(sigmoid_loss(similarity, positives), expected.sum(1).mean())


def test_four_pairs_are_soon_told_apart() -> None:
    dual = DualEncoder(SMALL_DUAL)
    pictures = torch.nn.functional.interpolate(torch.rand(4, 3, 4, 4) * 2 - 1, scale_factor=32.0)
    tokens = torch.randint(1, 50, (4, 5))
    optimizer = torch.optim.AdamW(dual.parameters(), lr=1e-2)
    for _ in range(150):
        seen, said, _ = dual(pictures, tokens)
        similarity = dual.log_scale.exp() * seen @ said.T
        loss = softmax_loss(similarity, torch.eye(4, dtype=torch.bool))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(dual.parameters(), 1.0)
        optimizer.step()
    assert torch.equal(similarity.argmax(1), torch.arange(4))
    assert loss.item() < 0.1
