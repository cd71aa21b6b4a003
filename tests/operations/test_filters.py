"""Filters: they do what they say, keep what they must, and see only what they need."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from skimage import data

from diptych.core.operation import Blur, Dehaze, Denoise, Grain, Length, Pixelate, Sharpness, Vignette
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import filters
from diptych.operations.change import Context
from diptych.operations.dither import round_dithered
from diptych.operations.guided import guided_filter
from diptych.operations.noise import estimate_sigma
from diptych.operations.sharpening import softness

CONTEXT = Context(seed=3)
ALL = [
    Sharpness(), Sharpness(amount=-0.4), Blur(), Blur(style="bokeh"), Blur(style="motion"), Blur(style="zoom"),
    Denoise(strength=0.5), Dehaze(), Pixelate(), Vignette(), Vignette(amount=-0.5), Grain(),
]  # fmt: skip


@pytest.fixture(scope="module")
def coffee():
    return Picture(data.coffee())


@pytest.fixture(scope="module")
def photos():
    return [data.coffee(), data.astronaut(), data.chelsea(), data.rocket()]


def apply(picture, operation, region=None):
    return getattr(filters, operation.op)(picture, operation, region, CONTEXT).pixels


def detail(pixels):
    gray = pixels[:, :, :3].astype(float).mean(axis=2)
    return float(np.abs(np.diff(gray, axis=1)).mean())


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


def noisy(pixels, sigma, seed=0):
    noise = np.random.default_rng(seed).normal(0, sigma, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: f"{operation.op}")
def test_shape_stays_the_source_stays_and_something_changes(coffee, operation):
    before = coffee.pixels.copy()
    after = apply(coffee, operation)
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert np.array_equal(coffee.pixels, before)
    assert not np.array_equal(after, before)
    assert np.array_equal(apply(coffee, operation), after)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: f"{operation.op}")
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (7, 2, 4), (33, 20, 4)])
def test_tiny_pictures_are_pictures_too(operation, shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert apply(Picture(pixels), operation).shape == shape


@pytest.mark.parametrize("operation", [o for o in ALL if o.op != "pixelate"], ids=lambda operation: f"{operation.op}")
def test_alpha_stays(coffee, operation):
    alpha = np.random.default_rng(0).integers(0, 256, coffee.pixels.shape[:2], np.uint8)
    after = apply(Picture(np.dstack([coffee.pixels, alpha])), operation)
    assert np.array_equal(after[:, :, 3], alpha)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: f"{operation.op}")
def test_a_region_is_all_that_changes(coffee, operation):
    region = Region.from_box((100, 80, 260, 200), 400, 600)
    after = apply(coffee, operation, region)
    outside = region.mask == 0
    assert np.array_equal(after[outside], coffee.pixels[outside])
    assert not np.array_equal(after[80:200, 100:260], coffee.pixels[80:200, 100:260])


@pytest.mark.parametrize("operation", [Sharpness(amount=0.5), Blur(), Blur(style="bokeh"), Blur(style="motion")])
def test_a_window_gives_what_the_whole_frame_gives(coffee, operation):
    region = Region.from_box((200, 120, 330, 260), 400, 600)
    inside = (slice(120, 260), slice(200, 330))
    whole, window = apply(coffee, operation)[inside], apply(coffee, operation, region)[inside]
    assert np.abs(whole.astype(int) - window).mean() < 0.6


def test_an_empty_region_changes_nothing(coffee):
    nothing = Region(np.zeros((400, 600), np.float32))
    for operation in ALL:
        assert np.array_equal(apply(coffee, operation, nothing), coffee.pixels)


def test_sharpening_adds_detail_without_halos(coffee):
    amounts = [0.15, 0.3, 0.6, 1.0]
    details = [detail(apply(coffee, Sharpness(amount=amount))) for amount in amounts]
    assert detail(coffee.pixels) < details[0] < details[1] < details[2] < details[3]
    edge = np.full((40, 80, 3), 60, np.uint8)
    edge[:, 40:] = 190
    edge = apply(Picture(edge), Blur(radius=Length(pixels=3)))
    sharp = apply(Picture(edge), Sharpness(amount=1.0)).astype(int)
    assert sharp.min() >= 60 - 16
    assert sharp.max() <= 190 + 16
    assert np.abs(np.diff(sharp[20, :, 0])).max() > 1.3 * np.abs(np.diff(edge[20, :, 0].astype(int))).max()


def test_measured_sharpening_does_more_to_a_soft_picture(coffee):
    soft = apply(coffee, Blur(radius=Length(pixels=4)))
    assert softness(soft) > softness(coffee.pixels) + 0.1
    assert detail(apply(coffee, Sharpness(amount=-0.5))) < 0.9 * detail(coffee.pixels)


@pytest.mark.parametrize("style", ["gaussian", "bokeh", "motion", "zoom"])
def test_more_blur_leaves_less_detail(coffee, style):
    details = [detail(apply(coffee, Blur(style=style, strength=strength))) for strength in (0.1, 0.3, 0.8)]
    assert detail(coffee.pixels) > details[0] > details[1] > details[2]


def test_wide_gaussian_is_a_gaussian():
    step = np.zeros((200, 600, 3), np.uint8)
    step[:, 300:] = 200
    profile = apply(Picture(step), Blur(radius=Length(pixels=60)))[100, :, 0].astype(float)
    from math import erf

    x = np.arange(600) - 299.5
    ideal = 100 * (1 + np.array([erf(value / (30 * 2**0.5)) for value in x]))
    assert np.abs(profile - ideal)[100:500].max() < 2.0


def test_bokeh_opens_highlights_into_discs():
    night = np.full((200, 200, 3), 10, np.uint8)
    night[98:102, 98:102] = 255
    disc = apply(Picture(night), Blur(style="bokeh", radius=Length(pixels=12)))[:, :, 0]
    gauss = apply(Picture(night), Blur(radius=Length(pixels=12)))[:, :, 0]
    assert disc[100, 100] > 2 * gauss[100, 100]
    assert abs(int(disc[100, 100]) - int(disc[100, 106])) < 20
    assert disc[100, 130] < 15


def test_motion_goes_sideways_only():
    line = np.zeros((50, 100, 3), np.uint8)
    line[25] = 255
    assert np.array_equal(apply(Picture(line), Blur(style="motion", radius=Length(pixels=10))), line)


def test_blur_does_not_bleed_hidden_colours():
    pixels = np.zeros((60, 60, 4), np.uint8)
    pixels[:, :, 1] = 255
    pixels[20:40, 20:40] = (200, 200, 200, 255)
    after = apply(Picture(pixels), Blur(radius=Length(pixels=8)))
    assert np.abs(after[20:40, 20:40, :3].astype(int) - 200).max() <= 2


@pytest.mark.parametrize("sigma", [5, 12, 25])
def test_noise_is_estimated_and_taken_off(photos, sigma):
    for pixels in photos:
        dirty = noisy(pixels, sigma)
        assert estimate_sigma(dirty) == pytest.approx(sigma, rel=0.2)
        part = np.s_[80:272, 100:292]
        clean = apply(Picture(dirty[part]), Denoise())
        assert psnr(clean, pixels[part]) > psnr(dirty[part], pixels[part]) + (1.4 if sigma == 5 else 5.0)


@pytest.mark.parametrize("step", [Denoise(), Denoise(kind="compression"), Denoise(sigma=0.0), Denoise(strength=0.0)])
def test_a_clean_picture_is_left_as_it_is(step):
    clean = data.astronaut()[:240, 100:340]
    assert np.abs(apply(Picture(clean), step).astype(int) - clean).max() <= 1
    ramp = np.tile(np.linspace(0, 255, 300).astype(np.uint8)[None, :, None], (200, 1, 3))
    assert np.abs(apply(Picture(ramp), step).astype(int) - ramp).mean() <= 1


def test_the_strength_of_noise_can_be_said():
    clean = data.astronaut()[:200, 100:340]
    dirty = noisy(clean, 25)
    weak, right, strong = (apply(Picture(dirty), Denoise(sigma=sigma)) for sigma in (5.0, 25.0, 60.0))
    assert psnr(right, clean) > max(psnr(weak, clean), psnr(strong, clean), psnr(dirty, clean) + 6)
    little, much = (apply(Picture(dirty), Denoise(strength=share)) for share in (0.15, 0.6))
    assert psnr(little, dirty) > psnr(much, dirty) + 2


@pytest.mark.parametrize("quality", [10, 30])
def test_marks_of_compression_are_taken_off(quality):
    clean = data.astronaut()[:240, 100:340]
    coded = cv2.imencode(".jpg", clean[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    blocky = cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1]
    assert psnr(apply(Picture(blocky), Denoise(kind="compression")), clean) > psnr(blocky, clean) + 0.6
    told = apply(Picture(blocky), Denoise(kind="compression", quality=quality))
    assert psnr(told, clean) > psnr(blocky, clean) + 0.6


def test_denoising_keeps_alpha_and_takes_any_size():
    clear = np.dstack([noisy(data.chelsea()[:60, :70], 20), np.full((60, 70), 33, np.uint8)])
    assert (apply(Picture(clear), Denoise(sigma=20.0))[:, :, 3] == 33).all()
    for size in ((1, 1), (3, 50), (9, 9)):
        assert apply(Picture(np.full((*size, 3), 90, np.uint8)), Denoise(sigma=30.0)).shape == (*size, 3)


def test_a_sigma_that_nothing_has_is_refused():
    for sigma in (-1.0, 101.0, float("nan")):
        with pytest.raises(ValidationError, match="sigma"):
            Denoise(sigma=sigma)


def test_dehazing_undoes_haze_that_was_laid_on():
    clear = data.astronaut().astype(float)
    depth = np.linspace(0.75, 0.35, clear.shape[0])[:, None, None]
    hazy = np.rint(clear * depth + np.array([215, 220, 228]) * (1 - depth)).astype(np.uint8)
    restored = apply(Picture(hazy), Dehaze(strength=0.9))
    assert np.abs(restored - clear).mean() < 0.6 * np.abs(hazy - clear).mean()
    assert restored.std() > 1.3 * hazy.std()


def test_pixelated_squares_have_one_colour_each_and_keep_the_mean(coffee):
    after = apply(coffee, Pixelate(size=Length(pixels=20)))
    blocks = after.reshape(20, 20, 30, 20, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    means = coffee.pixels.reshape(20, 20, 30, 20, 3).mean(axis=(1, 3))
    assert np.abs(blocks[:, 0, :, 0] - means).max() <= 1


def test_vignette_darkens_corners_keeps_the_middle_and_has_no_steps():
    flat = Picture(np.full((300, 400, 3), 128, np.uint8))
    dark = apply(flat, Vignette(amount=0.6))
    assert dark[150, 200, 0] == 128
    assert dark[0, 0, 0] < 70
    assert apply(flat, Vignette(amount=-0.6))[0, 0, 0] > 180
    # Banding would be runs of one value; dithered, neighbouring values mix in every short stretch of the slope.
    row = dark[20, 20:120, 0].reshape(-1, 20)
    assert min(len(np.unique(part)) for part in row) >= 2


def test_grain_comes_from_the_seed_and_touches_luma_only(coffee):
    gray = Picture(np.full((200, 200, 3), 128, np.uint8))
    change = filters.grain(gray, Grain(strength=0.5), None, CONTEXT)
    assert change.seeded
    grain = change.pixels.astype(int) - 128
    assert np.array_equal(grain[:, :, 0], grain[:, :, 2])
    assert 5 < grain.std() < 30
    assert abs(grain.mean()) < 0.5
    other = filters.grain(gray, Grain(strength=0.5), None, Context(seed=4)).pixels
    assert not np.array_equal(other, change.pixels)
    black = filters.grain(Picture(np.full((200, 200, 3), 4, np.uint8)), Grain(strength=0.5), None, CONTEXT).pixels
    assert black.std() < grain.std() / 2


def test_dithering_keeps_fractions_on_average_and_whole_numbers_exactly():
    quarter = np.full((64, 64, 3), 100.25, np.float32)
    assert round_dithered(quarter).mean() == pytest.approx(100.25, abs=0.02)
    assert (round_dithered(np.full((64, 64, 3), 77.0, np.float32)) == 77).all()
    top, bottom = round_dithered(quarter[:20]), round_dithered(quarter[20:], 20)
    assert np.array_equal(np.vstack([top, bottom]), round_dithered(quarter))


def test_the_guided_filter_keeps_the_guides_edge_also_in_its_fast_form():
    edge = np.zeros((120, 160), np.float32)
    edge[:, 80:] = 1.0
    dirty = edge + np.random.default_rng(0).normal(0, 0.2, edge.shape).astype(np.float32)
    for shrink in (1, 4):
        clean = guided_filter(edge, dirty, radius=12, epsilon=1e-3, shrink=shrink)
        assert np.abs(clean - edge).mean() < 0.03
        assert (clean[:, 82] - clean[:, 77]).mean() > 0.9
