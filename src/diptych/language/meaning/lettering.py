"""Lettering: texts to write, watermarks and captions; the words are quoted or follow "says", 写上."""

from __future__ import annotations

import re
from dataclasses import replace

from diptych.core.operation import AddText, Caption, Length, ReplaceText, Watermark
from diptych.core.target import Place, Target
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.files import picture_file
from diptych.language.meaning.places import any_place, whereabouts
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

_SIDE_OF_ANCHOR: tuple[tuple[str, Place], ...] = (
    ("above", "top"), ("over", "top"), ("below", "bottom"), ("under", "bottom"),
)  # fmt: skip
LARGE_TEXT, SMALL_TEXT = 0.13, 0.05
"""Shares of the picture's shorter side; a text is 0.085 unless it is said to be large or small."""
_WATERMARK_OPACITY = 0.5


def write(frame: Frame, talk: Talk) -> Operations:
    """ "write 'Hello' at the top", 在左下角写上“你好”; several quotations make several texts."""
    parts = frame.object.parts
    if parts and all(part.quote for part in parts):
        return [own_lettering(part, frame, talk) for part in parts]
    quotes = frame.object.quotes
    if len(quotes) > 1 and frame.object.has("coordinator"):
        first = lettering(frame.object, frame, talk)
        return [first.model_copy(update={"text": quote}) for quote in quotes]
    old = frame.led_by("where", "over", "instead of")
    is_named = old.content and (old.quotes or not any(token.senses for token in old.content))
    if is_named and frame.all.has_word("where"):
        new = frame.object.quote or frame.object.text
        return [ReplaceText(target=Target(noun="text", text=old.quote or old.text), text=new)]
    return [lettering(frame.object, frame, talk)]


def lettering(part: Phrase, frame: Frame, talk: Talk) -> AddText:
    """AddText with the text that was quoted, or that follows "the words", "says", 文字."""
    # "in big yellow letters" and "saying 'Hi'" are about the text, not about where it goes.
    elsewhere = tuple(pair for pair in frame.around if not pair[1].has("letters") and not pair[1].quotes)
    own = tuple(pair for pair in part.attached if not pair[1].has("letters") and not pair[1].quotes)
    target, place = whereabouts(replace(frame, around=elsewhere), talk, Phrase(part.tokens, own))
    for lead, side in _SIDE_OF_ANCHOR:
        anchor = frame.led_by(lead)
        if anchor.content and not anchor.is_whole:
            target, place = talk.target(anchor), side
    text = _said_text(frame, talk.instruction)
    return AddText(
        text=text,
        place=place,
        color=frame.all.color,
        size=numbers.length(frame.tokens) or _size_named(frame),
        target=target,
    )


def own_lettering(part: Phrase, frame: Frame, talk: Talk) -> AddText:
    """One of several texts, each with its own place: "write 'A' at the top and 'B' at the bottom"."""
    return lettering(part, replace(frame, object=part, tokens=_all_tokens(part), around=part.attached), talk)


def _all_tokens(phrase: Phrase) -> tuple[Token, ...]:
    return (*phrase.tokens, *(token for _, other in phrase.attached for token in _all_tokens(other)))


_STYLING = ("color", "shade", "more", "less", "letters", "amount")


def text_styled(frame: Frame, talk: Talk) -> bool:
    """…，红色，小一点 after a text: its colour and its size. True when that is all that the clause says."""
    last = talk.last
    if not isinstance(last, AddText) or frame.object.names("thing") or frame.object.has("whole"):
        return False
    size = numbers.pixels(frame.tokens) or _size_named(frame)
    rest = [token for token in frame.all.content if not token.says("about_text")]
    plain = all(token.has(*_STYLING) or token.says("larger_text") or token.says("smaller_text") for token in rest)
    if not plain or not (size or frame.all.color or len(rest) < len(frame.all.content)):
        return False
    update = {"size": size or last.size, "color": frame.all.color or last.color}
    talk.operations[-1] = last.model_copy(update=update)
    return True


def _size_named(frame: Frame) -> Length | None:
    """ "big", 小一点, 字号80."""
    number = numbers.plain_number(frame.tokens) if frame.mentions("font_size") else None
    if number:
        return Length(pixels=round(abs(number)))
    if any(token.sense("more") == "size" for token in frame.tokens) or frame.says("larger_text"):
        return Length(share=LARGE_TEXT)
    if any(token.sense("less") == "size" for token in frame.tokens) or frame.says("smaller_text"):
        return Length(share=SMALL_TEXT)
    return None


def watermark(frame: Frame, talk: Talk) -> Operations:
    """ "watermark it with '© Ann'", 平铺水印: bottom right, half transparent, unless said otherwise."""
    picture = picture_file(frame)
    text = _said_text(frame, talk.instruction)
    if any(token.text == text and token.has("verb") for token in frame.tokens):
        text = ""  # 水印去一下 names no text, only another verb
    return [
        Watermark(
            text=None if picture else text or None,
            picture=picture,
            place=any_place(frame) or "bottom right",
            tiled=frame.mentions("tiled"),
            opacity=frame.share(_WATERMARK_OPACITY),
            color=frame.all.color,
        )
    ]


def caption_bar(frame: Frame, talk: Talk) -> Operations:
    """ "add a caption bar that says 'Summer'", 加字幕条: below the picture unless the top is named."""
    side = "top" if any_place(frame) == "top" else "bottom"
    return [Caption(text=_said_text(frame, talk.instruction), side=side)]  # type: ignore[arg-type]


def _said_text(frame: Frame, instruction: str) -> str:
    """What is quoted; else the words after "says", "the words", 写上, as they stand in the instruction."""
    if frame.all.quote:
        return frame.all.quote
    introduces = [token.has("relative") for token in frame.tokens]
    if not any(introduces):
        introduces = [token.has("letters") or token.verbs()[:1] == ["write"] for token in frame.tokens]
    for position, introduced in enumerate(introduces, 1):
        if not introduced:
            continue
        skipped, said = _words_to_write(frame.tokens[position:])
        if said:
            # From the word before, so that "hello" counts, though it is a greeting elsewhere.
            return instruction[frame.tokens[position + skipped - 1].end : said[-1].end].strip(" :：,，“”\"'")
    if (frame.tokens and introduces[-1]) or (frame.tokens and frame.tokens[-1].surface == "mark"):
        rest = re.split(r"[,.;，。；\n]", instruction[frame.tokens[-1].end :])[0]
        return rest.strip(" :：“”\"'")
    return ""


def _words_to_write(tokens: tuple[Token, ...]) -> tuple[int, list[Token]]:
    """(how many tokens only introduce the words, the words up to where the clause says where to write)."""
    start = 0
    while start < len(tokens) and (tokens[start].has("relative", "letters") or tokens[start].says("before_text")):
        start += 1
    said = []
    for token in tokens[start:]:
        if token.has("preposition") and token.says("after_text"):
            break
        said.append(token)
    return start, said


def as_said(tokens: list[Token], instruction: str) -> str:
    """The instruction's own characters from the first of the tokens to the last."""
    return instruction[tokens[0].start : tokens[-1].end].strip()
