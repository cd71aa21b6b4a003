"""IP-Adapters (arXiv 2308.06721): small networks through which a UNet looks at a picture beside its words."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.painters.large.hashes import file_sha256

LOOKING = frozenset({
    "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline",
    "StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline",
    "StableDiffusionInstructPix2PixPipeline", "LatentConsistencyModelPipeline",
    "LatentConsistencyModelImg2ImgPipeline",
})  # fmt: skip
"""Pipelines that take a picture for an IP-Adapter."""


def encoder_folder(file: Path) -> Path:
    """Where the picture encoder of an adapter lies: beside it; for those of SDXL that were trained with the smaller
    encoder ("vit-h" in their name), as they are published, in models/. Raises Unsupported where it isn't."""
    beside, smaller = file.parent / "image_encoder", file.parent.parent / "models" / "image_encoder"
    folder = smaller if "vit-h" in file.name and smaller.is_dir() else beside
    if not any(folder.glob("*.safetensors")):
        raise Unsupported(
            Bilingual(f"The IP-Adapter “{file.name}” has no picture encoder beside it (image_encoder/).",
                      f"IP-Adapter“{file.name}”旁没有图片编码器（image_encoder/）。"),
            Bilingual("Put the folder image_encoder of the adapter's repository beside the file.",
                      "请把该适配器仓库中的 image_encoder 文件夹放在该文件旁。"),
        )  # fmt: skip
    return folder


def said(file: Path, weight: float) -> str:
    """Its name, eight digits of the hash of it and its encoder, and its weight."""
    digest = hashlib.sha256()
    for one in (file, *sorted(encoder_folder(file).glob("*.safetensors"))):
        digest.update(file_sha256(one).encode())
    return f"{file.name} {digest.hexdigest()[:8]}×{weight:g}"


def add_ip_adapter(pipeline: Any, file: Path, weight: float) -> None:
    """Raises Unsupported for an adapter of another network."""
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    encoder = CLIPVisionModelWithProjection.from_pretrained(
        encoder_folder(file), dtype=pipeline.dtype, use_safetensors=True, local_files_only=True
    )
    side = encoder.config.image_size
    looking = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    pipeline.register_modules(image_encoder=encoder, feature_extractor=looking)
    try:
        pipeline.load_ip_adapter(str(file.parent), subfolder="", weight_name=file.name, local_files_only=True)
        pipeline.set_ip_adapter_scale(weight)
    except (ValueError, RuntimeError, KeyError, TypeError, AttributeError, IndexError) as error:
        reason = shorten(error, 160)
        raise Unsupported(
            Bilingual(f"The IP-Adapter “{file.name}” doesn't fit this model ({reason}).",
                      f"IP-Adapter“{file.name}”不适用于该模型（{reason}）。"),
            Bilingual("Use one for this family: its name says sd15 or sdxl.",
                      "请使用适用于该系列模型的适配器：名称中写有 sd15 或 sdxl。"),
        ) from error  # fmt: skip
