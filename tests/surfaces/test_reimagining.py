"""Drawings that are checked statement by statement and corrected, from words and from pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data
from typer.testing import CliRunner

from chat_server import says, serving
from diptych import NotUnderstood, Picture, Studio, Unsupported
from diptych.cli.app import app
from diptych.core.document import Document
from diptych.language.llm.server import Server
from diptych.painters.constraints import checked, statements
from diptych.painters.mentions import scan
from diptych.painters.said import plainly_said
from diptych.reimagining import Aim, Draughtsman, aim_of_words, wish_of_tags
from diptych.world.layout import cells_of
from diptych.world.scene import Background, Scene, Thing
from diptych.world.tokens import parse_scene
from diptych.world.wish import full_wish, judge

WORDS = "a big purple cat left of two small stars, at night"
KNOWN = ("cat", "star", "tree", "dog")
SCENE = Scene((Thing(28, 68, "cat", "purple", "big"), Thing(92, 60, "star", None, "small")), Background("meadow"))


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(planner="grammar")


@pytest.fixture(scope="module")
def drawing(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "cat.png"
    studio.draw("a red cat left of a tree, on a meadow", seed=3).save(path)
    return path


def said(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), env={"LANG": "en_US.UTF-8", "LC_ALL": ""})
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(
    "words",
    [
        WORDS,
        "三只红色的猫排成一行",
        "a cat between a dog and a tree on a beach at sunset in the rain",
        "左上角有一颗星星",
    ],
)
def test_every_statement_is_in_words_in_both_languages(words: str) -> None:
    wish = plainly_said(words, scan(words)[0])
    told = statements(wish)
    assert len(told) == len(judge(wish, Scene(())))
    assert all(one.en.isascii() and not one.zh.isascii() for one in told)
    assert len({one.en for one in told}) == len(told)


def test_outcomes_are_told_apart() -> None:
    wish = full_wish(SCENE)
    right, wrong, unseen = (checked(wish, scene, ["moody"]) for scene in (SCENE, Scene(SCENE.things[:1]), None))
    assert {one.outcome for one in right[:-1]} == {"holds"}
    assert {one.outcome for one in unseen} == {"not checkable"}
    failed = {one.words.en for one in wrong if one.outcome == "fails"}
    assert {"star: there", "star: 1"} <= failed
    assert "cat: there" not in failed
    assert right[-1].outcome == "not checkable"


class Reader:
    """Sees what it is told to see, one scene a look, and the last one from then on."""

    def __init__(self, *scenes: Scene | None) -> None:
        self.scenes = list(scenes)

    def sees(self, picture: Picture, least: float) -> Scene | None:
        return self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]


def drawn(reader: Reader, rounds: int = 3) -> tuple[Document, set[str], int]:
    canvas = Picture.from_array(np.full((128, 128, 3), 255, np.uint8))
    man = Draughtsman(reader, lambda document: canvas, canvas)  # type: ignore[arg-type]
    document, found, tried = man.draw(Aim("x", SCENE, full_wish(SCENE)), 5, rounds)
    return document, {one.outcome for one in found}, tried


def test_what_fails_is_painted_anew_and_only_there() -> None:
    missing = replace(SCENE, things=SCENE.things[:1])
    document, outcomes, tried = drawn(Reader(missing, SCENE))
    assert ([step.op for step in document.plan.steps], tried) == (["draw", "repaint"], 1)
    assert outcomes == {"holds"}
    painted = np.zeros((128, 128), bool)
    for x0, y0, x1, y1 in document.plan.steps[1].boxes:  # type: ignore[union-attr]
        painted[y0:y1, x0:x1] = True
    assert (painted[::8, ::8] == cells_of(missing, SCENE)).all()


def test_rounds_end_and_the_best_drawing_is_kept() -> None:
    missing, nothing = replace(SCENE, things=SCENE.things[:1]), replace(SCENE, things=())
    assert drawn(Reader(None), rounds=2)[1:] == ({"not checkable"}, 2)
    assert drawn(Reader(missing), rounds=0)[1:] == ({"holds", "fails"}, 0)
    document, outcomes, tried = drawn(Reader(missing, nothing), rounds=3)
    assert ([step.op for step in document.plan.steps], tried) == (["draw"], 3)
    assert outcomes == {"holds", "fails"}


def test_a_checked_drawing_is_what_was_said_and_replays(studio: Studio, tmp_path: Path) -> None:
    made = studio.draw_checked(WORDS, seed=3)
    assert made.fulfilled
    layout = made.result.plan.steps[0].layout  # type: ignore[union-attr]
    aim = aim_of_words(WORDS, parse_scene(layout.split()))
    assert len(made.constraints) == len(judge(aim.wish, aim.scene))
    made.result.save(tmp_path / "out.png")
    assert studio.verify(tmp_path / "out.png").size


@pytest.mark.parametrize(("words", "known"), [("as a rainy night", "red cat"), ("变成雨夜", "红色的猫")])
def test_a_drawing_reimagined_keeps_its_things(studio: Studio, drawing: Path, words: str, known: str) -> None:
    made = studio.reimagine(drawing, words, seed=1)
    old, new = (
        parse_scene(result.plan.steps[0].layout.split())  # type: ignore[union-attr]
        for result in (studio.render(studio.open(drawing)), made.result)
    )
    assert new.things == old.things
    assert (new.background.place, new.background.time, new.background.weather) == ("meadow", "night", "rain")
    outcomes = {one.words.en: one.outcome for one in made.constraints}
    assert outcomes["cat: there"] == outcomes["nothing else"] == "holds"
    assert known in made.drawn_from


def test_reimagining_reports_what_it_cannot_check(studio: Studio, drawing: Path) -> None:
    made = studio.reimagine(drawing, "as a melancholic rainy night", rounds=0)
    assert [one.words.en for one in made.constraints if one.kind == "words"] == ["“melancholic”"]
    assert made.constraints[-1].outcome == "not checkable"


def test_words_that_change_nothing_are_refused(studio: Studio, drawing: Path) -> None:
    for words in ("as a masterpiece", "with a dog"):
        with pytest.raises(NotUnderstood, match="where, when"):
            studio.reimagine(drawing, words)


def test_a_photo_is_drawn_as_far_as_there_are_stickers() -> None:
    wish, beyond = wish_of_tags(["dog", "grass", "necklace"], "at night", KNOWN)
    assert ([group.noun for group in wish.groups], wish.place, wish.time) == (["dog"], "meadow", "night")
    assert beyond == ("necklace",)
    with pytest.raises(Unsupported, match="necklace"):
        wish_of_tags(["necklace"], "at night", KNOWN)


@pytest.mark.enable_socket
def test_a_model_says_the_phrases(drawing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    unsaid = {"color": None, "size": None, "place": None}
    things = [{"noun": "cat", "count": 1, **unsaid, "color": "blue"}, {"noun": "dragonfruit", "count": 1, **unsaid}]
    phrases = {"things": things, "place": "beach", "time": "sunset", "weather": None, "beyond": ["in love"]}
    with serving(says("no"), says(json.dumps(phrases))) as server:
        studio = Studio(llm=Server(server.url, "recorded"))
        made = studio.reimagine(drawing, "in love, on holiday", rounds=0)
        assert "red cat" in server.asked[0].words
        assert len(server.asked) == 2
        told = {one.words.en: one.outcome for one in made.constraints}
        assert told["“in love”"] == told["“dragonfruit”"] == "not checkable"
        assert "cat: blue" in told
        photo = Picture.from_array(data.chelsea()[:64, :96])
        assert studio.reimagine(photo, "on holiday", rounds=0).result.picture.width == 128
        server.answers[:] = [says('{"things": [{"noun": "dragonfruit", "count": 1}]}')]
        with pytest.raises(NotUnderstood, match="key phrases"):
            studio.reimagine(drawing, "in love, on holiday", rounds=0)


def test_from_the_shell(drawing: Path, tmp_path: Path) -> None:
    out = tmp_path / "rain.png"
    told = json.loads(said("reimagine", str(drawing), "as a rainy night", "-o", str(out), "--rounds", "1", "--json"))
    assert told["check"]["constraints"][0] == {"kind": "object", "en": "cat: there", "zh": "猫：有", "outcome": "holds"}
    assert out.is_file()
    text = said("draw", "两颗星星", "--check", "-o", str(tmp_path / "stars.png"), "--rounds", "1")
    assert "星星：2 颗" in text
    said("draw", "a cat", "--check", "-n", "2", code=2)
