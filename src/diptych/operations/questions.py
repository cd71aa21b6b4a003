"""Questions about a picture, and wishes with nothing definite in them."""

from __future__ import annotations

from diptych.core.errors import Bilingual, NotUnderstood, Unsupported, shorten
from diptych.core.operation import Ask, Count, Describe, Vague
from diptych.core.picture import Picture
from diptych.core.ports import Reader
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Answer, Context
from diptych.operations.grounding import candidates


def describe(picture: Picture, operation: Describe, region: Region | None, context: Context) -> Answer:
    """What the picture shows; with a region, what lies in its box."""
    reader = _reader(context, Bilingual("Describing a picture", "描述图片"))
    if region is not None:
        x0, y0, x1, y1 = region.box
        picture = picture.with_pixels(picture.pixels[y0:y1, x0:x1].copy())
    regions = () if region is None else (region,)
    return Answer(reader.describe(picture, context.language), regions, reader.name)


def ask(picture: Picture, operation: Ask, region: Region | None, context: Context) -> Answer:
    """The answer to a question in words."""
    reader = _reader(
        context, Bilingual(f"Answering “{shorten(operation.question)}”", f"回答“{shorten(operation.question)}”")
    )
    return Answer(reader.answer(picture, operation.question, context.language), (), reader.name)


def count(picture: Picture, operation: Count, region: Region | None, context: Context) -> Answer:
    """How many there are of the target; the regions are they, from the left. None found is an answer: 0."""
    target = operation.target or Target(noun="subject")
    # Asking for all of them keeps a grounder from stopping at the best one.
    found = candidates(picture, target.model_copy(update={"quantifier": target.quantifier or "all"}), context)
    words = shorten(target.describe())
    sentence = Bilingual(f"I count {len(found)}: {words}.", f"数到 {len(found)} 个：{words}。")
    engine = context.grounder.name if context.grounder else "diptych"
    return Answer(sentence.zh if context.language == "zh" else sentence.en, tuple(found), engine)


def vague(picture: Picture, operation: Vague, region: Region | None, context: Context) -> Answer:
    """Always raises NotUnderstood, which asks back."""
    words = shorten(operation.words or "?")
    raise NotUnderstood(
        Bilingual(f"“{words}” does not say what should change.", f"“{words}”没有说明要改什么。"),
        Bilingual(
            "What should it be? For example: “auto-enhance it”, “a bit brighter and warmer”, "
            "“make it look like an oil painting”, “blur the background”.",
            "想要什么效果？例如：“自动增强”“稍微调亮、调暖一点”“变成油画风格”“把背景虚化”。",
        ),
        words=[operation.words] if operation.words else [],
    )


def _reader(context: Context, wish: Bilingual) -> Reader:
    if context.reader is not None:
        return context.reader
    raise Unsupported(
        Bilingual(
            f"{wish.en} needs an engine that reads pictures, and none is present.",
            f"{wish.zh}需要能读懂图片的引擎，目前没有。",
        ),
        Bilingual(
            "Pass a reader: Studio(reader=…). Counting works without one: “how many dogs are there?”.",
            "请提供 reader：Studio(reader=…)。数数和定位不需要它，例如“图里有几只狗？”。",
        ),
    )
