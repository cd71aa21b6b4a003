"""Requests that nobody meant: made of the OpenAPI document by schemathesis, and 2,000 malformed uploads."""

from __future__ import annotations

import re

import httpx2
import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from diptych import Picture, Studio
from diptych.server.app import create_app
from diptych.server.settings import Limits, Settings

schema = schemathesis.openapi.from_asgi(
    "/openapi.json", create_app(Studio(), Settings(limits=Limits(seconds=20, megapixels=1.1)))
)
LEAKS = re.compile(r"Traceback|File \"|/(?:tmp|home|root|usr|var)/|site-packages")


@schema.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_route_withstands_what_its_schema_allows(case: schemathesis.Case) -> None:
    answer = case.call_and_validate(checks=[not_a_server_error])
    assert not LEAKS.search(answer.text)


def broken(data: bytes, rng: np.random.Generator) -> bytes:
    """A picture's file cut, overwritten, lengthened, or another thing altogether."""
    content = bytearray(data)
    match int(rng.integers(6)):
        case 0:
            return bytes(content[: int(rng.integers(len(content)))])
        case 1:
            for _ in range(int(rng.integers(1, 40))):
                content[int(rng.integers(len(content)))] = int(rng.integers(256))
        case 2:
            at = int(rng.integers(8, 60))
            content[at : at + 4] = rng.bytes(4)  # sizes and offsets
        case 3:
            at = int(rng.integers(len(content)))
            content[at:at] = rng.bytes(int(rng.integers(1, 200)))
        case 4:
            return rng.bytes(int(rng.integers(0, 300)))
        case _:
            return bytes(content[:8]) + rng.bytes(int(rng.integers(0, 300)))
    return bytes(content)


@pytest.mark.enable_socket
@pytest.mark.parametrize(("number", "seed"), [(150, 0), pytest.param(2000, 1, marks=pytest.mark.slow)])
def test_malformed_uploads_are_refused(url: str, number: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = Picture.from_array(rng.integers(0, 256, (40, 60, 4), dtype=np.uint8))
    files = [picture.encode(kind) for kind in ("png", "jpeg", "webp")]
    statuses = set()
    with httpx2.Client(base_url=url, timeout=60) as client:
        for _ in range(number):
            data, mask = (broken(files[int(rng.integers(3))], rng) for _ in range(2))
            parts = {"image": ("a.png", data)} | ({"mask": ("b.png", mask)} if rng.integers(2) else {})
            answer = client.post("/v1/images/edits", files=parts, data={"prompt": "make it brighter"})
            assert answer.status_code in (200, 400), answer.text
            assert not LEAKS.search(answer.text[:3000]), answer.text
            statuses.add(answer.status_code)
    assert statuses == {200, 400}
