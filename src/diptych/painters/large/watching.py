"""A pipeline looked at while it samples, and stopped, through diffusers' own `callback_on_step_end`."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from diptych.core.picture import Picture
from diptych.painters.large.latents import decode


def step_callback(
    pipeline: Any, on_preview: Callable[[Callable[[], Picture]], None] | None, picture: Picture
) -> dict[str, Any]:
    """The argument that makes `pipeline` call `on_preview` after each step; none for the few classes that know no
    callbacks. Latents that a class packs in a way of its own aren't decoded: then `picture` is what is shown."""
    if on_preview is None or "callback_on_step_end" not in signature(pipeline.__call__).parameters:
        return {}

    def at_step_end(running: Any, step: int, time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        latents = kept.get("latents")
        is_plain = latents is not None and latents.ndim == 4
        on_preview(lambda: _seen(running, latents) if is_plain else picture)
        return kept

    return {"callback_on_step_end": at_step_end}


def _seen(pipeline: Any, latents: Any) -> Picture:
    import torch

    with torch.no_grad():
        levels = (decode(pipeline, latents[:1])[0] + 1) * 127.5
    return Picture.from_array(np.asarray(levels.round().byte().permute(1, 2, 0).cpu().numpy()))
