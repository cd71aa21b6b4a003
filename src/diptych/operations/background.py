"""Operations on what lies behind the subject: take it away, put something else there, blur it.

The region that comes with them is what is *kept*. Without one, the main subject is looked for.
"""

from __future__ import annotations

import numpy as np

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported, shorten
from diptych.core.operation import BlurBackground, RemoveBackground, ReplaceBackground
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target, Thing
from diptych.operations import scenes
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.cutout import foreground, over, soft_edge
from diptych.operations.grounding import ground
from diptych.operations.lens_blur import lens_blur_around
from diptych.operations.resampling import resize_pixels

_BLUR_RADIUS = 0.05
"""Radius of the lens's disc at full strength, as a share of the picture's shorter side."""


def remove_background(picture: Picture, operation: RemoveBackground, region: Region | None, context: Context) -> Change:
    """RGBA: the subject in its own colours up to its soft edge, everything else transparent."""
    kept = kept_subject(picture, region, context)
    return Change(subject_alone(picture, kept), behind(kept), "cut-out, Blur Fusion edges")


def replace_background(
    picture: Picture, operation: ReplaceBackground, region: Region | None, context: Context
) -> Change:
    """The subject over a colour, a gradient, a picture file (scaled to cover the frame) or a scene that has a formula.

    Raises Unsupported for any other scene (a generative painter may do it), InvalidPlan when nothing is said.
    """
    back, engine, seeded = _backdrop(picture, operation, context)
    kept = kept_subject(picture, region, context)
    pixels = over(subject_alone(picture, kept), back)
    return Change(pixels, behind(kept), engine, seeded)


def blur_background(picture: Picture, operation: BlurBackground, region: Region | None, context: Context) -> Change:
    """As a lens with a wide aperture would: the subject sharp, what lies behind it spread into discs.

    The subject is left out of the blur (a normalised convolution), so it does not glow into its background.
    """
    kept = kept_subject(picture, region, context)
    alpha = soft_edge(kept.mask)
    radius = max(1.0, operation.strength * _BLUR_RADIUS * min(picture.width, picture.height))
    rgb = np.ascontiguousarray(picture.rgb)
    own = foreground(rgb, alpha)
    pixels = over(_with_alpha(own, alpha), lens_blur_around(rgb, own, alpha, radius))
    if picture.alpha is not None:
        pixels = np.dstack([pixels, picture.alpha])
    return Change(pixels, behind(kept), "lens blur")


def kept_subject(picture: Picture, region: Region | None, context: Context) -> Region:
    """The region that was given, else the main subject. Raises TargetNotFound or Unsupported where there is none."""
    if region is not None:
        return region
    found, _ = ground(picture, Target(noun="subject"), context)
    return found


def subject_alone(picture: Picture, kept: Region) -> Pixels:
    """H×W×4: what the region shows, transparent around it."""
    alpha = soft_edge(kept.mask)
    color = foreground(np.ascontiguousarray(picture.rgb), alpha)
    if picture.alpha is not None:
        alpha = alpha * (picture.alpha.astype(np.float32) / 255.0)
    return _with_alpha(color, alpha)


def cover(pixels: Pixels, width: int, height: int) -> Pixels:
    """Scaled to cover width × height and cut to it about the middle; RGB."""
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    large = resize_pixels(
        pixels, max(round(pixels.shape[1] * scale), width), max(round(pixels.shape[0] * scale), height)
    )
    x, y = (large.shape[1] - width) // 2, (large.shape[0] - height) // 2
    view = large[y : y + height, x : x + width]
    if view.shape[2] == 4:
        return over(view, np.full((height, width, 3), 255, np.uint8))
    return np.ascontiguousarray(view)


def scene_pixels(scene: Thing, width: int, height: int, context: Context) -> Pixels:
    """A computed scene. Raises Unsupported that lists the scenes there are."""
    if scenes.can_paint(scene):
        return scenes.paint(scene, width, height, context.rng())
    known = ", ".join(scenes.scenes())
    raise Unsupported(
        Bilingual(
            f"Nothing installed can paint “{shorten(scene.describe())}” as a background: "
            "that takes a generative painter.",
            f"没有已安装的引擎能画出“{shorten(scene.describe())}”作为背景，这需要生成式绘图引擎。",
        ),
        Bilingual(
            f"Without one there are colours, gradients, picture files in quotes, and these scenes: {known}. "
            "A painter is attached with --painter MODEL.",
            f"没有绘图引擎时可以用纯色、渐变、加引号的图片文件，以及这些场景：{known}。"
            "用 --painter 模型 可接入绘图引擎。",
        ),
    )


def _backdrop(picture: Picture, operation: ReplaceBackground, context: Context) -> tuple[Pixels, str, bool]:
    """(H×W×3 pixels, engine, whether the seed matters)"""
    width, height = picture.width, picture.height
    if operation.picture is not None:
        other = Picture.open(context.folder / operation.picture)
        return cover(other.pixels, width, height), "picture background", False
    if operation.gradient is not None:
        top, bottom = operation.gradient
        return scenes.gradient(((0.0, top), (1.0, bottom)), width, height), "gradient background", False
    if operation.color is not None and operation.scene is None:
        return scenes.plain(operation.color, width, height), "plain background", False
    if operation.scene is not None:
        scene = operation.scene
        if operation.color is not None and scene.color is None:
            scene = scene.model_copy(update={"color": operation.color})
        return scene_pixels(scene, width, height, context), f"procedural {scene.noun or 'background'}", True
    raise InvalidPlan(
        Bilingual("The new background isn't said.", "没有说明换成什么背景。"),
        Bilingual(
            "Say what comes behind: 'make the background white', 'a sunset background', 'use \"beach.jpg\"'.",
            "请说明换成什么，例如“把背景换成白色”、“换成日落背景”、“换成‘beach.jpg’”。",
        ),
    )


def _with_alpha(color: Pixels, alpha: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    return np.dstack([color, np.rint(alpha * 255.0).astype(np.uint8)])


def behind(kept: Region) -> Region:
    """Where something else than the subject shows, even a little: composited already, so taken as it is."""
    return Region((soft_edge(kept.mask) < 1.0).astype(np.float32), "background", kept.score)
