"""Which model does which verb: the one table, and the facts about each pipeline class of diffusers that it names.

A model is called by the class in its model_index.json. Some classes do several verbs with the same weights (Stable
Diffusion draws, restyles and inpaints), others one alone. `fitness` says which of the models that are present is taken
for a verb: networks made for it come before those that do it besides, larger families before smaller ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Verb = Literal["draw", "restyle", "inpaint", "instruct", "upscale"]

Guidance = Literal["free", "with picture", "told", "told only", "true"]
"""How a pipeline is guided, which decides what can be set.

free          classifier-free by `guidance_scale`: u + s (c - u); takes a negative prompt (arXiv 2207.12598)
with picture  the same for words and for the picture by `image_guidance_scale` (InstructPix2Pix, arXiv 2211.09800)
told          the scale is an input of a distilled network, `guidance_scale`; besides it `true_cfg_scale` is
              classifier-free guidance and is what takes a negative prompt (FLUX)
told only     the scale is an input of a distilled network; there is no negative prompt (LCM, FLUX Fill)
true          classifier-free by `true_cfg_scale` (Qwen-Image)
"""


@dataclass(frozen=True)
class Way:
    """One verb by one pipeline class.

    pipeline   class in diffusers
    channels   of the network's input, where that tells models of one class apart; None: any
    steps      that are usual for it
    scale      of guidance that is usual for it
    strength   share of the noise that is added to a given picture, where the pipeline asks for one
    factor     an upscaler's
    multiple   the pipeline wants sides that are multiples of so many pixels
    """

    verb: Verb
    pipeline: str
    fitness: int
    guidance: Guidance
    steps: int
    scale: float
    strength: float | None = None
    channels: int | None = None
    factor: int | None = None
    multiple: int = 8


_RESTYLING, _ALL_NEW = 0.6, 1.0
"""Strengths: a restyled picture keeps its composition; what is put in owes nothing to what was there."""

_SD = (
    Way("draw", "StableDiffusionPipeline", 20, "free", 30, 7.5, channels=4),
    Way("restyle", "StableDiffusionImg2ImgPipeline", 20, "free", 30, 7.5, _RESTYLING, channels=4),
    Way("inpaint", "StableDiffusionInpaintPipeline", 34, "free", 30, 7.5, _ALL_NEW, channels=9),
    Way("inpaint", "StableDiffusionInpaintPipeline", 20, "free", 30, 7.5, _ALL_NEW, channels=4),
)
_LCM = (
    Way("draw", "LatentConsistencyModelPipeline", 15, "told only", 4, 8.5),
    Way("restyle", "LatentConsistencyModelImg2ImgPipeline", 15, "told only", 4, 8.5, _RESTYLING),
)
_SDXL = (
    Way("draw", "StableDiffusionXLPipeline", 30, "free", 30, 5.0, channels=4),
    Way("restyle", "StableDiffusionXLImg2ImgPipeline", 30, "free", 30, 5.0, _RESTYLING, channels=4),
    Way("inpaint", "StableDiffusionXLInpaintPipeline", 38, "free", 30, 7.5, 0.9999, channels=9),
    Way("inpaint", "StableDiffusionXLInpaintPipeline", 30, "free", 30, 7.5, 0.9999, channels=4),
)
_SD3 = (
    Way("draw", "StableDiffusion3Pipeline", 40, "free", 28, 7.0, multiple=16),
    Way("restyle", "StableDiffusion3Img2ImgPipeline", 40, "free", 28, 7.0, _RESTYLING, multiple=16),
    Way("inpaint", "StableDiffusion3InpaintPipeline", 36, "free", 28, 7.0, _ALL_NEW, multiple=16),
)
_FLUX = (
    Way("draw", "FluxPipeline", 50, "told", 28, 3.5, multiple=16),
    Way("restyle", "FluxImg2ImgPipeline", 50, "told", 28, 3.5, _RESTYLING, multiple=16),
    Way("inpaint", "FluxInpaintPipeline", 40, "told", 28, 7.0, _ALL_NEW, multiple=16),
)
_KONTEXT = (
    Way("instruct", "FluxKontextPipeline", 60, "told", 28, 3.5, multiple=16),
    Way("inpaint", "FluxKontextInpaintPipeline", 45, "told", 28, 3.5, _ALL_NEW, multiple=16),
)
_QWEN = (
    Way("draw", "QwenImagePipeline", 60, "true", 50, 4.0, multiple=16),
    Way("restyle", "QwenImageImg2ImgPipeline", 55, "true", 50, 4.0, _RESTYLING, multiple=16),
    Way("inpaint", "QwenImageInpaintPipeline", 48, "true", 50, 4.0, _ALL_NEW, multiple=16),
)
_QWEN_EDIT_INPAINT = Way("inpaint", "QwenImageEditInpaintPipeline", 50, "true", 50, 4.0, _ALL_NEW, multiple=16)
_Z_IMAGE = (
    Way("draw", "ZImagePipeline", 45, "free", 50, 5.0, multiple=16),
    Way("restyle", "ZImageImg2ImgPipeline", 45, "free", 50, 5.0, _RESTYLING, multiple=16),
    Way("inpaint", "ZImageInpaintPipeline", 42, "free", 50, 5.0, _ALL_NEW, multiple=16),
)

MODELS: Mapping[str, tuple[Way, ...]] = MappingProxyType({
    "StableDiffusionPipeline": _SD,
    "StableDiffusionImg2ImgPipeline": _SD,
    "StableDiffusionInpaintPipeline": _SD,
    "StableDiffusionInstructPix2PixPipeline": (
        Way("instruct", "StableDiffusionInstructPix2PixPipeline", 25, "with picture", 50, 7.5, channels=8),),
    "StableDiffusionUpscalePipeline": (
        Way("upscale", "StableDiffusionUpscalePipeline", 30, "free", 50, 9.0, channels=7, factor=4),),
    "StableDiffusionLatentUpscalePipeline": (
        Way("upscale", "StableDiffusionLatentUpscalePipeline", 20, "free", 20, 0.0, factor=2, multiple=64),),
    "LatentConsistencyModelPipeline": _LCM,
    "LatentConsistencyModelImg2ImgPipeline": _LCM,
    "StableDiffusionXLPipeline": _SDXL,
    "StableDiffusionXLImg2ImgPipeline": _SDXL,
    "StableDiffusionXLInpaintPipeline": _SDXL,
    "StableDiffusionXLInstructPix2PixPipeline": (
        Way("instruct", "StableDiffusionXLInstructPix2PixPipeline", 35, "with picture", 50, 5.0, channels=8),),
    "StableDiffusion3Pipeline": _SD3,
    "StableDiffusion3Img2ImgPipeline": _SD3,
    "StableDiffusion3InpaintPipeline": _SD3,
    "FluxPipeline": _FLUX,
    "FluxImg2ImgPipeline": _FLUX,
    "FluxInpaintPipeline": _FLUX,
    "FluxFillPipeline": (Way("inpaint", "FluxFillPipeline", 60, "told only", 50, 30.0, _ALL_NEW, multiple=16),),
    "FluxKontextPipeline": _KONTEXT,
    "FluxKontextInpaintPipeline": _KONTEXT,
    "QwenImagePipeline": _QWEN,
    "QwenImageImg2ImgPipeline": _QWEN,
    "QwenImageInpaintPipeline": _QWEN,
    "QwenImageEditPipeline": (
        Way("instruct", "QwenImageEditPipeline", 65, "true", 50, 4.0, multiple=16), _QWEN_EDIT_INPAINT),
    "QwenImageEditInpaintPipeline": (
        Way("instruct", "QwenImageEditPipeline", 65, "true", 50, 4.0, multiple=16), _QWEN_EDIT_INPAINT),
    "QwenImageEditPlusPipeline": (Way("instruct", "QwenImageEditPlusPipeline", 70, "true", 40, 4.0, multiple=16),),
    "ZImagePipeline": _Z_IMAGE,
    "ZImageImg2ImgPipeline": _Z_IMAGE,
    "ZImageInpaintPipeline": _Z_IMAGE,
})  # fmt: skip
"""`_class_name` of a model_index.json → what such a model does."""

READS_CHINESE = ("QwenImage", "ZImage")
"""Beginnings of the names of classes whose text encoder was trained on Chinese, too. The others' (CLIP, T5) were not:
they take Chinese for a row of unknown characters."""

VERBS_OF: Mapping[str, tuple[Verb, ...]] = MappingProxyType({
    "draw": ("draw",),
    "restyle": ("instruct", "restyle"),
    "remove": ("inpaint", "instruct"),
    "replace": ("inpaint", "instruct"),
    "add": ("inpaint", "instruct"),
    "replace_background": ("inpaint", "instruct"),
    "combine": ("inpaint", "instruct"),
    "extend": ("inpaint",),
    "upscale": ("upscale",),
})  # fmt: skip
"""Operation → the verbs that carry it out."""

NATIVE_SIDE: Mapping[str, int] = MappingProxyType({"Flux": 1024, "QwenImage": 1024, "ZImage": 1024})
"""Pixels a side that a family was trained at, where its files don't say (they do for UNets and Stable Diffusion 3)."""


@dataclass(frozen=True)
class Preset:
    """What a distilled model wants: few steps, its own sampler, no (or a fixed) guidance."""

    steps: int
    guidance: float | None
    sampler: str | None = None


PRESETS: Mapping[str, Preset] = MappingProxyType({
    "turbo": Preset(1, 0.0),
    "lcm": Preset(4, 1.5, "lcm"),
    "lightning": Preset(4, 0.0, "euler trailing"),
    "schnell": Preset(4, None),
    "z-turbo": Preset(8, 0.0),
})  # fmt: skip
"""Adversarial distillation (SD-Turbo, arXiv 2311.17042), latent consistency (as a LoRA, arXiv 2311.05556),
SDXL-Lightning (arXiv 2402.13929), FLUX schnell, Z-Image-Turbo."""

KNOWN_PRESETS: Mapping[str, str] = MappingProxyType({
    "stabilityai/sd-turbo": "turbo",
    "stabilityai/sdxl-turbo": "turbo",
    "black-forest-labs/FLUX.1-schnell": "schnell",
    "Tongyi-MAI/Z-Image-Turbo": "z-turbo",
})  # fmt: skip
"""Published models whose preset goes without saying."""

SAMPLERS: Mapping[str, tuple[str, Mapping[str, object]]] = MappingProxyType({
    "ddim": ("DDIMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler a": ("EulerAncestralDiscreteScheduler", {}),
    "euler trailing": ("EulerDiscreteScheduler", {"timestep_spacing": "trailing"}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm++ 2m": ("DPMSolverMultistepScheduler", {}),
    "dpm++ 2m karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
})  # fmt: skip
"""Samplers that can stand in a UNet's place of its own: name → (class in diffusers, what is set besides its config)."""


def verbs_of_class(name: str) -> tuple[Verb, ...]:
    """The verbs of a class of models, each once; none for a class that the table doesn't have."""
    return tuple(dict.fromkeys(way.verb for way in MODELS.get(name, ())))


def ways_of(name: str, channels: int | None) -> tuple[Way, ...]:
    """What a model of class `name` does whose network takes `channels` (None: not known)."""
    return tuple(way for way in MODELS.get(name, ()) if way.channels is None or channels in (None, way.channels))
