"""How a step is to be done: faithfully, with which fill, against how much noise.

It is said with the wish ("upscale it 3x without adding detail"), or in a clause of its own beside it (降噪，标准差25).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diptych.core.operation import AnyOperation, Denoise, Resize, Upscale
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.talk import Operations, Talk

MANNERS = ("faithful", "lossless", "classical", "measure")
"""Tables of words.toml that say how."""
_MOST_ENLARGED = 8.0
_NEAR = 2
"""How many words may stand between "sigma" and its number ("sigma of 25", 标准差设为25)."""


def manner(frame: Frame) -> dict[str, Any]:
    """What the clause says of how: values by the names of the fields that they go to."""
    said: dict[str, Any] = {}
    if frame.says("classical"):
        said["fill"] = "classical"
    if frame.says("faithful"):
        said["faithful"] = True
    if frame.says("lossless"):
        said["lossless"] = True
    sigma = number_beside(frame, "sigma")
    strength = number_beside(frame, "strength")
    if sigma is not None:
        said["sigma"] = sigma
    elif strength is not None:
        said["strength"] = strength
    return said


def number_beside(frame: Frame, cue: str) -> float | None:
    """The number that stands beside a word of that table of cues.toml; percentages as shares."""
    for at, token in enumerate(frame.tokens):
        if not numbers.is_plain_number(token):
            continue
        beside = (*frame.tokens[max(at - 1 - _NEAR, 0) : at], *frame.tokens[at + 1 : at + 2])
        if any(other.says(cue) for other in beside):
            share = numbers.percent((token,))
            return share if share is not None else numbers.plain_number((token,))
    return None


def mannered(operations: Operations, said: Mapping[str, Any]) -> Operations:
    """The operations, done as it is said; each takes what it has a field for."""
    return [_done(operation, said) for operation in operations]


def is_manner(frame: Frame) -> bool:
    """The clause says how, and nothing else."""
    return not frame.senses and not frame.all.content and bool(manner(frame))


def add_manner(frame: Frame, talk: Talk) -> None:
    """The last step that can be done so is; where there is none yet, the next ones are."""
    said = manner(frame)
    for at in range(len(talk.operations) - 1, -1, -1):
        done = _done(talk.operations[at], said)
        if done != talk.operations[at]:
            talk.operations[at] = done
            return
    talk.manner = {**talk.manner, **said}


def _done(operation: AnyOperation, said: Mapping[str, Any]) -> AnyOperation:
    if isinstance(operation, Resize) and is_enlarging(operation) and ("faithful" in said or "lossless" in said):
        return Upscale(factor=operation.factor or 0.0, faithful="faithful" in said)
    fields = type(operation).model_fields
    taken = {name: value for name, value in said.items() if name in fields}
    if isinstance(operation, Denoise) and operation.kind == "noise" and taken.get("strength", 0.0) > 1:
        taken["sigma"] = taken.pop("strength")  # "noise of strength 25" is told in levels
    if "sigma" in taken and isinstance(operation, Denoise):
        taken["strength"] = None
    if taken.get("strength") is not None and taken["strength"] > 1:
        taken["strength"] /= 100
    return operation if not taken else type(operation).model_validate({**dict(operation), **taken})


def is_enlarging(operation: Resize) -> bool:
    """The whole picture becomes so many times larger as a network can make it."""
    return operation.factor is not None and 1.0 < operation.factor <= _MOST_ENLARGED
