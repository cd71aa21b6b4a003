"""Pictures in the style of a reference: its places are looked at besides the picture's own (StyleAligned, arXiv
2312.02133), at each step with as much noise as the picture has, which DDIM inversion gives.

It is done to the UNet, so that every pipeline of it takes part, whatever its sampler: before each call the network
looks at the reference at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diptych.core.picture import Picture
from diptych.operations.resampling import resize_pixels
from diptych.painters.large import adapters
from diptych.painters.large.attention import SharedWithReference, processed
from diptych.painters.large.hashes import file_sha256
from diptych.painters.large.latents import Network, Told, ddim_schedule, encode
from diptych.painters.large.loading import find_lora
from diptych.painters.large.settings import Settings
from diptych.painters.large.windows import working_size
from diptych.sampling import editing
from diptych.sampling.predictions import Array, noise_in, noised
from diptych.sampling.schedules import Schedule

STEPS = 30
"""In which a reference is inverted."""


@dataclass(frozen=True)
class Reference:
    """A picture and the noise it comes from, at each point of `schedule`; told nothing."""

    network: Network
    told: Told
    path: tuple[Array, ...]
    schedule: Schedule

    def at(self, time: float) -> Array:
        """1×4×h×w float32 with the noise of `time`: at points of the schedule its path, between them the picture with
        the noise of the nearest."""
        near = min(range(len(self.schedule) - 1), key=lambda index: abs(self.schedule[index].time - time))
        clean, level = self.path[-1], self.network.level(time)
        return noised(clean, noise_in(self.path[near], clean, self.schedule[near]), level)


def inverted(pipeline: Any, pixels: NDArray[np.uint8], steps: int = STEPS) -> Reference:
    """H×W×3 uint8, sides that the pipeline takes."""
    import torch

    with torch.no_grad():
        network, schedule = Network(pipeline, (pixels.shape[0], pixels.shape[1])), ddim_schedule(pipeline, steps)
        told, _ = network.told("")
        path = editing.invert(network.denoiser(told), encode(pipeline, pixels), schedule)
    return Reference(network, told, tuple(path), schedule)


@contextmanager
def in_style_of(reference: Reference, unet: Any) -> Iterator[None]:
    """While it is open, what `unet` denoises looks at `reference`. Raises Unsupported for attention that can't be
    opened."""
    shared = SharedWithReference()

    def listen(network: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        time = given[1] if len(given) > 1 else named["timestep"]
        told = reference.network.arguments([reference.told])
        shared.listening = True
        try:  # forward, not the network itself: that would come here again
            network.forward(reference.at(float(time)).to(network.dtype), time, return_dict=False, **told)
        finally:
            shared.listening = False

    with processed(unet, shared):
        hook = unet.register_forward_pre_hook(listen, with_kwargs=True)
        try:
            yield
        finally:
            hook.remove()


class Style:
    """The reference that `settings` name, if any, for one model."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._inverted: Reference | None = None

    def said(self) -> list[str]:
        """Names and hashes of the files that decide the pixels."""
        said = []
        if self._settings.reference is not None:
            file = Path(self._settings.reference).expanduser()
            said.append(f"reference {file.name} {file_sha256(file)[:8]}")
        if self._settings.ip_adapter is not None:
            adapter, weight = self._settings.ip_adapter
            said.append(adapters.said(find_lora(adapter), weight))
        return said

    @contextmanager
    def applied(self, pipeline: Any, arguments: dict[str, Any], side: int, multiple: int) -> Iterator[None]:
        """While it is open `pipeline` paints in the style: told the picture as an argument where there is an
        IP-Adapter, else by shared attention. The reference is seen at about side² pixels."""
        if self._settings.reference is None:
            yield
        elif self._settings.ip_adapter is not None:
            from PIL import Image

            arguments["ip_adapter_image"] = Image.fromarray(self._pixels)
            yield
        else:
            if self._inverted is None:
                height, width = self._pixels.shape[:2]
                seen = resize_pixels(self._pixels, *working_size(width, height, side, multiple))
                self._inverted = inverted(pipeline, seen)
            with in_style_of(self._inverted, pipeline.unet):
                yield

    @cached_property
    def _pixels(self) -> NDArray[np.uint8]:
        assert self._settings.reference is not None
        return np.ascontiguousarray(Picture.open(Path(self._settings.reference).expanduser()).rgb)
