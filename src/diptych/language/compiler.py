"""Instruction → Plan: the embedded Planner, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

from pydantic import ValidationError

from diptych.core.errors import Bilingual, Language, NotUnderstood, shorten
from diptych.core.operation import Add, AnyOperation, Restyle, Vague
from diptych.core.plan import Plan
from diptych.language import chinese, english
from diptych.language.dialogue import settle
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.manner import is_manner
from diptych.language.meaning.senses import act, is_denied
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.numbers import counted, number_named
from diptych.language.refusals import asked_back, not_understood, out_of_range
from diptych.language.tagger import CERTAIN, SURE, WISHED, Tagger, shipped_tagger
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
MAX_CHARACTERS = 2_000
_PROPOSED = 2
"""Readings that a question offers."""
Learned = Callable[[Frame, Operations], str | None]
_KANA = re.compile(r"[\u3041-\u30ff]")


class EmbeddedPlanner:
    """The grammar and lexicon of this package as a Planner. What they can't read, a small network reads (`learned`)."""

    def __init__(self, *, learned: bool = True) -> None:
        self.name = "grammar"
        self.learned = learned

    def plan(self, instruction: str) -> Plan:
        return compile_instruction(instruction, learned=self.learned)


def compile_instruction(text: str, *, learned: bool = True) -> Plan:
    """The Plan of an instruction, "make it a bit brighter" or 稍微调亮一点. Raises as `understand` does."""
    return understand(text, learned=learned).plan


def understand(text: str, *, learned: bool = True) -> Reading:
    """What an instruction comes to, and by whose word.

    `learned`: clauses that the grammar can't read are given to the learned reader of these weights, if they have one.

    Raises NotUnderstood naming the words that aren't known, with the two likeliest readings where the reader isn't
    sure; InvalidPlan for a number out of range.
    """
    check_words(text)
    tokens = tokenize(text)
    talk = _heard(text, tokens)
    tagger = shipped_tagger() if learned and any(_is_unread(*clause) for clause in talk.clauses) else None
    if tagger is not None:
        talk = _read_on(text, tokens, talk, tagger)
    steps = settle(talk.operations)
    if not steps:
        raise not_understood(text, tokens)
    plan, taken_for, questions = Plan(steps=tuple(steps)), tuple(talk.taken_for), tuple(talk.questions)
    if not talk.unread:
        return Reading(plan, (), plan, len(steps), taken_for, questions)
    sure = [made for made in talk.operations if not any(made is doubtful for doubtful in talk.doubtful)]
    before = len(settle(sure[: talk.unread[0][1]]))
    unread = tuple(words for words, _ in talk.unread)
    return Reading(plan, unread, Plan(steps=tuple(settle(sure))), before, taken_for, questions)


class Reading(NamedTuple):
    """What an instruction comes to.

    plan       of all that something was made of
    unread     the clauses with words that found no place in it
    read       the plan of the other clauses alone
    position   how many steps of `read` stand before the first unread clause
    taken_for  of each clause that the learned reader read the words and what they were taken for, in plain ones
    questions  about clauses that nobody could read, beside others that are in the plan
    """

    plan: Plan
    unread: tuple[str, ...] = ()
    read: Plan = Plan()
    position: int = 0
    taken_for: tuple[tuple[str, str], ...] = ()
    questions: tuple[NotUnderstood, ...] = ()


def clause_by_clause(text: str) -> list[tuple[Frame, Operations]]:
    """Each clause of an instruction and what the grammar alone makes of it, before the clauses are settled together."""
    return _heard(text, tokenize(text)).clauses


def _is_unread(frame: Frame, made: Operations) -> bool:
    """A clause with words came to nothing, and that isn't what it means ("don't crop"); or to steps that only repeat
    its words, because they say nothing that is known (a style of that name, something vague); or it holds a word that
    isn't known and may be more than a name."""
    if not made:
        return bool(frame.all.content) and not is_manner(frame) and not is_denied(frame)
    said = " ".join(step.model_dump_json() for step in made).lower()
    unknown = (token.text for token in frame.all.content if not token.known)
    return all(_repeats(step, frame) for step in made) or any(_is_no_name(word, said) for word in unknown)


def _is_no_name(word: str, said: str) -> bool:
    """An unknown word that a step repeats was taken for a name; of a Chinese one nobody knows where it ends."""
    if number_named(word) is not None or counted(word) is not None:
        return False
    return word not in said or not word.isascii()


def _repeats(step: AnyOperation, frame: Frame) -> bool:
    if isinstance(step, Restyle):
        return step.style not in lexicon().styles and (step.style in frame.text or step.style in frame.compact)
    return isinstance(step, Vague)


def _heard(text: str, tokens: list[Token], learned: Learned | None = None) -> Talk:
    talk = Talk(instruction=text)
    _listen(tokens, detect_language(text), talk, learned)
    return talk


def _listen(
    tokens: list[Token],
    language: Language,
    talk: Talk,
    learned: Learned | None = None,
) -> None:
    """What the clauses ask for, in order, into `talk`: a wish takes the place of the complaint before it.

    `learned`: of a clause that is unread, and what was made of it, the same in plain words; None leaves it as it is.
    """
    grammar = chinese if language == "zh" else english
    complained = 0
    clauses = list(grammar.clauses(tokens))
    frames = _with_shared_objects([grammar.frame(clause.tokens) for clause in clauses])
    for clause, frame in zip(clauses, frames, strict=True):
        if clause.purpose and any(operation.op != "vague" for operation in talk.operations):
            continue
        made = _understood(frame, talk)
        talk.clauses.append((frame, made))
        if learned is not None and _is_unread(frame, made) and (plain := learned(frame, made)):
            talk.taken_for.append((frame.text if language == "en" else frame.compact, plain))
            before = len(talk.operations)
            _listen(tokenize(plain), language, talk)
            made = talk.operations[before:]
            del talk.operations[before:]
        if clause.purpose and made:
            talk.operations = []
        if complained and any(operation.op in _REMEDIES for operation in made):
            # "too dark, brighten it": the complaint and the wish are one.
            del talk.operations[-complained:]
        complained = len(made) if not frame.verb and frame.all.has("statement") else 0
        if learned is None and (_left_over(frame, made) or (made and _is_unread(frame, made))):
            talk.unread.append((frame.text, len(talk.operations)))
            talk.doubtful += made
        talk.heard(made)


def _left_over(frame: Frame, made: Operations) -> bool:
    """Whether the clause has words that aren't known and that no operation of it carries on, as its target or text.

    A style, or a thing to add, that nobody knows only repeats the words.
    """
    unknown = [token.text for token in frame.tokens if token.surface == "word" and not token.senses]
    if not unknown:
        return False
    carried = Plan(steps=tuple(step for step in made if not isinstance(step, Add | Restyle))).to_json().lower()
    return any(word not in carried for word in unknown)


def _read_on(text: str, tokens: list[Token], talk: Talk, tagger: Tagger) -> Talk:
    """The talk with its unread clauses read by the tagger; all of it at once where the grammar could read nothing.

    Where the tagger can't tell which of its readings is meant, it asks with the two likeliest: of a clause in the
    talk's questions, since what others ask for is not held up; of all that was said by raising NotUnderstood.
    """
    language = detect_language(text)

    def plainly(start: int, end: int, sure: float) -> str | None:
        guess = tagger.guess(text, tokens, start, end)
        if guess is None or guess.wished < WISHED:
            return None
        plain = guess.plainly(language, sure)
        if plain is not None and _says(plain, guess.kinds, language):
            return plain
        if guess.likeliest[0].kind in {step.op for step in talk.operations}:
            return None  # a complaint, most likely, of what another clause puts right
        said = [reading.say(language) for reading in guess.likeliest]
        likely = [plain for plain, reading in zip(said, guess.likeliest, strict=True)
                  if reading.is_whole(language) and _says(plain, {reading.kind}, language)]  # fmt: skip
        if len(likely) < _PROPOSED:
            return None
        raise asked_back(text[start:end], likely[:_PROPOSED])

    if not talk.operations:
        plain = plainly(0, len(text), SURE)
        if plain is not None:
            talk = _heard(plain, tokenize(plain))
            talk.taken_for.append((text, plain))
        return talk

    def of_clause(frame: Frame, made: Operations) -> str | None:
        start, end = min(token.start for token in frame.tokens), max(token.end for token in frame.tokens)
        try:
            plain = plainly(start, end, SURE if made else CERTAIN)
        except NotUnderstood as question:
            if not made:
                questions.append(question)
            return None
        return None if plain is None or _says(plain, {step.op for step in made}, language) else plain

    questions: list[NotUnderstood] = []
    return replace(_heard(text, tokens, of_clause), questions=questions)


def _says(plain: str, kinds: Collection[str], language: Language) -> bool:
    """Whether the grammar reads the plain words as just these kinds of operations."""
    talk = Talk(instruction=plain)
    _listen(tokenize(plain), language, talk)
    return {step.op for step in talk.operations} == kinds


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
        raise out_of_range(frame.text, error) from error


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
        raise not_understood(text, [])
    if len(text) > MAX_CHARACTERS:
        raise NotUnderstood(
            Bilingual(
                f"The instruction has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.",
                f"指令有 {len(text)} 个字符，最多读取 {MAX_CHARACTERS} 个。",
            ),
            Bilingual("Split it into several instructions.", "请拆成几条指令。"),
        )
