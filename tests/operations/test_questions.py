"""Questions: counted, handed to the reader, or refused with a remedy; vague wishes are asked back."""

import numpy as np
import pytest

from diptych.core import operation as op
from diptych.core.errors import NotUnderstood, Unsupported
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Context
from diptych.operations.run import run

PICTURE = Picture(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8))


class Boxes:
    name = "boxes"

    def __init__(self, *boxes):
        self.boxes = boxes

    def find(self, picture, target):
        return [Region.from_box(box, picture.height, picture.width, target.noun, 0.9) for box in self.boxes]


class SizeReader:
    """Says how large the picture is that it was shown."""

    name = "size reader"

    def describe(self, picture, language):
        return f"{language}: {picture.width}×{picture.height}"

    def answer(self, picture, question, language):
        return f"{language}: {question} {picture.width}"


def answer(step, **context):
    outcome = run(PICTURE, Plan(steps=(step,)), Context(**context))
    assert outcome.picture is PICTURE or np.array_equal(outcome.picture.pixels, PICTURE.pixels)
    assert outcome.certificates[0].changed_inside == 0
    return outcome.answers[0]


def test_counting_counts_candidates():
    grounder = Boxes((0, 0, 10, 10), (30, 0, 40, 10), (60, 0, 70, 10))
    counted = answer(op.Count(target=Target(noun="dog")), grounder=grounder)
    assert counted.words == "I count 3: dog."
    assert len(counted.regions) == 3
    assert counted.engine == "boxes"
    assert answer(op.Count(target=Target(noun="dog")), grounder=grounder, language="zh").words == "数到 3 个：dog。"


def test_none_is_an_answer():
    assert answer(op.Count(target=Target(noun="dog")), grounder=Boxes()).words == "I count 0: dog."


def test_describing_and_asking_go_to_the_reader():
    assert answer(op.Describe(), reader=SizeReader()).words == "en: 80×60"
    part = op.Describe(target=Target(noun="dog"))
    assert answer(part, reader=SizeReader(), grounder=Boxes((10, 10, 30, 20))).words == "en: 20×10"
    assert answer(op.Ask(question="how wide?"), reader=SizeReader(), language="zh").words == "zh: how wide? 80"


@pytest.mark.parametrize("step", [op.Describe(), op.Ask(question="what is this?")])
def test_without_a_reader_the_remedy_is_named(step):
    with pytest.raises(Unsupported) as refusal:
        answer(step)
    assert "reader" in refusal.value.remedy.en
    assert "reader" in refusal.value.remedy.zh


def test_vague_wishes_are_asked_back_with_examples():
    with pytest.raises(NotUnderstood, match="apply a filter") as question:
        answer(op.Vague(words="apply a filter"))
    assert question.value.words == ("apply a filter",)
    assert "oil painting" in question.value.remedy.en
    assert "油画" in question.value.remedy.zh
