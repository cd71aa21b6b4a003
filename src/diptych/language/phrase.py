"""Phrase: a stretch of tokens read as a noun phrase, a colour, a place; what it names, in canonical words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from diptych.core.target import Place, Relation, Target, Thing
from diptych.language.colors import hexadecimal, shaded
from diptych.language.lexicon import lexicon
from diptych.language.nouns import is_bare_owner, is_nounlike, says_something, shades_before
from diptych.language.numbers import counted, number_named
from diptych.language.tokens import Token

_ABOUT_COLOR = (
    *("color", "shade", "more", "less", "quality", "attribute", "generic_part"),
    *("verb", "whole", "comparison", "amount"),
)
_NO_ATTRIBUTE = ("color", "shade", "whole", "place", "person_pronoun", "ordinal", "pronoun")
_MOST_COUNTED = 1000


@dataclass(frozen=True)
class Phrase:
    """Tokens of one phrase and the phrases that hang on it.

    attached   (relation, phrase) pairs: "the dog on the grass" has ("on", the grass)
    parts      its coordinated parts where the grammar has found them, each with what is attached to it
    """

    tokens: tuple[Token, ...] = ()
    attached: tuple[tuple[str, Phrase], ...] = field(default=())
    parts: tuple[Phrase, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.tokens)

    # ---- its words -------------------------------------------------------------------------------------

    @cached_property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)

    @cached_property
    def compact(self) -> str:
        """Its words run together, as Chinese is written."""
        return "".join(token.text for token in self.tokens)

    @property
    def quotes(self) -> list[str]:
        return [token.text for token in self.tokens if token.surface == "quote"]

    @property
    def quote(self) -> str | None:
        return " ".join(self.quotes) or None

    @property
    def has_number(self) -> bool:
        return any(token.surface == "number" for token in self.tokens)

    def has(self, *kinds: str) -> bool:
        return any(token.has(*kinds) for token in self.tokens)

    def names(self, kind: str) -> list[str]:
        return [name for token in self.tokens if (name := token.sense(kind))]

    def names_any(self, kind: str, cue: str) -> bool:
        """One of its names of that kind is in that table of cues.toml."""
        return not lexicon().cues[cue].isdisjoint(self.names(kind))

    def says(self, cue: str) -> bool:
        """One of its tokens is a word of that table of cues.toml."""
        return any(token.says(cue) for token in self.tokens)

    def has_word(self, cue: str) -> bool:
        """One of its words is in that table, be it a part of a longer English token ("square shape")."""
        return not lexicon().cues[cue].isdisjoint(self.text.split())

    def mentions(self, cue: str) -> bool:
        """A word of that table stands anywhere in it, inside a longer word or over several."""
        return self.holds(lexicon().cues[cue])

    def holds(self, words: Iterable[str]) -> bool:
        return any(word in (self.text if word.isascii() else self.compact) for word in words)

    @property
    def verbs(self) -> set[str]:
        """Every verb sense that one of its words has ("black and white" has grayscale)."""
        return {name for token in self.tokens for name in token.verbs()}

    @property
    def qualities(self) -> list[str]:
        return self.names("quality")

    @property
    def style(self) -> str | None:
        return next(iter(self.names("style")), None)

    # ---- parts of it -----------------------------------------------------------------------------------

    @property
    def alone(self) -> Phrase:
        """Without what is attached."""
        return Phrase(self.tokens)

    @property
    def attachments(self) -> Phrase:
        """Only what is attached: whose, where."""
        return Phrase((), self.attached)

    def detached(self, *leads: str) -> Phrase:
        """Without what these relation words attach."""
        return Phrase(self.tokens, tuple((lead, other) for lead, other in self.attached if lead not in leads))

    def without_words(self, cue: str) -> Phrase:
        """Without the words of that table of cues.toml."""
        return Phrase(tuple(token for token in self.tokens if not token.says(cue)), self.attached)

    def without(self, *kinds: str) -> Phrase:
        return Phrase(tuple(token for token in self.tokens if not token.has(*kinds)), self.attached)

    @property
    def without_background(self) -> Phrase:
        """A "plain white background" is plain white."""
        return Phrase(tuple(token for token in self.tokens if token.sense("place") != "background"), self.attached)

    def attached_by(self, *leads: str) -> Phrase:
        """The first phrase with content that one of these relation words attaches; empty when none does."""
        return next((other for lead, other in self.attached if lead in leads and other.content), Phrase())

    @cached_property
    def content(self) -> tuple[Token, ...]:
        """The tokens that say something about the thing: no articles, politeness, amounts or units."""
        return tuple(token for token in self.tokens if says_something(token))

    @cached_property
    def head(self) -> Token | None:
        """The noun: the last token that can name something (quoted texts aside)."""
        words = [token for token in reversed(self.content) if token.surface == "word"]
        things = (token for token in words if token.has("thing"))
        return next(things, None) or next((token for token in words if is_nounlike(token)), None)

    def noun_is(self, cue: str) -> bool:
        """The canonical name of its noun is in that table of cues.toml."""
        return self.head is not None and self.head.sense("thing") in lexicon().cues[cue]

    def headed_by(self, *kinds: str) -> bool:
        return self.head is not None and self.head.has(*kinds)

    # ---- what it is about ------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return not self.content

    @cached_property
    def is_background(self) -> bool:
        """Its noun is the background itself ("the whole background", not "the background people")."""
        named = [
            token for token in self.content if token.has("place") or not token.has("generic_part", "quality", "whole")
        ]
        if not named or named[-1].sense("place") != "background":
            return False
        return any(part in named[-1].text for part in lexicon().cues["background_noun"])

    @cached_property
    def is_whole(self) -> bool:
        """It speaks of the picture as a whole ("this entire photo", 整张图)."""
        about = ("whole", "generic_part", "attribute", "pronoun")
        return bool(self.content) and all(token.has(*about) for token in self.content) and self.has("whole")

    @cached_property
    def is_pronoun(self) -> bool:
        about = ("pronoun", "person_pronoun", "determiner", "polite", "all", "amount")
        return all(token.has(*about) for token in self.tokens) and self.has("pronoun", "person_pronoun")

    @property
    def is_lettering(self) -> bool:
        """Its noun is text ("the caption"), or it has none."""
        return self.has("letters") and (self.head is None or self.head.has("letters"))

    @property
    def is_quality(self) -> bool:
        """It names a quality and no thing ("the contrast")."""
        return bool(self.qualities) and not self.names("thing")

    @cached_property
    def place_only(self) -> Place | None:
        """The place, when it names nothing but a place ("the top right corner of the photo")."""
        if not self.has("place"):
            return None
        if any(not token.has("place", "whole", "generic_part", "preposition") for token in self.content):
            return None
        if any(other.content and not other.is_whole for _, other in self.attached):
            return None
        names = self.names("place")
        specific = [name for name in names if name != "background"]
        return (specific or names)[0]  # type: ignore[return-value]

    # ---- colours ---------------------------------------------------------------------------------------

    @property
    def color(self) -> str | None:
        return next(iter(self.colors), None)

    @cached_property
    def colors(self) -> tuple[str, ...]:
        """Canonical `#rrggbb` of each colour named, shades applied ("light" + "blue")."""
        found = []
        for position, token in enumerate(self.tokens):
            name = token.sense("color")
            if token.surface == "color":
                found.append(hexadecimal(token.text))
            elif name is not None and not self._is_noun_here(position):
                found.append(shaded(lexicon().colors[name], shades_before(self.tokens, position)))
        return tuple(found)

    def _is_noun_here(self, position: int) -> bool:
        """A colour word that is rather the thing ("remove the rose", "an orange"): the noun, with nothing after."""
        token = self.tokens[position]
        before = self.tokens[position - 1] if position else None
        named = (before is not None and before.has("determiner", "attribute")) or token.text.endswith("s")
        if not named or not token.has("thing") or token is not self.head:
            return False
        return token.says("thing_before_color") and not any(
            other.has("color") for other in self.tokens if other is not token
        )

    @cached_property
    def only_color(self) -> bool:
        """Nothing but a colour ("a very dark blue", "plain white", 深蓝色)."""
        if not self.colors or self.quotes:
            return False
        for token in self.content:
            named = token.has("thing") and not token.has("color", "quality", "generic_part")
            if token.surface != "color" and (named or not token.has(*_ABOUT_COLOR)):
                return False
        return True

    # ---- coordination ----------------------------------------------------------------------------------

    def conjuncts(self) -> list[Phrase]:
        """Its coordinated parts: "the man, the dog and the car" → three. Adjectives joined by and stay together."""
        if self.parts:
            return [part for whole in self.parts for part in whole.conjuncts()]
        merged: list[tuple[Token, ...]] = []
        carried: tuple[Token, ...] = ()
        groups = _groups(self.tokens)
        for number, group in enumerate(groups, 1):
            phrase = Phrase(tuple(group))
            carried += phrase.tokens
            if phrase.head is not None or phrase.quotes or number == len(groups):
                merged.append(carried)
                carried = ()
        phrases = [phrase for phrase in map(Phrase, merged) if phrase.content or phrase.quotes]
        if not phrases:
            return [self]
        phrases[-1] = Phrase(phrases[-1].tokens, self.attached)
        return phrases

    def named_parts(self) -> list[Phrase]:
        """The conjuncts that name something; the phrase itself when none does."""
        return [part for part in self.conjuncts() if part.content] or [self]

    # ---- canonical values ------------------------------------------------------------------------------

    def thing(self) -> Thing:
        """What it names, to bring in. Unknown nouns keep the words as they were said."""
        noun, attributes = self._noun()
        relation = next((relation for lead, other in self.attached if (relation := _relation(lead, other))), None)
        return Thing(noun=noun, attributes=attributes, color=self.color, count=self.count, relation=relation)

    def target(self) -> Target:
        """What it points at in the picture."""
        noun, attributes = self._noun()
        place = self.place
        relation = None
        for lead, other in self.attached:
            if other.place_only is not None:
                place = other.place_only if other.place_only != "background" or noun else place
            elif relation is None and not other.is_whole:
                relation = _relation(lead, other)
        if self.is_background and not noun:
            noun, place = "background", None
        ordinal = self.ordinal
        if ordinal is not None and place in ("left", "right"):
            # "the second cat from the left" (左边第二只猫) lies anywhere; from the right it is counted backwards.
            ordinal, place = (ordinal if place == "left" else -ordinal), None
        return Target(
            noun=noun or ("text" if self.quote else ""),
            attributes=attributes,
            color=self.color,
            count=self.count,
            relation=relation or self._possessor(),
            place=place,
            ordinal=ordinal,
            quantifier="all" if self._means_all and noun != "background" else None,
            text=self.quote,
        )

    def _noun(self) -> tuple[str, tuple[str, ...]]:
        """Canonical noun and sorted attributes."""
        head = self.head
        if head is None:
            return ("text" if self.names("letters") else ""), ()
        attributes: set[str] = set()
        unknown: list[str] = []
        for token in self.content:
            if self._is_no_attribute(token, head):
                continue
            name = token.sense("attribute") or token.sense("thing") or (token.sense("more") and token.text)
            if name:
                attributes.add(name)
            elif not token.senses:
                unknown.append(token.text)
        noun = head.sense("thing") or ("text" if head.has("letters") else "") or head.sense("scene") or head.text
        if noun in lexicon().cues["writing_noun"]:
            noun = "text"
        if unknown and not head.has("thing"):
            return " ".join([*unknown, noun]), tuple(sorted(attributes))
        return noun, tuple(sorted({*attributes, *unknown}))

    def _is_no_attribute(self, token: Token, head: Token) -> bool:
        """The token is the noun itself, an owner, a number, or stands after the noun."""
        if token is head or token.surface != "word" or token.possessive or is_bare_owner(token):
            return True
        if token.start > head.start and not token.has("thing"):
            return True
        return token.has(*_NO_ATTRIBUTE) or number_named(token.text) is not None or counted(token.text) is not None

    def _possessor(self) -> Relation | None:
        """The owner that an 's marks, or forgets to ("the mans hat")."""
        for token in self.tokens[:-1]:
            if token.possessive or (is_bare_owner(token) and token is not self.head):
                return Relation(kind="of", anchor=Target(noun=token.sense("thing") or token.text))
        return None

    @property
    def count(self) -> int | None:
        for token in self.tokens:
            if token.surface == "number" and token.text.isdigit() and 0 < int(token.text) <= _MOST_COUNTED:
                return int(token.text)
            number = counted(token.text) or number_named(token.text)
            if number and number > 1:
                return number
        return None

    @property
    def _means_all(self) -> bool:
        """All that match: "all cats", "those cats", 那些猫. "The cats" says no more than 猫, which may be one."""
        return self.has("all") or (
            self.count is None and self.ordinal is None and any(token.says("several") for token in self.tokens)
        )

    @property
    def ordinal(self) -> int | None:
        """Counted from the left, 1-based; -1 is the last."""
        return next((lexicon().ordinals.get(name) for name in self.names("ordinal")), None)

    @property
    def place(self) -> Place | None:
        for token in self.tokens:
            name = token.sense("place")
            if name and name != "background" and token is not self.head:
                return name  # type: ignore[return-value]
        in_background = self.head is not None and not self.is_background and "background" in self.names("place")
        return "background" if in_background else None


def _groups(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens split at commas, "and", and where an article right after a noun opens another phrase."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if (
            token.says("joining_mark")
            if token.surface == "mark"
            else token.has("coordinator") and not token.has("verb")
        ):
            groups.append([])
        elif groups[-1] and token.says("article") and groups[-1][-1] is Phrase(tuple(groups[-1])).head:
            groups.append([token])
        else:
            groups[-1].append(token)
    return groups


def _relation(lead: str, other: Phrase) -> Relation | None:
    kind = lexicon().relations.get(lead)
    if kind is None or not other.content or other.is_whole or other.is_pronoun:
        return None
    # One level only: in English what follows an anchor can't be told from what follows the noun itself.
    return Relation(kind=kind, anchor=other.target().model_copy(update={"relation": None}))
