"""Noise and what compression leaves: "denoise it strongly", "remove the jpeg artifacts", 降噪50%."""

from __future__ import annotations

from diptych.core.operation import Denoise
from diptych.core.target import Target
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.adjusting import quality_target
from diptych.language.meaning.manner import number_beside
from diptych.language.meaning.talk import Operations, Talk


def denoise(frame: Frame, talk: Talk) -> Operations:
    """ "denoise the sky", "denoise with sigma 25", 强力降噪."""
    target = talk.target(frame.object) or (quality_target(frame, talk) if frame.around else None)
    return [denoised(frame, target)]


def deblock(frame: Frame, talk: Talk) -> Operations:
    """ "deblock it", 去块效应."""
    target = talk.target(frame.object) or (quality_target(frame, talk) if frame.around else None)
    return [decompressed(frame, target)]


def denoised(frame: Frame, target: Target | None) -> Denoise:
    """As much as the clause says: a share, or the noise's sigma ("denoise 25"); else as much as is measured."""
    if number_beside(frame, "sigma") is not None or number_beside(frame, "strength") is not None:
        return Denoise(target=target)  # what stands beside these words is read as the step's manner
    bare = numbers.plain_number(frame.tokens)
    if bare is not None and bare > 1 and numbers.percent(frame.tokens) is None and not frame.says("percent"):
        return Denoise(sigma=bare, target=target)
    return Denoise(strength=frame.said_share, target=target)


def decompressed(frame: Frame, target: Target | None) -> Denoise:
    """The blocks and the ringing of JPEG, by a share where the clause says one."""
    share = frame.said_share if number_beside(frame, "strength") is None else None
    return Denoise(kind="compression", strength=share, target=target)
