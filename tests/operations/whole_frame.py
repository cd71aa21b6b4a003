"""What an operation that hands over only a window of the frame makes of the whole, for tests that look at it."""

from __future__ import annotations

from dataclasses import replace

from diptych.core.operation import AddText, Watermark
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.operations import lettering
from diptych.operations.change import Change, Context


def whole(picture: Picture, change: Change) -> Change:
    if change.window is None:
        return change
    x0, y0, x1, y1 = change.window
    pixels = picture.pixels.copy()
    pixels[y0:y1, x0:x1] = change.pixels
    return replace(change, pixels=pixels, window=None)


def add_text(picture: Picture, operation: AddText, region: Region | None, context: Context) -> Change:
    return whole(picture, lettering.add_text(picture, operation, region, context))


def watermark(picture: Picture, operation: Watermark, region: Region | None, context: Context) -> Change:
    return whole(picture, lettering.watermark(picture, operation, region, context))
