"""Pictures of the Stickerbook edited in the latents of the embedded painter: inverted to noise and sampled again with
another scene, beside the source and with its attention (prompt-to-prompt), or noised and begun midway (SDEdit).

The network is told of no mask and no source, as `EmbeddedPainter.repaint` tells it: what stays, stays because noise and
attention are the source's. `edit` binds the result to the cells of what changed, to the byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diptych.runtime import Weights
from diptych.sampling import attention, editing, samplers, schedules
from diptych.sampling.predictions import Array, Denoiser
from diptych.sampling.schedules import Schedule
from diptych.world.backdrops import VARIANTS
from diptych.world.layout import CELL, background_row, things_rows
from diptych.world.scene import SIDE, Scene

STEPS = 50
LAST = 0.05
"""The time at which latents count as the picture's own. Told of less noise, the denoiser still repairs something: what
it makes of clean latents is 31 to 33 dB from them."""
ROUNDS = 1
HELD_UNTIL = 0.5
"""Down to this time the target attends as the source does."""


def gentle(steps: int = STEPS, last: float = LAST, rho: float = 3.0) -> Schedule:
    """Times from 1 to `last`, even in their rho-th root: each is a like part of the one before where it matters, near
    the picture. So steps can be undone there, too."""
    return schedules.of_flow(np.linspace(1.0, last ** (1 / rho), steps + 1) ** rho)


@dataclass(frozen=True)
class Seen:
    """A picture, and what is known of it.

    pixels   128×128×3 uint8
    variant  of the backdrop, by what fits the picture best
    latents  C×S×S float32
    """

    pixels: np.ndarray
    scene: Scene
    variant: int
    latents: np.ndarray
    schedule: Schedule


@dataclass(frozen=True)
class Inverted(Seen):
    """And the noise that it comes from: `path` is C×S×S float32 at each point of `schedule`, noise first; the last are
    the picture's latents."""

    path: tuple[np.ndarray, ...]


class LatentEditor:
    """`weights` must hold encode, decode, denoise and attend."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._known = tuple(weights.manifest["known"])
        config = weights.manifest["configs"]["generator"]
        self._maps = config["depth"], 1, config["heads"], *((config["side"] // config["patch"]) ** 2,) * 2

    # ---- latents ----

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """128×128×3 uint8 → C×S×S float32, of about unit variance."""
        scaled = pixels.astype(np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
        return np.asarray(self._weights.loaded("encode")(pictures=scaled)[0][0])

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """C×S×S → 128×128×3 float32 in levels, 0..255."""
        picture = self._weights.loaded("decode")(latents=latents[None].astype(np.float32))[0][0]
        return ((np.clip(picture, -1, 1) + 1) * 127.5).transpose(1, 2, 0)

    def put_back(self, latents: np.ndarray, seen: Seen) -> np.ndarray:
        """Latents → 128×128×3 uint8, with what the autoencoder lost of the source put back: the source and the
        difference between what both decode to. Unchanged latents give the source itself."""
        changed = self.decode(latents) - self.decode(seen.latents)
        return to_levels(seen.pixels + changed)

    # ---- denoisers ----

    def denoiser(self, scene: Scene, variant: int) -> Denoiser:
        """(z C×S×S, t) → x̂ of a drawing of `scene`; as the painter draws."""
        network, told = self._weights.loaded("denoise"), self._told(scene, variant)

        def denoise(z: Array, t: float) -> Array:
            return network(noisy=z[None], time=np.array([t], np.float32), **told)[0][0]

        return denoise

    def _told(self, scene: Scene, variant: int) -> dict[str, np.ndarray]:
        side = SIDE // CELL
        channels = self._weights.manifest["configs"]["autoencoder"]["latent"]
        return {
            "source": np.zeros((1, channels, side, side), np.float32), "mask": np.ones((1, 1, side, side), np.float32),
            "things": things_rows(scene, self._known)[None],
            "background": background_row(scene.background, variant)[None],
        }  # fmt: skip

    def attending(
        self, scene: Scene, variant: int, z: Array, t: float, given: tuple[np.ndarray, np.ndarray] | None, share: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x̂, what cells read of things 1×K×S², and the maps of attention depth×1×heads×N×N; `share` of `given` (reads,
        maps) is used instead of its own."""
        told = self._told(scene, variant)
        things = told["things"].shape[1]
        if given is None:
            reads, maps = np.zeros((1, things, (SIDE // CELL) ** 2), np.float32), np.zeros(self._maps, np.float32)
            share = 0.0
        else:
            reads, maps = given
        clean, reads, maps = self._weights.loaded("attend")(
            noisy=z[None], time=np.array([t], np.float32), **told, reads=reads, maps=maps,
            reads_held=np.full((1, things), share, np.float32), maps_held=np.full(self._maps[:2], share, np.float32),
        )  # fmt: skip
        return clean[0], reads, maps

    def variant_of(self, latents: np.ndarray, scene: Scene, at: float = 0.7, seed: int = 0) -> int:
        """Which variant of its backdrop a picture shows: the one of which the denoiser, told it, is least wrong."""
        noise = np.random.default_rng([seed, 7]).standard_normal(latents.shape, dtype=np.float32)
        point = schedules.flow_level(at)
        told = [self._told(scene, variant) for variant in range(VARIANTS)]
        many: dict[str, Any] = {name: np.concatenate([one[name] for one in told]) for name in told[0]}
        z = np.repeat((point.alpha * latents + point.sigma * noise)[None], VARIANTS, axis=0).astype(np.float32)
        clean = self._weights.loaded("denoise")(noisy=z, time=np.full(VARIANTS, at, np.float32), **many)[0]
        return int(((clean - latents) ** 2).mean(axis=(1, 2, 3)).argmin())

    # ---- editing ----

    def see(self, pixels: np.ndarray, scene: Scene, steps: int = STEPS) -> Seen:
        """`pixels` (128×128×3 uint8), which show `scene`, to be edited in so many steps."""
        latents = self.encode(pixels)
        return Seen(pixels, scene, self.variant_of(latents, scene), latents, gentle(steps))

    def invert(self, pixels: np.ndarray, scene: Scene, steps: int = STEPS, rounds: int = ROUNDS) -> Inverted:
        """The noise that `pixels` (128×128×3 uint8), which show `scene`, come from."""
        seen = self.see(pixels, scene, steps)
        denoise = self.denoiser(scene, seen.variant)
        path = editing.invert(denoise, seen.latents, seen.schedule, rounds, editing.along_path)
        return Inverted(pixels, scene, seen.variant, seen.latents, seen.schedule, tuple(path))

    def resample(self, inverted: Inverted, scene: Scene | None = None) -> np.ndarray:
        """Latents drawn from the inverted noise; of another scene: what noise alone keeps of the layout."""
        denoise = self.denoiser(scene or inverted.scene, inverted.variant)
        return np.asarray(samplers.euler(denoise, inverted.path[0], inverted.schedule))

    def sdedit(
        self, seen: Seen, scene: Scene, strength: float, seed: int = 0, cells: np.ndarray | None = None
    ) -> np.ndarray:
        """Latents of `scene` begun from the picture's own with fresh noise, down to none; `strength` is the time begun
        at, 0..1, as near as the schedule has one. Outside of `cells` (1×S×S bool) they stay the picture's."""
        times = np.array([point.time for point in seen.schedule])
        part = (*seen.schedule[int(np.abs(times - strength).argmin()) :], schedules.flow_level(0.0))
        noise = np.random.default_rng([seed, 8]).standard_normal(seen.latents.shape, dtype=np.float32)
        denoise = self.denoiser(scene, seen.variant)
        if cells is not None:
            denoise = editing.blended(denoise, seen.latents, cells.astype(np.float32))
        return np.asarray(editing.sdedit(samplers.euler, denoise, seen.latents, noise, part, 1.0))

    def redraw(self, inverted: Inverted, scene: Scene, cells: np.ndarray) -> np.ndarray:
        """Latents of `scene` sampled from the picture's own noise beside its path: in `cells` (1×S×S bool) as the
        network draws it from there, elsewhere the picture's."""
        own, other = (self.denoiser(one, inverted.variant) for one in (inverted.scene, scene))

        def pair(source: Array, target: Array, t: float) -> tuple[Array, Array]:
            known = own(source, t)
            return known, np.where(cells, other(target, t), known)

        return np.asarray(editing.beside(pair, inverted.path, inverted.schedule))

    def prompt_to_prompt(
        self,
        inverted: Inverted,
        after: Scene,
        *,
        until: float = HELD_UNTIL,
        weights: dict[int, float] | None = None,
        local: bool = True,
        cells: np.ndarray | None = None,
    ) -> np.ndarray:
        """Latents of `after`, sampled beside the source: things that both scenes have are read as in the source, those
        that take a place are read as what was there, new ones as they are; patches look at patches as in the source.

        until    the time down to which the source's maps are used; above 1: never
        weights  of things of `after`, by their index there: how strongly they are read (re-weighting), at all times
        local    latents outside of the cells that changed things reach stay the source's
        cells    1×S×S bool: those, where somebody else says which they are
        """
        before, variant = inverted.scene, inverted.variant
        words = attention.align(before.things, after.things)
        mapping = padded(words.mapping, things_rows(after, self._known).shape[0])
        inside = cells
        if inside is None:
            inside = self.changed_cells(inverted, after) if local else np.ones((1, SIDE // CELL, SIDE // CELL), bool)

        def pair(source: Array, target: Array, t: float) -> tuple[Array, Array]:
            known, reads, maps = self.attending(before, variant, source, t, None, 0.0)
            given = attention.replace(reads.swapaxes(1, 2), mapping).swapaxes(1, 2), maps
            clean = self._target(after, variant, target, t, given, attention.share_at(t, until), weights or {})
            # x̂ blended: outside of what changed the target's z is the source's, and so must x̂ be.
            return known, np.where(inside, clean, known)

        return np.asarray(editing.beside(pair, inverted.path, inverted.schedule))

    def _target(
        self, after: Scene, variant: int, z: Array, t: float, given: Any, share: float, weights: dict[int, float]
    ) -> np.ndarray:
        if not weights:
            return self.attending(after, variant, z, t, given, share)[0]
        # Re-weighted reads are given whole; maps are the source's as far as `share` says, else the target's own.
        _, reads, maps = self.attending(after, variant, z, t, given, share)
        scale = np.ones(reads.shape[1], np.float32)
        scale[list(weights)] = list(weights.values())
        reads = attention.reweight(reads.swapaxes(1, 2), scale).swapaxes(1, 2)
        return self.attending(after, variant, z, t, (reads, maps), 1.0)[0]

    def changed_cells(self, inverted: Inverted, after: Scene) -> np.ndarray:
        """1×S×S bool: the cells that read of a thing which one scene has and the other hasn't."""
        first = inverted.schedule[0].time
        cells = np.zeros((1, SIDE // CELL, SIDE // CELL), bool)
        for scene, other in ((inverted.scene, after), (after, inverted.scene)):
            _, reads, _ = self.attending(scene, inverted.variant, inverted.path[0], first, None, 0.0)
            changed = [index for index, thing in enumerate(scene.things) if thing not in other.things]
            if changed:
                cells |= attention.attended(reads.swapaxes(1, 2)[:, None], changed).reshape(cells.shape)
        return cells

    def edit(self, inverted: Inverted, after: Scene, **options: Any) -> np.ndarray:
        """`prompt_to_prompt` as 128×128×3 uint8, and outside of what changed the source's own pixels, to the byte."""
        made = self.put_back(self.prompt_to_prompt(inverted, after, **options), inverted)
        mask = np.kron(self.changed_cells(inverted, after)[0], np.ones((CELL, CELL)))
        return editing.composite(made, inverted.pixels, mask)


def padded(mapping: np.ndarray, size: int) -> np.ndarray:
    """To size×size, with rows and columns of zeros: of things that aren't there nothing is read."""
    square = np.zeros((size, size), np.float32)
    square[: mapping.shape[0], : mapping.shape[1]] = mapping
    return square


def to_levels(picture: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)
