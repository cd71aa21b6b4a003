"""A pipeline's UNet and decoder run by OpenVINO, on the CPU.

They are traced from the torch modules as these are, LoRA and all, with their shapes open, and kept in the user's cache
folder: converting takes a while. In their place come modules that look to diffusers as the originals did. What is asked
is compiled for its shapes, in bfloat16 where the pipeline has it and the processor multiplies it natively.

On some processors OpenVINO crashes. So it is tried in a process of its own first, once for each precision.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from diptych.core.errors import Bilingual, MissingExtra, Unsupported
from diptych.runtime import cache_folder, openvino_library, remembered, succeeds

REVISION = "1"
"""Of the conversion; another one, another file in the cache."""
CLOSE = {"f32": 1e-3, "bf16": 0.05}
"""How far a trial's outputs, of about unit size, may lie from torch's in float32."""
TRIAL_SECONDS = 300
"""A machine that is busy takes long to import torch."""
ADDED = ("text_embeds", "time_ids")
"""What SDXL's UNet is told besides the words."""


def convert(pipeline: Any, key: Sequence[str], *, keep_decoder: bool = False) -> None:
    """The UNet and the decoder of `pipeline` are OpenVINO's from now on.

    key            all that decides their weights, for the cache
    keep_decoder   it stays torch's, where gradients go through it

    Raises MissingExtra, Unsupported where OpenVINO doesn't run here.
    """
    hint = precision(pipeline.unet.dtype)
    unet = pipeline.unet
    names = _told(unet.config)
    graph = Graph(_kept("unet", key, lambda: _traced(_PlainUnet(unet, names), _example(unet, names))), hint)
    pipeline.register_modules(unet=ConvertedUnet(unet, graph, names))
    if not keep_decoder:
        decoder = pipeline.vae.decoder
        channels = int(pipeline.vae.config.latent_channels)
        path = _kept("decoder", key, lambda: _traced(_Plain(decoder), (torch.zeros(1, channels, 9, 10),)))
        pipeline.vae.decoder = ConvertedDecoder(Graph(path, hint))


def precision(dtype: torch.dtype) -> str:
    """OpenVINO's name of what networks run in here: "bf16" for bfloat16 where that works, else "f32".

    Raises MissingExtra, Unsupported where nothing does.
    """
    if dtype == torch.bfloat16 and _multiplies_bfloat16() and works("bf16"):
        return "bf16"
    _openvino()
    if works("f32"):
        return "f32"
    raise Unsupported(
        Bilingual("OpenVINO doesn't run on this machine: it crashed, or computed wrongly, when it was tried.",
                  "OpenVINO 无法在本机运行：试运行时崩溃或结果错误。"),
        Bilingual("Leave backend=openvino out: torch runs the model. Or try another version of openvino.",
                  "请去掉 backend=openvino，由 torch 运行；或换一个 openvino 版本。"),
    )  # fmt: skip


def _openvino() -> Any:
    try:
        return openvino_library()
    except ImportError as error:
        raise MissingExtra("openvino", Bilingual("backend=openvino", "backend=openvino ")) from error


def _multiplies_bfloat16() -> bool:
    return "BF16" in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


# ---- in their place --------------------------------------------------------------------------------------


class Graph:
    """One network as OpenVINO runs it. Compiled for the shapes that it is given, and anew for others: each compilation
    holds the weights once more, so only the last is kept."""

    def __init__(self, model: Any, hint: str) -> None:
        self._model, self.hint = model, hint
        self._shapes: tuple[tuple[int, ...], ...] = ()
        self._compiled: Any = None

    def __call__(self, *given: Tensor) -> Tensor:
        arrays = [value.detach().cpu().numpy() for value in given]
        shapes = tuple(array.shape for array in arrays)
        if shapes != self._shapes:
            self._compiled = None
            self._compiled, self._shapes = self._compile(shapes), shapes
        return torch.from_numpy(np.array(self._compiled(arrays)[0]))

    def _compile(self, shapes: tuple[tuple[int, ...], ...]) -> Any:
        model = self._model.clone()
        model.reshape({port: list(shape) for port, shape in zip(model.inputs, shapes, strict=True)})
        options = {
            "INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": self.hint, "NUM_STREAMS": 1,
        }  # fmt: skip
        return _openvino().Core().compile_model(model, "CPU", options)


class ConvertedUnet(nn.Module):
    """Called as diffusers' UNet2DConditionModel is. It has no weights, but says what kind the original's were."""

    def __init__(self, unet: Any, graph: Graph, names: tuple[str, ...]) -> None:
        super().__init__()
        self.config, self.dtype, self.device = unet.config, unet.dtype, torch.device("cpu")
        self.add_embedding = getattr(unet, "add_embedding", None)  # SDXL's pipelines ask for its size
        self._graph, self._names = graph, names

    def forward(
        self, sample: Tensor, timestep: Any, encoder_hidden_states: Tensor, class_labels: Tensor | None = None,
        timestep_cond: Tensor | None = None, added_cond_kwargs: dict[str, Tensor] | None = None,
        cross_attention_kwargs: dict[str, Any] | None = None, return_dict: bool = False,
    ) -> tuple[Tensor]:  # fmt: skip
        """Raises ValueError for what a converted network can't take."""
        if cross_attention_kwargs or return_dict:
            raise ValueError("a network that was converted for OpenVINO takes no attention arguments")
        told = {"class_labels": class_labels, "timestep_cond": timestep_cond, **(added_cond_kwargs or {})}
        time = torch.as_tensor(timestep, dtype=torch.float32).reshape(-1)
        extras = [told[name] for name in self._names]
        numbers = [sample.float(), time, encoder_hidden_states.float()]
        return (self._graph(*numbers, *(extra.float() for extra in extras if extra is not None)).to(sample.dtype),)


class ConvertedDecoder(nn.Module):
    """Called as the decoder of diffusers' AutoencoderKL or AutoencoderTiny is."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self._graph = graph

    def forward(self, sample: Tensor, latent_embeds: None = None) -> Tensor:
        del latent_embeds
        return self._graph(sample.float()).to(sample.dtype)


# ---- conversion ------------------------------------------------------------------------------------------


class _Plain(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.network(x)
        return made


class _PlainUnet(nn.Module):
    """A UNet whose arguments come one after another, as tracing wants them."""

    def __init__(self, unet: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.unet, self.names = unet, names

    def forward(
        self, sample: Tensor, timestep: Tensor, words: Tensor,
        first: Tensor | None = None, second: Tensor | None = None, third: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        told = dict(zip(self.names, (first, second, third), strict=False))
        if "class_labels" in told and told["class_labels"] is not None:
            told["class_labels"] = told["class_labels"].long()
        added = {name: told.pop(name) for name in ADDED if name in told}
        made: Tensor = self.unet(
            sample, timestep, encoder_hidden_states=words, added_cond_kwargs=added or None, return_dict=False, **told
        )[0]
        return made


def _told(config: Any) -> tuple[str, ...]:
    """What this UNet is told besides latents, time and words. Raises Unsupported for what wasn't thought of."""
    names = [
        *(["class_labels"] if config.get("num_class_embeds") else []),
        *(["timestep_cond"] if config.get("time_cond_proj_dim") else []),
        *(ADDED if config.get("addition_embed_type") == "text_time" else ()),
    ]
    strange = [config.get("class_embed_type"), config.get("encoder_hid_dim_type")]
    if config.get("addition_embed_type") not in (None, "text_time") or any(strange) or len(names) > 3:
        raise Unsupported(
            Bilingual("backend=openvino doesn't know how to tell this UNet all that it wants.",
                      "backend=openvino 无法提供这个 UNet 需要的全部输入。"),
            Bilingual("Leave backend=openvino out: torch runs it.", "请去掉 backend=openvino，由 torch 运行。"),
        )  # fmt: skip
    return tuple(names)


def _example(unet: Any, names: tuple[str, ...]) -> tuple[Tensor, ...]:
    """Inputs to trace with. Their sides are no multiples of what the UNet halves them by: only so does it bring what it
    enlarges to the sizes that it had before, and the graph serves for all sides."""
    config = unet.config
    side = 2 * 2**unet.num_upsamplers + 1
    width = config.cross_attention_dim
    words = width if isinstance(width, int) else width[0]
    guidance = config.get("time_cond_proj_dim") or 0
    sizes: dict[str, tuple[int, ...]] = {"class_labels": (2,), "timestep_cond": (2, guidance)}
    if "time_ids" in names:
        numbers = 6
        pooled = config.projection_class_embeddings_input_dim - numbers * config.addition_time_embed_dim
        sizes |= {"text_embeds": (2, pooled), "time_ids": (2, numbers)}
    return (
        torch.zeros(2, config.in_channels, side, side + 2), torch.ones(1), torch.zeros(2, 77, words),
        *(torch.zeros(sizes[name]) for name in names),
    )  # fmt: skip


def _traced(network: nn.Module, example: tuple[Tensor, ...]) -> Any:
    """The network, in float32, as a model of OpenVINO whose shapes are open."""
    kind = next(network.parameters()).dtype
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: of sizes taken for constants, and that it is an old way
        try:
            return _openvino().convert_model(network.float().eval(), example_input=example)
        finally:
            network.to(kind)


def _kept(name: str, key: Sequence[str], make: Any) -> Any:
    """The model from the user's cache folder, made and put there if it isn't there yet. Written beside, then renamed;
    where nothing can be written it is only made."""
    openvino = _openvino()
    said = "\n".join([REVISION, openvino.__version__, torch.__version__, version("diffusers"), name, *key])
    folder = cache_folder() / "openvino" / hashlib.sha256(said.encode()).hexdigest()[:32]
    if (folder / "model.xml").is_file():
        with suppress(RuntimeError):  # damaged: it is made anew
            return openvino.Core().read_model(folder / "model.xml")
        shutil.rmtree(folder, ignore_errors=True)
    model = make()
    beside = folder.with_name(f"{folder.name}.part{os.getpid()}")
    with suppress(OSError, RuntimeError):
        beside.mkdir(parents=True, exist_ok=True)
        # Halves hold what bfloat16 does, and take half the room.
        openvino.save_model(model, beside / "model.xml", compress_to_fp16="torch.bfloat16" in key)
        beside.replace(folder)
    shutil.rmtree(beside, ignore_errors=True)
    if (folder / "model.xml").is_file():
        return openvino.Core().read_model(folder / "model.xml")  # the same bytes as at every later time
    return model


# ---- whether it works here -------------------------------------------------------------------------------


@cache
def works(hint: str) -> bool:
    """Whether OpenVINO is there, runs here in that precision and agrees with torch."""
    try:
        key = f"openvino {version('openvino')} {hint} of torch, {platform.processor() or platform.machine()}"
    except PackageNotFoundError:
        return False
    program = f"from diptych.painters.large.openvino_networks import trial; trial({hint!r})"
    return remembered(key, lambda: succeeds(program, TRIAL_SECONDS))


def trial(hint: str) -> None:
    """Convert and run a small network of convolutions and attention; raises ValueError where it lies too far from
    torch's. What crashes, crashes the process."""
    torch.manual_seed(0)
    network, given = _Trial().eval(), torch.randn(2, 8, 16, 16)
    made = Graph(_traced(network, (torch.zeros(1, 8, 9, 10),)), hint)(given)
    with torch.no_grad():
        difference = float((made - network(given)).abs().max())
    if not difference <= CLOSE[hint]:
        raise ValueError(f"OpenVINO in {hint} and torch differ by {difference:.2g}; {CLOSE[hint]} is allowed")


class _Trial(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Conv2d(8, 32, 3, padding=1), nn.GroupNorm(4, 32), nn.Conv2d(32, 8, 1)
        self.mixed = nn.Linear(32, 96)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.silu(self.norm(self.first(x)))
        query, key, value = self.mixed(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        looked = nn.functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(x.shape)
        made: Tensor = self.last(x + looked)
        return made
