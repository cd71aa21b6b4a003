"""/v1/diptych: sessions, plans, regions, history and undo."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest

from diptych import Picture
from diptych.core.record import read_record

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def api(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{url}/v1/diptych", timeout=60) as client:
        yield client


@pytest.fixture
def name(api: httpx2.Client, photo: bytes) -> str:
    """A session with the photo."""
    answer = api.post("/sessions", json={"picture": f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}"})
    assert answer.status_code == 201
    return str(answer.json()["session"])


def did(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def test_plan_edit_undo_redo(api: httpx2.Client, name: str, photo: bytes) -> None:
    planned = did(api.post(f"/sessions/{name}/plan", json={"words": "make it warmer, then crop it square"}))
    assert [step["op"] for step in planned["plan"]["steps"]] == ["warmth", "crop"]
    assert did(api.get(f"/sessions/{name}/history"))["history"] == []
    done = did(api.post(f"/sessions/{name}/edits", json={"plan": planned["plan"]}))
    assert len(done["steps"]) == 2
    assert done["steps"][0]["certificate"]["changed_inside"] > 0
    did(api.post(f"/sessions/{name}/edits", json={"words": "改成黑白"}))
    assert len(did(api.get(f"/sessions/{name}/history"))["history"]) == 3
    undone = did(api.post(f"/sessions/{name}/undo", json={"step": 1}))
    assert [row["enabled"] for row in undone["history"]] == [False, True, True]
    assert did(api.post(f"/sessions/{name}/redo", json={"step": 1}))["history"][0]["enabled"]
    by_words = did(api.post(f"/sessions/{name}/edits", json={"words": "undo the second step"}))
    assert [row["enabled"] for row in by_words["history"]] == [True, False, True]
    did(api.post(f"/sessions/{name}/undo", json={}))
    data = api.get(f"/sessions/{name}/picture", params={"format": "webp"}).content
    assert read_record(data) is not None
    assert read_record(api.get(f"/sessions/{name}/picture", params={"metadata": "false"}).content) is None


def test_regions_and_candidates(api: httpx2.Client) -> None:
    drawn = did(api.post("/sessions", json={"words": "a red cat and a blue cat", "seed": 2}))
    found = did(api.post(f"/sessions/{drawn['session']}/regions", json={"words": "the cat"}))["regions"]
    assert [one["pick"] for one in found] == [1, 2]
    mask = Picture.from_bytes(base64.b64decode(found[0]["mask"]))
    assert mask.width == drawn["width"]
    x0, _, x1, _ = found[0]["box"]
    assert not np.delete(mask.rgb[..., 0], slice(x0, x1), axis=1).any()
    unclear = api.post(f"/sessions/{drawn['session']}/edits", json={"words": "blur the cat"})
    assert unclear.status_code == 422
    error = unclear.json()["error"]
    assert error["code"] == "ambiguous_target"
    assert [one["pick"] for one in error["candidates"]] == [1, 2]
    did(api.post(f"/sessions/{drawn['session']}/edits", json={"words": "blur the cat", "pick": 2}))


def test_reads(api: httpx2.Client) -> None:
    session = did(api.post("/sessions", json={"words": "夜晚，一只红色的猫"}))["session"]
    assert "cat" in did(api.get(f"/sessions/{session}/description"))["description"]
    assert "猫" in did(api.get(f"/sessions/{session}/description", params={"language": "zh"}))["description"]
    assert did(api.post(f"/sessions/{session}/answers", json={"words": "猫是什么颜色？"}))["answer"] == "红色"
    assert "cat" in [tag["name"] for tag in did(api.get(f"/sessions/{session}/tags"))["tags"]]


def test_sessions_are_nobody_elses(api: httpx2.Client, name: str) -> None:
    assert api.delete(f"/sessions/{name}").status_code == 204
    for answer in (api.get(f"/sessions/{name}"), api.get("/sessions/x"), api.delete(f"/sessions/{name}")):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "no_such_session"
    assert api.get("/sessions").status_code == 405


def test_what_is_wrong(api: httpx2.Client, name: str) -> None:
    for path, body, status in (
        ("/sessions", {}, 400), ("/sessions", {"words": "a cat", "picture": "data:,"}, 400),
        (f"/sessions/{name}/edits", {}, 400), (f"/sessions/{name}/edits", {"words": "x", "a": 1}, 400),
        (f"/sessions/{name}/edits", {"plan": {"steps": [{"op": "explode"}]}}, 400),
        (f"/sessions/{name}/undo", {}, 400), (f"/sessions/{name}/undo", {"step": 9}, 400),
        (f"/sessions/{name}/regions", {"words": "flurgle"}, 422),
    ):  # fmt: skip
        answer = api.post(path, json=body)
        assert answer.status_code == status, (path, body, answer.text)
        assert answer.json()["error"]["message"]
    assert api.get(f"/sessions/{name}/history").json()["history"] == []
