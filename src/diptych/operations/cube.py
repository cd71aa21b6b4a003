"""`.cube` files (Adobe Cube LUT specification 1.0): a look as a 3-D table that other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.core.files import replace_files
from diptych.core.operation import AnyOperation
from diptych.core.plan import describe
from diptych.operations import pointwise
from diptych.operations.chain import Chain
from diptych.operations.fuse import ColorTransform

SIZE = 33


def lut3d(steps: Sequence[AnyOperation], size: int = SIZE) -> NDArray[np.float64]:
    """The fused transform of `steps` at size³ colours: [b, g, r, channel] float64 in 0..1, encoded sRGB.

    Raises Unsupported when a step is not a tone or colour step, has a target, or is measured from a picture.
    """
    return transform_of(steps).table(size)


def transform_of(steps: Sequence[AnyOperation]) -> ColorTransform:
    """The steps as one ColorTransform that needs no picture. Raises Unsupported as `lut3d` does."""
    links: Chain = ()
    for step in steps:
        _check(step)
        links = (*links, *pointwise.fixed_links(step))
    return ColorTransform(links)


def cube_text(steps: Sequence[AnyOperation], title: str = "", size: int = SIZE) -> str:
    """The text of a `.cube` file: red runs fastest, values in 0..1 with six decimals."""
    # The specification wants ASCII, and a title without quotes or line ends.
    name = " ".join((title or "Diptych").replace('"', "'").split())
    name = name.encode("ascii", "ignore").decode().strip()[:240] or "Diptych"
    rows = lut3d(steps, size).reshape(-1, 3)
    lines = [
        f'TITLE "{name}"',
        f"LUT_3D_SIZE {size}",
        "DOMAIN_MIN 0.0 0.0 0.0",
        "DOMAIN_MAX 1.0 1.0 1.0",
        *(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in rows),
    ]
    return "\n".join(lines) + "\n"


def write_cube(path: Path, steps: Sequence[AnyOperation], title: str = "", size: int = SIZE) -> None:
    """Write a `.cube` file, whole or not at all. Raises SaveFailed, and Unsupported as `lut3d` does."""
    replace_files({path: cube_text(steps, title, size).encode("ascii")})


def _check(step: AnyOperation) -> None:
    if not pointwise.is_pointwise(step):
        reason = Bilingual("is not a tone or colour step", "不是影调或颜色步骤")
        remedy = Bilingual(
            "Keep to steps such as brightness, contrast, warmth, hue.", "请只用亮度、对比度、色温、色相一类的步骤。"
        )
    elif getattr(step, "target", None) is not None:
        reason = Bilingual("works on a part of a picture", "只作用于图片的一部分")
        remedy = Bilingual(
            "A look-up table sees colours, not places: leave the target out.", "查找表只认颜色，不认位置：请去掉目标。"
        )
    elif pointwise.is_measured(step):
        reason = Bilingual("is measured from a picture", "需要根据图片测量")
        remedy = Bilingual("Say how much: “30% more contrast”.", "请说明幅度，例如“对比度提高30%”。")
    else:
        return
    raise Unsupported(
        Bilingual(
            f"“{shorten(describe(step))}” {reason.en}, so it can't go into a look-up table.",
            f"“{shorten(describe(step))}”{reason.zh}，不能写入查找表。",
        ),
        remedy,
    )
