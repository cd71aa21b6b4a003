"""Server-sent events: partial pictures while one is made, then the whole; comments tell the place in the queue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from queue import Empty, SimpleQueue
from time import time
from typing import TYPE_CHECKING, Any

from diptych.core.errors import DiptychError, Language
from diptych.server import images
from diptych.server.errors import told_of, unforeseen
from diptych.server.images import Made, Streamed
from diptych.server.jobs import Cancelled, Job, Jobs, settled
from diptych.server.refused import Refused

if TYPE_CHECKING:
    from diptych.core.picture import Picture

_LOOK = 0.02
"""Seconds between two looks for partial pictures."""


class Stream:
    """One picture as events of `kind` ("image_generation" or "image_edit"), made by `work`. Raises QueueFull."""

    def __init__(
        self,
        jobs: Jobs,
        wish: Streamed,
        work: Callable[[Job[list[Made]], images.Show | None], list[Made]],
        kind: str,
        language: Language,
    ) -> None:
        self._jobs, self._wish, self._kind, self._language = jobs, wish, kind, language
        self._shown: SimpleQueue[str] = SimpleQueue()
        self._left, self._seen = wish.partial_images, 0
        self._job = jobs.submit(lambda job: work(job, self._show if wish.partial_images else None))

    def _show(self, look: Callable[[], Picture]) -> None:
        """Called in the worker after each step of a sampler. The first looks are noise; of the 8 steps of a drawing
        every second one is enough for three pictures."""
        self._seen += 1
        if self._left and self._seen % 2 == 0:
            self._left -= 1
            self._shown.put(images.coded(look().encode(self._wish.output_format)))

    async def events(self, has_left: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """The body of the response. What goes wrong is an event, too: the status has been sent by then."""
        waiting = asyncio.ensure_future(settled(self._job, has_left))
        try:
            async for event in self._partial(waiting):
                yield event
            made = waiting.result()[0]
            yield self._event("completed", made.result.picture, b64_json=images.coded(made.data))
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - logged, and told to the client
            known = error if isinstance(error, DiptychError | Refused) else unforeseen(error)
            told = told_of(known, self._language)[1]
            yield f"event: error\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
        finally:
            waiting.cancel()
            self._job.cancel()

    async def _partial(self, waiting: asyncio.Future[list[Made]]) -> AsyncIterator[str]:
        place = number = 0
        while not waiting.done() or not self._shown.empty():
            try:
                yield self._event("partial_image", None, partial_image_index=number, b64_json=self._shown.get_nowait())
                number += 1
            except Empty:
                await asyncio.wait({waiting}, timeout=_LOOK)
            now = self._jobs.position(self._job)
            if now != place:
                place = now
                yield f": {place} before this one\n\n"

    def _event(self, name: str, picture: Picture | None, **facts: Any) -> str:
        wish = self._wish
        asked = {
            "background": wish.background, "output_format": wish.output_format, "quality": wish.quality,
            "size": wish.size,
        }  # fmt: skip
        told = asked if picture is None else images.described(wish, picture)
        event = {"type": f"{self._kind}.{name}", "created_at": int(time()), **facts, **told}
        return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
