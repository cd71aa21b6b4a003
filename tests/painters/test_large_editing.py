"""Photos edited in latents by large models: inverted, sampled beside themselves, with their own attention; and pictures
in the style of a reference. The real classes at tiny sizes, with random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diptych import Picture, Plan, Studio
from diptych.core.errors import NotVerified, Unsupported
from diptych.core.operation import Draw, Remove, Replace, Restyle
from diptych.core.region import Region
from diptych.core.target import Target, Thing

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
tiny_models = pytest.importorskip("tiny_models")

from diptych.painters.large import attention, editing, latents, methods, open_painter, reference  # noqa: E402
from diptych.painters.large.methods import Holding, Sampling, Wording  # noqa: E402
from diptych.painters.large.settings import Settings, parse  # noqa: E402
from diptych.sampling import attention as maps_of  # noqa: E402

SIDE = tiny_models.SIDE
DOG, CAT = Target(noun="dog"), Thing(noun="cat")
REPLACE, RESTYLE = Replace(target=DOG, thing=CAT), Restyle(style="paper cut")
WORDS = Wording("a photo of a dog", "a photo of a cat", {})
SAMPLING = Sampling(steps=4, guidance=3.0)
ALL = np.ones((SIDE, SIDE), bool)


class Finder:
    """A grounder that finds every target in one box."""

    name = "finder"

    def find(self, picture: Picture, target: Target) -> list[Region]:
        return [Region.from_box((16, 12, 40, 36), picture.height, picture.width, target.noun, 0.9)]


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Any]:
    """Two of them with attention strong enough to be told apart: random weights look everywhere alike."""
    made = {}
    for name in ("sd", "sdxl"):
        torch.manual_seed(0)
        made[name] = tiny_models.MAKERS[name]()
        made[name].set_progress_bar_config(disable=True)
        for weights_name, weights in made[name].unet.named_parameters():
            weights.requires_grad_(False)
            if "to_q" in weights_name or "to_k" in weights_name:
                weights.mul_(6)
    return made


@pytest.fixture(scope="module")
def photo() -> Picture:
    return Picture.from_array(np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8))


@pytest.fixture
def look(tmp_path: Path) -> Path:
    """A file to take the style of."""
    pixels = np.random.default_rng(5).integers(0, 255, (40, 32, 3), dtype=np.uint8)
    Picture.from_array(pixels).save(tmp_path / "look.png")
    return tmp_path / "look.png"


def given(seed: int = 0) -> Any:
    return torch.randn(1, 4, SIDE // 2, SIDE // 2, generator=torch.Generator().manual_seed(seed))


def settings(**said: Any) -> Settings:
    return Settings(**{"side": SIDE, "steps": 3, "dtype": "float32"} | said)


def studio_of(folder: Path, **said: Any) -> Studio:
    return Studio(painters=[open_painter(str(folder), settings(**said))], grounder=Finder())


# ---- the network's attention, opened --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_attention_that_nobody_edits_is_the_librarys_own(pipelines: Any, name: str) -> None:
    network = latents.Network(pipelines[name], (SIDE, SIDE))
    told = network.told("a cat", "blurry")
    z = torch.cat([given(1), given(2)])
    own = network.predict(z, 301, told)
    with attention.processed(pipelines[name].unet, attention.plain):
        opened = network.predict(z, 301, told)
    assert torch.equal(own, opened)


def test_the_networks_own_processors_come_back_even_after_an_error(pipelines: Any) -> None:
    unet = pipelines["sd"].unet
    before = unet.attn_processors

    def broken(*seen: Any) -> Any:
        raise KeyError("broken")

    denoise = latents.Network(pipelines["sd"], (SIDE, SIDE)).denoiser(_told(pipelines["sd"], "a"))
    with attention.processed(unet, broken):
        assert all(type(one) is attention.Processor for one in unet.attn_processors.values())
    with pytest.raises(KeyError, match="broken"), attention.processed(unet, broken):
        denoise(given(), 301)
    after = unet.attn_processors
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)


def test_attention_of_another_kind_is_refused(pipelines: Any) -> None:
    unet = tiny_models.unet()
    unet.set_attn_processor(diffusers.models.attention_processor.SlicedAttnProcessor(1))
    with pytest.raises(Unsupported, match="SlicedAttnProcessor"), attention.processed(unet, attention.plain):
        pass
    with pytest.raises(Unsupported, match="can't be edited"), attention.processed(torch.nn.Identity(), attention.plain):
        pass


def test_the_network_told_as_the_pipeline_tells_it(pipelines: Any) -> None:
    """Ten steps by our sampler and by the pipeline with DDIM: the same latents."""
    from diptych.sampling import guidance, samplers

    for name in ("sd", "sdxl"):
        pipeline = pipelines[name]
        network = latents.Network(pipeline, (SIDE, SIDE))
        told, nothing = network.told("a red cat")
        schedule = latents.ddim_schedule(pipeline, 10)
        guided = guidance.guided(network.denoiser(told), network.denoiser(nothing), 3.0)
        with torch.no_grad():
            ours = samplers.euler(guided, given(), schedule)
        theirs = pipeline(
            prompt="a red cat", latents=given(), num_inference_steps=10, guidance_scale=3.0, height=SIDE, width=SIDE,
            output_type="latent",
        ).images  # fmt: skip
        torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=1e-3)


def _told(pipeline: Any, words: str) -> latents.Told:
    return latents.Network(pipeline, (SIDE, SIDE)).told(words)[0]


# ---- prompt-to-prompt -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sd", "sdxl"])
@pytest.mark.parametrize("holding", [None, Holding(), Holding(blend=0.3), Holding(cross_held=1.0, self_held=1.0)])
def test_told_its_own_words_the_photo_comes_back(pipelines: Any, name: str, holding: Holding | None) -> None:
    same = Wording("a photo of a dog", "a photo of a dog", {})
    with torch.no_grad():
        made = editing.edited_latents(pipelines[name], given(), ALL, same, SAMPLING, holding)
        other = editing.edited_latents(pipelines[name], given(), ALL, WORDS, SAMPLING, holding)
    torch.testing.assert_close(made, given(), atol=1e-5, rtol=1e-5)
    assert (other - given()).abs().max() > 1e-3


class Watching:
    """Attention beside the source that remembers what the target looks at."""

    def __init__(self, beside: attention.BesideSource) -> None:
        self.beside = beside
        self.made: list[tuple[bool, Any, Any, Any]] = []

    def __call__(self, layer: Any, query: Any, key: Any, value: Any) -> Any:
        made = self.beside(layer, query, key, value)
        self.made.append((layer.cross, query, key, (value, made)))
        return made


def watched(pipeline: Any, holding: Holding, wording: Wording, time: float = 501.0) -> list[Any]:
    """One call of the network with source and target at different latents."""
    network = latents.Network(pipeline, (SIDE, SIDE))
    schedule = latents.ddim_schedule(pipeline, 4)
    beside = editing.beside_source(pipeline, wording, schedule, (SIDE // 2, SIDE // 2), holding)
    beside.time = time
    watching = Watching(beside)
    told = [network.told(words)[0] for words in (wording.before, wording.after)]
    with torch.no_grad(), attention.processed(pipeline.unet, watching):
        network.predict(torch.cat([given(1), given(2)]), time, told)
    return watching.made


def test_held_whole_the_target_has_the_sources_maps(pipelines: Any) -> None:
    layers = watched(pipelines["sd"], Holding(cross_held=1.0, self_held=1.0), WORDS)
    assert {cross for cross, *_ in layers} == {True, False}
    for _, query, key, (value, made) in layers:
        source, own = attention.maps(query, key).split(1)
        assert (source - own).abs().max() > 1e-4  # of itself it would look elsewhere
        torch.testing.assert_close(made[1:], source @ value[1:], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(made[:1], source @ value[:1], atol=1e-5, rtol=1e-5)


def test_nothing_held_the_target_looks_as_it_would_of_itself(pipelines: Any) -> None:
    for layer, query, key, (value, made) in watched(pipelines["sd"], Holding(0.0, 0.0), WORDS):
        assert torch.equal(made, attention.plain(layer, query, key, value))


def test_a_share_of_the_steps_ends_where_it_says(pipelines: Any) -> None:
    schedule = latents.ddim_schedule(pipelines["sd"], 4)
    for share, held in ((0.0, 0), (0.5, 2), (1.0, 4)):
        beside = editing.beside_source(pipelines["sd"], WORDS, schedule, (16, 16), Holding(share, share))
        holds = [maps_of.share_at(point.time, beside.cross_until) for point in schedule[:-1]]
        assert holds == [1.0] * held + [0.0] * (4 - held)
        assert beside.self_until == beside.cross_until


def test_weights_multiply_the_maps_of_their_words_alone(pipelines: Any) -> None:
    pipeline = pipelines["sd"]
    wording = Wording("a photo of a dog", "a photo of a cat", {"cat": 2.5})
    tokens = editing._tokens(pipeline.tokenizer, wording.after)
    places = editing._positions(pipeline.tokenizer, "cat", tokens, wording.after)
    assert [pipeline.tokenizer.decode(tokens[place]) for place in places] == ["c", "a", "t"]
    for cross, query, key, (value, made) in watched(pipeline, Holding(0.0, 0.0), wording):
        if cross:
            own = attention.maps(query, key)[1:]
            own[..., places] *= 2.5
            torch.testing.assert_close(made[1:], own @ value[1:], atol=1e-5, rtol=1e-5)


def test_added_words_are_looked_at_as_they_are_and_no_attention_is_lost(pipelines: Any) -> None:
    tokenizer = pipelines["sd"].tokenizer
    before, after = (editing._tokens(tokenizer, words) for words in ("a dog", "a dog of paper"))
    words = maps_of.align(before, after)
    mapping = editing.padded(words.mapping, tokenizer.model_max_length)
    assert (mapping.sum(1) == 1).all()
    covered = mapping.sum(0) > 0
    assert not covered[len(before) - 1 : len(after) - 1].any()
    assert covered[[*range(len(before) - 1), len(after) - 1, len(after)]].all()
    shorter = maps_of.align(after, before)
    assert editing.padded(shorter.mapping, 77).sum() >= 77 - (len(after) - len(before))


def test_blending_keeps_latents_where_nothing_that_changes_is_seen(pipelines: Any) -> None:
    """Where maps of the words are low, and outside of the region, the latents end as the photo's own."""
    pipeline, inside = pipelines["sd"], ALL.copy()
    inside[:, : SIDE // 2] = False
    made = {}
    with torch.no_grad():
        for blend in (0.0, 0.9):
            made[blend] = editing.edited_latents(pipeline, given(), inside, WORDS, SAMPLING, Holding(blend=blend))
    moved = {blend: (one - given()).abs().amax((0, 1)) > 1e-5 for blend, one in made.items()}
    assert not moved[0.0][:, : SIDE // 4].any()
    assert moved[0.0][:, SIDE // 4 :].all()
    assert moved[0.9].sum() < moved[0.0].sum()
    assert moved[0.9].any()


def test_where_words_are_seen_is_taken_at_a_quarter_of_the_side() -> None:
    beside = attention.BesideSource(*[None] * 2, 0.0, 0.0, 0, watched=((1,), (2,)))
    maps = torch.zeros(1, 1, 4 * 6, 3)
    maps[..., 7, 1] = 1.0
    beside._keep(0, maps)
    beside._keep(0, torch.ones(1, 1, 8 * 12, 3))
    maps = torch.zeros(1, 1, 4 * 6, 3)
    maps[..., 20, 2] = 1.0
    beside._keep(1, maps)
    beside._keep(1, torch.ones(1, 1, 8 * 12, 3))
    where = beside.where((16, 24), 0.3)
    expected = np.zeros((4, 6), bool)
    expected[1, 1] = expected[3, 2] = True
    assert np.array_equal(where, np.kron(expected, np.ones((4, 4))) > 0)


# ---- the words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "said", "before", "after"),
    [
        (REPLACE, {}, "a photo of a dog", "a photo of a cat"),
        (Replace(target=DOG, thing=Thing(noun="owl", attributes=("big",))), {}, "a photo of a dog",
         "a photo of a big owl"),
        (RESTYLE, {}, "a photo", "a photo, paper cut style"),
        (RESTYLE, {"caption": "a dog by the sea"}, "a dog by the sea", "a dog by the sea, paper cut style"),
        (REPLACE, {"caption": "a brown dog on grass"}, "a brown dog on grass", "a brown cat on grass"),
        (Replace(target=DOG, thing=Thing(noun="owl")), {"caption": "a dog on grass"}, "a dog on grass",
         "an owl on grass"),
    ],
)  # fmt: skip
def test_what_the_model_is_told(models: Any, step: Any, said: Any, before: str, after: str) -> None:
    painter = open_painter(str(models("sd")), settings(method="invert", **said))
    way = painter.way_for(step)
    assert way is not None
    assert way.verb == "restyle"
    wording = methods.wording(step, way, painter.settings)
    assert (wording.before, wording.after, wording.weights) == (before, after, {})


def test_weights_are_said_in_the_words_or_in_a_setting(models: Any) -> None:
    painter = open_painter(f"{models('sd')},method=prompt-to-prompt,weights=paper:0.5,weights=cut:2")
    way = painter.way_for(RESTYLE)
    assert way is not None
    assert methods.wording(RESTYLE, way, painter.settings).weights == {"paper": 0.5, "cut": 2.0}
    assert "weights=paper:0.5, weights=cut:2" in painter.name
    said = methods.wording(Restyle(style="(paper:1.5) cut"), way, settings(method="prompt-to-prompt"))
    assert (said.after, said.weights) == ("a photo, paper cut style", {"paper": 1.5})


@pytest.mark.parametrize(
    ("said", "step", "says"),
    [
        ({"weights": (("sea", 2.0),)}, RESTYLE, "can't be weighted"),
        ({"caption": "a horse"}, REPLACE, "doesn't say “dog”"),
        ({"caption": "一只狗"}, RESTYLE, "reads English only"),
    ],
)
def test_words_that_can_not_be_told_are_refused(models: Any, photo: Picture, said: Any, step: Any, says: str) -> None:
    studio = studio_of(models("sd"), method="prompt-to-prompt", **said)
    with pytest.raises(Unsupported, match=says) as caught:
        studio.edit(photo, Plan(steps=(step,)))
    assert caught.value.problem.zh
    assert caught.value.remedy.zh


# ---- through Studio -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["sd", "sdxl"])
@pytest.mark.parametrize("method", ["invert", "prompt-to-prompt"])
def test_an_edit_stays_inside_its_region_and_replays(
    models: Any, photo: Picture, tmp_path: Path, model: str, method: str
) -> None:
    studio = studio_of(models(model), method=method)
    result = studio.edit(photo, Plan(steps=(REPLACE,)), seed=3)
    (certificate,) = result.certificates
    assert f"method={method}" in certificate.engine
    assert certificate.changed_inside > 0
    assert certificate.changed_outside == 0
    untouched = result.regions[0].mask == 0
    assert untouched.mean() > 0.1
    assert np.array_equal(result.picture.pixels[untouched], photo.pixels[untouched])
    photo.save(tmp_path / "photo.png")
    studio.edit(tmp_path / "photo.png", Plan(steps=(REPLACE,))).save(tmp_path / "cat.png")
    assert studio_of(models(model), method=method).verify(tmp_path / "cat.png").steps == 1
    with pytest.raises(NotVerified):
        studio_of(models(model), method=method, steps=4).verify(tmp_path / "cat.png")


def test_words_in_both_languages_are_edited_alike(models: Any, photo: Picture) -> None:
    studio = studio_of(models("sd"), method="prompt-to-prompt")
    one, other = (studio.edit(photo, words) for words in ("replace the dog with a cat", "把狗换成猫"))
    assert np.array_equal(one.picture.pixels, other.picture.pixels)


def test_a_restyled_photo_differs_by_method_and_strength(models: Any, photo: Picture) -> None:
    made = {}
    for said in ({}, {"method": "invert"}, {"method": "prompt-to-prompt"}, {"method": "invert", "strength": 0.4},
                 {"method": "prompt-to-prompt", "self_held": 1.0, "cross_held": 1.0},
                 {"method": "invert", "guidance": 2.0}, {"method": "invert", "negative": "blurry"}):  # fmt: skip
        made[str(said)] = studio_of(models("sd"), **said).edit(photo, Plan(steps=(RESTYLE,))).picture.pixels.tobytes()
    assert len(set(made.values())) == len(made)


def test_other_steps_are_what_they_are_without_a_method(models: Any, photo: Picture) -> None:
    plain, method = studio_of(models("sd")), studio_of(models("sd"), method="prompt-to-prompt")
    for step in (Remove(target=DOG), Draw(words="a red cat", layout="")):
        one, other = (studio.edit(photo, Plan(steps=(step,)), seed=2).picture.pixels for studio in (plain, method))
        assert np.array_equal(one, other)


def test_a_method_that_was_asked_for_comes_before_a_fitter_model(models: Any, photo: Picture) -> None:
    painters = [open_painter(str(models("sd inpaint")), settings()),
                open_painter(str(models("sd")), settings(method="invert"))]  # fmt: skip
    result = Studio(painters=painters, grounder=Finder()).edit(photo, Plan(steps=(REPLACE, Remove(target=DOG))))
    assert [one.engine.split()[0] for one in result.certificates] == ["sd", "sd-inpaint"]


def test_a_tiny_decoder_and_bfloat16_edit_too(models: Any, photo: Picture, tmp_path: Path) -> None:
    torch.manual_seed(0)
    diffusers.AutoencoderTiny(
        latent_channels=4, encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1),
    ).save_pretrained(tmp_path / "taesd")  # fmt: skip
    for said in ({"decoder": str(tmp_path / "taesd")}, {"dtype": "bfloat16"}):
        studio = studio_of(models("sd"), method="prompt-to-prompt", **said)
        assert studio.edit(photo, Plan(steps=(REPLACE,))).certificates[0].changed_inside > 0


# ---- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "spec", "says"),
    [
        ("flux", "method=prompt-to-prompt", "FLUX Kontext"),
        ("sd3", "method=invert", "its attention isn't opened"),
        ("sd inpaint", "method=invert", "4 channels"),
        ("lcm", "method=invert", "its attention isn't opened"),
        ("qwen", "reference=LOOK", "its attention isn't opened"),
        ("sd", "method=invert,preset=lcm", "distilled"),
        ("sd", "method=invert,sampler=euler", "doesn't go with method="),
        ("sd", "method=invert,blend=0.5", "method=prompt-to-prompt"),
        ("sd", "weights=cat:2", "method=prompt-to-prompt"),
        ("sd", "caption=a dog", "goes with method="),
        ("sd", "method=invert,reference=LOOK", "doesn't go with method="),
        ("sd", "ip_adapter=x.safetensors", "add reference="),
        ("sd", "reference=nowhere.png", "no such file"),
        ("flux", "reference=LOOK,ip_adapter=x.safetensors", "takes none"),
        ("sd", "method=magic", "is none of"),
        ("sd", "method=prompt-to-prompt,blend=2", "outside of"),
    ],
)
def test_what_can_not_be_taken_is_refused_when_the_model_is_opened(
    models: Any, look: Path, model: str, spec: str, says: str
) -> None:
    with pytest.raises(Unsupported, match=says) as caught:
        open_painter(f"{models(model)},{spec.replace('LOOK', str(look))}")
    assert caught.value.problem.zh
    assert caught.value.remedy.zh


def test_sdxls_refiner_is_refused(models: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(models("sdxl"), tmp_path / "refiner")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"requires_aesthetics_score": True}))
    with pytest.raises(Unsupported, match="method="):
        open_painter(f"{folder},method=invert")


def test_an_argument_that_a_method_has_no_use_for_is_refused() -> None:
    with pytest.raises(Unsupported, match="guidance_rescale"):
        methods.sampling("sd", {"num_inference_steps": 3, "guidance_rescale": 0.5})


def test_settings_are_parsed() -> None:
    model, said = parse("sd15,method=prompt-to-prompt,weights=two words:1.5,self_held=0.2,ip_adapter=a.safetensors:0.6")
    assert model == "sd15"
    assert (said.method, said.self_held) == ("prompt-to-prompt", 0.2)
    assert said.weights == (("two words", 1.5),)
    assert said.ip_adapter == ("a.safetensors", 0.6)


# ---- in the style of a reference ------------------------------------------------------------------------


def test_adain_gives_the_references_statistics() -> None:
    own, wanted = torch.randn(2, 3, 50, 8) * 3 + 1, torch.randn(2, 3, 20, 8) * 0.5 - 2
    made = maps_of.adain(own, wanted)
    torch.testing.assert_close(made.mean(-2), wanted.mean(-2), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(made.std(-2, False), wanted.std(-2, False), atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(maps_of.adain(own.numpy(), wanted.numpy()), made.numpy(), atol=1e-4)


def test_a_reference_is_listened_to_with_the_noise_of_the_time(pipelines: Any) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE + 8, 3), dtype=np.uint8)
    found = reference.inverted(pipelines["sd"], pixels, steps=4)
    for point, z in zip(found.schedule[:-1], found.path[:-1], strict=True):
        torch.testing.assert_close(found.at(point.time), z, atol=1e-5, rtol=1e-5)
    assert found.at(400).shape == (1, 4, SIDE // 2, SIDE // 2 + 4)


def test_places_look_at_the_references_places_besides_their_own() -> None:
    shared = attention.SharedWithReference()
    layer = attention.Layer("one", False)
    draw = torch.Generator().manual_seed(0)
    heard = [torch.randn(1, 2, 5, 4, generator=draw) for _ in range(3)]
    own = [torch.randn(3, 2, 7, 4, generator=draw) for _ in range(3)]
    shared.listening = True
    assert torch.equal(shared(layer, *heard), attention.plain(layer, *heard))
    shared.listening = False
    query, key, value = own
    keys = torch.cat([heard[1].expand(3, -1, -1, -1), maps_of.adain(key, heard[1])], 2)
    values = torch.cat([heard[2].expand(3, -1, -1, -1), value], 2)
    expected = attention.maps(maps_of.adain(query, heard[0]), keys) @ values
    torch.testing.assert_close(shared(layer, *own), expected, atol=1e-5, rtol=1e-5)
    words = attention.Layer("one", True)
    assert torch.equal(shared(words, *own), attention.plain(words, *own))


@pytest.mark.parametrize(
    ("model", "said"), [("sd", {}), ("sdxl", {}), ("sd", {"sampler": "euler"}), ("sd", {"sampler": "dpm++ 2m karras"})]
)
def test_a_reference_shows_in_every_step_and_replays(
    models: Any, photo: Picture, look: Path, tmp_path: Path, model: str, said: Any
) -> None:
    plain, styled = studio_of(models(model), **said), studio_of(models(model), reference=str(look), **said)
    for step in (REPLACE, RESTYLE, Draw(words="a red cat", layout="")):
        plan = Plan(steps=(step,))
        one, other, again = (studio.edit(photo, plan, seed=3) for studio in (plain, styled, styled))
        assert not np.array_equal(one.picture.pixels, other.picture.pixels)
        assert np.array_equal(other.picture.pixels, again.picture.pixels)
        assert other.certificates[0].changed_outside == 0
    file = tmp_path / "made.png"
    styled.draw("a red cat", seed=5).save(file)
    assert studio_of(models(model), reference=str(look), **said).verify(file).steps == 1
    elsewhere = tmp_path / "elsewhere" / "look.png"
    elsewhere.parent.mkdir()
    photo.save(elsewhere)
    with pytest.raises(NotVerified, match=r"reference look\.png"):
        studio_of(models(model), reference=str(elsewhere), **said).verify(file)


def test_without_its_hook_the_network_is_as_before(pipelines: Any) -> None:
    unet = pipelines["sd"].unet
    before = unet.attn_processors
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    found = reference.inverted(pipelines["sd"], pixels, steps=2)
    with reference.in_style_of(found, unet):
        assert unet._forward_pre_hooks
    with pytest.raises(TypeError), reference.in_style_of(found, unet):
        unet(given(), 301)  # told no words
    assert not unet._forward_pre_hooks
    assert all(unet.attn_processors[name] is one for name, one in before.items())


# ---- IP-Adapters ----------------------------------------------------------------------------------------


@pytest.fixture
def adapter(models: Any, tmp_path: Path) -> Path:
    """A random IP-Adapter for the tiny Stable Diffusion, with its picture encoder beside it."""
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel.from_pretrained(models("sd") / "unet")
    words, looked = unet.config.cross_attention_dim, 12
    tensors = {
        "image_proj.proj.weight": torch.randn(4 * words, looked), "image_proj.proj.bias": torch.randn(4 * words),
        "image_proj.norm.weight": torch.ones(words), "image_proj.norm.bias": torch.zeros(words),
    }  # fmt: skip
    layers = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    for number, name in enumerate(layers):
        width = unet.get_submodule(name.removesuffix(".processor")).inner_dim
        for kind in ("k", "v"):
            tensors[f"ip_adapter.{2 * number + 1}.to_{kind}_ip.weight"] = torch.randn(width, words)
    save_file(tensors, tmp_path / "ip-adapter_tiny.safetensors")
    config = CLIPVisionConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=16, patch_size=8,
        projection_dim=looked,
    )  # fmt: skip
    CLIPVisionModelWithProjection(config).save_pretrained(tmp_path / "image_encoder")
    return tmp_path / "ip-adapter_tiny.safetensors"


def test_an_ip_adapter_looks_at_the_reference(models: Any, photo: Picture, look: Path, adapter: Path) -> None:
    made = {}
    for said in ({}, {"reference": str(look)}, {"reference": str(look), "ip_adapter": (str(adapter), 1.0)},
                 {"reference": str(look), "ip_adapter": (str(adapter), 0.5)}):  # fmt: skip
        studio = studio_of(models("sd"), **said)
        pixels = [studio.edit(photo, Plan(steps=(step,)), seed=3).picture.pixels for step in (REPLACE, RESTYLE)]
        made[str(said)] = b"".join(one.tobytes() for one in [*pixels, studio.draw("a cat").picture.pixels])
    assert len(set(made.values())) == len(made)
    assert "ip-adapter_tiny.safetensors " in studio.engines.chosen.painters[0].name
    assert "×0.5" in studio.engines.chosen.painters[0].name


def test_an_ip_adapter_of_another_model_is_refused(models: Any, look: Path, adapter: Path) -> None:
    with pytest.raises(Unsupported, match="doesn't fit this model"):
        studio_of(models("sdxl"), reference=str(look), ip_adapter=(str(adapter), 1.0)).draw("a cat")
    shutil.rmtree(adapter.parent / "image_encoder")
    with pytest.raises(Unsupported, match="no picture encoder"):
        studio_of(models("sd"), reference=str(look), ip_adapter=(str(adapter), 1.0)).draw("a cat")
