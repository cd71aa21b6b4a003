"""What something is made: "brighter", "black and white", "square", 更暖一点, 不那么黄; the same after 让 and "make"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diptych.core.operation import (
    AnyOperation,
    Border,
    Brightness,
    Grain,
    Grayscale,
    Invert,
    Remove,
    RemoveBackground,
    Resize,
    Restyle,
    Sepia,
    Straighten,
    Vignette,
)  # fmt: skip
from diptych.core.target import Target
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.cropping import shaped
from diptych.language.meaning.qualities import (
    USUAL_VIGNETTE,
    Way,
    direction_of_leaning,
    leaned,
    leaning,
    shifted,
    ways,
)  # fmt: skip
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.meaning.turning import is_turn, rotated
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token


def predicated(what: Phrase, target: Target | None, frame: Frame) -> Operations:
    """The operations that make `target` (None: the picture) what the phrase says, part by part; often none."""
    made: Operations = []
    for part in predicates(what):
        made += [operation for operation in _made(part, target, frame) if operation not in made]
    return made


def predicates(what: Phrase) -> list[Phrase]:
    """ "warmer, less yellow and a bit brighter" → three; each keeps its own more, less and amount."""
    parts: list[list[Token]] = [[]]
    for token in what.tokens:
        if token.surface == "mark" or (token.has("coordinator") and not token.has("verb", "more", "less")):
            parts.append([])
        else:
            parts[-1].append(token)
    carried: list[Token] = []
    phrases = []
    for part in filter(None, parts):
        comparing = [token for token in part if token.says("bare_comparison")]
        shared = carried if not comparing and not any(_compares(token) for token in part) else []
        carried = comparing or carried
        phrases.append(Phrase((*shared, *part)))
    return phrases or [what]


def _compares(token: Token) -> bool:
    """ "brighter" carries its own comparison, so "more" before it goes no further."""
    return token.text.endswith("er") and token.has("more", "less", "amount", "determiner")


def _made(what: Phrase, target: Target | None, frame: Frame) -> Operations:
    """The operations of one predicate. Its own amount, where it has one, goes before the clause's."""
    if what.has("amount") or what.has_number:
        frame = replace(frame, tokens=what.tokens)
    made = [
        *_qualities(ways(what), target, frame),
        *_leanings(what, target, frame),
    ]
    made += _filters(what, target, frame, bool(made))
    made += _positions(what, target, frame)
    if what.style is not None and not made:
        made.append(Restyle(style=what.style, target=target))
    crop = shaped(what)
    if crop is not None and crop.aspect and target is None and frame.says("padded"):
        made = [Border(aspect=crop.aspect, color=frame.all.color or "#ffffff")]
    elif crop is not None and target is None and not made:
        made.append(Resize(width=crop.width, height=crop.height) if crop.width else crop)
    return made


def _qualities(found: Sequence[Way], target: Target | None, frame: Frame) -> Operations:
    made: Operations = []
    for quality, way in found:
        if quality == "smoothness" and target is None:
            continue
        if quality == "opacity" and (target is None or target.noun in lexicon().cues["all_around"]):
            made.append(RemoveBackground())
        else:
            made += shifted([(quality, way)], frame, target)
    return made


_DARKNESS = {"#000000": 1, "#ffffff": -1}
"""Which way the light goes when something is complained of as too black, too white."""


def _leanings(what: Phrase, target: Target | None, frame: Frame) -> Operations:
    """Towards or away from a colour: "bluer", 别那么黄, "more red"."""
    leanings = what.names("leaning")
    if what.has("statement") and what.only_color and what.color in _DARKNESS:
        # 脸太黑了 is about light, not about dye.
        return [Brightness(amount=_DARKNESS[what.color] * frame.share(), target=target)]
    if leanings:
        return [leaned(lexicon().colors[leanings[0]], direction_of_leaning(what), frame.share(), target)]
    if ways(what) or not what.only_color or not what.has("comparison", "amount", "statement"):
        return []
    operation = leaning(what, frame.share(), target)
    return [operation] if operation is not None else []


def _filters(what: Phrase, target: Target | None, frame: Frame, has_more: bool) -> Operations:
    """States that are operations of their own. Grain and a vignette only count where nothing else was said."""
    verbs = what.verbs
    made: list[AnyOperation] = []
    if "grayscale" in verbs:
        made.append(Grayscale(target=target))
    if "sepia" in verbs:
        made.append(Sepia(target=target))
    if "invert" in verbs:
        made.append(Invert(target=target))
    if "vignette" in verbs or ("vignette" in what.qualities and not made and not has_more):
        made.append(Vignette(amount=frame.share_or(USUAL_VIGNETTE)))
    if "grain" in verbs and not made and not has_more:
        made.append(Grain(strength=frame.share()))
    if what.says("is_gone") and target is not None:
        made.append(RemoveBackground() if target.noun == "background" else Remove(target=target))
    return made


def _positions(what: Phrase, target: Target | None, frame: Frame) -> Operations:
    """ "upright", "straight", 转90度."""
    made: list[AnyOperation] = []
    turned = replace(frame, tokens=what.tokens, object=Phrase())
    if what.has("turned") and is_turn(turned):
        made.append(rotated(turned, Talk("")).model_copy(update={"target": target}))
    if "straighten" in what.verbs:
        made.append(Straighten(target=target))
    return made
