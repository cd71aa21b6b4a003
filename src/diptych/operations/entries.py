"""Which function carries out which operation, and what the executor does around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations.change import Answer, Change, Context

Function = Callable[[Picture, Any, Region | None, Context], Change | Answer]


@dataclass(frozen=True)
class Entry:
    """`function` of `diptych.operations.<module>`, imported when the first step needs it.

    grounds       the executor finds the region of `target` and hands it over
    frame         the frame may get another size
    confined      where the function names no touched region, nothing outside the region given to it may change
    softened      the region gets a soft edge first (steps that change the look of what stays where it is)
    keeps_things  afterwards everything is where it was: a target found before need not be looked for again
    """

    module: str
    function: str
    grounds: bool = True
    frame: bool = False
    confined: bool = True
    softened: bool = False
    keeps_things: bool = False

    def load(self) -> Function:
        function: Function = getattr(import_module(f"diptych.operations.{self.module}"), self.function)
        return function


def _filter(name: str, module: str = "filters") -> Entry:
    return Entry(module, name, softened=True, keeps_things=True)


def _question(name: str, *, grounds: bool = True) -> Entry:
    return Entry("questions", name, grounds=grounds, keeps_things=True)


ENTRIES: Mapping[str, Entry] = {
    "sharpness": _filter("sharpness"),
    "blur": _filter("blur"),
    "denoise": _filter("denoise"),
    "dehaze": _filter("dehaze"),
    "pixelate": _filter("pixelate"),
    "vignette": _filter("vignette"),
    "grain": _filter("grain"),
    "restyle": _filter("restyle", "styles"),
    "restore": Entry("restoring", "restore", softened=True),
    "upscale": Entry("upscaling", "upscale", frame=True),
    "crop": Entry("geometry", "crop", frame=True),
    "rotate": Entry("geometry", "rotate", frame=True),
    "straighten": Entry("geometry", "straighten", frame=True),
    "flip": Entry("geometry", "flip"),
    "resize": Entry("geometry", "resize", frame=True),
    "border": Entry("frame", "border", frame=True),
    "round_corners": Entry("frame", "round_corners"),
    "extend": Entry("frame", "extend", frame=True),
    "warp": Entry("warping", "warp"),
    "add_text": Entry("lettering", "add_text", confined=False),
    "caption": Entry("lettering", "caption", frame=True),
    "watermark": Entry("lettering", "watermark"),
    "remove_text": Entry("retouch_text", "remove_text"),
    "replace_text": Entry("retouch_text", "replace_text", confined=False),
    "recolor": Entry("things", "recolor", softened=True),
    "remove": Entry("things", "remove", frame=True),
    "add": Entry("things", "add", frame=True, confined=False),
    "replace": Entry("things", "replace", confined=False),
    "move": Entry("things", "move", confined=False),
    "scale": Entry("things", "scale", confined=False),
    "duplicate": Entry("things", "duplicate", confined=False),
    "remove_background": Entry("background", "remove_background", confined=False),
    "replace_background": Entry("background", "replace_background", confined=False),
    "blur_background": Entry("background", "blur_background", confined=False),
    "combine": Entry("combine", "combine", frame=True, confined=False),
    "draw": Entry("painted", "draw", grounds=False, confined=False),
    "repaint": Entry("painted", "repaint", grounds=False, confined=False),
    "describe": _question("describe"),
    "ask": _question("ask"),
    "count": _question("count", grounds=False),
    "vague": _question("vague", grounds=False),
}
"""Every operation that is not pointwise (those are in `pointwise`)."""
