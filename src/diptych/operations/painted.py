"""Steps that a painter carries out: drawing on an empty canvas, painting parts of a drawing anew, making it large."""

from __future__ import annotations

import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported, shorten
from diptych.core.operation import Draw, Repaint, Upscale
from diptych.core.picture import Picture
from diptych.core.ports import Painter, can_be_watched
from diptych.core.region import Region
from diptych.operations.change import Change, Context

STRENGTHS = ("prompt-to-prompt", "sdedit")
"""Methods that can go more or less far from what was there."""


def draw(picture: Picture, operation: Draw, region: Region | None, context: Context) -> Change:
    """The whole picture anew."""
    painter = watched(_painter(operation, context), context)
    painted = painter.paint(picture, operation, None, context.seed)
    return Change(painted.pixels, None, painter.name, seeded=True)


def repaint(picture: Picture, operation: Repaint, region: Region | None, context: Context) -> Change:
    """The boxes anew; what lies outside of them is composited back byte for byte."""
    _check_method(operation)
    painter = watched(_painter(operation, context), context)
    mask = np.zeros((picture.height, picture.width), np.float32)
    for x0, y0, x1, y1 in operation.boxes:
        if not (0 <= x0 < x1 <= picture.width and 0 <= y0 < y1 <= picture.height):
            raise InvalidPlan(
                Bilingual(
                    f"The box {(x0, y0, x1, y1)} lies outside of the picture ({picture.width}×{picture.height}).",
                    f"方框 {(x0, y0, x1, y1)} 超出了图片（{picture.width}×{picture.height}）。",
                ),
                Bilingual(
                    "Give boxes inside of it: x0, y0, x1, y1 in pixels.", "请给出图片内的方框：x0、y0、x1、y1（像素）。"
                ),
            )
        mask[y0:y1, x0:x1] = 1
    touched = Region(mask, "repainted")
    painted = painter.paint(picture, operation, touched, context.seed)
    # The noise that a picture comes from is found, not drawn: nothing is random there.
    return Change(painted.pixels, touched, painter.name, seeded=operation.method in ("repaint", "sdedit"))


def enlarge(picture: Picture, operation: Upscale, context: Context) -> Change:
    """A drawing larger, by a painter that is told what it shows."""
    painter = watched(_painter(operation, context), context)
    return Change(painter.paint(picture, operation, None, context.seed).pixels, engine=painter.name, seeded=True)


def _check_method(operation: Repaint) -> None:
    """Raises InvalidPlan for what its method makes nothing of: nothing is dropped in silence."""
    if (operation.method == "repaint") == bool(operation.before):
        raise InvalidPlan(
            Bilingual(
                f"The step's method is {operation.method}, and its `before` is “{shorten(operation.before)}”.",
                f"这一步的方法是 {operation.method}，而 `before` 为“{shorten(operation.before)}”。",
            ),
            Bilingual(
                "`before` is the layout of the picture that is edited, for all methods but repaint.",
                "`before` 是被编辑图片的布局；除 repaint 外的方法都要有。",
            ),
        )
    if operation.strength is not None and operation.method not in STRENGTHS:
        raise no_strength(operation.method)


def no_strength(method: str) -> InvalidPlan:
    """There is none to set."""
    return InvalidPlan(
        Bilingual(f"The method {method} has no strength.", f"方法 {method} 没有强度。"),
        Bilingual(
            f"Leave it out, or take one of {', '.join(STRENGTHS)}.", f"请去掉强度，或改用 {'、'.join(STRENGTHS)}。"
        ),
    )


def watched(painter: Painter, context: Context) -> Painter:
    """The painter; one that shows its work while it paints shows it to whoever watches."""
    if context.on_preview is None or not can_be_watched(painter):
        return painter
    return painter.watched(context.on_preview)


def _painter(operation: Draw | Repaint | Upscale, context: Context) -> Painter:
    painter = next((one for one in context.painters if one.can(operation)), None)
    if painter is None:
        raise Unsupported(
            Bilingual(
                f"Nothing installed can paint “{shorten(operation.words)}”.",
                f"没有已安装的引擎能画出“{shorten(operation.words)}”。",
            ),
            Bilingual(
                "Attach a painter: --painter MODEL, or Studio(painters=[open_painter(MODEL)]); `diptych models list` "
                "shows which are there.",
                "请接入一个绘图模型：--painter 模型，或 Studio(painters=[open_painter(模型)])；"
                "`diptych models list` 列出已有的模型。",
            ),
        )
    return painter
