"""Which models and steps take guidance of our own (rescale, threshold, zero_terminal, guide) and another backend;
errors for the others, as soon as that is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from diptych.core.errors import Bilingual, Unsupported
from diptych.painters.large.parameters import refused
from diptych.painters.large.settings import Settings
from diptych.painters.large.sources import Source

PRECONDITIONED = "StableDiffusionLatentUpscalePipeline"
"""Its network is told noise in a way of its own, which `guiding` doesn't know."""
GUIDED_VERBS = frozenset({"draw", "restyle", "inpaint"})
"""Their words say what the picture shows; an instruction is no caption, and an upscaler has no words."""


def check(source: Source, settings: Settings) -> None:
    """Raises Unsupported where nothing that the model does could take a setting."""
    for name in ("rescale", "threshold", "guide"):
        if getattr(settings, name):
            _check_unet(source, name)
            if source.class_name == PRECONDITIONED:
                raise refused(source.title, name, Bilingual("its network is told noise in a way of its own",
                                                      "它的网络以专门的方式表示噪声"))  # fmt: skip
    for name in ("rescale", "threshold"):
        if getattr(settings, name) and all(way.guidance == "told only" for way in source.ways):
            raise refused(
                source.title, name, Bilingual("its guidance is distilled into the network", "它的引导已蒸馏进网络")
            )
    if settings.guide is not None and all(way.verb not in GUIDED_VERBS for way in source.ways):
        raise refused(
            source.title, "guide", Bilingual("its words are no caption of the picture", "给它的话不是画面的描述")
        )
    if settings.zero_terminal:
        _check_unet(source, "zero_terminal")
        _check_prediction(source)
    if settings.backend == "openvino":
        _check_openvino(source, settings)
    if settings.reference is not None:
        _check_beside_reference(source, settings)


def _check_beside_reference(source: Source, settings: Settings) -> None:
    """A reference is a hook on the UNet's attention, and is sampled beside the picture in the same calls."""
    for name in ("rescale", "threshold", "guide"):
        if getattr(settings, name):
            raise refused(source.title, name, Bilingual("it doesn't go with reference=", "它不能与 reference= 同用"))
    if settings.backend == "openvino":
        why = Bilingual("with backend=openvino its attention can't be opened", "使用 openvino 时无法改动它的注意力")
        raise refused(source.title, "reference", why)


def check_call(source: Source, settings: Settings, arguments: Mapping[str, Any], words: str) -> None:
    """Raises Unsupported where one call, with these arguments and words, can't take a setting."""
    guided = float(arguments.get("guidance_scale", 1.0)) > 1 and float(arguments.get("image_guidance_scale", 1.0)) >= 1
    for name in ("rescale", "threshold"):
        if getattr(settings, name) and not guided:
            raise refused(source.title, name, Bilingual("that takes guidance above 1", "这需要大于 1 的 guidance"))
    if settings.guide is not None and not words.strip():
        raise refused(
            source.title, "guide", Bilingual("this step has no words to be guided by", "这一步没有可用来引导的文字")
        )


def _check_unet(source: Source, name: str) -> None:
    if "unet" not in source.parts:
        raise refused(source.title, name, Bilingual(f"it needs a UNet, which a {source.class_name} doesn't have",
                                              f"这需要 UNet，而 {source.class_name} 没有"))  # fmt: skip


def _check_prediction(source: Source) -> None:
    """Of z = noise a network that predicts the noise can say nothing (arXiv 2305.08891, section 3.1)."""
    file = source.folder / "scheduler" / "scheduler_config.json"
    config = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if config.get("prediction_type", "epsilon") == "epsilon":
        raise refused(source.title, "zero_terminal", Bilingual(
            "it predicts noise, which says nothing where there is nothing else; a model that predicts v can",
            "它预测的是噪声，而在只有噪声处这毫无信息；预测 v 的模型才可以"))  # fmt: skip


def _check_openvino(source: Source, settings: Settings) -> None:
    if "unet" not in source.parts:
        raise Unsupported(
            Bilingual(f"backend=openvino runs UNets; “{source.title}” is a {source.class_name}.",
                      f"backend=openvino 只支持 UNet；“{source.title}”是 {source.class_name}。"),
            Bilingual("Leave backend= out: torch runs it. Or take a Stable Diffusion or SDXL.",
                      "请去掉 backend=，由 torch 运行；或改用 Stable Diffusion、SDXL。"),
        )  # fmt: skip
    if source.class_name == PRECONDITIONED:
        raise refused(source.title, "backend", Bilingual("its network wasn't tried with OpenVINO",
                                                   "它的网络没有在 OpenVINO 上试过"))  # fmt: skip
    if settings.dtype == "float16":
        raise refused(source.title, "dtype", Bilingual("with backend=openvino it is bf16 or fp32",
                                                 "使用 backend=openvino 时只能是 bf16 或 fp32"))  # fmt: skip
    if settings.offload is not None or (settings.device or "cpu") != "cpu":
        name = "offload" if settings.offload is not None else "device"
        raise refused(
            source.title, name, Bilingual("backend=openvino runs on the CPU", "backend=openvino 在 CPU 上运行")
        )
