"""Guidance of our own for large models: on the real pipeline classes at tiny sizes, through Studio."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diptych import Picture, Plan, Studio
from diptych.core.errors import BrokenWeights, Unsupported
from diptych.core.operation import Draw, Replace, Restyle
from diptych.core.region import Region
from diptych.core.target import Target, Thing

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")
tiny_models = pytest.importorskip("tiny_models")

from diptych.painters.large import guides, guiding, loading, open_painter  # noqa: E402
from diptych.painters.large.settings import Settings  # noqa: E402
from diptych.sampling import schedules  # noqa: E402

QUICK = {"side": tiny_models.SIDE, "steps": 2, "dtype": "float32"}
DRAW = Draw(words="a red cat", layout="")
CANVAS = Picture.from_array(np.full((32, 32, 3), 255, np.uint8))
HOLE = Region.from_box((8, 8, 24, 24), 32, 32, "dog", 0.9)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP with random weights, in a folder as transformers writes it."""
    folder = tmp_path_factory.mktemp("clips") / "tiny-clip"
    torch.manual_seed(1)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {**small, "vocab_size": 54, "bos_token_id": 52, "eos_token_id": 53, "pad_token_id": 53}
    config = transformers.CLIPConfig(
        vision_config={**small, "image_size": 32, "patch_size": 16}, text_config=words, projection_dim=8
    )
    transformers.CLIPModel(config).save_pretrained(folder)
    tiny_models.clip_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def drawn(folder: Path, **settings: Any) -> np.ndarray:
    return open_painter(str(folder), Settings(**QUICK | settings)).paint(CANVAS, DRAW, None, 3).pixels


def stretched(folder: Path, to: Path, scheduler: str = "DDIMScheduler") -> Path:
    """The model as one that predicts v."""
    shutil.copytree(folder, to)
    for file, changed in (("scheduler/scheduler_config.json", {"prediction_type": "v_prediction",
                                                               "_class_name": scheduler}),):  # fmt: skip
        config = json.loads((to / file).read_text())
        (to / file).write_text(json.dumps(config | changed))
    index = json.loads((to / "model_index.json").read_text())
    (to / "model_index.json").write_text(json.dumps(index | {"scheduler": ["diffusers", scheduler]}))
    return to


# ---- what a network says, joined ------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["sd", "sdxl"])
def test_rescaling_is_what_diffusers_does_where_it_has_it(models: Any, model: str) -> None:
    ours = drawn(models(model), rescale=0.7)
    painter = open_painter(str(models(model)), Settings(**QUICK))
    pipeline = painter._pipelines.of(painter.way_for(DRAW))
    theirs = pipeline(
        "a red cat", height=32, width=32, num_inference_steps=2, guidance_rescale=0.7, output_type="np",
        guidance_scale=painter.way_for(DRAW).scale, generator=torch.Generator("cpu").manual_seed(3),
    ).images[0]  # fmt: skip
    assert np.abs(ours.astype(int) - np.rint(theirs * 255).astype(int)).max() <= 1
    assert not np.array_equal(ours, drawn(models(model)))


@pytest.mark.parametrize("sampler", [None, "euler", "dpm++ 2m"])
def test_joining_the_answers_ourselves_changes_nothing_by_itself(models: Any, sampler: str | None) -> None:
    """A threshold that nothing reaches: our guidance, to x̂ and back, is the pipeline's own."""
    painter = open_painter(str(models("sd")), Settings(**QUICK, sampler=sampler))
    pipeline = painter._pipelines.of(painter.way_for(DRAW))

    def made(own: guiding.Guiding | None) -> np.ndarray:
        with loading.quiet(), guiding.guided(pipeline, own):
            return pipeline(
                "a red cat", height=32, width=32, num_inference_steps=3, guidance_scale=7.5, output_type="np",
                generator=torch.Generator("cpu").manual_seed(0),
            ).images[0]  # fmt: skip

    still = guiding.Guiding(7.5, gradient=lambda x, t: 0 * x)
    np.testing.assert_allclose(made(still), made(None), atol=2e-4)
    assert not pipeline.unet._forward_hooks


def test_two_pictures_guide_as_instruct_pix2pix_does(models: Any) -> None:
    painter = open_painter(str(models("instruct-pix2pix")), Settings(**QUICK))
    step = Restyle(style="paper cut")
    pipeline = painter._pipelines.of(painter.way_for(step))
    plain = painter.paint(CANVAS, step, None, 3).pixels
    seen: list[int] = []
    answers = guiding.Guiding.joined

    class Counted(guiding.Guiding):
        def joined(self, given: Any, *rest: Any) -> Any:
            seen.append(len(given))
            return answers(self, given, *rest)

    with guiding.guided(pipeline, Counted(7.5)):
        ours = painter.paint(CANVAS, step, None, 3).pixels
    assert set(seen) == {3}
    assert np.abs(ours.astype(int) - plain.astype(int)).max() <= 1


def test_levels_are_those_of_the_training() -> None:
    betas = schedules.scaled_linear_betas()
    level = guiding.levels_of(tiny_models.ddim())
    at = level(600.0)
    assert at.alpha**2 == pytest.approx(float(schedules.alpha_bars(betas)[600]), rel=1e-4)
    ratio = lambda point: point.sigma / point.alpha  # noqa: E731
    assert ratio(level(600.5)) == pytest.approx((ratio(level(600)) + ratio(level(601))) / 2, rel=1e-6)


def test_thresholding_keeps_guidance_within_the_range_without_it(models: Any) -> None:
    """Latents have no range of -1..1, so what is cut is measured by the conditional's own x̂."""
    rng = np.random.default_rng(0)
    conditional, z = rng.standard_normal((2, 1, 4, 8, 8))
    pushed = 6 * conditional
    denoise = guiding.within_usual(guiding.always(pushed), guiding.always(conditional), 95)
    made = denoise(z, 10.0)
    assert np.abs(made).max() <= np.percentile(np.abs(conditional), 95) * (1 + 1e-9)
    assert np.corrcoef(made.ravel(), conditional.ravel())[0, 1] > 0.95
    strong = {"guidance": 30.0}
    assert not np.array_equal(drawn(models("sd"), **strong), drawn(models("sd"), **strong, threshold=90.0))


# ---- the schedule ---------------------------------------------------------------------------------------


def test_a_stretched_schedule_is_our_own_formula(models: Any, tmp_path: Path) -> None:
    folder = stretched(models("sd"), tmp_path / "v")
    painter = open_painter(str(folder), Settings(**QUICK, zero_terminal=True))
    scheduler = painter._pipelines.of(painter.way_for(DRAW)).scheduler
    ours = schedules.alpha_bars(schedules.zero_terminal(schedules.scaled_linear_betas()))
    np.testing.assert_allclose(scheduler.alphas_cumprod.numpy(), ours, atol=2e-6)
    assert scheduler.config.timestep_spacing == "trailing"
    assert "zero_terminal=True" in painter.name
    made = painter.paint(CANVAS, DRAW, None, 3).pixels
    assert not np.array_equal(made, drawn(folder))
    both = {"zero_terminal": True, "rescale": 0.7, "threshold": 99.0}
    assert drawn(folder, **both).std() > 0


def test_a_schedule_is_stretched_only_where_that_can_be(models: Any, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="predicts noise"):
        open_painter(f"{models('sd')},zero_terminal=yes")
    folder = stretched(models("sd"), tmp_path / "v", "PNDMScheduler")
    with pytest.raises(Unsupported, match="sampler=ddim"):
        open_painter(f"{folder},zero_terminal=yes").paint(CANVAS, DRAW, None, 0)


# ---- guided by a similarity -----------------------------------------------------------------------------


def nearness(guide: guides.Guide, pixels: np.ndarray, words: str = "a red cat") -> float:
    picture = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        return float(torch.cosine_similarity(guide.encode(picture), guide.words(words)[None]))


@pytest.mark.parametrize("model", ["sd", "sdxl", "lcm"])
def test_a_clip_draws_the_picture_nearer_to_the_words(models: Any, clip: Path, model: str) -> None:
    folder, guide = models(model), guides.open_guide(f"clip:{clip}")
    plain, unguided = drawn(folder), drawn(folder, guide=f"clip:{clip}:0")
    assert np.abs(plain.astype(int) - unguided).max() <= 1
    little, much = (drawn(folder, guide=f"clip:{clip}:{scale}") for scale in (100, 1000))
    assert nearness(guide, much) > nearness(guide, plain) + 0.01
    assert nearness(guide, plain) < nearness(guide, little) < nearness(guide, much)
    assert np.array_equal(much, drawn(folder, guide=f"clip:{clip}:1000"))


def test_the_projects_own_encoder_guides_too(models: Any) -> None:
    guide, folder = guides.open_guide("diptych"), models("sd")
    assert nearness(guide, drawn(folder, guide="diptych:300")) > nearness(guide, drawn(folder)) + 0.05


def test_an_edit_is_guided_inside_of_its_region_and_replays(models: Any, clip: Path, tmp_path: Path) -> None:
    photo = Picture.from_array(np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8))
    photo.save(tmp_path / "photo.png")

    class Finder:
        name = "finder"

        def find(self, picture: Picture, target: Target) -> list[Region]:
            return [HOLE]

    spec = f"{models('sd')},side=32,steps=2,dtype=fp32,guide=clip:{clip}:500,rescale=0.5,threshold=99"
    studio = Studio(painters=[open_painter(spec)], grounder=Finder())
    result = studio.edit(
        tmp_path / "photo.png", Plan(steps=(Replace(target=Target(noun="dog"), thing=Thing(noun="cat")),)), seed=3
    )
    certificate = result.certificates[0]
    assert certificate.changed_inside > 0
    assert certificate.changed_outside == 0
    assert all(said in certificate.engine for said in ("guide clip tiny-clip", "×500", "rescale=0.5", "threshold=99"))
    result.save(tmp_path / "out.png")
    assert studio.verify(tmp_path / "out.png").steps == 1


# ---- what can't be --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "spec", "says"),
    [
        ("flux", "rescale=0.5", "FluxPipeline"),
        ("z-image", "threshold=99", "ZImagePipeline"),
        ("qwen", "guide=diptych", "QwenImagePipeline"),
        ("sd3", "zero_terminal=yes", "StableDiffusion3Pipeline"),
        ("lcm", "rescale=0.5", "distilled"),
        ("instruct-pix2pix", "guide=diptych", "no caption"),
        ("sd latent upscaler", "threshold=99", "way of its own"),
    ],
)
def test_classes_that_can_not_take_it_say_so(models: Any, model: str, spec: str, says: str) -> None:
    with pytest.raises(Unsupported, match=says) as caught:
        open_painter(f"{models(model)},{spec}")
    assert caught.value.problem.zh
    assert caught.value.remedy.zh


def test_without_guidance_there_is_nothing_to_rescale(models: Any) -> None:
    for setting in ({"rescale": 0.5}, {"threshold": 99.0}):
        with pytest.raises(Unsupported, match="above 1"):
            drawn(models("sd"), guidance=1.0, **setting)


@pytest.mark.parametrize(
    "spec", ["m,rescale=2", "m,threshold=10", "m,zero_terminal=perhaps", "m,guide=siglip:x", "m,guide=clip:",
             "m,guide=diptych:-1", "m,backend=magic"],
)  # fmt: skip
def test_a_bad_value_says_how_to_write_it(spec: str) -> None:
    with pytest.raises(Unsupported) as caught:
        open_painter(spec)
    assert caught.value.remedy.zh


def test_a_guide_is_a_clip_that_is_whole(clip: Path, tmp_path: Path) -> None:
    assert guides.read_guide(r"clip:C:\clips\large:50") == guides.GuideSaid("clip", r"C:\clips\large", 50.0)
    with pytest.raises(Unsupported, match="nowhere"):
        guides.find_clip("nowhere")
    other = shutil.copytree(clip, tmp_path / "other")
    (weights,) = other.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BrokenWeights):
        guides.find_clip(str(other))
    weights.rename(other / "pytorch_model.bin")
    with pytest.raises(Unsupported, match="pickle"):
        guides.find_clip(str(other))
    (other / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(Unsupported, match="no CLIP"):
        guides.find_clip(str(other))
