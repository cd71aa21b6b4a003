"""The server under load: what a request costs beside the library's call, and 32 clients with 20 edits each.

    python benchmarks/serving.py [--clients N] [--edits N] [--rounds N]

`overhead`: the same edit of a small photo by HTTP and by `Studio.edit` with decoding and encoding, in turn; medians and
their difference in milliseconds. `ready`: seconds from `diptych serve` to its first answer. `load`: every client sends
its edits of a 2-megapixel photo one after another and waits as long as `Retry-After` says where the queue is full;
statuses, the 50th and 95th percentile of what an edit took from its first try on, and the server's memory after each
round of all clients. `cancelled`: clients that leave while their edit runs, and the seconds until their place is free.
Prints the figures and stores them in benchmarks/results/serving.json.
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx2
import numpy as np
from skimage import data

from diptych import Picture, Studio
from diptych.operations.resampling import resize_pixels
from reporting import store

WORDS = "make it warmer and a bit brighter"
REPEATS = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--edits", type=int, default=20, help="of each client, over all rounds")
    parser.add_argument("--rounds", type=int, default=10, help="in which the edits are sent; memory is read after each")
    options = parser.parse_args()
    small = Picture.from_array(data.astronaut()).encode("jpeg")
    large = Picture.from_array(resize_pixels(data.astronaut(), 1633, 1225)).encode("jpeg")
    with served() as (url, process, ready):
        figures = {
            "words": WORDS,
            "ready": round(ready, 2),
            "overhead": overhead(url, small),
            "load": load(url, process.pid, large, options.clients, options.edits, options.rounds),
            "cancelled": cancelled(url, large),
        }
    said = f"--clients {options.clients} --edits {options.edits} --rounds {options.rounds}"
    store("serving", f"python benchmarks/serving.py {said}", figures)
    return 0


@contextmanager
def served() -> Iterator[tuple[str, subprocess.Popen[str], float]]:
    """A server in a process of its own: its URL, the process, and the seconds until it first answered."""
    began = perf_counter()
    command = [sys.executable, "-m", "diptych", "serve", "--port", "0", "--lang", "en"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert process.stderr is not None
        url = next(line.split()[2] for line in process.stderr if line.startswith("Serving on"))
        httpx2.get(f"{url}/healthz").raise_for_status()
        ready = perf_counter() - began
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: [None for _ in process.stderr])  # so that its log never blocks it
            yield url, process, ready
            process.terminate()
    finally:
        process.terminate()
        process.wait(30)


def sent(client: httpx2.Client, photo: bytes, words: str = WORDS) -> httpx2.Response:
    files, form = {"image": ("photo.jpg", photo)}, {"prompt": words, "output_format": "jpeg"}
    return client.post("/v1/images/edits", files=files, data=form)


def overhead(url: str, photo: bytes) -> dict[str, Any]:
    studio = Studio()

    def by_library() -> bytes:
        result = studio.edit(Picture.from_bytes(photo, "photo.jpg"), WORDS)
        return base64.b64encode(result.encode("jpeg", quality=100))

    taken: dict[str, list[float]] = {"library": [], "server": []}
    with httpx2.Client(base_url=url, timeout=60) as client:
        ways = {"library": by_library, "server": lambda: sent(client, photo).raise_for_status()}
        for _ in range(REPEATS):
            for name, way in ways.items():
                began = perf_counter()
                way()
                taken[name].append(1000 * (perf_counter() - began))
    medians = {name: round(float(np.median(values[5:])), 2) for name, values in taken.items()}
    return {**medians, "difference": round(medians["server"] - medians["library"], 2), "repeats": REPEATS - 5}


def load(url: str, pid: int, photo: bytes, clients: int, edits: int, rounds: int) -> dict[str, Any]:
    statuses: Counter[int] = Counter()
    seconds: list[float] = []

    def one(client: httpx2.Client) -> None:
        began = perf_counter()
        while True:
            answer = sent(client, photo)
            statuses[answer.status_code] += 1
            if answer.status_code != 429:
                break
            sleep(float(answer.headers["retry-after"]))
        seconds.append(perf_counter() - began)

    memory = []
    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        users = [httpx2.Client(base_url=url, timeout=600) for _ in range(clients)]
        for _ in range(rounds):
            list(pool.map(one, users * (edits // rounds)))
            memory.append(resident(pid))
        for user in users:
            user.close()
    return {
        "clients": clients, "edits": len(seconds), "megapixels": 2.0,
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "edits_per_second": round(len(seconds) / (perf_counter() - began), 2),
        "p50": round(float(np.percentile(seconds, 50)), 2), "p95": round(float(np.percentile(seconds, 95)), 2),
        "memory_mb": memory, "growth": round(memory[-1] / memory[1] - 1, 4) if len(memory) > 1 else None,
    }  # fmt: skip


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def cancelled(url: str, photo: bytes, number: int = 10) -> dict[str, Any]:
    """Clients that give up after 50 ms of several long edits."""
    waits = []
    for _ in range(number):
        with httpx2.Client(base_url=url, timeout=0.05) as client, suppress(httpx2.TimeoutException):
            sent(client, photo, "blur it, sharpen it, blur it, sharpen it and blur it")
        began = perf_counter()
        while any(httpx2.get(f"{url}/healthz").json()[name] for name in ("waiting", "running")):
            sleep(0.01)
        waits.append(perf_counter() - began)
    return {"clients": number, "median_seconds": round(float(np.median(waits)), 3), "longest": round(max(waits), 3)}


if __name__ == "__main__":
    sys.exit(main())
