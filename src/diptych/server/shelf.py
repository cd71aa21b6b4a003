"""Things kept for a while under a name that can't be guessed: finished pictures behind URLs, and users' sessions."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """At most `room` things; what nobody asked for in `minutes` goes, and the longest unused when room is needed."""

    def __init__(self, room: int, minutes: float, clock: Callable[[], float] = monotonic) -> None:
        self._room, self._seconds, self._clock = room, minutes * 60, clock
        self._things: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        with self._lock:
            self._tidy()
            return len(self._things)

    def put(self, thing: T) -> str:
        """Its name."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._tidy()
            self._things[name] = self._clock(), thing
            while len(self._things) > self._room:
                self._things.popitem(last=False)
        return name

    def get(self, name: str) -> T | None:
        """None where it is gone, or never was."""
        with self._lock:
            self._tidy()
            if name not in self._things:
                return None
            _, thing = self._things.pop(name)
            self._things[name] = self._clock(), thing
            return thing

    def swap(self, name: str, old: T, new: T) -> bool:
        """Puts `new` in the place of `old`; False where something else is there by now."""
        with self._lock:
            if name not in self._things or self._things[name][1] is not old:
                return False
            self._things[name] = self._clock(), new
            self._things.move_to_end(name)
            return True

    def drop(self, name: str) -> bool:
        with self._lock:
            return self._things.pop(name, None) is not None

    def _tidy(self) -> None:
        oldest = self._clock() - self._seconds
        while self._things and next(iter(self._things.values()))[0] < oldest:
            self._things.popitem(last=False)
