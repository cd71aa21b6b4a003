"""One English clause → one frame: its verb, its object, and the phrases around them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from diptych.language.english.chunking import attach, chunks, coordinated
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

_VALUE_LEADS = frozenset(
    {
        *("to", "into", "with", "as", "for", "by", "like", "onto", "so it says", "so it reads"),
        *("so that it says", "so that it reads", "to say", "to read"),
    }
)
"""Relation words that lead to what the object becomes."""
_DESTINATION_LEADS = frozenset(
    {
        *("to", "next to", "near", "beside", "onto", "into", "closer to", "in front of", "behind"),
        *("above", "below", "in", "by", "towards"),
    }
)
"""Relation words that lead to where the object goes."""
_ONE_OBJECT = frozenset(
    {"change", "replace", "make", "combine", "keep", "move", "crop", "zoom_in", "resize", "duplicate", "scale"}
)
"""Senses whose object is one phrase, or is paired with a value."""
_PREDICATED = frozenset({"make", "keep", "change", "recolor", "restore"})
"""Senses whose object can be followed by what it is made, without a preposition."""

MANNER = ("amount", "only", "adverb", "faithful", "lossless", "classical")
"""Kinds of words that may stand before the verb and say how."""
_INTO = frozenset({"to", "into"})
"""What "change X to Y" has between old and new; nothing before it is what X is made."""


def frame(tokens: Sequence[Token]) -> Frame:
    """Roles of one clause: "paint THE CAR | BLUE" is verb, object, predicate."""
    said = [token for token in tokens if not token.has("polite") or token.has("verb", "thing")]
    while said and (said[0].surface == "mark" or (said[0].has("joiner") and not said[0].has("verb"))):
        said = said[1:]
    verb_at = _verb_position(said)
    copula_at = next((position for position, token in enumerate(said) if position and token.has("copula")), None)
    if copula_at is not None and (verb_at is None or verb_at > copula_at + 1):
        subject, predicate = attach(chunks(said[:copula_at])), Phrase(tuple(said[copula_at + 1 :]))
        return Frame(senses=("make",), verb="make", object=subject, predicate=predicate, tokens=tuple(said))
    if verb_at is None:
        return Frame(object=attach(chunks(said)), tokens=tuple(said))
    manner = said[:verb_at]
    follows_subject = any(not token.has(*MANNER) for token in manner)
    rest = [*manner, *said[verb_at + 1 :]]
    senses = said[verb_at].verbs()
    split = _phrasal(said[verb_at], rest)
    if split is not None:
        sense, rest = split
        senses = [sense, *senses]
    if follows_subject:
        return _after_subject(said, verb_at, senses)
    return _commanded(said, said[verb_at].text, senses, rest)


def _verb_position(said: Sequence[Token]) -> int | None:
    """The clause's verb: its first token, or the one after a subject ("the background needs to be darkened")."""
    if said and said[0].has("verb"):
        return 0
    lead = next((position for position, token in enumerate(said) if not token.has(*MANNER)), None)
    if lead is not None and said[lead].has("verb") and not said[lead].has("more", "less", "color"):
        return lead
    for position, (previous, token) in enumerate(itertools.pairwise(said), 1):
        if not token.has("verb"):
            continue
        is_noun = token.has("thing", "quality", "more", "less", "color", "letters")
        if not is_noun and not previous.has("determiner", "preposition", "relative"):
            return position
        if previous.has("polite", "copula"):
            return position
    return None


def _commanded(said: Sequence[Token], verb: str, senses: Sequence[str], rest: Sequence[Token]) -> Frame:
    """ "replace the sky with a sunset": the verb first, then what it is about."""
    recipient = predicate = Phrase()
    if "give" in senses:
        recipient, rest = _recipient(rest)
    exchanged = "make" not in senses and any(token.text in _INTO for token in rest)
    if not exchanged and not _PREDICATED.isdisjoint(senses):
        rest, predicate = _predicate(rest)
    found = chunks(rest)
    leads = _DESTINATION_LEADS if "move" in senses else _VALUE_LEADS
    value_at = next((position for position, (lead, _) in enumerate(found) if position and lead in leads), None)
    own = found if value_at is None else found[:value_at]
    return Frame(
        senses=tuple(dict.fromkeys(senses)),
        verb=verb,
        object=coordinated(rest) if _ONE_OBJECT.isdisjoint(senses) else attach(own),
        value=Phrase() if value_at is None else attach(found[value_at:]),
        predicate=predicate,
        recipient=recipient,
        around=tuple((lead, Phrase(part)) for lead, part in found if lead),
        tokens=tuple(said),
    )


def _after_subject(said: Sequence[Token], verb_at: int, senses: Sequence[str]) -> Frame:
    """ "the brightness on the man needs to be turned up": what stands before the verb is its object."""
    before, after = chunks(said[:verb_at]), chunks(said[verb_at + 1 :])
    value_at = next((position for position, (lead, _) in enumerate(after) if lead in _VALUE_LEADS), None)
    obj = attach(before)
    if not obj.content:
        obj = coordinated(said[verb_at + 1 :])
    elif len(said) > verb_at + 2 and said[verb_at + 1].has("coordinator"):
        obj = Phrase(obj.tokens, obj.attached, (obj, attach(chunks(said[verb_at + 2 :]))))
    return Frame(
        senses=tuple(dict.fromkeys(senses)),
        verb=said[verb_at].text,
        object=obj,
        value=Phrase() if value_at is None else attach(after[value_at:]),
        around=tuple((lead, Phrase(part)) for lead, part in (*before, *after) if lead),
        tokens=tuple(said),
    )


# ---- parts of the clause -----------------------------------------------------------------------------------


def _phrasal(verb: Token, rest: Sequence[Token]) -> tuple[str, list[Token]] | None:
    """ "take the cloud out": the sense of verb + particle, and the rest without the particle.

    A particle that leads a phrase as well ("out of the sky") or says a place or direction stays.
    """
    for position, token in enumerate(rest):
        sense = lexicon().apart.get((verb.text, token.text.removesuffix(" of")))
        sense = lexicon().apart.get((verb.text, token.text), sense)
        if sense is None or (token.text == "out of" and position == 0):
            continue
        leads_on = position + 1 < len(rest)
        if sense == "add" and position and leads_on and token.says("adding_particle"):
            continue
        stays = (
            token.text == "out of"
            or (token.text == "off" and leads_on)
            or (not token.has("verb") and token.has("place", "more"))
        )  # fmt: skip
        return sense, list(rest) if stays else [*rest[:position], *rest[position + 1 :]]
    return None


def _recipient(rest: Sequence[Token]) -> tuple[Phrase, list[Token]]:
    """ "give HIM a hat": the first pronoun or noun phrase before the next article."""
    for position, token in enumerate(rest):
        if position == 0 and token.has("person_pronoun", "pronoun"):
            return Phrase((token,)), list(rest[1:])
        if position and (token.says("opens_gift") or token.has("color", "amount", "more")):
            return Phrase(tuple(rest[:position])), list(rest[position:])
        if token.has("thing", "place") and position + 1 < len(rest):
            return Phrase(tuple(rest[: position + 1])), list(rest[position + 1 :])
    return Phrase(), list(rest)


def _predicate(rest: Sequence[Token]) -> tuple[list[Token], Phrase]:
    """ "make THE CAR | LIGHT BLUE": where the object's noun phrase ends and what it is made begins."""
    noun_seen = False
    for position, token in enumerate(rest):
        if noun_seen and _starts_predicate(rest, position):
            return list(rest[:position]), _predicate_phrase(rest[position:])
        noun_seen = noun_seen or _can_be_noun(token)
    starts_at_once = bool(rest) and rest[0].has("more", "less", "amount") and not rest[0].has("determiner")
    if rest and (not noun_seen or starts_at_once):
        return [], Phrase(tuple(rest))
    return list(rest), Phrase()


def _can_be_noun(token: Token) -> bool:
    if token.has("pronoun", "whole", "thing", "letters"):
        return True
    if (token.has("place") and not token.has("preposition")) or (
        token.has("quality") and not token.has("more", "less")
    ):
        return True
    return token.surface == "quote" or (token.surface == "word" and not token.senses)


def _predicate_phrase(rest: Sequence[Token]) -> Phrase:
    """ "white EXCEPT the dog" has something attached; "look like a sketch" and "twice as big" are one."""
    if rest[0].says("likeness") or any(token.text == "as" for token in rest):
        return Phrase(tuple(rest))
    return attach(chunks(rest))


def _starts_predicate(rest: Sequence[Token], position: int) -> bool:
    token, previous = rest[position], rest[position - 1]
    following = rest[position + 1] if position + 1 < len(rest) else None
    before_thing = following is not None and following.has("thing")
    if token.says("opens_predicate") or token.has("turned") or (token.says("shape_adjective") and not before_thing):
        return True
    if token.has("amount", "more", "less", "verb") and not token.has("thing", "quality"):
        return True
    if (token.has("quality") and token.has("more", "less")) or token.has("style"):
        return not before_thing or token.has("more")
    if token.has("color", "shade"):
        return not before_thing or (following is not None and following.has("color"))
    if token.has("thing") and previous.sense("place") == "background" and following is None:
        return True
    if token.says("opens_result") and not previous.says("ties_noun"):
        return True
    return token.has("attribute") and not before_thing
