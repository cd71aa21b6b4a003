"""The embedded painter: scenes to pictures, and changes of scenes to changes of pictures, all made of stickers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported, shorten
from diptych.core.operation import Draw, Operation, Repaint
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Thing as Said
from diptych.painters.cutting import cut_out
from diptych.runtime import Weights
from diptych.sampling import flow, samplers, schedules
from diptych.sampling.guidance import guided
from diptych.sampling.predictions import Denoiser
from diptych.world.backdrops import VARIANTS
from diptych.world.layout import CELL, background_row, things_rows
from diptych.world.scene import SIDE, Scene, canonical_color
from diptych.world.sprites import color_name
from diptych.world.tokens import Malformed, parse_scene
from diptych.world.vocabulary import noun_called

STEPS = 8
GUIDANCE = 1.0
SAMPLERS: dict[str, Callable[[Denoiser, np.ndarray, np.ndarray], np.ndarray]] = {
    "euler": flow.euler,
    "heun": flow.heun,
    "dpm++2m": lambda denoise, noise, times: samplers.dpm_solver_2m(denoise, noise, schedules.of_flow(times)),
}
"""Each from noise along times from 1 to 0. Heun's calls the network twice a step."""


class EmbeddedPainter:
    """Draws at 128×128. The same scene and seed give the same bytes, whatever else is drawn beside them."""

    def __init__(self, weights: Weights, on_preview: Callable[[Callable[[], Picture]], None] | None = None) -> None:
        self._weights = weights
        self._on_preview = on_preview

    def watched(self, on_preview: Callable[[Callable[[], Picture]], None]) -> EmbeddedPainter:
        """The same painter, which shows what it guesses after each step of sampling; `core.ports.WatchedPainter`."""
        other = EmbeddedPainter(self._weights, on_preview)
        other.__dict__ |= {name: value for name, value in self.__dict__.items() if name != "_on_preview"}
        return other

    @cached_property
    def name(self) -> str:
        """Names the very weights; read only when something was made, since most edits need none."""
        return f"stickerbook painter {self._weights.name}"

    @cached_property
    def known(self) -> tuple[str, ...]:
        return tuple(self._weights.manifest["known"])

    @cached_property
    def _denoise(self) -> Any:
        return self._weights.network("denoise")

    @cached_property
    def _encode(self) -> Any:
        return self._weights.network("encode")

    @cached_property
    def _decode(self) -> Any:
        return self._weights.network("decode")

    def draw(
        self, scene: Scene, seed: int, *, steps: int = STEPS, guidance: float = GUIDANCE, sampler: str = "euler"
    ) -> np.ndarray:
        """`scene` as 128×128×3 uint8; one scene and seed, one picture. `sampler` is one of SAMPLERS."""
        side = SIDE // CELL
        mask = np.ones((1, side, side), np.float32)
        latents = self._sample(scene, seed, None, mask, steps, guidance, sampler)
        return self._to_pixels(latents)

    def repaint(self, pixels: np.ndarray, scene: Scene, mask: np.ndarray, seed: int) -> np.ndarray:
        """`pixels` (128×128×3 uint8) with what `scene` says in the cells of 8 pixels where `mask` (H×W) is above zero.

        The rest is handed over to the network as it is, so that the new fits the old; the caller composites.
        """
        side = SIDE // CELL
        cells = (mask.reshape(side, CELL, side, CELL).max((1, 3)) > 0)[None].astype(np.float32)
        source = self._encode(pictures=pixels.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1)[0][0]
        latents = self._sample(scene, seed, source * (1 - cells), cells, STEPS, GUIDANCE)
        # Where nothing is painted the decoder gets the source's own latents, so that there is no seam.
        return self._to_pixels(np.where(cells > 0, latents, source))

    # ---- the Painter port ----

    def can(self, operation: Operation) -> bool:
        """What has a layout; words alone are for painters that were attached."""
        if isinstance(operation, Repaint) and operation.method != "repaint":
            return False
        return isinstance(operation, Draw | Repaint) and bool(operation.layout)

    def paint(self, picture: Picture, operation: Operation, region: Region | None, seed: int) -> Picture:
        """Carry out a Draw or Repaint on a picture of 128×128. Raises Unsupported for another size, InvalidPlan for a
        layout that is none or names things that these weights don't know."""
        assert isinstance(operation, Draw | Repaint)
        check_side(picture)
        scene = scene_of(operation.layout, self.known)
        if isinstance(operation, Draw):
            steps, guidance = operation.steps or STEPS, operation.guidance or GUIDANCE
            sampler = operation.sampler or "euler"
            return picture.with_pixels(self.draw(scene, seed, steps=steps, guidance=guidance, sampler=sampler))
        if region is None:
            return picture.with_pixels(self.draw(scene, seed))
        return picture.with_pixels(self.repaint(picture.rgb, scene, region.mask, seed))

    # ---- stickers for photos ----

    def sticker(self, thing: Said) -> np.ndarray | None:
        """The thing alone, H×W×4 uint8 with straight alpha, up to 70 pixels high; None if it isn't known."""
        noun = noun_called(thing.noun)
        if noun is None or noun not in self.known:
            return None
        color = None if thing.color is None else canonical_color(noun, color_name(thing.color))
        return cut_out(lambda scene: self.draw(scene, seed=0), noun, color)

    # ---- the network ----

    def _sample(
        self,
        scene: Scene,
        seed: int,
        source: np.ndarray | None,
        mask: np.ndarray,
        steps: int,
        guidance: float,
        sampler: str = "euler",
    ) -> np.ndarray:
        """Latents C×S×S. Noise depends on the seed alone."""
        channels, side = self._weights.manifest["configs"]["autoencoder"]["latent"], SIDE // CELL
        noise = np.random.default_rng([seed, 1]).standard_normal((channels, side, side), dtype=np.float32)
        source = np.zeros_like(noise) if source is None else source.astype(np.float32)
        # Which of its variants a backdrop comes in is chosen by the seed; where a part of it is to stay, that shows it.
        variant = int(np.random.default_rng([seed, 6]).integers(VARIANTS)) if mask.all() else None
        things, background = things_rows(scene, self.known), background_row(scene.background, variant)

        def denoiser(things: np.ndarray, background: np.ndarray) -> Any:
            def denoise(z: np.ndarray, t: float) -> np.ndarray:
                return self._denoise(
                    noisy=z[None], time=np.array([t], np.float32), source=source[None], mask=mask[None],
                    things=things[None], background=background[None],
                )[0][0]  # fmt: skip

            return denoise

        worded = denoiser(things, background)
        wordless = denoiser(np.zeros_like(things), np.zeros_like(background))
        return SAMPLERS[sampler](self._shown(guided(worded, wordless, guidance)), noise, flow.times(steps))

    def _shown(self, denoise: Denoiser) -> Denoiser:
        """The same denoiser; whoever watches may look at each of its guesses."""
        watcher = self._on_preview
        if watcher is None:
            return denoise

        def watched(z: np.ndarray, t: float) -> np.ndarray:
            clean = np.asarray(denoise(z, t))
            watcher(lambda: Picture.from_array(self._to_pixels(clean)))
            return clean

        return watched

    def _to_pixels(self, latents: np.ndarray) -> np.ndarray:
        picture = self._decode(latents=latents[None].astype(np.float32))[0][0]
        return ((np.clip(picture, -1, 1) + 1) * 127.5).round().astype(np.uint8).transpose(1, 2, 0)


def check_side(picture: Picture) -> None:
    """Raises Unsupported for a picture of another size than these networks work on."""
    if (picture.width, picture.height) != (SIDE, SIDE):
        raise Unsupported(
            Bilingual(
                f"The embedded painter works on {SIDE}×{SIDE} pixels; this is {picture.width}×{picture.height}.",
                f"内置画笔只能在 {SIDE}×{SIDE} 像素的图上作画；这张是 {picture.width}×{picture.height}。",
            ),
            Bilingual("Use it on a picture that `diptych draw` made.", "请用于 `diptych draw` 画出的图片。"),
        )


def scene_of(layout: str, known: Sequence[str]) -> Scene:
    """The scene that a layout says. Raises InvalidPlan for one that is none, or that names things beyond `known`."""
    try:
        scene = parse_scene(layout.split())
        unknown = [thing.noun for thing in scene.things if thing.noun not in known]
        if unknown:
            raise Malformed(f"these weights don't know {', '.join(unknown)}")
    except (Malformed, ValueError, KeyError) as error:
        raise InvalidPlan(
            Bilingual(
                f"The layout “{shorten(layout)}” is no scene: {error}.",
                f"布局“{shorten(layout)}”不是有效的场景：{error}。",
            ),
            Bilingual("Let `diptych draw` make it from words.", "请让 `diptych draw` 由文字生成。"),
        ) from None
    return scene
