"""The queue: work waits in order, a bounded number of pieces at most; few run at once, outside of the event loop.

Threads can't be stopped from outside, so work is ended from inside: it calls `job.check` wherever it can, between steps
and between a sampler's. What still waits is ended at once.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from time import monotonic
from typing import Any, Generic, TypeVar

from diptych.core.errors import Bilingual
from diptych.server.refused import Refused

T = TypeVar("T")

_LOOK = 0.1
"""Seconds between two looks whether the client is still there."""
_REMEMBERED = 20
"""Pieces of work whose times say how long others will take."""


class QueueFull(Refused):
    """As much waits as may. `seconds`: after how many it is likely to be otherwise."""

    def __init__(self, waiting: int, seconds: int) -> None:
        told = Bilingual(
            f"The queue is full: {waiting} requests wait. Try again in {seconds} s.",
            f"队列已满：有 {waiting} 个请求在等待。请在 {seconds} 秒后重试。",
        )
        super().__init__(429, told, "queue_full", None, "rate_limit_error", {"Retry-After": str(seconds)})
        self.seconds = seconds


class OutOfTime(Refused):
    """A piece of work took longer than it may."""

    def __init__(self, seconds: float) -> None:
        told = Bilingual(
            f"This took longer than {seconds:g} s and was ended. Ask for less at once, or for a smaller picture.",
            f"处理超过 {seconds:g} 秒，已中止。请减少一次的工作量，或使用更小的图片。",
        )
        # Clients try again by themselves after 5xx; what runs out of time once does so again.
        super().__init__(504, told, "out_of_time", None, "server_error", {"x-should-retry": "false"})


class Cancelled(Exception):
    """The client left. Nobody is told."""


class Job(Generic[T]):
    """One piece of work: it waits, runs, or has ended."""

    def __init__(self, seconds: float, leave: Callable[[Job[T]], None]) -> None:
        self.future: Future[T] = Future()
        self.began: float | None = None
        self.progress = 0.0
        self.doing = ""
        self._seconds, self._leave = seconds, leave
        self._cancelled = Event()

    def cancel(self) -> None:
        """Its place in the queue is free at once; what runs ends where it looks next."""
        self._cancelled.set()
        self._leave(self)

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def is_overdue(self) -> bool:
        return self.began is not None and monotonic() - self.began > self._seconds

    def check(self) -> None:
        """Called by the work. Raises Cancelled, OutOfTime."""
        if self.is_cancelled:
            raise Cancelled
        if self.is_overdue:
            raise OutOfTime(self._seconds)

    def on_progress(self, fraction: float, doing: str) -> None:
        """What `Studio` reports to; ends the work where it should end."""
        self.progress, self.doing = fraction, doing
        self.check()


class Jobs:
    """`queue` may wait, `workers` run at once, each for `seconds` at most."""

    def __init__(self, queue: int, workers: int, seconds: float) -> None:
        self._queue, self._workers, self._seconds = queue, workers, seconds
        self.open()
        self._lock = Lock()
        self._waiting: OrderedDict[int, Job[Any]] = OrderedDict()
        self._running: set[int] = set()
        self._took: deque[float] = deque([1.0], maxlen=_REMEMBERED)

    def open(self) -> None:
        """Ready for work, also after `close`."""
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="diptych")

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> int:
        return len(self._running)

    def submit(self, work: Callable[[Job[T]], T]) -> Job[T]:
        """Put it at the end. Raises QueueFull."""
        job: Job[T] = Job(self._seconds, self._leave)
        with self._lock:
            if self.waiting + self.running >= self._queue + self._workers:
                raise QueueFull(self.waiting, self.seconds_left())
            self._waiting[id(job)] = job
        self._pool.submit(self._carry_out, job, work)
        return job

    def position(self, job: Job[Any]) -> int:
        """How many are before it; 0 for one that runs or has ended."""
        with self._lock:
            return 1 + list(self._waiting).index(id(job)) if id(job) in self._waiting else 0

    def seconds_left(self) -> int:
        """After how many seconds a place is likely to be free."""
        mean = sum(self._took) / len(self._took)
        return max(1, math.ceil(mean / self._workers))

    def close(self) -> None:
        """End what waits and what runs."""
        with self._lock:
            waiting = list(self._waiting.values())
        for job in waiting:
            job.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _leave(self, job: Job[Any]) -> None:
        with self._lock:
            self._waiting.pop(id(job), None)

    def _carry_out(self, job: Job[T], work: Callable[[Job[T]], T]) -> None:
        with self._lock:
            self._waiting.pop(id(job), None)
            self._running.add(id(job))
        job.began = monotonic()
        try:
            job.check()
            job.future.set_result(work(job))
        except BaseException as error:  # noqa: BLE001 - whoever waits for the future is told
            job.future.set_exception(error)
        finally:
            with self._lock:
                self._running.discard(id(job))
                if not job.is_cancelled:
                    self._took.append(monotonic() - job.began)


async def settled(job: Job[T], has_left: Callable[[], Awaitable[bool]]) -> T:
    """What the work comes to. The client is looked after meanwhile: once it `has_left`, the work ends.

    Raises Cancelled, OutOfTime, and what the work raises.
    """
    future = asyncio.wrap_future(job.future)
    try:
        while not (await asyncio.wait({future}, timeout=_LOOK))[0]:
            if await has_left():
                raise Cancelled
            if job.is_overdue:
                job.check()
        return future.result()
    except BaseException:
        job.cancel()  # nobody waits any more
        future.add_done_callback(_looked_at)
        raise


def _looked_at(future: asyncio.Future[Any]) -> None:
    """So that asyncio doesn't complain of an error that nobody asked for."""
    if not future.cancelled():
        future.exception()
