"""How well real photo-edit requests are understood: operation kinds, targets, agreement of the languages, time; by the
grammar with the learned reader, as users have it, and by the grammar alone.

    python benchmarks/understanding.py --data DIR [--half even|odd]

DIR/requests/requests.jsonl holds requests that people wrote, in English and Chinese, with operations judged by
reading. The lexicon and the grammar were tuned on the odd lines (counting from 1); the even ones are reported.
Ambiguous lines are left out. Micro-F1 counts operation kinds with their multiplicity.

A target counts as found when a predicted operation of the same kind has a target that names the judged target's
noun (its last word, in the lexicon's canonical form; a pronoun is a person) anywhere in its description.

`mistyped` are the same lines as they are typed in haste: with one seed, a letter of one longer word in seven is left
out, doubled, changed or swapped with the next, and one Chinese character in twenty is taken for another. The learned
reader has seen such slips in training (on other lines); the grammar repairs some of them.

`sure` is how often the learned reader alone, given the whole of every line, is sure of all that is asked, how often it
is right then about the kinds (each counted once), and how often where it isn't.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from diptych.core.errors import DiptychError, NotUnderstood
from diptych.core.operation import AnyOperation
from diptych.language.compiler import compile_instruction
from diptych.language.phrase import Phrase
from diptych.language.tagger import SURE, shipped_tagger
from diptych.language.tokens import tokenize
from diptych.training.wishes import mistyped
from reporting import store

Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds requests/requests.jsonl")
    parser.add_argument("--half", choices=("even", "odd"), default="even")
    options = parser.parse_args()
    file = options.data / "requests" / "requests.jsonl"
    if not file.is_file():
        sys.stderr.write(f"{file} is missing: see --help.\n")
        return 2
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[(1 if options.half == "even" else 0) :: 2]]
    rows = [row for row in rows if not row["ambiguous"]]
    compile_instruction("make it brighter")  # the lexicon is read once, at first use
    hasty = in_haste(rows)
    figures = {
        "half": options.half,
        "lines": len(rows),
        "operations": sum(len(row["ops"]) for row in rows),
        **measured(rows, learned=True),
        "grammar_alone": measured(rows, learned=False),
        "mistyped": {**measured(hasty, learned=True), "grammar_alone": measured(hasty, learned=False)},
        "sure": {language: reader_alone(rows, language) for language in ("en", "zh")},
    }
    name = "understanding" if options.half == "even" else "understanding-odd"
    store(name, f"python benchmarks/understanding.py --data DIR --half {options.half}", figures)
    return 0


class Parsed:
    """The steps of one instruction (none when it raised), whether it asked back, and the seconds it took."""

    def __init__(self, words: str, *, learned: bool = True) -> None:
        started = perf_counter()
        self.steps: tuple[AnyOperation, ...] = ()
        self.asked = False
        try:
            self.steps = compile_instruction(words, learned=learned).steps
        except DiptychError as error:
            self.asked = isinstance(error, NotUnderstood) and bool(error.readings)
        self.seconds = perf_counter() - started


def measured(rows: Sequence[Row], *, learned: bool) -> dict[str, Any]:
    english, chinese = ([Parsed(row[language], learned=learned) for row in rows] for language in ("en", "zh"))
    agreeing = [kinds(a.steps) == kinds(b.steps) for a, b in zip(english, chinese, strict=True)]
    return {
        "en": score(rows, english),
        "zh": score(rows, chinese),
        "same_kinds_in_both": round(share(agreeing), 4),
    }


IN_HASTE = 0.15


def in_haste(rows: Sequence[Row]) -> list[Row]:
    """The rows with slips in their words, the same each time."""
    rng = np.random.default_rng(0)
    return [{**row, **{language: mistyped(row[language], rng, IN_HASTE) for language in ("en", "zh")}} for row in rows]


def reader_alone(rows: Sequence[Row], language: str) -> dict[str, Any]:
    """The learned reader's own word on whole lines."""
    tagger = shipped_tagger()
    if tagger is None:
        return {}
    right: dict[bool, list[bool]] = {True: [], False: []}
    for row in rows:
        guess = tagger.guess(row[language], tokenize(row[language]), 0, len(row[language]))
        if guess is not None:
            asked = {operation["op"] for operation in row["ops"]}
            right[guess.sure >= SURE].append({reading.kind for reading in guess.readings} == asked)
    return {
        "sure_of": round(len(right[True]) / len(rows), 4),
        "right_where_sure": round(share(right[True]), 4),
        "right_where_not": round(share(right[False]), 4),
    }


def kinds(steps: Sequence[AnyOperation]) -> Counter[str]:
    return Counter(step.op for step in steps)


def score(rows: Sequence[Row], parsed: Sequence[Parsed]) -> dict[str, Any]:
    """Micro precision, recall and F1 of operation kinds; share of targets found; milliseconds."""
    hits = predicted = wanted = 0
    for row, plan in zip(rows, parsed, strict=True):
        judged = Counter(operation["op"] for operation in row["ops"])
        made = kinds(plan.steps)
        hits += sum((judged & made).values())
        predicted += sum(made.values())
        wanted += sum(judged.values())
    targets = [
        found(operation, plan.steps)
        for row, plan in zip(rows, parsed, strict=True)
        for operation in row["ops"]
        if operation.get("target")
    ]
    times = sorted(plan.seconds * 1000 for plan in parsed)
    return {
        "f1": round(2 * hits / (predicted + wanted), 4),
        "precision": round(hits / predicted, 4),
        "recall": round(hits / wanted, 4),
        "asked_back": sum(plan.asked for plan in parsed),
        "targets": len(targets),
        "targets_found": round(share(targets), 4),
        "median_ms": round(median(times), 3),
        "slowest_ms": round(times[-1], 2),
    }


def share(flags: Sequence[bool]) -> float:
    return sum(flags) / max(len(flags), 1)


def found(operation: Row, steps: Sequence[AnyOperation]) -> bool:
    """Whether a step of the kind names the judged target."""
    noun = head_noun(operation["target"])
    for step in steps:
        target = getattr(step, "target", None)
        if step.op == operation["op"] == "remove_text" and noun == "text" and target is None:
            return True  # without a target it is about all lettering
        if (
            step.op == operation["op"]
            and target is not None
            and noun in f" {target.describe()} ".replace("“", " ").lower()
        ):
            return True
    return False


def head_noun(words: str) -> str:
    """The noun of a judged target ("boom with the camera" → boom), canonical where the lexicon knows it."""
    tokens = tokenize(words)
    cut = next((at for at, token in enumerate(tokens) if at and token.has("preposition")), len(tokens))
    phrase = Phrase(tuple(tokens[:cut]))
    if phrase.is_pronoun:
        return "person"
    return phrase.target().noun or phrase.text.lower()


if __name__ == "__main__":
    sys.exit(main())
