"""The learned reader at work: only where the grammar can't read, only where it is sure; else it asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diptych.core.errors import BrokenWeights, NotUnderstood
from diptych.core.target import Target
from diptych.language import tagger as tagger_module
from diptych.language.compiler import clause_by_clause, compile_instruction, understand
from diptych.language.tagger import SURE, Guess, Tagger, shipped_tagger, spans
from diptych.language.tokens import tokenize
from diptych.runtime import WEIGHTS, Weights, shipped


def guess(text: str) -> Guess | None:
    tagger = shipped_tagger()
    assert tagger is not None
    return tagger.guess(text, tokenize(text), 0, len(text))


def ops(text: str, *, learned: bool = True) -> list[str]:
    return [step.op for step in compile_instruction(text, learned=learned).steps]


def test_spans_of_tags() -> None:
    tags = ["O", "B-target", "I-target", "B-target", "I-value", "O", "B-text"]
    assert list(spans(tags)) == [("target", 1, 3), ("value", 4, 4), ("text", 6, 6)]
    assert not list(spans(["O", "O"]))


def test_the_grammar_keeps_the_word_where_it_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(Tagger, "guess", never)
    for text in ("make the sky a bit brighter", "把狗去掉，再把天空调亮", "crop it and don't rotate it"):
        assert compile_instruction(text) == compile_instruction(text, learned=False)


def test_gibberish_and_other_languages_are_not_guessed_at() -> None:
    for text in ("asdfgh qwerty zxcvb", "Supprimez le chien, s'il vous plaît", "齉龘靐"):
        assert guess(text) is None
        with pytest.raises(NotUnderstood) as caught:
            compile_instruction(text)
        assert not caught.value.readings


def test_the_same_words_give_the_same_guess() -> None:
    assert guess("the lamp post is in my way") == guess("the lamp post is in my way")


def stub(monkeypatch: pytest.MonkeyPatch, sure: float) -> None:
    """Replaces what the network says, and nothing around it: how likely each kind is."""
    real = Tagger.guess

    def guess(self: Tagger, text: str, *rest: object) -> Guess | None:
        found = real(self, text, *rest)  # type: ignore[arg-type]
        return None if found is None else Guess(found.readings, sure, 0.9, found.likeliest)

    monkeypatch.setattr(Tagger, "guess", guess)


@pytest.mark.parametrize(("text", "mark"), [("the lamp post is in my way", "“"), ("路灯挡着我的视线", "“")])
def test_what_it_is_not_sure_of_is_asked(monkeypatch: pytest.MonkeyPatch, text: str, mark: str) -> None:
    stub(monkeypatch, SURE - 0.01)
    with pytest.raises(NotUnderstood) as caught:
        compile_instruction(text)
    error = caught.value
    assert len(error.readings) == 2
    assert error.readings[0] != error.readings[1]
    for language in ("en", "zh"):
        assert all(f"“{reading}”" in error.say(language) for reading in error.readings)
    assert text in error.problem.en
    assert text in error.problem.zh


def test_weights_without_it_leave_the_grammar_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.language.compiler.shipped_tagger", lambda: None)
    with pytest.raises(NotUnderstood) as caught:
        compile_instruction("the lamp post is in my way")
    assert not caught.value.readings


def test_damaged_weights_are_an_error(tmp_path: Path) -> None:
    manifest = shipped().manifest
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for name in ("tagger.onnx", "tagger.safetensors"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes()[:-1] + b"?")
    tokens = tokenize("remove it")
    with pytest.raises(BrokenWeights, match=r"tagger\.safetensors"):
        Tagger(Weights(tmp_path)).guess("remove it", tokens, 0, 9)


def test_long_instructions_are_read_around_the_stretch() -> None:
    text = "thanks in advance " * 60 + "remove the dog"
    tokens = tokenize(text)
    around = tagger_module.around(tokens, text.index("remove"), len(text))
    assert len(around) <= tagger_module.LONGEST
    assert around[-1].text == "dog"
    first = tagger_module.around(tokens, 0, 6)
    assert first[0].start == 0


def test_clauses_tell_what_the_grammar_made_of_each() -> None:
    told = clause_by_clause("remove the dog and brighten the sky")
    assert [[step.op for step in made] for _, made in told] == [["remove"], ["brightness"]]
    assert told[0][1][0].target == Target(noun="dog")  # type: ignore[union-attr]


HARD = [
    ("she could use a hat", "add", "hat"),
    ("his shirt in blue please", "recolor", "shirt"),
    ("get that guy outta here", "remove", "man"),
    ("an aeroplane would be nice", "add", "airplane"),
    ("open up the shadows", "shadows", ""),
    ("the building leans", "straighten", ""),
    ("他的脸黑乎乎的", "brightness", "face"),
    ("衣服想要蓝色的", "recolor", "clothes"),
    ("小狗糊了", "sharpness", "puppy"),
    ("照片破破烂烂的", "restore", ""),
]


@pytest.mark.parametrize(("text", "kind", "noun"), HARD)
def test_what_the_grammar_could_not_read(text: str, kind: str, noun: str) -> None:
    found = understand(text)
    (step,) = found.plan.steps
    assert step.op == kind
    assert noun in step.model_dump_json()
    assert found.taken_for
    try:
        alone = compile_instruction(text, learned=False)
    except NotUnderstood:
        return
    assert alone.steps[0].op == "restyle"  # in words of its own, which is how the grammar says that it can't


@pytest.mark.parametrize("text", ["the lamp post is in my way", "天上要是有只鸟就好了", "后面那些人太碍眼"])
def test_what_it_really_is_not_sure_of_it_asks(text: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        compile_instruction(text)
    readings = caught.value.readings
    assert len(readings) == 2
    for plain in readings:  # an answer as it was offered is understood, by the grammar alone
        assert compile_instruction(plain, learned=False).steps


def test_a_question_about_one_clause_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "天空调亮，后面那些人太碍眼"
    stub(monkeypatch, SURE - 0.01)
    found = understand(text)
    assert [step.op for step in found.plan.steps] == ["brightness"]
    assert [question.readings[0] for question in found.questions] == ["去掉那些人"]


def test_it_is_small() -> None:
    assert sum((WEIGHTS / f"tagger.{end}").stat().st_size for end in ("onnx", "safetensors")) < 2_000_000
