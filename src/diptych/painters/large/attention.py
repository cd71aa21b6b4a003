"""A UNet's attention, opened by diffusers' own means: attention processors. Who edits it sees the queries, keys and
values of every layer, and says what is attended to.

    with processed(unet, attend):
        unet(…)

`attend` is called (layer, query, key, value), each B×heads×places×channels, and gives B×heads×places×channels; `plain`
is what the network does of itself. The network's own processors are put back afterwards, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.sampling import attention
from diptych.sampling.predictions import Array


class Layer(NamedTuple):
    """`name` in the network; `cross`: places look at words, else at each other."""

    name: str
    cross: bool


Attend = Callable[[Layer, Array, Array, Array], Array]

_STANDARD = ("AttnProcessor", "AttnProcessor2_0")
"""What computes softmax(q kᵀ / √d) v and nothing else."""


class Processor:
    """One layer's, as diffusers asks for them (`models.attention_processor`)."""

    def __init__(self, name: str, attend: Attend) -> None:
        self._name = name
        self._attend = attend

    def __call__(
        self,
        attn: Any,
        hidden_states: Array,
        encoder_hidden_states: Array | None = None,
        attention_mask: Array | None = None,
        temb: Array | None = None,
    ) -> Array:
        """B×places×C → B×places×C. `temb` is for layers with a norm of their own, which `processed` refuses."""
        del temb
        assert attention_mask is None
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if encoder_hidden_states is not None and attn.norm_cross:
            context = attn.norm_encoder_hidden_states(context)
        query, key, value = (
            project(given).unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for project, given in ((attn.to_q, hidden_states), (attn.to_k, context), (attn.to_v, context))
        )
        query = query if attn.norm_q is None else attn.norm_q(query)
        key = key if attn.norm_k is None else attn.norm_k(key)
        layer = Layer(self._name, encoder_hidden_states is not None)
        made = self._attend(layer, query, key, value).transpose(1, 2).flatten(2).to(hidden_states.dtype)
        made = attn.to_out[1](attn.to_out[0](made))
        return (made + hidden_states if attn.residual_connection else made) / attn.rescale_output_factor


@contextmanager
def processed(unet: Any, attend: Attend) -> Iterator[None]:
    """While it is open every attention of `unet` is `attend`'s. Raises Unsupported for a network whose attention isn't
    the standard one: what else it does would be lost."""
    own = check(unet)
    unet.set_attn_processor({name: Processor(name, attend) for name in own})
    try:
        yield
    finally:
        unet.set_attn_processor(dict(own))


def check(unet: Any) -> Mapping[str, Any]:
    """The network's own processors. Raises Unsupported where they aren't standard."""
    own: Mapping[str, Any] = dict(getattr(unet, "attn_processors", {}))
    modules = dict(unet.named_modules()) if own else {}
    layers = [modules[name.removesuffix(".processor")] for name in own]
    if (
        not own
        or any(type(processor).__name__ not in _STANDARD for processor in own.values())
        or any(layer.group_norm is not None or layer.spatial_norm is not None for layer in layers)
    ):
        kinds = ", ".join(sorted({type(one).__name__ for one in own.values()})) or type(unet).__name__
        raise Unsupported(
            Bilingual(f"The attention of this network can't be edited ({kinds}).",
                      f"这个网络的注意力不能编辑（{kinds}）。"),
            Bilingual("Leave method= and reference= out, or take a model whose UNet has diffusers' standard attention.",
                      "请去掉 method= 和 reference=，或换用 UNet 采用 diffusers 标准注意力的模型。"),
        )  # fmt: skip
    return own


def plain(layer: Layer, query: Array, key: Array, value: Array) -> Array:
    """softmax(q kᵀ / √d) v."""
    from torch.nn.functional import scaled_dot_product_attention

    del layer
    return scaled_dot_product_attention(query, key, value)


def maps(query: Array, key: Array) -> Array:
    """softmax(q kᵀ / √d) float32: B×heads×places×words."""
    return (query.float() @ key.float().transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)


# ---- prompt-to-prompt -----------------------------------------------------------------------------------


@dataclass
class BesideSource:
    """The target's attention beside the source's. Rows of a batch end with the source and the target, both told their
    words; those before them are told nothing and stay as they are.

    mapping      source×target words: whose place in the source each word of the target takes
    covered      target words: 1 where one takes a place, 0 where it was added and is looked at as the network does
    cross_until  the time down to which words are looked at as `mapping` says
    self_until   the time down to which places look at each other as in the source
    places       most places of a layer in which that is held: the finest layers hold the texture
    weights      target words: how strongly each is looked at, at all times; None: as it is
    watched      words of the source and of the target whose maps are kept for `where`

    `time` is set before each call of the network.
    """

    mapping: Array
    covered: Array
    cross_until: float
    self_until: float
    places: int
    weights: Array | None = None
    watched: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    time: float = 0.0
    _sums: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)

    def __call__(self, layer: Layer, query: Array, key: Array, value: Array) -> Array:
        made = plain(layer, query, key, value)
        if layer.cross:
            self._look_at_words(made[-2:], query[-2:], key[-2:], value[-2:])
        elif query.shape[-2] <= self.places and attention.share_at(self.time, self.self_until):
            # The source's map times the target's values; as one operation, so that no map lies in memory.
            made[-1:] = plain(layer, query[-2:-1], key[-2:-1], value[-1:])
        return made

    def _look_at_words(self, made: Array, query: Array, key: Array, value: Array) -> None:
        """The two rows of `made` anew: the target's by its edited map, the source's by its own, so that equal maps give
        equal digits."""
        import torch

        share = attention.share_at(self.time, self.cross_until)
        watched = any(self.watched)
        if not share and self.weights is None and not watched:
            return
        source, own = maps(query, key).split(1)
        target = attention.held(own, attention.refine(source, own, self.mapping, self.covered), share)
        if self.weights is not None:
            target = attention.reweight(target, self.weights)
        if share or self.weights is not None:
            made.copy_(torch.cat([source, target]).to(value.dtype) @ value)
        if watched:
            self._keep(0, source)
            self._keep(1, target)

    def _keep(self, row: int, seen: Array) -> None:
        known = row, seen.shape[-2]
        mean = seen.mean(1, keepdim=True).cpu().numpy()
        self._sums[known] = self._sums.get(known, np.float32(0)) + mean

    def where(self, size: tuple[int, int], threshold: float) -> np.ndarray:
        """height×width bool, of latents: where the source or the target has shown the watched words so far (the paper's
        local blend), by the maps of the layers nearest to a quarter of the latents' side."""
        height, width = size
        sides = {}
        for halvings in range(6):
            rows, columns = (-(-extent // 2**halvings) for extent in size)
            sides[rows * columns] = rows, columns
        known = {places for _, places in self._sums if places in sides}
        places = min(known, key=lambda one: abs(np.log(one * 16 / (height * width))))
        inside = np.zeros(sides[places], bool)
        for row, words in enumerate(self.watched):
            if words:
                inside |= attention.attended(self._sums[row, places], words, threshold).reshape(sides[places])
        rows, columns = (np.arange(extent) * few // extent for extent, few in zip(size, inside.shape, strict=True))
        return np.asarray(inside[rows][:, columns])


# ---- with the attention of a reference ------------------------------------------------------------------


@dataclass
class SharedWithReference:
    """StyleAligned (arXiv 2312.02133): places look at the reference's places besides their own, with queries and keys
    brought to the reference's statistics. While `listening`, what the network attends to is the reference's."""

    listening: bool = False
    _heard: dict[str, tuple[Array, Array, Array]] = field(default_factory=dict)

    def __call__(self, layer: Layer, query: Array, key: Array, value: Array) -> Array:
        if layer.cross:
            return plain(layer, query, key, value)
        if self.listening:
            self._heard[layer.name] = query, key, value
            return plain(layer, query, key, value)
        import torch

        queries, keys, values = (one.expand(query.shape[0], -1, -1, -1) for one in self._heard[layer.name])
        keys = torch.cat([keys, attention.adain(key, keys)], -2)
        return plain(layer, attention.adain(query, queries), keys, torch.cat([values, value], -2))
