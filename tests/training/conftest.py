"""Recipes need the extra `train` and the emoji font."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from diptych.core.errors import Unsupported
from diptych.training.cutouts import NOBODY, SCENERY
from diptych.training.recipes import Place
from diptych.world.sprites import find_font


def request(en: str, zh: str, op: str, way: str | None = None, target: str | None = None) -> dict[str, object]:
    return {"en": en, "zh": zh, "ops": [{"op": op, "dir": way, "target": target, "value": None, "where": None}],
            "ambiguous": False}  # fmt: skip


THINGS = ("dog", "狗"), ("cat", "猫"), ("car", "汽车"), ("tree", "树"), ("boat", "船"), ("house", "房子")
REQUESTS = [
    row
    for en, zh in THINGS
    for row in (
        request(f"remove the {en}", f"把{zh}去掉", "remove", None, en),
        request(f"brighten the {en} a bit", f"{zh}调亮一点", "brightness", "up", en),
        request(f"make the {en} darker", f"让{zh}更暗", "brightness", "down", en),
        request(f"blur the {en}", f"把{zh}模糊", "blur", None, en),
        request(f"the {en} is in my way", f"{zh}挡着我了", "remove", None, en),
    )
]
"""Made up; their odd lines are learned from, one in eight of those only for the temperature."""


@pytest.fixture(scope="session")
def font() -> Path:
    try:
        return find_font()
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of data as recipes take it: drawn people with masks and labels, scenery, captioned pictures,
    requests."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name in ("people", "fashion", "photos", "captions"):
        (folder / name).mkdir()
    (folder / "fashion" / "labels.json").write_text(json.dumps(["null", "hair", "skin", "coat", "jeans", "wallet"]))
    for number in range(16):
        for name in ("people", "fashion"):
            picture = rng.integers(90, 160, (96, 72, 3), dtype=np.uint8)
            labels = np.zeros((96, 72), np.uint8)
            cv2.circle(labels, (36, 22), 9, 2, -1)
            cv2.rectangle(labels, (24, 32), (48, 60), 3, -1)
            cv2.rectangle(labels, (28, 61), (44, 90), 4, -1)
            picture[labels > 0] = rng.integers(0, 256, (6, 3), dtype=np.uint8)[labels[labels > 0]]
            mask = labels if name == "fashion" else (labels > 0).astype(np.uint8) * 255
            cv2.imwrite(str(folder / name / f"{number:04}.jpg"), picture)
            cv2.imwrite(str(folder / name / f"{number:04}.png"), mask)
    lines = [json.dumps({"image": f"{number}.jpg", "captions": [f"picture number {number}"]}) for number in range(104)]
    (folder / "captions" / "captions.jsonl").write_text("\n".join(lines))
    for number in range(104):
        rough = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / "captions" / f"{number}.jpg"), cv2.resize(rough, (80, 60)))
    (folder / "requests").mkdir()
    asked = "\n".join(json.dumps(row, ensure_ascii=False) for row in REQUESTS)
    (folder / "requests" / "requests.jsonl").write_text(asked, encoding="utf-8")
    for name in (*SCENERY[:2], *NOBODY[:2]):
        rough = rng.integers(0, 256, (42, 56, 3), dtype=np.uint8)
        photo = cv2.resize(rough, (448, 336), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / "photos" / f"{name}.jpg"), photo)
    return folder


@pytest.fixture(scope="session")
def place(font: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One folder for all toy runs: later recipes use what earlier ones made."""
    return Place(tmp_path_factory.mktemp("runs"), "toy", data, font)
