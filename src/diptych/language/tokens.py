"""Words → tokens: quoted texts set aside, phrases matched to the lexicon, typos repaired, Chinese segmented."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from diptych.core.errors import Language
from diptych.language.inflection import deletions
from diptych.language.lexicon import SHORTEST_REPAIRED, Lexicon, Sense, lexicon

QUOTES = {
    **{'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "„": "“", "«": "»"},
    **{"「": "」", "『": "』", "《": "》", "＂": "＂", "”": "”"},
}
"""Opening mark → closing mark. 《》 quotes titles; ' only counts where it can't be an apostrophe."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(
    r"#[0-9a-fA-F]{6}(?![0-9A-Za-z])|#[0-9a-fA-F]{3}(?![0-9A-Za-z])"
    r"|百分之[\d零一二三四五六七八九十百]+|\d+\s*比\s*\d+"
    r"|\d+\s*[:：]\s*\d+|\d+\s*[x×*]\s*\d+(?=\s*(?:px|pixels|像素)?)"
    r"|[+-]?\d+(?:\.\d+)?(?:\s*(?:%|°|％))?"
    r"|[A-Za-z]+(?:[-'’][A-Za-z]+)*'?|[\u3400-\u9fff]|\n|[^\sA-Za-z0-9\u3400-\u9fff]"
)
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_NUMBER = re.compile(r"[+-]?\d")


@dataclass(frozen=True)
class Token:
    """A phrase as it stands in the instruction, lower-cased, with all that it can mean.

    kind of surface: "word", "number", "quote" (text holds the quoted text as it was written), "mark"
    (punctuation). start and end are offsets into the instruction.
    """

    text: str
    start: int
    end: int
    surface: str = "word"
    senses: tuple[Sense, ...] = ()
    capital: bool = False
    possessive: bool = False

    def sense(self, kind: str) -> str | None:
        """The name of its first sense of that kind, or None."""
        for sense in self.senses:
            if sense.kind == kind:
                return sense.name
        return None

    def verbs(self) -> list[str]:
        """The verb senses it has, most likely first."""
        return [sense.name for sense in self.senses if sense.kind == "verb"]

    def has(self, *kinds: str) -> bool:
        """It has a sense of one of these kinds."""
        return any(sense.kind in kinds for sense in self.senses)

    @property
    def known(self) -> bool:
        return bool(self.senses) or self.surface != "word"

    def says(self, cue: str) -> bool:
        """It is a word of that table of cues.toml or words.toml."""
        return self.text in lexicon().cues[cue]

    def starts(self, cue: str) -> bool:
        """It begins with a word of that table."""
        return self.text.startswith(tuple(lexicon().cues[cue]))

    def ends(self, cue: str) -> bool:
        """It ends in a word of that table: 换成 in 成."""
        return self.text.endswith(tuple(lexicon().cues[cue]))


@dataclass
class _Piece:
    text: str
    start: int
    end: int
    surface: str = "word"
    raw: str = field(default="")


def detect_language(text: str) -> Language:
    """Chinese when Han characters outside quotation marks outweigh Latin words, else English."""
    outside = "".join(piece.text if piece.surface != "quote" else " " for piece in _pieces(text))
    han = len(_HAN.findall(outside))
    latin = len(re.findall(r"[A-Za-z]{2,}", outside))
    return "zh" if han > latin else "en"


def tokenize(text: str) -> list[Token]:
    """Tokens of an instruction in either language (or both mixed)."""
    words = lexicon()
    pieces = list(_pieces(text))
    tokens: list[Token] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        if piece.surface != "word":
            tokens.append(Token(piece.text, piece.start, piece.end, piece.surface))
            position += 1
        elif _in_chinese_run(pieces, position):
            run = position
            while run < len(pieces) and _in_chinese_run(pieces, run):
                run += 1
            tokens += _segment_chinese(pieces[position:run], words)
            position = run
        else:
            token, used = _match_english(pieces, position, words)
            tokens.append(token)
            position += used
    return tokens


def ends_clause(tokens: Sequence[Token], position: int, marks: Container[str]) -> bool:
    """Whether a clause ends at this token: one of `marks`, but no colon after a verb ("write: SALE")."""
    token = tokens[position]
    if token.surface != "mark" or token.text not in marks:
        return False
    introduces_text = token.text in ":：" and position > 0 and tokens[position - 1].has("verb")
    return not introduces_text


def _pieces(text: str) -> Iterator[_Piece]:
    """Quoted texts whole, then words, numbers, single Han characters and marks."""
    position = 0
    for start, end, inner in _quotations(text):
        yield from _plain_pieces(text, position, start)
        yield _Piece(inner, start, end, "quote", inner)
        position = end
    yield from _plain_pieces(text, position, len(text))


def _plain_pieces(text: str, start: int, end: int) -> Iterator[_Piece]:
    for match in _WORD.finditer(text, start, end):
        raw = match.group()
        if raw.startswith("百分之"):
            yield _Piece(f"{chinese_number(raw[3:])}%", match.start(), match.end(), "number", raw)
            continue
        if _HEX.fullmatch(raw):
            surface = "color"
        elif _NUMBER.match(raw):
            surface = "number"
        elif raw[0].isalpha():
            surface = "word"
        else:
            surface = "mark"
        text = raw.lower().replace("’", "'")
        yield _Piece(
            re.sub(r"\s*比\s*", ":", text) if surface == "number" else text, match.start(), match.end(), surface, raw
        )


_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def chinese_number(text: str) -> int:
    """A number below a thousand in Chinese or Arabic digits: 二十五 is 25."""
    if text.isascii():
        return int(text[:9])
    total, digit = 0, 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.get(character, digit)
    return total + digit


def _quotations(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, inner text) of each quotation; an apostrophe inside a word opens none."""
    position = 0
    while position < len(text):
        mark = text[position]
        closing = QUOTES.get(mark)
        if closing and not (
            mark in "'‘`" and position and text[position - 1].isascii() and text[position - 1].isalnum()
        ):
            end = _closing(text, position + 1, closing)
            if end > position + 1:
                yield position, end + 1, text[position + 1 : end].strip()
                position = end + 1
                continue
        position += 1


def _closing(text: str, start: int, closing: str) -> int:
    """Where the quotation that opened before `start` ends, or -1. A ' or ’ before a letter is an apostrophe."""
    position = start
    while (position := text.find(closing, position)) >= 0:
        if (
            closing in "'’"
            and position + 1 < len(text)
            and text[position + 1].isascii()
            and text[position + 1].isalnum()
        ):
            position += 1
            continue
        return position
    return -1


def _in_chinese_run(pieces: list[_Piece], position: int) -> bool:
    """Han characters, and the Latin letter of words such as "P掉"."""
    piece = pieces[position]
    if piece.surface != "word":
        return False
    if _HAN.match(piece.text):
        return True
    follows = (
        position + 1 < len(pieces)
        and pieces[position + 1].start == piece.end
        and bool(_HAN.match(pieces[position + 1].text))
    )
    return len(piece.text) == 1 and follows


def _match_english(pieces: list[_Piece], position: int, words: Lexicon) -> tuple[Token, int]:
    """The longest phrase of the lexicon that starts here, else the one word (repaired if it is a typo)."""
    run: list[str] = []
    for piece in pieces[position : position + words.longest_english]:
        if piece.surface not in ("word", "number") and piece.text not in _INSIDE_PHRASES:
            break
        run.append(piece.text)
    before_noun = position > 0 and pieces[position - 1].text in words.cues["before_own_noun"]
    for length in range(len(run), 1, -1):
        phrase = " ".join(run[:length])
        senses = _senses(phrase, words) or _apostrophe_dropped(phrase, words)
        if senses and not (before_noun and _is_thing_and_color(senses, run, words)):
            return _english_token(_without_possessive(phrase), senses, pieces[position : position + length]), length
    word = run[0]
    senses = _senses(word, words)
    bare = _without_possessive(word)
    repaired = None if senses else repair(bare, words)
    if repaired is not None:
        bare, senses = repaired, words.english[repaired]
    return _english_token(bare, senses, pieces[position : position + 1]), 1


_INSIDE_PHRASES = ("&", "/", "+")
"""Marks that a phrase of the lexicon may hold ("b & w")."""
_POSSESSIVE = ("'s", "s'")


def _english_token(text: str, senses: tuple[Sense, ...], pieces: list[_Piece]) -> Token:
    first, last = pieces[0], pieces[-1]
    capital = first.raw[:1].isupper() and not first.raw.isupper()
    return Token(text, first.start, last.end, "word", senses, capital, last.text.endswith(_POSSESSIVE))


def _senses(phrase: str, words: Lexicon) -> tuple[Sense, ...]:
    """What a phrase means; "the man's" what "the man" means."""
    return words.english.get(phrase) or words.english.get(_without_possessive(phrase), ())


def _without_possessive(phrase: str) -> str:
    return phrase.removesuffix("'s").removesuffix("'") if phrase.endswith(_POSSESSIVE) else phrase


def _is_thing_and_color(senses: tuple[Sense, ...], run: list[str], words: Lexicon) -> bool:
    """ "(turn the) grass green" is grass and green, though "grass green" is a colour."""
    first = words.english.get(run[0], ())
    return (
        senses[0].kind == "color"
        and any(sense.kind == "thing" for sense in first)
        and not any(sense.kind in ("color", "shade") for sense in first)
    )


def _apostrophe_dropped(phrase: str, words: Lexicon) -> tuple[Sense, ...]:
    """ "dont change" is "don't change"."""
    return words.english.get(phrase.replace("dont", "don't"), ()) if "dont" in phrase else ()


_SHORTEST_CHANGED = 7
"""A letter changed for another makes other words more often ("being", "bring"), so only long ones are repaired."""


def repair(word: str, words: Lexicon) -> str | None:
    """The known word within one edit of a longer unknown one, with the same first letter; else None."""
    if len(word) < SHORTEST_REPAIRED or not word.isalpha():
        return None
    for form in deletions(word):
        known = words.repairs.get(form)
        if known is None or known[0] != word[0] or abs(len(known) - len(word)) > 1:
            continue
        changed = len(known) == len(word) and sorted(known) != sorted(word)
        if len(word) >= _SHORTEST_CHANGED or not changed:
            return known
    return None


def _segment_chinese(run: list[_Piece], words: Lexicon) -> list[Token]:
    """The lexicon's words along the best segmentation; unknown characters join into one token."""
    text = "".join(piece.text for piece in run)
    tokens: list[Token] = []
    for start, end in _segments(text, words):
        word = text[start:end]
        senses = words.chinese.get(word, ())
        first, last = run[start].start, run[end - 1].end
        if not senses and tokens and not tokens[-1].senses and tokens[-1].end == first:
            tokens[-1] = Token(tokens[-1].text + word, tokens[-1].start, last)
        else:
            tokens.append(Token(word, first, last, "word", senses))
    return tokens


_COST_OF_WORD = 1.0
_COST_OF_CHARACTER = 1.35
"""Of a known word of one character: two of them are worse than any word of two."""
_COST_OF_UNKNOWN = 1.75


def _segments(text: str, words: Lexicon) -> list[tuple[int, int]]:
    """Shortest path over the lexicon's words: few, long words. (start, end) of each."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        options = [(best[end - 1][0] + _COST_OF_UNKNOWN, end - 1)]
        for start in range(max(0, end - words.longest_chinese), end):
            if text[start:end] in words.chinese:
                cost = _COST_OF_WORD if end - start > 1 else _COST_OF_CHARACTER
                options.append((best[start][0] + cost, start))
        best.append(min(options, key=lambda option: (option[0], -option[1])))
    cuts = [len(text)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    return list(pairwise(reversed(cuts)))
