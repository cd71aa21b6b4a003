"""A photo edited in the latents of Stable Diffusion or SDXL: inverted to noise by DDIM's steps and sampled again with
other words beside itself (direct inversion), with its own attention where prompt-to-prompt was asked for.

The equations are `sampling.editing`'s and `sampling.attention`'s. Told the same words, the latents come back as they
were. Nothing is drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diptych.core.operation import Operation, Restyle
from diptych.painters.large import methods, parameters
from diptych.painters.large.attention import BesideSource, processed
from diptych.painters.large.latents import Network, Told, ddim_schedule, decode, encode
from diptych.painters.large.loading import Pipelines
from diptych.painters.large.methods import Holding, Sampling, Wording, not_said
from diptych.painters.large.settings import Settings
from diptych.painters.large.sources import Source
from diptych.painters.large.table import Way
from diptych.sampling import attention, editing
from diptych.sampling.editing import Pair
from diptych.sampling.predictions import Array
from diptych.sampling.schedules import Schedule


class Edited(NamedTuple):
    """`pixels` H×W×3 uint8; `blanked`: the model's own safety filter objects."""

    pixels: NDArray[np.uint8]
    blanked: bool


def by_method(
    source: Source,
    pipelines: Pipelines,
    way: Way,
    settings: Settings,
    operation: Operation,
    pixels: NDArray[np.uint8],
    inside: NDArray[np.bool_],
) -> Edited:
    """The step by the method that was set; `way` is how the model restyles. Raises Unsupported for what can't be said
    or taken."""
    drawing = methods.drawing_way(source)
    assert drawing is not None
    wording = methods.wording(operation, way, settings)
    strength = operation.strength if isinstance(operation, Restyle) else 1.0
    # The noise a photo comes from is all of it, unless less was asked for.
    arguments = parameters.call(source, replace(way, strength=1.0), settings, strength)
    sampling = methods.sampling(source.title, arguments)
    return edited(pipelines.of(drawing), pixels, inside, wording, sampling, methods.holding(operation, settings))


def edited(
    pipeline: Any,
    pixels: NDArray[np.uint8],
    inside: NDArray[np.bool_],
    wording: Wording,
    sampling: Sampling,
    holding: Holding | None,
) -> Edited:
    """`pixels` (H×W×3 uint8, sides that the pipeline takes) as `wording.after` says.

    inside   H×W: where latents may change
    holding  None: inverted and sampled beside the source, no more

    Raises Unsupported for a weighted word that the tokenizer cuts off, and for a network that can't be opened.
    """
    import torch

    with torch.no_grad():
        latents = edited_latents(pipeline, encode(pipeline, pixels), inside, wording, sampling, holding)
        made = decode(pipeline, latents)
        blanked = _is_blanked(pipeline, made)
    levels = (made[0].permute(1, 2, 0).cpu().numpy() + 1) * 127.5
    pipeline.maybe_free_model_hooks()
    return Edited(np.asarray(np.rint(levels), np.uint8), blanked)


def edited_latents(
    pipeline: Any,
    latents: Array,
    inside: NDArray[np.bool_],
    wording: Wording,
    sampling: Sampling,
    holding: Holding | None,
) -> Array:
    """1×4×h×w float32 → the same, sampled with `wording.after` beside `latents` told `wording.before`."""
    network = Network(pipeline, (inside.shape[0], inside.shape[1]))
    before, nothing = network.told(wording.before, sampling.negative)
    after, _ = network.told(wording.after, sampling.negative)
    share = max(sampling.strength, 1 / sampling.steps)  # at least one step is taken
    schedule = editing.later(ddim_schedule(pipeline, sampling.steps), share)
    path = editing.invert(network.denoiser(before), latents, schedule)
    beside = None if holding is None else beside_source(pipeline, wording, schedule, latents.shape[-2:], holding)
    rows = [nothing, nothing, before, after] if sampling.guidance > 1 else [before, after]
    pair = _pair(network, rows, sampling.guidance, _changing(beside, cells(inside, latents.shape[-2:]), holding))

    def timed(source: Array, target: Array, time: float) -> tuple[Array, Array]:
        if beside is not None:
            beside.time = time
        return pair(source, target, time)

    with nullcontext() if beside is None else processed(pipeline.unet, beside):
        return editing.beside(timed, path, schedule)


def _pair(network: Network, rows: Sequence[Told], guidance: float, changing: Callable[[], NDArray[np.bool_]]) -> Pair:
    """x̂ of the source and of the target, both guided alike, in one call of the network. Where latents are not to
    change, the target's x̂ is the source's, and so the target goes towards the source there."""
    import torch

    def pair(source: Array, target: Array, time: float) -> tuple[Array, Array]:
        z = torch.cat([source, target])
        predicted = network.predict(torch.cat([z] * (len(rows) // 2)), time, rows)
        if len(rows) > 2:
            plain, told = predicted.chunk(2)
            predicted = plain + guidance * (told - plain)
        known, clean = network.clean(z, predicted, time).split(1)
        return known, torch.where(torch.from_numpy(changing()).to(z.device), clean, known)

    return pair


def _changing(
    beside: BesideSource | None, inside: NDArray[np.bool_], holding: Holding | None
) -> Callable[[], NDArray[np.bool_]]:
    """h×w: the region, and of it the part where what changes is looked at, if latents are blended."""
    if beside is None or holding is None or not any(beside.watched):
        return lambda: inside
    height, width = inside.shape
    return lambda: inside & beside.where((height, width), holding.blend)


def cells(inside: NDArray[np.bool_], size: Sequence[int]) -> NDArray[np.bool_]:
    """H×W → h×w: latents any pixel of which lies inside."""
    height, width = size
    blocks = inside.reshape(height, inside.shape[0] // height, width, inside.shape[1] // width)
    return np.asarray(blocks.any((1, 3)))


def _is_blanked(pipeline: Any, made: Array) -> bool:
    if getattr(pipeline, "safety_checker", None) is None:
        return False
    picture = pipeline.image_processor.postprocess(made, output_type="pt")
    return any(pipeline.run_safety_checker(picture, made.device, pipeline.unet.dtype)[1] or ())


# ---- words ----------------------------------------------------------------------------------------------


def beside_source(
    pipeline: Any, wording: Wording, schedule: Schedule, size: Sequence[int], holding: Holding
) -> BesideSource:
    """The attention of a target beside its source, for latents of `size` (h, w)."""
    import torch

    tokenizer = pipeline.tokenizer or pipeline.tokenizer_2
    before, after = _tokens(tokenizer, wording.before), _tokens(tokenizer, wording.after)
    total = tokenizer.model_max_length
    words = attention.align(before, after)
    mapping = padded(words.mapping, total)
    weights = np.ones(total, np.float32)
    for phrase, weight in wording.weights.items():
        weights[_positions(tokenizer, phrase, after, wording.after)] = weight
    device = pipeline._execution_device
    return BesideSource(
        mapping=torch.from_numpy(mapping).to(device),
        covered=torch.from_numpy((mapping.sum(0) > 0).astype(np.float32)).to(device),
        cross_until=_until(schedule, holding.cross_held),
        self_until=_until(schedule, holding.self_held),
        places=math.ceil(size[0] / 2) * math.ceil(size[1] / 2),
        weights=torch.from_numpy(weights).to(device) if wording.weights else None,
        watched=_watched(words, weights) if holding.blend else ((), ()),
    )


def _tokens(tokenizer: Any, words: str) -> list[int]:
    """With the tokens that begin and end a sentence, without those that fill it up."""
    ids: list[int] = tokenizer(words, truncation=True, max_length=tokenizer.model_max_length).input_ids
    return ids


def _positions(tokenizer: Any, phrase: str, tokens: Sequence[int], words: str) -> list[int]:
    """Where the tokens of `phrase` stand among `tokens`. Raises Unsupported where they don't."""
    wanted = _tokens(tokenizer, phrase)[1:-1]
    found = [
        place
        for start in range(len(tokens))
        if tokens[start : start + len(wanted)] == wanted
        for place in range(start, start + len(wanted))
    ]
    if not found:
        raise not_said(phrase, words)
    return found


def padded(mapping: NDArray[np.float32], total: int) -> NDArray[np.float32]:
    """source×target of a sentence → total×total: tokens that fill up stand for one another in order, and what is over
    in the source goes to the last of the target's, so that no attention is lost."""
    source, target = mapping.shape
    full = np.zeros((total, total), np.float32)
    full[:source, :target] = mapping
    if target < total:
        filling = np.arange(total - source)
        full[source + filling, np.minimum(target + filling, total - 1)] = 1
    return full


def _watched(words: attention.Alignment, weights: NDArray[np.float32]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Words of the source that were replaced or left out, and of the target that are new; else those that are weighted:
    where they are looked at, the picture changes."""
    gone = tuple(map(int, np.flatnonzero(words.mapping @ words.shared == 0)))
    new = tuple(map(int, np.flatnonzero(words.shared == 0)))
    return (gone, new) if gone or new else ((), tuple(map(int, np.flatnonzero(weights != 1))))


def _until(schedule: Schedule, share: float) -> float:
    """The time down to which something is held for `share` 0..1 of the steps."""
    held = round(share * (len(schedule) - 1))
    return schedule[held - 1].time if held else math.inf
