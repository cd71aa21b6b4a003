"""Fusion: a whole run of pointwise steps is applied in one pass over the picture.

The chain of links becomes the cheapest program that is true to it:

    channels that never mix   one 8-bit look-up table, exact
    curves and matrices       table 8 → 16 bit, matrix on 16 bit, table 16 → 16 bit, … , table 16 → 8 bit
    any other function        the same, with floats where that function works

Between the links are 65536 steps or floats, so what is left of them is one rounding at the end: no banding,
however many steps are fused. Work goes in strips that fit the cache. Alpha is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diptych.operations.chain import Chain, Curve, Matrix, Pointwise, evaluate, simplify
from diptych.operations.change import Pixels
from diptych.operations.color_space import Floats

Program = Callable[[Pixels], Pixels]
"""H×W×3 uint8 → H×W×3 uint8, new."""

Stage = Callable[[Any], Any]
"""One pass over a strip: H×W×3 uint8, uint16 or float32 to the same shape."""

STRIP_PIXELS = 192 * 1024  # three 16-bit copies of a strip stay within the second-level cache
# Float planes above 128 KiB are mapped and unmapped by the C library each time: 440 ms become 160.
FLOAT_STRIP_PIXELS = 32 * 1024
TOP = 65535.0


@dataclass(frozen=True)
class ColorTransform:
    """A run of pointwise steps, fused. `links` map encoded sRGB to encoded sRGB."""

    links: Chain
    simple: Chain = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "simple", simplify(self.links))

    def exact(self, values: Floats) -> Floats:
        """(…, 3) encoded values in 0..1 → the same, in floating point without tables: the reference."""
        return evaluate(self.simple, np.asarray(values, np.float64))

    def apply(self, pixels: Pixels, on_strip: Callable[[Pixels, Pixels], None] | None = None) -> Pixels:
        """H×W×3 or H×W×4 uint8 → the same, new. Alpha is copied.

        `on_strip` sees each strip before and after while it is still in the processor's cache.
        """
        import cv2

        out = np.empty_like(pixels, order="C")
        has_alpha = pixels.shape[2] == 4
        program = self._program  # compiled here, once, and not by each thread

        def render(rows: slice) -> None:
            strip = pixels[rows]
            rgb = program(np.asarray(cv2.cvtColor(strip, cv2.COLOR_RGBA2RGB), np.uint8) if has_alpha else strip)
            if has_alpha:
                out[rows] = cv2.merge((*cv2.split(rgb), strip[:, :, 3]))
            else:
                out[rows] = rgb
            if on_strip is not None:
                on_strip(strip, out[rows])

        floats = any(isinstance(link, Pointwise) for link in self.simple)
        in_strips(render, pixels.shape[0], pixels.shape[1], FLOAT_STRIP_PIXELS if floats else STRIP_PIXELS)
        return out

    def table(self, size: int) -> NDArray[np.float64]:
        """The transform at size³ colours of an even lattice: [b, g, r, channel], in 0..1."""
        return np.asarray(self.exact(lattice(size)), np.float64)

    @cached_property
    def _program(self) -> Program:
        separate = all(
            isinstance(link, Curve) or (isinstance(link, Matrix) and link.is_diagonal) for link in self.simple
        )
        return _table_program(self.simple) if separate else _sixteen_bit_program(self.simple)


def lattice(size: int) -> NDArray[np.float64]:
    """[b, g, r, channel]: the encoded colours of an even size³ lattice; r runs fastest."""
    axis = np.linspace(0.0, 1.0, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.stack([red, green, blue], axis=-1)


def in_strips(work: Callable[[slice], Any], height: int, width: int, strip_pixels: int = STRIP_PIXELS) -> None:
    """`work` on slices of rows of about `strip_pixels` each, on as many threads as there are cores, four at most.

    Errors in `work` are raised here. OpenCV and Pillow let go of the interpreter's lock while they compute.
    """
    rows = max(1, strip_pixels // max(1, width))
    strips = [slice(start, min(start + rows, height)) for start in range(0, height, rows)]
    threads = min(len(strips), 4, os.cpu_count() or 1)
    if threads <= 1:
        for strip in strips:
            work(strip)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, strips))


def _table_program(chain: Chain) -> Program:
    """Channels that never mix: the float chain at 256 greys is the whole transform."""
    import cv2

    levels = np.repeat(np.arange(256)[:, None] / 255.0, 3, axis=1)
    table = _to_bytes(evaluate(chain, levels))
    # OpenCV is faster with one table for all channels than with three.
    shared = table[:, 0].copy() if (table == table[:, :1]).all() else table.reshape(1, 256, 3)
    return lambda rgb: np.asarray(cv2.LUT(rgb, shared), np.uint8)


def _sixteen_bit_program(chain: Chain) -> Program:
    """A table for each curve, and what stands between two curves as one mix of channels."""
    stages: list[Stage] = []
    curves, mixes = _alternating(chain)
    inputs = np.arange(256) / 255.0
    for position, mix in enumerate(mixes):
        values, domain = curves[position](inputs), curves[position + 1].domain
        if any(isinstance(link, Pointwise) for link in mix):
            stages += [_table_stage(values.astype(np.float32), inputs.size), _float_mix(mix, domain)]
        else:
            low, high = float(values.min()), float(values.max())
            high = max(high, low + 1e-6)
            codes = np.rint((values - low) / (high - low) * TOP).astype(np.uint16)
            stages += [_table_stage(codes, inputs.size), _code_mix(mix, (low, high), domain)]
        inputs = np.linspace(*domain, 65536)
    stages.append(_table_stage(_to_bytes(curves[-1](inputs)), inputs.size))

    def run(rgb: Pixels) -> Pixels:
        values: Any = rgb
        for stage in stages:
            values = stage(values)
        return np.asarray(values, np.uint8)

    return run


def _alternating(chain: Chain) -> tuple[list[Curve], list[list[Matrix | Pointwise]]]:
    """curve, mix, curve, mix, …, curve: neighbouring curves composed, one put in at an end that has none."""
    curves, mixes = [Curve(lambda x: x)], []
    open_mix: list[Matrix | Pointwise] = []
    for link in (*chain, Curve(lambda x: x)):
        if not isinstance(link, Curve):
            open_mix.append(link)
        elif open_mix:
            mixes.append(open_mix)
            curves.append(link)
            open_mix = []
        else:
            curves[-1] = Curve(_composed(curves[-1], link), curves[-1].domain)
    return curves, mixes


def _composed(first: Curve, second: Curve) -> Callable[[Floats], Floats]:
    return lambda values: second(first(values))


def _code_mix(mix: list[Matrix | Pointwise], source: tuple[float, float], domain: tuple[float, float]) -> Stage:
    """Matrices on 16-bit codes q: x = s₀ + q·(s₁ - s₀)/65535, q' = (y - d₀)·65535/(d₁ - d₀), y = Mx + o: one
    affine map."""
    import cv2

    def mapped(codes: Floats) -> Floats:
        values = source[0] + codes * ((source[1] - source[0]) / TOP)
        for link in mix:
            values = link(values)
        return (values - domain[0]) * (TOP / (domain[1] - domain[0]))

    offset = mapped(np.zeros(3))
    # An affine map is known by its offset and by what it makes of each axis.
    affine = np.column_stack([(mapped(np.eye(3) * TOP) - offset).T / TOP, offset]).astype(np.float32)
    return lambda codes: cv2.transform(codes, affine)


def _float_mix(mix: list[Matrix | Pointwise], domain: tuple[float, float]) -> Stage:
    """The links on float32, then 16-bit codes of `domain`."""
    import cv2

    scale = TOP / (domain[1] - domain[0])

    def apply(values: Any) -> Any:
        for link in mix:
            values = cv2.transform(values, _affine(link)) if isinstance(link, Matrix) else link(values)
        return cv2.addWeighted(values, scale, values, 0.0, -domain[0] * scale, dtype=cv2.CV_16U)

    return apply


def _affine(matrix: Matrix) -> NDArray[np.float32]:
    offset = np.zeros(3) if matrix.offset is None else matrix.offset
    return np.column_stack([matrix.coefficients, offset]).astype(np.float32)


def _table_stage(table: NDArray[Any], inputs: int) -> Stage:
    import cv2

    if inputs == 256 or _opencv_reads_wide_tables():
        return lambda codes: cv2.LUT(codes, table)
    return lambda codes: np.take(table, codes)


@cache
def _opencv_reads_wide_tables() -> bool:
    """OpenCV 5 looks 16-bit codes up in a table of 65536 entries; OpenCV 4 refuses, and NumPy does it, slower."""
    import cv2

    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros(65536, np.uint8))
    except cv2.error:
        return False
    return True


def _to_bytes(values: Floats) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(values, 0.0, 1.0) * 255.0), np.uint8)
