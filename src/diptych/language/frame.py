"""Frame: what one clause asks, in roles that both languages share.

"replace the sky with a sunset" and 把天空换成日落 give the same frame: verb sense, object, value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from diptych.language import numbers
from diptych.language.lexicon import lexicon
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token


class Clause(NamedTuple):
    """The tokens of one wish. A purpose says what the clause before is for ("… to make it brighter")."""

    tokens: tuple[Token, ...]
    purpose: bool = False


@dataclass(frozen=True)
class Frame:
    """One clause.

    senses     what its verb can mean, most likely first; empty when it has none ("a bit brighter")
    verb       the verb as it was said
    object     what the verb acts on, with the phrases attached to it
    value      what it becomes or is exchanged for (to, into, with, as; 成, 为)
    predicate  what it is made ("make it BRIGHTER"); both languages put qualities here
    recipient  who or what gets it ("give HIM a hat", 给他戴帽子)
    around     other phrases, with the relation word that leads them
    tokens     all of the clause, verb included
    """

    senses: tuple[str, ...] = ()
    verb: str = ""
    object: Phrase = Phrase()  # noqa: RUF009 - a phrase is immutable
    value: Phrase = Phrase()  # noqa: RUF009
    predicate: Phrase = Phrase()  # noqa: RUF009
    recipient: Phrase = Phrase()  # noqa: RUF009
    around: tuple[tuple[str, Phrase], ...] = ()
    tokens: tuple[Token, ...] = ()

    # ---- its words -------------------------------------------------------------------------------------

    @cached_property
    def all(self) -> Phrase:
        """The whole clause as one phrase."""
        return Phrase(self.tokens)

    @property
    def text(self) -> str:
        return self.all.text

    @property
    def compact(self) -> str:
        return self.all.compact

    @property
    def qualities(self) -> list[str]:
        return self.all.qualities

    def says(self, cue: str) -> bool:
        """One of its tokens is a word of that table of cues.toml."""
        return self.all.says(cue)

    def mentions(self, cue: str) -> bool:
        """A word of that table stands anywhere in the clause, inside a longer word or over several."""
        return self.all.mentions(cue)

    def option(self, group: str) -> str | None:
        """Which of a group's options in options.toml the clause mentions: "swirl" of the kinds of warp."""
        return next((name for name, words in lexicon().options[group].items() if self.all.holds(words)), None)

    # ---- its verb and phrases --------------------------------------------------------------------------

    def verb_is(self, cue: str) -> bool:
        """Its verb is a word of that table of cues.toml."""
        return self.verb in lexicon().cues[cue]

    def verb_starts(self, cue: str) -> bool:
        """Its verb begins with a word of that table ("colorise it" with "colo")."""
        return self.verb.startswith(tuple(lexicon().cues[cue]))

    def means(self, *senses: str) -> bool:
        """Its verb can have one of these senses."""
        return any(sense in senses for sense in self.senses)

    @property
    def is_chinese(self) -> bool:
        return not self.verb.isascii()

    def led_by(self, *leads: str) -> Phrase:
        """The first phrase that one of these relation words leads; empty when none does."""
        for lead, phrase in (*self.around, *self.object.attached, *self.value.attached, *self.predicate.attached):
            if lead in leads:
                return phrase
        return Phrase()

    @property
    def becomes(self) -> Phrase:
        """What something is made, or else changed to."""
        return self.predicate if self.predicate.content or not self.value.content else self.value

    # ---- how much --------------------------------------------------------------------------------------

    @property
    def has_number(self) -> bool:
        return self.all.has_number

    @property
    def has_amount(self) -> bool:
        return numbers.says_amount(self.tokens)

    def share(self, default: float = numbers.USUAL_SHARE) -> float:
        """How much, 0..1, from percentages and amount words in the clause; `default` where it says neither."""
        return numbers.share_said(self.tokens, default)

    @property
    def said_share(self) -> float | None:
        """How much, where the clause says so."""
        return self.share() if self.has_amount else None

    def share_or(self, usual: float) -> float:
        """How much, or else what is usual for this operation."""
        return self.share() if self.has_amount else usual

    def factor(self, default: float) -> float:
        return numbers.factor_said(self.tokens, default)
