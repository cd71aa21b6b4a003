"""Open-vocabulary models through the library `transformers`: CLIPSeg, OWLv2, Grounding DINO and SAM.

Each `load_*` takes a local folder or the id of a model that is in the Hugging Face cache already; nothing is ever
downloaded. Pixels go in as H×W×3 uint8 sRGB; boxes are (x0, y0, x1, y1) in those pixels. torch and transformers are
imported when a model is loaded, not before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diptych.core.errors import Bilingual, BrokenWeights, MissingExtra, Unsupported, shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.region import Mask

LOCAL = {"local_files_only": True, "trust_remote_code": False}
"""With every `from_pretrained`: no network, and no code but the library's own."""

EXAMPLES = {
    "clipseg": "CIDAS/clipseg-rd64-refined",
    "owlv2": "google/owlv2-base-patch16-ensemble",
    "grounding-dino": "IDEA-Research/grounding-dino-tiny",
    "sam": "facebook/sam-vit-base",
}
"""Type of model, as its config.json has it → a published set of weights."""

PROMPT = "a photo of a {}"
"""CLIP's plainest template (Radford et al. 2021), among those that CLIPSeg and OWLv2 were trained with."""


class Detection(NamedTuple):
    """`box` (x0, y0, x1, y1) in pixels, not clipped to the picture; `score` in 0..1."""

    box: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True)
class CLIPSeg:
    """Text → mask. Lüddecke & Ecker, "Image Segmentation Using Text and Image Prompts", CVPR 2022."""

    name: str
    processor: Any
    network: Any

    def likelihood(self, rgb: NDArray[np.uint8], query: str) -> Mask:
        """h×w float32 in 0..1 at the network's own size (352×352), stretched over the whole picture."""
        inputs = self.processor(text=[PROMPT.format(query)], images=[_image(rgb)], truncation=True, return_tensors="pt")
        logits = _run(self.network, inputs).logits
        return np.asarray(logits.reshape(logits.shape[-2:]).sigmoid().cpu().numpy(), np.float32)


@dataclass(frozen=True)
class Owlv2:
    """Text → boxes. Minderer, Gritsenko & Houlsby, "Scaling Open-Vocabulary Object Detection", NeurIPS 2023.

    Boxes that score below `threshold` are dropped. With one query the scores are low: things that are there have
    0.2 to 0.7.
    """

    name: str
    processor: Any
    network: Any
    threshold: float = 0.2

    def detect(self, rgb: NDArray[np.uint8], query: str) -> list[Detection]:
        inputs = self.processor(text=[PROMPT.format(query)], images=[_image(rgb)], truncation=True, return_tensors="pt")
        outputs = _run(self.network, inputs)
        (found,) = self.processor.post_process_grounded_object_detection(
            outputs, threshold=self.threshold, target_sizes=[rgb.shape[:2]]
        )
        return _detections(found)


@dataclass(frozen=True)
class GroundingDino:
    """Text → boxes. Liu et al., "Grounding DINO", ECCV 2024; the threshold is that of its authors' demonstration."""

    name: str
    processor: Any
    network: Any
    threshold: float = 0.35

    def detect(self, rgb: NDArray[np.uint8], query: str) -> list[Detection]:
        # It was trained on lower-case phrases that each end in a full stop.
        text = f"{query.lower().replace('.', ' ').strip()}."
        inputs = self.processor(text=[text], images=[_image(rgb)], truncation=True, return_tensors="pt")
        outputs = _run(self.network, inputs)
        (found,) = self.processor.post_process_grounded_object_detection(
            outputs, inputs["input_ids"], threshold=self.threshold, target_sizes=[rgb.shape[:2]]
        )
        return _detections(found)


@dataclass(frozen=True)
class Sam:
    """Box → mask. Kirillov et al., "Segment Anything", ICCV 2023."""

    name: str
    processor: Any
    network: Any

    def segment(self, rgb: NDArray[np.uint8], boxes: Sequence[tuple[float, float, float, float]]) -> Mask:
        """N×H×W float32 in 0..1, one mask for each of N ≥ 1 boxes; 0.5 is the edge.

        A box is hardly ambiguous, so each gets the decoder's one mask, not its choice of three.
        """
        import torch

        prompts = [[[float(value) for value in box] for box in boxes]]
        inputs = self.processor(images=[_image(rgb)], input_boxes=prompts, return_tensors="pt")
        sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
        inputs["input_boxes"] = inputs["input_boxes"].to(torch.float32)
        logits = _run(self.network, inputs, multimask_output=False).pred_masks.cpu()
        (masks,) = self.processor.post_process_masks(logits, *sizes, binarize=False)
        return np.asarray(masks[:, 0].sigmoid().numpy(), np.float32)


# ---- running --------------------------------------------------------------------------------------------


def _image(rgb: NDArray[np.uint8]) -> Any:
    """As a PIL image the order of its axes can't be mistaken: a 3×3 array's could."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(rgb))


def _run(network: Any, inputs: Any, **options: Any) -> Any:
    import torch

    with torch.inference_mode():
        return network(**{name: value.to(network.device) for name, value in inputs.items()}, **options)


def _detections(found: Any) -> list[Detection]:
    boxes, scores = found["boxes"].cpu().tolist(), found["scores"].cpu().tolist()
    return [Detection(tuple(box), score) for box, score in zip(boxes, scores, strict=True)]


# ---- loading --------------------------------------------------------------------------------------------


def load_clipseg(model: str, device: str = "cpu") -> CLIPSeg:
    """Raises MissingExtra, Unsupported when the weights aren't there, BrokenWeights; so do the other three."""
    library = _transformers()
    with _loading("CLIPSeg", "clipseg", model):
        network = _network(library.CLIPSegForImageSegmentation, model, device)
        processor = library.CLIPSegProcessor(_image_processor(model), _tokenizer(model))
    return CLIPSeg(_named("CLIPSeg", model), processor, network)


def load_owlv2(model: str, device: str = "cpu") -> Owlv2:
    library = _transformers()
    with _loading("OWLv2", "owlv2", model):
        network = _network(library.Owlv2ForObjectDetection, model, device)
        processor = library.Owlv2Processor(_image_processor(model), _tokenizer(model))
    return Owlv2(_named("OWLv2", model), processor, network)


def load_grounding_dino(model: str, device: str = "cpu") -> GroundingDino:
    library = _transformers()
    with _loading("Grounding DINO", "grounding-dino", model):
        network = _network(library.GroundingDinoForObjectDetection, model, device)
        processor = library.GroundingDinoProcessor(_image_processor(model), _tokenizer(model))
    return GroundingDino(_named("Grounding DINO", model), processor, network)


def load_sam(model: str, device: str = "cpu") -> Sam:
    library = _transformers()
    with _loading("SAM", "sam", model):
        network = _network(library.SamModel, model, device)
        processor = library.SamProcessor(_image_processor(model))
    return Sam(_named("SAM", model), processor, network)


def _transformers() -> Any:
    try:
        import scipy  # noqa: F401 - OWLv2's preprocessing asks for it
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise MissingExtra("open", Bilingual("Finding things by any name", "按任意名称查找物体")) from error
    return transformers


def _image_processor(model: str) -> Any:
    from transformers import AutoImageProcessor

    # The PIL backend, said outright: torchvision isn't required here, and where it happens to be installed the
    # library would take its resizing instead, and the same picture would give other masks.
    return AutoImageProcessor.from_pretrained(model, backend="pil", **LOCAL)


def _tokenizer(model: str) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model, **LOCAL)
    # Without its files the library makes one that knows no words.
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        raise ValueError("no vocabulary: tokenizer.json is missing")
    return tokenizer


def _network(architecture: Any, model: str, device: str) -> Any:
    """float32, for inference; only from safetensors. The library would fill what is missing with random numbers."""
    import torch
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(model, **LOCAL)
    wanted = architecture.config_class.model_type
    if config.model_type != wanted:
        raise Unsupported(
            Bilingual(f"“{model}” is a model of type {config.model_type}, not {wanted}.",
                      f"“{model}”是 {config.model_type} 类型的模型，不是 {wanted}。"),
            Bilingual(f"Name it by its own type, or give one of type {wanted}, such as {EXAMPLES[wanted]}.",
                      f"请按它自己的类型来写，或者给出 {wanted} 类型的模型，例如 {EXAMPLES[wanted]}。"),
        )  # fmt: skip
    network, report = architecture.from_pretrained(
        model, config=config, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **LOCAL
    )
    if report["missing_keys"]:
        raise ValueError(f"weights missing: {sorted(report['missing_keys'])[0]}, …")
    return network.requires_grad_(False).eval().to(device)


@contextmanager
def _loading(title: str, kind: str, model: str) -> Iterator[None]:
    """Errors that say what to give; meanwhile no progress bars, and no reports of what `_network` checks itself."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, AssertionError, SafetensorError) as error:
        raise _not_loaded(title, kind, model, error) from error  # AssertionError: a torch without that device
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _not_loaded(title: str, kind: str, model: str, error: Exception) -> Unsupported:
    example = EXAMPLES[kind]
    remedy = Bilingual(
        f"Give a folder with config.json, model.safetensors and the processor's files, or the id of a model that is in "
        f"the Hugging Face cache already, such as {example} (`hf download {example}` puts it there).",
        f"请给出一个文件夹，里面有 config.json、model.safetensors 和预处理器的文件；"
        f"或者给出已在 Hugging Face 缓存中的模型名称，例如 {example}（可用 `hf download {example}` 下载到缓存）。",
    )
    if isinstance(error, OSError) and not Path(model).is_dir():
        return Unsupported(
            Bilingual(
                f"No weights of {title} at “{model}”: it is no folder, and not (or not all) in the Hugging Face cache.",
                f"“{model}”没有 {title} 的权重：它不是文件夹，也不（完整地）在 Hugging Face 缓存中。",
            ),
            remedy,
        )
    reason = shorten(error, 160)
    return BrokenWeights(
        Bilingual(f"{title} can't be loaded from “{model}” ({reason}).", f"无法从“{model}”加载 {title}（{reason}）。"),
        remedy,
    )


def _named(title: str, model: str) -> str:
    """ "OWLv2 (google/owlv2-base-patch16)"; of a local folder only its name, not where it lies."""
    return f"{title} ({Path(model).resolve().name if Path(model).is_dir() else model})"
