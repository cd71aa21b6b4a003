"""OpenGrounder, through the real classes of transformers at tiny sizes with random weights, loaded from folders."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diptych.core.errors import BrokenWeights, DiptychError, MissingExtra, Unsupported
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Relation, Target
from diptych.studio import Studio
from diptych.vision import open_models
from diptych.vision.open import OpenGrounder, open_grounder
from diptych.vision.open_finders import ByBox, ByMask, distinct, iou, soft_rectangle
from diptych.vision.open_models import Detection, load_clipseg, load_owlv2, load_sam
from diptych.vision.places import centroid

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("scipy")

SPECS = ["clipseg", "owlv2", "grounding-dino", "owlv2+sam", "grounding-dino+sam"]
DOG = Target(noun="dog")


# ---- models made on the spot ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one folder for each type of model, as `save_pretrained` writes it."""
    folder = tmp_path_factory.mktemp("models")
    transformers.utils.logging.disable_progress_bar()
    for seed, (name, make) in enumerate(MAKERS.items()):
        torch.manual_seed(seed)
        network, processor = make()
        if name in ("clipseg", "sam"):  # fresh ones answer about 0.5 everywhere
            with torch.no_grad():
                for weight in network.parameters():
                    weight.mul_(4.0)
        network.save_pretrained(folder / name)
        processor.save_pretrained(folder / name)
    return folder


def _letters(length: int) -> Any:
    """CLIP's byte-pair tokenizer before any merges: letters, and letters that end a word."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=length)


def _text(tokenizer: Any) -> dict[str, int]:
    return {
        "vocab_size": len(tokenizer), "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "max_position_embeddings": tokenizer.model_max_length,
        "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }  # fmt: skip


VISION = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
          "image_size": 32, "patch_size": 8}  # fmt: skip
SQUARE = {"height": 32, "width": 32}


def _clipseg() -> tuple[Any, Any]:
    tokenizer = _letters(77)
    config = transformers.CLIPSegConfig(
        text_config=_text(tokenizer), vision_config=VISION, projection_dim=16, reduce_dim=16, extract_layers=[0, 1],
        decoder_num_attention_heads=2, decoder_intermediate_size=16,
    )  # fmt: skip
    images = transformers.ViTImageProcessorPil(size=SQUARE)
    return transformers.CLIPSegForImageSegmentation(config), transformers.CLIPSegProcessor(images, tokenizer)


def _owlv2() -> tuple[Any, Any]:
    tokenizer = _letters(16)
    config = transformers.Owlv2Config(text_config=_text(tokenizer), vision_config=VISION, projection_dim=16)
    images = transformers.Owlv2ImageProcessorPil(size=SQUARE)
    return transformers.Owlv2ForObjectDetection(config), transformers.Owlv2Processor(images, tokenizer)


def _grounding_dino() -> tuple[Any, Any]:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "dog", "cat"]
    tokenizer = transformers.BertTokenizer(vocab={word: number for number, word in enumerate(words)})
    config = transformers.GroundingDinoConfig(
        backbone_config=transformers.SwinConfig(
            image_size=32, patch_size=4, embed_dim=8, depths=[1] * 4, num_heads=[1] * 4, window_size=2,
            out_indices=[2, 3, 4],
        ),
        text_config=transformers.BertConfig(
            vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
            max_position_embeddings=64,
        ),
        d_model=32, num_queries=6, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=16,
    )  # fmt: skip
    images = transformers.GroundingDinoImageProcessorPil(size={"shortest_edge": 128, "longest_edge": 192})
    return (
        transformers.GroundingDinoForObjectDetection(config),
        transformers.GroundingDinoProcessor(images, tokenizer),
    )


def _sam() -> tuple[Any, Any]:
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16, "output_channels": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "mlp_dim": 16,
            "image_size": 64, "patch_size": 8, "window_size": 2, "global_attn_indexes": [0], "num_pos_feats": 8,
            "initializer_range": 0.02,
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": 64, "patch_size": 8, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16, "mlp_dim": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )  # fmt: skip
    images = transformers.SamImageProcessorPil(size={"longest_edge": 64}, pad_size={"height": 64, "width": 64})
    return transformers.SamModel(config), transformers.SamProcessor(images)


MAKERS = {"clipseg": _clipseg, "owlv2": _owlv2, "grounding-dino": _grounding_dino, "sam": _sam}


def _spec(models: Path, names: str) -> str:
    first, _, second = names.partition("+")
    return f"{first}:{models / first}" + (f"+{second}:{models / second}" if second else "")


def _opened(models: Path, names: str, threshold: float = 0.0) -> OpenGrounder:
    """The grounder, with a threshold that random weights reach."""
    grounder = open_grounder(_spec(models, names))
    finder = grounder._finder
    if isinstance(finder, ByBox):
        return OpenGrounder(replace(finder, detector=replace(finder.detector, threshold=threshold)))
    return grounder


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _noise(height: int, width: int, channels: int = 3, seed: int = 0) -> Picture:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return Picture.from_array(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


# ---- what comes back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", SPECS)
def test_regions_fit_the_picture_and_are_the_same_twice(models: Path, names: str) -> None:
    grounder = _opened(models, names)
    answered = 0
    for size in [(37, 61, 3), (1, 1, 3), (1, 50, 3), (50, 1, 3), (40, 3, 1), (64, 48, 4)]:
        picture = _noise(*size)
        found = grounder.find(picture, DOG)
        for region in found:
            assert region.mask.shape == size[:2]
            assert region.mask.dtype == np.float32
            assert 0.0 <= region.score <= 1.0
            assert region.label == f"dog, found by {grounder.name}"
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        again = grounder.find(picture, DOG)
        assert [one.score for one in again] == [one.score for one in found]
        assert all(np.array_equal(one.mask, other.mask) for one, other in zip(found, again, strict=True))
        answered += len(found)
    assert answered


def test_names_say_which_models_answer(models: Path) -> None:
    assert open_grounder(_spec(models, "clipseg")).name == "CLIPSeg (clipseg)"
    assert open_grounder(_spec(models, "owlv2+sam")).name == "OWLv2 (owlv2) + SAM (sam)"
    assert open_grounder(_spec(models, "grounding-dino")).name == "Grounding DINO (grounding-dino)"
    assert open_models._named("SAM", "facebook/sam-vit-base") == "SAM (facebook/sam-vit-base)"


def test_owlv2_boxes_are_shares_of_the_longer_side(models: Path) -> None:
    """By hand: OWLv2 pads to a square at the right and below, and says boxes as centre and size in shares of it."""
    adapter = replace(load_owlv2(str(models / "owlv2")), threshold=0.0)
    picture = _noise(37, 61)
    with torch.inference_mode():
        inputs = adapter.processor(text=["a photo of a dog"], images=[open_models._image(picture.rgb)],
                                   return_tensors="pt")  # fmt: skip
        outputs = adapter.network(**inputs)
    x, y, width, height = (61 * outputs.pred_boxes[0].numpy()).T
    found = adapter.detect(picture.rgb, "dog")
    boxes = np.array([one.box for one in found])
    np.testing.assert_allclose(boxes, np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1),
                               atol=1e-4)  # fmt: skip
    np.testing.assert_allclose([one.score for one in found], outputs.logits[0, :, 0].sigmoid(), atol=1e-6)


def test_the_query_and_the_picture_matter(models: Path) -> None:
    adapter = load_clipseg(str(models / "clipseg"))
    dog, cat = (adapter.likelihood(_noise(37, 61).rgb, word) for word in ("dog", "cat"))
    other = adapter.likelihood(_noise(37, 61, seed=1).rgb, "dog")
    assert dog.shape == (32, 32)
    assert 0.0 <= dog.min() < dog.max() <= 1.0
    assert np.abs(dog - cat).max() > 1e-4
    assert np.abs(dog - other).max() > 1e-4
    long = adapter.likelihood(_noise(37, 61).rgb, "dog " * 100)
    assert np.isfinite(long).all()


def test_sam_gives_a_mask_for_each_box_as_its_library_does(models: Path) -> None:
    adapter = load_sam(str(models / "sam"))
    rgb = _noise(37, 61).rgb
    boxes = [(3.0, 4.0, 30.0, 20.0), (20.5, 1.0, 60.0, 36.0)]
    masks = adapter.segment(rgb, boxes)
    assert masks.shape == (2, 37, 61)
    assert np.abs(masks[0] - masks[1]).max() > 1e-6
    np.testing.assert_allclose(adapter.segment(rgb, boxes[1:])[0], masks[1], atol=1e-5)
    with torch.inference_mode():
        inputs = adapter.processor(images=[open_models._image(rgb)], input_boxes=[[list(box) for box in boxes]],
                                   return_tensors="pt")  # fmt: skip
        inputs["input_boxes"] = inputs["input_boxes"].float()
        sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
        outputs = adapter.network(**inputs, multimask_output=False)
        (binary,) = adapter.processor.post_process_masks(outputs.pred_masks, *sizes)
    np.testing.assert_array_equal(masks > 0.5, binary[:, 0].numpy())


def test_thresholds_drop_candidates(models: Path) -> None:
    picture = _noise(37, 61)
    scores = [one.score for one in _opened(models, "owlv2").find(picture, DOG)]
    middle = (scores[0] + scores[-1]) / 2
    kept = [one.score for one in _opened(models, "owlv2", middle).find(picture, DOG)]
    assert kept == [score for score in scores if score > middle] != scores
    assert _opened(models, "owlv2", 1.0).find(picture, DOG) == []
    assert _opened(models, "owlv2+sam", 1.0).find(picture, DOG) == []
    assert OpenGrounder(ByMask(load_clipseg(str(models / "clipseg")), threshold=1.0)).find(picture, DOG) == []


# ---- boxes and masks, without a network -----------------------------------------------------------------


class Boxes:
    """A detector that finds what it is told, by query, and keeps what it was asked."""

    name = "Boxes"

    def __init__(self, found: dict[str, list[Detection]]) -> None:
        self.found = found
        self.asked: list[tuple[str, tuple[int, ...]]] = []

    def detect(self, rgb: np.ndarray, query: str) -> list[Detection]:
        self.asked.append((query, rgb.shape))
        return self.found.get(query, [])


def _dogs(*boxes: tuple[tuple[float, float, float, float], float]) -> Boxes:
    return Boxes({"dog": [Detection(box, score) for box, score in boxes]})


def test_iou_and_suppression_of_what_was_found_twice() -> None:
    assert iou((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0
    assert iou((0, 0, 0, 0), (0, 0, 0, 0)) == 0.0
    worse, best = Detection((0, 0, 10, 10), 0.4), Detection((0, 1, 10, 10), 0.9)
    apart, nested = Detection((20, 0, 30, 10), 0.5), Detection((2, 2, 8, 8), 0.3)
    assert distinct([worse, best, apart, nested]) == [best, apart, nested]
    assert distinct([worse, best], most_shared=0.95) == [best, worse]


def test_a_box_without_sam_is_a_rectangle_that_fades_in_inside() -> None:
    region = soft_rectangle((20, 10, 80, 60), (1.0, 1.0), 100, 120)
    assert region.box == (20, 10, 80, 60)
    assert region.mask[35, 50] == 1.0
    assert 0.0 < region.mask[35, 20] < region.mask[35, 21] < 1.0
    np.testing.assert_array_equal(region.patch, region.patch[::-1, ::-1])
    at_rim = soft_rectangle((0, 0, 60, 60), (2.0, 1.0), 100, 120)
    assert at_rim.box == (0, 0, 120, 60)
    assert at_rim.mask[:50].min() == 1.0
    assert soft_rectangle((0.2, 0.2, 0.4, 0.4), (1.0, 1.0), 1, 1).mask.tolist() == [[1.0]]
    assert soft_rectangle((9.4, 3.0, 9.6, 3.2), (1.0, 1.0), 5, 10).box == (9, 3, 10, 4)


def test_boxes_are_clipped_merged_and_scaled_to_the_picture() -> None:
    boxes = _dogs(((-20, -5, 20, 20), 0.9), ((0, 0, 20, 21), 0.5), ((70, 10, 90, 20), 0.4), ((30, 8, 40, 18), 0.3))
    found = OpenGrounder(ByBox(boxes)).find(_noise(30, 60), DOG)
    assert [(one.box, one.score) for one in found] == [((0, 0, 20, 20), 0.9), ((30, 8, 40, 18), 0.3)]
    large = Picture(np.zeros((16, 3072, 3), np.uint8))
    (half,) = OpenGrounder(ByBox(_dogs(((0, 0, 768, 8), 0.9)))).find(large, DOG)
    assert half.box == (0, 0, 1536, 16)


def test_clipseg_parts_are_things_and_the_sky_is_one() -> None:
    class Seen:
        name = "Seen"

        def likelihood(self, rgb: np.ndarray, query: str) -> np.ndarray:
            likelihood = np.full((128, 128), 0.1, np.float32)
            likelihood[16:48, 8:48] = 0.6
            likelihood[64:112, 72:120] = 0.9
            return likelihood

    grounder = OpenGrounder(ByMask(Seen()))
    picture = Picture(np.full((96, 192, 3), 128, np.uint8))
    best, second = grounder.find(picture, DOG)
    assert (best.score, second.score) == pytest.approx((0.9, 0.6))
    assert (best.mask[66, 144], best.mask[24, 42]) == (1.0, 0.0)
    (sky,) = grounder.find(picture, Target(noun="sky"))
    assert sky.mask[66, 144] == sky.mask[24, 42] == 1.0
    (left,) = grounder.find(picture, Target(noun="sky", place="left half"))
    assert left.box[2] <= 96
    assert len(grounder.find(picture, Target(noun="tree", ordinal=2))) == 2


# ---- what words do --------------------------------------------------------------------------------------


def test_the_query_is_noun_and_attributes_and_the_rest_is_measured() -> None:
    left, right = ((10.0, 30.0, 40.0, 60.0), 0.8), ((70.0, 30.0, 90.0, 50.0), 0.7)
    boxes = _dogs(left, right)
    boxes.found["striped dog"] = boxes.found["dog"]
    grounder = OpenGrounder(ByBox(boxes))
    pixels = np.full((100, 100, 3), 200, np.uint8)
    pixels[30:60, 10:40] = (200, 20, 20)
    picture = Picture(pixels)

    def where(**words: Any) -> list[float]:
        return [round(centroid(one)[0], 2) for one in grounder.find(picture, Target(noun="dog", **words))]

    assert where() == [0.25, 0.8]
    assert where(place="right") == [0.8]
    assert where(color="#ff0000") == [0.25]
    assert where(color="#0000ff") == []
    assert where(attributes=("small",)) == [0.8, 0.25]
    assert where(attributes=("big", "striped"), ordinal=2, quantifier="each", count=2) == [0.25, 0.8]
    assert [query for query, _ in boxes.asked] == ["dog"] * 5 + ["striped dog"]


def test_relations_are_told_from_regions() -> None:
    found = {
        "dog": [Detection((10, 30, 30, 60), 0.8), Detection((60, 30, 90, 90), 0.7)],
        "ball": [Detection((40, 40, 50, 50), 0.9)],
        "hat": [Detection((65, 32, 80, 45), 0.9)],
    }
    grounder = OpenGrounder(ByBox(Boxes(found)))

    def where(kind: Any, noun: str) -> list[int]:
        relation = Relation(kind=kind, anchor=Target(noun=noun))
        return [one.box[0] for one in grounder.find(_noise(100, 100), Target(noun="dog", relation=relation))]

    assert where("left of", "ball") == [10]
    assert where("right of", "ball") == [60]
    assert where("with", "hat") == [60]
    assert where("behind", "ball") == [10, 60]
    assert where("left of", "unicorn") == [10, 60]


def test_what_has_no_name_of_a_thing_goes_to_the_fallback() -> None:
    class Fallback:
        name = "fallback"
        asked: list[str] = []  # noqa: RUF012 - one test's

        def find(self, picture: Picture, target: Target) -> list[Region]:
            self.asked.append(target.describe())
            return [Region.whole(picture.height, picture.width, "by the fallback")]

    boxes, fallback = _dogs(((1, 1, 9, 9), 0.5)), Fallback()
    grounder = OpenGrounder(ByBox(boxes), fallback)
    picture = _noise(10, 10)
    targets = [
        Target(place="left half"), Target(noun="area", color="#ff0000"), Target(noun="text"), Target(noun="shadow"),
        Target(noun="sign", text="SALE"), Target(noun="background"), Target(noun="corner"), Target(noun="sky"),
    ]  # fmt: skip
    for target in targets:
        assert [one.label for one in grounder.find(picture, target)] == ["by the fallback"]
    assert fallback.asked == [target.describe() for target in targets]
    assert boxes.asked == []
    assert grounder.find(picture, DOG)[0].label == "dog, found by Boxes"
    assert OpenGrounder(ByBox(boxes)).find(picture, Target(place="left half"))[0].label == "left half"


def test_an_edit_says_who_found_what_it_changed() -> None:
    grounder = OpenGrounder(ByBox(_dogs(((10, 30, 40, 60), 0.8))))
    result = Studio(grounder=grounder).edit(_noise(100, 100), "make the dog brighter")
    (certificate,) = result.certificates
    assert certificate.region == "dog, found by Boxes"
    assert certificate.changed_inside > 0 == certificate.changed_outside


def test_a_noun_without_an_english_name_is_refused() -> None:
    grounder = OpenGrounder(ByBox(_dogs()))
    with pytest.raises(Unsupported) as caught:
        grounder.find(_noise(10, 10), Target(noun="麒麟"))
    assert "麒麟" in caught.value.say("en")
    assert "英文" in caught.value.say("zh")
    assert grounder.find(_noise(10, 10), Target(noun="café")) == []


# ---- loading --------------------------------------------------------------------------------------------


def _both(error: DiptychError) -> list[str]:
    return [error.say("en"), error.say("zh")]


@pytest.mark.parametrize(
    "spec",
    ["", "yolo:somewhere", "clipseg", "owlv2:", "owlv2:x+sam:", "clipseg:x+sam:y", "google/owlv2-base-patch16"],
)
def test_a_bad_spec_names_itself_and_what_is_allowed(spec: str) -> None:
    with pytest.raises(Unsupported) as caught:
        open_grounder(spec)
    for said in _both(caught.value):
        assert f"“{spec}”" in said
        assert all(name in said for name in ("clipseg:", "owlv2:", "grounding-dino:", "+sam:"))


def test_weights_that_are_not_there(models: Path) -> None:
    for model in (str(models / "nowhere"), "nobody/nothing", "no such thing"):
        for spec in (f"owlv2:{model}", f"owlv2:{models / 'owlv2'}+sam:{model}"):
            with pytest.raises(Unsupported) as caught:
                open_grounder(spec)
            assert all(f"“{model}”" in said and "hf download" in said for said in _both(caught.value))


def test_another_type_of_model(models: Path) -> None:
    with pytest.raises(Unsupported, match="type owlv2, not clipseg") as caught:
        open_grounder(f"clipseg:{models / 'owlv2'}")
    assert "CIDAS/clipseg-rd64-refined" in caught.value.say("zh")


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("model.safetensors", "safetensors"), ("tokenizer.json", "vocabulary"), ("processor_config.json", "processor")],
)
def test_a_folder_that_lacks_a_file(models: Path, tmp_path: Path, missing: str, reason: str) -> None:
    folder = Path(shutil.copytree(models / "clipseg", tmp_path / "copy"))
    (folder / missing).unlink()
    with pytest.raises(BrokenWeights, match=reason):
        open_grounder(f"clipseg:{folder}")


def test_weights_that_lack_a_tensor_or_an_end(models: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(models / "owlv2", tmp_path / "copy"))
    place = folder / "model.safetensors"
    tensors = load_file(place)
    del tensors["class_head.dense0.bias"]
    save_file(tensors, place, metadata={"format": "pt"})
    with pytest.raises(BrokenWeights, match=r"class_head\.dense0\.bias"):
        open_grounder(f"owlv2:{folder}")
    place.write_bytes(place.read_bytes()[:1000])
    with pytest.raises(BrokenWeights, match="OWLv2 can't be loaded"):
        open_grounder(f"owlv2:{folder}")


def test_files_as_they_were_published_before(models: Path, tmp_path: Path) -> None:
    """CLIPSeg's weights came with a preprocessor_config.json and a vocab.json; both give what the new files give."""
    folder = Path(shutil.copytree(models / "clipseg", tmp_path / "copy"))
    (folder / "processor_config.json").unlink()
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(tokenizer["model"]["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    old = {
        "do_normalize": True, "do_resize": True, "feature_extractor_type": "ViTFeatureExtractor",
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2, "size": 32,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(old))
    rgb = _noise(37, 61).rgb
    np.testing.assert_array_equal(
        load_clipseg(str(folder)).likelihood(rgb, "dog"), load_clipseg(str(models / "clipseg")).likelihood(rgb, "dog")
    )


def test_an_id_is_looked_up_in_the_cache(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    commit = "0" * 40
    repository = tmp_path / "models--someone--seen"
    shutil.copytree(models / "clipseg", repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    grounder = open_grounder("clipseg:someone/seen")
    assert grounder.name == "CLIPSeg (someone/seen)"
    picture = _noise(37, 61)
    expected = open_grounder(_spec(models, "clipseg")).find(picture, DOG)
    assert [one.score for one in grounder.find(picture, DOG)] == [one.score for one in expected] != []
    (repository / "snapshots" / commit / "tokenizer.json").unlink()
    with pytest.raises(BrokenWeights, match="vocabulary"):
        open_grounder("clipseg:someone/seen")
    (repository / "snapshots" / commit / "model.safetensors").unlink()
    with pytest.raises(Unsupported, match="not all"):
        open_grounder("clipseg:someone/seen")


def test_without_the_library_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'diptych\[open\]'"):
        open_grounder("clipseg:anything")


def test_preprocessing_never_depends_on_torchvision(models: Path) -> None:
    assert load_owlv2(str(models / "owlv2")).processor.image_processor.backend == "pil"


def test_importing_it_imports_no_torch() -> None:
    code = "import sys, diptych.vision.open; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
