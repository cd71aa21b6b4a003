"""What several clauses come to together: repeats dropped, what people say in two breaths joined into one step.

"remove the background and add a beach" is one new background; 裁剪一下，裁成方的 is one crop.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from itertools import zip_longest

from diptych.core.operation import (
    Add,
    AddText,
    AnyOperation,
    Border,
    Caption,
    Combine,
    Crop,
    Grayscale,
    Length,
    Move,
    Remove,
    RemoveBackground,
    RemoveText,
    Replace,
    ReplaceBackground,
    Resize,
    Restore,
    Restyle,
    Scale,
    Sharpness,
    Targeted,
    Upscale,
    Vague,
    Watermark,
)  # fmt: skip
from diptych.language.lexicon import Sense, lexicon
from diptych.language.meaning.lettering import LARGE_TEXT, SMALL_TEXT
from diptych.language.meaning.manner import is_enlarging
from diptych.language.numbers import USUAL_SHARE

_TONES = frozenset({"brightness", "contrast", "saturation", "sharpness", "warmth"})


def settle(operations: Sequence[AnyOperation]) -> list[AnyOperation]:
    """The steps of a whole instruction, in order."""
    steps: list[AnyOperation] = []
    for operation in operations:
        joined = _join(steps[-1], operation) if steps else None
        removed = next((at for at, step in enumerate(steps) if isinstance(step, RemoveBackground)), None)
        if joined is not None:
            steps[-1] = joined
        elif isinstance(operation, ReplaceBackground) and removed is not None:
            steps[removed] = operation
        elif operation not in steps:
            steps.append(operation)
    return _definite(_enlarged_clearly(steps))


def _enlarged_clearly(steps: Sequence[AnyOperation]) -> list[AnyOperation]:
    """ "sharper and twice as large", in either order: enlarged by the network that makes it sharper, then sharpened."""
    made = list(steps)
    for at, (one, other) in enumerate(itertools.pairwise(steps)):
        sized, sharp = (one, other) if isinstance(one, Resize) else (other, one)
        sharper = isinstance(sharp, Sharpness) and sharp.target is None and (sharp.amount or 0.0) > 0
        if sharper and isinstance(sized, Resize) and is_enlarging(sized):
            made[at : at + 2] = [Upscale(factor=sized.factor or 0.0), sharp]
    return made


def _definite(steps: list[AnyOperation]) -> list[AnyOperation]:
    """The steps that say what to do. Vague ones stay only where there is nothing else.

    Free words for a look ("make it look like he is flying") beside definite steps only say what those are for.
    """
    definite = [
        step
        for step, after in zip_longest(steps, steps[1:])
        if not isinstance(step, Vague) or (_is_filter(step) and not (after is not None and after.op in _TONES))
    ]
    definite = definite or steps[:1]
    named = [step for step in definite if not isinstance(step, Restyle) or _is_named_style(step.style)]
    return named or definite


def _is_filter(step: Vague) -> bool:
    """ "add a filter" is a wish of its own, though not a definite one; a tone right after it explains it."""
    return any(word in step.words for word in lexicon().cues["filter_inside"])


def _is_named_style(style: str) -> bool:
    known = lexicon()
    return style in known.cues["plain_style"] or Sense("style", style) in known.english.get(style, ())


# ---- two steps that are one --------------------------------------------------------------------------------


def _join(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """One operation for two that people say in two breaths; None when they stay two."""
    return next((joined for join in _JOINS if (joined := join(last, new)) is not None), None)


def _crop_defined(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "crop it, make it square"; "zoom in, on his face"; "zoom in and center the car"."""
    if not isinstance(last, Crop):
        return None
    only_closer = last.target is None and last.zoom is not None
    if isinstance(new, Crop) and (last == Crop() or (new.zoom and only_closer and last.aspect is None)):
        return new
    if isinstance(new, Move) and new.place == "center" and only_closer:
        return last.model_copy(update={"target": new.target})
    return None


def _text_given(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "add a watermark that … write 'Ann'"."""
    if isinstance(last, Caption | Watermark) and isinstance(new, AddText) and new.text and not last.text:
        return last.model_copy(update={"text": new.text})
    return None


def _background_defined(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "change the background, make it blue"; "remove the background and put a beach there"."""
    if isinstance(last, ReplaceBackground) and isinstance(new, ReplaceBackground) and _is_open(last):
        return new if new.target is not None else new.model_copy(update={"target": last.target})
    if not isinstance(last, RemoveBackground):
        return None
    if isinstance(new, RemoveBackground) and None in (last.target, new.target):
        return last if last.target is not None else new
    if isinstance(new, Add) and _is_in_background(new):
        return ReplaceBackground(scene=new.thing, target=last.target)
    return None


def _tone_said_twice(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "it's too dark, brighten it a lot": the one that says how much is kept."""
    if type(last) is not type(new) or not isinstance(last, Targeted) or last.op not in _TONES:
        return None
    first, second = getattr(last, "amount", None), getattr(new, "amount", None)
    if first is None or second is None or (first > 0) != (second > 0):
        return None
    if last.target != getattr(new, "target", None):
        return None
    return new if first == USUAL_SHARE else last


def _removed_for_another(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "remove the pole and put a tree in its place"; "cut out the dog and put it on the moon"."""
    if isinstance(last, Remove) and isinstance(new, Replace) and new.target is None:
        return new.model_copy(update={"target": last.target})
    if isinstance(last, RemoveBackground | Crop) and isinstance(new, Combine) and last.target is not None:
        return new.model_copy(update={"target": last.target.model_copy(update={"invert": False})})
    return None


def _text_placed(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "add the text 'Sale', centered"; 加文字“特价”，居中."""
    if isinstance(last, AddText | Watermark) and isinstance(new, Move) and new.target is None and new.place:
        return last.model_copy(update={"place": new.place})
    return None


def _text_sized(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """写“早上好”，红色大字: the size and the colour are the new text's."""
    if not isinstance(last, AddText) or not isinstance(new, Scale) or new.target is None or new.target.noun != "text":
        return None
    size = last.size or Length(share=LARGE_TEXT if new.factor > 1 else SMALL_TEXT)
    return last.model_copy(update={"size": size, "color": last.color or new.target.color})


def _border_measured(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """加红色边框，宽30像素: the width is the border's."""
    if not isinstance(last, Add) or last.thing.noun != "border" or not isinstance(new, Resize):
        return None
    pixels = new.width or new.longest
    if pixels is None or new.height:
        return None
    return Border(color=last.thing.color or "#ffffff", width=Length(pixels=pixels))


def _gap_filled(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "remove the man and fill in the background": what goes is filled from around it anyway."""
    gone = isinstance(last, Remove | Move | Scale | RemoveText)
    target = new.target if isinstance(new, Restore) else None
    return last if gone and target is not None and target.noun in lexicon().cues["gap"] else None


def _scratches_gone(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "restore the photo and remove the scratches", in either order, is one restoration."""
    whole, other = (last, new) if isinstance(last, Restore) and not _only_scratches(last) else (new, last)
    if not isinstance(whole, Restore) or whole.target is not None:
        return None
    if isinstance(other, Remove | Restore) and _only_scratches(other):
        return whole.model_copy(update={"scratches": True, "fill": other.fill})
    return None


def _only_scratches(step: Remove | Restore) -> bool:
    """It takes all scratches away and does nothing else."""
    if isinstance(step, Restore):
        return step.scratches and step.strength == 0.0
    target = step.target
    said_where = target is not None and (target.place or target.relation or target.ordinal or target.color)
    return target is not None and target.noun in lexicon().cues["scratched"] and not said_where


def _color_kept(last: AnyOperation, new: AnyOperation) -> AnyOperation | None:
    """ "keep only the red, the rest black and white": grey but for the red, in either order."""
    kept, gray = (last, new) if isinstance(new, Grayscale) else (new, last)
    if not isinstance(kept, RemoveBackground) or not isinstance(gray, Grayscale) or gray.target is not None:
        return None
    if kept.target is None or kept.target.color is None:
        return None
    return Grayscale(target=kept.target.model_copy(update={"invert": True}))


_JOINS: tuple[Callable[[AnyOperation, AnyOperation], AnyOperation | None], ...] = (
    _crop_defined,
    _text_given,
    _background_defined,
    _tone_said_twice,
    _removed_for_another,
    _text_placed,
    _text_sized,
    _border_measured,
    _color_kept,
    _scratches_gone,
    _gap_filled,
)


def _is_in_background(operation: Add) -> bool:
    return operation.place == "background" or (operation.target is not None and operation.target.noun == "background")


def _is_open(operation: ReplaceBackground) -> bool:
    """It doesn't say yet what the new background is."""
    return operation == ReplaceBackground(target=operation.target)
