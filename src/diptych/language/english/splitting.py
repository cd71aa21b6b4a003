"""English tokens → clauses.

People write requests as run-on lists ("brighten the photo remove the man Add a hat"), so clauses begin at
verbs, not only at punctuation. A verb form that is a noun as often (crop, frame, paint) begins one only
where a clause can begin: after a mark, a joiner, a polite word, or capitalised.
"""

from __future__ import annotations

from collections.abc import Sequence

from diptych.language.english.framing import MANNER
from diptych.language.frame import Clause
from diptych.language.lexicon import lexicon
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token, ends_clause

_STRONG_MARKS = frozenset(".;!?\n:|。；！？")
_WEAK_MARKS = frozenset("'-/")
"""Marks inside words and between alternatives; no clause opens after them."""
_NOT_BEFORE_VERB = ("determiner", "preposition", "possessive", "negation", "relative")
_NAMES_SOMETHING = (
    *("thing", "quality", "letters", "place", "color", "attribute", "more", "less"),
    *("style", "filter", "amount", "scene", "shade"),
)
_MADE = ("more", "less", "color", "leaning")
"""Kinds of words that say what something is made."""
_PARTICLE_REACH = 8
"""How many words may stand between a verb and its particle ("take the big black car on the left OUT")."""
_TITLE_CASE = 0.7
"""Share of capitalised words above which capitals say nothing about where clauses begin."""


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of an instruction in order; "… TO MAKE IT BRIGHTER" after another clause is its purpose."""
    splitter = _Splitter(tokens)
    for position in range(len(tokens)):
        splitter.take(position)
    return [
        Clause(tuple(piece), purpose)
        for part, purpose in zip(splitter.parts, splitter.purposes, strict=True)
        for piece in _verbless_pieces(part)
        if _said(piece)
    ]


class _Splitter:
    """Takes the tokens one by one into the clause that they belong to."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.title_case = _is_title_case(tokens)
        self.parts: list[list[Token]] = [[]]
        self.purposes = [False]
        self.skipping = False
        """Inside "because …", "so that …", "than …": passed over until the next clause begins."""

    def take(self, position: int) -> None:
        token, part = self.tokens[position], self.parts[-1]
        says = bool(_said(part))
        begins = _begins_clause(self.tokens, position, says, self.title_case)
        if ends_clause(self.tokens, position, _STRONG_MARKS):
            self._open()
        elif not begins and says and _quality_moves(self.tokens, position):
            self._open(token)
        elif not begins and _is_made_again(self.tokens, position, part):
            self.parts.append([next(other for other in part if other.has("verb"))])
            self.purposes.append(self.purposes[-1])
        elif begins and not self._is_passed_over(position):
            self._begin(position)
        elif says and token.says("before_verbless") and _verbless_follows(self.tokens, position + 1):
            self._open()
        elif says and token.says("subordinate") and any(other.has("verb") for other in part):
            self.skipping = True
        elif not self.skipping:
            part.append(token)

    def _is_passed_over(self, position: int) -> bool:
        """The verb of a subordinate clause begins none, unless a mark or a capital sets it off."""
        return self.skipping and not _is_opening(self.tokens[position - 1]) and not self.tokens[position].capital

    def _open(self, *tokens: Token, purpose: bool = False) -> None:
        self.parts.append(list(tokens))
        self.purposes.append(purpose)
        self.skipping = False

    def _begin(self, position: int) -> None:
        """A new clause at its verb. "just", "slightly" and the like before the verb go with it."""
        part = self.parts[-1]
        says = bool(_said(part))
        purpose = says and position > 0 and self.tokens[position - 1].text == "to"
        if part and part[-1].says("before_clause"):
            part.pop()
        manner = [] if _said(part) else [other for other in part if other.has(*MANNER)]
        self._open(*manner, self.tokens[position], purpose=purpose)


def _verbless_pieces(part: list[Token]) -> list[list[Token]]:
    """A clause without a verb is one wish per comma ("white background please, a bit brighter")."""
    if any(token.has("verb") for token in part):
        return [part]
    pieces: list[list[Token]] = [[]]
    for token in part:
        if token.text == ",":
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _said(part: Sequence[Token]) -> list[Token]:
    """The tokens of a clause that carry content."""
    carries = ("verb", "thing", "quality", "more", "less")
    return [
        token
        for token in part
        if token.surface != "mark" and (token.has(*carries) or not token.has("joiner", "polite", "coordinator", "only"))
    ]


# ---- clauses without a verb of their own -------------------------------------------------------------------


def _is_made_again(tokens: Sequence[Token], position: int, part: Sequence[Token]) -> bool:
    """ "make the dress red AND THE SHOES black": and, after what was made, opens another thing and what it is made."""
    verb = next((token for token in part if token.has("verb")), None)
    if verb is None or not tokens[position].has("coordinator") or position + 2 >= len(tokens):
        return False
    if {"make", "recolor"}.isdisjoint(verb.verbs()) or not any(token.has(*_MADE) for token in part[1:]):
        return False
    if not tokens[position + 1].has("determiner", "person_pronoun"):
        return False
    rest = tokens[position + 2 : position + 8]
    return any(token.has("thing", "place") for token in rest[:3]) and any(token.has(*_MADE) for token in rest)


def _quality_moves(tokens: Sequence[Token], position: int) -> bool:
    """ "crop photo CONTRAST UP": a quality with its direction, not tied to what came before by an article."""
    if not position or not tokens[position].has("quality"):
        return False
    if tokens[position - 1].has("determiner", "preposition", "verb", "coordinator", "quality"):
        return False
    ahead = tokens[position + 1 : position + 3]
    if ahead and ahead[0].says("up_or_down"):
        return True
    return len(ahead) > 1 and ahead[0].has("amount") and ahead[1].says("up_or_down")


def _verbless_follows(tokens: Sequence[Token], start: int) -> bool:
    """After a comma: "…, plain gray background" or "…, more contrast", which the verb before doesn't govern."""
    part = []
    for token in tokens[start:]:
        if token.surface == "mark" or (token.has("verb") and not token.has("color", "more", "less", "quality")):
            break
        part.append(token)
    if not part:
        return False
    if len(part) > 1 and part[0].has("comparison") and part[1].has("quality"):
        return True
    if part[0].has("statement", "person_pronoun") and not part[0].says("no_statement"):
        return True
    phrase = Phrase(tuple(part))
    if phrase.is_background:
        return not phrase.has("preposition")
    return phrase.has("more", "less", "leaning") and not phrase.names("thing")


# ---- where a verb begins a clause --------------------------------------------------------------------------


def _begins_clause(tokens: Sequence[Token], position: int, has_content: bool, title_case: bool) -> bool:
    token = tokens[position]
    if not _can_begin(tokens, position, has_content):
        return False
    if not has_content:
        return not any(other.has("verb") for other in _clause_so_far(tokens, position))
    previous = tokens[position - 1]
    if _is_opening(previous) and not _is_in_adjective_list(tokens, position):
        return True
    if previous.text == "to":
        return _is_strong(token) or token.says("purpose_verb")
    if previous.text == "but":
        return True
    if previous.says("owner"):
        return False
    capital = token.capital and not title_case
    if capital and previous.says("ending_preposition"):
        return True
    if previous.possessive or (previous.has(*_NOT_BEFORE_VERB) and not previous.has("pronoun")):
        return False
    if previous.surface == "quote" or (capital and not previous.has("preposition")):
        return True
    if position == 1 and previous.has("verb") and not previous.has("thing", "whole", "quality", "pronoun"):
        return False
    return _is_strong(token) or _object_follows(tokens, position)


def _can_begin(tokens: Sequence[Token], position: int, has_content: bool) -> bool:
    """The word is a verb here: not the colour, the half of a split verb or the verb of "it", "which" and "who"."""
    token = tokens[position]
    if token.surface != "word" or not token.has("verb") or (token.text == "instead of" and has_content):
        return False
    if token.verbs() == ["apart"] and not _particle_follows(tokens, position):
        return False
    before = tokens[max(position - 2, 0) : position]
    if token.has("color") and any(other.has("color", "shade", "attribute") for other in before):
        return False
    return not position or not tokens[position - 1].says("subject")


def _particle_follows(tokens: Sequence[Token], position: int) -> bool:
    """ "take … out": the particle that makes a verb of the word stands somewhere after it."""
    verb = tokens[position].text
    ahead = [token.text for token in tokens[position + 1 : position + 1 + _PARTICLE_REACH]]
    particles = [*ahead, *(text.removesuffix(" of") for text in ahead)]
    return any((verb, particle) in lexicon().apart for particle in particles)


def _clause_so_far(tokens: Sequence[Token], position: int) -> Sequence[Token]:
    start = position
    while start and not (tokens[start - 1].surface == "mark" and tokens[start - 1].text in _STRONG_MARKS):
        start -= 1
    return [token for token in tokens[start:position] if not token.has("polite", "joiner")]


def _is_opening(token: Token) -> bool:
    return (token.surface == "mark" and token.text not in _WEAK_MARKS) or token.has("joiner", "polite")


def _is_in_adjective_list(tokens: Sequence[Token], position: int) -> bool:
    """ "brighter and sharp": a quality word joined to another is no new command."""
    token = tokens[position]
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    if following is None or following.surface == "mark" or following.has("joiner", "verb"):
        return token.has(
            *("more", "less", "color", "quality", "amount", "style"),
            *("thing", "letters", "place", "attribute", "filter"),
        )
    adjective = token.has("more", "less", "color", "quality", "amount", "style")
    noun = token.has("thing", "letters", "quality", "place", "attribute", "filter")
    no_object = not following.has("whole", "determiner", "pronoun", "thing")
    return (adjective and no_object) or (noun and following.has("preposition"))


def _is_strong(token: Token) -> bool:
    """A form that is practically always a verb."""
    if token.text in lexicon().weak or token.has(*_NAMES_SOMETHING):
        return False
    return not token.text.endswith(("ing", "ed"))


def _object_follows(tokens: Sequence[Token], position: int) -> bool:
    """A weak verb that is followed by what only an object starts with, and follows a finished noun."""
    if position + 1 >= len(tokens) or tokens[position].text.endswith(("ing", "ed")):
        return False
    finished = tokens[position - 1].has("thing", "whole", "color", "place", "quality", "pronoun")
    return finished and tokens[position + 1].has("determiner", "pronoun", "whole")


def _is_title_case(tokens: Sequence[Token]) -> bool:
    words = [
        token for token in tokens if token.surface == "word" and not token.has("preposition", "determiner", "joiner")
    ]
    return len(words) > 4 and sum(token.capital for token in words) > _TITLE_CASE * len(words)
