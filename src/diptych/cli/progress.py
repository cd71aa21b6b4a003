"""A progress bar on a terminal's stderr, for work that takes longer than a second."""

from __future__ import annotations

import sys
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0
"""Seconds before the bar appears: quick edits stay silent."""


class ProgressBar:
    """A context whose `report` takes `(fraction 0..1, text)`; `total` jobs follow one another in it."""

    def __init__(self, total: int, *, shown: bool) -> None:
        self._total = total
        self._done = 0
        self._fraction = 0.0
        self._text = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._lock = Lock()
        self._timer = Timer(PATIENCE, self._appear) if shown and sys.stderr.isatty() else None

    def __enter__(self) -> ProgressBar:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._timer:
            self._timer.cancel()
        with self._lock:
            self._total = 0  # an appearance that the cancel came too late for finds nothing to show
            if self._bar:
                self._bar.stop()

    def report(self, fraction: float, text: str) -> None:
        """How far the present job is."""
        with self._lock:
            self._fraction, self._text = fraction, text
            self._update()

    def next_job(self) -> None:
        """The present job is done."""
        with self._lock:
            self._done, self._fraction, self._text = self._done + 1, 0.0, ""
            self._update()

    def _appear(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        with self._lock:
            if self._total:
                self._bar = Progress(console=Console(stderr=True), transient=True)
                self._task = self._bar.add_task("", total=self._total)
                self._bar.start()
                self._update()

    def _update(self) -> None:
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=self._done + self._fraction, description=self._text)
