"""How well real photo-edit requests are understood: operation kinds, targets, agreement of the languages, time.

    python benchmarks/understanding.py --data DIR [--half even|odd]

DIR/requests/requests.jsonl holds requests that people wrote, in English and Chinese, with operations judged by
reading. The lexicon and the grammar were tuned on the odd lines (counting from 1); the even ones are reported.
Ambiguous lines are left out. Micro-F1 counts operation kinds with their multiplicity.

A target counts as found when a predicted operation of the same kind has a target that names the judged target's
noun (its last word, in the lexicon's canonical form; a pronoun is a person) anywhere in its description.
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

from diptych.core.errors import DiptychError
from diptych.core.operation import AnyOperation
from diptych.language.compiler import compile_instruction
from diptych.language.phrase import Phrase
from diptych.language.tokens import tokenize
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
    english, chinese = (understand(rows, language) for language in ("en", "zh"))
    figures = {
        "half": options.half,
        "lines": len(rows),
        "operations": sum(len(row["ops"]) for row in rows),
        "en": score(rows, english),
        "zh": score(rows, chinese),
        "same_kinds_in_both": round(
            share([kinds(a.steps) == kinds(b.steps) for a, b in zip(english, chinese, strict=True)]), 4
        ),
    }
    name = "understanding" if options.half == "even" else "understanding-odd"
    store(name, f"python benchmarks/understanding.py --data DIR --half {options.half}", figures)
    return 0


class Parsed:
    """The steps of one instruction (none when it raised) and the seconds it took."""

    def __init__(self, words: str) -> None:
        started = perf_counter()
        try:
            self.steps: tuple[AnyOperation, ...] = compile_instruction(words).steps
        except DiptychError:
            self.steps = ()
        self.seconds = perf_counter() - started


def understand(rows: Sequence[Row], language: str) -> list[Parsed]:
    return [Parsed(row[language]) for row in rows]


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
