"""Large models from files as people have them: a whole checkpoint in one file; a part that needs another library."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

from diptych import Picture
from diptych.core.errors import Unsupported
from diptych.core.operation import Draw, Replace
from diptych.core.target import Target, Thing

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
tiny_models = pytest.importorskip("tiny_models")
original_layout = pytest.importorskip("original_layout")

from diptych.painters.large import open_painter  # noqa: E402

CANVAS = Picture.from_array(np.full((32, 32, 3), 255, np.uint8))
DRAW = Draw(words="a red cat", layout="")


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("name", "pipeline", "channels"),
    [("sd", "StableDiffusionPipeline", 4), ("sd inpaint", "StableDiffusionInpaintPipeline", 9)],
)
def test_a_whole_checkpoint_in_one_file_is_the_folder(tmp_path: Path, name: str, pipeline: str, channels: int) -> None:
    """Also one that inpaints: the same pixels as from the folder that diffusers writes."""
    folder = tiny_models.make(name, tmp_path / "folder")
    torch.manual_seed(0)
    file = original_layout.save_whole(tiny_models.stable_diffusion(pipeline, channels), tmp_path / "whole.safetensors")
    step = DRAW if channels == 4 else Replace(target=Target(noun="dog"), thing=Thing(noun="cat"))
    whole, single = (
        open_painter(f"{spec},side=32,steps=2,dtype=fp32") for spec in (str(folder), f"{file},config={folder}")
    )
    drawn = [one.paint(CANVAS, step, None, 3).pixels for one in (whole, single)]
    assert np.array_equal(*drawn)
    assert single.name.startswith("whole.safetensors ")
    assert single.source.weights() == (file,)


def test_a_whole_checkpoint_cut_short_is_half_a_download(tmp_path: Path) -> None:
    folder = tiny_models.make("sd", tmp_path / "folder")
    torch.manual_seed(0)
    file = original_layout.save_whole(tiny_models.stable_diffusion(), tmp_path / "whole.safetensors")
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(Unsupported, match="cut short"):
        open_painter(f"{file},config={folder}")


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is not None, reason="torchvision is installed")
def test_qwen_image_edit_without_torchvision_says_what_to_install(tmp_path: Path) -> None:
    """The processor of a published model has its tokenizer beside it; what it lacks here is the part for videos."""
    folder = tiny_models.make("qwen edit", tmp_path / "qwen")
    shutil.copytree(folder / "tokenizer", folder / "processor", dirs_exist_ok=True)
    painter = open_painter(f"{folder},side=32,steps=2,dtype=fp32")
    step = Replace(target=Target(noun="dog"), thing=Thing(noun="cat"))
    with pytest.raises(Unsupported, match=r"(?i)torchvision") as caught:
        painter.paint(CANVAS, step, None, 0)
    assert "pip install torchvision" in caught.value.remedy.en
    assert "torchvision" in caught.value.remedy.zh
