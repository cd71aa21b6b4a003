"""From files to pipelines of diffusers that are ready to run here.

The first pipeline of a model reads its files; the others of the same model share its networks. On a CPU: bfloat16 where
the processor has instructions for it, convolutions with channels last. On a GPU: bfloat16 or float16, and offloading
where it was asked for. LoRA weights are added to the networks' own once, so that they cost no time afterwards.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diptych.core.errors import Bilingual, BrokenWeights, DiptychError, MissingExtra, Unsupported, shorten
from diptych.painters.large import hub
from diptych.painters.large.adapters import add_ip_adapter
from diptych.painters.large.hashes import file_sha256
from diptych.painters.large.parameters import preset_of, refused
from diptych.painters.large.settings import Settings
from diptych.painters.large.sources import (
    NETWORK_FOLDERS,
    UNUSED,
    Source,
    check_length,
    is_whole_model,
    not_there,
    pickle_refused,
)
from diptych.painters.large.table import SAMPLERS, Way


class Pipelines:
    """The pipelines of one model, by class; loaded when they are first asked for."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source = source
        self._settings = settings
        self._loaded: dict[str, Any] = {}
        self._placed: str | None = None

    def of(self, way: Way) -> Any:
        """The pipeline that does `way`, on its device. Raises MissingExtra, Unsupported, BrokenWeights."""
        with loading(self._source.title):
            if way.pipeline not in self._loaded:
                first = next(iter(self._loaded.values()), None)
                self._loaded[way.pipeline] = self._load(way) if first is None else _sibling(first, way.pipeline)
            pipeline = self._loaded[way.pipeline]
            self._offload(pipeline, way.pipeline)
        return pipeline

    def _load(self, way: Way) -> Any:
        library = diffusers()
        pipeline = _read(library, self._source, way, dtype(self._settings))
        pipeline.set_progress_bar_config(disable=True)
        _set_sampler(library, pipeline, self._source, self._settings)
        if self._settings.zero_terminal:
            _stretch_schedule(pipeline, self._source)
        if self._settings.decoder is not None:
            _set_decoder(library, pipeline, self._settings)
        for number, (file, weight) in enumerate(self._settings.lora):
            _add_lora(pipeline, find_lora(file), weight, f"lora{number}")
        if self._settings.ip_adapter is not None:
            file, weight = self._settings.ip_adapter
            add_ip_adapter(pipeline, find_lora(file), weight)
        if self._settings.backend == "openvino":
            from diptych.painters.large.openvino_networks import convert

            convert(pipeline, key_of(self._source, self._settings), keep_decoder=self._settings.guide is not None)
        _fit_to_device(pipeline, self._settings)
        return pipeline

    def _offload(self, pipeline: Any, name: str) -> None:
        """Hooks that move parts to the GPU belong to one pipeline at a time."""
        if self._settings.offload is None or self._placed == name:
            return
        if self._settings.offload == "model":
            pipeline.enable_model_cpu_offload(device=device(self._settings))
        else:
            pipeline.enable_sequential_cpu_offload(device=device(self._settings))
        self._placed = name


def diffusers() -> Any:
    """The library. Raises MissingExtra."""
    try:
        import transformers
        from transformers.utils import logging

        verbosity = logging.get_verbosity()
        logging.set_verbosity_error()  # it notes at import that torchvision isn't there; nothing here asks for it
        try:
            import diffusers as library
        finally:
            logging.set_verbosity(verbosity)
        assert transformers
    except ImportError as error:
        raise MissingExtra("diffusers", Bilingual("Painting with large models", "使用大模型绘图")) from error
    return library


def device(settings: Settings) -> str:
    """Where the networks run: what was set, else a GPU that is there, else the CPU."""
    import torch

    if settings.device is not None or settings.backend == "openvino":
        return settings.device or "cpu"
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def dtype(settings: Settings) -> Any:
    """What was set; else the fastest that is good enough on the device: bfloat16 where it has instructions for it."""
    import torch

    if settings.dtype is not None:
        return getattr(torch, settings.dtype)
    where = device(settings)
    if where.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if where == "cpu":
        return torch.bfloat16 if cpu_has_bfloat16() else torch.float32
    return torch.float16


def cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 natively (AVX-512 BF16, AMX): else it is slower than float32."""
    import torch

    tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in tests)


# ---- reading --------------------------------------------------------------------------------------------


def _read(library: Any, source: Source, way: Way, kind: Any) -> Any:
    architecture = getattr(library, way.pipeline, None)
    if architecture is None:
        raise Unsupported(
            Bilingual(f"The installed diffusers {library.__version__} has no {way.pipeline}.",
                      f"已安装的 diffusers {library.__version__} 没有 {way.pipeline}。"),
            Bilingual("Install a newer one: pip install -U diffusers", "请安装更新的版本：pip install -U diffusers"),
        )  # fmt: skip
    absent: dict[str, Any] = {name: None for name in UNUSED & set(source.parts) if not (source.folder / name).is_dir()}
    # Stable Diffusion 3 without its third text encoder: that has to be said, or it would be missed.
    absent |= {name: None for name, said in source.index.items() if isinstance(said, list) and said[:1] == [None]}
    options: dict[str, Any] = {"torch_dtype": kind, "local_files_only": True, **absent}
    if source.file is not None and is_whole_model(source.file):
        return architecture.from_single_file(str(source.file), config=str(source.folder), **options)
    if source.file is not None:
        options |= _denoiser_in(library, source, kind)
    return architecture.from_pretrained(source.folder, use_safetensors=True, variant=source.variant, **options)


def _denoiser_in(library: Any, source: Source, kind: Any) -> dict[str, Any]:
    """The denoiser from a single file; all else comes from the folder."""
    name = next(name for name in NETWORK_FOLDERS if name in source.parts)
    network = getattr(library, source.index[name][1])
    found = network.from_single_file(
        str(source.file), config=str(source.folder), subfolder=name, torch_dtype=kind, local_files_only=True
    )
    return {name: found}


def _sibling(first: Any, name: str) -> Any:
    """Another pipeline of the same networks."""
    architecture = getattr(diffusers(), name)
    wanted = inspect.signature(architecture.__init__).parameters
    parts = {part: found for part, found in first.components.items() if part in wanted}
    parts |= {key: value for key, value in first.config.items() if key in wanted and key not in parts}
    pipeline = architecture(**parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _set_sampler(library: Any, pipeline: Any, source: Source, settings: Settings) -> None:
    preset = preset_of(source, settings)
    name = settings.sampler or (preset.sampler if preset else None)
    if name is not None:
        scheduler, options = SAMPLERS[name]
        pipeline.scheduler = getattr(library, scheduler).from_config(pipeline.scheduler.config, **options)


def _stretch_schedule(pipeline: Any, source: Source) -> None:
    """The schedule ends, and sampling begins, with noise alone (arXiv 2305.08891, sections 3.1 and 3.3)."""
    scheduler = pipeline.scheduler
    if "rescale_betas_zero_snr" not in inspect.signature(type(scheduler).__init__).parameters:
        raise refused(source.title, "zero_terminal", Bilingual(
            f"its sampler, {type(scheduler).__name__}, can't; write sampler=ddim besides",
            f"它的采样器 {type(scheduler).__name__} 不支持；请同时写 sampler=ddim"))  # fmt: skip
    pipeline.scheduler = type(scheduler).from_config(
        scheduler.config, rescale_betas_zero_snr=True, timestep_spacing="trailing"
    )


def key_of(source: Source, settings: Settings) -> tuple[str, ...]:
    """All that decides the networks once they are loaded: hashes of files, and the weights of LoRAs."""
    files = [*source.weights(), *(file for name in source.parts for file in (source.folder / name).glob("config.json"))]
    if settings.decoder is not None:
        files += sorted(find_decoder(settings.decoder).glob("*.*"))
    loras = [f"{file_sha256(find_lora(file))} {weight:g}" for file, weight in settings.lora]
    return (str(dtype(settings)), *(file_sha256(file) for file in files), *loras)


def find_decoder(said: str) -> Path:
    """The folder of a tiny autoencoder. Raises Unsupported."""
    place = Path(said).expanduser()
    if not place.is_dir():
        found = hub.find(said)
        if found is None:
            raise not_there(said)
        place = found.folder
    return place


def _set_decoder(library: Any, pipeline: Any, settings: Settings) -> None:
    """A tiny autoencoder (TAESD) in place of the model's own: far fewer operations, a little less detail."""
    assert settings.decoder is not None
    tiny = library.AutoencoderTiny.from_pretrained(
        find_decoder(settings.decoder), torch_dtype=dtype(settings), use_safetensors=True, local_files_only=True
    )
    own = pipeline.vae.config
    if own.get("latent_channels") != tiny.config.latent_channels:
        raise Unsupported(
            Bilingual(f"The decoder {settings.decoder} is for {tiny.config.latent_channels} channels of latents; this "
                      f"model has {own.get('latent_channels') or own.get('z_dim')}.",
                      f"解码器 {settings.decoder} 用于 {tiny.config.latent_channels} 通道的潜变量；"
                      f"该模型是 {own.get('latent_channels') or own.get('z_dim')} 通道。"),
            Bilingual("Take the one made for it: taesd, taesdxl, taesd3 or taef1.",
                      "请使用与之匹配的解码器：taesd、taesdxl、taesd3 或 taef1。"),
        )  # fmt: skip
    pipeline.register_modules(vae=tiny)


# ---- LoRA -----------------------------------------------------------------------------------------------


def find_lora(said: str) -> Path:
    """A LoRA file: a path, or OWNER/NAME (or OWNER/NAME/FILE) in the Hugging Face cache. Raises Unsupported."""
    place = Path(said).expanduser()
    if not place.is_file():
        owner, _, rest = said.partition("/")
        name, _, file = rest.partition("/")
        found = hub.find(f"{owner}/{name}") if name else None
        files = [] if found is None else sorted(found.folder.glob(file or "*.safetensors"))
        if len(files) != 1:
            raise not_there(said)
        place = files[0]
    if place.suffix != ".safetensors":
        raise pickle_refused(said)
    check_length(place, place.name)
    return place


def _add_lora(pipeline: Any, file: Path, weight: float, name: str) -> None:
    """W + weight · B A in place of W (Hu et al., LoRA, ICLR 2022). Raises Unsupported for a LoRA of another network."""
    if not hasattr(pipeline, "load_lora_weights"):
        raise _lora_misfits(file, f"{type(pipeline).__name__} takes none")
    try:
        pipeline.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=name, local_files_only=True)
    except (ValueError, RuntimeError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _lora_misfits(file, error) from error
    if name not in pipeline.get_active_adapters():
        raise _lora_misfits(file, "no tensor of it has a place there")
    pipeline.set_adapters([name], [weight])
    pipeline.fuse_lora(adapter_names=[name])
    pipeline.unload_lora_weights()


def _lora_misfits(file: Path, reason: object) -> Unsupported:
    said = shorten(reason, 160)
    return Unsupported(
        Bilingual(f"The LoRA “{file.name}” doesn't fit this model ({said}).",
                  f"LoRA“{file.name}”不适用于该模型（{said}）。"),
        Bilingual("Use it with the model that it was trained on: its page names the base model.",
                  "请与训练它时所用的基础模型一起使用，其页面上有说明。"),
    )  # fmt: skip


# ---- where it runs --------------------------------------------------------------------------------------


def _fit_to_device(pipeline: Any, settings: Settings) -> None:
    import torch

    where = device(settings)
    for name in ("unet", "vae"):
        network = getattr(pipeline, name, None)
        if isinstance(network, torch.nn.Module) and _is_flat(network):
            network.to(memory_format=torch.channels_last)
    for network in pipeline.components.values():
        if isinstance(network, torch.nn.Module):
            network.requires_grad_(False).eval()
    if settings.offload is None:
        pipeline.to(where)


def _is_flat(network: Any) -> bool:
    """Whether its convolutions are two-dimensional: a video autoencoder's aren't."""
    return all(weight.dim() <= 4 for weight in network.parameters())


@contextmanager
def loading(title: str) -> Iterator[None]:
    """Errors of reading files as errors that say what to do."""
    try:
        with quiet():
            yield
    except DiptychError:
        raise
    except ImportError as error:
        raise _library_missing(title, error) from error
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, AssertionError) as error:
        raise out_of_memory(error) or _not_loaded(title, error) from error


@contextmanager
def quiet() -> Iterator[None]:
    """None of the libraries' progress bars and remarks; what they were set to comes back afterwards."""
    library = diffusers()
    from transformers.utils import logging as of_transformers

    before = [
        (one, one.get_verbosity(), one.is_progress_bar_enabled()) for one in (library.utils.logging, of_transformers)
    ]
    for one, _, _ in before:
        one.set_verbosity_error()
        one.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, verbosity, bars in before:
            one.set_verbosity(verbosity)
            if bars:
                one.enable_progress_bar()


def out_of_memory(error: BaseException) -> Unsupported | None:
    """The error that says so, if that is what happened."""
    import torch

    ran_out = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if not ran_out and not any(said in str(error) for said in ("can't allocate memory", "out of memory")):
        return None
    return Unsupported(
        Bilingual("There isn't memory enough for this model at this size.", "内存不足，无法以该尺寸运行此模型。"),
        Bilingual(
            "Set a smaller side=, dtype=bf16, a tiny decoder=, on a GPU offload=model (or offload=sequential); or take "
            "a smaller model.",
            "可以设置更小的 side=、dtype=bf16、小型解码器 decoder=，在 GPU 上设置 offload=model"
            "（或 offload=sequential），或改用更小的模型。",
        ),
    )


def _library_missing(title: str, error: ImportError) -> Unsupported:
    """Qwen-Image-Edit's processor asks for torchvision, some tokenizers for sentencepiece."""
    reason = shorten(error, 160)
    return Unsupported(
        Bilingual(f"“{title}” needs a library that isn't installed ({reason}).",
                  f"“{title}”需要尚未安装的库（{reason}）。"),
        Bilingual("Install what it names, such as: pip install torchvision sentencepiece",
                  "请安装它所说的库，例如：pip install torchvision sentencepiece"),
    )  # fmt: skip


def _not_loaded(title: str, error: Exception) -> BrokenWeights:
    reason = shorten(error, 200)
    return BrokenWeights(
        Bilingual(f"“{title}” can't be loaded ({reason}).", f"无法加载“{title}”（{reason}）。"),
        Bilingual("Fetch it anew with `diptych models pull NAME`; if it is newer than the installed library: "
                  "pip install -U diffusers", "请用 `diptych models pull 名称` 重新下载；如果它比已安装的库新："
                  "pip install -U diffusers"),
    )  # fmt: skip
