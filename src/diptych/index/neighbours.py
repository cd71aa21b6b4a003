"""Neighbours: a graph that finds near vectors among very many without comparing all.

HNSW (Malkov and Yashunin 2016) by usearch, the extra `search`: about 12 MB, wheels for every system, and it adds and
removes in place. Native code reads the graph's file and trusts it. So the graph lies in the user's cache folder only:
one that came along with a folder of pictures is never opened.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diptych.core.errors import Bilingual, MissingExtra, SaveFailed
from diptych.index.storage import DAMAGED, VERSION, Vectors, unpack, write

if TYPE_CHECKING:
    from usearch.index import Index


class Graph:
    """The graph in `file`, brought up to date with `vectors` (N×D, unit) and saved; built where there is none.

    `rows` are the contents' rows. A content is called by the first 63 bits of its hash, so that one graph serves an
    index through all its states. Raises MissingExtra.
    """

    def __init__(self, file: Path, encoder: str, rows: dict[str, int], vectors: Vectors) -> None:
        self._file = file
        self._made_by = {"version": VERSION, "encoder": encoder, "dimensions": vectors.shape[1]}
        self._rows = {int(content[:16], 16) >> 1: row for content, row in rows.items()}
        self._index = self._load()
        held = set(np.asarray(self._index.keys[:]).tolist())
        surplus, missing = held - self._rows.keys(), [key for key in self._rows if key not in held]
        if surplus:
            self._index.remove(np.array(list(surplus), np.uint64))
        if missing:
            fresh = vectors[[self._rows[key] for key in missing]]
            self._index.add(np.array(missing, np.uint64), fresh, threads=min(os.cpu_count() or 1, 4))
        if surplus or missing:
            with suppress(SaveFailed):  # then it is built again next time
                self._save()

    def near(self, query: NDArray[np.float64], count: int) -> NDArray[np.intp]:
        """Rows among which the best `count` almost surely are: more are asked for, since a graph misses some."""
        found = self._index.search(query.astype(np.float32), min(4 * count + 60, len(self._rows)), threads=1)
        return np.array([self._rows[key] for key in found.keys.tolist()], np.intp)

    def _load(self) -> Index:
        try:
            from usearch.index import Index
        except ImportError as error:
            raise MissingExtra(
                "search", Bilingual("Faster search in so large a folder", "在大型文件夹中加速搜索")
            ) from error
        made = {"ndim": self._made_by["dimensions"], "metric": "ip", "dtype": "f16"}
        with suppress(*DAMAGED):  # nothing is lost but the time to build it
            made_by, graph = unpack(self._file, "graph.json", "graph.usearch")
            if json.loads(made_by) == self._made_by:
                index = Index(**made)
                index.load(graph)
                return index
        return Index(**made)

    def _save(self) -> None:
        made_by = json.dumps(self._made_by).encode()
        write(self._file, {"graph.json": made_by, "graph.usearch": bytes(self._index.save() or b"")})
