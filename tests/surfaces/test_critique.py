"""Checked drawings by a large model, and by words that only a language model understands: a real pipeline class at a
tiny size, and a real HTTP server that speaks chat completions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chat_server import says, serving
from diptych import NotUnderstood, Picture, Studio
from diptych.cli.app import app
from diptych.critique import caption_of_tags, drawn_until_it_holds, of_words_alone, stated, stated_of_tags
from diptych.language.llm.looking import read_outcomes
from diptych.language.llm.server import Server
from diptych.painters.constraints import checked
from diptych.world.scene import Background, Scene, Thing

WORDS = "a big red cat left of two stars, at night"
PLAIN = {"color": None, "size": None, "place": None}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion with random weights."""
    pytest.importorskip("torch")
    pytest.importorskip("diffusers")
    return Path(pytest.importorskip("tiny_models").make("sd", tmp_path_factory.mktemp("models") / "tiny-sd"))


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "cat.png"
    Studio(planner="grammar").draw("a red cat left of a tree, on a meadow", seed=3).save(path)
    return path


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "DIPTYCH_LLM_URL", "DIPTYCH_LLM_SEES"):
        monkeypatch.delenv(name, raising=False)


def told(*words: str, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*words, "--json"], env={"LANG": "en_US.UTF-8", "LC_ALL": ""})
    assert result.exit_code == code, result.output
    return dict(json.loads(result.output.splitlines()[-1])) if code == 0 else {}


def outcomes(*said: str) -> Any:
    return says(json.dumps({"outcomes": list(said)}))


# ---- statements ------------------------------------------------------------------------------------------


def test_only_what_is_said_is_stated_of_a_free_drawing() -> None:
    wish, beyond = stated("a big red cat and a tree in a hammock at night")
    found = of_words_alone(wish, checked(wish, None, beyond))
    said = [one.words.en for one in found]
    assert {"cat: there", "cat: red", "cat: big", "tree: there", "time of day: night", "“hammock”"} <= set(said)
    assert not any("natural" in one or one == "nothing else" for one in said)
    assert len(said) == len(checked(wish, None, beyond)) - 2


def test_a_photo_of_what_has_no_sticker_is_stated_too() -> None:
    wish, beyond = stated_of_tags(["dog", "necklace"], "at night", ("dog",))
    assert [group.noun for group in wish.groups] == ["dog"]
    assert (wish.time, beyond) == ("night", ("necklace",))
    assert caption_of_tags(["dog"], "at night") == "dog, at night"
    assert caption_of_tags(["dog"], "雨夜").isascii()
    assert caption_of_tags((), "浪漫") == ""


def test_what_fails_is_drawn_again_and_what_can_not_be_checked_is_not() -> None:
    wish, _ = stated("a cat")
    right = Scene((Thing(60, 60, "cat", None, "big"),), Background("plain"))
    scenes: list[Scene | None] = []

    def look(picture: Any) -> Any:
        return of_words_alone(wish, checked(wish, scenes.pop(0), ()))

    class Drawn:
        def __init__(self, seed: int) -> None:
            self.seed, self.picture = seed, None

    scenes[:] = [Scene(()), right, right]
    result, found, tried = drawn_until_it_holds(Drawn, look, 5, 3)  # type: ignore[arg-type]
    assert (result.seed, tried, {one.outcome for one in found}) == (6, 1, {"holds"})  # type: ignore[attr-defined]
    scenes[:] = [None, None]
    assert drawn_until_it_holds(Drawn, look, 5, 3)[2] == 0  # type: ignore[arg-type]
    scenes[:] = [Scene(()), Scene(())]
    result, _, tried = drawn_until_it_holds(Drawn, look, 5, 1)  # type: ignore[arg-type]
    assert (result.seed, tried) == (5, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("answer", ["no", '{"outcomes": ["holds"]}', '{"outcomes": ["perhaps", "holds"]}', "[]"])
def test_an_answer_of_another_shape_is_none(answer: str) -> None:
    from diptych.core.errors import InvalidPlan

    with pytest.raises(InvalidPlan):
        read_outcomes(answer, 2)


# ---- by a large model ------------------------------------------------------------------------------------


def test_a_large_models_drawing_reports_every_statement(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "cat.png"
    painter = f"{model},side=32,steps=1,dtype=fp32"
    made = told("draw", WORDS, "--check", "--painter", painter, "-o", str(out), "--seed", "3")
    check = made["check"]
    said = {one["en"]: one["outcome"] for one in check["constraints"]}
    assert {"cat: there", "cat: big", "star: 2", "cat left of star", "time of day: night"} <= set(said)
    assert set(said.values()) == {"not checkable"}  # nobody here sees such a picture; no drawing is wasted on it
    assert check["rounds"] == 0
    assert Picture.open(out).width == 32
    verified = CliRunner().invoke(app, ["verify", str(out), "--painter", painter])
    assert verified.exit_code == 0, verified.output


@pytest.mark.parametrize("words", ["as a rainy night", "变成雨夜"])
def test_a_large_model_reimagines_a_drawing(model: Path, drawing: Path, tmp_path: Path, words: str) -> None:
    out = tmp_path / "rain.png"
    made = told("reimagine", str(drawing), words, "--painter", f"{model},side=32,steps=1,dtype=fp32", "-o", str(out))
    said = [one["en"] for one in made["check"]["constraints"]]
    assert {"cat: there", "cat: red", "tree: there", "time of day: night", "weather: rain"} <= set(said)
    step = made["plan"]["steps"][0]
    assert step["op"] == "draw"
    assert all(word in step["words"] for word in ("cat", "tree", "night", "rain"))
    assert Picture.open(out).width == 32


def test_a_large_model_reimagines_a_photo_of_anything(model: Path, tmp_path: Path) -> None:
    from skimage import data

    from diptych.painters.large import open_painters

    studio = Studio(painters=open_painters([f"{model},side=32,steps=1,dtype=fp32"]), planner="grammar")
    made = studio.reimagine(Picture.from_array(data.chelsea()[:96, :128]), "at night in the rain", rounds=0)
    assert made.drawn_from
    assert {"time of day: night", "weather: rain"} <= {one.words.en for one in made.constraints}
    assert made.drawn_from.split(", ")[0] in made.result.plan.steps[0].words  # type: ignore[union-attr]
    with pytest.raises(NotUnderstood, match="where, when"):
        studio.reimagine(Picture.from_array(data.chelsea()[:96, :128]), "浪漫一点")


@pytest.mark.enable_socket
def test_a_model_that_sees_looks_at_large_drawings(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statements go to the server with the picture; what fails is drawn again, and the better drawing is kept."""
    monkeypatch.setenv("DIPTYCH_LLM_SEES", "1")
    wish, beyond = stated(WORDS)
    count = len(of_words_alone(wish, checked(wish, None, beyond)))
    wrong, right = ["fails", *["holds"] * (count - 1)], ["holds"] * (count - 1) + ["not checkable"]
    with serving(outcomes(*wrong), says("nonsense"), outcomes(*right)) as server:
        made = told(
            "draw", WORDS, "--check", "--painter", f"{model},side=32,steps=1,dtype=fp32", "-o", str(tmp_path / "a.png"),
            "--llm-url", server.url, "--llm-model", "recorded", "--rounds", "2",
        )  # fmt: skip
        check = made["check"]
        assert [one["outcome"] for one in check["constraints"]] == right
        assert check["fulfilled"]
        assert check["rounds"] == 1
        first, _, repaired = server.asked
        assert "cat: red" in first.words
        assert "data:image/" in first.words
        assert "validation_error" in repaired.words


@pytest.mark.enable_socket
def test_a_model_that_does_not_see_is_not_asked_to_look(model: Path, tmp_path: Path) -> None:
    with serving(outcomes("holds")) as server:
        told(
            "draw", "a cat", "--check", "--painter", f"{model},side=32,steps=1,dtype=fp32", "-o",
            str(tmp_path / "a.png"), "--llm-url", server.url, "--llm-model", "recorded",
        )  # fmt: skip
        assert server.asked == []


# ---- by words that a language model understands ----------------------------------------------------------


def phrases(**said: Any) -> Any:
    things = [{"noun": "cat", "count": 2, **PLAIN, "color": "blue"}]
    return says(json.dumps({"things": things, "place": "beach", "time": None, "weather": None, "beyond": [], **said}))


@pytest.mark.enable_socket
def test_words_that_nothing_here_knows_are_said_by_the_server(tmp_path: Path) -> None:
    words = "a pair of azure felines lounging by the surf"
    told("draw", words, "--check", "-o", str(tmp_path / "none.png"), code=5)
    with serving(says("no"), phrases(beyond=["lounging"])) as server:
        made = told(
            "draw", words, "--check", "--rounds", "0", "-o", str(tmp_path / "cats.png"), "--llm-url", server.url,
            "--llm-model", "recorded",
        )  # fmt: skip
        said = {one["en"]: one["outcome"] for one in made["check"]["constraints"]}
        assert {"cat: there", "cat: 2", "cat: blue", "“lounging”"} <= set(said)
        assert said["“lounging”"] == "not checkable"
        assert words in server.asked[0].words
        assert "data:image/" not in server.asked[0].words
        assert len(server.asked) == 2
    assert Studio(planner="grammar").verify(tmp_path / "cats.png").size


@pytest.mark.enable_socket
def test_known_words_are_not_sent_anywhere(tmp_path: Path) -> None:
    with serving(phrases()) as server:
        told("draw", "a cat", "--check", "--rounds", "0", "-o", str(tmp_path / "a.png"), "--llm-url", server.url,
             "--llm-model", "recorded")  # fmt: skip
        assert server.asked == []


@pytest.mark.enable_socket
def test_a_drawing_is_reimagined_with_the_servers_phrases(drawing: Path, tmp_path: Path) -> None:
    with serving(phrases()) as server:
        made = told("reimagine", str(drawing), "twice as blue, on holiday", "--rounds", "0", "-o",
                    str(tmp_path / "a.png"), "--llm-url", server.url, "--llm-model", "recorded")  # fmt: skip
        said = {one["en"] for one in made["check"]["constraints"]}
        assert {"cat: there", "cat: 2", "cat: blue"} <= said
        assert "red cat" in server.asked[0].words


def test_a_server_without_a_check_is_a_wrong_call(tmp_path: Path) -> None:
    told("draw", "a cat", "--llm-url", "http://127.0.0.1:1/v1", "-o", str(tmp_path / "a.png"), code=2)


def test_with_the_grammar_as_planner_no_language_model_is_asked(drawing: Path) -> None:
    studio = Studio(llm=replace(Server("http://127.0.0.1:1/v1", "recorded"), sees=True), planner="grammar")
    assert studio.reimagine(drawing, "as a rainy night").constraints
