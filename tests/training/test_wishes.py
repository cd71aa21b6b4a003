"""Made sentences mean what they are labelled with, and of what people wrote only odd lines are learned from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from diptych.core.errors import DiptychError, Unsupported
from diptych.language.compiler import compile_instruction
from diptych.language.readings import SLOTS, kinds
from diptych.training.recipes import Place
from diptych.training.recipes.tagger import IGNORED, TAGS, TaggerTask, task
from diptych.training.requests import is_held_out, requests, wishes_of
from diptych.training.wishes import Wish, forms, mistyped, sample_wish

LANGUAGES = ("en", "zh")


def made(count: int) -> list[Wish]:
    rng = np.random.default_rng(0)
    return [sample_wish(rng, LANGUAGES[number % 2], 1 + number // 2 % 3) for number in range(count)]


def test_labels_are_of_the_kinds_and_stretches_lie_in_the_text() -> None:
    for wish in made(400):
        assert wish.kinds <= set(kinds())
        assert 0 <= wish.start < wish.end <= len(wish.text)
        for slot, start, end in wish.spans or ():
            assert slot in SLOTS
            assert wish.start <= start < end <= wish.end


def test_every_kind_is_asked_for_in_both_languages() -> None:
    for form in forms():
        assert form.kind == "nothing" or form.kind in kinds()
        assert all(form.sentences[language] or form.shared[language] for language in LANGUAGES)


def test_what_the_grammar_can_read_it_reads_as_labelled() -> None:
    """The sentences are chosen to be hard for it; where it does read a single one, it seldom reads something else."""
    agreeing = []
    for wish in made(900):
        if (wish.start, wish.end) != (0, len(wish.text)) or len(wish.kinds) != 1:
            continue
        try:
            steps = compile_instruction(wish.text, learned=False).steps
        except DiptychError:
            continue
        agreeing.append(wish.kinds <= {step.op for step in steps})
    assert len(agreeing) > 100
    assert np.mean(agreeing) > 0.6


def test_slips_keep_most_of_the_words() -> None:
    rng = np.random.default_rng(0)
    words = "please remove the telephone pole behind everyone"
    slipped = mistyped(words, rng, 1.0)
    assert slipped != words
    assert len(slipped.split(" ")) == len(words.split(" "))
    assert mistyped(words, rng, 0.0) == words
    assert len(mistyped("把电线杆去掉", rng, 1.0)) == 6


def rows() -> list[dict]:  # type: ignore[type-arg]
    asked = [("remove the dog", "把狗去掉", "remove"), ("make it brighter", "调亮一点", "brightness")] * 6
    return [
        {"en": f"{en} {number}", "zh": zh, "ops": [{"op": op, "dir": None, "target": None}], "ambiguous": False}
        for number, (en, zh, op) in enumerate(asked)
    ]


def test_only_odd_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    lines = "\n".join(json.dumps(row) for row in rows())
    (tmp_path / "requests" / "requests.jsonl").write_text(lines)
    assert [row["en"] for row in requests(tmp_path)] == [row["en"] for row in rows()[::2]]


def test_what_is_held_out_is_not_learned_from(data: Path) -> None:
    learner = task(Place(Path(), "toy", data), Path())
    parts = learner.held_out, learner.written
    held_out, written = ({wish.text for group in part for wish in group} for part in parts)
    assert held_out
    assert not held_out & written
    assert {is_held_out(row) for row in learner.rows} == {True, False}


def test_requests_are_told_whole_and_in_clauses() -> None:
    row = {
        "en": "remove the dog and brighten the sky", "zh": "把狗去掉，天空调亮", "ambiguous": False,
        "ops": [{"op": "remove", "dir": None, "target": "dog"}, {"op": "brightness", "dir": "up", "target": "sky"}],
    }  # fmt: skip
    for language in LANGUAGES:
        told = wishes_of([row], language)
        assert told[0].kinds == {"remove", "brightness"}
        assert [set(wish.kinds) for wish in told[1:]] == [{"remove"}, {"brightness"}]
        assert [wish.text[start:end] for wish in told[1:] for _, start, end in wish.spans or ()] == (
            ["the dog", "the sky"] if language == "en" else ["狗", "天空"]
        )
        assert told[2].direction == 1


def test_tags_follow_the_tokens() -> None:
    learner = TaggerTask((), config=None)  # type: ignore[arg-type]
    text = "hello remove the red car please"
    learner.config = type("Config", (), {"kinds": kinds()})()  # type: ignore[assignment]
    sample = learner.encode(Wish(text, 6, 24, frozenset({"remove"}), None, (("target", 13, 24),)))
    names = ["-" if tag == IGNORED else TAGS[tag] for tag in sample["tags"]]
    assert names == ["-", "O", "B-target", "I-target", "I-target", "-"]
    assert sample["kinds"].sum() == 1


def test_without_data_it_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="--data"):
        task(Place(tmp_path, "toy"), Path())
    with pytest.raises(Unsupported, match=r"requests\.jsonl"):
        task(Place(tmp_path, "toy", tmp_path), Path())
