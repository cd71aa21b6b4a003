"""Pictures with words, made ready: what is taken, what is left out, and that each is said with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from diptych.core.errors import Unsupported
from diptych.training.pairs import Pair, align, clean, collect
from made_pictures import save


def test_captions_are_read_line_by_line_and_broken_lines_are_named(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 1)
    save(tmp_path / "中文.png", 2)
    lines = [
        json.dumps({"image": "a.png", "captions": ["a red car", "a car"]}),
        json.dumps({"image": "中文.png", "caption": "一只猫"}, ensure_ascii=False),
        "{not json",
        json.dumps({"image": "gone.png", "captions": ["x"]}),
        json.dumps(["a.png"]),
        "",
    ]
    (tmp_path / "captions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pairs, stage = collect(tmp_path)
    assert [pair.captions for pair in pairs] == [("a red car", "a car"), ("一只猫",)]
    assert (stage.pictures, stage.captions) == (2, 3)
    assert [dropped.what for dropped in stage.dropped] == ["captions.jsonl:3", "captions.jsonl:4", "captions.jsonl:5"]
    assert "gone.png" in stage.dropped[1].why.en
    assert "gone.png" in stage.dropped[1].why.zh


def test_words_beside_pictures_and_names_of_folders(tmp_path: Path) -> None:
    save(tmp_path / "one.png", 1)
    (tmp_path / "one.txt").write_text("grandma's garden\n奶奶的花园\n", encoding="utf-8")
    save(tmp_path / "red_cars" / "1.jpg", 2)
    save(tmp_path / "alone.png", 3)
    pairs, stage = collect(tmp_path)
    assert {pair.path.name: pair.captions for pair in pairs} == {
        "one.png": ("grandma's garden", "奶奶的花园"),
        "1.jpg": ("red cars",),
    }
    assert [dropped.what for dropped in stage.dropped] == ["alone.png"]


def test_a_folder_without_words_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"captions\.jsonl"):
        collect(tmp_path)
    with pytest.raises(Unsupported, match="no folder"):
        collect(tmp_path / "nowhere")


def test_cleaning_leaves_out_what_teaches_nothing_and_says_why(tmp_path: Path) -> None:
    save(tmp_path / "good.png", 1)
    save(tmp_path / "again.jpg", 1)
    save(tmp_path / "other.png", 2)
    save(tmp_path / "tiny.png", 3, size=(8, 90))
    save(tmp_path / "mute.png", 4)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    names = ("good.png", "again.jpg", "other.png", "tiny.png", "broken.jpg")
    pairs = [Pair(tmp_path / name, ("a word", "!!!")) for name in names]
    pairs.append(Pair(tmp_path / "mute.png", ("...", "7")))
    kept, pictures, stage = clean(pairs)
    assert [pair.path.name for pair in kept] == ["good.png", "other.png"]
    assert all(pair.captions == ("a word",) for pair in kept)
    assert pictures.shape == (2, 128, 128, 3)
    whys = {dropped.what: dropped.why.en for dropped in stage.dropped if "without words" not in dropped.why.en}
    assert "good.png" in whys["again.jpg"]
    assert "8" in whys["tiny.png"]
    assert "no caption" in whys["mute.png"]
    assert "broken.jpg" in whys
    assert sum("without words" in dropped.why.en for dropped in stage.dropped) == 7
    assert json.dumps(stage.as_dict(), ensure_ascii=False)


def test_aligning_drops_the_captions_that_are_least_alike() -> None:
    pairs = [Pair(Path(f"{number}.png"), (f"first {number}", f"second {number}")) for number in range(10)]
    alike = [np.array([0.5 + number / 100, 0.6]) for number in range(10)]
    alike[3] = np.array([-0.2, -0.3])
    kept, stage = align(pairs, alike, share=0.1)
    assert [pair.path.name for pair in kept] == [f"{number}.png" for number in range(10) if number != 3]
    assert {dropped.what for dropped in stage.dropped} == {"3.png"}
    assert "first 3" in stage.dropped[0].why.en
    few, nothing = align(pairs[:2], alike[:2])
    assert len(few) == 2
    assert nothing.dropped == ()
