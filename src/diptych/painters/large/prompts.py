"""Steps of a plan as what large models are told, in plain English: such models were trained on captions and on orders,
not on plans. What the plan has from the user in words of his own is passed on as it is.
"""

from __future__ import annotations

from diptych.core.errors import Bilingual, Unsupported, shorten
from diptych.core.operation import Add, Combine, Draw, Extend, Operation, Remove, Replace, ReplaceBackground, Restyle
from diptych.core.operation import Upscale as Enlarge
from diptych.core.target import Relation, Target, Thing
from diptych.painters.large.table import READS_CHINESE, Verb, Way
from diptych.world.sprites import color_name

_EMPTY = "empty background, nothing there"
"""What takes the place of a thing: models that fill holes put something in unless they are told what is there."""

_OF_SOMEBODY = frozenset(["him", "her", "them", "it", "me", "us", "he", "she", "they", "the", "his", "their", "its"])
"""Beginnings of a wish that says what becomes of somebody ("him smile"), not what it is to look like."""


def prompt(operation: Operation, way: Way) -> str:
    """What the model is told for `operation`. Raises Unsupported for Chinese words and a model that reads English."""
    words = _instruction(operation) if way.verb == "instruct" else _caption(operation, way.verb)
    check_language(words, way)
    return words


def check_language(words: str, way: Way) -> None:
    """Raises Unsupported for Chinese words and a model that reads English."""
    if has_chinese(words) and not way.pipeline.startswith(READS_CHINESE):
        raise Unsupported(
            Bilingual(f"{way.pipeline} reads English only, and “{shorten(words)}” is Chinese.",
                      f"{way.pipeline} 只懂英文，而“{shorten(words)}”是中文。"),
            Bilingual("Say it in English, or give a model that reads Chinese: Qwen-Image or Z-Image.",
                      "请用英文说，或使用懂中文的模型：Qwen-Image 或 Z-Image。"),
        )  # fmt: skip


def has_chinese(words: str) -> bool:
    return any("\u3400" <= character <= "\u9fff" for character in words)


def _caption(operation: Operation, verb: Verb) -> str:
    """What the new pixels show."""
    if isinstance(operation, Draw | Enlarge):
        return operation.words
    if isinstance(operation, Restyle):
        return f"{operation.style} style" if verb == "restyle" else operation.style
    if isinstance(operation, Add | Replace) and operation.thing is not None:
        return thing_in_words(operation.thing)
    if isinstance(operation, ReplaceBackground | Combine):
        return _scene(operation)
    return "" if isinstance(operation, Extend) else _EMPTY


def _instruction(operation: Operation) -> str:
    """What is to be done to the picture."""
    if isinstance(operation, Restyle):
        first = operation.style.partition(" ")[0]
        return f"make {operation.style}" if first in _OF_SOMEBODY else f"turn it into {operation.style} style"
    if isinstance(operation, Remove):
        return f"remove the {_target(operation.target)}"
    if isinstance(operation, Replace) and operation.thing is not None:
        return f"replace the {_target(operation.target)} with {thing_in_words(operation.thing)}"
    if isinstance(operation, Add):
        beside = f" on the {_target(operation.target)}" if operation.target and not operation.thing.relation else ""
        return f"add {thing_in_words(operation.thing)}{beside}"
    assert isinstance(operation, ReplaceBackground | Combine)
    return f"change the background to {_scene(operation)}"


def _scene(operation: ReplaceBackground | Combine) -> str:
    scene = operation.scene
    assert scene is not None
    color = operation.color if isinstance(operation, ReplaceBackground) else None
    return thing_in_words(scene if color is None or scene.color else scene.model_copy(update={"color": color}))


def thing_in_words(thing: Thing) -> str:
    """A noun phrase with its article or number, colours by their names: "a big red truck on the road"."""
    words = [*thing.attributes, *([color_name(thing.color)] if thing.color else []), thing.noun]
    phrase = " ".join(words)
    if has_chinese(phrase):
        return phrase
    if thing.count is not None and thing.count > 1:
        phrase = f"{thing.count} {phrase}"
    else:
        phrase = f"{'an' if phrase[:1] in 'aeiou' else 'a'} {phrase}"
    return f"{phrase} {_relation(thing.relation)}" if thing.relation else phrase


def _relation(relation: Relation) -> str:
    return f"{relation.kind} the {_target(relation.anchor)}"


def _target(target: Target | None) -> str:
    if target is None or not target.noun:
        return "picture" if target is None or not target.place else f"{target.place} of the picture"
    words = [*target.attributes, *([color_name(target.color)] if target.color else []), target.noun]
    place = f" on the {target.place}" if target.place else ""
    return " ".join(words) + place
