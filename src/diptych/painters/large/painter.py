"""LargePainter: a large model as a Painter. It carries out what its class does in the table, at the size it knows.

    painter = open_painter("stabilityai/sd-turbo,steps=2")
    Studio(painters=[painter]).edit("photo.jpg", "replace the dog with a cat")

Noise is drawn on the CPU from a generator of its own for each picture, seeded by the step; so the same plan, seed and
weights give the same bytes on one machine, whatever was painted before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from diptych.core.errors import Bilingual, DiptychError, Unsupported, shorten
from diptych.core.operation import Combine, Draw, Operation, Replace, ReplaceBackground, Restyle, Upscale
from diptych.core.picture import Picture
from diptych.operations.resampling import resize_pixels
from diptych.painters.large import editing, guides, guiding, methods, parameters, refusals
from diptych.painters.large.hashes import file_sha256
from diptych.painters.large.hub import present
from diptych.painters.large.loading import Pipelines, device, dtype, find_decoder, find_lora, out_of_memory, quiet
from diptych.painters.large.prompts import prompt
from diptych.painters.large.reference import Style
from diptych.painters.large.settings import Settings, parse
from diptych.painters.large.sources import Source, find_source
from diptych.painters.large.table import MODELS, NATIVE_SIDE, VERBS_OF, Way
from diptych.painters.large.watching import step_callback
from diptych.painters.large.windows import Window, enlarged, window_around, working_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diptych.core.region import Region

_TILE, _OVERLAP = 512, 32
"""Pixels a side of what is enlarged at once, and how far tiles overlap."""


class LargePainter:
    """`source` with `settings`. Raises Unsupported where a setting can't apply to the model."""

    def __init__(self, source: Source, settings: Settings | None = None) -> None:
        self.source = source
        self.settings = settings or Settings()
        parameters.check(source, self.settings)
        methods.check(source, self.settings)
        refusals.check(source, self.settings)
        self._pipelines = Pipelines(source, self.settings)
        self._style = Style(self.settings)
        self._on_preview: Callable[[Callable[[], Picture]], None] | None = None

    def watched(self, on_preview: Callable[[Callable[[], Picture]], None]) -> LargePainter:
        """The same painter, looked at after each step of sampling; `core.ports.WatchedPainter`."""
        other = copy(self)
        other._on_preview = on_preview
        return other

    @cached_property
    def name(self) -> str:
        """Title, short hash of the weights, and all that was set which decides the pixels; made when first asked for:
        hashing gigabytes takes a while."""
        extras = [f"{find_lora(file).name} {file_sha256(find_lora(file))[:8]}×{weight:g}"
                  for file, weight in self.settings.lora]  # fmt: skip
        if self.settings.decoder is not None:
            folder = find_decoder(self.settings.decoder)
            hashes = "".join(file_sha256(file) for file in sorted(folder.glob("*.safetensors")))
            extras.append(f"decoder {folder.name} {hashes[:8]}")
        extras += self._style.said()
        if self.settings.guide is not None:
            extras.append(guides.named(self.settings.guide))
        said = ", ".join([str(dtype(self.settings)).removeprefix("torch."), self.settings.said(), *extras])
        return f"{self.source.title} {self.source.short_hash()} ({said.strip(', ').replace(', , ', ', ')})"

    @cached_property
    def side(self) -> int:
        """Pixels a side that the model was trained at, or that it was told to work at."""
        if self.settings.side is not None:
            return self.settings.side
        size = self.source.denoiser.get("sample_size")
        if isinstance(size, int):
            return size * self._shrink
        family = next((name for name in NATIVE_SIDE if self.source.class_name.startswith(name)), None)
        return NATIVE_SIDE[family] if family else 512

    @cached_property
    def _shrink(self) -> int:
        """Pixels a side of one latent."""
        import json

        config = self.source.folder / "vae" / "config.json"
        blocks = json.loads(config.read_text(encoding="utf-8")).get("block_out_channels", [0] * 4)
        return int(2 ** (len(blocks) - 1))

    # ---- the Painter port ----

    def can(self, operation: Operation) -> bool:
        return self.fitness(operation) > 0

    def fitness(self, operation: Operation) -> int:
        """How well this model does the step, 0 for not at all; the best of those that are attached is taken."""
        way = self.way_for(operation)
        if way is not None and methods.edits(self.settings, operation):
            return methods.FITNESS
        return 0 if way is None else way.fitness

    def way_for(self, operation: Operation) -> Way | None:
        """How the model would carry the step out."""
        if not _is_for_words(operation):
            return None
        edits = methods.edits(self.settings, operation)  # which begins at the picture, as restyling does
        verbs = ("restyle",) if edits else VERBS_OF.get(operation.op, ())
        ways = [way for way in self.source.ways if way.verb in verbs]
        if isinstance(operation, Upscale):
            ways = [way for way in ways if operation.factor <= (way.factor or 0)]
        return max(ways, key=lambda way: way.fitness, default=None)

    def canvas(self, size: tuple[int, int] | None = None) -> tuple[int, int]:
        """(height, width) of a drawing: the model's own size, or `size` (height, width) if the model can draw it.

        Raises Unsupported for sides that aren't multiples of what it needs.
        """
        way = next((way for way in self.source.ways if way.verb == "draw"), None)
        multiple = way.multiple if way else 8
        if size is None:
            width, height = working_size(self.side, self.side, self.side, multiple)
            return height, width
        if any(extent % multiple or not multiple <= extent <= 4096 for extent in size):
            raise Unsupported(
                Bilingual(f"{self.source.title} can't draw {size[1]}×{size[0]} pixels.",
                          f"{self.source.title} 不能画 {size[1]}×{size[0]} 像素。"),
                Bilingual(f"Sides are multiples of {multiple}, at most 4096; {self.side} is what it was trained at.",
                          f"边长应为 {multiple} 的倍数且不超过 4096；它训练时的边长是 {self.side}。"),
            )  # fmt: skip
        return size

    def paint(self, picture: Picture, operation: Operation, region: Region | None, seed: int) -> Picture:
        """A picture of the same size, new inside `region` and near it (the caller composites); for an Upscale the whole
        picture, larger. Alpha stays. Raises Unsupported, BrokenWeights."""
        way = self.way_for(operation)
        if way is None:
            raise Unsupported(
                Bilingual(f"{self.source.title} can't do this step: {operation.op}.",
                          f"{self.source.title} 不能执行这一步：{operation.op}。"),
                Bilingual("Attach a model that can; `diptych models list` says what each does.",
                          "请接入能做这一步的模型；`diptych models list` 列出各模型的用途。"),
            )  # fmt: skip
        words = prompt(operation, way)
        if way.verb == "upscale":
            assert isinstance(operation, Upscale)
            return self._enlarge(picture, operation, way, words, seed)
        pixels = self._draw(picture, way, words, seed) if way.verb == "draw" else None
        if pixels is None:
            pixels = self._repaint(picture, operation, region, way, words, seed)
        alpha = picture.alpha
        return picture.with_pixels(pixels if alpha is None else np.dstack([pixels, alpha]))

    # ---- the verbs ----

    def _draw(self, picture: Picture, way: Way, words: str, seed: int) -> NDArray[np.uint8]:
        """Text → picture of the canvas's size; a canvas that isn't the model's is drawn at its size and resized."""
        width, height = picture.width, picture.height
        if width % way.multiple or height % way.multiple:
            width, height = working_size(width, height, self.side, way.multiple)
        arguments = parameters.call(self.source, way, self.settings)
        drawn = self._run(picture, way, words, seed, height=height, width=width, **arguments)
        return _sized(drawn, picture.width, picture.height)

    def _repaint(
        self, picture: Picture, operation: Operation, region: Region | None, way: Way, words: str, seed: int
    ) -> NDArray[np.uint8]:
        """Picture → picture: the region's surroundings go in, and come back changed."""
        frame = (picture.height, picture.width)
        box = None if region is None or region.is_empty else region.box
        window = window_around(box, frame, self.side, way.multiple)
        x0, y0, x1, y1 = window.box
        seen = _sized(np.ascontiguousarray(picture.rgb[y0:y1, x0:x1]), window.width, window.height)
        strength = operation.strength if isinstance(operation, Restyle) else 1.0
        if methods.edits(self.settings, operation):
            inside = np.ones(frame, np.float32) if region is None else region.mask
            hole = _hole(inside[y0:y1, x0:x1], window.width, window.height) > 0
            with self._painting():
                edited = editing.by_method(self.source, self._pipelines, way, self.settings, operation, seen, hole)
            return _put(picture, window, self._unblanked(edited.pixels, edited.blanked))
        arguments: dict[str, Any] = {"image": _image(seen)}
        if way.verb == "inpaint":
            inside = np.ones(frame, np.float32) if region is None else region.mask
            arguments["mask_image"] = _image(_hole(inside[y0:y1, x0:x1], window.width, window.height))
        if way.pipeline not in _SIZED_BY_PICTURE:
            arguments |= {"height": window.height, "width": window.width}
        if way.pipeline.startswith("FluxKontext"):  # it would work at a megapixel, whatever size is asked for
            arguments |= {"max_area": window.width * window.height, "_auto_resize": False}
        arguments |= parameters.call(self.source, way, self.settings, strength)
        painted = self._run(picture, way, words, seed, **arguments)
        return _put(picture, window, painted, strength if way.verb == "instruct" else 1.0)

    def _enlarge(self, picture: Picture, operation: Upscale, way: Way, words: str, seed: int) -> Picture:
        assert way.factor is not None
        arguments = parameters.call(self.source, way, self.settings)
        factor = way.factor

        def paint(tile: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
            height, width = tile.shape[:2]
            fitting = [-(-extent // way.multiple) * way.multiple for extent in (height, width)]
            pad = ((0, fitting[0] - height), (0, fitting[1] - width), (0, 0))
            padded = _image(np.pad(tile, pad, mode="edge"))
            whole = self._run(picture, way, words, seed + number, image=padded, **arguments)
            return whole[: height * factor, : width * factor]

        tile = self.settings.side or _TILE
        pixels = enlarged(np.ascontiguousarray(picture.rgb), factor, tile, min(_OVERLAP, tile // 4), paint)
        width = max(round(picture.width * operation.factor), 1)
        height = max(round(picture.height * operation.factor), 1)
        pixels = _sized(pixels, width, height)
        if picture.alpha is not None:
            pixels = np.dstack([pixels, resize_pixels(np.dstack([picture.alpha] * 3), width, height)[:, :, 0]])
        return picture.with_pixels(pixels)

    def _run(self, picture: Picture, way: Way, words: str, seed: int, **arguments: Any) -> NDArray[np.uint8]:
        """One call of the pipeline, for `picture`; H×W×3 uint8. Raises Unsupported when memory runs out or its filter
        blanks it."""
        import torch

        refusals.check_call(self.source, self.settings, arguments, words)
        pipeline = self._pipelines.of(way)
        generator = torch.Generator("cpu").manual_seed(seed)
        guided = guiding.guided(pipeline, self._guiding(pipeline, arguments, words))
        arguments |= step_callback(pipeline, self._on_preview, picture)
        with self._painting(), self._style.applied(pipeline, arguments, self.side, way.multiple), guided:
            made = pipeline(prompt=words, generator=generator, output_type="np", **arguments)
        blanked = any(getattr(made, "nsfw_content_detected", None) or ())
        return self._unblanked(np.asarray(np.rint(np.clip(made.images[0], 0.0, 1.0) * 255.0), np.uint8), blanked)

    def _unblanked(self, pixels: NDArray[np.uint8], blanked: bool) -> NDArray[np.uint8]:
        if blanked:
            raise Unsupported(
                Bilingual(f"The safety filter of {self.source.title} blanked what it painted.",
                          f"{self.source.title} 的安全过滤器屏蔽了生成的图片。"),
                Bilingual("Say it in other words, or try another seed.", "请换一种说法，或换一个随机种子。"),
            )  # fmt: skip
        return pixels

    @contextmanager
    def _painting(self) -> Iterator[None]:
        """Quietly, and with errors that say what to do."""
        try:
            with quiet():
                yield
        except (RuntimeError, MemoryError, ValueError) as error:
            raise out_of_memory(error) or _not_painted(self.source.title, error) from error

    def _guiding(self, pipeline: Any, arguments: Mapping[str, Any], words: str) -> guiding.Guiding | None:
        return guiding.guiding_of(self.settings, arguments, pipeline, self._guide, words)

    @cached_property
    def _guide(self) -> guides.Guide | None:
        said = self.settings.guide
        return None if said is None else guides.open_guide(said, device(self.settings))


_SIZED_BY_PICTURE = frozenset(
    {"StableDiffusionImg2ImgPipeline", "StableDiffusionXLImg2ImgPipeline", "LatentConsistencyModelImg2ImgPipeline",
     "StableDiffusionInstructPix2PixPipeline"}
)  # fmt: skip
"""Pipelines that take the size of the picture that they are given."""


def _put(picture: Picture, window: Window, painted: NDArray[np.uint8], share: float = 1.0) -> NDArray[np.uint8]:
    """H×W×3: the picture with what was painted of the window, of which `share` is mixed in: models that are instructed
    know no strength."""
    x0, y0, x1, y1 = window.box
    pixels: NDArray[np.uint8] = picture.rgb.copy()
    painted = _sized(painted, x1 - x0, y1 - y0)
    if share < 1.0:
        painted = np.asarray(np.rint(share * painted + (1.0 - share) * pixels[y0:y1, x0:x1]), np.uint8)
    pixels[y0:y1, x0:x1] = painted
    return pixels


def _not_painted(title: str, error: BaseException) -> Unsupported:
    reason = shorten(error, 200)
    return Unsupported(
        Bilingual(f"{title} could not paint this ({reason}).", f"{title} 没能画出来（{reason}）。"),
        Bilingual("Look whether its settings suit the model, or take another model.",
                  "请检查设置是否适合该模型，或换用其他模型。"),
    )  # fmt: skip


def _is_for_words(operation: Operation) -> bool:
    """Whether what the step wants is said in words: a drawing without a layout, a background that is a scene, …"""
    if isinstance(operation, Draw):
        return not operation.layout
    if isinstance(operation, Replace):
        return operation.thing is not None
    if isinstance(operation, ReplaceBackground):
        return operation.scene is not None and operation.picture is None
    if isinstance(operation, Combine):
        return operation.scene is not None and operation.picture is None and operation.layout == "into"
    return not isinstance(operation, Upscale) or not (operation.faithful or operation.words)


def _hole(mask: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """The mask at the working size: 255 wherever anything of it lies."""
    levels = np.dstack([np.where(mask > 0, np.uint8(255), np.uint8(0))] * 3)
    return np.asarray(np.where(_sized(levels, width, height)[:, :, 0] > 0, 255, 0), np.uint8)


def _sized(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return pixels if pixels.shape[:2] == (height, width) else resize_pixels(pixels, width, height)


def _image(pixels: NDArray[np.uint8]) -> Any:
    from PIL import Image

    return Image.fromarray(pixels)


# ---- from a spec to a painter ---------------------------------------------------------------------------


def open_painter(spec: str, settings: Settings | None = None) -> LargePainter:
    """`spec` is MODEL or MODEL,name=value,…: a folder, a .safetensors file or a model in the Hugging Face cache.

    The files are looked through and checked; weights are loaded when something is painted. Raises Unsupported,
    BrokenWeights, MissingExtra.
    """
    model, said = (spec, settings) if settings is not None else parse(spec)
    return LargePainter(find_source(model, said.config), said)


def open_painters(specs: Sequence[str]) -> tuple[LargePainter, ...]:
    """Painters for what `--painter` was given; "auto" is every model in the cache that the table has a use for."""
    painters = []
    for spec in specs:
        model, settings = parse(spec)
        painters += _all_present(settings) if model == "auto" else [open_painter(model, settings)]
    return tuple(painters)


def _all_present(settings: Settings) -> list[LargePainter]:
    """Every model in the cache that is whole; what is wrong with the others is told only if there is none."""
    painters, wrong = [], None
    for one in present():
        if one.class_name not in MODELS:
            continue
        try:
            painters.append(open_painter(one.name, settings))
        except DiptychError as error:
            wrong = wrong or error
    if painters:
        return painters
    raise wrong or Unsupported(
        Bilingual("There is no large model in the Hugging Face cache.", "Hugging Face 缓存中没有大模型。"),
        Bilingual("Fetch one: `diptych models pull stabilityai/sd-turbo`.",
                  "请下载一个：`diptych models pull stabilityai/sd-turbo`。"),
    )  # fmt: skip
