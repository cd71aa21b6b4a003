"""Large models as painters: every pipeline class of the table, the real ones at tiny sizes, through Studio."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diptych import Picture, Plan, Studio
from diptych.core.errors import BrokenWeights, NotVerified, Unsupported
from diptych.core.operation import Add, Draw, Extend, Remove, Replace, ReplaceBackground, Restyle, Upscale
from diptych.core.region import Region
from diptych.core.target import Target, Thing

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
tiny_models = pytest.importorskip("tiny_models")

from diptych.painters.large import LargePainter, loading, open_painter, open_painters  # noqa: E402
from diptych.painters.large.settings import Settings  # noqa: E402
from diptych.painters.large.table import MODELS, VERBS_OF  # noqa: E402

QUICK = Settings(side=tiny_models.SIDE, steps=2, dtype="float32")
DOG, CAT = Target(noun="dog"), Thing(noun="cat")
RIGHT = Extend(sides=("right",))

STEPS = {
    "draw": Draw(words="a red cat", layout=""),
    "restyle": Restyle(style="paper cut"),
    "inpaint": Replace(target=DOG, thing=CAT),
    "instruct": Replace(target=DOG, thing=CAT),
    "upscale": Upscale(factor=2.0),
}
"""A step for each verb."""

WAYS = [
    ("sd", "StableDiffusionPipeline"), ("sd", "StableDiffusionImg2ImgPipeline"),
    ("sd", "StableDiffusionInpaintPipeline"),
    ("sd inpaint", "StableDiffusionInpaintPipeline"), ("instruct-pix2pix", "StableDiffusionInstructPix2PixPipeline"),
    ("sd x4 upscaler", "StableDiffusionUpscalePipeline"),
    ("sd latent upscaler", "StableDiffusionLatentUpscalePipeline"),
    ("lcm", "LatentConsistencyModelPipeline"), ("lcm", "LatentConsistencyModelImg2ImgPipeline"),
    ("sdxl", "StableDiffusionXLPipeline"), ("sdxl", "StableDiffusionXLImg2ImgPipeline"),
    ("sdxl", "StableDiffusionXLInpaintPipeline"), ("sdxl inpaint", "StableDiffusionXLInpaintPipeline"),
    ("sdxl instruct", "StableDiffusionXLInstructPix2PixPipeline"),
    ("sd3", "StableDiffusion3Pipeline"), ("sd3", "StableDiffusion3Img2ImgPipeline"),
    ("sd3", "StableDiffusion3InpaintPipeline"),
    ("flux", "FluxPipeline"), ("flux", "FluxImg2ImgPipeline"), ("flux", "FluxInpaintPipeline"),
    ("flux fill", "FluxFillPipeline"), ("flux kontext", "FluxKontextPipeline"),
    ("flux kontext", "FluxKontextInpaintPipeline"),
    ("qwen", "QwenImagePipeline"), ("qwen", "QwenImageImg2ImgPipeline"), ("qwen", "QwenImageInpaintPipeline"),
    ("qwen edit", "QwenImageEditPipeline"), ("qwen edit", "QwenImageEditInpaintPipeline"),
    ("qwen edit plus", "QwenImageEditPlusPipeline"),
    ("z-image", "ZImagePipeline"), ("z-image", "ZImageImg2ImgPipeline"), ("z-image", "ZImageInpaintPipeline"),
]  # fmt: skip


class Finder:
    """A grounder that finds every target in one box."""

    name = "finder"

    def find(self, picture: Picture, target: Target) -> list[Region]:
        return [Region.from_box((16, 12, 40, 36), picture.height, picture.width, target.noun, 0.9)]


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty Hugging Face cache and notes of hashes of its own."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def small_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qwen-Image-Edit looks at everything at a megapixel; here at its tiny size. Its processor comes from memory."""
    family = "diffusers.pipelines.qwenimage.pipeline_qwenimage_"
    side = tiny_models.SIDE
    for name in ("edit", "edit_inpaint"):
        monkeypatch.setattr(
            importlib.import_module(family + name), "calculate_dimensions", lambda a, r: (side, side, 0)
        )
    plus = importlib.import_module(family + "edit_plus")
    monkeypatch.setattr(plus, "VAE_IMAGE_SIZE", side * side)
    monkeypatch.setattr(plus, "CONDITION_IMAGE_SIZE", 4 * side * side)
    read = loading._read

    def with_processor(library: Any, source: Any, way: Any, kind: Any) -> Any:
        if "processor" not in source.parts:
            return read(library, source, way, kind)
        torch.manual_seed(0)
        made = tiny_models.qwen_image(source.class_name)
        return made if type(made).__name__ == way.pipeline else loading._sibling(made, way.pipeline)

    monkeypatch.setattr(loading, "_read", with_processor)


@pytest.fixture(scope="module")
def photo() -> Picture:
    return Picture.from_array(np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8))


class OneWay(LargePainter):
    """A painter that does its model's verbs by one pipeline class alone."""

    only = ""

    def way_for(self, operation: Any) -> Any:
        ways = [way for way in self.source.ways if way.pipeline == self.only]
        return next((way for way in ways if way.verb in VERBS_OF.get(operation.op, ())), None)


def studio_of(folder: Path, pipeline: str, settings: Settings = QUICK) -> Studio:
    painter = OneWay(open_painter(str(folder), settings).source, settings)
    painter.only = pipeline
    return Studio(painters=[painter], grounder=Finder())


# ---- every class of the table ---------------------------------------------------------------------------


def test_every_pipeline_of_the_table_is_tested() -> None:
    assert {pipeline for _, pipeline in WAYS} == {way.pipeline for ways in MODELS.values() for way in ways}


@pytest.mark.parametrize(("model", "pipeline"), WAYS)
def test_a_pipeline_paints_inside_its_region_and_replays(
    model: str, pipeline: str, models: Any, photo: Picture, small_edits: None
) -> None:
    studio = studio_of(models(model), pipeline)
    verb = next(way.verb for ways in MODELS.values() for way in ways if way.pipeline == pipeline)
    if verb == "draw":
        first, again = (studio.draw("a red cat", seed=3) for _ in range(2))
    else:
        plan = Plan(steps=(STEPS[verb],))
        first, again = (studio.edit(photo, plan, seed=3) for _ in range(2))
    assert np.array_equal(first.picture.pixels, again.picture.pixels)
    certificate = first.certificates[0]
    painter = studio.engines.chosen.painters[0]
    assert (certificate.engine, certificate.seed) == (painter.name, 3)
    assert certificate.changed_inside > 0
    assert certificate.changed_outside == 0
    if verb == "upscale":
        assert (first.picture.width, first.picture.height) == (128, 96)
    elif first.regions[0] is not None:
        untouched = first.regions[0].mask == 0
        assert untouched.any()
        assert np.array_equal(first.picture.pixels[untouched], photo.pixels[untouched])


def test_a_seed_decides_alone(models: Any, photo: Picture) -> None:
    """Whatever was painted before, and in a painter of its own, the same seed gives the same bytes."""
    plan = Plan(steps=(STEPS["inpaint"],))
    one, other = (Studio(painters=[open_painter(str(models("sd")), QUICK)], grounder=Finder()) for _ in range(2))
    torch.manual_seed(99)
    one.edit(photo, plan, seed=7)
    first, second = one.edit(photo, plan, seed=3), other.edit(photo, plan, seed=3)
    assert np.array_equal(first.picture.pixels, second.picture.pixels)
    assert not np.array_equal(first.picture.pixels, other.edit(photo, plan, seed=4).picture.pixels)


# ---- the words of a studio ------------------------------------------------------------------------------


@pytest.fixture
def studio(models: Any) -> Studio:
    return Studio(painters=[open_painter(str(models("sd")), QUICK)], grounder=Finder())


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("replace the dog with a cat", "把狗换成猫"),
        ("remove the dog", "去掉狗"),
        ("add a castle on the left", "在左边加一座城堡"),
    ],
)
def test_wishes_in_both_languages_give_the_same_bytes(
    studio: Studio, photo: Picture, english: str, chinese: str
) -> None:
    one, other = studio.edit(photo, english), studio.edit(photo, chinese)
    assert one.plan == other.plan
    assert np.array_equal(one.picture.pixels, other.picture.pixels)
    assert one.certificates[0].engine.startswith("sd ")
    outside = one.regions[0].mask == 0
    assert outside.mean() > 0.1
    assert np.array_equal(one.picture.pixels[outside], photo.pixels[outside])


def test_a_background_is_painted_behind_the_subject(studio: Studio, photo: Picture) -> None:
    result = studio.edit(photo, Plan(steps=(ReplaceBackground(scene=Thing(noun="castle")),)))
    assert np.array_equal(result.picture.pixels[20:30, 24:32], photo.pixels[20:30, 24:32])
    assert (result.picture.pixels[:8] != photo.pixels[:8]).any()


def test_more_canvas_keeps_the_picture(studio: Studio, photo: Picture) -> None:
    result = studio.edit(photo, Plan(steps=(RIGHT,)))
    assert result.picture.pixels.shape == (48, 80, 3)
    assert np.array_equal(result.picture.pixels[:, :64], photo.pixels)
    assert result.certificates[0].engine.startswith("sd ")


def test_what_has_a_formula_is_left_to_it(studio: Studio, photo: Picture) -> None:
    for step in (Add(thing=Thing(noun="circle")), Remove(target=DOG, fill="classical"), Upscale(factor=2.0)):
        assert not studio.edit(photo, Plan(steps=(step,))).certificates[0].engine.startswith("sd ")


def test_alpha_stays(studio: Studio, photo: Picture) -> None:
    alpha = np.random.default_rng(1).integers(0, 256, (48, 64, 1), dtype=np.uint8)
    see_through = Picture(np.concatenate([photo.pixels, alpha], axis=2))
    result = studio.edit(see_through, Plan(steps=(STEPS["restyle"],)))
    assert np.array_equal(result.picture.alpha, alpha[:, :, 0])


def test_the_users_mask_wins(studio: Studio, photo: Picture, tmp_path: Path) -> None:
    white = np.zeros((48, 64, 3), np.uint8)
    white[30:40, 50:60] = 255
    Picture.from_array(white).save(tmp_path / "mask.png")
    result = studio.edit(photo, Plan(steps=(STEPS["inpaint"],)), mask=tmp_path / "mask.png")
    changed = (result.picture.pixels != photo.pixels).any(2)
    assert changed[30:40, 50:60].any()
    changed[30:40, 50:60] = False
    assert not changed.any()


def test_the_fittest_model_is_taken(models: Any, photo: Picture) -> None:
    painters = open_painters([f"{models(name)},side=32,steps=2,dtype=fp32" for name in ("sd", "sd inpaint", "sdxl")])
    studio = Studio(painters=painters, grounder=Finder())
    result = studio.edit(photo, Plan(steps=(STEPS["inpaint"], STEPS["restyle"])))
    assert [one.engine.split()[0] for one in result.certificates] == ["sd-inpaint", "sdxl"]


def test_a_drawing_has_the_models_size_or_the_one_asked_for(studio: Studio) -> None:
    assert studio.draw("a red cat").picture.pixels.shape == (32, 32, 3)
    assert studio.draw("a red cat", size=(64, 48)).picture.pixels.shape == (48, 64, 3)
    with pytest.raises(Unsupported, match="multiples of 8"):
        studio.draw("a red cat", size=33)


def test_a_saved_drawing_verifies_with_the_same_model_only(studio: Studio, models: Any, tmp_path: Path) -> None:
    file = tmp_path / "cat.png"
    studio.draw("a red cat", seed=5).save(file)
    assert studio.verify(file).steps == 1
    other = Studio(painters=[open_painter(f"{models('sd')},side=32,steps=3,dtype=float32")])
    with pytest.raises(NotVerified, match="steps=2"):
        other.verify(file)
    with pytest.raises(Unsupported, match="--painter"):
        Studio().verify(file)


def test_strength_of_a_restyle_reaches_the_model(models: Any, photo: Picture) -> None:
    studio = Studio(painters=[open_painter(f"{models('sd')},side=32,steps=6,dtype=float32")])
    weak, strong = (
        studio.edit(photo, Plan(steps=(Restyle(style="paper cut", strength=strength),))).picture.pixels.astype(int)
        for strength in (0.2, 1.0)
    )
    assert not np.array_equal(weak, strong)


# ---- settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "spec", "says"),
    [
        ("lcm", "negative=blurry", "distilled"),
        ("flux fill", "negative=blurry", "distilled"),
        ("sd", "cfg=4", "guidance="),
        ("sd", "picture_guidance=1.5", "no guidance by a picture"),
        ("flux", "sampler=euler", "sampler of its own"),
        ("instruct-pix2pix", "strength=0.5", "noised picture"),
    ],
)
def test_what_a_model_can_never_take_is_refused_when_it_is_opened(
    models: Any, model: str, spec: str, says: str
) -> None:
    with pytest.raises(Unsupported, match=says) as caught:
        open_painter(f"{models(model)},{spec}")
    assert caught.value.problem.zh
    assert caught.value.remedy.zh


@pytest.mark.parametrize(
    ("model", "settings", "says"),
    [
        ("sd", {"negative": "blurry", "guidance": 1.0}, "above 1"),
        ("flux", {"negative": "blurry"}, "cfg=4"),
        ("flux schnell", {"guidance": 3.0}, "no input"),
        ("qwen", {"negative": "blurry", "guidance": 1.0}, "above 1"),
    ],
)
def test_what_it_can_not_take_together_is_refused_when_it_paints(
    models: Any, model: str, settings: dict[str, Any], says: str
) -> None:
    painter = open_painter(str(models(model)), Settings(side=32, steps=2, dtype="float32", **settings))
    with pytest.raises(Unsupported, match=says):
        Studio(painters=[painter]).draw("a red cat")


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("sd", {"negative": "blurry"}), ("sd", {"guidance": 3.0}), ("sd", {"sampler": "euler"}), ("sd", {"steps": 3}),
        ("flux", {"negative": "blurry", "cfg": 4.0}), ("flux", {"guidance": 9.0}), ("qwen", {"negative": "blurry"}),
        ("sd", {"preset": "lightning"}),
    ],
)  # fmt: skip
def test_a_setting_shows_in_the_pixels_and_in_the_name(models: Any, model: str, settings: dict[str, Any]) -> None:
    folder = str(models(model))
    plain = open_painter(folder, QUICK)
    painter = open_painter(folder, Settings(**{"side": 32, "steps": 2, "dtype": "float32"} | settings))
    made = [Studio(painters=[one]).draw("a red cat").picture.pixels for one in (plain, painter)]
    assert not np.array_equal(*made)
    assert all(str(value).removesuffix(".0") in painter.name for value in settings.values())


@pytest.mark.parametrize("spec", ["", "m,stepz=3", "m,steps=three", "m,steps=0", "m,strength=2", "m,dtype=int8",
                                  "m,sampler=magic", "m,device=cpu,offload=model"])  # fmt: skip
def test_a_bad_spec_says_how_to_write_it(spec: str) -> None:
    with pytest.raises(Unsupported) as caught:
        open_painter(spec)
    assert caught.value.remedy.en
    assert caught.value.remedy.zh


def test_bfloat16_runs(models: Any) -> None:
    painter = open_painter(str(models("sd")), Settings(side=32, steps=2, dtype="bfloat16"))
    assert Studio(painters=[painter]).draw("a cat").picture.pixels.std() > 0
    assert "bfloat16" in painter.name


def test_a_lora_changes_the_picture_and_is_named(models: Any, tmp_path: Path) -> None:
    from diffusers.utils import convert_state_dict_to_diffusers
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    diffusers = pytest.importorskip("diffusers")
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(models("sd"))
    pipeline.unet.add_adapter(LoraConfig(r=2, init_lora_weights="gaussian", target_modules=["to_q", "to_v"]))
    for name, weight in pipeline.unet.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.5, generator=torch.Generator().manual_seed(0))
    layers = convert_state_dict_to_diffusers(get_peft_model_state_dict(pipeline.unet))
    pipeline.save_lora_weights(tmp_path, unet_lora_layers=layers, weight_name="ink.safetensors")

    def drawn(*loras: tuple[str, float]) -> Any:
        painter = open_painter(str(models("sd")), Settings(side=32, steps=2, dtype="float32", lora=loras))
        return Studio(painters=[painter]).draw("a cat").picture.pixels.astype(int), painter.name

    file = str(tmp_path / "ink.safetensors")
    (plain, _), (whole, name), (half, _) = drawn(), drawn((file, 1.0)), drawn((file, 0.5))
    assert "ink.safetensors" in name
    assert np.abs(whole - plain).mean() > np.abs(half - plain).mean() > 0
    other = open_painter(f"{models('sd3')},side=32,lora={file}")
    with pytest.raises(Unsupported, match=r"trained on"):
        Studio(painters=[other]).draw("a cat")


def test_a_tiny_decoder_takes_the_place_of_the_models_own(models: Any, tmp_path: Path) -> None:
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    for channels in (4, 16):
        diffusers.AutoencoderTiny(
            latent_channels=channels, encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8),
            num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1),
        ).save_pretrained(tmp_path / f"taesd{channels}")  # fmt: skip
    made = {}
    for decoder in (None, str(tmp_path / "taesd4")):
        painter = open_painter(str(models("sd")), Settings(side=32, steps=2, dtype="float32", decoder=decoder))
        made[decoder] = Studio(painters=[painter]).draw("a cat").picture.pixels
    assert "decoder taesd4" in painter.name
    assert not np.array_equal(*made.values())
    with pytest.raises(Unsupported, match="16 channels"):
        Studio(painters=[open_painter(f"{models('sd')},decoder={tmp_path / 'taesd16'}")]).draw("a cat")


def test_a_denoiser_in_a_single_file_goes_with_a_folder(models: Any, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    (own,) = (models("z-image") / "transformer").glob("*.safetensors")
    published = {"all_final_layer.2-1.": "final_layer.", "all_x_embedder.2-1.": "x_embedder.", "to_out.0.": "out.",
                 "norm_k.": "k_norm.", "norm_q.": "q_norm."}  # fmt: skip
    tensors = {}
    for name, tensor in load_file(own).items():
        for ours, theirs in published.items():
            name = name.replace(ours, theirs)
        tensors[f"model.diffusion_model.{name}"] = tensor
    save_file(tensors, tmp_path / "fine.safetensors")
    whole, single = (
        open_painter(f"{spec},side=32,steps=2,dtype=float32")
        for spec in (str(models("z-image")), f"{tmp_path / 'fine.safetensors'},config={models('z-image')}")
    )
    drawn = [Studio(painters=[one]).draw("a cat").picture.pixels for one in (whole, single)]
    assert np.array_equal(*drawn)
    assert single.name.startswith("fine.safetensors ")


# ---- errors ---------------------------------------------------------------------------------------------


def test_missing_weights_name_the_command() -> None:
    with pytest.raises(Unsupported, match="diptych models pull owner/name") as caught:
        open_painter("owner/name")
    assert "diptych models pull owner/name" in caught.value.remedy.zh


def test_a_wrong_class_of_model_is_named(models: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(models("sd"), tmp_path / "audio")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"_class_name": "AudioLDM2Pipeline"}))
    with pytest.raises(Unsupported, match="AudioLDM2Pipeline"):
        open_painter(str(folder))


def test_code_of_its_own_is_refused(models: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(models("sd"), tmp_path / "sly")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"unet": ["my_unet", "Unet"]}))
    with pytest.raises(Unsupported, match="code of its own"):
        open_painter(str(folder))


@pytest.mark.parametrize("damage", ["cut", "gone", "folder"])
def test_half_a_download_is_recognised(models: Any, tmp_path: Path, damage: str) -> None:
    folder = shutil.copytree(models("sd"), tmp_path / "half")
    (weights,) = (folder / "unet").glob("*.safetensors")
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-1000])
    elif damage == "gone":
        weights.unlink()
    else:
        shutil.rmtree(folder / "vae")
    with pytest.raises(BrokenWeights, match="diptych models pull"):
        open_painter(str(folder))


def test_pickles_are_refused(models: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(models("sd"), tmp_path / "old")
    (weights,) = (folder / "unet").glob("*.safetensors")
    weights.rename(weights.with_suffix(".bin"))
    for spec in (str(folder), str(tmp_path / "model.ckpt")):
        with pytest.raises(Unsupported, match="pickle"):
            open_painter(spec)


def test_running_out_of_memory_says_what_to_set(models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = open_painter(str(models("sd")), QUICK)
    pipeline = painter._pipelines.of(painter.source.ways[0])

    def full(*args: Any, **options: Any) -> None:
        torch.empty(1 << 60)

    monkeypatch.setattr(pipeline.unet, "forward", full)
    with pytest.raises(Unsupported, match="side=") as caught:
        Studio(painters=[painter]).draw("a cat")
    assert "内存不足" in caught.value.problem.zh


def test_chinese_words_need_a_model_that_reads_them(models: Any) -> None:
    with pytest.raises(Unsupported, match="reads English only"):
        Studio(painters=[open_painter(str(models("sd")), QUICK)]).draw("一只红猫")
    drawn = Studio(painters=[open_painter(str(models("z-image")), QUICK)]).draw("一只红猫")
    assert drawn.picture.pixels.shape == (32, 32, 3)


# ---- the benchmark --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_benchmark_measures_both_ways() -> None:
    import large

    figures = large.measure("tiny", steps=2, rounds=1)
    assert set(figures) >= {"diffusers", "diptych", "times_faster", "difference", "within_tolerance"}
    assert figures["diptych"]["draw_s"] > 0
    assert figures["difference"]["psnr"] > 25
    if "openvino" in large.WAYS:
        assert figures["openvino"]["draw_s"] > 0
        assert figures["openvino"]["difference"]["psnr"] > 25
    assert large.compare(np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 2, np.uint8))["mean"] == 2.0


def test_a_single_file_names_the_configuration_that_it_goes_with(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    attention = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
    tensors = {"first_stage_model.decoder.conv_in.weight": torch.zeros(1),
               f"model.diffusion_model.{attention}": torch.zeros(320, 768)}  # fmt: skip
    save_file(tensors, tmp_path / "fine-tuned.safetensors")
    with pytest.raises(Unsupported, match="stable-diffusion-v1-5 --config-only"):
        open_painter(str(tmp_path / "fine-tuned.safetensors"))
    save_file({"lora_down.weight": torch.zeros(4)}, tmp_path / "lora.safetensors")
    with pytest.raises(Unsupported, match="lora=FILE"):
        open_painter(str(tmp_path / "lora.safetensors"))
    with pytest.raises(Unsupported, match="config="):
        open_painter(f"{tmp_path},config=somewhere")


# ---- looked at while they paint -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sd", "sdxl", "flux"])
def test_is_looked_at_after_each_step_and_can_be_stopped(models: Any, name: str) -> None:
    studio = Studio(painters=[open_painter(str(models(name)), QUICK)])
    seen: list[Picture] = []
    drawn = studio.draw("a red cat", on_preview=lambda look: seen.append(look()))
    assert len(seen) == QUICK.steps + 1  # and the finished step
    assert {(one.width, one.height) for one in seen} == {(tiny_models.SIDE, tiny_models.SIDE)}
    assert seen[-1].pixel_sha256 == drawn.picture.pixel_sha256
    assert drawn.picture.pixel_sha256 == studio.draw("a red cat").picture.pixel_sha256

    class Stopped(Exception):
        pass

    def stop(look: Any) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        studio.draw("a blue dog", on_preview=stop)
