"""Where strokes run, lines along them, and smoothing that keeps to them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diptych.operations.styles.canvas import Canvas, Plane, blurred


def flow_field(gray: Plane, sigma: float) -> tuple[Plane, Plane]:
    """Unit vectors (x, y) along the contours of `gray`: the minor eigenvector of the structure tensor.

    The tensor is smoothed with `sigma` pixels (Brox et al., 2006), so that strokes bend together.
    """
    soft = cv2.GaussianBlur(gray, (0, 0), 1.0)
    gx, gy = cv2.Sobel(soft, -1, 1, 0), cv2.Sobel(soft, -1, 0, 1)
    xx, yy, xy = blurred(gx * gx, sigma), blurred(gy * gy, sigma), blurred(gx * gy, sigma)
    # Doubled angle of the gradient direction; contours are at right angles to it.
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def along_flow(
    image: NDArray[np.float32], flow: tuple[Plane, Plane], steps: int, stride: float = 1.0
) -> NDArray[np.float32]:
    """`image` averaged along the flow, `steps` of `stride` pixels each way (line integral convolution, 1993)."""
    height, width = image.shape[:2]
    columns = np.arange(width, dtype=np.float32)[None, :]
    rows = np.arange(height, dtype=np.float32)[:, None]
    total = image.copy()
    for sign in (1.0, -1.0):
        vx, vy = flow[0] * np.float32(sign * stride), flow[1] * np.float32(sign * stride)
        x, y = columns + vx, rows + vy
        for step in range(steps):
            total += cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            if step + 1 < steps:
                nx = cv2.remap(vx, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
                ny = cv2.remap(vy, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
                # Directions have no sign: go on the way we came.
                back = (nx * vx + ny * vy) < 0
                np.negative(nx, out=nx, where=back)
                np.negative(ny, out=ny, where=back)
                x, y = x + nx, y + ny
    return np.asarray(total / np.float32(2 * steps + 1), np.float32)


def ink_lines(
    gray: Plane, sigma: float, sharpness: float = 12.0, threshold: float = 0.0, softness: float = 18.0
) -> Plane:
    """Line drawing, 1 paper and 0 ink: extended difference of Gaussians (Winnemöller et al., 2012).

    D = G(σ) + p (G(σ) - G(1.6 σ));  paper where D > ε, else 1 + tanh(φ (D - ε)).  Here `sharpness` p scales the
    difference alone, so that dark areas don't fill with ink; `threshold` is ε, `softness` φ.
    """
    difference = blurred(gray, sigma) - blurred(gray, 1.6 * sigma)
    scaled = np.float32(sharpness) * difference + np.float32(0.06) - np.float32(threshold)
    return np.asarray(np.where(scaled >= 0, np.float32(1), 1 + np.tanh(np.float32(softness) * scaled)), np.float32)


def clean_lines(gray: Plane, unit: float, sigma: float, sharpness: float = 20.0, least: float = 60.0) -> Plane:
    """Ink lines without specks: `ink_lines` of a picture smoothed along its own contours, short pieces left out.

    `sigma` and `least` (the length that a line must have) in units. Fur and gravel give no lines, outlines do.
    """
    shrink = max(int(unit / 0.7), 1)
    size = (max(gray.shape[1] // shrink, 16), max(gray.shape[0] // shrink, 16))
    small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.float32)
    scale = unit * size[0] / gray.shape[1]
    flow = flow_field(small, max(6 * scale, 1.5))
    smooth = along_flow(blurred(small, max(1.6 * scale, 0.6)), flow, 7, max(1.4 * scale, 1.0))
    lines = ink_lines(smooth, max(sigma * scale, 0.7), sharpness, 0.012, 16.0)
    lines = along_flow(lines, flow, 4, 1.0)
    inked = (lines < 0.55).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    long_enough = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least * scale
    long_enough[0] = False
    kept = cv2.dilate(long_enough[labels].astype(np.uint8), np.ones((3, 3), np.uint8)) if count > 1 else inked
    drawn = np.where(kept > 0, lines, np.float32(1)).astype(np.float32)
    if shrink == 1 and drawn.shape == gray.shape:
        return drawn
    large = cv2.resize(drawn, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_CUBIC)
    # Enlarging blurs a line's edge over `shrink` pixels; a steeper ramp draws it firm again.
    return np.asarray(np.clip((large - np.float32(0.5)) * np.float32(1.8) + np.float32(0.5), 0.0, 1.0), np.float32)


def flat_areas(canvas: Canvas, unit: float, spread: float, tolerance: float) -> Canvas:
    """Areas of one colour each: mean shift (Comaniciu and Meer, 2002) within `spread` units and `tolerance` (0..1).

    Done at some 500 pixels a side and enlarged; edges that blurs are drawn firm by a median.
    """
    height, width = canvas.shape[:2]
    shrink = max(unit / 0.5, 1.0)
    size = (max(round(width / shrink), 16), max(round(height / shrink), 16))
    small = np.rint(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)
    calm = cv2.bilateralFilter(small, 7, 255 * 0.8 * tolerance, 3)
    shifted = cv2.pyrMeanShiftFiltering(calm, max(spread * unit / shrink, 3.0), 255 * tolerance, maxLevel=1)
    shifted = cv2.medianBlur(shifted, 5)
    if size != (width, height):
        shifted = cv2.resize(shifted, (width, height), interpolation=cv2.INTER_CUBIC)
        if shrink >= 2:
            shifted = cv2.medianBlur(shifted, 5)
    return np.asarray(shifted * np.float32(1 / 255), np.float32)


def flattened(canvas: Canvas, unit: float, passes: int, tolerance: float) -> Canvas:
    """Flat areas with clean edges: bilateral filtering, on a picture no larger than it needs (about 700 pixels
    a side for a wide filter), brought back along the edges of the full-size one."""
    shrink = max(int(unit / 0.8), 1)
    height, width = canvas.shape[:2]
    size = (max(width // shrink, 1), max(height // shrink, 1))
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    for _ in range(passes):
        small = cv2.bilateralFilter(small, 9, tolerance, max(4.0 * unit / shrink, 1.5))
    if shrink == 1:
        return np.ascontiguousarray(small, dtype=np.float32)
    return _joint_upsampled(np.asarray(small, np.float32), canvas, shrink)


def _joint_upsampled(small: Canvas, full: Canvas, shrink: int) -> Canvas:
    """`small` at the size of `full`, crisp where `full` has an edge: a guided filter's lines a·luma + b."""
    height, width = full.shape[:2]
    guide = cv2.cvtColor(full, cv2.COLOR_RGB2GRAY)
    guide_small = cv2.resize(guide, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_AREA)
    mean_guide = cv2.blur(guide_small, (5, 5))
    variance = cv2.blur(guide_small * guide_small, (5, 5)) - mean_guide**2
    planes = []
    for channel in cv2.split(small):
        mean = cv2.blur(channel, (5, 5))
        slope = (cv2.blur(guide_small * channel, (5, 5)) - mean_guide * mean) / (np.maximum(variance, 0) + 4e-4)
        offset = mean - slope * mean_guide
        slope = cv2.resize(cv2.blur(slope, (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR)
        offset = cv2.resize(cv2.blur(offset, (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR)
        planes.append(slope * guide + offset)
    result: Canvas = np.clip(cv2.merge(planes), 0.0, 1.0)
    return result


def kuwahara(canvas: Canvas, radius: int) -> Canvas:
    """Generalised Kuwahara filter (Papari et al., 2007): of eight soft sectors around a pixel, the calmest win.

    Each sector's mean is weighted by 1 / (1 + (255 s)^8)… with s its deviation over all channels, so edges come out
    crisp and everything between them in dabs of about `radius` pixels.
    """
    offset = np.arange(-radius, radius + 1, dtype=np.float32)
    distance = np.hypot(offset[:, None], offset[None, :])
    angle = np.arctan2(offset[:, None], offset[None, :])
    fall = np.exp(-0.5 * (distance / (0.5 * radius)) ** 2) * (distance <= radius)
    energy = (canvas * canvas).sum(axis=2)
    total = np.zeros_like(canvas)
    weights = np.zeros(canvas.shape[:2], np.float32)
    for sector in range(8):
        turn = np.angle(np.exp(1j * (angle - sector * np.pi / 4)))
        kernel = fall * np.exp(-0.5 * (turn / (np.pi / 8)) ** 2)
        kernel[radius, radius] = fall[radius, radius]
        kernel = (kernel / kernel.sum()).astype(np.float32)
        mean = cv2.filter2D(canvas, -1, kernel, borderType=cv2.BORDER_REFLECT)
        variance = cv2.filter2D(energy, -1, kernel, borderType=cv2.BORDER_REFLECT) - (mean * mean).sum(axis=2)
        calm = 1.0 / (1e-6 + np.maximum(variance, 0.0) ** 2 * 1e4)
        total += mean * calm[:, :, None]
        weights += calm
    result: Canvas = total / weights[:, :, None]
    return result
