"""What every benchmark leaves behind: figures as JSON, with the command, commit, date and machine they came from."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def store(name: str, command: str, figures: dict[str, Any]) -> None:
    """Print the figures and store them in benchmarks/results/NAME.json."""
    report = {
        "command": command,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        **figures,
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


def amend(name: str, command: str, figures: dict[str, Any]) -> None:
    """Print figures that were taken anew, on a quiet machine say, and put them in the place of the stored ones, with
    the command, date and commit that they come from."""
    path = RESULTS / f"{name}.json"
    report = json.loads(path.read_text(encoding="utf-8")) | figures
    anew = {"command": command, **now()}
    report["taken anew"] = report.get("taken anew", {}) | dict.fromkeys(figures, anew)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


def now() -> dict[str, str]:
    """Date and commit of a measurement."""
    return {"date": datetime.now(timezone.utc).isoformat(timespec="seconds"), "commit": _commit()}


def _commit() -> str:
    """The commit that was measured; "+" when the tree had changes."""
    run = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False, cwd=RESULTS.parent
    )
    return run.stdout.strip() or "unknown"
