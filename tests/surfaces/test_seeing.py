"""Tags, labels, similarity, search, the best of several drawings, the user's own mask, and scores in records."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from diptych import InvalidPicture, NotUnderstood, NotVerified, Picture, Studio, TargetNotFound
from diptych.cli.app import app
from diptych.core.record import read_record

WISHES = {
    "cat.png": "a big red cat on a meadow",
    "cars.png": "two blue cars at night",
    "moon.png": "a yellow moon above a green tree",
    "鱼.png": "海里有三条橙色的鱼",
}


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="module")
def drawn(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    for name, words in WISHES.items():
        studio.draw(words, seed=4).save(folder / name)
    return folder


@pytest.fixture
def pictures(drawn: Path, tmp_path: Path) -> Path:
    """A copy, since an index is written into the folder."""
    return Path(shutil.copytree(drawn, tmp_path / "pictures"))


def said(*words: str, code: int = 0, output: str = "output") -> str:
    result = CliRunner().invoke(app, list(words), env={"LANG": "en_US.UTF-8", "LC_ALL": ""})
    assert result.exit_code == code, result.output
    return str(getattr(result, output))


@pytest.mark.parametrize(
    ("name", "labels", "best"),
    [("cat.png", "dog,red cat,两辆蓝色汽车", "red cat"), ("cars.png", "猫，两辆蓝色的汽车，fish", "两辆蓝色的汽车")],
)
def test_labels_in_both_languages_at_once(name: str, labels: str, best: str, drawn: Path) -> None:
    found = json.loads(said("classify", str(drawn / name), "--labels", labels, "--json"))
    assert found[0]["label"] == best
    assert found[0]["score"] > 0.5
    assert len(found) == 3


def test_no_labels_are_refused(studio: Studio, drawn: Path) -> None:
    with pytest.raises(NotUnderstood, match="no labels"):
        studio.classify(drawn / "cat.png", [" ", ""])
    assert "没有给出标签" in said("classify", str(drawn / "cat.png"), "--labels", " , ", "--lang", "zh", code=5)


@pytest.mark.parametrize(("language", "word"), [("en", "cat"), ("zh", "猫")])
def test_tags_name_what_is_there(language: str, word: str, drawn: Path) -> None:
    tags = json.loads(said("tag", str(drawn / "cat.png"), "--json", "--lang", language))
    names = [tag["tag"] for tag in tags]
    assert word in names
    assert "reader" in tags[0]["by"]
    assert len(names) < 6


def test_a_photo_is_tagged_by_what_the_finders_see(photo_bytes: bytes, studio: Studio) -> None:
    tags = {tag.name: tag for tag in studio.tag(photo_bytes, language="en")}
    assert "person" in tags
    assert "matting" in tags["person"].by
    assert "人" in {tag.name for tag in studio.tag(photo_bytes, language="zh")}


def test_similarity_of_words_and_of_pictures(studio: Studio, drawn: Path) -> None:
    cat = drawn / "cat.png"
    assert studio.similarity(cat, "a red cat") > studio.similarity(cat, "two blue cars at night")
    assert studio.similarity(cat, cat) == pytest.approx(1, abs=1e-3)
    assert studio.similarity(cat, Picture.open(drawn / "cars.png")) < 0.9
    assert -1 <= float(said("similarity", str(cat), "猫", output="stdout")) <= 1


def test_a_photo_gets_a_hint_that_the_answer_is_one(folder: Path) -> None:
    assert "hint" in said("classify", "photo.jpg", "--labels", "cat,dog")
    assert "仅供参考" in said("similarity", "photo.jpg", "一只猫")


@pytest.mark.parametrize(
    ("words", "name"),
    [("two blue cars at night", "cars.png"), ("红色的猫", "cat.png"), ("orange fish in the sea", "鱼.png")],
)
def test_search_finds_by_words_in_either_language(words: str, name: str, pictures: Path) -> None:
    found = json.loads(said("search", words, str(pictures), "--json", "-n", "2"))
    assert Path(found["hits"][0]["path"]).name == name
    assert found["added"] == len(WISHES)
    again = json.loads(said("search", words, str(pictures), "--json", "-n", "2"))
    assert (again["added"], again["unchanged"]) == (0, len(WISHES))
    assert again["hits"] == found["hits"]


def test_a_search_says_what_it_could_not_read(pictures: Path) -> None:
    (pictures / "broken.jpg").write_bytes(b"no picture")
    output = said("search", "cat", str(pictures))
    assert "broken.jpg" in output
    assert "cat.png" in output
    said("search", " ", str(pictures), code=5)
    said("search", "cat", str(pictures / "nowhere"), code=3)


def test_the_best_of_several_drawings_is_one_of_them_and_repeatable(studio: Studio) -> None:
    words = "a red cat left of a blue dog"
    best = studio.draw(words, seed=3, best_of=4)
    assert best.document.edits[0].seed in {3, 4, 5, 6}
    each = [studio.draw(words, seed=seed) for seed in (3, 4, 5, 6)]
    assert best.encode("PNG") in [one.encode("PNG") for one in each]
    scores = [one.score.holds for one in each if one.score is not None]
    assert best.score is not None
    assert best.score.holds == max(scores)


def test_drawing_the_best_from_the_shell(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    answer = json.loads(said("draw", "a red cat", "--best-of", "3", "-o", str(path), "--json", output="stdout"))
    assert answer["seed"] in {0, 1, 2}
    said("verify", str(path))


def test_regions_of_a_drawing_are_outlined_on_the_drawing(studio: Studio, pictures: Path) -> None:
    result = studio.edit(pictures / "cat.png", "blur the cat")
    outlined, shown = result.outlined().rgb, result.picture.rgb
    assert (outlined == shown).all(-1).mean() > 0.5
    two = str(pictures / "cars.png")
    said("edit", two, "blur the car", "--show-regions", code=8)
    candidates = Picture.open(pictures / "cars_edited_candidates.png").rgb
    assert (candidates == Picture.open(two).rgb).all(-1).mean() > 0.5


# ---- the score in the record -----------------------------------------------------------------------------------------


def test_every_edit_of_words_is_scored_and_the_score_is_verified(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    result = studio.draw("a big red cat on a meadow", seed=4)
    result.save(path)
    record = read_record(path)
    assert record is not None
    assert record.score is not None
    assert "dual encoder" in record.score.judge
    assert record.score.holds > 0.5
    assert record.score.after > record.score.before
    studio.verify(path)
    forged = record.model_copy(update={"score": record.score.model_copy(update={"holds": 0.123}), "digest": ""})
    forged = forged.model_copy(update={"digest": forged.compute_digest()})
    other = tmp_path / "forged.png"
    other.write_bytes(result.picture.encode("PNG", record=forged))
    with pytest.raises(NotVerified, match=r"0\.123"):
        studio.verify(other)


def test_a_plan_without_words_has_no_score(studio: Studio, photo_bytes: bytes) -> None:
    assert studio.edit(photo_bytes, studio.plan("make it brighter")).score is None
    assert studio.edit(photo_bytes, "make it brighter").score is None
    judging = Studio(score_photos=True)
    assert judging.edit(photo_bytes, studio.plan("make it brighter")).score is None
    assert judging.edit(photo_bytes, "make it brighter").score is not None


def test_photos_are_scored_where_that_is_asked_for(folder: Path) -> None:
    said("edit", "photo.jpg", "make it brighter", "--score", "-o", "scored.png")
    record = read_record(folder / "scored.png")
    assert record is not None
    assert record.score is not None
    said("verify", "scored.png")


# ---- the user's own mask ---------------------------------------------------------------------------------------------


@pytest.fixture
def mask(folder: Path) -> str:
    levels = np.zeros((512, 512, 3), np.uint8)
    levels[100:200, 300:400] = 255
    Picture(levels).save(folder / "mask.png")
    return "mask.png"


def test_the_users_mask_wins_over_the_words_and_over_no_words(folder: Path, mask: str) -> None:
    studio = Studio()
    before = Picture.open("photo.jpg").pixels
    for wish in ("make the dog red", "make it darker", "把人变亮"):
        result = studio.edit("photo.jpg", wish, mask=mask)
        changed = (result.picture.pixels != before).any(-1)
        assert changed[100:200, 300:400].any()
        changed[92:208, 292:408] = False  # the soft edge
        assert not changed.any()
        (certificate,) = result.certificates
        assert certificate.grounder == "mask mask.png"
        assert certificate.changed_outside == 0


def test_white_is_where_the_background_is_edited_too_and_order_is_kept(folder: Path, mask: str) -> None:
    studio, before = Studio(), Picture.open("photo.jpg").pixels
    blurred = studio.edit("photo.jpg", "blur the background", mask=mask)
    changed = (blurred.picture.pixels != before).any(-1)
    assert changed[110:190, 310:390].any()
    changed[92:208, 292:408] = False
    assert not changed.any()
    cropped = studio.edit("photo.jpg", "make it brighter and crop it to 16:9", mask=mask)
    assert cropped.picture.height == 288
    added = studio.edit("photo.jpg", "add a star", mask=mask)
    changed = (added.picture.pixels != before).any(-1)
    changed[92:208, 292:408] = False
    assert not changed.any()


def test_a_mask_that_was_painted_over_is_not_taken_for_the_old_one(folder: Path, mask: str) -> None:
    studio = Studio()
    result = studio.edit("photo.jpg", "make it darker", mask=mask)
    Picture(np.full((512, 512, 3), 255, np.uint8)).save(folder / "mask.png")
    with pytest.raises(NotVerified, match="changed since"):
        studio.edit(result, "blur it", mask=mask)


def test_an_edit_with_a_mask_is_proven_with_its_mask(folder: Path, mask: str) -> None:
    said("edit", "photo.jpg", "make it darker", "--mask", mask, "-o", "dark.png", "--show-regions")
    assert (folder / "dark_regions.png").is_file()
    said("verify", "dark.png")
    levels = np.full((512, 512, 3), 255, np.uint8)
    Picture(levels).save(folder / "mask.png")
    assert "mask.png" in said("verify", "dark.png", code=10)


def test_masks_that_cannot_be_used_say_so(folder: Path) -> None:
    studio = Studio()
    Picture(np.zeros((512, 512, 3), np.uint8)).save(folder / "black.png")
    Picture(np.full((10, 20, 3), 255, np.uint8)).save(folder / "small.png")
    with pytest.raises(TargetNotFound, match="black"):
        studio.edit("photo.jpg", "make it darker", mask="black.png")
    with pytest.raises(InvalidPicture, match="20×10"):
        studio.edit("photo.jpg", "make it darker", mask="small.png")
    with pytest.raises(InvalidPicture):
        studio.edit("photo.jpg", "make it darker", mask="nowhere.png")


def test_the_certificate_says_which_grounder_answered(folder: Path) -> None:
    result = Studio().edit("photo.jpg", "blur the background, then make the left half darker")
    assert all("embedded grounder" in (certificate.grounder or "") for certificate in result.certificates)


def test_an_unknown_grounder_is_refused_with_those_there_are(folder: Path) -> None:
    assert "clipseg" in said("edit", "photo.jpg", "blur the dog", "--grounder", "yolo:x", code=9)
