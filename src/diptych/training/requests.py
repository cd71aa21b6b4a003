"""Requests that people wrote, as the learned reader learns from them: whole, and in clauses that the grammar reads.

Only the odd lines of requests.jsonl (counting from 1) are ever read here; the even ones are what is measured. Of the
odd ones one in eight, by its hash, is held out: the reader's temperature is fitted to them, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from diptych.core.errors import Bilingual, DiptychError, Language, Unsupported
from diptych.core.operation import AnyOperation
from diptych.language.compiler import clause_by_clause, compile_instruction
from diptych.language.frame import Frame
from diptych.language.phrase import Phrase
from diptych.language.readings import kinds
from diptych.training.wishes import DIRECTIONS, Span, Wish

HELD_OUT_OF = 8
_DIRECTED = {"up": DIRECTIONS.index("up"), "down": DIRECTIONS.index("down"), None: 0}
_MEANT_FOR: dict[str, tuple[str, str]] = {
    "add": ("value", ""), "replace": ("target", "value"), "replace_background": ("", "value"),
}  # fmt: skip
"""Which slots a frame's object and value fill, where it isn't ("target", "")."""


def requests(folder: Path) -> list[dict[str, Any]]:
    """The odd lines of `folder`/requests/requests.jsonl. Raises Unsupported where it is missing."""
    path = folder / "requests" / "requests.jsonl"
    if not path.is_file():
        raise Unsupported(
            Bilingual(f"{path} is missing.", f"缺少 {path}。"),
            Bilingual("It holds the requests that this network learns from.", "这个模型要从其中的修图请求学习。"),
        )
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[::2]]


def is_held_out(row: dict[str, Any]) -> bool:
    return crc32(row["en"].encode()) % HELD_OUT_OF == 0


def wishes_of(rows: Sequence[dict[str, Any]], language: Language) -> list[Wish]:
    """Each line whole, with the operations it was judged to ask for, and, where the grammar reads it as it was judged,
    its clauses with what came of each."""
    return [wish for row in rows for wish in (*_whole(row, language), *_clauses(row, language))]


def _whole(row: dict[str, Any], language: Language) -> Iterator[Wish]:
    judged = frozenset(operation["op"] for operation in row["ops"])
    if judged <= set(kinds()):
        ways = {operation["dir"] for operation in row["ops"]}
        direction = _DIRECTED[ways.pop()] if len(ways) == 1 else None
        text = row[language]
        yield Wish(text, 0, len(text), judged, direction, None)


def _clauses(row: dict[str, Any], language: Language) -> Iterator[Wish]:
    text = row[language]
    try:
        plan = compile_instruction(text, learned=False)
    except DiptychError:
        return
    if sorted(step.op for step in plan.steps) != sorted(operation["op"] for operation in row["ops"]):
        return
    for frame, made in clause_by_clause(text):
        asked = frozenset(step.op for step in made)
        if frame.tokens and asked <= set(kinds()):
            first, last = min(t.start for t in frame.tokens), max(t.end for t in frame.tokens)
            yield Wish(text, first, last, asked, _direction(made), _spans(frame, made), partly=bool(made))


def _direction(made: Sequence[AnyOperation]) -> int | None:
    amounts = [getattr(step, "amount", None) for step in made]
    if len(made) != 1 or amounts[0] is None:
        return None
    return DIRECTIONS.index("up" if amounts[0] > 0 else "down")


def _spans(frame: Frame, made: Sequence[AnyOperation]) -> tuple[Span, ...] | None:
    """The stretches of a frame's object and value; None where it isn't plain what they are for."""
    asked = {step.op for step in made}
    if not asked:
        return ()
    if len(asked) > 1:
        return None
    slots = _MEANT_FOR.get(asked.pop(), ("target", ""))
    if slots[0] == "target" and any(getattr(step, "target", None) is None for step in made):
        return None
    filled = zip(slots, (frame.object, frame.value), strict=True)
    return tuple((slot, *_stretch(phrase)) for slot, phrase in filled if slot and phrase.tokens)


def _stretch(phrase: Phrase) -> tuple[int, int]:
    return min(token.start for token in phrase.tokens), max(token.end for token in phrase.tokens)
