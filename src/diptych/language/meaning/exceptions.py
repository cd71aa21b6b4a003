"""What is left as it is: "everything except the man", "keep only the car", 除了女孩以外."""

from __future__ import annotations

from diptych.core.operation import (
    AnyOperation,
    Blur,
    BlurBackground,
    Crop,
    Grayscale,
    Remove,
    RemoveBackground,
    ReplaceBackground,
    Targeted,
)  # fmt: skip
from diptych.core.target import Relation, Target
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.changing import says_only
from diptych.language.meaning.qualities import background_blur
from diptych.language.meaning.talk import Operations, Talk


def keep(frame: Frame, talk: Talk) -> Operations:
    """ "keep only the man": the background goes. "keep the rest unchanged" is how every edit works anyway."""
    if isinstance(talk.last, Remove | RemoveBackground | Crop) or not frame.object.content or frame.object.is_whole:
        return []
    if frame.object.has("quality") and set(frame.object.names("thing")) <= {"color"}:
        return []
    if frame.says("in_color"):
        kept = talk.target(frame.object) or frame.object.target()
        return [Grayscale(target=kept.model_copy(update={"invert": True}))]
    if frame.verb_is("keeps_only") or says_only(frame):
        return [RemoveBackground(target=talk.target(frame.object))]
    if not frame.object.has("all") and not frame.qualities:
        spared = talk.target(frame.object)
        if spared is not None and spared.noun and spared.noun not in lexicon().cues["everything_else"]:
            talk.operations = [_sparing(operation, spared, frame) for operation in talk.operations]
    return []


def except_for(operations: Operations, frame: Frame, talk: Talk) -> Operations:
    """ "everything except the balloon": steps about the whole are bound to all but it."""
    phrase = frame.led_by(*lexicon().cues["except"])
    spared = talk.target(phrase) if phrase.content else None
    return operations if spared is None else [_sparing(operation, spared, frame) for operation in operations]


def _sparing(operation: AnyOperation, spared: Target, frame: Frame) -> AnyOperation:
    """The step bound to everything but `spared`, where it is about everything."""
    target: Target | None = getattr(operation, "target", None)
    of_whole = target is None or target.noun in ("everything", "")
    if isinstance(operation, Remove):
        if target is None or of_whole or target.noun == "background":
            return RemoveBackground(target=spared)
        exception = Relation(kind="except", anchor=spared.model_copy(update={"relation": None}))
        most = target.model_copy(update={"relation": exception, "quantifier": "all"})
        return operation.model_copy(update={"target": most})
    if isinstance(operation, RemoveBackground | ReplaceBackground | BlurBackground):
        return operation.model_copy(update={"target": spared})
    if isinstance(operation, Blur) and of_whole:
        return BlurBackground(strength=background_blur(frame), target=spared)
    if isinstance(operation, Targeted) and of_whole:
        return operation.model_copy(update={"target": spared.model_copy(update={"invert": True})})
    return operation
