"""Large models whose networks OpenVINO runs: the same pictures within a tolerance, and the same bytes each time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diptych import Picture
from diptych.core.errors import MissingExtra, Unsupported
from diptych.core.operation import Draw, Replace, Upscale
from diptych.core.region import Region
from diptych.core.target import Target, Thing

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("openvino")
tiny_models = pytest.importorskip("tiny_models")

from diptych.painters.large import open_painter, openvino_networks  # noqa: E402

CLOSE = 2
"""Levels of 255 that a pixel may differ by from torch's, both in float32."""
CANVAS = Picture.from_array(np.full((40, 72, 3), 255, np.uint8))
DRAW = Draw(words="a red cat", layout="")


SLOW = pytest.mark.slow
"""Each conversion takes seconds; by default one model stands for all."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(openvino_networks, "works", lambda hint: True)
    return tmp_path / "cache" / "diptych" / "openvino"


def painted(folder: Path, step: Any = DRAW, picture: Picture = CANVAS, **settings: str) -> np.ndarray:
    said = "".join(f",{name}={value}" for name, value in {"dtype": "fp32", **settings}.items())
    region = Region.from_box((16, 8, 40, 32), picture.height, picture.width, "dog", 0.9)
    return open_painter(f"{folder},side=32,steps=2{said}").paint(picture, step, region, 3).pixels


@pytest.mark.parametrize(
    ("model", "step"),
    [
        ("sd", DRAW),
        pytest.param("sdxl", DRAW, marks=SLOW),
        pytest.param("lcm", DRAW, marks=SLOW),
        pytest.param("sd inpaint", Replace(target=Target(noun="dog"), thing=Thing(noun="cat")), marks=SLOW),
        pytest.param("instruct-pix2pix", Replace(target=Target(noun="dog"), thing=Thing(noun="cat")), marks=SLOW),
        pytest.param("sd x4 upscaler", Upscale(factor=4.0), marks=SLOW),
    ],
)
def test_the_picture_is_torchs_and_the_same_each_time(models: Any, cache: Path, model: str, step: Any) -> None:
    picture = Picture.from_array(np.random.default_rng(0).integers(0, 255, (40, 72, 3), dtype=np.uint8))
    plain = painted(models(model), step, picture).astype(int)
    first, again = (painted(models(model), step, picture, backend="openvino") for _ in range(2))
    assert np.abs(first - plain).max() <= CLOSE
    assert np.array_equal(first, again)
    assert len(list(cache.iterdir())) == 2  # converted once: the UNet and the decoder
    assert not list(cache.glob("*.part*"))


@SLOW
def test_bfloat16_comes_near_enough(models: Any, cache: Path) -> None:
    apart = painted(models("sd"), dtype="bf16", backend="openvino").astype(int) - painted(models("sd"))
    assert np.abs(apart).mean() < 4


def test_one_graph_serves_for_all_sizes_and_other_weights_have_their_own(
    models: Any, cache: Path, tmp_path: Path
) -> None:
    painter = open_painter(f"{models('sd')},side=32,steps=1,dtype=fp32,backend=openvino")
    for height, width in ((32, 32), (40, 72), (32, 32)):
        canvas = Picture.from_array(np.zeros((height, width, 3), np.uint8))
        assert painter.paint(canvas, DRAW, None, 0).pixels.shape == (height, width, 3)
    assert len(list(cache.iterdir())) == 2
    assert "backend=openvino" in painter.name
    painted(tiny_models.make("sd", tmp_path / "other", seed=1), backend="openvino")
    assert len(list(cache.iterdir())) == 4


@SLOW
def test_a_damaged_graph_is_made_anew(models: Any, cache: Path) -> None:
    first = painted(models("sd"), backend="openvino")
    for file in cache.glob("*/model.xml"):
        file.write_text("<net")
    assert np.array_equal(painted(models("sd"), backend="openvino"), first)


@SLOW
def test_guidance_goes_through_torchs_decoder(models: Any, cache: Path) -> None:
    plain = painted(models("sd"), guide="diptych:300").astype(int)
    assert np.abs(painted(models("sd"), guide="diptych:300", backend="openvino") - plain).max() <= 2 * CLOSE
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    ("model", "spec", "says"),
    [
        ("flux", "", "FluxPipeline"), ("z-image", "", "ZImagePipeline"), ("sd3", "", "StableDiffusion3Pipeline"),
        ("sd latent upscaler", "", "wasn't tried"), ("sd", ",dtype=fp16", "bf16 or fp32"),
        ("sd", ",device=cuda", "runs on the CPU"),
    ],
)  # fmt: skip
def test_what_it_can_not_run_is_named(models: Any, model: str, spec: str, says: str) -> None:
    with pytest.raises(Unsupported, match=says) as caught:
        open_painter(f"{models(model)},backend=openvino{spec}")
    assert caught.value.remedy.zh


def test_where_it_is_not_installed_the_extra_is_named(
    models: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtra, match=r"diptych\[openvino\]"):
        painted(models("sd"), backend="openvino")


def test_where_it_crashes_torch_is_the_remedy(models: Any, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_networks, "works", lambda hint: False)
    with pytest.raises(Unsupported, match="doesn't run on this machine") as caught:
        painted(models("sd"), backend="openvino")
    assert "torch" in caught.value.remedy.zh
    monkeypatch.setattr(openvino_networks, "works", lambda hint: hint == "f32")
    assert openvino_networks.precision(torch.bfloat16) == "f32"


def test_a_trial_tells_right_from_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    openvino_networks.trial("f32")
    monkeypatch.setitem(openvino_networks.CLOSE, "f32", 0.0)
    with pytest.raises(ValueError, match="differ"):
        openvino_networks.trial("f32")
