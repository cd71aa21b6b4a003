"""What a user can set of a large model, and how that is written: MODEL,name=value,name=value.

None is the model's own usual value. What a pipeline can't take is an error when it is chosen (`parameters`), never
dropped in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.painters.large.guides import read_guide
from diptych.painters.large.table import PRESETS, SAMPLERS

DTYPES = ("float32", "bfloat16", "float16")
DEVICES = ("cpu", "cuda", "mps", "xpu")
OFFLOADS = ("model", "sequential")
METHODS = ("invert", "prompt-to-prompt")
BACKENDS = ("torch", "openvino")


@dataclass(frozen=True)
class Settings:
    """
    steps             of denoising, 1..1000
    guidance          scale of guidance by the words
    cfg               scale of classifier-free guidance besides a distilled one's (FLUX)
    picture_guidance  scale of guidance by the picture (InstructPix2Pix)
    strength          0..1 of noise added to a picture that is restyled
    negative          words for what is not wanted
    side              pixels a side that the model works at
    preset            a key of PRESETS: steps, guidance and sampler of a distilled model
    sampler           a key of SAMPLERS, for networks with a UNet
    method            "invert" or "prompt-to-prompt": a given picture is edited from the noise it comes from (`methods`)
    caption           what that picture shows, in words; with the name of what is replaced
    weights           words, each with how strongly it is looked at
    cross_held        0..1 of the steps in which words are looked at where the picture's own were; 0.8 if not said
    self_held         0..1 of the steps in which places look at each other as in the picture; 0.4 if not said
    blend             0..1 of the highest attention to what changes, above which latents may change; 0: everywhere
    reference         a picture whose style is taken over
    ip_adapter        an IP-Adapter's file, with its weight: the network through which `reference` is looked at
    lora              LoRA files, each with its weight
    decoder           folder or id of a tiny autoencoder (TAESD) in place of the model's own
    config            folder or id of the model whose configuration a single file goes with
    dtype, device     None: what is fastest here
    offload           "model" or "sequential": parts lie in main memory and visit the GPU one by one
    rescale           0..1, how far the guided prediction's deviation is brought back to the conditional's
    threshold         percentile, 50..100, of dynamic thresholding
    zero_terminal     whether the schedule is stretched to begin with noise alone
    guide             "clip:FOLDER[:SCALE]" or "diptych[:SCALE]": a similarity whose gradient guides, besides
    backend           "torch", or "openvino" for the UNet and the decoder
    """

    steps: int | None = None
    guidance: float | None = None
    cfg: float | None = None
    picture_guidance: float | None = None
    strength: float | None = None
    negative: str | None = None
    side: int | None = None
    preset: str | None = None
    sampler: str | None = None
    method: str | None = None
    caption: str | None = None
    weights: tuple[tuple[str, float], ...] = ()
    cross_held: float | None = None
    self_held: float | None = None
    blend: float | None = None
    reference: str | None = None
    ip_adapter: tuple[str, float] | None = None
    lora: tuple[tuple[str, float], ...] = ()
    decoder: str | None = None
    config: str | None = None
    dtype: str | None = None
    device: str | None = None
    offload: str | None = None
    rescale: float | None = None
    threshold: float | None = None
    zero_terminal: bool = False
    guide: str | None = None
    backend: str | None = None

    def __post_init__(self) -> None:
        """Raises Unsupported for a value that can't be."""
        _within("steps", self.steps, 1, 1000)
        _within("guidance", self.guidance, 0, 100)
        _within("cfg", self.cfg, 0, 100)
        _within("picture_guidance", self.picture_guidance, 0, 100)
        _within("strength", self.strength, 0.01, 1)
        _within("side", self.side, 16, 4096)
        for name in _SHARES:
            _within(name, getattr(self, name), 0, 1)
        _one_of("method", self.method, METHODS)
        _one_of("preset", self.preset, tuple(PRESETS))
        _one_of("sampler", self.sampler, tuple(SAMPLERS))
        _one_of("dtype", self.dtype, DTYPES)
        _one_of("device", None if self.device is None else self.device.partition(":")[0], DEVICES)
        _one_of("offload", self.offload, OFFLOADS)
        _within("rescale", self.rescale, 0, 1)
        _within("threshold", self.threshold, 50, 100)
        _one_of("backend", self.backend, BACKENDS)
        if self.guide is not None:
            read_guide(self.guide)
        if self.offload is not None and self.device == "cpu":
            raise _wrong("offload", self.offload, Bilingual("is for GPUs", "只用于 GPU"))

    def said(self) -> str:
        """What was set that decides the pixels, in the order of the fields: "steps=4, guidance=0"; for certificates.

        Files are named without the folder that they lie in.
        """
        parts = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value in (None, ()) or value is False or field.name in _NAMED_ELSEWHERE:
                continue
            if field.name == "weights":
                parts += [f"weights={word}:{weight:g}" for word, weight in value]
            else:
                parts.append(f"{field.name}={value:g}" if isinstance(value, float) else f"{field.name}={value}")
        return ", ".join(parts)


_NAMED_ELSEWHERE = frozenset(
    {"device", "offload", "config", "lora", "decoder", "dtype", "guide", "reference", "ip_adapter"}
)
"""What doesn't decide the pixels, and what is named with its hash."""
_DTYPES_SAID = {"float32": "float32", "fp32": "float32", "bf16": "bfloat16", "bfloat16": "bfloat16", "fp16": "float16",
          "half": "float16", "float16": "float16"}  # fmt: skip
_SHARES = ("cross_held", "self_held", "blend")
_NUMBERS = ("guidance", "cfg", "picture_guidance", "strength", "rescale", "threshold", *_SHARES)
_YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_WHOLE = ("steps", "side")


def parse(spec: str) -> tuple[str, Settings]:
    """ "stabilityai/sd-turbo,steps=2,lora=ink.safetensors:0.8" → the model and its settings.

    A comma in a value is doubled (",,"). Raises Unsupported for a name that is none and a value that can't be.
    """
    parts = [part.replace("\0", ",").strip() for part in spec.replace(",,", "\0").split(",")]
    model, settings = parts[0], Settings()
    if not model:
        raise _wrong("painter", spec, Bilingual("names no model", "没有写明模型"))
    for part in parts[1:]:
        name, equals, value = part.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in {field.name for field in fields(Settings)} or not value.strip():
            raise _unknown(part)
        settings = replace(settings, **{name: _value(name, value.strip(), settings)})
    return model, settings


def _value(name: str, said: str, settings: Settings) -> Any:
    if name == "lora":
        return (*settings.lora, _weighted(said))
    if name == "ip_adapter":
        return _weighted(said)
    if name == "weights":
        return (*settings.weights, _weighted(said))
    if name == "dtype":
        return _DTYPES_SAID.get(said, said)
    if name == "zero_terminal":
        _one_of(name, said.lower(), tuple(_YES_OR_NO))
        return _YES_OR_NO[said.lower()]
    if name not in _NUMBERS + _WHOLE:
        return said
    try:
        return int(said) if name in _WHOLE else float(said)
    except ValueError:
        raise _wrong(name, said, Bilingual("is no number", "不是数字")) from None


def _weighted(said: str) -> tuple[str, float]:
    """FILE or FILE:WEIGHT; a drive letter is no file. WORDS:WEIGHT as well."""
    named, weight = re.fullmatch(r"(.+?)(?::(-?[0-9.]+))?", said).groups()  # type: ignore[union-attr]
    return named, float(weight or 1.0)


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise _wrong(name, value, Bilingual(f"lies outside of {low:g}..{high:g}", f"超出范围 {low:g}..{high:g}"))


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        listed = ", ".join(allowed)
        raise _wrong(name, value, Bilingual(f"is none of: {listed}", f"应为以下之一：{listed}"))


def _wrong(name: str, value: object, why: Bilingual) -> Unsupported:
    return Unsupported(
        Bilingual(f"{name}={shorten(value)} {why.en}.", f"{name}={shorten(value)} {why.zh}。"), _HOW_TO_WRITE
    )


def _unknown(part: str) -> Unsupported:
    names = ", ".join(field.name for field in fields(Settings))
    return Unsupported(
        Bilingual(f"“{shorten(part)}” is no setting of a painter.", f"“{shorten(part)}”不是画笔的设置。"),
        Bilingual(f"Write name=value; the names are {names}.", f"请写成 名称=值，可用的名称有：{names}。"),
    )


_HOW_TO_WRITE = Bilingual(
    "Write the model, then its settings: stabilityai/sd-turbo,steps=2,dtype=bf16.",
    "先写模型，再写设置，例如：stabilityai/sd-turbo,steps=2,dtype=bf16。",
)
