"""Instruction → Plan: the embedded Planner, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple

from pydantic import ValidationError

from diptych.core.errors import Bilingual, InvalidPlan, NotUnderstood, shorten
from diptych.core.plan import Plan
from diptych.language import chinese, english
from diptych.language.dialogue import settle
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.senses import act
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.tokens import Token, detect_language, tokenize

_REMEDIES = frozenset(
    {
        *("brightness", "exposure", "contrast", "saturation", "warmth", "tint"),
        *("sharpness", "blur", "denoise", "dehaze", "remove", "resize", "upscale"),
    }
)
"""Steps that put right what people complain of."""
_SHARING = frozenset(
    {
        *("brighten", "darken", "blur", "sharpen", "saturate", "desaturate", "warm", "cool"),
        *("denoise", "dehaze", "pixelate", "grayscale", "sepia", "invert", "remove", "enlarge", "shrink"),
    }
)
"""Verbs that can share one object."""
_WISHED = ("verb", "quality")
_ALIKE, _ALIKE_IN_CHINESE = 0.75, 0.5
"""How alike (difflib's ratio) a known word must be to be proposed; Chinese words are two characters long."""
MAX_CHARACTERS = 2_000
_KANA = re.compile(r"[\u3041-\u30ff]")


class EmbeddedPlanner:
    """The grammar and lexicon of this package as a Planner; no model, no network."""

    name = "grammar"

    def plan(self, instruction: str) -> Plan:
        return compile_instruction(instruction)


def compile_instruction(text: str) -> Plan:
    """The Plan of an instruction, "make it a bit brighter" or 稍微调亮一点.

    Raises NotUnderstood naming the words that aren't known, InvalidPlan for a number out of range.
    """
    return read_instruction(text).plan


class Reading(NamedTuple):
    """What the grammar makes of an instruction.

    plan      of all that it made something of
    unread    the clauses with words that found no place in it
    read      the plan of the other clauses alone
    position  how many steps of `read` stand before the first unread clause
    """

    plan: Plan
    unread: tuple[str, ...] = ()
    read: Plan = Plan()
    position: int = 0


def read_instruction(text: str) -> Reading:
    """As `compile_instruction`, and what was not read. Raises as it does."""
    check_words(text)
    tokens = tokenize(text)
    talk = _heard(text, tokens)
    steps = settle(talk.operations)
    if not steps:
        raise _not_understood(text, tokens)
    if not talk.unread:
        return Reading(Plan(steps=tuple(steps)), (), Plan(steps=tuple(steps)), len(steps))
    sure = [made for made in talk.operations if not any(made is doubtful for doubtful in talk.doubtful)]
    read = Plan(steps=tuple(settle(sure)))
    before = len(settle(sure[: talk.unread[0][1]]))
    return Reading(Plan(steps=tuple(steps)), tuple(words for words, _ in talk.unread), read, before)


def _heard(text: str, tokens: list[Token]) -> Talk:
    """What the clauses ask for, in order: a wish takes the place of the complaint before it."""
    talk = Talk(instruction=text)
    grammar = chinese if detect_language(text) == "zh" else english
    complained = 0
    clauses = list(grammar.clauses(tokens))
    frames = _with_shared_objects([grammar.frame(clause.tokens) for clause in clauses])
    for clause, frame in zip(clauses, frames, strict=True):
        if clause.purpose and any(operation.op != "vague" for operation in talk.operations):
            continue
        made = _understood(frame, talk)
        if clause.purpose and made:
            talk.operations = []
        if complained and any(operation.op in _REMEDIES for operation in made):
            # "too dark, brighten it": the complaint and the wish are one.
            del talk.operations[-complained:]
        complained = len(made) if not frame.verb and frame.all.has("statement") else 0
        if _left_over(frame, made):
            talk.unread.append((frame.text, len(talk.operations)))
            talk.doubtful += made
        talk.heard(made)
    return talk


def _left_over(frame: Frame, made: Operations) -> bool:
    """Whether the clause has words that aren't known and that no operation of it carries on, as a noun or a style."""
    unknown = [token.text for token in frame.tokens if token.surface == "word" and not token.senses]
    if not unknown:
        return False
    carried = Plan(steps=tuple(made)).to_json().lower()
    return any(word not in carried for word in unknown)


def _with_shared_objects(frames: list[Frame]) -> list[Frame]:
    """ "blur and darken the background": a bare verb takes the object of the verb that follows it."""
    shared = list(frames)
    for at in range(len(shared) - 2, -1, -1):
        frame, after = shared[at], shared[at + 1]
        bare = len(frame.tokens) == 1 and frame.senses and frame.senses[0] in _SHARING
        if bare and after.senses and after.senses[0] in _SHARING:
            shared[at] = replace(frame, object=after.object)
    return shared


def _understood(frame: Frame, talk: Talk) -> Operations:
    try:
        return act(frame, talk)
    except (ValidationError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise _out_of_range(frame.text, error) from error


def check_words(text: str) -> None:
    """Raises NotUnderstood for what is no instruction: nothing, no text, kana, too much."""
    if not text.strip():
        raise NotUnderstood(
            Bilingual("The instruction is empty.", "指令是空的。"),
            Bilingual(
                'Say what should change, for example "make it a bit brighter".', "请说出要改什么，例如“稍微调亮一点”。"
            ),
        )
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise NotUnderstood(
            Bilingual("The instruction holds bytes that are no text.", "指令里有不是文字的字节。"),
            Bilingual("Pass it as UTF-8.", "请用 UTF-8 编码。"),
            (shorten(ascii(text)),),
        )
    if _KANA.search("".join(token.text for token in tokenize(text[:MAX_CHARACTERS]) if token.surface != "quote")):
        raise _not_understood(text, [])
    if len(text) > MAX_CHARACTERS:
        raise NotUnderstood(
            Bilingual(
                f"The instruction has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.",
                f"指令有 {len(text)} 个字符，最多读取 {MAX_CHARACTERS} 个。",
            ),
            Bilingual("Split it into several instructions.", "请拆成几条指令。"),
        )


def _out_of_range(words: str, error: Exception) -> InvalidPlan:
    """A number that no picture can be edited by ("zoom in 100000x", "resize to 0x0")."""
    first = error.errors()[0] if isinstance(error, ValidationError) else None
    detail = f"{first['loc'][-1]}: {first['msg']}" if first and first["loc"] else str(error)
    return InvalidPlan(
        Bilingual(
            f"A value in “{shorten(words)}” is out of range ({shorten(detail, 120)}).",
            f"“{shorten(words)}”里的数值超出范围（{shorten(detail, 120)}）。",
        ),
        Bilingual("Use a smaller or plainer number.", "请换一个合理的数值。"),
    )


def _not_understood(text: str, tokens: list[Token]) -> NotUnderstood:
    words = [token.text for token in tokens if token.surface == "word" and not token.senses] or [shorten(text)]
    said = [shorten(word, 30) for word in words[:5]]
    remedy = Bilingual("`diptych ops` lists what can be asked, with examples.", "`diptych ops` 列出可以说的话和例子。")
    near = _nearest(words)
    if near is not None:
        remedy = Bilingual(f"Did you mean “{near}”? {remedy.en}", f"您是想说“{near}”吗？{remedy.zh}")
    return NotUnderstood(
        Bilingual(f"Not understood: “{'”, “'.join(said)}”.", f"没有听懂：“{'”、“'.join(said)}”。"), remedy, words
    )


def _nearest(words: list[str]) -> str | None:
    """The known wish whose word is most like one that was not understood; None when none is near."""
    for known in (lexicon().english, lexicon().chinese):
        wishes = [phrase for phrase, senses in known.items() if senses[0].kind in _WISHED and len(phrase) > 1]
        for word in words:
            alike = [phrase for phrase in wishes if phrase[0] == word[0]]
            found = get_close_matches(word, alike, n=1, cutoff=_ALIKE if word.isascii() else _ALIKE_IN_CHINESE)
            if found:
                return found[0]
    return None
