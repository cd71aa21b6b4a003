"""Single .safetensors files: which published model's configuration they go with."""

from __future__ import annotations

from pathlib import Path

from diptych.core.errors import Bilingual, MissingExtra, Unsupported

UNKNOWN = "v1"
"""What diffusers takes a file for whose tensors it doesn't recognise."""


def usual_config(file: Path) -> str:
    """The id of the model whose configuration fits the file's tensors, as diffusers tells them apart.

    Raises Unsupported for tensors of none that it knows.
    """
    try:
        from diffusers.loaders.single_file_utils import DIFFUSERS_DEFAULT_PIPELINE_PATHS, infer_diffusers_model_type
        from safetensors import safe_open
    except ImportError as error:
        raise MissingExtra("diffusers", Bilingual("Single-file models", "单文件模型")) from error
    with safe_open(file, framework="pt") as tensors:
        shapes = {name: _Shape(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
    kind = infer_diffusers_model_type(shapes)
    if kind == UNKNOWN and not any(name.startswith("model.diffusion_model.") for name in shapes):
        raise Unsupported(
            Bilingual(f"“{file.name}” holds no model that is known here.", f"“{file.name}”不是已知的模型。"),
            Bilingual("If it is a LoRA, write MODEL,lora=FILE; if it is a model, add config=FOLDER.",
                      "如果它是 LoRA，请写 模型,lora=文件；如果是模型，请加上 config=文件夹。"),
        )  # fmt: skip
    return str(DIFFUSERS_DEFAULT_PIPELINE_PATHS[kind]["pretrained_model_name_or_path"])


class _Shape:
    """A tensor of which only the shape is asked."""

    def __init__(self, shape: list[int]) -> None:
        self.shape = tuple(shape)
