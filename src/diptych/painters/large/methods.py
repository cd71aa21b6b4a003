"""Methods of latent editing: which steps and models they are for, and what the model is told before and after.

method=invert            the noise that the photo comes from (DDIM inversion), sampled beside it with other words
method=prompt-to-prompt  the same, looking where the photo's own words were looked at
reference=FILE           a picture whose style is taken over, by shared attention or through an IP-Adapter
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.core.operation import Operation, Replace, Restyle
from diptych.painters.large.adapters import LOOKING
from diptych.painters.large.parameters import preset_of, refused
from diptych.painters.large.prompts import check_language, thing_in_words
from diptych.painters.large.settings import Settings
from diptych.painters.large.sources import Source
from diptych.painters.large.table import Way

CLASSES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
"""What draws with the networks whose attention is opened; other pipelines of the same networks are its siblings."""
FITNESS = 100
"""A method that was asked for by name comes before other models."""

_OF_PROMPT_TO_PROMPT = ("weights", "cross_held", "self_held", "blend")
_GOES_WITH_METHOD = frozenset({
    "method", "caption", *_OF_PROMPT_TO_PROMPT, "steps", "guidance", "negative", "strength", "side", "preset", "lora",
    "decoder", "config", "dtype", "device", "offload",
})  # fmt: skip
"""All that a method can take: its steps are DDIM's, and its guidance is its own."""
_NOT_WITH_METHOD = Bilingual("it doesn't go with method=", "它不能与 method= 同用")
_A_PHOTO = "a photo"


def check(source: Source, settings: Settings) -> None:
    """Raises Unsupported for a setting of latent editing that this model, or the method, can't take."""
    _check_company(source.title, settings)
    for name in ("method", "reference"):
        if getattr(settings, name) is None or (name == "reference" and settings.ip_adapter is not None):
            continue
        if drawing_way(source) is None:
            raise _wrong_class(source, name)
    if settings.ip_adapter is not None and any(way.pipeline not in LOOKING for way in source.ways):
        raise refused(source.title, "ip_adapter", Bilingual(
            "its class takes none; Stable Diffusion 1, 2 and XL do",
            "该类模型不支持；Stable Diffusion 1、2 和 XL 支持"))  # fmt: skip
    preset = preset_of(source, settings)
    if settings.method is not None and preset is not None:
        raise refused(source.title, "method", Bilingual(
            "a model distilled to few steps can't be inverted", "蒸馏成少步的模型无法反演"))  # fmt: skip
    if settings.reference is not None and not Path(settings.reference).expanduser().is_file():
        raise _no_reference(settings.reference)


def _check_company(title: str, settings: Settings) -> None:
    """Which settings go together."""
    for name in _OF_PROMPT_TO_PROMPT:
        if getattr(settings, name) not in (None, ()) and settings.method != "prompt-to-prompt":
            raise refused(
                title, name, Bilingual("it goes with method=prompt-to-prompt", "它需与 method=prompt-to-prompt 同用")
            )
    if settings.caption is not None and settings.method is None:
        raise refused(title, "caption", Bilingual("it goes with method=", "它需与 method= 同用"))
    for field in fields(settings):
        is_set = getattr(settings, field.name) != field.default
        if settings.method is not None and is_set and field.name not in _GOES_WITH_METHOD:
            raise refused(title, field.name, _NOT_WITH_METHOD)
    if settings.ip_adapter is not None and settings.reference is None:
        raise refused(title, "ip_adapter", Bilingual(
            "it looks at a picture: add reference=FILE", "它需要一张图片：请加上 reference=文件"))  # fmt: skip


def drawing_way(source: Source) -> Way | None:
    """How the model draws, if it is a text→picture UNet whose attention can be opened."""
    if source.index.get("requires_aesthetics_score"):  # SDXL's refiner, which draws nothing of its own
        return None
    return next((way for way in source.ways if way.verb == "draw" and way.pipeline in CLASSES), None)


def edits(settings: Settings, operation: Operation) -> bool:
    """Whether the method that was set carries the step out; the others stay what they are without it."""
    return settings.method is not None and isinstance(operation, Restyle | Replace)


CROSS_HELD, SELF_HELD, BLEND = 0.8, 0.4, 0.3
"""The paper's shares of the steps in which words and places are looked at as in the source, and its threshold."""


@dataclass(frozen=True)
class Sampling:
    """How the target is sampled; `strength` 0..1 is the share of the steps that are undone and taken again."""

    steps: int
    guidance: float
    strength: float = 1.0
    negative: str | None = None


@dataclass(frozen=True)
class Holding:
    """What of the source's attention the target has; as in `Settings`."""

    cross_held: float = CROSS_HELD
    self_held: float = SELF_HELD
    blend: float = 0.0


# ---- words ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wording:
    """What the model is told of the photo and of what it is to become; `weights` of phrases in `after`."""

    before: str
    after: str
    weights: Mapping[str, float]


def wording(operation: Operation, way: Way, settings: Settings) -> Wording:
    """A replacement's target becomes the thing; a style is added. Raises Unsupported for a caption that doesn't name
    what is replaced, for a weighted word that isn't there, and for Chinese."""
    before = settings.caption or _A_PHOTO
    if isinstance(operation, Restyle):
        after = f"{before}, {operation.style} style"
    else:
        assert isinstance(operation, Replace)
        assert operation.thing is not None
        noun, thing = operation.target.noun if operation.target else "", thing_in_words(operation.thing)
        if settings.caption is not None:
            after = _renamed(settings.caption, noun, thing)
        else:
            before = f"{_A_PHOTO} of {thing_in_words(operation.target) if operation.target and noun else 'something'}"
            after = f"{_A_PHOTO} of {thing}"
    after, weights = _weighted(after)
    before, _ = _weighted(before)
    weights |= dict(settings.weights)
    for phrase in weights:
        if not re.search(rf"\b{re.escape(phrase)}\b", after):
            raise not_said(phrase, after)
    check_language(before + after, way)
    return Wording(before, after, weights)


def _renamed(caption: str, noun: str, thing: str) -> str:
    """ "a brown dog on grass", dog, "an otter" → "a brown otter on grass"; with the article where one stands there."""
    found = re.search(rf"(\ban? )?\b{re.escape(noun)}\b", caption, re.IGNORECASE) if noun else None
    if found is None:
        raise Unsupported(
            Bilingual(f"caption={shorten(caption)} doesn't say “{noun}”, which is to be replaced.",
                      f"caption={shorten(caption)} 中没有要替换的“{noun}”。"),
            Bilingual("Name it in caption=, or leave caption= out.", "请在 caption= 中写出它，或去掉 caption=。"),
        )  # fmt: skip
    said = thing if found.group(1) else re.sub(r"^an? ", "", thing)
    return caption[: found.start()] + said + caption[found.end() :]


def _weighted(words: str) -> tuple[str, dict[str, float]]:
    """ "a (stormy:1.5) sea" → "a stormy sea" and {"stormy": 1.5}."""
    weights = {phrase: float(weight) for phrase, weight in _WEIGHTED.findall(words)}
    return _WEIGHTED.sub(r"\1", words), weights


_WEIGHTED = re.compile(r"\(([^():]+):(-?\d+(?:\.\d+)?|-?\.\d+)\)")


# ---- how it is sampled -----------------------------------------------------------------------------------


def sampling(title: str, arguments: Mapping[str, Any]) -> Sampling:
    """Of the arguments of the usual pipeline. Raises Unsupported for one that a method has no use for."""
    for name in arguments:
        if name not in _TAKEN:
            raise refused(title, name, _NOT_WITH_METHOD)
    return Sampling(**{_TAKEN[name]: value for name, value in arguments.items()})


_TAKEN = {"num_inference_steps": "steps", "strength": "strength", "guidance_scale": "guidance",
          "negative_prompt": "negative"}  # fmt: skip


def holding(operation: Operation, settings: Settings) -> Holding | None:
    """What of the photo's attention is kept. A replacement's changes are blended in where the thing is; a style's may
    be anywhere, unless blend= says otherwise."""
    if settings.method != "prompt-to-prompt":
        return None
    said = {name: getattr(settings, name) for name in ("cross_held", "self_held", "blend")}
    usual = {"blend": BLEND if isinstance(operation, Replace) else 0.0}
    return Holding(**usual | {name: value for name, value in said.items() if value is not None})


# ---- errors ---------------------------------------------------------------------------------------------


def _wrong_class(source: Source, name: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{source.title}” ({source.class_name}) can't take {name}=: its attention isn't opened here.",
                  f"“{source.title}”（{source.class_name}）不接受 {name}=：这里不能编辑它的注意力。"),
        Bilingual("Take a text-to-picture Stable Diffusion 1, 2 or XL (4 channels); FLUX Kontext and Qwen-Image-Edit "
                  f"edit by instruction without {name}=.",
                  "请使用文生图的 Stable Diffusion 1、2 或 XL（4 通道）；FLUX Kontext 和 Qwen-Image-Edit "
                  f"无需 {name}= 就能按指令编辑。"),
    )  # fmt: skip


def not_said(phrase: str, words: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{shorten(phrase)}” can't be weighted: the model is told “{shorten(words)}”.",
                  f"不能给“{shorten(phrase)}”加权：模型得到的描述是“{shorten(words)}”。"),
        Bilingual("Weight a word of that, or say more in caption=.", "请给其中的词加权，或用 caption= 多描述一些。"),
    )  # fmt: skip


def _no_reference(file: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"reference={shorten(file)}: there is no such file.", f"reference={shorten(file)}：没有这个文件。"),
        Bilingual("Give a picture's file.", "请给出图片文件。"),
    )
