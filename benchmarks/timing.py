"""How long things take: in turn, so that a noisy machine is noisy for all of them, and the median."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any


def in_turn(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each, once uncounted to get warm."""
    for way in ways.values():
        way()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = perf_counter()
            way()
            times[name].append((perf_counter() - started) * 1000)
    return {name: median(values) for name, values in times.items()}


def load() -> float:
    """Processes that wanted a core during the last minute: where they were more than the cores, times say little."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0


def peak_of(program: str, *arguments: str) -> dict[str, Any]:
    """Largest resident size of a Python program in a process of its own, and the seconds that it prints at its end.

    Linux only. Taken from /proc, since `ru_maxrss` of a child begins with what its parent had when it was forked.
    """
    report = "\nimport re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    command = [sys.executable, "-c", program + report, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak = run.stdout.split()[-2:]
    return {"peak_gb": round(int(peak) * 1024 / 1e9, 3), "seconds": round(float(seconds), 1)}
