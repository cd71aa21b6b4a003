"""What a pipeline is called with: its usual values, what the user has set, and an error for what it can't take."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from diptych.core.errors import Bilingual, Unsupported
from diptych.painters.large.settings import Settings
from diptych.painters.large.sources import Source
from diptych.painters.large.table import KNOWN_PRESETS, PRESETS, Preset, Way

_NOTHING_UNWANTED = " "
"""Qwen-Image guides away from its unconditional answer only where a negative prompt is given; this one says nothing."""


def preset_of(source: Source, settings: Settings) -> Preset | None:
    """The preset that was set, or that goes without saying for a published model."""
    name = settings.preset or KNOWN_PRESETS.get(source.title)
    return None if name is None else PRESETS[name]


def check(source: Source, settings: Settings) -> None:
    """Raises Unsupported for a setting that nothing this model does could take."""
    ways = source.ways
    title = source.title
    if settings.picture_guidance is not None and all(way.guidance != "with picture" for way in ways):
        raise refused(title, "picture_guidance", Bilingual("it has no guidance by a picture", "它没有图片引导"))
    if settings.cfg is not None and all(way.guidance != "told" for way in ways):
        raise refused(title, "cfg", Bilingual("write guidance= for it", "对它请写 guidance="))
    if settings.strength is not None and all(way.verb != "restyle" for way in ways):
        raise refused(title, "strength", Bilingual("it doesn't start from a noised picture", "它不从加噪的图片开始"))
    if settings.negative is not None and all(way.guidance == "told only" for way in ways):
        raise refused(title, "negative", _DISTILLED)
    preset = preset_of(source, settings)
    sampler = settings.sampler or (preset.sampler if preset else None)
    if sampler is not None and "unet" not in source.parts:
        raise refused(title, "sampler", Bilingual("it has a sampler of its own kind", "它的采样器是专用的"))


def call(source: Source, way: Way, settings: Settings, strength: float = 1.0) -> dict[str, Any]:
    """The arguments of the pipeline's call besides words, pictures, size and generator.

    strength  0..1, share of the usual change that the step asks for. Raises Unsupported for what can't be taken.
    """
    preset = preset_of(source, settings)
    steps = settings.steps or (preset.steps if preset else way.steps)
    arguments: dict[str, Any] = {"num_inference_steps": steps}
    if way.strength is not None:
        share = way.strength
        if way.verb == "restyle":
            share = min(max((settings.strength or way.strength) * strength, 0.01), 1.0)
            arguments["num_inference_steps"] = max(steps, ceil(1 / share - 1e-9))  # at least one step is taken
        arguments["strength"] = share
    usual = preset.guidance if preset else way.scale
    scale = settings.guidance if settings.guidance is not None else usual
    return arguments | _GUIDING[way.guidance](source, way, settings, scale)


def _free(source: Source, way: Way, settings: Settings, scale: float | None) -> dict[str, Any]:
    arguments: dict[str, Any] = {} if scale is None else {"guidance_scale": scale}
    if settings.negative is not None:
        if scale is not None and scale <= 1:
            raise refused(source.title, "negative", _UNGUIDED)
        arguments["negative_prompt"] = settings.negative
    return arguments


def _with_picture(source: Source, way: Way, settings: Settings, scale: float | None) -> dict[str, Any]:
    picture = settings.picture_guidance
    return _free(source, way, settings, scale) | ({} if picture is None else {"image_guidance_scale": picture})


def _told(source: Source, way: Way, settings: Settings, scale: float | None) -> dict[str, Any]:
    arguments = _scale_told(source, settings, scale)
    if settings.negative is not None and (settings.cfg or 0) <= 1:
        raise refused(source.title, "negative", Bilingual(
            "its guidance is distilled; classifier-free guidance has to be added: cfg=4",
            "它的引导是蒸馏得到的；需要另加无分类器引导：cfg=4"))  # fmt: skip
    if settings.cfg is not None:
        arguments |= {"true_cfg_scale": settings.cfg, "negative_prompt": settings.negative or ""}
    return arguments


def _told_only(source: Source, way: Way, settings: Settings, scale: float | None) -> dict[str, Any]:
    for name in ("negative", "cfg"):
        if getattr(settings, name) is not None:
            raise refused(source.title, name, _DISTILLED)
    return _scale_told(source, settings, scale)


def _true(source: Source, way: Way, settings: Settings, scale: float | None) -> dict[str, Any]:
    if settings.negative is not None and scale is not None and scale <= 1:
        raise refused(source.title, "negative", _UNGUIDED)
    arguments: dict[str, Any] = {} if scale is None else {"true_cfg_scale": scale}
    if scale is None or scale > 1:
        arguments["negative_prompt"] = settings.negative or _NOTHING_UNWANTED
    return arguments


def _scale_told(source: Source, settings: Settings, scale: float | None) -> dict[str, Any]:
    """The scale as an input of the network, where it has such an input."""
    listens = _listens(source.denoiser)
    if settings.guidance is not None and not listens:
        raise refused(source.title, "guidance", Bilingual(
            "its network has no input for a scale of guidance", "它的网络没有引导强度这一输入"))  # fmt: skip
    return {"guidance_scale": scale} if listens and scale is not None else {}


def _listens(denoiser: Mapping[str, Any]) -> bool:
    return bool(denoiser.get("guidance_embeds") or denoiser.get("time_cond_proj_dim"))


_GUIDING = {"free": _free, "with picture": _with_picture, "told": _told, "told only": _told_only, "true": _true}

_DISTILLED = Bilingual("its guidance is distilled into the network", "它的引导已蒸馏进网络")
_UNGUIDED = Bilingual("that takes guidance above 1", "这需要大于 1 的 guidance")


def refused(title: str, name: str, why: Bilingual) -> Unsupported:
    return Unsupported(
        Bilingual(f"“{title}” can't take {name}=: {why.en}.", f"“{title}”不接受 {name}=：{why.zh}。"),
        Bilingual(f"Leave {name}= out, or take another model.", f"请去掉 {name}=，或换用其他模型。"),
    )
