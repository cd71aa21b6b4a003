"""/v1/images: generations, edits and variations, as the OpenAI image API has them.

Beyond it: `seed`, which makes the answer repeatable, `pick`, the number of the thing that is meant where several
match, and sizes that the painter has. What can't be honoured is refused by name, never ignored. `quality` says how many
drawings are made for each that is returned, the dual encoder choosing: low 1, medium 2, high 4.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from diptych.core.errors import Bilingual, DiptychError
from diptych.core.operation import RemoveBackground
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.server.jobs import Job
from diptych.server.refused import wrong
from diptych.server.settings import Limits
from diptych.server.uploads import Form, Upload, write_all

if TYPE_CHECKING:
    from diptych.result import Result
    from diptych.studio import Studio

MODEL = "diptych"
BEST_OF = {"auto": 1, "standard": 1, "low": 1, "medium": 2, "high": 4}
LARGEST = 1024
"""Pixels a side that a drawing has if no size is asked for."""
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


class Wanted(BaseModel):
    """What all three ask for; `user` and `safety_identifier` are taken and not used: they change no picture."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = None
    n: Annotated[int, Field(ge=1, le=10)] = 1
    size: str = "auto"
    response_format: Literal["b64_json", "url"] | None = None
    output_format: Literal["png", "webp", "jpeg"] = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    background: Literal["transparent", "opaque", "auto"] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    user: str | None = None
    safety_identifier: str | None = None

    @property
    def pixels(self) -> tuple[int, int] | None:
        """(width, height) that was asked for; None for "auto". Raises Refused."""
        if self.size == "auto":
            return None
        found = _SIZE.fullmatch(self.size)
        if found is None:
            raise wrong(
                "size",
                f"'{self.size[:40]}' is no size; write 1024x1024.",
                f"“{self.size[:40]}”不是尺寸，请写成 1024x1024。",
            )
        return int(found[1]), int(found[2])

    def check(self) -> None:
        """What can't go together. Raises Refused."""
        if self.output_compression is not None and self.output_format == "png":
            raise wrong("output_compression", "PNG has no output_compression; ask for webp or jpeg.",
                        "PNG 没有 output_compression，请改用 webp 或 jpeg。")  # fmt: skip
        if self.background == "transparent" and self.output_format == "jpeg":
            raise wrong(
                "background", "JPEG can't be transparent; ask for png or webp.", "JPEG 不能透明，请改用 png 或 webp。"
            )


class Streamed(Wanted):
    """What can be streamed."""

    prompt: Annotated[str, Field(min_length=1)]
    quality: Literal["auto", "standard", "low", "medium", "high"] = "auto"
    stream: bool = False
    partial_images: Annotated[int, Field(ge=0, le=3)] = 0

    def check(self) -> None:
        super().check()
        if not self.prompt.strip():
            raise wrong("prompt", "The prompt is empty.", "prompt 为空。")
        if self.partial_images and not self.stream:
            raise wrong("partial_images", "Partial images need stream=true.", "partial_images 需要 stream=true。")
        if self.stream and self.n > 1:
            raise wrong("n", "One picture can be streamed at a time.", "一次只能流式返回一张图片。")
        if self.stream and self.response_format == "url":
            raise wrong("response_format", "Streams carry pictures, not URLs.", "流式返回的是图片，不是网址。")


class Generation(Streamed):
    """A drawing."""


class EditWish(Streamed):
    """A change of the first picture; the others are what the words call by their file names."""

    pick: Annotated[int, Field(ge=1)] | None = None
    input_fidelity: Literal["high"] | None = None


class Variation(Wanted):
    """Other pictures of the same."""


@dataclass(frozen=True)
class Made:
    """One picture of the answer: its bytes, and the steps that it took."""

    data: bytes
    result: Result


Show = Callable[[Callable[[], Picture]], None]
"""Is given a way to look at what there is, after each step of a painter."""


class Images:
    """Carries wishes out with a studio. Every method runs in a worker and asks `job` whether to go on."""

    def __init__(self, studio: Studio, limits: Limits) -> None:
        self.studio, self.limits = studio, limits

    def generate(self, wish: Generation, job: Job[Any], show: Show | None = None) -> list[Made]:
        """Raises what `Studio.draw` raises."""
        size = self._drawing_size(wish)
        made = []
        for number in range(wish.n):
            result = self.studio.draw(
                wish.prompt, seed=wish.seed + number, best_of=BEST_OF[wish.quality], size=size,
                on_progress=job.on_progress, on_preview=previews(job, show),
            )  # fmt: skip
            made.append(self._finished(result, wish, job))
        return made

    def edit(self, wish: EditWish, form: Form, job: Job[Any], show: Show | None = None) -> list[Made]:
        """Raises what `Studio.edit` raises, Refused for a mask that doesn't fit and a size that isn't the picture's."""
        with scratch(form.pictures[1:]) as folder:
            first = form.pictures[0].picture(self.limits.pixels)
            for other in form.pictures[1:]:
                other.picture(self.limits.pixels)  # what can't be read is told of now
            mask = None if form.mask is None else self._mask(form.mask, first, folder)
            studio, made = self.studio.within(folder), []
            for number in range(wish.n):
                result = studio.edit(
                    first, wish.prompt, seed=wish.seed + number, pick=wish.pick, mask=mask,
                    on_progress=job.on_progress, on_preview=previews(job, show),
                )  # fmt: skip
                self._check_size(result, wish)
                made.append(self._finished(result, wish, job))
            return made

    def vary(self, wish: Variation, form: Form, job: Job[Any]) -> list[Made]:
        """Raises Unsupported for photographs, unless a painter is attached that restyles them."""
        first = form.pictures[0].picture(self.limits.pixels)
        made = []
        for number in range(wish.n):
            result = self.studio.variation(first, seed=wish.seed + 1 + number, on_progress=job.on_progress)
            self._check_size(result, wish)
            made.append(self._finished(result, wish, job))
        return made

    # ---- sizes, masks, backgrounds ----

    def _drawing_size(self, wish: Generation) -> int | tuple[int, int] | None:
        """As `Studio.draw` takes it. An attached painter has a size of its own."""
        asked = wish.pixels
        if asked is None:
            return None if self.studio.has_artist else LARGEST
        if asked[0] * asked[1] > self.limits.pixels:
            raise wrong("size", f"{wish.size} is more than {self.limits.megapixels:g} megapixels.",
                        f"{wish.size} 超过 {self.limits.megapixels:g} 百万像素。")  # fmt: skip
        return asked[0] if asked[0] == asked[1] else asked

    def _check_size(self, result: Result, wish: Wanted) -> None:
        asked = wish.pixels
        if asked is not None and asked != (result.picture.width, result.picture.height):
            own = f"{result.picture.width}x{result.picture.height}"
            raise wrong("size", f"The result is {own}; say “resize it to …” in the prompt, or leave size out.",
                        f"结果为 {own}；请在 prompt 里说“缩放到……”，或不填 size。")  # fmt: skip

    def _mask(self, upload: Upload, picture: Picture, folder: Path) -> str:
        """The mask as Diptych has it, white where it is edited; the API's are transparent there."""
        mask = upload.picture(self.limits.pixels)
        if (mask.width, mask.height) != (picture.width, picture.height):
            masked, size = f"{mask.width}x{mask.height}", f"{picture.width}x{picture.height}"
            raise wrong("mask", f"The mask is {masked}, the picture {size}.", f"蒙版为 {masked}，图片为 {size}。")
        alpha = mask.alpha
        if alpha is None or int(alpha.min()) == 255:
            raise wrong("mask", "The mask is opaque all over; make it transparent where the edit should be.",
                        "蒙版完全不透明；请把要编辑的部分设为透明。")  # fmt: skip
        Picture.from_array(np.dstack([255 - alpha] * 3)).save(folder / "mask.png")
        return "mask.png"

    def _finished(self, result: Result, wish: Wanted, job: Job[Any]) -> Made:
        """With the background that was asked for, encoded."""
        if wish.background == "transparent" and not _is_transparent(result.picture):
            plan = Plan(steps=(RemoveBackground(),))
            result = self.studio.edit(result, plan, on_progress=job.on_progress)
        picture = flattened(result.picture) if wish.background == "opaque" else result.picture
        quality = 100 if wish.output_compression is None else max(wish.output_compression, 1)
        return Made(picture.encode(wish.output_format, quality=quality, record=result.record), result)


def previews(job: Job[Any], show: Show | None) -> Callable[[Callable[[], Picture]], None]:
    """What a painter calls after each of its steps with a way to look at what it has."""

    def on_preview(look: Callable[[], Picture]) -> None:
        job.check()
        if show is not None:
            show(look)

    return on_preview


@contextmanager
def scratch(uploads: Sequence[Upload]) -> Iterator[Path]:
    """A folder with the uploads, which goes again; errors say what is wrong without its name."""
    with TemporaryDirectory(prefix="diptych-") as name:
        write_all(uploads, Path(name))
        try:
            yield Path(name)
        except DiptychError as error:
            error.problem, error.remedy = (
                Bilingual(said.en.replace(f"{name}/", ""), said.zh.replace(f"{name}/", ""))
                for said in (error.problem, error.remedy)
            )
            raise


def _is_transparent(picture: Picture) -> bool:
    return picture.alpha is not None and int(picture.alpha.min()) < 255


def flattened(picture: Picture) -> Picture:
    """On white, without alpha."""
    alpha = picture.alpha
    if alpha is None:
        return picture
    share = alpha[..., None].astype(np.float32) / 255
    return picture.with_pixels(np.rint(picture.rgb * share + 255 * (1 - share)).astype(np.uint8))


# ---- answers ----


def answer(made: list[Made], wish: Wanted, url: Callable[[bytes], str]) -> dict[str, Any]:
    """The body of a response; `url` puts a picture where it can be fetched for a while."""
    as_url = wish.response_format == "url"
    data = [{"url": url(one.data)} if as_url else {"b64_json": coded(one.data)} for one in made]
    first = made[0].result.picture
    return {"created": int(time()), "data": data, **described(wish, first)}


def described(wish: Wanted, picture: Picture) -> dict[str, Any]:
    """What was made, in the API's words."""
    transparent = wish.background == "transparent" or (wish.background == "auto" and _is_transparent(picture))
    return {
        "background": "transparent" if transparent else "opaque",
        "output_format": wish.output_format,
        "quality": getattr(wish, "quality", "auto"),
        "size": f"{picture.width}x{picture.height}",
    }


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
