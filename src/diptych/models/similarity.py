"""How well a picture fits a sentence, and the gradient of that: what `sampling.guidance.steered` asks for.

Works with every encoder of pictures that torch can go back through: the project's dual encoder (`training.guiding`
loads it), a transformers CLIPModel or SiglipModel, an open_clip model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

Encode = Callable[[Tensor], Tensor]
"""Pictures B×3×H×W in -1..1 → points B×D."""
CLIP_MEAN = 0.48145466, 0.4578275, 0.40821073
CLIP_STD = 0.26862954, 0.26130258, 0.27577711
"""Of the pixels (0..1) that OpenAI's and most of open_clip's models were trained with."""


def similarity_gradient(
    encode: Encode, wanted: Tensor, decode: Callable[[Tensor], Tensor] | None = None, scale: float = 1.0
) -> Callable[[Any, float], Any]:
    """(x, t) → scale · the gradient of the cosine between the picture and `wanted`, for numpy arrays and tensors alike.

    wanted   D: the point of the words, or of a picture to be like
    decode   x → pictures in -1..1, where x is latents; None: x is the picture
    scale    the inverse temperature: 1 / 0.07 and more makes cosines logarithms of chances
    """
    goal = F.normalize(wanted.detach().float().flatten(), dim=0)

    def gradient(x: Any, t: float) -> Any:
        del t
        given = torch.as_tensor(x)
        own = given.detach().reshape(-1, *given.shape[-3:]).float().requires_grad_()
        with torch.enable_grad():
            points = F.normalize(encode(own if decode is None else decode(own)).float(), dim=-1)
            (slope,) = torch.autograd.grad((points @ goal.to(points.device)).sum(), own)
        slope = (scale * slope).reshape(given.shape)
        return slope.to(given.dtype) if isinstance(x, Tensor) else slope.numpy().astype(np.asarray(x).dtype)

    return gradient


def clip_encoder(
    encode_image: Callable[[Tensor], Any], side: int, mean: Sequence[float] = CLIP_MEAN, std: Sequence[float] = CLIP_STD
) -> Encode:
    """A CLIP's own picture encoder as one of pictures in -1..1 of any size.

    encode_image   open_clip: model.encode_image; transformers: model.get_image_features
    side           what the model looks at: 224 for most
    mean, std      of pixels in 0..1: the processor's image_mean and image_std
    """

    def encode(pictures: Tensor) -> Tensor:
        reduced = F.interpolate(pictures, (side, side), mode="bicubic", antialias=True, align_corners=False)
        shift, unit = (reduced.new_tensor(values)[:, None, None] for values in (mean, std))
        points: Tensor = pooled(encode_image(((reduced.clamp(-1, 1) + 1) / 2 - shift) / unit))
        return points

    return encode


def pooled(output: Any) -> Any:
    """The points themselves, where transformers wraps them."""
    return getattr(output, "pooler_output", output)
