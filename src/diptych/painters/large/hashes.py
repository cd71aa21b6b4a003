"""SHA-256 of large files, remembered by path, size and time of change in the user's cache folder: it takes seconds."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

BLOCK = 1 << 22


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    facts = path.stat()
    key = f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns}"
    known = _remembered()
    if key not in known:
        known = {**known, key: _digest(path)}
        _remember(known)
    return known[key]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _notes() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diptych" / "hashes.json"


def _remembered() -> dict[str, str]:
    with suppress(OSError, ValueError):
        return dict(json.loads(_notes().read_text(encoding="utf-8")))
    return {}


def _remember(known: dict[str, str]) -> None:
    path = _notes()
    with suppress(OSError):  # a cache that can't be written only means hashing again
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
