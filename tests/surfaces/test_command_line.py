"""Every command, run as a user would."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from diptych import Picture, Plan
from diptych.cli.app import app
from diptych.core.errors import DiptychError


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


def diptych(*words: str, code: int = 0, stdin: bytes | None = None) -> Result:
    run = CliRunner().invoke(app, list(words), input=stdin)
    assert run.exit_code == code, run.output
    if code:
        assert "Traceback" not in run.output
    return run


# ---- edit ----


def test_edit_saves_and_says_what_it_did(folder: Path) -> None:
    run = diptych("edit", "photo.jpg", "make the left half black and white, then add a white border", "-o", "out.png")
    out = Picture.open("out.png")
    assert out.width > 512
    assert run.stdout == ""
    assert "1. black and white, the left half only" in run.stderr
    assert ", 0 outside" in run.stderr
    assert "saved out.png" in run.stderr


def test_what_only_the_learned_reader_could_read_is_told(folder: Path) -> None:
    run = diptych("edit", "photo.jpg", "the building leans", "-o", "out.png")
    assert "“the building leans” was taken for “straighten the picture”." in run.stderr
    assert "理解为" in diptych("plan", "照片破破烂烂的").stderr
    assert diptych("plan", "make it brighter").stderr == ""


def test_what_nobody_could_read_is_asked_back(folder: Path) -> None:
    run = diptych("plan", "the lamp post is in my way", code=5)
    assert "Did you mean “remove the lamp post” or “" in run.stderr
    answer = json.loads(diptych("plan", "the lamp post is in my way", "--json", code=5).stdout)
    assert answer["error"]["readings"][0] == "remove the lamp post"


def test_both_languages_make_the_same_pixels(folder: Path) -> None:
    diptych(
        "edit",
        "photo.jpg",
        "crop it square, make it a bit brighter and put 'ACME' in the bottom right corner",
        "-o",
        "en.png",
    )
    run = diptych("edit", "photo.jpg", "裁成正方形，稍微调亮一点，右下角加上“ACME”", "-o", "zh.png")
    assert np.array_equal(Picture.open("en.png").pixels, Picture.open("zh.png").pixels)
    assert "已保存 zh.png" in run.stderr


def test_the_input_is_never_overwritten_unasked(folder: Path, photo_bytes: bytes) -> None:
    diptych("edit", "photo.jpg", "make it brighter", "-q")
    assert Path("photo_edited.jpg").exists()
    diptych("edit", "photo.jpg", "make it brighter", "-o", "photo.jpg", code=2)
    assert Path("photo.jpg").read_bytes() == photo_bytes
    diptych("edit", "photo.jpg", "make it brighter", "--in-place")
    assert Path("photo.jpg").read_bytes() != photo_bytes


def test_quiet_says_nothing(folder: Path) -> None:
    assert diptych("edit", "photo.jpg", "make it brighter", "-q").output == ""


def test_cutting_out_from_a_jpeg_goes_to_a_png(folder: Path) -> None:
    diptych("edit", "photo.jpg", "round the corners", "-q")
    assert Picture.open("photo_edited.png").has_alpha


def test_plan_only_prints_and_stops(folder: Path) -> None:
    run = diptych("edit", "photo.jpg", "make it brighter", "--plan-only")
    assert run.stdout == "1. brighter by 30 %\n"
    printed = diptych("edit", "photo.jpg", "make it brighter", "--plan-only", "--json").stdout
    assert Plan.from_json(printed).steps[0].op == "brightness"
    assert sorted(os.listdir()) == ["photo.jpg", "shop"]


def test_a_plan_from_a_file(folder: Path) -> None:
    Path("plan.json").write_text(diptych("plan", "make it 20% brighter and flip it", "--json").stdout)
    diptych("edit", "photo.jpg", "--plan", "plan.json", "-o", "planned.png", "-q")
    diptych("edit", "photo.jpg", "make it 20% brighter and flip it", "-o", "said.png", "-q")
    assert np.array_equal(Picture.open("planned.png").pixels, Picture.open("said.png").pixels)
    Path("plan.json").write_text('{"steps": [{"op": "explode"}]}')
    assert "explode" in diptych("edit", "photo.jpg", "--plan", "plan.json", code=6).stderr
    diptych("edit", "photo.jpg", "--plan", "missing.json", code=2)


def test_the_regions_picture(folder: Path) -> None:
    diptych("edit", "photo.jpg", "make the left half darker", "-o", "out.jpg", "--show-regions", "-q")
    shown, before = Picture.open("out_regions.png"), Picture.open("photo.jpg")
    assert shown.pixels.shape == before.pixels.shape
    assert 0.005 < (shown.pixels != before.pixels).any(axis=2).mean() < 0.1


def test_json_is_one_object_a_picture(folder: Path) -> None:
    run = diptych("edit", "photo.jpg", "missing.jpg", "blur the left half", "-o", "{stem}_x{suffix}", "--json", code=3)
    good, bad = (json.loads(line) for line in run.stdout.splitlines())
    assert good["output"] == "photo_x.jpg"
    assert good["plan"]["steps"][0]["op"] == "blur"
    assert good["regions"][0]["box"][0] == 0
    assert good["certificates"][0]["changed_outside"] == 0
    assert bad["input"] == "missing.jpg"
    assert bad["error"]["type"] == "InvalidPicture"
    assert bad["error"]["exit_code"] == 3


def test_many_pictures_and_the_worst_code(folder: Path) -> None:
    Path("shop/broken.jpg").write_bytes(b"\xff\xd8\xff")
    run = diptych("edit", "shop/*.jpg", "resize it to 50%", "-o", "small/", code=3)
    assert sorted(os.listdir("small")) == ["cat.jpg", "cup.jpg"]
    assert "broken.jpg" in run.stderr
    assert Picture.open("small/cup.jpg").width == 300


def test_streams(folder: Path, photo_bytes: bytes) -> None:
    run = diptych("edit", "-", "make it black and white", "-o", "-", stdin=photo_bytes)
    picture = Picture.from_bytes(run.stdout_bytes)
    assert picture.format == "JPEG"
    assert np.ptp(picture.pixels.astype(int), axis=2).max() <= 2
    diptych("edit", "-", "make it black and white", stdin=b"", code=3)


def test_a_question_is_answered_and_nothing_is_saved(folder: Path) -> None:
    pixels = np.full((200, 600, 3), 235, np.uint8)
    pixels[60:140, 80:200] = pixels[60:140, 400:520] = (210, 20, 20)
    Picture(pixels).save("two.png")
    run = diptych("edit", "two.png", "how many red balloons are there?")
    assert "2" in run.stdout
    answers = json.loads(diptych("edit", "two.png", "有几个红色的气球？", "--json").stdout)["answers"]
    assert "2" in answers[0] or "两" in answers[0]
    assert not Path("two_edited.png").exists()


def test_random_steps_follow_their_seed(folder: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        diptych("edit", "photo.jpg", "add film grain", "-o", f"{name}.png", "--seed", seed, "-q")
    a, b, c = (Picture.open(f"{name}.png").pixels for name in "abc")
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_several_matches_are_listed_and_picked(folder: Path) -> None:
    pixels = np.full((200, 600, 3), 235, np.uint8)
    pixels[60:140, 80:200] = pixels[60:140, 400:520] = (210, 20, 20)
    Picture(pixels).save("two.png")
    run = diptych("edit", "two.png", "make the red balloon blue", "-o", "out.png", "--json", code=8)
    candidates = json.loads(run.stdout)["error"]["candidates"]
    assert [candidate["pick"] for candidate in candidates] == [1, 2]
    assert not Path("out.png").exists()
    assert "--pick" in diptych("edit", "two.png", "make the red balloon blue", "-o", "out.png", code=8).stderr
    diptych("edit", "two.png", "make the red balloon blue", "-o", "out.png", "--pick", "2", "-q")
    changed = (Picture.open("out.png").pixels != pixels).any(axis=2)
    assert not changed[:, :300].any()
    assert changed[100, 460]
    diptych("edit", "two.png", "make the red balloon blue", "-o", "out.png", "--all", "-q")
    assert (Picture.open("out.png").pixels != pixels).any(axis=2)[100, [140, 460]].all()


def test_metadata_and_quality(folder: Path, photo_bytes: bytes) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "Camera"
    Image.fromarray(Picture.from_bytes(photo_bytes).pixels).save("camera.jpg", exif=exif)
    diptych("edit", "camera.jpg", "make it brighter", "-o", "kept.jpg", "-q", "--quality", "95")
    diptych("edit", "camera.jpg", "make it brighter", "-o", "bare.jpg", "-q", "--quality", "20", "--no-metadata")
    with Image.open("kept.jpg") as kept, Image.open("bare.jpg") as bare:
        assert kept.getexif()[0x010F] == "Camera"
        assert not bare.getexif()
    assert Path("bare.jpg").stat().st_size < Path("kept.jpg").stat().st_size / 2


def test_a_failure_leaves_nothing_behind(folder: Path) -> None:
    Path("out.jpg").write_bytes(b"old")
    Picture(np.full((90, 90, 3), 200, np.uint8)).save("gray.png")
    diptych("edit", "gray.png", "make the purple part green", "-o", "out.jpg", code=7)
    assert Path("out.jpg").read_bytes() == b"old"
    diptych("edit", "photo.jpg", "make it brighter", "-o", "nowhere/out.jpg", code=4)
    diptych("edit", "photo.jpg", "make it brighter", "-o", "out.xyz", code=4)
    assert sorted(os.listdir()) == ["gray.png", "out.jpg", "photo.jpg", "shop"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    Path("closed").mkdir()
    Path("closed").chmod(stat.S_IRUSR | stat.S_IXUSR)
    diptych("edit", "photo.jpg", "make it brighter", "-o", "closed/out.jpg", code=4)
    assert not os.listdir("closed")


@pytest.mark.parametrize(
    "words", ["", "   ", "🎉🎉", "brightness " * 10_000, "сделай ярче", "asdf qwer zxcv"], ids=lambda words: words[:8]
)
def test_words_that_say_nothing(folder: Path, words: str) -> None:
    diptych("edit", "photo.jpg", words, "-o", "out.jpg", code=5)
    assert not Path("out.jpg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["photo.jpg"], "wish in quotes"),
        (["make it brighter", "photo.jpg"], "is a file"),
        (["*.gif", "make it brighter"], "no file matches"),
        (["photo.jpg", "make it brighter", "--quality", "0"], "--quality"),
    ],
)
def test_wrong_calls(folder: Path, arguments: list[str], message: str) -> None:
    assert message in diptych("edit", *arguments, code=2).stderr


def test_equal_edits_are_equal_files(folder: Path) -> None:
    wish = "make it warmer, blur the left half, then add a white border and film grain"
    for kind in ("jpg", "png", "webp", "tiff"):
        digests = set()
        for number in range(3):
            diptych("edit", "photo.jpg", wish, "-o", f"same{number}.{kind}", "-q")
            digests.add(hashlib.sha256(Path(f"same{number}.{kind}").read_bytes()).hexdigest())
        assert len(digests) == 1


def test_editing_in_place_keeps_the_source(folder: Path, photo_bytes: bytes) -> None:
    run = diptych("edit", "photo.jpg", "make it brighter", "--in-place")
    assert "photo.original.jpg" in run.stderr
    assert Path("photo.original.jpg").read_bytes() == photo_bytes
    diptych("verify", "photo.jpg")
    run = diptych("edit", "photo.jpg", "add a white border", "--in-place")
    assert "original" not in run.stderr
    assert "as it is" not in run.stderr
    diptych("undo", "photo.jpg", "-q")
    assert "brighter by 30 %" in diptych("history", "photo.jpg").stdout
    diptych("verify", "photo.jpg")
    assert sorted(os.listdir()) == ["photo.jpg", "photo.original.jpg", "shop"]


def test_an_older_original_is_never_overwritten(folder: Path, photo_bytes: bytes) -> None:
    Path("photo.original.jpg").write_bytes(Path("shop/cup.jpg").read_bytes())
    cup = Path("photo.original.jpg").read_bytes()
    assert "photo.original2.jpg" in diptych("edit", "photo.jpg", "make it brighter", "--in-place").stderr
    assert Path("photo.original.jpg").read_bytes() == cup
    assert Path("photo.original2.jpg").read_bytes() == photo_bytes
    diptych("verify", "photo.jpg")


def test_what_is_lost_is_told(folder: Path) -> None:
    import cv2

    assert "white" in diptych("edit", "photo.jpg", "round the corners", "-o", "x.jpg").stderr
    assert "透明" in diptych("edit", "photo.jpg", "做成圆角", "-o", "y.jpg").stderr
    assert "ransparency" not in diptych("edit", "photo.jpg", "round the corners", "-o", "x.png").stderr
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    cv2.imwrite("deep.png", np.dstack([ramp] * 3))
    assert "16 bits" in diptych("edit", "deep.png", "make it brighter", "-o", "out.png").stderr
    assert "16 bits" not in diptych("edit", "photo.jpg", "make it brighter", "-o", "out.png").stderr


def test_candidates_are_drawn(folder: Path) -> None:
    pixels = np.full((200, 600, 3), 235, np.uint8)
    pixels[60:140, 80:200] = pixels[60:140, 400:520] = (210, 20, 20)
    Picture(pixels).save("two.png")
    run = diptych("edit", "two.png", "make the red balloon blue", "-o", "out.png", "--show-regions", code=8)
    assert "out_candidates.png" in run.stderr
    drawn = Picture.open("out_candidates.png").pixels
    assert (drawn[:, :300] != pixels[:, :300]).any()
    assert (drawn[:, 300:] != pixels[:, 300:]).any()


def test_messages_are_chinese_throughout(folder: Path) -> None:
    run = diptych("edit", "photo.jpg", "把左半边变黑白，然后加白色边框", "-o", "out.png")
    assert not re.search(r"[A-Za-z]{3,}", run.stderr.replace("photo.jpg", "").replace("out.png", ""))
    assert "1. 左半边：变成黑白" in run.stderr
    for call in (["photo.jpg"], ["*.gif", "调亮"], ["photo.jpg", "调亮", "-o", "photo.jpg"]):
        said = diptych("edit", *call, "--lang", "zh", code=2).stderr.split("Error: ")[1]
        assert re.search(r"给出|没有文件符合|是输入文件", said)


# ---- plan ----


def test_plan_in_words_and_json() -> None:
    assert diptych("plan", "blur the background").stdout == "1. blur the background, 50 %\n"
    assert diptych("plan", "把背景虚化").stdout == "1. 背景虚化 50%\n"
    english = diptych("plan", "blur the background and make it slightly warmer", "--json").stdout
    assert english == diptych("plan", "把背景虚化，色调稍微暖一点", "--json").stdout
    assert json.loads(english)["version"] == 1


def test_plan_answers_every_line(tmp_path: Path) -> None:
    lines = ["make it brighter", "", "asdf qwer", "把背景虚化", "a\u2028b", "x" * 50_000]
    (tmp_path / "wishes.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = diptych("plan", "--lines", str(tmp_path / "wishes.txt"), "--json")
    answers = [json.loads(line) for line in run.stdout.split("\n")[:-1]]
    assert len(answers) == len(lines)
    assert [("steps" in answer) for answer in answers][:4] == [True, False, False, True]
    assert answers[2]["error"]["type"] == "NotUnderstood"
    assert answers[2]["error"]["remedy"]
    assert "asdf" in answers[2]["error"]["words"]


def test_plan_lines_from_stdin_survive_bad_bytes_and_line_ends() -> None:
    run = diptych("plan", "--lines", "-", "--json", stdin=b"\xef\xbb\xbfmake it brighter\r\n\xff\xfe\nblur it")
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [next(iter(answer)) for answer in answers] == ["version", "error", "version"]


def test_plan_wants_one_of_words_and_lines(tmp_path: Path) -> None:
    diptych("plan", code=2)
    diptych("plan", "blur it", "--lines", "-", code=2)
    diptych("plan", "--lines", str(tmp_path / "missing.txt"), code=2)
    error = json.loads(diptych("plan", "asdf qwer", "--json", code=5).stdout)["error"]
    assert error["exit_code"] == 5
    assert "asdf" in diptych("plan", "asdf qwer", code=5).stderr


# ---- history ----


def test_the_life_of_a_file(folder: Path) -> None:
    diptych("edit", "photo.jpg", "make it brighter, then add a white border", "-o", "out.jpg", "-q")
    diptych("edit", "out.jpg", "增加对比度", "-o", "out2.jpg", "-q")
    listed = diptych("history", "out2.jpg").stdout
    assert all(
        word in listed for word in ("photo.jpg", "make it brighter", "增加对比度", "1. brighter", "3. more contrast")
    )
    diptych("verify", "out2.jpg")
    diptych("undo", "out2.jpg", "--step", "2", "-o", "out3.jpg", "-q")
    assert re.search(r"^  - 2\. .*white border", diptych("history", "out3.jpg").stdout, re.M)
    assert Picture.open("out3.jpg").width == 512
    assert diptych("verify", "out3.jpg", "--source", "photo.jpg", "--lang", "zh").stdout.startswith("验证通过")
    before = Path("out3.jpg").read_bytes()
    diptych("undo", "out3.jpg")
    diptych("redo", "out3.jpg")
    assert Path("out3.jpg").read_bytes() == before
    diptych("redo", "out3.jpg", "--step", "2", "-q")
    record = json.loads(diptych("history", "out3.jpg", "--json").stdout)
    assert [step["op"] for step in record["plan"]["steps"]][::2] == ["brightness", "contrast"]
    diptych("undo", "out3.jpg", "--step", "9", code=11)


def test_what_redo_would_bring_back_is_listed(folder: Path) -> None:
    diptych("edit", "photo.jpg", "make it brighter", "-o", "out.jpg", "-q")
    diptych("edit", "out.jpg", "make it black and white", "-o", "out2.jpg", "-q")
    assert "undone" not in diptych("history", "out2.jpg").stdout
    undone = json.loads(diptych("undo", "out2.jpg", "--json").stdout)
    assert [step["op"] for step in undone["plan"]["steps"]] == ["brightness"]
    listed = diptych("history", "out2.jpg").stdout
    assert "undone" in listed
    assert "- 2. black and white" in listed
    assert "- 2. 变成黑白" in diptych("history", "out2.jpg", "--lang", "zh").stdout
    assert json.loads(diptych("redo", "out2.jpg", "--json").stdout)["output"] == "out2.jpg"
    assert json.loads(diptych("redo", "out2.jpg", "--json", code=11).stdout)["error"]["exit_code"] == 11


def test_a_picture_that_a_step_used_has_changed(folder: Path) -> None:
    Path("plan.json").write_text('{"steps": [{"op": "replace_background", "picture": "shop/cup.jpg"}]}')
    diptych("edit", "photo.jpg", "--plan", "plan.json", "-o", "out.jpg", "-q")
    diptych("verify", "out.jpg")
    Path("shop/cup.jpg").write_bytes(Path("shop/cat.jpg").read_bytes())
    error = diptych("verify", "out.jpg", code=10).stderr
    assert "cup.jpg' that a step uses has changed" in error
    Path("shop/cup.jpg").unlink()
    assert "不见了" in diptych("verify", "out.jpg", "--lang", "zh", code=10).stderr


def test_the_sidecar_is_kept_by_undo(folder: Path) -> None:
    diptych("edit", "photo.jpg", "make it brighter and flip it", "-o", "out.png", "--sidecar", "-q")
    assert Path("out.png.diptych.json").exists()
    diptych("undo", "out.png", "--step", "1", "-q")
    diptych("verify", "out.png")


def test_verify_fails_on_one_changed_byte(folder: Path) -> None:
    diptych("edit", "photo.jpg", "make it brighter", "-o", "out.jpg", "-q")
    data = bytearray(Path("out.jpg").read_bytes())
    data[len(data) // 2] ^= 1
    Path("out.jpg").write_bytes(data)
    assert "differ" in diptych("verify", "out.jpg", code=10).stderr
    assert json.loads(diptych("verify", "out.jpg", "--json", code=10).stdout)["error"]["type"] == "NotVerified"


def test_a_file_without_a_record(folder: Path) -> None:
    for command in ("history", "undo", "redo", "verify"):
        diptych(command, "photo.jpg", code=10)
    diptych("history", "missing.jpg", code=3)


def test_a_source_that_is_gone(folder: Path) -> None:
    diptych("edit", "photo.jpg", "make it brighter", "-o", "out.jpg", "-q")
    Path("photo.jpg").rename("moved.jpg")
    assert "--source" in diptych("undo", "out.jpg", code=10).stderr
    run = diptych("edit", "out.jpg", "make it brighter", "-o", "again.jpg")
    assert "as it is" in run.stderr
    diptych("verify", "out.jpg", "--source", "moved.jpg", "-q")


# ---- the rest ----


def test_lut(tmp_path: Path) -> None:
    diptych("lut", "30% warmer and 20% more contrast", "-o", str(tmp_path / "look.cube"))
    assert "LUT_3D_SIZE" in (tmp_path / "look.cube").read_text()
    diptych("lut", "crop it square", "-o", str(tmp_path / "crop.cube"), code=9)
    told = json.loads(diptych("lut", "30% warmer", "-o", str(tmp_path / "warm.cube"), "--json").stdout)
    assert told["plan"]["steps"][0]["op"] == "warmth"


def test_ops() -> None:
    assert "裁成正方形" in diptych("ops").stdout
    assert "anchor" in diptych("ops", "crop").stdout
    assert json.loads(diptych("ops", "crop", "--json").stdout)[0]["op"] == "crop"
    assert "裁剪" in diptych("ops", "--lang", "zh").stdout
    diptych("ops", "explode", code=2)


def test_schema() -> None:
    schema = json.loads(diptych("schema").stdout)
    assert "steps" in schema["properties"]


def test_doctor() -> None:
    found = json.loads(diptych("doctor", "--json").stdout)
    assert found["packages"]["numpy"]
    assert found["fonts"]["Latin"]["file"]
    for script in ("Chinese", "emoji"):
        assert found["fonts"][script]["file"] or "fonts-" in found["fonts"][script]["remedy"]["en"]
    assert "diptych[ocr]" in (text := diptych("doctor").stdout) or "rapidocr" in text
    assert "可选组件" in diptych("doctor", "--lang", "zh").stdout


def test_help_names_every_exit_code() -> None:
    text = diptych("--help").stdout
    codes = {error.exit_code for error in DiptychError.__subclasses__()}
    assert all(re.search(rf"^ +{code}  \w", text, re.M) for code in codes | {0, 1, 2})
    assert diptych("--version").stdout.startswith("diptych ")


def test_the_language_follows_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "没有编辑记录" in diptych("verify", "photo.jpg", code=10).stderr
    assert "no record" in diptych("verify", "photo.jpg", "--lang", "en", code=10).stderr
