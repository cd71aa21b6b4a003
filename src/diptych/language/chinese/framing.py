"""One Chinese clause → one frame.

The object may stand before the verb (把疤去掉, 疤去掉), after it (去掉疤), or be a topic with a quality (颜色更鲜艳).
Here these orders become the same frames that English makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diptych.language.chinese.noun_phrases import locative, noun_phrase
from diptych.language.chinese.words import DE, STATES, is_full_verb, is_main_verb, is_relative
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

_CARRIES = ("all", "verb", "thing", "color", "quality", "more", "less", "amount", "marker")
_ADJECTIVES = frozenset({"brighten", "darken", "enlarge", "shrink"})
"""Verbs whose words are adjectives too (亮一点) and stay verbs all the same."""
_CHANGES = frozenset({"change", "replace"})
_PUTS = frozenset({"add", "write", "watermark", "border", "caption_bar"})
"""Senses whose object follows them, so that what stands before says where."""
_FLAWS = frozenset({"blur"})
"""Senses that are complained of after 太."""
_STATED = frozenset({"grayscale", "sepia", "straighten", "blur"})
"""Senses that a topic can be said to be (照片黑白)."""


def frame(tokens: Sequence[Token]) -> Frame:
    """Roles of one clause: 把天空换成日落 is object, verb, value."""
    said = [token for token in tokens if not token.has("polite") or token.has(*_CARRIES)]
    while said and said[0].has("joiner") and not said[0].has("verb", "thing"):
        said = said[1:]
    said, exception = _exception(said)
    made = _roles(said)
    return made if exception is None else replace(made, around=(*made.around, ("except", exception)))


def _exception(said: Sequence[Token]) -> tuple[list[Token], Phrase | None]:
    """除了A以外，其他…: what is left out, and the clause without it."""
    start = next((position for position, token in enumerate(said) if token.says("exception_start")), None)
    ends = [position for position, token in enumerate(said) if token.says("exception_end")]
    if start is None:
        if ends and said[ends[0]].says("exception_suffix"):
            return list(said[ends[0] + 1 :]), noun_phrase(said[: ends[0]])
        return list(said), None
    end = next((position for position in ends if position > start), None)
    if end is not None:
        rest = [token for token in said[end + 1 :] if not token.says("all_the_rest")]
        return [*said[:start], *rest], noun_phrase(said[start + 1 : end])
    later = range(start + 2, len(said))
    end = next((at for at in later if said[at].says("all_or_marker") or is_main_verb(said, at)), None)
    if end is None:
        return list(said), None
    rest = [token for token in said[end:] if not token.says("all_of_them")]
    return [*said[:start], *rest], noun_phrase(said[start + 1 : end])


def _roles(said: Sequence[Token]) -> Frame:
    maker = next((position for position, token in enumerate(said) if token.says("maker")), None)
    if maker is not None:
        return _made(said, maker)
    verb_at = _main_verb(said)
    return _topic(said) if verb_at is None or _is_quality_clause(said, verb_at) else _verbal(said, verb_at)


# ---- the clause's verb -------------------------------------------------------------------------------------


def _main_verb(said: Sequence[Token]) -> int | None:
    """The clause's verb: a full one outside modifiers, else a one-character one."""
    verbs = [position for position, token in enumerate(said) if token.has("verb") and not _is_denied(said, position)]
    acting = [position for position in verbs if said[position].verbs()[0] not in STATES]
    free = [position for position in acting or verbs if not is_relative(said, position)]
    full = (position for position in free if is_full_verb(said[position]))
    short = (position for position in free if not _is_noun_part(said, position))
    return next(full, next(short, None))


def _is_denied(said: Sequence[Token], position: int) -> bool:
    """不要偏冷: 不要 before a quality denies it and removes nothing."""
    following = said[position + 1] if position + 1 < len(said) else None
    return said[position].says("do_not") and following is not None and following.has("more", "less", "leaning", "verb")


def _is_noun_part(said: Sequence[Token], position: int) -> bool:
    """A verb word that is the noun here: 滤镜, 字幕 after another verb, 上 as "on"."""
    if position == 0:
        return False
    token, previous = said[position], said[position - 1]
    following = said[position + 1] if position + 1 < len(said) else None
    locates = token.has("localizer") and not previous.has("marker")
    if locates and following is not None and not following.has("color", "shade"):
        return True
    if token.says("verb_or_noun") and previous.has("determiner", "verb"):
        return True
    return previous.text == DE and not token.has("more")


def _is_quality_clause(said: Sequence[Token], verb_at: int) -> bool:
    """The "verb" is an adjective (更亮一点, 太模糊): the clause is a topic and what it is or should be."""
    verb = said[verb_at]
    if verb_at and said[verb_at - 1].has("statement") and verb.verbs()[0] in _FLAWS:
        return True
    return verb.has("more", "less") and verb.verbs()[0] not in _ADJECTIVES


# ---- kinds of clause ---------------------------------------------------------------------------------------


def _made(said: Sequence[Token], maker: int) -> Frame:
    """让 OBJECT PREDICATE."""
    rest = said[maker + 1 :]
    cut = _predicate_start(rest)
    verb_at = _main_verb(rest)
    if verb_at is not None:
        leads = is_full_verb(rest[verb_at]) and (cut is None or verb_at <= cut)
        if cut is None or leads or (is_full_verb(rest[verb_at]) and _moves(rest[verb_at])):
            return _verbal(rest, verb_at)
    cut = len(rest) if cut is None else cut
    obj, predicate = noun_phrase(rest[:cut]), Phrase(tuple(rest[cut:]))
    return Frame(senses=("make",), verb=said[maker].text, object=obj, predicate=predicate, tokens=tuple(said))


def _moves(verb: Token) -> bool:
    return verb.verbs()[0] in ("increase", "change", "decrease")


def _topic(said: Sequence[Token]) -> Frame:
    """颜色更鲜艳一点: a topic and what it should be."""
    if len(said) > 2 and said[0].says("giver") and not said[1].has("whole"):
        recipient, given = Phrase((said[1],)), noun_phrase(said[2:])
        return Frame(senses=("give",), verb=said[0].text, recipient=recipient, object=given, tokens=tuple(said))
    rest = said[1:] if said and said[0].says("object_marker") else said
    cut = _predicate_start(rest)
    if cut is None:
        return Frame(object=noun_phrase(rest), tokens=tuple(said))
    return Frame(
        senses=("make",), object=noun_phrase(rest[:cut]), predicate=Phrase(tuple(rest[cut:])), tokens=tuple(said)
    )


def _predicate_start(rest: Sequence[Token]) -> int | None:
    """Where what is said of the topic begins: 更, 再, 稍微, an adjective, a leaning, a final colour."""
    for position, token in enumerate(rest):
        later = rest[position + 1 :]
        if any(other.has("thing", "letters") and not other.has("quality", "color") for other in later):
            continue
        if token.text == DE or token.has("whole"):
            continue
        if token.has("quality", "thing") and not token.has("more", "less"):
            continue
        if token.has("more", "less", "leaning"):
            return position
        if token.has("statement"):
            return position
        if position and token.has("amount", "negation", "comparison", "color", "shade", "style"):
            return position
        if token.has("verb") and token.verbs()[0] in _STATED:
            return position
    return None


def _verbal(said: Sequence[Token], verb_at: int) -> Frame:
    """把 OBJECT 给 RECIPIENT 在 PLACE VERB VALUE, in whatever parts are there."""
    verb = said[verb_at]
    before = said[:verb_at]
    after = [token for token in said[verb_at + 1 :] if not token.says("aspect") or token.has("thing")]
    obj, recipient, around = _before_verb(before)
    wanted, value = noun_phrase(after), Phrase()
    first = verb.verbs()[0]
    if first in _CHANGES or "change" in verb.verbs():
        if obj.tokens or obj.attached or recipient or verb.ends("becoming"):
            value = wanted
            if recipient and not obj.tokens:
                obj, recipient = recipient, Phrase()
        else:
            obj, value = _exchange_after(after)
    elif first in _PUTS and (first != "add" or not obj.tokens or wanted.content):
        obj, around = wanted, (*around, *locative(obj))
    elif first == "recolor" and obj.tokens:
        value = wanted
    elif not obj.tokens and not obj.attached:
        obj = wanted
        if recipient and not obj.content:
            obj, recipient = recipient, Phrase()
    elif wanted.content or wanted.attached:
        value = wanted
        around = (*around, (_lead_of(after), wanted))
    return Frame(
        senses=tuple(dict.fromkeys(verb.verbs())),
        verb=verb.text,
        object=obj,
        value=value,
        recipient=recipient,
        around=around,
        tokens=tuple(said),
    )


# ---- parts of the clause -----------------------------------------------------------------------------------


def _lead_of(after: Sequence[Token]) -> str:
    """The relation that what follows the verb stands in: 放到桌子上 is on, 移到左边 to."""
    return lexicon().localizers.get(after[-1].text, "to") if after else "to"


def _exchange_after(after: Sequence[Token]) -> tuple[Phrase, Phrase]:
    """换个背景 has only an object; 替换A为B has both."""
    at = next((position for position, token in enumerate(after) if token.says("into_new")), len(after))
    return noun_phrase(after[:at]), noun_phrase(after[at + 1 :])


def _before_verb(before: Sequence[Token]) -> tuple[Phrase, Phrase, tuple[tuple[str, Phrase], ...]]:
    """(object, recipient, other phrases) of what stands before the verb."""
    segments: list[tuple[str, list[Token]]] = [("object", [])]
    for token in before:
        role = lexicon().coverbs.get(token.text)
        if role is not None and token.has("marker") and not token.has("thing"):
            segments.append((role, []))
        else:
            segments[-1][1].append(token)
    obj, recipient = Phrase(), Phrase()
    around: list[tuple[str, Phrase]] = []
    for role, part in segments:
        phrase = noun_phrase(part)
        if not (phrase.content or phrase.attached or phrase.is_pronoun):
            continue
        if role == "object":
            obj = phrase
        elif role == "recipient":
            recipient = phrase
        elif role == "place":
            around += locative(phrase)
        else:
            around.append((role, phrase))
    return obj, recipient, tuple(around)
