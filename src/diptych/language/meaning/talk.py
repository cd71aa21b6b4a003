"""Talk: what one instruction has said so far, and what its pronouns and phrases point at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from diptych.core.errors import NotUnderstood
from diptych.core.operation import AnyOperation, BlurBackground, Remove, RemoveBackground, ReplaceBackground
from diptych.core.target import Target
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.phrase import Phrase

Operations = list[AnyOperation]

_OWNER_LEADS = ("of", "on", "in", "for", "around", "along", "behind", "at", "from", "to", "under", "out of")
_ABOUT_PICTURE = (
    *("whole", "quality", "pronoun", "filter", "generic_part"),
    *("more", "less", "coordinator", "joiner"),
)


@dataclass
class Talk:
    """The clauses of one instruction, one after the other.

    operations   what they asked for so far
    last_target  what "it", 它 and "him" point at
    topic        what a clause only spoke of (我拇指挡到镜头了，能去掉吗)
    manner       how the steps to come are to be done ("with the classical fill, remove …")
    unread       clauses with words that found no place in a step, and how many operations there were before each
    doubtful     what was made of such clauses nevertheless
    clauses      each clause's frame and what was made of it, as it was first understood
    taken_for    clauses that only the learned reader could read, and their plain words
    questions    about clauses that nobody could read
    """

    instruction: str
    operations: Operations = field(default_factory=list)
    last_target: Target | None = None
    topic: Target | None = None
    manner: dict[str, Any] = field(default_factory=dict)
    unread: list[tuple[str, int]] = field(default_factory=list)
    doubtful: Operations = field(default_factory=list)
    clauses: list[tuple[Frame, Operations]] = field(default_factory=list)
    taken_for: list[tuple[str, str]] = field(default_factory=list)
    questions: list[NotUnderstood] = field(default_factory=list)

    @property
    def last(self) -> AnyOperation | None:
        return self.operations[-1] if self.operations else None

    @property
    def background_is_gone(self) -> bool:
        """The step before took the background away, of the whole picture."""
        return self.last == RemoveBackground()

    @property
    def thing_is_gone(self) -> bool:
        return isinstance(self.last, Remove)

    def heard(self, made: Operations) -> None:
        """Adds the operations of one clause; what they are about is what "it" means next."""
        for operation in made:
            target: Target | None = getattr(operation, "target", None)
            if isinstance(operation, Remove):
                self.last_target = None
            elif target is not None:
                self.last_target = target
        self.operations += made

    def target(self, phrase: Phrase) -> Target | None:
        """The target a phrase points at; None for the whole picture or nothing. Pronouns take the last one."""
        if phrase.is_pronoun or (not phrase.content and phrase.has("pronoun")):
            return self._antecedent(phrase)
        if phrase.place_only is not None and phrase.place_only != "background":
            return Target(place=phrase.place_only)
        if names_no_thing(phrase):
            return self._owner(phrase)
        if phrase.headed_by("quality") and not phrase.headed_by("thing"):
            # 左边三分之一的饱和度: the quality is not the thing, where it is may be.
            return self.target(phrase.without("quality"))
        found = phrase.target()
        says_which = found.noun or found.color or found.place or found.text or found.attributes
        return found if says_which else None

    def _antecedent(self, phrase: Phrase) -> Target | None:
        """Whom or what a pronoun means: "him" is a person, even after a word about a tree."""
        if not phrase.has("person_pronoun") or is_person(self.last_target):
            return self.last_target
        return Target(noun="person")

    def _owner(self, phrase: Phrase) -> Target | None:
        """ "the brightness of the sky": the quality's owner."""
        for lead, other in phrase.attached:
            if lead not in _OWNER_LEADS or not other.content or other.is_whole:
                continue
            if other.place_only is not None and other.place_only not in ("background", "foreground"):
                return Target(place=other.place_only)
            target = self.target(other)
            if target is not None:
                return target
        return None

    def about_background(self, phrase: Phrase) -> bool:
        """It names the background, or says "it" where the background was spoken of last."""
        if phrase.is_background:
            return True
        says_it = phrase.is_pronoun or all(token.has("pronoun", "determiner") for token in phrase.tokens)
        last = self.last
        return (
            says_it and isinstance(last, RemoveBackground | ReplaceBackground | BlurBackground) and last.target is None
        )


def is_person(target: Target | None) -> bool:
    return target is not None and target.noun in lexicon().cues["people"]


SCRATCHES = Target(noun="scratch")


def speaks_of_scratches(phrase: Phrase) -> bool:
    """ "scratches all over it", 有划痕: it names them and nothing else."""
    known = lexicon().cues["scratched"]
    named = {*phrase.names("thing"), *phrase.names("attribute")}
    return bool(named) and named <= known


def names_no_thing(phrase: Phrase) -> bool:
    """The phrase is about the picture or one of its qualities, not about a thing in it."""
    return all(
        token.has(*_ABOUT_PICTURE) and (token.has("quality", "whole") or not token.has("thing"))
        for token in phrase.content
    )
